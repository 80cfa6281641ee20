//! `/test`: routes by which tests and the dashboard do what a buyer, a bank or Stripe would do.
//!
//! Each answers with the object in JSON, or redirects a browser to the dashboard.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::api_faults::ApiFault;
use super::api_keys::{ApiKey, KeyRights};
use super::database::{DisputeStatus, RefundStatus, found};
use super::emulator::{Emulator, Shared};
use super::error::ApiError;
use super::expansion::Expansion;
use super::json;
use super::operations::backdating::backdate;
use super::operations::disputes::{self, NewDispute};
use super::operations::payments::{self, PaymentForm, PaymentOutcome};
use super::operations::refunds::{self, RefundRequest};
use super::operations::sessions;
use super::pages::session_page::SessionPage;
use super::parameters::missing;
use super::webhooks::{DeliveryOutcome, FaultSettings};

pub(crate) fn router() -> Router<Arc<Emulator>> {
    Router::new()
        .route("/test/checkout/{session}/pay", post(pay))
        .route("/test/checkout/{session}/settle", post(settle))
        .route("/test/checkout/{session}/expire", post(expire))
        .route("/test/checkout/{session}/age", post(age))
        .route("/test/payments/{payment_intent}/refund", post(refund))
        .route("/test/payments/{payment_intent}/dispute", post(dispute))
        .route("/test/refunds/{refund}/update", post(update_refund))
        .route("/test/disputes/{dispute}/close", post(close_dispute))
        .route("/test/disputes/{dispute}/update", post(update_dispute))
        .route("/test/events/{event}/send", post(send_again))
        .route("/test/webhooks/send", post(send))
        .route("/test/webhooks/faults", get(show_faults).post(set_faults))
        .route("/test/webhooks/release", post(release))
        .route("/test/webhooks/deliveries", get(deliveries))
        .route("/test/api/faults", post(set_api_fault))
        .route("/test/keys", post(add_key))
}

/// Pays as the buyer does on the page, and redirects as the page does. `card=bank_debit` pays by a
/// debit that is processing until it is settled.
async fn pay(
    State(emulator): Shared,
    Path(id): Path<String>,
    Form(form): Form<PaymentForm>,
) -> Response {
    let outcome = emulator.change(|tables, now| {
        let outcome = payments::pay(tables, &id, &form, now)?;
        let session = found(tables.sessions.get(&id), &id)?;
        Ok((outcome, session.clone()))
    });
    match outcome {
        Ok((PaymentOutcome::Declined(refusal), _)) | Err(refusal) => refusal.into_response(),
        Ok((outcome, session)) => match SessionPage::of(&emulator, session).next_url(&outcome) {
            Some(next) => Redirect::to(&next).into_response(),
            None => Json(json!({"status": "complete"})).into_response(),
        },
    }
}

#[derive(Deserialize)]
struct SettleForm {
    outcome: String,
}

/// Settles a debit that is processing: `outcome=succeeded|failed`.
async fn settle(
    State(emulator): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let settled = read::<SettleForm>(&body)
        .and_then(|form| either(&form.outcome, "outcome", "succeeded", "failed"))
        .and_then(|is_paid| {
            emulator.change(|tables, now| {
                let session = payments::settle_debit(tables, &id, is_paid, now)?;
                Ok(json::session(tables, &session, &Expansion::default()))
            })
        });
    respond(&emulator, &headers, settled)
}

/// Expires an open session.
async fn expire(State(emulator): Shared, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let expired = emulator.change(|tables, now| {
        let session = sessions::expire(tables, &id, now)?;
        Ok(json::session(tables, &session, &Expansion::default()))
    });
    respond(&emulator, &headers, expired)
}

#[derive(Deserialize)]
struct AgeForm {
    days: u16,
}

/// Moves a sale and everything that it led to into the past by `days`.
async fn age(
    State(emulator): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    const DAY: i64 = 24 * 60 * 60;
    let aged = read::<AgeForm>(&body).and_then(|form| {
        emulator.change(|tables, _| {
            let session = backdate(tables, &id, i64::from(form.days) * DAY)?;
            Ok(json::session(tables, &session, &Expansion::default()))
        })
    });
    respond(&emulator, &headers, aged)
}

#[derive(Deserialize)]
struct RefundForm {
    #[serde(default)]
    amount: String,
}

