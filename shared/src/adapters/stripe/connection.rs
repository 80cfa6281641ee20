//! HTTPS connections to Stripe that stay open between requests.
//!
//! `async-stripe` builds the requests and leaves sending to an implementation of its
//! [`StripeClient`]. Its own client opens a connection for each request and reads errors into the
//! types of every object that Stripe has, which adds megabytes to a function.

use std::{fmt, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use lambda_http::http::{
    HeaderValue, Method, Request, Response, Uri,
    header::{AUTHORIZATION, CONTENT_TYPE, InvalidHeaderValue, USER_AGENT},
};
use miniserde::{Deserialize, json};
use stripe_client_core::{
    CustomizedStripeRequest, IdempotencyKey, RequestBuilder, StripeClient, StripeClientErr,
    StripeMethod,
};
use tokio::time::timeout;

use crate::runtime::{
    failure::{Failure, FailureKind},
    log::without_secrets,
    timeouts::STRIPE_ATTEMPT,
};

/// The address of Stripe's API.
pub(super) const STRIPE: &str = "https://api.stripe.com";

/// How long a connection may be idle: less than Stripe, or a proxy on the way, keeps it open.
const IDLE: Duration = Duration::from_secs(50);

/// Connections to Stripe's API.
pub(super) struct Connection {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    address: String,
}

/// The connections, used with one secret key.
pub(super) struct ConnectionWithKey<'a> {
    connection: &'a Connection,
    authorization: HeaderValue,
}

/// Why a request to Stripe failed or has an unknown outcome.
#[derive(Debug)]
pub(super) enum StripeError {
    /// Stripe refused the request, with this HTTP status and this reason.
    Refused(u16, Reason),
    /// The outcome is unknown: the answer was unreadable, or there was none.
    Unknown(String),
    /// Stripe does not accept the secret key. Holds how the author changes it.
    KeyRefused(String),
    /// The keys could not be read, so that the request was not sent.
    NoKeys(Failure),
    /// The request was not sent.
    Unasked(String),
}

/// The `error` object of an answer from Stripe (<https://docs.stripe.com/api/errors>).
#[derive(Debug, Deserialize)]
pub(super) struct Reason {
    #[serde(rename = "type")]
    kind: String,
    code: Option<String>,
    param: Option<String>,
    message: Option<String>,
}

impl Reason {
    /// Whether the message, or the name of the wrong parameter, holds this word.
    pub(super) fn is_about(&self, word: &str) -> bool {
        [&self.message, &self.param]
            .into_iter()
            .flatten()
            .any(|text| text.contains(word))
    }
}

impl Connection {
    /// Makes connections to this address. Sends nothing yet.
    pub(super) fn new(address: &str) -> Self {
        let connector = HttpsConnectorBuilder::new()
            .with_webpki_roots()
            .https_or_http()
            .enable_http1()
            .build();
        Self {
            client: Client::builder(TokioExecutor::new())
                .pool_idle_timeout(IDLE)
                .build(connector),
            address: address.trim_end_matches('/').to_owned(),
        }
    }

    /// Whether they go to Stripe itself, and not to an emulator.
    pub(super) fn is_to_stripe(&self) -> bool {
        self.address == STRIPE
    }

    /// Returns the connections for requests with this secret key.
    pub(super) fn with_key(
        &self,
        secret_key: &str,
    ) -> Result<ConnectionWithKey<'_>, InvalidHeaderValue> {
        let mut authorization = HeaderValue::try_from(format!("Bearer {secret_key}"))?;
        authorization.set_sensitive(true);
        Ok(ConnectionWithKey {
            connection: self,
            authorization,
        })
    }

    /// Connects ahead of the first request. The connection stays open, whatever Stripe answers.
    pub(super) async fn open(&self) {
        let request = Request::head(format!("{}/", self.address)).body(Full::default());
        if let Ok(request) = request {
            drop(timeout(STRIPE_ATTEMPT, self.client.request(request)).await);
        }
    }

    async fn answer(&self, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, StripeError> {
        let answer = async {
            let lost = |error: &dyn std::error::Error| {
                StripeError::Unknown(without_secrets(&with_its_causes(error)))
            };
            let answer = self.client.request(request).await;
            let (head, body) = answer.map_err(|error| lost(&error))?.into_parts();
            let body = body.collect().await.map_err(|error| lost(&error))?;
            Ok(Response::from_parts(head, body.to_bytes()))
        };
        timeout(STRIPE_ATTEMPT, answer)
            .await
            .unwrap_or_else(|_| Err(StripeError::Unknown("no answer in time".to_owned())))
    }
}

