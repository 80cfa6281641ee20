//! An AWS of a few routes, which answers on the wire as AWS does: XML to a form, JSON to all else.
//! `.ci/second-cloud` has a whole one.

use std::collections::BTreeMap;

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{StatusCode, header::CONTENT_LENGTH, request::Parts},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{
    cloud::{Cloud, SHOP_URL},
    route53::route53,
    wire::{refuse, reply, xml},
};

/// Opens a new account.
pub(super) async fn open() -> Cloud {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let cloud = Cloud::at(format!("http://{}", listener.local_addr().unwrap()));
    let router = Router::new().fallback(answer).with_state(cloud.clone());
    tokio::spawn(async { axum::serve(listener, router).await.unwrap() });
    cloud
}

/// Answers a call of any service, unless it is to have no answer.
async fn answer(State(cloud): State<Cloud>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let (call, response) = act(&cloud, &parts, &body);
    let has_answer = cloud.with(|account| {
        let is_it = |(begin, end): (&str, &str)| call.starts_with(begin) && call.ends_with(end);
        let is_it = account.unanswered.is_some_and(is_it);
        account.is_waiting |= is_it;
        !is_it
    });
    if !has_answer {
        std::future::pending::<()>().await;
    }
    response
}

/// Does what a call asks for, and returns its name and its answer.
fn act(cloud: &Cloud, parts: &Parts, body: &Bytes) -> (String, Response) {
    let target = parts.headers.get("x-amz-target");
    let target = target
        .and_then(|target| target.to_str().ok())
        .unwrap_or_default();
    let path = parts.uri.path();
    let form = form(body);
    let action = form.get("Action").cloned().unwrap_or_default();
    let call = match (target, action.as_str()) {
        ("", "") => format!("{} {path}", parts.method),
        ("", action) => action.to_owned(),
        (target, _) => target.to_owned(),
    };
    let error = cloud.with(|account| {
        account.calls.push(call.clone());
        let failing = (account.failing == Some(&*call)).then_some((
            500,
            "InternalServiceError",
            "Something went wrong",
        ));
        account.error.or(failing)
    });
    if let Some((status, code, message)) = error {
        return (call, refuse(status, code, message, &action));
    }
    let json = || serde_json::from_slice::<Value>(body).unwrap_or_default();
    let response = match call.as_str() {
        "GetCallerIdentity" => xml(
            200,
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ada</Arn>\
             <UserId>AIDA</UserId><Account>123456789012</Account></GetCallerIdentityResult>\
             </GetCallerIdentityResponse>",
        ),
        "DescribeStacks" | "DescribeStackEvents" | "DescribeStackResource" | "DeleteStack" => {
            stacks(cloud, &action, &form)
        }
        "secretsmanager.GetSecretValue"
        | "secretsmanager.PutSecretValue"
        | "secretsmanager.CreateSecret" => secrets(cloud, target, &json()),
        _ if path.starts_with("/v2/email/") => ses(cloud, &call, path, &json()),
        _ if path.starts_with("/2013-04-01/") => {
            let asked = parts.uri.query().unwrap_or_default();
            route53(cloud, path, asked, &String::from_utf8_lossy(body))
        }
        _ if path.contains("/books/") => {
            let length = parts.headers.get("x-amz-decoded-content-length");
            let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
            s3(cloud, &call, path, length.unwrap_or(body.len()))
        }
        // Nothing changes: the shop sells what the catalogue says.
        _ if path.ends_with("/invocations") => reply(
            200,
            &json!({"dry_run": true, "shop": {}, "books": {}, "products": {}}),
        ),
        _ => panic!("unknown call: {call}"),
    };
    (call, response)
}

/// The bucket of the books, which knows the lengths of its objects.
fn s3(cloud: &Cloud, call: &str, path: &str, length: usize) -> Response {
    cloud.with(|account| {
        if call.starts_with("PUT ") {
            account.objects.insert(path.to_owned(), length);
        }
        match account.objects.get(path) {
            Some(length) => {
                let length = if call.starts_with("HEAD ") {
                    *length
                } else {
                    0
                };
                ([(CONTENT_LENGTH, length)], ()).into_response()
            }
            None => StatusCode::NOT_FOUND.into_response(),
        }
    })
}

fn form(body: &Bytes) -> BTreeMap<String, String> {
    let pairs = url::form_urlencoded::parse(body);
    pairs
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}