/// Refunds `amount` in minor units, or all that is left.
async fn refund(
    State(emulator): Shared,
    Path(payment_intent): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let refunded = read_refund(payment_intent, &body).and_then(|request| {
        emulator.change(|tables, now| {
            let refund = refunds::create(tables, request, now)?;
            Ok(json::refund(tables, &refund, &Expansion::default()))
        })
    });
    respond(&emulator, &headers, refunded)
}

fn read_refund(payment_intent: String, body: &str) -> Result<RefundRequest, ApiError> {
    let amount = read_amount(&read::<RefundForm>(body)?.amount)?;
    Ok(RefundRequest {
        payment_intent: Some(payment_intent),
        amount,
        ..RefundRequest::default()
    })
}

fn read_amount(amount: &str) -> Result<Option<i64>, ApiError> {
    if amount.is_empty() {
        return Ok(None);
    }
    let invalid = |_| ApiError::parameter("parameter_invalid_integer", "amount", "Invalid integer");
    amount.parse().map(Some).map_err(invalid)
}

#[derive(Deserialize)]
struct RefundUpdateForm {
    status: RefundStatus,
}

/// Changes what became of a refund: `status=pending|requires_action|succeeded|failed|canceled`.
async fn update_refund(
    State(emulator): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let updated = read::<RefundUpdateForm>(&body).and_then(|form| {
        emulator.change(|tables, now| {
            let refund = refunds::update(tables, &id, form.status, now)?;
            Ok(json::refund(tables, &refund, &Expansion::default()))
        })
    });
    respond(&emulator, &headers, updated)
}

#[derive(Deserialize)]
struct DisputeForm {
    #[serde(default)]
    amount: String,
    reason: Option<String>,
    status: Option<DisputeStatus>,
}

/// Disputes `amount` of a payment in minor units, or all that is left, as the holder of the card would:
/// for a `reason` of Stripe's, `fraudulent` if it is left out, and in a `status` of Stripe's,
/// `needs_response` if it is left out. `warning_needs_response` is an inquiry.
async fn dispute(
    State(emulator): Shared,
    Path(payment_intent): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let disputed = read_dispute(&body).and_then(|new| {
        emulator.change(|tables, now| {
            let dispute = disputes::open(tables, &payment_intent, new, now)?;
            Ok(json::dispute(tables, &dispute, &Expansion::default()))
        })
    });
    respond(&emulator, &headers, disputed)
}

fn read_dispute(body: &str) -> Result<NewDispute, ApiError> {
    let form = read::<DisputeForm>(body)?;
    let usual = NewDispute::default();
    Ok(NewDispute {
        amount: read_amount(&form.amount)?,
        reason: form.reason.unwrap_or(usual.reason),
        status: form.status.unwrap_or(usual.status),
    })
}

#[derive(Deserialize)]
struct DisputeUpdateForm {
    status: DisputeStatus,
}

/// Changes a dispute: `status` is any that Stripe has.
async fn update_dispute(
    State(emulator): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let updated = read::<DisputeUpdateForm>(&body).and_then(|form| {
        emulator.change(|tables, now| {
            let dispute = disputes::update(tables, &id, form.status, now)?;
            Ok(json::dispute(tables, &dispute, &Expansion::default()))
        })
    });
    respond(&emulator, &headers, updated)
}

#[derive(Deserialize)]
struct CloseForm {
    status: String,
}

/// Closes a dispute, as the bank of the card would: `status=won|lost`.
async fn close_dispute(
    State(emulator): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let closed = read::<CloseForm>(&body)
        .and_then(|form| either(&form.status, "status", "won", "lost"))
        .and_then(|is_won| {
            emulator.change(|tables, now| {
                let dispute = disputes::close(tables, &id, is_won, now)?;
                Ok(json::dispute(tables, &dispute, &Expansion::default()))
            })
        });
    respond(&emulator, &headers, closed)
}

/// Sends an event to the webhook again.
async fn send_again(
    State(emulator): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let event = emulator.read(|tables| found(tables.events.get(&id), &id).cloned());
    let sent = match event {
        Ok(event) => Ok(json!(emulator.sender.send_again(&event).await)),
        Err(error) => Err(error),
    };
    respond(&emulator, &headers, sent)
}

#[derive(Deserialize)]
struct SendRequest {
    /// The event.
    event: Option<Value>,
    /// Any text, sent in place of `event`.
    payload: Option<String>,
    /// The time of the signature in seconds since the epoch; now if it is left out.
    t: Option<i64>,
    /// The secret for the signature; the right one if it is left out.
    secret: Option<String>,
}

