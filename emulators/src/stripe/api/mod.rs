//! `/v1`: the part of Stripe's API that the shop uses.

mod checkout_sessions;
mod idempotency;
mod invoices;
mod pagination;
mod payments;
mod request;
mod retrieval;
mod webhook_endpoints;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};

use self::request::{ApiResult, Query, Refused};
use self::retrieval::{list, retrieve};
use super::api_keys::KeyMode;
use super::database::{
    Charge, CreditNote, Dispute, Event, Invoice, PaymentIntent, Refund, Session,
};
use super::emulator::{Emulator, Shared};
use super::error::ApiError;
use super::identifiers::identifier;
use super::{api_faults, json};
use crate::faults::{Service, operation_of};

/// The routes of the API. A request passes these layers, the last one first: the check of the secret
/// key, faults around idempotency, idempotency, faults within idempotency.
pub(super) fn router(emulator: &Arc<Emulator>) -> Router<Arc<Emulator>> {
    let faults = &emulator.api_faults;
    Router::new()
        .route(
            "/v1/checkout/sessions",
            post(checkout_sessions::create).get(list::<Session>),
        )
        .route("/v1/checkout/sessions/{id}", get(retrieve::<Session>))
        .route(
            "/v1/checkout/sessions/{id}/expire",
            post(checkout_sessions::expire),
        )
        .route("/v1/payment_intents", get(list::<PaymentIntent>))
        .route("/v1/payment_intents/{id}", get(retrieve::<PaymentIntent>))
        .route("/v1/charges", get(list::<Charge>))
        .route("/v1/charges/{id}", get(retrieve::<Charge>))
        .route(
            "/v1/refunds",
            post(payments::create_refund).get(list::<Refund>),
        )
        .route("/v1/refunds/{id}", get(retrieve::<Refund>))
        .route("/v1/disputes", get(list::<Dispute>))
        .route("/v1/disputes/{id}", get(retrieve::<Dispute>))
        .route("/v1/invoices", get(list::<Invoice>))
        .route("/v1/invoices/{id}", get(retrieve::<Invoice>))
        .route(
            "/v1/credit_notes",
            post(invoices::create_credit_note).get(list::<CreditNote>),
        )
        .route("/v1/credit_notes/{id}", get(retrieve::<CreditNote>))
        .route("/v1/account", get(account))
        .route(
            "/v1/webhook_endpoints",
            post(webhook_endpoints::create).get(webhook_endpoints::list),
        )
        .route(
            "/v1/webhook_endpoints/{id}",
            get(webhook_endpoints::retrieve_one)
                .post(webhook_endpoints::update)
                .delete(webhook_endpoints::delete),
        )
        .route("/v1/events", get(list::<Event>))
        .route("/v1/events/{id}", get(retrieve::<Event>))
        .route(
            "/v1/{*path}",
            get(unrecognized).post(unrecognized).delete(unrecognized),
        )
        .method_not_allowed_fallback(unrecognized)
        .layer(from_fn_with_state(
            Arc::clone(faults),
            api_faults::within_idempotency,
        ))
        .layer(from_fn_with_state(
            Arc::clone(emulator),
            idempotency::replay_or_run,
        ))
        .layer(from_fn_with_state(
            Arc::clone(faults),
            api_faults::around_idempotency,
        ))
        .layer(from_fn_with_state(Arc::clone(emulator), authenticate))
}

/// Checks the secret key, gives the request an id and logs its status.
async fn authenticate(State(emulator): Shared, mut request: Request, next: Next) -> Response {
    let operation = operation_of(Service::Stripe, &request);
    let key = request.headers().get(header::AUTHORIZATION);
    let key = key
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(str::to_owned);
    let mut response = match key {
        Some(key) => match check(&emulator, &key, &operation, request.uri()) {
            Ok(()) => {
                request.extensions_mut().insert(KeyMode::of(&key));
                next.run(request).await
            }
            Err(error) => error.into_response(),
        },
        None => ApiError::unauthorized(
            "You did not provide an API key. You need to provide your API key in the \
             Authorization header, using Bearer auth (e.g. 'Authorization: Bearer \
             YOUR_SECRET_KEY').",
        )
        .into_response(),
    };
    let request_id = identifier("req");
    tracing::debug!(%operation, status = response.status().as_u16(), request_id, "Answered a request to Stripe's API");
    if let Ok(request_id) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("request-id", request_id);
    }
    let version = HeaderValue::from_static(json::API_VERSION);
    response.headers_mut().insert("stripe-version", version);
    response
}

/// Checks whether a key may do this operation, and read what it expands of another kind.
fn check(emulator: &Emulator, key: &str, operation: &str, uri: &Uri) -> Result<(), ApiError> {
    emulator.api_keys.check(key, operation)?;
    let query = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let mut expanded = query.filter(|(name, _)| name.starts_with("expand["));
    if expanded.any(|(_, path)| path.split('.').any(|property| property == "invoice")) {
        emulator.api_keys.check(key, "GET /v1/invoices")?;
    }
    Ok(())
}

/// `GET /v1/account`
async fn account(Query(parameters): Query) -> ApiResult {
    parameters.allow_only(&["expand[]"])?;
    Ok(Json(json::account()))
}

/// Refuses any other path below `/v1`.
async fn unrecognized(method: Method, uri: Uri) -> Refused {
    Refused(ApiError::unrecognized_url(method.as_str(), uri.path()))
}