fn stacks(cloud: &Cloud, action: &str, form: &BTreeMap<String, String>) -> Response {
    let name = &form["StackName"];
    let Some(parameters) = cloud.deployed() else {
        let message = format!("Stack with id {name} does not exist");
        return refuse(400, "ValidationError", &message, action);
    };
    let status = cloud.status();
    let member = |name: &str, value: &str, of: &str| {
        format!("<member><{of}Key>{name}</{of}Key><{of}Value>{value}</{of}Value></member>")
    };
    let result = match action {
        "DescribeStacks" => {
            let parameters: String = parameters
                .iter()
                .map(|(name, value)| member(name, &value.replace('<', "&lt;"), "Parameter"))
                .collect();
            let outputs: String = [
                ("ShopUrl", SHOP_URL.to_owned()),
                ("StripeWebhookUrl", format!("{SHOP_URL}/stripe")),
                (
                    "StripeWebhookEvents",
                    "checkout.session.completed, charge.refunded".to_owned(),
                ),
                (
                    "PurchasesTableName",
                    "bookstall-PurchasesTable-1".to_owned(),
                ),
            ]
            .iter()
            .map(|(name, value)| member(name, value, "Output"))
            .collect();
            format!(
                "<Stacks><member><StackName>{name}</StackName><StackId>arn:{name}</StackId>\
                 <StackStatus>{status}</StackStatus>\
                 <CreationTime>2026-11-26T12:00:00Z</CreationTime>\
                 <Parameters>{parameters}</Parameters><Outputs>{outputs}</Outputs></member></Stacks>"
            )
        }
        "DescribeStackEvents" => {
            let event = |id: &str, status: &str, resource: &str, kind: &str, reason: &str| {
                format!(
                    "<member><EventId>{id}-{}</EventId><StackName>{name}</StackName>\
                     <StackId>arn:{name}</StackId><LogicalResourceId>{resource}</LogicalResourceId>\
                     <ResourceType>{kind}</ResourceType><ResourceStatus>{status}</ResourceStatus>\
                     <ResourceStatusReason>{reason}</ResourceStatusReason>\
                     <Timestamp>2026-11-26T12:00:00Z</Timestamp></member>",
                    cloud.deploys()
                )
            };
            let newest_first =
                if status == "ROLLBACK_COMPLETE" {
                    [
                    event("3", "ROLLBACK_COMPLETE", name, "AWS::CloudFormation::Stack", ""),
                    event(
                        "2",
                        "CREATE_FAILED",
                        "BuyLog",
                        "AWS::Logs::LogGroup",
                        "Resource creation cancelled",
                    ),
                    event(
                        "1",
                        "CREATE_FAILED",
                        "MailSettings",
                        "AWS::SES::ConfigurationSet",
                        "Resource of type &apos;AWS::SES::ConfigurationSet&apos; with identifier \
                         &apos;bookstall&apos; already exists.",
                    ),
                ]
                .concat()
                } else {
                    event(
                        "1",
                        "CREATE_COMPLETE",
                        "BuyFunction",
                        "AWS::Lambda::Function",
                        "",
                    )
                };
            format!("<StackEvents>{newest_first}</StackEvents>")
        }
        "DescribeStackResource" => {
            let resource = &form["LogicalResourceId"];
            format!(
                "<StackResourceDetail><LogicalResourceId>{resource}</LogicalResourceId>\
                 <PhysicalResourceId>{name}-{resource}</PhysicalResourceId>\
                 <ResourceType>AWS::Lambda::Function</ResourceType>\
                 <ResourceStatus>CREATE_COMPLETE</ResourceStatus>\
                 <LastUpdatedTimestamp>2026-11-26T12:00:00Z</LastUpdatedTimestamp>\
                 </StackResourceDetail>"
            )
        }
        _ => {
            cloud.forget_stack();
            String::new()
        }
    };
    xml(
        200,
        &format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"),
    )
}

fn secrets(cloud: &Cloud, target: &str, request: &Value) -> Response {
    let name = request["SecretId"]
        .as_str()
        .or(request["Name"].as_str())
        .unwrap()
        .to_owned();
    let missing = || {
        refuse(
            400,
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret.",
            "",
        )
    };
    let text = || serde_json::from_str(request["SecretString"].as_str().unwrap()).unwrap();
    cloud.with(|account| match target {
        "secretsmanager.GetSecretValue" => match account.secrets.get(&name) {
            Some(secret) => reply(
                200,
                &json!({"ARN": name, "Name": name, "SecretString": secret.to_string()}),
            ),
            None => missing(),
        },
        "secretsmanager.PutSecretValue" if !account.secrets.contains_key(&name) => missing(),
        _ => {
            account.secrets.insert(name.clone(), text());
            reply(200, &json!({"ARN": name, "Name": name, "VersionId": "1"}))
        }
    })
}

fn ses(cloud: &Cloud, call: &str, path: &str, request: &Value) -> Response {
    cloud.with(|account| match call {
        "GET /v2/email/account" => {
            let mut answer = json!({
                "EnforcementStatus": "HEALTHY",
                "ProductionAccessEnabled": account.review.as_deref() == Some("GRANTED"),
                "SendingEnabled": true,
                "SendQuota": {"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 0.0},
            });
            if let Some(review) = &account.review {
                answer["Details"] = json!({"ReviewDetails": {"Status": review, "CaseId": "1"}});
            }
            reply(200, &answer)
        }
        "POST /v2/email/account/details" => {
            account.review = Some("PENDING".to_owned());
            reply(200, &json!({}))
        }
        "POST /v2/email/identities" => {
            let name = request["EmailIdentity"].as_str().unwrap().to_owned();
            account.identities.insert(name, account.zone.is_some());
            reply(
                200,
                &json!({"IdentityType": "DOMAIN", "VerifiedForSendingStatus": false}),
            )
        }
        _ if call.starts_with("PUT ") && path.ends_with("/mail-from") => {
            account.mail_from = request["MailFromDomain"].as_str().map(str::to_owned);
            reply(200, &json!({}))
        }
        _ => {
            let name = path.rsplit('/').next().unwrap();
            let Some(is_seen) = account.identities.get(name) else {
                let message = format!("Email identity {name} does not exist.");
                return refuse(404, "NotFoundException", &message, "");
            };
            // SES sees the records once they are in the zone.
            let is_seen = *is_seen && account.records.len() >= 5;
            let status = if is_seen { "SUCCESS" } else { "PENDING" };
            let mut answer = json!({
                "IdentityType": "DOMAIN",
                "VerifiedForSendingStatus": is_seen,
                "DkimAttributes": {
                    "SigningEnabled": true,
                    "Status": status,
                    "Tokens": ["one", "two", "three"],
                    "SigningHostedZone": "dkim.eu-central-1.amazonses.com",
                },
            });
            if let Some(domain) = &account.mail_from {
                answer["MailFromAttributes"] = json!({
                    "MailFromDomain": domain,
                    "MailFromDomainStatus": status,
                    "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
                });
            }
            reply(200, &answer)
        }
    })
}
