//! The operation that a request asks for.

use axum::{extract::Request, http::Method};

use super::service::Service;

/// Returns the operation that a request asks for, by its name in the service's documentation and in
/// IAM: `GetItem`. Stripe's operations have no names, so theirs is the method and the path with
/// `{id}` in place of each identifier: `GET /v1/charges/{id}`.
pub fn operation_of(service: Service, request: &Request) -> String {
    let method = request.method();
    let path = request.uri().path();
    let named = match service {
        Service::DynamoDb | Service::SecretsManager => request
            .headers()
            .get("x-amz-target")
            .and_then(|target| target.to_str().ok())
            .and_then(|target| target.rsplit('.').next()),
        Service::S3 => s3_operation(method, path, request.uri().query().unwrap_or_default()),
        Service::Ses => match (method, path) {
            (&Method::POST, "/v2/email/outbound-emails") => Some("SendEmail"),
            (&Method::GET, "/v2/email/account") => Some("GetAccount"),
            (&Method::GET, "/v2/email/suppression/addresses") => Some("ListSuppressedDestinations"),
            _ => None,
        },
        Service::Stripe => None,
    };
    match named {
        Some(name) => name.to_owned(),
        None => format!("{method} {}", without_ids(path)),
    }
}

fn s3_operation(method: &Method, path: &str, query: &str) -> Option<&'static str> {
    let path = path.trim_start_matches('/');
    let has_key = path.split_once('/').is_some_and(|(_, key)| !key.is_empty());
    let asks = |parameter: &str| {
        query
            .split('&')
            .any(|pair| pair.split('=').next() == Some(parameter))
    };
    match (method.as_str(), has_key) {
        ("POST", true) if asks("uploads") => Some("CreateMultipartUpload"),
        ("PUT", true) if asks("partNumber") => Some("UploadPart"),
        ("POST", true) if asks("uploadId") => Some("CompleteMultipartUpload"),
        ("DELETE", true) if asks("uploadId") => Some("AbortMultipartUpload"),
        ("GET", true) if asks("uploadId") => Some("ListParts"),
        ("GET", true) => Some("GetObject"),
        ("HEAD", true) => Some("HeadObject"),
        ("PUT", true) => Some("PutObject"),
        ("DELETE", true) => Some("DeleteObject"),
        ("GET", false) if asks("list-type") => Some("ListObjectsV2"),
        ("GET", false) if asks("uploads") => Some("ListMultipartUploads"),
        ("HEAD", false) => Some("HeadBucket"),
        ("PUT", false) => Some("CreateBucket"),
        _ => None,
    }
}

/// Replaces Stripe's identifiers by `{id}`. They have a prefix and digits: `cs_test_a1…`, `pi_3N…`.
fn without_ids(path: &str) -> String {
    let is_id = |segment: &str| {
        segment.contains('_') && segment.contains(|character: char| character.is_ascii_digit())
    };
    path.split('/')
        .map(|segment| if is_id(segment) { "{id}" } else { segment })
        .collect::<Vec<_>>()
        .join("/")
}
