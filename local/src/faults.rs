//! Faults at the wire, switched on in front of any stand-in.
//!
//! Every call to a wrapped stand-in is recorded too: tests count what one
//! request costs outside, and hold it against what the function is allowed.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header::CONTENT_TYPE},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use futures::stream;
use serde::{Deserialize, Serialize};

/// How long a request without an answer is held open.
pub const LONGEST_SILENCE: Duration = Duration::from_mins(1);

/// The record keeps the latest calls; a shop left running must not grow.
const LONGEST_RECORD: usize = 100_000;

/// The outside service that a stand-in stands for.
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

/// Which requests a rule strikes: those that agree with every field given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Requests {
    /// The service asked.
    pub service: Option<Service>,
    /// The HTTP method, in capitals.
    pub method: Option<String>,
    /// How the path begins.
    pub path: Option<String>,
    /// The operation, as [`operation_of`] names it: `UpdateItem`, `SendEmail`,
    /// `GetObject`, `POST /v1/refunds`.
    pub operation: Option<String>,
}

/// What happens to a request instead of its ordinary answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// Nothing is done, and this is answered.
    Answer(Answer),
    /// Nothing is done and nothing answered, until the caller gives up or
    /// [`LONGEST_SILENCE`] is over.
    NoAnswer,
    /// What was asked is done, and this is answered.
    ActThenAnswer(Answer),
    /// What was asked is done, and nothing answered.
    ActThenNoAnswer,
    /// What was asked is done and answered, but late.
    Delay {
        /// How late.
        milliseconds: u64,
    },
    /// Nothing is done, and the connection is closed.
    CloseConnection,
}

/// An answer that is given whatever was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The media type of the body.
    pub content_type: String,
    /// The body.
    pub body: String,
}

/// A fault: which requests, how often, and what happens to them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Which requests are struck.
    #[serde(default)]
    pub requests: Requests,
    /// How many of them; all, where it is absent.
    #[serde(default)]
    pub count: Option<u32>,
    /// What happens to them.
    pub effect: Effect,
}

/// A rule in force, with the number by which it can be removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveRule {
    /// Its number, never used twice.
    pub id: u64,
    /// The rule; its `count` is what is left of it.
    pub rule: Rule,
}

/// One call to an outside service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Who was asked.
    pub service: Service,
    /// For what, as [`operation_of`] names it.
    pub operation: String,
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
    rules: Vec<ActiveRule>,
    next_rule: u64,
    calls: VecDeque<Call>,
    next_call: u64,
}

