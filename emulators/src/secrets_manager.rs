//! An emulator of AWS Secrets Manager: `GetSecretValue`, of secrets that tests and the local shop put
//! into it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::post,
};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use uuid::Uuid;

/// The characters that AWS puts at the end of a secret's ARN, here of every secret's.
pub const ARN_SUFFIX: &str = "aB3dE5";

/// The secrets of one account; clones share them.
#[derive(Clone, Debug)]
pub struct SecretsManager {
    secrets: Arc<Mutex<HashMap<String, Secret>>>,
    /// The secret access key that calls are signed with, whoever's they are.
    secret_key: String,
}

#[derive(Clone)]
struct Secret {
    text: String,
    version: String,
    created: OffsetDateTime,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

impl SecretsManager {
    /// An account without secrets, whose users all have this secret access key.
    #[must_use]
    pub fn new(secret_key: &str) -> Self {
        Self {
            secrets: Arc::default(),
            secret_key: secret_key.to_owned(),
        }
    }

    /// Makes a secret, or a new version of it.
    pub fn put(&self, name: &str, text: &str) {
        let secret = Secret {
            text: text.to_owned(),
            version: Uuid::now_v7().to_string(),
            created: now(),
        };
        self.secrets().insert(name.to_owned(), secret);
    }

    /// Deletes a secret, if there is one.
    pub fn delete(&self, name: &str) {
        self.secrets().remove(name);
    }

    /// Serves the API.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/", post(call))
            .with_state(self.clone())
    }

    fn get(&self, id: &str) -> Option<(String, Secret)> {
        let secrets = self.secrets();
        let found = secrets
            .iter()
            .find(|(name, _)| *name == id || arn(name) == id);
        found.map(|(name, secret)| (name.clone(), secret.clone()))
    }

    fn secrets(&self) -> MutexGuard<'_, HashMap<String, Secret>> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::disallowed_methods, reason = "the emulator's own clock")]
fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// The ARN of a secret, in `us-east-1` of the account `123456789012`.
pub(crate) fn arn(name: &str) -> String {
    format!("arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}-{ARN_SUFFIX}")
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetSecretValue {
    secret_id: String,
    version_id: Option<String>,
    version_stage: Option<String>,
}

async fn call(
    State(account): State<SecretsManager>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, SecretsError> {
    check_signature(&headers, &body, &account.secret_key)?;
    if header(&headers, "x-amz-target") != "secretsmanager.GetSecretValue"
        || header(&headers, "content-type") != MEDIA_TYPE
    {
        return Err(SecretsError::UnknownOperation);
    }
    let request: GetSecretValue =
        serde_json::from_slice(&body).map_err(|_| SecretsError::Unreadable)?;
    let (name, secret) = account
        .get(&request.secret_id)
        .ok_or(SecretsError::NoSuchSecret)?;
    let stage = request.version_stage.as_deref().unwrap_or(CURRENT);
    if stage != CURRENT
        || request
            .version_id
            .is_some_and(|version| version != secret.version)
    {
        return Err(SecretsError::NoSuchVersion);
    }
    let answer = json!({
        "ARN": arn(&name),
        "CreatedDate": secret.created.unix_timestamp(),
        "Name": name,
        "SecretString": secret.text,
        "VersionId": secret.version,
        "VersionStages": [CURRENT],
    });
    Ok(respond(StatusCode::OK, &answer))
}

const CURRENT: &str = "AWSCURRENT";
const MEDIA_TYPE: &str = "application/x-amz-json-1.1";

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

fn respond(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, body.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    if let Ok(id) = HeaderValue::try_from(Uuid::now_v7().to_string()) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}

/// Why a call is refused, with 400.
enum SecretsError {
    NotSigned,
    BadSignature,
    UnknownOperation,
    Unreadable,
    NoSuchSecret,
    NoSuchVersion,
}

impl IntoResponse for SecretsError {
    fn into_response(self) -> Response {
        let body = match self {
            Self::NotSigned => json!({
                "__type": "MissingAuthenticationTokenException",
                "message": "Missing Authentication Token",
            }),
            Self::BadSignature => json!({
                "__type": "InvalidSignatureException",
                "message": "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
            }),
            Self::UnknownOperation => json!({"__type": "UnknownOperationException"}),
            Self::Unreadable => json!({"__type": "SerializationException"}),
            Self::NoSuchSecret => json!({
                "__type": "ResourceNotFoundException",
                "Message": "Secrets Manager can't find the specified secret.",
            }),
            Self::NoSuchVersion => json!({
                "__type": "ResourceNotFoundException",
                "Message": "Secrets Manager can't find the specified secret value for the version or staging label.",
            }),
        };
        respond(StatusCode::BAD_REQUEST, &body)
    }
}

/// Checks the signature of a call, as it came over the wire
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html>). Whatever time it
/// was signed at will do, so that tests can choose theirs.
fn check_signature(headers: &HeaderMap, body: &[u8], secret_key: &str) -> Result<(), SecretsError> {
    let authorization = header(headers, "authorization")
        .strip_prefix("AWS4-HMAC-SHA256 ")
        .ok_or(SecretsError::NotSigned)?;
    let field = |name: &str| {
        let mut fields = authorization
            .split(',')
            .filter_map(|part| part.split_once('='));
        let found = fields.find(|(field, _)| field.trim() == name);
        found.map(|(_, value)| value).ok_or(SecretsError::NotSigned)
    };
    let (_, scope) = field("Credential")?
        .split_once('/')
        .ok_or(SecretsError::NotSigned)?;
    let signed_headers = field("SignedHeaders")?;
    let is_signed = |name: &str| signed_headers.split(';').any(|signed| signed == name);
    let must_be_signed = |name: &str| name == "host" || name.starts_with("x-amz-");
    let mut names = headers.keys().map(HeaderName::as_str);
    if !names.all(|name| !must_be_signed(name) || is_signed(name)) {
        return Err(SecretsError::BadSignature);
    }

    let lines: Vec<_> = signed_headers
        .split(';')
        .map(|name| format!("{name}:{}", header(headers, name).trim()))
        .collect();
    let lines = lines.join("\n");
    let body = hex::encode(Sha256::digest(body));
    let request = format!("POST\n/\n\n{lines}\n\n{signed_headers}\n{body}");
    let request = hex::encode(Sha256::digest(request));
    let time = header(headers, "x-amz-date");
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{request}");
    let key = scope
        .split('/')
        .fold(format!("AWS4{secret_key}").into_bytes(), |key, part| {
            code(&key, part).finalize().into_bytes().to_vec()
        });
    let signature = hex::decode(field("Signature")?).map_err(|_| SecretsError::BadSignature)?;
    let is_of_service = scope.ends_with("/us-east-1/secretsmanager/aws4_request");
    match code(&key, &text).verify_slice(&signature) {
        Ok(()) if is_of_service => Ok(()),
        _ => Err(SecretsError::BadSignature),
    }
}

fn code(key: &[u8], text: &str) -> Hmac<Sha256> {
    let mut code = Hmac::new_from_slice(key).expect("a key may be of any length");
    code.update(text.as_bytes());
    code
}