/// Sends any event to the webhook: `{"event": {…}, "t": 1, "secret": "wrong"}`. Answers with the
/// shop's `{"status", "body"}`, or with 502 if the shop does not answer.
async fn send(State(emulator): Shared, Json(request): Json<SendRequest>) -> Response {
    let payload = match (request.payload, request.event) {
        (Some(payload), _) => payload,
        (None, Some(event)) => format!("{event:#}"),
        (None, None) => return missing("event").into_response(),
    };
    let secret = request.secret.as_deref();
    match emulator.sender.send_raw(payload, request.t, secret).await {
        DeliveryOutcome::Answered { status, body } => {
            Json(json!({"status": status, "body": body})).into_response()
        }
        outcome => (StatusCode::BAD_GATEWAY, Json(json!(outcome))).into_response(),
    }
}

/// Answers with the present faults of webhooks.
async fn show_faults(State(emulator): Shared) -> Json<FaultSettings> {
    Json(emulator.sender.faults())
}

/// Sets the faults of webhooks: `late` (milliseconds), `doubled`, `dropped`, `reordered`, `paused`,
/// `old_api_version`, `thin`, `stale`, `huge` (each `on`), `bogus_signature` (`before`, `after`), `changes`
/// (how many changes they apply to; all if it is left out). A fault that is left out is off.
async fn set_faults(State(emulator): Shared, headers: HeaderMap, body: String) -> Response {
    let set = read::<FaultSettings>(&body).map(|settings| {
        emulator.sender.set_faults(FaultSettings {
            retries: emulator.sender.faults().retries,
            ..settings
        });
        json!(emulator.sender.faults())
    });
    respond(&emulator, &headers, set)
}

/// Ends a pause and sends the webhooks that it held back.
async fn release(State(emulator): Shared, headers: HeaderMap) -> Response {
    emulator.sender.release();
    respond(&emulator, &headers, Ok(json!(emulator.sender.faults())))
}

/// Answers with the latest deliveries of webhooks, newest first.
async fn deliveries(State(emulator): Shared) -> Response {
    Json(emulator.sender.deliveries()).into_response()
}

#[derive(Deserialize)]
struct ApiFaultForm {
    fault: ApiFault,
    #[serde(default = "once")]
    times: u32,
}

fn once() -> u32 {
    1
}

/// Makes the next `times` requests to the API fail:
/// `fault=unavailable|fail_before|fail_after|lose_answer`.
async fn set_api_fault(State(emulator): Shared, headers: HeaderMap, body: String) -> Response {
    let set = read::<ApiFaultForm>(&body).map(|form| {
        emulator.api_faults.fail_next(form.fault, form.times);
        json!({"fault": form.fault, "times": form.times})
    });
    respond(&emulator, &headers, set)
}

#[derive(Deserialize)]
struct KeyForm {
    key: String,
    rights: Option<Vec<String>>,
}

/// Accepts another key in the API, with everything allowed or with these permissions alone:
/// `key=rk_test_…&rights[]=charge_read&rights[]=webhook_write`.
async fn add_key(State(emulator): Shared, headers: HeaderMap, body: String) -> Response {
    let added = read::<KeyForm>(&body).map(|form| {
        let rights = form.rights.map_or(KeyRights::All, KeyRights::Restricted);
        let answer = json!({"rights": format!("{rights:?}")});
        let key = form.key;
        emulator.api_keys.add(ApiKey { key, rights });
        answer
    });
    respond(&emulator, &headers, added)
}

fn read<T: DeserializeOwned>(body: &str) -> Result<T, ApiError> {
    let encoding = serde_qs::Config::new().use_form_encoding(true);
    encoding
        .deserialize_str(body)
        .map_err(|error| ApiError::parameter("parameter_invalid", "", error.to_string()))
}

/// Reads a field that is one of two words: true for `yes`, false for `no`.
fn either(word: &str, name: &str, yes: &str, no: &str) -> Result<bool, ApiError> {
    match word {
        word if word == yes => Ok(true),
        word if word == no => Ok(false),
        _ => Err(ApiError::parameter(
            "parameter_invalid_enum",
            name,
            format!("Invalid {name}: must be one of {yes}, {no}"),
        )),
    }
}

fn respond(emulator: &Emulator, headers: &HeaderMap, result: Result<Value, ApiError>) -> Response {
    let accepted = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok());
    let is_browser = accepted.is_some_and(|accept| accept.contains("text/html"));
    match result {
        Err(refusal) => refusal.into_response(),
        Ok(_) if is_browser => Redirect::to(&format!("{}/", emulator.public_url)).into_response(),
        Ok(object) => Json(object).into_response(),
    }
}
