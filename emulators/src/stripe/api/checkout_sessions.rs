//! The routes of Checkout Sessions.

use axum::Json;
use axum::extract::{Path, State};

use super::request::{ApiResult, Form, Query};
use super::retrieval::{List, is, retrieve};
use crate::stripe::database::SessionStatus;
use crate::stripe::emulator::Shared;
use crate::stripe::expansion::Expansion;
use crate::stripe::json;
use crate::stripe::operations::sessions;

/// `POST /v1/checkout/sessions`
pub(super) async fn create(State(emulator): Shared, Form(parameters): Form) -> ApiResult {
    let expansion = Expansion::of("checkout.session", parameters.texts("expand"))?;
    let session = emulator.change(|tables, now| {
        let session = sessions::create(&parameters, emulator.options.account, now)?;
        let object = json::session(tables, &session, &expansion);
        tables.sessions.put(session);
        Ok(object)
    })?;
    Ok(Json(session))
}

/// `GET /v1/checkout/sessions/{id}`
pub(super) async fn retrieve_one(
    State(emulator): Shared,
    Path(id): Path<String>,
    Query(parameters): Query,
) -> ApiResult {
    Ok(retrieve(
        &emulator,
        &id,
        &parameters,
        |tables| &tables.sessions,
        json::session,
    )?)
}

/// `POST /v1/checkout/sessions/{id}/expire`
pub(super) async fn expire(
    State(emulator): Shared,
    Path(id): Path<String>,
    Form(parameters): Form,
) -> ApiResult {
    parameters.allow_only(&["expand[]"])?;
    let expansion = Expansion::of("checkout.session", parameters.texts("expand"))?;
    let session = emulator.change(|tables, now| {
        let session = sessions::expire(tables, &id, now)?;
        Ok(json::session(tables, &session, &expansion))
    })?;
    Ok(Json(session))
}

/// `GET /v1/checkout/sessions`
pub(super) async fn list(State(emulator): Shared, Query(parameters): Query) -> ApiResult {
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
        |tables| &tables.sessions,
        |session| {
            is(payment_intent.as_ref(), session.payment_intent.as_ref())
                && is(customer.as_ref(), session.customer.as_ref())
                && is(email.as_ref(), session.email.as_ref())
                && is(status.as_ref(), Some(&session.status))
        },
        json::session,
    )?)
}
