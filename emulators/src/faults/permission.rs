//! The permissions that AWS would require for a call.

use axum::http::{HeaderMap, Uri, header::AUTHORIZATION};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::service::Service;
use crate::secrets_manager;

/// An action on a resource, as a statement of a policy allows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Permission {
    /// The action, such as `dynamodb:GetItem`.
    pub action: String,
    /// The ARN of the resource, in `us-east-1` of the account `123456789012`.
    pub resource: String,
}

impl Permission {
    fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            resource: resource.into(),
        }
    }
}

/// Returns the permissions that AWS would require of the caller's role
/// (<https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>).
/// There are none for Stripe, which has no roles.
pub(super) fn permissions_for(
    service: Service,
    operation: &str,
    uri: &Uri,
    body: &[u8],
) -> Vec<Permission> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    match service {
        Service::DynamoDb => dynamodb(operation, &body),
        Service::S3 => s3(operation, uri),
        Service::Ses => ses(operation, &body),
        Service::SecretsManager => secrets_manager(operation, &body),
        Service::Stripe => Vec::new(),
    }
}

/// Returns the permissions for a call to `DynamoDB`. A transaction needs those of its parts.
fn dynamodb(operation: &str, body: &Value) -> Vec<Permission> {
    let items = |name| body[name].as_array().into_iter().flatten();
    match operation {
        "TransactWriteItems" => items("TransactItems")
            .filter_map(Value::as_object)
            .flatten()
            .map(|(part, item)| {
                let action = match part.as_str() {
                    "ConditionCheck" => "ConditionCheckItem".to_owned(),
                    part => format!("{part}Item"),
                };
                Permission::new(format!("dynamodb:{action}"), table(&item["TableName"]))
            })
            .collect(),
        "TransactGetItems" => items("TransactItems")
            .map(|item| Permission::new("dynamodb:GetItem", table(&item["Get"]["TableName"])))
            .collect(),
        "BatchGetItem" | "BatchWriteItem" => body["RequestItems"]
            .as_object()
            .into_iter()
            .flat_map(|tables| tables.keys())
            .map(|name| {
                Permission::new(
                    format!("dynamodb:{operation}"),
                    table(&name.as_str().into()),
                )
            })
            .collect(),
        _ => {
            let table = table(&body["TableName"]);
            let resource = match body["IndexName"].as_str() {
                Some(index) => format!("{table}/index/{index}"),
                None => table,
            };
            vec![Permission::new(format!("dynamodb:{operation}"), resource)]
        }
    }
}

fn table(name: &Value) -> String {
    let name = name.as_str().unwrap_or_default();
    format!("arn:aws:dynamodb:us-east-1:123456789012:table/{name}")
}

/// Returns the permissions for a call to S3. A request that names a version needs another action
/// than one for the newest version
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>, `versionId`).
fn s3(operation: &str, uri: &Uri) -> Vec<Permission> {
    let path = uri.path().trim_start_matches('/');
    let object = format!("arn:aws:s3:::{path}");
    let bucket = path.split('/').next().unwrap_or_default();
    let bucket = format!("arn:aws:s3:::{bucket}");
    let query = uri.query().unwrap_or_default();
    let names_version = query.split('&').any(|pair| pair.starts_with("versionId="));
    let is_presigned = query
        .split('&')
        .any(|pair| pair.starts_with("X-Amz-Signature="));
    let of_version = if names_version { "Version" } else { "" };
    match operation {
        // Without permission to list, a missing object is answered 403 and not 404. Whoever follows
        // a presigned URL need not tell them apart.
        "HeadObject" | "GetObject" if !is_presigned => vec![
            Permission::new(format!("s3:GetObject{of_version}"), object),
            Permission::new("s3:ListBucket", bucket),
        ],
        "HeadObject" => vec![Permission::new(format!("s3:GetObject{of_version}"), object)],
        "ListObjectsV2" | "HeadBucket" => vec![Permission::new("s3:ListBucket", bucket)],
        _ => vec![Permission::new(
            format!("s3:{operation}{of_version}"),
            object,
        )],
    }
}

/// Returns the permissions for a call to SES. Sending needs them for the identity, here the sender's
/// domain, and for the configuration set.
fn ses(operation: &str, body: &Value) -> Vec<Permission> {
    let action = format!("ses:{operation}");
    if operation != "SendEmail" {
        return vec![Permission::new(action, "*")];
    }
    let from = body["FromEmailAddress"].as_str().unwrap_or_default();
    let domain = from
        .rsplit('@')
        .next()
        .unwrap_or_default()
        .trim_end_matches('>');
    let set = body["ConfigurationSetName"].as_str();
    let resource =
        |kind: &str, name: &str| format!("arn:aws:ses:us-east-1:123456789012:{kind}/{name}");
    [
        Some(resource("identity", domain)),
        set.map(|set| resource("configuration-set", set)),
    ]
    .into_iter()
    .flatten()
    .map(|resource| Permission::new(action.clone(), resource))
    .collect()
}

