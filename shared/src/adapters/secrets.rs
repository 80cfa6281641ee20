//! Reads secrets from AWS Secrets Manager.
//!
//! The SDK's client of Secrets Manager would bring a second set of endpoints, settings and retries
//! into the functions that buyers wait for, for one call in five minutes. So this module writes the
//! call itself. The SDK's signer signs it, and the connector of the SDK's clients sends it: both are
//! there for DynamoDB.

use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_dynamodb::{config::Credentials, error::DisplayErrorContext};
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4::SigningParams,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use lambda_http::http::{
    Request,
    header::{CONNECTION, CONTENT_TYPE},
};
use miniserde::{Deserialize, Serialize, json};
use tokio::time::timeout;

use crate::{
    adapters::{aws::Aws, aws_connections::Connections},
    domain::timestamp::Timestamp,
    runtime::{
        failure::{Failure, FailureKind},
        log::without_secrets,
        timeouts::{SECRET, SECRET_ATTEMPT},
    },
};

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>
const TARGET: &str = "secretsmanager.GetSecretValue";
const LATE: &str = "no answer in time";
const MEDIA_TYPE: &str = "application/x-amz-json-1.1";

/// A client of Secrets Manager. Opens a connection for each call.
pub(crate) struct Secrets {
    connections: Connections,
    url: String,
    region: String,
    credentials: Credentials,
}

#[derive(Serialize)]
struct Question<'a> {
    #[serde(rename = "SecretId")]
    name: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    /// Absent if the secret is binary.
    #[serde(rename = "SecretString")]
    text: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    /// The code, after a `#` if the service's name precedes it.
    #[serde(rename = "__type")]
    code: Option<String>,
    /// Some errors have it in lower case.
    message: Option<String>,
    #[serde(rename = "Message")]
    capital_message: Option<String>,
}

impl Secrets {
    /// Opens Secrets Manager, with the credentials of the function's role. Sends nothing yet.
    pub(crate) fn open(aws: &Aws) -> Self {
        Self {
            connections: aws.connections(),
            url: aws.url_of_secrets_manager(),
            region: aws.region().to_owned(),
            credentials: aws.credentials().clone(),
        }
    }

    /// Returns the current text of a secret. Fails after two seconds at most, as a failure of this
    /// step. One that the author has to mend is [`FailureKind::Refused`] and names the command for it.
    pub(crate) async fn text(
        &self,
        step: &'static str,
        name: &str,
        now: Timestamp,
    ) -> Result<String, Failure> {
        let read = async {
            match self.attempt(step, name, now).await {
                Err(failure) if failure.kind() != FailureKind::Refused => {
                    self.attempt(step, name, now).await
                }
                outcome => outcome,
            }
        };
        let read = timeout(SECRET, read).await;
        read.unwrap_or_else(|_| Err(Failure::unavailable(step, LATE)))
    }

    async fn attempt(
        &self,
        step: &'static str,
        name: &str,
        now: Timestamp,
    ) -> Result<String, Failure> {
        let request = self
            .request(name, now)
            .and_then(|request| {
                HttpRequest::try_from(request.map(Into::into)).map_err(|error| error.to_string())
            })
            .map_err(|error| Failure::refused(step, error))?;
        let answer = timeout(SECRET_ATTEMPT, self.connections.answer(request)).await;
        let answer = answer.map_err(|_| Failure::unavailable(step, LATE))?;
        let (answer, body) = answer.map_err(|error| {
            let error = DisplayErrorContext(&*error).to_string();
            Failure::unavailable(step, without_secrets(&error))
        })?;
        let body = std::str::from_utf8(&body).unwrap_or_default();
        if answer.status().as_u16() != 200 {
            return Err(refused(step, &answer, body, name));
        }
        let answer = json::from_str::<Answer>(body)
            .map_err(|_| Failure::unavailable(step, "the answer could not be read"))?;
        answer.text.ok_or_else(|| {
            Failure::refused(step, format!("`{name}` holds no text, but a binary value"))
        })
    }

    /// Makes and signs a request. The error says why it cannot be made.
    fn request(&self, name: &str, now: Timestamp) -> Result<Request<String>, String> {
        let body = json::to_string(&Question { name });
        let headers = [
            (CONTENT_TYPE.as_str(), MEDIA_TYPE),
            ("x-amz-target", TARGET),
        ];
        let identity = self.credentials.clone().into();
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("secretsmanager")
            .time(UNIX_EPOCH + Duration::from_secs(now.unix().unsigned_abs()))
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| error.to_string())?;
        let signable = SignableRequest::new(
            "POST",
            &*self.url,
            headers.into_iter(),
            SignableBody::Bytes(body.as_bytes()),
        )
        .map_err(|error| error.to_string())?;
        let (signature, _) = sign(signable, &parameters.into())
            .map_err(|error| error.to_string())?
            .into_parts();

        // The next call is minutes away, and the connection may be dead by then.
        let mut request = Request::post(&*self.url).header(CONNECTION, "close");
        for (header, value) in headers {
            request = request.header(header, value);
        }
        let mut request = request.body(body).map_err(|error| error.to_string())?;
        signature.apply_to_request_http1x(&mut request);
        Ok(request)
    }
}

