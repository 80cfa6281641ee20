//! Extractors for Stripe's form encoding, and the results of handlers.

use axum::Json;
use axum::extract::rejection::StringRejection;
use axum::extract::{FromRequest, FromRequestParts, RawQuery, Request};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::idempotency::NotStarted;
use crate::stripe::error::ApiError;
use crate::stripe::parameters::Parameters;

/// The parameters of a `GET`, from its query.
pub(super) struct Query(pub(super) Parameters);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Refused;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        state: &S,
    ) -> Result<Self, Self::Rejection> {
        let RawQuery(query) = match RawQuery::from_request_parts(parts, state).await {
            Ok(query) => query,
            Err(never) => match never {},
        };
        Ok(Self(Parameters::parse(
            query.as_deref().unwrap_or_default(),
        )?))
    }
}

/// The parameters of a `POST`, from its body.
pub(super) struct Form(pub(super) Parameters);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let unreadable = |_: StringRejection| {
            ApiError::invalid_request("parameter_invalid_string", "The body is not text.")
        };
        let body = String::from_request(request, state).await;
        Ok(Self(Parameters::parse(&body.map_err(unreadable)?)?))
    }
}

/// An error as the response of a handler. It tells the idempotency layer if the request was refused
/// before anything was tried.
pub(super) struct Refused(pub(super) ApiError);

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let is_before_start = self.0.is_before_start;
        let mut response = self.0.into_response();
        if is_before_start {
            response.extensions_mut().insert(NotStarted);
        }
        response
    }
}

/// The result of a handler.
pub(super) type ApiResult = Result<Json<Value>, Refused>;