/// Returns the permission for a call to Secrets Manager. A secret is named by its name or its ARN, and
/// the permission is for the ARN.
fn secrets_manager(operation: &str, body: &Value) -> Vec<Permission> {
    let id = body["SecretId"].as_str().unwrap_or_default();
    let resource = if id.starts_with("arn:") {
        id.to_owned()
    } else {
        secrets_manager::arn(id)
    };
    vec![Permission::new(
        format!("secretsmanager:{operation}"),
        resource,
    )]
}

/// Returns the access key that a request is signed with, from its header or its presigned URL.
pub(super) fn access_key(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let header = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once("Credential="));
    let query = uri
        .query()
        .and_then(|query| query.split_once("X-Amz-Credential="));
    let (_, credential) = header.or(query)?;
    let key = credential.split(['/', '%']).next()?;
    Some(key.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(service: Service, operation: &str, path: &str, body: &Value) -> Vec<String> {
        let uri = Uri::try_from(path).unwrap();
        permissions_for(service, operation, &uri, body.to_string().as_bytes())
            .into_iter()
            .map(|permission| {
                let resource = permission.resource.replace("us-east-1:123456789012", "…");
                format!("{} {resource}", permission.action)
            })
            .collect()
    }

    #[test]
    fn a_transaction_asks_for_each_of_its_parts() {
        let parts = json!({"TransactItems": [
            {"Put": {"TableName": "a"}},
            {"ConditionCheck": {"TableName": "b"}},
        ]});
        assert_eq!(
            asked(Service::DynamoDb, "TransactWriteItems", "/", &parts),
            [
                "dynamodb:PutItem arn:aws:dynamodb:…:table/a",
                "dynamodb:ConditionCheckItem arn:aws:dynamodb:…:table/b",
            ]
        );
    }

    #[test]
    fn an_index_is_a_resource_of_its_own() {
        let query = json!({"TableName": "a", "IndexName": "by_b"});
        assert_eq!(
            asked(Service::DynamoDb, "Query", "/", &query),
            ["dynamodb:Query arn:aws:dynamodb:…:table/a/index/by_b"]
        );
    }

    #[test]
    fn a_mail_asks_for_the_senders_identity_and_the_configuration_set() {
        let mail =
            json!({"FromEmailAddress": "Jane <jane@a.example>", "ConfigurationSetName": "set"});
        assert_eq!(
            asked(
                Service::Ses,
                "SendEmail",
                "/v2/email/outbound-emails",
                &mail
            ),
            [
                "ses:SendEmail arn:aws:ses:…:identity/a.example",
                "ses:SendEmail arn:aws:ses:…:configuration-set/set",
            ]
        );
    }

    #[test]
    fn a_secret_is_asked_for_by_its_arn() {
        for id in [
            "bookstall/stripe",
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:bookstall/stripe-aB3dE5",
        ] {
            assert_eq!(
                asked(
                    Service::SecretsManager,
                    "GetSecretValue",
                    "/",
                    &json!({"SecretId": id})
                ),
                ["secretsmanager:GetSecretValue \
                     arn:aws:secretsmanager:…:secret:bookstall/stripe-aB3dE5"]
            );
        }
    }

    #[test]
    fn looking_for_a_file_asks_for_listing_too() {
        for operation in ["HeadObject", "GetObject"] {
            assert_eq!(
                asked(Service::S3, operation, "/books/a/b.pdf", &json!(null)),
                [
                    "s3:GetObject arn:aws:s3:::books/a/b.pdf",
                    "s3:ListBucket arn:aws:s3:::books"
                ]
            );
        }
    }

    #[test]
    fn a_version_of_a_file_is_a_right_of_its_own() {
        let newest = "/books/a/b.pdf?response-content-disposition=versionId&X-Amz-Signature=0";
        let version = "/books/a/b.pdf?versionId=3sL4kqtJ&x-id=GetObject&X-Amz-Signature=0";
        for (operation, path, action) in [
            ("GetObject", newest, "s3:GetObject"),
            ("GetObject", version, "s3:GetObjectVersion"),
            ("DeleteObject", version, "s3:DeleteObjectVersion"),
        ] {
            let asked = asked(Service::S3, operation, path, &json!(null));
            assert_eq!(asked, [format!("{action} arn:aws:s3:::books/a/b.pdf")]);
        }
    }

    #[test]
    fn a_caller_is_known_by_the_access_key_of_the_signature() {
        let mut headers = HeaderMap::new();
        let plain = Uri::from_static("/a");
        assert_eq!(access_key(&headers, &plain), None);
        let presigned = Uri::from_static("/a?X-Amz-Credential=AKIAB%2F20261122%2Fus-east-1");
        assert_eq!(access_key(&headers, &presigned).as_deref(), Some("AKIAB"));
        let signed =
            "AWS4-HMAC-SHA256 Credential=AKIAA/20261122/us-east-1/s3/aws4_request, Signature=0";
        headers.insert(AUTHORIZATION, signed.parse().unwrap());
        assert_eq!(access_key(&headers, &plain).as_deref(), Some("AKIAA"));
    }
}
