//! Idempotency keys: the first answer to a key is the answer to every later one.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use super::Emulator;
use super::error::ApiError;
use super::table::{Row, Table};

const KEPT_FOR: i64 = 24 * 60 * 60;
const MAX_BODY: usize = 1024 * 1024;

/// Marks an answer that came before anything was tried; such an answer is not kept.
#[derive(Debug, Clone)]
pub(super) struct NotStarted;

/// The answer that a key was given first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SavedAnswer {
    key: String,
    request: String,
    status: u16,
    body: String,
    created: i64,
}

impl SavedAnswer {
    pub(super) fn is_valid(&self, now: i64) -> bool {
        now < self.created + KEPT_FOR
    }
}

impl Row for SavedAnswer {
    const OBJECT: &'static str = "idempotency_key";
    fn id(&self) -> &str {
        &self.key
    }
    fn created(&self) -> i64 {
        self.created
    }
}

/// The keys of requests that are not yet answered.
#[derive(Debug, Default)]
pub(super) struct KeysInUse(Mutex<HashSet<String>>);

impl KeysInUse {
    fn claim(self: &Arc<Self>, key: &str) -> Option<ClaimedKey> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert(key.to_owned()).then(|| ClaimedKey {
            key: key.to_owned(),
            keys: Arc::clone(self),
        })
    }
}

struct ClaimedKey {
    key: String,
    keys: Arc<KeysInUse>,
}

impl Drop for ClaimedKey {
    fn drop(&mut self) {
        let mut keys = self.keys.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.remove(&self.key);
    }
}

/// Carries out each `POST` that bears a new key, and answers from memory those that
/// bear a known one. A request goes on when its caller hangs up, as it does at Stripe.
pub(super) async fn remember(
    State(emulator): State<Arc<Emulator>>,
    request: Request,
    next: Next,
) -> Response {
    let key = request.headers().get("idempotency-key");
    let key = key.and_then(|key| key.to_str().ok()).map(str::to_owned);
    let is_post = request.method() == Method::POST;
    let Some(key) = key.filter(|_| is_post) else {
        return carry_on(next, request).await;
    };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let Some(claimed) = emulator.keys_in_use.claim(&key) else {
        return ApiError::idempotency_key_in_use(&key).into_response();
    };
    let fingerprint = fingerprint(parts.uri.path(), &body);
    let now = super::identifiers::now();
    let saved = emulator
        .books
        .read(|ledger| recall(&ledger.saved_answers, &key, &fingerprint, now));
    match saved {
        Recalled::Answer(answer) => return replay(answer),
        Recalled::OtherRequest => return ApiError::idempotency_mismatch(&key).into_response(),
        Recalled::Nothing => {}
    }
    let request = Request::from_parts(parts, Body::from(body));
    let work = async move {
        let _claimed = claimed;
        let response = next.run(request).await;
        keep(&emulator, key, fingerprint, response).await
    };
    finish(tokio::spawn(work)).await
}

async fn carry_on(next: Next, request: Request) -> Response {
    finish(tokio::spawn(async move { next.run(request).await })).await
}

async fn finish(work: tokio::task::JoinHandle<Response>) -> Response {
    work.await.unwrap_or_else(|error| {
        tracing::error!(%error, "Failed to answer a request to Stripe's emulator");
        ApiError::server("The emulator stumbled; see its log.").into_response()
    })
}

async fn keep(emulator: &Emulator, key: String, request: String, response: Response) -> Response {
    if response.extensions().get::<NotStarted>().is_some() {
        return response;
    }
    let (parts, body) = response.into_parts();
    // The bodies are our own and in memory.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let answer = SavedAnswer {
        key,
        request,
        status: parts.status.as_u16(),
        body: String::from_utf8_lossy(&body).into_owned(),
        created: super::identifiers::now(),
    };
    let kept = emulator.change(|ledger, _| {
        ledger.saved_answers.put(answer);
        Ok(())
    });
    match kept {
        Ok(()) => Response::from_parts(parts, Body::from(body)),
        Err(error) => error.into_response(),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Recalled {
    Nothing,
    Answer(SavedAnswer),
    OtherRequest,
}

fn recall(answers: &Table<SavedAnswer>, key: &str, fingerprint: &str, now: i64) -> Recalled {
    match answers.get(key) {
        None => Recalled::Nothing,
        Some(answer) if !answer.is_valid(now) => Recalled::Nothing,
        Some(answer) if answer.request != fingerprint => Recalled::OtherRequest,
        Some(answer) => Recalled::Answer(answer.clone()),
    }
}

fn replay(answer: SavedAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    response
}

/// The same for the same parameters in whatever order. A digest, because parameters can
/// hold an address and the state file need not.
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
    fn a_key_is_forgotten_after_a_day() {
        let mut answers = Table::default();
        answers.put(SavedAnswer {
            key: "key".to_owned(),
            request: "request".to_owned(),
            status: 500,
            body: "{}".to_owned(),
            created: 1_000,
        });
        let recall = |request, now| recall(&answers, "key", request, now);
        let last_moment = 1_000 + KEPT_FOR - 1;
        assert!(matches!(
            recall("request", last_moment),
            Recalled::Answer(_)
        ));
        assert_eq!(recall("other", last_moment), Recalled::OtherRequest);
        assert_eq!(recall("other", last_moment + 1), Recalled::Nothing);
    }

    #[test]
    fn the_order_of_parameters_makes_no_difference() {
        let of =
            |body: &'static str| fingerprint("/v1/refunds", &Bytes::from_static(body.as_bytes()));
        assert_eq!(of("a=1&b=2"), of("b=2&a=1"));
        assert_ne!(of("a=1&b=2"), of("a=2&b=1"));
    }
}
