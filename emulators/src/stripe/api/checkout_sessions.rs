//! `/v1/checkout/sessions`

use axum::Json;
use axum::extract::{Path, State};

use super::Shared;
use super::request::{Done, Form, Query};
use super::rows::{List, is, retrieve};
use crate::stripe::answers;
use crate::stripe::expansion::Expansion;
use crate::stripe::model::SessionStatus;
use crate::stripe::sessions;

/// `POST /v1/checkout/sessions`
pub(super) async fn create(State(emulator): Shared, Form(parameters): Form) -> Done {
    let expansion = Expansion::of("checkout.session", parameters.texts("expand"))?;
    let answer = emulator.change(|ledger, now| {
        let session = sessions::open(&parameters, now)?;
        let answer = answers::session(ledger, &session, &expansion);
        ledger.sessions.put(session);
        Ok(answer)
    })?;
    Ok(Json(answer))
}

/// `GET /v1/checkout/sessions/{id}`
pub(super) async fn retrieve_one(
    State(emulator): Shared,
    Path(id): Path<String>,
    Query(parameters): Query,
) -> Done {
    Ok(retrieve(
        &emulator,
        &id,
        &parameters,
        |ledger| &ledger.sessions,
        answers::session,
    )?)
}

/// `POST /v1/checkout/sessions/{id}/expire`
pub(super) async fn expire(
    State(emulator): Shared,
    Path(id): Path<String>,
    Form(parameters): Form,
) -> Done {
    parameters.allow_only(&["expand[]"])?;
    let expansion = Expansion::of("checkout.session", parameters.texts("expand"))?;
    let answer = emulator.change(|ledger, now| {
        let session = ledger.expire_session(&id, now)?;
        Ok(answers::session(ledger, &session, &expansion))
    })?;
    Ok(Json(answer))
}

/// `GET /v1/checkout/sessions`
pub(super) async fn list(State(emulator): Shared, Query(parameters): Query) -> Done {
    let known = [
        "payment_intent",
        "status",
        "customer",
        "customer_details[email]",
    ];
    let payment_intent = parameters.text("payment_intent")?;
    let customer = parameters.text("customer")?;
    let email = parameters.text("customer_details[email]")?;
    let status = parameters.choice(
        "status",
        &[
            ("open", SessionStatus::Open),
            ("complete", SessionStatus::Complete),
            ("expired", SessionStatus::Expired),
        ],
    )?;
    let list = List::read(
        &parameters,
        &known,
        "checkout.session",
        "/v1/checkout/sessions",
    )?;
    Ok(list.answer(
        &emulator,
        |ledger| &ledger.sessions,
        |session| {
            is(payment_intent.as_ref(), session.payment_intent.as_ref())
                && is(customer.as_ref(), session.customer.as_ref())
                && is(email.as_ref(), session.email.as_ref())
                && is(status.as_ref(), Some(&session.status))
        },
        answers::session,
    )?)
}
