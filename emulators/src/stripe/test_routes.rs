//! `/test`: what a buyer, a bank or Stripe itself would do, for tests and for the dashboard.
//!
//! Each answers with the object as JSON, or, to a browser's form, with the way back to the
//! dashboard.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Emulator;
use super::after_sale::{self, RefundRequest};
use super::age::age;
use super::answers;
use super::api_faults::ApiFault;
use super::checkout_visitor::CheckoutVisitor;
use super::error::ApiError;
use super::expansion::Expansion;
use super::ledger::found;
use super::payments::{self, PaymentForm, PaymentOutcome};
use super::webhook_faults::FaultSettings;
use super::webhooks::DeliveryOutcome;

type Shared = State<Arc<Emulator>>;

pub(super) fn router() -> Router<Arc<Emulator>> {
    Router::new()
        .route("/test/checkout/{session}/pay", post(pay))
        .route("/test/checkout/{session}/settle", post(settle))
        .route("/test/checkout/{session}/expire", post(expire))
        .route("/test/checkout/{session}/age", post(grow_old))
        .route("/test/payments/{payment_intent}/refund", post(refund))
        .route("/test/payments/{payment_intent}/dispute", post(dispute))
        .route("/test/disputes/{dispute}/close", post(close_dispute))
        .route("/test/events/{event}/send", post(send_again))
        .route("/test/webhooks/send", post(send))
        .route("/test/webhooks/faults", get(show_faults).post(set_faults))
        .route("/test/webhooks/release", post(release))
        .route("/test/webhooks/deliveries", get(deliveries))
        .route("/test/api/faults", post(set_api_fault))
}

/// Pays as the buyer does on the page, and answers with the redirect that the buyer would
/// follow. `card=bank_debit` pays by a debit that stays "processing".
async fn pay(
    State(emulator): Shared,
    Path(id): Path<String>,
    Form(form): Form<PaymentForm>,
) -> Response {
    let outcome = emulator.change(|ledger, now| {
        let outcome = payments::pay(ledger, &id, &form, now)?;
        let session = found(ledger.sessions.get(&id), &id)?;
        Ok((outcome, session.clone()))
    });
    match outcome {
        Ok((PaymentOutcome::Declined(refusal), _)) | Err(refusal) => refusal.into_response(),
        Ok((outcome, session)) => match CheckoutVisitor::to(&emulator, session).next_stop(&outcome)
        {
            Some(next) => Redirect::to(&next).into_response(),
            None => Json(json!({"status": "complete"})).into_response(),
        },
    }
}

#[derive(Deserialize)]
struct SettleForm {
    outcome: String,
}

/// The bank's answer to a debit: `outcome=succeeded|failed`.
async fn settle(
    State(emulator): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let settled = read::<SettleForm>(&body)
        .and_then(|form| either(&form.outcome, "outcome", "succeeded", "failed"))
        .and_then(|is_paid| {
            emulator.change(|ledger, now| {
                let session = payments::settle_debit(ledger, &id, is_paid, now)?;
                Ok(answers::session(ledger, &session, &Expansion::default()))
            })
        });
    answer(&emulator, &headers, settled)
}

/// Closes an open session.
async fn expire(State(emulator): Shared, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let expired = emulator.change(|ledger, now| {
        let session = ledger.expire_session(&id, now)?;
        Ok(answers::session(ledger, &session, &Expansion::default()))
    });
    answer(&emulator, &headers, expired)
}

#[derive(Deserialize)]
struct AgeForm {
    days: u16,
}

/// Moves a sale, with all that came of it so far, into the past: `days`.
async fn grow_old(
    State(emulator): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    const DAY: i64 = 24 * 60 * 60;
    let aged = read::<AgeForm>(&body).and_then(|form| {
        emulator.change(|ledger, _| {
            let session = age(ledger, &id, i64::from(form.days) * DAY)?;
            Ok(answers::session(ledger, &session, &Expansion::default()))
        })
    });
    answer(&emulator, &headers, aged)
}

#[derive(Deserialize)]
struct RefundForm {
    #[serde(default)]
    amount: String,
}

/// Refunds `amount` (minor units), or all that is left.
async fn refund(
    State(emulator): Shared,
    Path(payment_intent): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let refunded = read_refund(payment_intent, &body).and_then(|request| {
        emulator.change(|ledger, now| {
            let refund = after_sale::refund(ledger, request, now)?;
            Ok(answers::refund(ledger, &refund, &Expansion::default()))
        })
    });
    answer(&emulator, &headers, refunded)
}

fn read_refund(payment_intent: String, body: &str) -> Result<RefundRequest, ApiError> {
    let amount = read::<RefundForm>(body)?.amount;
    let amount = match amount.as_str() {
        "" => None,
        amount => Some(amount.parse().map_err(|_| {
            ApiError::parameter("parameter_invalid_integer", "amount", "Invalid integer")
        })?),
    };
    Ok(RefundRequest {
        payment_intent: Some(payment_intent),
        amount,
        ..RefundRequest::default()
    })
}

