//! Stripe's errors.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// An error of Stripe's API: `{"error": {"type", "code", "param", "message", …}}` with its status.
#[derive(Debug, Clone)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    kind: &'static str,
    pub(crate) message: String,
    details: Map<String, Value>,
    /// Whether the request was refused before anything was tried. Stripe saves no response to such a
    /// request for its idempotency key.
    pub(crate) is_before_start: bool,
}

impl ApiError {
    fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            message: message.into(),
            details: Map::new(),
            is_before_start: false,
        }
    }

    /// The request cannot be carried out.
    pub(crate) fn invalid_request(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", message).with("code", code)
    }

    /// The request cannot be carried out, and Stripe has no code for why.
    pub(crate) fn without_code(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", message)
    }

    /// A parameter is missing, unknown or malformed.
    pub(crate) fn parameter(code: &str, name: &str, message: impl Into<String>) -> Self {
        Self {
            is_before_start: true,
            ..Self::invalid_request(code, message).with("param", name)
        }
    }

    /// No object has this id.
    pub(crate) fn resource_missing(object: &str, name: &str, identifier: &str) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            ..Self::invalid_request(
                "resource_missing",
                format!("No such {object}: '{identifier}'"),
            )
            .with("param", name)
        }
    }

    /// There is no such path or method.
    pub(crate) fn unrecognized_url(method: &str, path: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "invalid_request_error",
            format!("Unrecognized request URL ({method}: {path})."),
        )
    }

    /// The secret key is missing or wrong.
    pub(crate) fn unauthorized(message: &str) -> Self {
        Self {
            is_before_start: true,
            ..Self::new(StatusCode::UNAUTHORIZED, "invalid_request_error", message)
        }
    }

    /// The restricted key may not do this.
    pub(crate) fn forbidden(message: &str) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            ..Self::unauthorized(message)
        }
    }

    /// The card was declined, or a field of it is wrong.
    pub(crate) fn card(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYMENT_REQUIRED, "card_error", message).with("code", code)
    }

    /// The idempotency key was used for another request before.
    pub(crate) fn idempotency_mismatch(key: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "idempotency_error",
            format!(
                "Keys for idempotent requests can only be used with the same parameters they were \
                 first used with. Try using a key other than '{key}' if you meant to execute a \
                 different request."
            ),
        )
    }

    /// The idempotency key belongs to a request that is not answered yet.
    pub(crate) fn idempotency_key_in_use(key: &str) -> Self {
        Self {
            status: StatusCode::CONFLICT,
            ..Self::invalid_request(
                "idempotency_key_in_use",
                format!(
                    "There is currently another in-progress request using this Idempotent Key \
                     (that probably means you submitted twice, and the other request is still \
                     going through): {key}. Please try again later."
                ),
            )
        }
    }

    /// Stripe itself failed.
    pub(crate) fn server(message: &str) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "api_error", message)
    }

    /// Adds a detail, such as `decline_code` or `payment_intent`.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// Returns the error in JSON, as a payment intent has it in `last_payment_error`.
    pub(crate) fn to_json(&self) -> Value {
        let mut error = self.details.clone();
        error.insert("type".to_owned(), json!(self.kind));
        error.insert("message".to_owned(), json!(self.message));
        Value::Object(error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.to_json() }))).into_response()
    }
}
