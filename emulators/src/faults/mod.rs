//! Faults between the shop and the emulators.
//!
//! [`Faults::around`] puts a middleware around an emulator. It applies the rules that were added,
//! and it records every call, so that tests can count the calls of a request and compare them with
//! the permissions of the function.

mod operation;
mod permission;
mod rule;
mod service;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{StatusCode, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use futures::stream;
use serde::{Deserialize, Serialize};

pub use operation::operation_of;
pub use permission::Permission;
pub use rule::{CannedResponse, Effect, LONGEST_SILENCE, Requests, Rule};
pub use service::Service;

/// How many calls are kept, so that a shop left running does not fill the memory.
const LONGEST_RECORD: usize = 100_000;

/// A rule that was added and not yet removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveRule {
    /// The number by which it can be removed. No other rule has or had it.
    pub id: u64,
    /// The rule. Its `count` is how many requests it still strikes.
    pub rule: Rule,
    /// How many requests it has applied to, whether it struck them or not.
    pub met: u64,
}

/// One call to an outside service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The service that was called.
    pub service: Service,
    /// The operation as [`operation_of`] names it.
    pub operation: String,
    /// The access key in the signature, if there was one.
    pub access_key: Option<String>,
    /// The permissions that AWS would require of the caller.
    pub permissions: Vec<Permission>,
    /// The number of the call among those to all services, from 0. `clear_calls` does not reset it.
    pub at_sequence: u64,
}

/// The rules and the recorded calls; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    state: Arc<Mutex<FaultsState>>,
}

#[derive(Debug, Default)]
struct FaultsState {
    counts: HashMap<Service, u64>,
    held: usize,
    rules: Vec<ActiveRule>,
    next_rule: u64,
    calls: VecDeque<Call>,
    next_call: u64,
}

impl Faults {
    /// Wraps an emulator, so that its calls are recorded and the rules apply to them.
    pub fn around(&self, service: Service, emulator: Router) -> Router {
        let state = (self.clone(), service);
        emulator.layer(middleware::from_fn_with_state(state, record_and_strike))
    }

    /// Adds a rule and returns its number. If several rules apply to a request, the oldest one
    /// decides.
    #[expect(clippy::must_use_candidate, reason = "only needed to remove the rule")]
    pub fn add(&self, rule: Rule) -> u64 {
        let mut state = self.state();
        let id = state.next_rule;
        state.next_rule += 1;
        state.rules.push(ActiveRule { id, rule, met: 0 });
        id
    }

    /// Removes a rule, and returns whether it was there.
    #[expect(
        clippy::must_use_candidate,
        reason = "few callers ask whether it was there"
    )]
    pub fn remove(&self, id: u64) -> bool {
        let mut state = self.state();
        let before = state.rules.len();
        state.rules.retain(|active| active.id != id);
        state.rules.len() < before
    }

    /// Removes every rule.
    pub fn clear(&self) {
        self.state().rules.clear();
    }

    /// Returns the rules, oldest first, without those that have used up their `count`.
    #[must_use]
    pub fn rules(&self) -> Vec<ActiveRule> {
        self.state().rules.clone()
    }

    /// Returns the calls since the last `clear_calls`, oldest first, whether a rule struck them or
    /// not: the latest 100,000 at most.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.iter().cloned().collect()
    }

    /// Returns how many calls to the service there were in all. `clear_calls` does not reset it.
    #[must_use]
    pub fn count(&self, service: Service) -> u64 {
        self.state().counts.get(&service).copied().unwrap_or(0)
    }

    /// Deletes the recorded calls.
    pub fn clear_calls(&self) {
        self.state().calls.clear();
    }

    /// Returns how many requests are held open without a response, carried out or not. Tests wait
    /// for one before they kill the caller.
    #[must_use]
    pub fn held(&self) -> usize {
        self.state().held
    }

    fn record(&self, service: Service, operation: &str, request: &Parts, body: &[u8]) {
        let access_key = permission::access_key(&request.headers, &request.uri);
        let permissions = permission::permissions_for(service, operation, &request.uri, body);
        let mut state = self.state();
        let at_sequence = state.next_call;
        state.next_call += 1;
        *state.counts.entry(service).or_default() += 1;
        if state.calls.len() == LONGEST_RECORD {
            state.calls.pop_front();
        }
        state.calls.push_back(Call {
            service,
            operation: operation.to_owned(),
            access_key,
            permissions,
            at_sequence,
        });
    }

    /// Returns what happens to the request by the oldest rule that applies, and counts the strike.
    fn take_effect(&self, service: Service, operation: &str, request: &Request) -> Option<Effect> {
        let mut state = self.state();
        let position = state
            .rules
            .iter()
            .position(|active| active.rule.applies_to(service, operation, request))?;
        let active = &mut state.rules[position];
        active.met += 1;
        let is_spared = active
            .rule
            .one_of
            .is_some_and(|of| !active.met.is_multiple_of(u64::from(of.max(1))));
        if is_spared {
            return None;
        }
        let rule = &mut active.rule;
        let effect = rule.effect.clone();
        if let Some(count) = &mut rule.count {
            *count -= 1;
            if *count == 0 {
                state.rules.remove(position);
            }
        }
        Some(effect)
    }

    fn state(&self) -> MutexGuard<'_, FaultsState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn record_and_strike(
    State((faults, service)): State<(Faults, Service)>,
    request: Request,
    next: Next,
) -> Response {
    let operation = operation_of(service, &request);
    let request = match service {
        // The permissions depend on the body, which is small.
        Service::DynamoDb | Service::SecretsManager | Service::Ses => {
            let (parts, body) = request.into_parts();
            let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
                return StatusCode::BAD_REQUEST.into_response();
            };
            faults.record(service, &operation, &parts, &body);
            Request::from_parts(parts, body.into())
        }
        Service::S3 | Service::Stripe => {
            let (parts, body) = request.into_parts();
            faults.record(service, &operation, &parts, &[]);
            Request::from_parts(parts, body)
        }
    };
    match faults.take_effect(service, &operation, &request) {
        None => next.run(request).await,
        Some(Effect::Answer(answer)) => answer.into_response(),
        Some(Effect::NoAnswer) => silence(&faults).await,
        Some(Effect::ActThenAnswer(answer)) => {
            act(request, next).await;
            answer.into_response()
        }
        Some(Effect::ActThenNoAnswer) => {
            act(request, next).await;
            silence(&faults).await
        }
        Some(Effect::Delay { milliseconds }) => {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            next.run(request).await
        }
        Some(Effect::CloseConnection) => close_connection(),
    }
}

/// Carries out the request, to the end even if the caller disconnects.
async fn act(request: Request, next: Next) {
    if tokio::spawn(next.run(request)).await.is_err() {
        tracing::error!("An emulator panicked while it carried out a request");
    }
}

async fn silence(faults: &Faults) -> Response {
    let _held = Held::begin(faults);
    tokio::time::sleep(LONGEST_SILENCE).await;
    close_connection()
}

/// Counts a request as held until it is dropped.
struct Held(Faults);

impl Held {
    fn begin(faults: &Faults) -> Self {
        faults.state().held += 1;
        Self(faults.clone())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.state().held -= 1;
    }
}

/// Returns a response whose body fails before its first byte, so that the server closes the
/// connection without sending even the status.
fn close_connection() -> Response {
    let broken = stream::iter([Err::<Bytes, _>(std::io::Error::from(
        std::io::ErrorKind::ConnectionAborted,
    ))]);
    Response::new(Body::from_stream(broken))
}