/// Reads an error
/// (<https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html>).
fn refused(step: &'static str, answer: &HttpResponse, body: &str, name: &str) -> Failure {
    use FailureKind::{Refused, Unavailable};

    let refusal = json::from_str::<Refusal>(body).ok();
    let (code, message) = refusal.map_or((None, None), |refusal| {
        (refusal.code, refusal.message.or(refusal.capital_message))
    });
    let code = code.as_deref().unwrap_or("no code");
    let code = code.rsplit('#').next().unwrap_or(code);
    let message = without_secrets(message.as_deref().unwrap_or("no message"));
    let message = message.trim_end_matches('.');
    let request = answer.headers().get("x-amzn-requestid");
    let request = request.unwrap_or("unknown");
    let status = answer.status();
    let is_passing = status.is_server_error() || code.contains("Throttl");
    let kind = if is_passing { Unavailable } else { Refused };
    let what_mends_it = what_mends(code, name).unwrap_or_default();
    Failure::new(
        step,
        kind,
        format!(
            "{} {code}: {message} (request {request}){what_mends_it}",
            status.as_u16()
        ),
    )
}

/// The end of a sentence that names the command by which the author mends this error.
fn what_mends(code: &str, name: &str) -> Option<String> {
    let managed_key = format!(
        "`aws secretsmanager update-secret --secret-id {name} --kms-key-id \
         alias/aws/secretsmanager` encrypts it with the key that every function may use"
    );
    match code {
        "ResourceNotFoundException" => Some(format!(
            "; `aws secretsmanager create-secret --name {name} --secret-string file:///dev/stdin` \
             makes it"
        )),
        // It waits to be deleted.
        "InvalidRequestException" => Some(format!(
            "; `aws secretsmanager restore-secret --secret-id {name}` brings it back"
        )),
        "AccessDeniedException" => Some(format!(
            "; `sam deploy` lets the function read the secrets that it is to use, and {managed_key}"
        )),
        "DecryptionFailure" => Some(format!("; {managed_key}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::config::Environment;

    fn secrets(region: &'static str) -> Secrets {
        let environment = Environment::new(move |name| match name {
            "AWS_REGION" => Some(region.to_owned()),
            "AWS_ACCESS_KEY_ID" => Some("AKIA".to_owned()),
            "AWS_SECRET_ACCESS_KEY" => Some("secret".to_owned()),
            "AWS_SESSION_TOKEN" => Some("session".to_owned()),
            _ => None,
        });
        Secrets::open(&Aws::of(&environment))
    }

    #[tokio::test]
    async fn a_call_is_signed_with_all_that_says_what_it_is() {
        let now = Timestamp::from_unix(1_795_366_800).unwrap();
        let request = secrets("eu-central-1").request("shop/keys", now).unwrap();
        assert_eq!(
            request.uri(),
            "https://secretsmanager.eu-central-1.amazonaws.com/"
        );
        let header = |name: &str| request.headers()[name].to_str().unwrap();
        assert_eq!(header("x-amz-target"), "secretsmanager.GetSecretValue");
        assert_eq!(header("x-amz-date"), "20261122T170000Z");
        assert_eq!(header("x-amz-security-token"), "session");
        assert_eq!(header("connection"), "close");
        let authorization = header("authorization");
        let scope = "Credential=AKIA/20261122/eu-central-1/secretsmanager/aws4_request, ";
        assert!(authorization.contains(scope), "{authorization}");
        let signed =
            "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target,";
        assert!(authorization.contains(signed), "{authorization}");
        assert_eq!(request.into_body(), r#"{"SecretId":"shop/keys"}"#);
    }

    #[tokio::test]
    async fn a_region_of_china_has_another_domain() {
        let secrets = secrets("cn-north-1");
        assert_eq!(
            secrets.url,
            "https://secretsmanager.cn-north-1.amazonaws.com.cn/"
        );
    }

    fn refused_with(status: u16, body: &str) -> Failure {
        let status = status.try_into().unwrap();
        let mut answer = HttpResponse::new(status, body.to_owned().into());
        answer.headers_mut().insert("x-amzn-requestid", "a1b2");
        refused("Failed to read", &answer, body, "shop/keys")
    }

    #[test]
    fn a_missing_secret_is_said_with_the_command_that_makes_it() {
        let body = r#"{"__type": "ResourceNotFoundException",
            "Message": "Secrets Manager can't find the specified secret."}"#;
        let failure = refused_with(400, body);
        assert_eq!(failure.kind(), FailureKind::Refused);
        assert_eq!(
            failure.to_string(),
            "Failed to read: 400 ResourceNotFoundException: Secrets Manager can't find \
             the specified secret (request a1b2); `aws secretsmanager create-secret --name \
             shop/keys --secret-string file:///dev/stdin` makes it"
        );
    }

    #[test]
    fn what_the_author_has_to_mend_names_a_command() {
        for (code, command) in [
            (
                "InvalidRequestException",
                "`aws secretsmanager restore-secret --secret-id shop/keys`",
            ),
            (
                "com.amazonaws.secretsmanager#AccessDeniedException",
                "`sam deploy`",
            ),
            (
                "DecryptionFailure",
                "`aws secretsmanager update-secret --secret-id shop/keys --kms-key-id",
            ),
        ] {
            let failure = refused_with(400, &format!(r#"{{"__type": "{code}"}}"#));
            assert_eq!(failure.kind(), FailureKind::Refused);
            assert!(failure.cause().contains(command), "{failure}");
        }
    }

    #[test]
    fn what_passes_by_itself_is_no_fault_of_the_authors() {
        for (status, body) in [
            (500, r#"{"__type": "InternalServiceError"}"#),
            (502, "<html>Bad Gateway</html>"),
            (
                400,
                r#"{"__type": "ThrottlingException", "message": "Rate exceeded"}"#,
            ),
        ] {
            let failure = refused_with(status, body);
            assert_eq!(failure.kind(), FailureKind::Unavailable, "{failure}");
        }
    }
}
