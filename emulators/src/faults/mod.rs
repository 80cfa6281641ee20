//! Faults at the wire, switched on in front of any emulator.
//!
//! Every call to a wrapped emulator is recorded too: tests count what one
//! request costs outside, and hold it against what the function is allowed.

mod operation;
mod permission;
mod rule;

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
pub use rule::{CannedResponse, Effect, Requests, Rule};

/// How long a request without an answer is held open.
pub const LONGEST_SILENCE: Duration = Duration::from_mins(1);

/// The record keeps the latest calls; a shop left running must not grow.
const LONGEST_RECORD: usize = 100_000;

/// The outside service that an emulator stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// Amazon `DynamoDB`.
    DynamoDb,
    /// Amazon S3.
    S3,
    /// Amazon SES, API version 2.
    Ses,
    /// Stripe.
    Stripe,
}

/// A rule in force, with the number by which it can be removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveRule {
    /// Its number, never used twice.
    pub id: u64,
    /// The rule; its `count` is what is left of it.
    pub rule: Rule,
    /// How many requests it applied to, struck or spared.
    pub met: u64,
}

/// One call to an outside service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Who was asked.
    pub service: Service,
    /// For what, as [`operation_of`] names it.
    pub operation: String,
    /// The access key of whoever asked, as the signature names it.
    pub access_key: Option<String>,
    /// What AWS would look for in the role of whoever asked.
    pub permissions: Vec<Permission>,
    /// Counts the calls to all services from 0, across `clear_calls`.
    pub at_sequence: u64,
}

/// The rules in force and the calls recorded; clones share them.
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
    /// Puts the recording and the faults in front of an emulator.
    pub fn around(&self, service: Service, emulator: Router) -> Router {
        let state = (self.clone(), service);
        emulator.layer(middleware::from_fn_with_state(state, strike))
    }

    /// Adds a rule and returns its number. Where several rules apply to a
    /// request, the oldest strikes.
    #[expect(
        clippy::must_use_candidate,
        reason = "the number matters to those who remove"
    )]
    pub fn add(&self, rule: Rule) -> u64 {
        let mut state = self.state();
        let id = state.next_rule;
        state.next_rule += 1;
        state.rules.push(ActiveRule { id, rule, met: 0 });
        id
    }

    /// Removes a rule; false where it is not, or no longer, in force.
    #[expect(
        clippy::must_use_candidate,
        reason = "whether it was there matters to few"
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

    /// The rules in force, oldest first. One that has struck as often as it
    /// should is gone.
    #[must_use]
    pub fn rules(&self) -> Vec<ActiveRule> {
        self.state().rules.clone()
    }

    /// The calls since the last `clear_calls`, oldest first, struck or not;
    /// of very many the latest.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.state().calls.iter().cloned().collect()
    }

    /// How many calls there ever were to a service.
    #[must_use]
    pub fn count(&self, service: Service) -> u64 {
        self.state().counts.get(&service).copied().unwrap_or(0)
    }

    /// Forgets the calls recorded so far.
    pub fn clear_calls(&self) {
        self.state().calls.clear();
    }

    /// How many requests are held without an answer, what they asked for done
    /// or not: tests wait for it before they kill the caller.
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

    /// Takes one strike from the oldest rule that applies.
    fn take_effect(&self, service: Service, operation: &str, request: &Request) -> Option<Effect> {
        let mut state = self.state();
        let position = state
            .rules
            .iter()
            .position(|active| active.rule.strikes(service, operation, request))?;
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

async fn strike(
    State((faults, service)): State<(Faults, Service)>,
    request: Request,
    next: Next,
) -> Response {
    let operation = operation_of(service, &request);
    let request = match service {
        // What these are asked for is in the body, and no larger than memory.
        Service::DynamoDb | Service::Ses => {
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

/// Does what was asked, to the end even if the caller goes away.
async fn act(request: Request, next: Next) {
    if tokio::spawn(next.run(request)).await.is_err() {
        tracing::error!("an emulator panicked behind a fault");
    }
}

async fn silence(faults: &Faults) -> Response {
    let _held = Held::begin(faults);
    tokio::time::sleep(LONGEST_SILENCE).await;
    close_connection()
}

/// Counts a request as held for as long as it is.
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

/// A body that fails before its first byte: the server gives the connection
/// up with the head of the answer still unsent.
fn close_connection() -> Response {
    let broken = stream::iter([Err::<Bytes, _>(std::io::Error::from(
        std::io::ErrorKind::ConnectionAborted,
    ))]);
    Response::new(Body::from_stream(broken))
}