impl Faults {
    /// Puts the recording and the faults in front of a stand-in.
    pub fn around(&self, service: Service, stand_in: Router) -> Router {
        let state = (self.clone(), service);
        stand_in.layer(middleware::from_fn_with_state(state, strike))
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
        state.rules.push(ActiveRule { id, rule });
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

    /// Forgets the calls recorded so far.
    pub fn clear_calls(&self) {
        self.state().calls.clear();
    }

    fn record(&self, service: Service, operation: &str) {
        let mut state = self.state();
        let at_sequence = state.next_call;
        state.next_call += 1;
        if state.calls.len() == LONGEST_RECORD {
            state.calls.pop_front();
        }
        state.calls.push_back(Call {
            service,
            operation: operation.to_owned(),
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
        let rule = &mut state.rules[position].rule;
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

impl Rule {
    /// A rule that strikes every request of one service, for good.
    #[must_use]
    pub fn new(service: Service, effect: Effect) -> Self {
        Self {
            requests: Requests {
                service: Some(service),
                ..Requests::default()
            },
            count: None,
            effect,
        }
    }

    /// `DynamoDB` refuses because of too many requests.
    #[must_use]
    pub fn dynamodb_throttled() -> Self {
        let body = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"The level of configured provisioned throughput for the table was exceeded."}"#;
        Self::new(
            Service::DynamoDb,
            Effect::Answer(Answer {
                status: 400,
                content_type: "application/x-amz-json-1.0".to_owned(),
                body: body.to_owned(),
            }),
        )
    }

    /// SES refuses because mail is sent faster than the account may.
    #[must_use]
    pub fn ses_throttled() -> Self {
        let body =
            r#"{"__type":"TooManyRequestsException","message":"Maximum sending rate exceeded."}"#;
        Self::new(Service::Ses, Effect::Answer(Answer::json(429, body)))
    }

    /// S3 asks to slow down.
    #[must_use]
    pub fn s3_slow_down() -> Self {
        let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";
        Self::new(
            Service::S3,
            Effect::Answer(Answer {
                status: 503,
                content_type: "application/xml".to_owned(),
                body: body.to_owned(),
            }),
        )
    }

    /// Stripe fails, and says so.
    #[must_use]
    pub fn stripe_5xx() -> Self {
        let body = r#"{"error":{"type":"api_error","message":"An unknown error occurred."}}"#;
        Self::new(Service::Stripe, Effect::Answer(Answer::json(500, body)))
    }

    /// Stripe does what was asked, and the answer is lost.
    #[must_use]
    pub fn stripe_answer_lost() -> Self {
        Self::new(Service::Stripe, Effect::ActThenNoAnswer)
    }

    /// Something between answers a page where the service's format is due.
    #[must_use]
    pub fn not_json(service: Service) -> Self {
        Self::new(
            service,
            Effect::Answer(Answer {
                status: 502,
                content_type: "text/html".to_owned(),
                body: "<html><body><h1>502 Bad Gateway</h1></body></html>".to_owned(),
            }),
        )
    }

    /// The service takes the request and never answers.
    #[must_use]
    pub fn no_answer(service: Service) -> Self {
        Self::new(service, Effect::NoAnswer)
    }

    /// The service closes the connection.
    #[must_use]
    pub fn close_connection(service: Service) -> Self {
        Self::new(service, Effect::CloseConnection)
    }

    /// Limits the rule to one operation.
    #[must_use]
    pub fn on(mut self, operation: &str) -> Self {
        self.requests.operation = Some(operation.to_owned());
        self
    }

    /// Limits the rule to paths that begin so.
    #[must_use]
    pub fn on_path(mut self, path: &str) -> Self {
        self.requests.path = Some(path.to_owned());
        self
    }

    /// Limits the rule to the next requests that it applies to.
    #[must_use]
    pub fn times(mut self, count: u32) -> Self {
        self.count = Some(count);
        self
    }

    fn strikes(&self, service: Service, operation: &str, request: &Request) -> bool {
        let Requests {
            service: wanted_service,
            method,
            path,
            operation: wanted_operation,
        } = &self.requests;
        self.count != Some(0)
            && wanted_service.is_none_or(|wanted| wanted == service)
            && method
                .as_deref()
                .is_none_or(|wanted| wanted == request.method().as_str())
            && path
                .as_deref()
                .is_none_or(|prefix| request.uri().path().starts_with(prefix))
            && wanted_operation
                .as_deref()
                .is_none_or(|wanted| wanted == operation)
    }
}

impl Answer {
    /// An answer in JSON.
    #[must_use]
    pub fn json(status: u16, body: &str) -> Self {
        Self {
            status,
            content_type: "application/json".to_owned(),
            body: body.to_owned(),
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, self.body).into_response();
        if let Ok(content_type) = HeaderValue::try_from(self.content_type) {
            response.headers_mut().insert(CONTENT_TYPE, content_type);
        }
        response
    }
}

/// What a request asks for, in the words of the service's documentation and
/// of IAM; for Stripe, whose operations have no names, the method and the path
/// with `{id}` for each identifier.
pub fn operation_of(service: Service, request: &Request) -> String {
    let method = request.method();
    let path = request.uri().path();
    let named = match service {
        Service::DynamoDb => request
            .headers()
            .get("x-amz-target")
            .and_then(|target| target.to_str().ok())
            .and_then(|target| target.rsplit('.').next()),
        Service::S3 => s3_operation(method, path, request.uri().query().unwrap_or_default()),
        Service::Ses => match (method, path) {
            (&Method::POST, "/v2/email/outbound-emails") => Some("SendEmail"),
            (&Method::GET, "/v2/email/account") => Some("GetAccount"),
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
        ("GET", true) => Some("GetObject"),
        ("HEAD", true) => Some("HeadObject"),
        ("PUT", true) => Some("PutObject"),
        ("DELETE", true) => Some("DeleteObject"),
        ("GET", false) if asks("list-type") => Some("ListObjectsV2"),
        ("HEAD", false) => Some("HeadBucket"),
        ("PUT", false) => Some("CreateBucket"),
        _ => None,
    }
}

/// Stripe's identifiers have a prefix and digits: `cs_test_a1…`, `pi_3N…`.
fn without_ids(path: &str) -> String {
    let is_id = |segment: &str| {
        segment.contains('_') && segment.contains(|character: char| character.is_ascii_digit())
    };
    path.split('/')
        .map(|segment| if is_id(segment) { "{id}" } else { segment })
        .collect::<Vec<_>>()
        .join("/")
}

async fn strike(
    State((faults, service)): State<(Faults, Service)>,
    request: Request,
    next: Next,
) -> Response {
    let operation = operation_of(service, &request);
    faults.record(service, &operation);
    match faults.take_effect(service, &operation, &request) {
        None => next.run(request).await,
        Some(Effect::Answer(answer)) => answer.into_response(),
        Some(Effect::NoAnswer) => silence().await,
        Some(Effect::ActThenAnswer(answer)) => {
            act(request, next).await;
            answer.into_response()
        }
        Some(Effect::ActThenNoAnswer) => {
            act(request, next).await;
            silence().await
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
        tracing::error!("a stand-in panicked behind a fault");
    }
}

async fn silence() -> Response {
    tokio::time::sleep(LONGEST_SILENCE).await;
    close_connection()
}

/// A body that fails before its first byte: the server gives the connection
/// up with the head of the answer still unsent.
fn close_connection() -> Response {
    let broken = stream::iter([Err::<Bytes, _>(std::io::Error::from(
        std::io::ErrorKind::ConnectionAborted,
    ))]);
    Response::new(Body::from_stream(broken))
}