impl ConnectionWithKey<'_> {
    fn request(
        &self,
        builder: RequestBuilder,
        idempotency_key: Option<&str>,
    ) -> Result<Request<Full<Bytes>>, lambda_http::http::Error> {
        let query = builder.query.map(|query| format!("?{query}"));
        let query = query.unwrap_or_default();
        let uri = Uri::try_from(format!(
            "{}/v1{}{query}",
            self.connection.address, builder.path
        ))?;
        let mut request = Request::builder()
            .uri(uri)
            .method(match builder.method {
                StripeMethod::Get => Method::GET,
                StripeMethod::Post => Method::POST,
                StripeMethod::Delete => Method::DELETE,
            })
            .header(AUTHORIZATION, self.authorization.clone())
            .header(USER_AGENT, concat!("bookstall/", env!("CARGO_PKG_VERSION")))
            .header("stripe-version", stripe_shared::version::VERSION.as_str());
        if let Some(key) = idempotency_key {
            request = request.header("idempotency-key", key);
        }
        if builder.body.is_some() {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        request.body(builder.body.unwrap_or_default().into())
    }
}

impl StripeClient for ConnectionWithKey<'_> {
    type Err = StripeError;

    /// Sends a request once. The caller decides whether to repeat it.
    async fn execute(&self, request: CustomizedStripeRequest) -> Result<Bytes, StripeError> {
        let (builder, config) = request.into_pieces();
        let key = config
            .request_strategy
            .and_then(|strategy| strategy.get_key());
        let request = self
            .request(builder, key.as_ref().map(IdempotencyKey::as_str))
            .map_err(|error| StripeError::Unasked(error.to_string()))?;
        let answer = self.connection.answer(request).await?;
        if answer.status().is_success() {
            return Ok(answer.into_body());
        }
        Err(refusal(answer.status().as_u16(), answer.body()))
    }
}

/// Reads the error in an answer whose status is not a success.
fn refusal(status: u16, body: &[u8]) -> StripeError {
    #[derive(Deserialize)]
    struct Refusal {
        error: Reason,
    }
    let refusal = std::str::from_utf8(body)
        .ok()
        .and_then(|text| json::from_str::<Refusal>(text).ok());
    refusal.map_or_else(StripeError::unreadable, |refusal| {
        StripeError::Refused(status, refusal.error)
    })
}

impl StripeError {
    fn unreadable() -> Self {
        Self::Unknown("the answer could not be read".to_owned())
    }

    /// Whether Stripe refused with this code (<https://docs.stripe.com/error-codes>).
    pub(super) fn has_code(&self, code: &str) -> bool {
        matches!(self, Self::Refused(_, reason) if reason.code.as_deref() == Some(code))
    }

    /// Turns the error into a failure of this step.
    pub(super) fn failure(&self, step: &'static str) -> Failure {
        let kind = match self {
            Self::NoKeys(failure) => failure.kind(),
            Self::Unknown(_) | Self::Refused(500.., _) => FailureKind::UnknownOutcome,
            Self::Refused(409 | 429, _) => FailureKind::Unavailable,
            Self::Refused(..) | Self::KeyRefused(_) | Self::Unasked(_) => FailureKind::Refused,
        };
        Failure::new(step, kind, self.to_string())
    }

    /// Whether a repetition of the request may succeed: its outcome is unknown, or Stripe is busy.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Refused(status, _) => matches!(status, 409 | 429 | 500..),
            Self::Unknown(_) => true,
            Self::KeyRefused(_) | Self::NoKeys(_) | Self::Unasked(_) => false,
        }
    }
}

