//! A fault: which requests it applies to, and what happens to them.

use std::time::Duration;

use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};

use super::service::Service;

/// How long a request without a response is held open.
pub const LONGEST_SILENCE: Duration = Duration::from_mins(1);

/// The requests that a rule applies to. A request must match every field that is not `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Requests {
    /// The service that is called.
    pub service: Option<Service>,
    /// The HTTP method, in upper case.
    pub method: Option<String>,
    /// The beginning of the path.
    pub path: Option<String>,
    /// The operation as `operation_of` names it: `UpdateItem`, `SendEmail`, `GetObject`,
    /// `POST /v1/refunds`.
    pub operation: Option<String>,
}

/// What happens to a request instead of the ordinary response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// The request is not carried out, and the caller gets this response.
    Answer(CannedResponse),
    /// The request is not carried out. The caller gets no response before it gives up or
    /// [`LONGEST_SILENCE`] is over.
    NoAnswer,
    /// The request is carried out, and the caller gets this response.
    ActThenAnswer(CannedResponse),
    /// The request is carried out, and the caller gets no response.
    ActThenNoAnswer,
    /// The request is carried out late.
    Delay {
        /// How long it waits.
        milliseconds: u64,
    },
    /// The request is not carried out, and the connection is closed.
    CloseConnection,
}

/// A fixed response, whatever the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CannedResponse {
    /// The HTTP status.
    pub status: u16,
    /// The media type of the body.
    pub content_type: String,
    /// The body.
    pub body: String,
}

/// A fault: the requests that it applies to, how often it strikes, and what happens then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The requests that it applies to.
    #[serde(default)]
    pub requests: Requests,
    /// How many requests it still strikes; all if `None`.
    #[serde(default)]
    pub count: Option<u32>,
    /// Strikes one in so many requests that it applies to: every second one for 2. Strikes every one
    /// if `None`.
    #[serde(default)]
    pub one_of: Option<u32>,
    /// What happens to a request that it strikes.
    pub effect: Effect,
}

impl Rule {
    /// Creates a rule that strikes every request to one service.
    #[must_use]
    pub fn new(service: Service, effect: Effect) -> Self {
        Self {
            requests: Requests {
                service: Some(service),
                ..Requests::default()
            },
            count: None,
            one_of: None,
            effect,
        }
    }

    /// `DynamoDB` refuses because of too many requests, with 400.
    #[must_use]
    pub fn dynamodb_throttled() -> Self {
        Self::dynamodb_refused(
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"The level of configured provisioned throughput for the table was exceeded."}"#,
        )
    }

    /// `DynamoDB` cancels a transaction because another one is changing one of its items, with 400.
    #[must_use]
    pub fn dynamodb_conflict() -> Self {
        Self::dynamodb_refused(
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"Transaction cancelled, please refer cancellation reasons for specific reasons [TransactionConflict, None]","CancellationReasons":[{"Code":"TransactionConflict","Message":"Transaction is ongoing for the item"},{"Code":"None"}]}"#,
        )
        .on("TransactWriteItems")
    }

    fn dynamodb_refused(body: &str) -> Self {
        Self::new(
            Service::DynamoDb,
            Effect::Answer(CannedResponse {
                status: 400,
                content_type: "application/x-amz-json-1.0".to_owned(),
                body: body.to_owned(),
            }),
        )
    }

    /// SES refuses because the account sends faster than it may, with 429.
    #[must_use]
    pub fn ses_throttled() -> Self {
        let body =
            r#"{"__type":"TooManyRequestsException","message":"Maximum sending rate exceeded."}"#;
        Self::new(
            Service::Ses,
            Effect::Answer(CannedResponse::json(429, body)),
        )
    }

    /// S3 asks the caller to slow down, with 503.
    #[must_use]
    pub fn s3_slow_down() -> Self {
        let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";
        Self::new(
            Service::S3,
            Effect::Answer(CannedResponse {
                status: 503,
                content_type: "application/xml".to_owned(),
                body: body.to_owned(),
            }),
        )
    }

    /// Stripe reports a failure of its own, with 500.
    #[must_use]
    pub fn stripe_5xx() -> Self {
        let body = r#"{"error":{"type":"api_error","message":"An unknown error occurred."}}"#;
        Self::new(
            Service::Stripe,
            Effect::Answer(CannedResponse::json(500, body)),
        )
    }

    /// The service carries out the request, and its response is lost.
    #[must_use]
    pub fn answer_lost(service: Service) -> Self {
        Self::new(service, Effect::ActThenNoAnswer)
    }

    /// SES refuses a mail with this message.
    #[must_use]
    pub fn ses_refused(message: &str) -> Self {
        let body = serde_json::json!({"__type": "MessageRejected", "message": message});
        Self::new(
            Service::Ses,
            Effect::Answer(CannedResponse::json(400, &body.to_string())),
        )
        .on("SendEmail")
    }

    /// A proxy before the service answers 502 with a page in HTML.
    #[must_use]
    pub fn not_json(service: Service) -> Self {
        Self::new(
            service,
            Effect::Answer(CannedResponse {
                status: 502,
                content_type: "text/html".to_owned(),
                body: "<html><body><h1>502 Bad Gateway</h1></body></html>".to_owned(),
            }),
        )
    }

    /// The service accepts the request and never answers.
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

    /// Limits the rule to paths that begin with `path`.
    #[must_use]
    pub fn on_path(mut self, path: &str) -> Self {
        self.requests.path = Some(path.to_owned());
        self
    }

    /// Limits the rule to the next `count` requests that it applies to.
    #[must_use]
    pub fn times(mut self, count: u32) -> Self {
        self.count = Some(count);
        self
    }

    /// Limits the rule to one in `requests` requests that it applies to.
    #[must_use]
    pub fn one_of(mut self, requests: u32) -> Self {
        self.one_of = Some(requests);
        self
    }

    /// Returns whether the rule applies to the request.
    pub(super) fn applies_to(&self, service: Service, operation: &str, request: &Request) -> bool {
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

impl CannedResponse {
    /// Creates a response in JSON.
    #[must_use]
    pub fn json(status: u16, body: &str) -> Self {
        Self {
            status,
            content_type: "application/json".to_owned(),
            body: body.to_owned(),
        }
    }
}

impl IntoResponse for CannedResponse {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, self.body).into_response();
        if let Ok(content_type) = HeaderValue::try_from(self.content_type) {
            response.headers_mut().insert(CONTENT_TYPE, content_type);
        }
        response
    }
}
