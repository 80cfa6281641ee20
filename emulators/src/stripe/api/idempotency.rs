//! Idempotency keys: a key gets its first response again for every later request.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use crate::stripe::database::{SavedResponse, Table};
use crate::stripe::emulator::{Emulator, Shared};
use crate::stripe::error::ApiError;
use crate::stripe::identifiers::now;

const MAX_BODY: usize = 1024 * 1024;

/// Marks a response to a request that was refused before anything was tried. It is not saved.
#[derive(Debug, Clone)]
pub(super) struct NotStarted;

/// Carries out a `POST` whose key is new, and replays the saved response if it is known. As at Stripe,
/// a request is carried out to the end if its caller disconnects.
pub(super) async fn replay_or_run(
    State(emulator): Shared,
    request: Request,
    next: Next,
) -> Response {
    let key = request.headers().get("idempotency-key");
    let key = key.and_then(|key| key.to_str().ok()).map(str::to_owned);
    let is_post = request.method() == Method::POST;
    let Some(key) = key.filter(|_| is_post) else {
        return run(next, request).await;
    };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let Some(claimed) = emulator.keys_in_use.claim(&key) else {
        return ApiError::idempotency_key_in_use(&key).into_response();
    };
    let fingerprint = fingerprint(parts.uri.path(), &body);
    let saved = emulator
        .store
        .read(|tables| look_up(&tables.saved_responses, &key, &fingerprint, now()));
    match saved {
        Found::Response(response) => return replay(response),
        Found::OtherRequest => return ApiError::idempotency_mismatch(&key).into_response(),
        Found::Nothing => {}
    }
    let request = Request::from_parts(parts, Body::from(body));
    let work = async move {
        let _claimed = claimed;
        let response = next.run(request).await;
        keep(&emulator, key, fingerprint, response).await
    };
    finish(tokio::spawn(work)).await
}

async fn run(next: Next, request: Request) -> Response {
    finish(tokio::spawn(async move { next.run(request).await })).await
}

async fn finish(work: tokio::task::JoinHandle<Response>) -> Response {
    work.await.unwrap_or_else(|error| {
        tracing::error!(%error, "Failed to answer a request to Stripe's emulator");
        ApiError::server("The emulator failed. See its log.").into_response()
    })
}

async fn keep(emulator: &Emulator, key: String, request: String, response: Response) -> Response {
    if response.extensions().get::<NotStarted>().is_some() {
        return response;
    }
    let (parts, body) = response.into_parts();
    // The handlers' bodies are in memory, so that reading them cannot fail.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let saved = SavedResponse {
        key,
        request,
        status: parts.status.as_u16(),
        body: String::from_utf8_lossy(&body).into_owned(),
        created: now(),
    };
    let kept = emulator.change(|tables, _| {
        tables.saved_responses.put(saved);
        Ok(())
    });
    match kept {
        Ok(()) => Response::from_parts(parts, Body::from(body)),
        Err(error) => error.into_response(),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    Response(SavedResponse),
    OtherRequest,
}

fn look_up(responses: &Table<SavedResponse>, key: &str, fingerprint: &str, now: i64) -> Found {
    match responses.get(key) {
        None => Found::Nothing,
        Some(response) if !response.is_valid(now) => Found::Nothing,
        Some(response) if response.request != fingerprint => Found::OtherRequest,
        Some(response) => Found::Response(response.clone()),
    }
}

fn replay(saved: SavedResponse) -> Response {
    let status = StatusCode::from_u16(saved.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, saved.body).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    response
}

/// Returns a digest of the path and the parameters, in which their order makes no difference. A digest
/// keeps mail addresses among the parameters out of the state file.
fn fingerprint(path: &str, body: &Bytes) -> String {
    let mut parameters: Vec<_> = form_urlencoded::parse(body).collect();
    parameters.sort();
    let digest = Sha256::digest(format!("{path}\n{parameters:?}"));
    hex::encode(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_saved_for_a_day() {
        let mut responses = Table::default();
        responses.put(SavedResponse {
            key: "key".to_owned(),
            request: "request".to_owned(),
            status: 500,
            body: "{}".to_owned(),
            created: 1_000,
        });
        let look_up = |request, now| look_up(&responses, "key", request, now);
        let last_second = 1_000 + 24 * 60 * 60 - 1;
        assert!(matches!(
            look_up("request", last_second),
            Found::Response(_)
        ));
        assert_eq!(look_up("other", last_second), Found::OtherRequest);
        assert_eq!(look_up("other", last_second + 1), Found::Nothing);
    }

    #[test]
    fn the_order_of_parameters_makes_no_difference() {
        let of =
            |body: &'static str| fingerprint("/v1/refunds", &Bytes::from_static(body.as_bytes()));
        assert_eq!(of("a=1&b=2"), of("b=2&a=1"));
        assert_ne!(of("a=1&b=2"), of("a=2&b=1"));
    }
}
