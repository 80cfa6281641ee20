//! Payment intents, charges, refunds, disputes and events.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::Value;

use super::Shared;
use super::request::{Done, Form, Query};
use super::rows::{List, is, retrieve};
use crate::stripe::after_sale::{self, RefundRequest};
use crate::stripe::answers;
use crate::stripe::expansion::Expansion;
use crate::stripe::ledger::Ledger;
use crate::stripe::model::Event;

/// `GET /v1/payment_intents/{id}`
pub(super) async fn retrieve_payment_intent(
    State(emulator): Shared,
    Path(id): Path<String>,
    Query(parameters): Query,
) -> Done {
    Ok(retrieve(
        &emulator,
        &id,
        &parameters,
        |ledger| &ledger.payment_intents,
        answers::payment_intent,
    )?)
}

/// `GET /v1/payment_intents`
pub(super) async fn list_payment_intents(
    State(emulator): Shared,
    Query(parameters): Query,
) -> Done {
    let list = List::read(&parameters, &[], "payment_intent", "/v1/payment_intents")?;
    let all = |_: &_| true;
    Ok(list.answer(
        &emulator,
        |ledger| &ledger.payment_intents,
        all,
        answers::payment_intent,
    )?)
}

/// `GET /v1/charges/{id}`
pub(super) async fn retrieve_charge(
    State(emulator): Shared,
    Path(id): Path<String>,
    Query(parameters): Query,
) -> Done {
    Ok(retrieve(
        &emulator,
        &id,
        &parameters,
        |ledger| &ledger.charges,
        answers::charge,
    )?)
}

/// `GET /v1/charges`
pub(super) async fn list_charges(State(emulator): Shared, Query(parameters): Query) -> Done {
    let payment_intent = parameters.text("payment_intent")?;
    let list = List::read(&parameters, &["payment_intent"], "charge", "/v1/charges")?;
    Ok(list.answer(
        &emulator,
        |ledger| &ledger.charges,
        |charge| is(payment_intent.as_ref(), Some(&charge.payment_intent)),
        answers::charge,
    )?)
}

/// `POST /v1/refunds`
pub(super) async fn create_refund(State(emulator): Shared, Form(parameters): Form) -> Done {
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
    let answer = emulator.change(|ledger, now| {
        let refund = after_sale::refund(ledger, request, now)?;
        Ok(answers::refund(ledger, &refund, &expansion))
    })?;
    Ok(Json(answer))
}

/// `GET /v1/refunds/{id}`
pub(super) async fn retrieve_refund(
    State(emulator): Shared,
    Path(id): Path<String>,
    Query(parameters): Query,
) -> Done {
    Ok(retrieve(
        &emulator,
        &id,
        &parameters,
        |ledger| &ledger.refunds,
        answers::refund,
    )?)
}

/// `GET /v1/refunds`
pub(super) async fn list_refunds(State(emulator): Shared, Query(parameters): Query) -> Done {
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
        |ledger| &ledger.refunds,
        |refund| {
            is(payment_intent.as_ref(), Some(&refund.payment_intent))
                && is(charge.as_ref(), Some(&refund.charge))
        },
        answers::refund,
    )?)
}

/// `GET /v1/disputes/{id}`
pub(super) async fn retrieve_dispute(
    State(emulator): Shared,
    Path(id): Path<String>,
    Query(parameters): Query,
) -> Done {
    Ok(retrieve(
        &emulator,
        &id,
        &parameters,
        |ledger| &ledger.disputes,
        answers::dispute,
    )?)
}

/// `GET /v1/disputes`
pub(super) async fn list_disputes(State(emulator): Shared, Query(parameters): Query) -> Done {
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
        |ledger| &ledger.disputes,
        |dispute| {
            is(payment_intent.as_ref(), Some(&dispute.payment_intent))
                && is(charge.as_ref(), Some(&dispute.charge))
        },
        answers::dispute,
    )?)
}

/// `GET /v1/events/{id}`
pub(super) async fn retrieve_event(
    State(emulator): Shared,
    Path(id): Path<String>,
    Query(parameters): Query,
) -> Done {
    Ok(retrieve(
        &emulator,
        &id,
        &parameters,
        |ledger| &ledger.events,
        answer_event,
    )?)
}

/// `GET /v1/events`
pub(super) async fn list_events(State(emulator): Shared, Query(parameters): Query) -> Done {
    let mut kinds = parameters.texts("types");
    kinds.extend(parameters.text("type")?);
    let list = List::read(&parameters, &["type", "types[]"], "event", "/v1/events")?;
    Ok(list.answer(
        &emulator,
        |ledger| &ledger.events,
        |event| kinds.is_empty() || kinds.contains(&event.kind),
        answer_event,
    )?)
}

fn answer_event(_: &Ledger, event: &Event, _: &Expansion) -> Value {
    answers::event(event)
}