impl StripeClientErr for StripeError {
    /// Leaves out the answer, which can hold a whole payment.
    fn deserialize_err(_: impl fmt::Display) -> Self {
        Self::unreadable()
    }
}

/// Writes the error as the log shows it: without secrets, and without the full stop at its end,
/// because sentences are made of it.
impl fmt::Display for StripeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyRefused(how_to_change) => {
                write!(
                    formatter,
                    "Stripe does not accept the secret key (401); {how_to_change}"
                )
            }
            Self::NoKeys(failure) => {
                write!(
                    formatter,
                    "Stripe's keys cannot be read: {}",
                    failure.cause()
                )
            }
            Self::Refused(status, reason) => {
                write!(formatter, "{status} {}", reason.kind)?;
                if let Some(code) = &reason.code {
                    write!(formatter, ", {code}")?;
                }
                if let Some(parameter) = &reason.param {
                    write!(formatter, ", parameter {parameter}")?;
                }
                let message = reason.message.as_deref().unwrap_or("no message");
                let message = without_secrets(message);
                write!(formatter, ": {}", message.trim_end_matches('.'))
            }
            Self::Unknown(why) | Self::Unasked(why) => formatter.write_str(why),
        }
    }
}

/// Joins the messages of an error and of its sources, because the first alone says little.
fn with_its_causes(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    use super::*;

    #[derive(Deserialize)]
    struct Anything {}

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

    /// Reads the next request on this connection, up to the end of its headers.
    async fn request(stripe: &mut TcpStream) -> String {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.push(stripe.read_u8().await.unwrap());
        }
        String::from_utf8(request).unwrap()
    }

    #[tokio::test]
    async fn what_was_opened_before_the_first_question_carries_all() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let connection = Connection::new(&address);
        let stripe = async {
            let (mut stripe, _) = listener.accept().await.unwrap();
            let greeting = request(&mut stripe).await;
            assert!(greeting.starts_with("HEAD / HTTP/1.1\r\n"), "{greeting}");
            assert!(!greeting.contains("authorization"), "{greeting}");
            stripe
                .write_all(b"HTTP/1.1 404 Not Found\r\n\r\n")
                .await
                .unwrap();
            for _ in 0..2 {
                let question = request(&mut stripe).await;
                assert!(question.starts_with("GET /v1/events HTTP/1.1\r\n"));
                assert!(question.contains("authorization: Bearer sk_test_1\r\n"));
                stripe.write_all(ANSWER).await.unwrap();
            }
        };
        let shop = async {
            connection.open().await;
            for _ in 0..2 {
                let question =
                    RequestBuilder::new(StripeMethod::Get, "/events").customize::<Anything>();
                let client = connection.with_key("sk_test_1").unwrap();
                question.send(&client).await.unwrap();
            }
        };
        tokio::join!(stripe, shop);
    }

    #[test]
    fn a_refusal_says_why_and_names_no_secret() {
        let body = br#"{"error": {"type": "invalid_request_error", "code": "resource_missing",
            "param": "price", "message": "No such key sk_test_42", "anything": {}}}"#;
        let refusal = refusal(400, body);
        assert!(!refusal.may_pass());
        assert_eq!(
            refusal.to_string(),
            "400 invalid_request_error, resource_missing, parameter price: No such key […]"
        );
        for (status, may_pass) in [
            (402, false),
            (409, true),
            (429, true),
            (500, true),
            (503, true),
        ] {
            assert_eq!(
                super::refusal(status, body).may_pass(),
                may_pass,
                "{status}"
            );
        }
    }

    #[test]
    fn what_is_no_answer_leaves_the_outcome_unknown() {
        for body in [&b"<html>Bad Gateway</html>"[..], b"", b"{}", b"\xff"] {
            let error = refusal(502, body);
            assert!(error.may_pass());
            assert_eq!(error.failure("").kind(), FailureKind::UnknownOutcome);
            assert_eq!(error.to_string(), "the answer could not be read");
        }
    }
}