/// The card's holder disputes the payment.
async fn dispute(
    State(emulator): Shared,
    Path(payment_intent): Path<String>,
    headers: HeaderMap,
) -> Response {
    let disputed = emulator.change(|ledger, now| {
        let dispute = after_sale::dispute(ledger, &payment_intent, now)?;
        Ok(answers::dispute(ledger, &dispute, &Expansion::default()))
    });
    answer(&emulator, &headers, disputed)
}

#[derive(Deserialize)]
struct CloseForm {
    status: String,
}

/// The card's bank decides a dispute: `status=won|lost`.
async fn close_dispute(
    State(emulator): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let closed = read::<CloseForm>(&body)
        .and_then(|form| either(&form.status, "status", "won", "lost"))
        .and_then(|is_won| {
            emulator.change(|ledger, now| {
                let dispute = after_sale::close_dispute(ledger, &id, is_won, now)?;
                Ok(answers::dispute(ledger, &dispute, &Expansion::default()))
            })
        });
    answer(&emulator, &headers, closed)
}

/// Sends an event's webhook once more.
async fn send_again(
    State(emulator): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let event = emulator.read(|ledger| found(ledger.events.get(&id), &id).cloned());
    let sent = match event {
        Ok(event) => Ok(json!(emulator.sender.send_again(&event).await)),
        Err(error) => Err(error),
    };
    answer(&emulator, &headers, sent)
}

#[derive(Deserialize)]
struct Sending {
    /// The event, or with `payload` any text at all.
    event: Option<Value>,
    payload: Option<String>,
    /// When it claims to have been signed; by default now.
    t: Option<i64>,
    /// What it is signed with; by default the right secret.
    secret: Option<String>,
}

/// Sends an arbitrary event, given as JSON: `{"event": {…}, "t": 1, "secret": "wrong"}`.
/// Answers `{"status", "body"}` as the shop did, or 502 if it did not.
async fn send(State(emulator): Shared, Json(sending): Json<Sending>) -> Response {
    let payload = match (sending.payload, sending.event) {
        (Some(payload), _) => payload,
        (None, Some(event)) => format!("{event:#}"),
        (None, None) => return super::parameters::missing("event").into_response(),
    };
    let secret = sending.secret.as_deref();
    match emulator.sender.send_raw(payload, sending.t, secret).await {
        DeliveryOutcome::Answered { status, body } => {
            Json(json!({"status": status, "body": body})).into_response()
        }
        outcome => (StatusCode::BAD_GATEWAY, Json(json!(outcome))).into_response(),
    }
}

/// What goes wrong with webhooks now.
async fn show_faults(State(emulator): Shared) -> Json<FaultSettings> {
    Json(emulator.sender.faults())
}

/// Sets what goes wrong with webhooks: `late` (milliseconds), `doubled`, `dropped`,
/// `reordered`, `paused`, `old_api_version`, `stale`, `huge` (`on`), `bogus_signature` (`before`,
/// `after`), `changes` (for how many of them; for good where it is left out).
/// What is left out is off.
async fn set_faults(State(emulator): Shared, headers: HeaderMap, body: String) -> Response {
    let set = read::<FaultSettings>(&body).map(|settings| {
        emulator.sender.set_faults(FaultSettings {
            retries: emulator.sender.faults().retries,
            ..settings
        });
        json!(emulator.sender.faults())
    });
    answer(&emulator, &headers, set)
}

/// Ends a pause and delivers what it held back.
async fn release(State(emulator): Shared, headers: HeaderMap) -> Response {
    emulator.sender.release();
    answer(&emulator, &headers, Ok(json!(emulator.sender.faults())))
}

/// The latest webhooks and their answers, newest first.
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

/// Lets the API fail: `fault=unavailable|fail_before|fail_after|lose_answer`, `times`.
async fn set_api_fault(State(emulator): Shared, headers: HeaderMap, body: String) -> Response {
    let set = read::<ApiFaultForm>(&body).map(|form| {
        emulator.api_faults.fail_next(form.fault, form.times);
        json!({"fault": form.fault, "times": form.times})
    });
    answer(&emulator, &headers, set)
}

fn read<T: DeserializeOwned>(body: &str) -> Result<T, ApiError> {
    let encoding = serde_qs::Config::new().use_form_encoding(true);
    encoding
        .deserialize_str(body)
        .map_err(|error| ApiError::parameter("parameter_invalid", "", error.to_string()))
}

/// Which of two words a field holds.
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

fn answer(emulator: &Emulator, headers: &HeaderMap, result: Result<Value, ApiError>) -> Response {
    let accepted = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok());
    let is_browser = accepted.is_some_and(|accept| accept.contains("text/html"));
    match result {
        Err(refusal) => refusal.into_response(),
        Ok(_) if is_browser => Redirect::to(&format!("{}/", emulator.public_url)).into_response(),
        Ok(answer) => Json(answer).into_response(),
    }
}
