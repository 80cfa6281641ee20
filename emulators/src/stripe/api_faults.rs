//! Ways in which Stripe's API fails, for those who want to see what the shop does then.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use futures::stream;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::Emulator;
use super::error::ApiError;

/// One way to fail. The two that use up a key strike what bears one: `POST`, never `GET`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiFault {
    /// 503 with a page that is not JSON; nothing was done, and no key is used up.
    Unavailable,
    /// 500 in Stripe's shape; nothing was done, and the key answers 500 from now on.
    FailBefore,
    /// 500 in Stripe's shape, though it was done; the key answers 500 from now on.
    FailAfter,
    /// It was done, but the connection breaks before the answer; the key gives the answer.
    LoseAnswer,
}

/// The API's faults: the next so many requests fail in one way, or all wait.
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
    /// The next `times` requests fail in this way. Zero ends the fault.
    pub fn fail_next(&self, fault: ApiFault, times: u32) {
        *self.lock() = (times > 0).then_some((fault, times));
    }

    /// The fault in force, and how many requests it still strikes.
    #[must_use]
    pub fn pending(&self) -> Option<(ApiFault, u32)> {
        *self.lock()
    }

    /// From now on requests wait unanswered until [`release`](Self::release).
    pub fn hold(&self) {
        self.gate.send_modify(|gate| gate.is_closed = true);
    }

    /// Lets the waiting requests go on.
    pub fn release(&self) {
        self.gate.send_modify(|gate| gate.is_closed = false);
    }

    /// Returns once at least `count` requests are waiting.
    pub async fn held(&self, count: usize) {
        let mut gate = self.gate.subscribe();
        // The sender lives as long as `self`.
        let _ = gate.wait_for(|gate| gate.waiting >= count).await;
    }

    fn take(&self, wanted: impl Fn(ApiFault) -> bool) -> Option<ApiFault> {
        let mut next = self.lock();
        let (fault, times) = (*next).filter(|(fault, _)| wanted(*fault))?;
        *next = (times > 1).then_some((fault, times - 1));
        Some(fault)
    }

    async fn pass_gate(&self) {
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

/// The faults at the door: being down, and losing the answer on its way.
pub(super) async fn at_the_door(
    State(emulator): State<Arc<Emulator>>,
    request: Request,
    next: Next,
) -> Response {
    let faults = &emulator.api_faults;
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

/// The faults inside: what the idempotency layer takes for the answer.
pub(super) async fn inside(
    State(emulator): State<Arc<Emulator>>,
    request: Request,
    next: Next,
) -> Response {
    let faults = &emulator.api_faults;
    faults.pass_gate().await;
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
