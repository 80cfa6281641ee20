//! The faults of the API, and the two middlewares that apply them.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use futures::stream;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::error::ApiError;

/// One way to fail. `FailBefore` and `FailAfter` apply to `POST` only, which has idempotency keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiFault {
    /// 503 with a page in HTML. The request is not carried out, and no idempotency key is used up.
    Unavailable,
    /// 500 with Stripe's error. The request is not carried out, and its idempotency key gets 500 from
    /// then on.
    FailBefore,
    /// 500 with Stripe's error. The request is carried out, and its idempotency key gets 500 from then
    /// on.
    FailAfter,
    /// The request is carried out, and the connection breaks before the response. The idempotency key
    /// gets the response.
    LoseAnswer,
}

/// The faults of the API: the next requests fail in one way, or all requests wait.
#[derive(Debug, Default)]
pub struct ApiFaults {
    next: Mutex<Option<(ApiFault, u32)>>,
    gate: watch::Sender<Gate>,
}

#[derive(Debug, Default)]
struct Gate {
    is_closed: bool,
    waiting: usize,
}

impl ApiFaults {
    /// Makes the next `times` requests fail in this way. Zero ends the fault.
    pub fn fail_next(&self, fault: ApiFault, times: u32) {
        *self.lock() = (times > 0).then_some((fault, times));
    }

    /// Returns the present fault and how many requests it still strikes.
    #[must_use]
    pub fn pending(&self) -> Option<(ApiFault, u32)> {
        *self.lock()
    }

    /// Makes requests wait until [`release`](Self::release).
    pub fn hold(&self) {
        self.gate.send_modify(|gate| gate.is_closed = true);
    }

    /// Lets waiting requests continue.
    pub fn release(&self) {
        self.gate.send_modify(|gate| gate.is_closed = false);
    }

    /// Waits until at least `count` requests are waiting.
    pub async fn held(&self, count: usize) {
        let mut gate = self.gate.subscribe();
        // The channel lives as long as `self`, so the wait cannot fail.
        let _ = gate.wait_for(|gate| gate.waiting >= count).await;
    }

    fn take(&self, wanted: impl Fn(ApiFault) -> bool) -> Option<ApiFault> {
        let mut next = self.lock();
        let (fault, times) = (*next).filter(|(fault, _)| wanted(*fault))?;
        *next = (times > 1).then_some((fault, times - 1));
        Some(fault)
    }

    async fn wait_at_gate(&self) {
        let mut gate = self.gate.subscribe();
        if gate.borrow().is_closed {
            self.gate.send_modify(|gate| gate.waiting += 1);
            let _ = gate.wait_for(|gate| !gate.is_closed).await;
            self.gate.send_modify(|gate| gate.waiting -= 1);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(ApiFault, u32)>> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Applies the faults that the idempotency layer does not see: `Unavailable` and `LoseAnswer`. It runs
/// around that layer.
pub(crate) async fn around_idempotency(
    State(faults): State<Arc<ApiFaults>>,
    request: Request,
    next: Next,
) -> Response {
    if faults
        .take(|fault| fault == ApiFault::Unavailable)
        .is_some()
    {
        let page = Html("<html><body>503 Service Temporarily Unavailable</body></html>");
        return (StatusCode::SERVICE_UNAVAILABLE, page).into_response();
    }
    let is_lost = faults.take(|fault| fault == ApiFault::LoseAnswer).is_some();
    let response = next.run(request).await;
    if is_lost {
        let broken = stream::once(async { Err::<&str, _>(std::io::Error::other("lost")) });
        return Body::from_stream(broken).into_response();
    }
    response
}

/// Applies the faults whose response the idempotency layer saves: `FailBefore` and `FailAfter`. It
/// runs within that layer.
pub(crate) async fn within_idempotency(
    State(faults): State<Arc<ApiFaults>>,
    request: Request,
    next: Next,
) -> Response {
    faults.wait_at_gate().await;
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let failure = || ApiError::server("An unknown error occurred.").into_response();
    match faults.take(|fault| matches!(fault, ApiFault::FailBefore | ApiFault::FailAfter)) {
        Some(ApiFault::FailBefore) => failure(),
        Some(_) => {
            next.run(request).await;
            failure()
        }
        None => next.run(request).await,
    }
}
