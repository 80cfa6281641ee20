//! The routes of payment intents, charges, refunds, disputes and events.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::Value;

use super::request::{ApiResult, Form, Query};
use super::retrieval::{List, is, retrieve};
use crate::stripe::database::{Event, Tables};
use crate::stripe::emulator::Shared;
use crate::stripe::expansion::Expansion;
use crate::stripe::json;
use crate::stripe::operations::refunds::{self, RefundRequest};

/// `GET /v1/payment_intents/{id}`
pub(super) async fn retrieve_payment_intent(
    State(emulator): Shared,
    Path(id): Path<String>,
    Query(parameters): Query,
) -> ApiResult {
    Ok(retrieve(
        &emulator,
        &id,
        &parameters,
        |tables| &tables.payment_intents,
        json::payment_intent,
    )?)
}

/// `GET /v1/payment_intents`
pub(super) async fn list_payment_intents(
    State(emulator): Shared,
    Query(parameters): Query,
) -> ApiResult {
    let list = List::read(&parameters, &[], "payment_intent", "/v1/payment_intents")?;
    let all = |_: &_| true;
    Ok(list.answer(
        &emulator,
        |tables| &tables.payment_intents,
        all,
        json::payment_intent,
    )?)
}

/// `GET /v1/charges/{id}`
pub(super) async fn retrieve_charge(
    State(emulator): Shared,
    Path(id): Path<String>,
    Query(parameters): Query,
) -> ApiResult {
    Ok(retrieve(
        &emulator,
        &id,
        &parameters,
        |tables| &tables.charges,
        json::charge,
    )?)
}

/// `GET /v1/charges`
pub(super) async fn list_charges(State(emulator): Shared, Query(parameters): Query) -> ApiResult {
    let payment_intent = parameters.text("payment_intent")?;
    let list = List::read(&parameters, &["payment_intent"], "charge", "/v1/charges")?;
    Ok(list.answer(
        &emulator,
        |tables| &tables.charges,
        |charge| is(payment_intent.as_ref(), Some(&charge.payment_intent)),
        json::charge,
    )?)
}

/// `POST /v1/refunds`
pub(super) async fn create_refund(State(emulator): Shared, Form(parameters): Form) -> ApiResult {
    parameters.allow_only(&[
        "payment_intent",
        "charge",
        "amount",
        "reason",
        "metadata[*",
        "expand[]",
    ])?;
    let expansion = Expansion::of("refund", parameters.texts("expand"))?;
    let reasons = [
        ("duplicate", "duplicate"),
        ("fraudulent", "fraudulent"),
        ("requested_by_customer", "requested_by_customer"),
    ];
    let request = RefundRequest {
        payment_intent: parameters.text("payment_intent")?,
        charge: parameters.text("charge")?,
        amount: parameters.whole_number("amount")?,
        reason: parameters.choice("reason", &reasons)?.map(str::to_owned),
        metadata: parameters.metadata("metadata")?,
    };
    let refund = emulator.change(|tables, now| {
        let refund = refunds::create(tables, request, now)?;
        Ok(json::refund(tables, &refund, &expansion))
    })?;
    Ok(Json(refund))
}

/// `GET /v1/refunds/{id}`
pub(super) async fn retrieve_refund(
    State(emulator): Shared,
    Path(id): Path<String>,
    Query(parameters): Query,
) -> ApiResult {
    Ok(retrieve(
        &emulator,
        &id,
        &parameters,
        |tables| &tables.refunds,
        json::refund,
    )?)
}

/// `GET /v1/refunds`
pub(super) async fn list_refunds(State(emulator): Shared, Query(parameters): Query) -> ApiResult {
    let payment_intent = parameters.text("payment_intent")?;
    let charge = parameters.text("charge")?;
    let list = List::read(
        &parameters,
        &["payment_intent", "charge"],
        "refund",
        "/v1/refunds",
    )?;
    Ok(list.answer(
        &emulator,
        |tables| &tables.refunds,
        |refund| {
            is(payment_intent.as_ref(), Some(&refund.payment_intent))
                && is(charge.as_ref(), Some(&refund.charge))
        },
        json::refund,
    )?)
}

/// `GET /v1/disputes/{id}`
pub(super) async fn retrieve_dispute(
    State(emulator): Shared,
    Path(id): Path<String>,
    Query(parameters): Query,
) -> ApiResult {
    Ok(retrieve(
        &emulator,
        &id,
        &parameters,
        |tables| &tables.disputes,
        json::dispute,
    )?)
}

/// `GET /v1/disputes`
pub(super) async fn list_disputes(State(emulator): Shared, Query(parameters): Query) -> ApiResult {
    let payment_intent = parameters.text("payment_intent")?;
    let charge = parameters.text("charge")?;
    let list = List::read(
        &parameters,
        &["payment_intent", "charge"],
        "dispute",
        "/v1/disputes",
    )?;
    Ok(list.answer(
        &emulator,
        |tables| &tables.disputes,
        |dispute| {
            is(payment_intent.as_ref(), Some(&dispute.payment_intent))
                && is(charge.as_ref(), Some(&dispute.charge))
        },
        json::dispute,
    )?)
}

/// `GET /v1/events/{id}`
pub(super) async fn retrieve_event(
    State(emulator): Shared,
    Path(id): Path<String>,
    Query(parameters): Query,
) -> ApiResult {
    Ok(retrieve(
        &emulator,
        &id,
        &parameters,
        |tables| &tables.events,
        event_json,
    )?)
}

/// `GET /v1/events`
pub(super) async fn list_events(State(emulator): Shared, Query(parameters): Query) -> ApiResult {
    let mut kinds = parameters.texts("types");
    kinds.extend(parameters.text("type")?);
    let is_delivered = parameters.flag("delivery_success")?;
    let filters = ["type", "types[]", "delivery_success"];
    let list = List::read(&parameters, &filters, "event", "/v1/events")?;
    Ok(list.answer(
        &emulator,
        |tables| &tables.events,
        |event| {
            (kinds.is_empty() || kinds.contains(&event.kind))
                && is(
                    is_delivered.as_ref(),
                    Some(&(event.pending_webhooks() == 0)),
                )
        },
        event_json,
    )?)
}

fn event_json(_: &Tables, event: &Event, _: &Expansion) -> Value {
    json::event(event)
}
