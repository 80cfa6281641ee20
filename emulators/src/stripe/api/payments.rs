//! Payment intents, charges, refunds, disputes and events in the API.

use axum::Json;
use axum::extract::State;
use serde_json::Value;

use super::request::{ApiResult, Form};
use super::retrieval::{Resource, is};
use crate::stripe::database::{Charge, Dispute, Event, PaymentIntent, Refund, Table, Tables};
use crate::stripe::emulator::Shared;
use crate::stripe::error::ApiError;
use crate::stripe::expansion::Expansion;
use crate::stripe::json;
use crate::stripe::operations::refunds::{self, RefundRequest};
use crate::stripe::parameters::Parameters;

impl Resource for PaymentIntent {
    const URL: &'static str = "/v1/payment_intents";
    const TABLE: fn(&Tables) -> &Table<Self> = |tables| &tables.payment_intents;
    const JSON: fn(&Tables, &Self, &Expansion) -> Value = json::payment_intent;

    fn filter(_: &Parameters) -> Result<impl Fn(&Self) -> bool, ApiError> {
        Ok(|_: &Self| true)
    }
}

impl Resource for Charge {
    const URL: &'static str = "/v1/charges";
    const FILTERS: &'static [&'static str] = &["payment_intent"];
    const TABLE: fn(&Tables) -> &Table<Self> = |tables| &tables.charges;
    const JSON: fn(&Tables, &Self, &Expansion) -> Value = json::charge;

    fn filter(parameters: &Parameters) -> Result<impl Fn(&Self) -> bool, ApiError> {
        let payment_intent = parameters.text("payment_intent")?;
        Ok(move |charge: &Self| is(payment_intent.as_ref(), Some(&charge.payment_intent)))
    }
}

impl Resource for Refund {
    const URL: &'static str = "/v1/refunds";
    const FILTERS: &'static [&'static str] = &["payment_intent", "charge"];
    const TABLE: fn(&Tables) -> &Table<Self> = |tables| &tables.refunds;
    const JSON: fn(&Tables, &Self, &Expansion) -> Value = json::refund;

    fn filter(parameters: &Parameters) -> Result<impl Fn(&Self) -> bool, ApiError> {
        let is_of = by_payment(parameters)?;
        Ok(move |refund: &Self| is_of(&refund.payment_intent, &refund.charge))
    }
}

impl Resource for Dispute {
    const URL: &'static str = "/v1/disputes";
    const FILTERS: &'static [&'static str] = &["payment_intent", "charge"];
    const TABLE: fn(&Tables) -> &Table<Self> = |tables| &tables.disputes;
    const JSON: fn(&Tables, &Self, &Expansion) -> Value = json::dispute;

    fn filter(parameters: &Parameters) -> Result<impl Fn(&Self) -> bool, ApiError> {
        let is_of = by_payment(parameters)?;
        Ok(move |dispute: &Self| is_of(&dispute.payment_intent, &dispute.charge))
    }
}

/// Reads the filters of a list by a payment intent and a charge.
fn by_payment(parameters: &Parameters) -> Result<impl Fn(&String, &String) -> bool, ApiError> {
    let wanted_intent = parameters.text("payment_intent")?;
    let wanted_charge = parameters.text("charge")?;
    Ok(move |payment_intent: &String, charge: &String| {
        is(wanted_intent.as_ref(), Some(payment_intent)) && is(wanted_charge.as_ref(), Some(charge))
    })
}

impl Resource for Event {
    const URL: &'static str = "/v1/events";
    const FILTERS: &'static [&'static str] = &["type", "types[]", "delivery_success"];
    const TABLE: fn(&Tables) -> &Table<Self> = |tables| &tables.events;
    const JSON: fn(&Tables, &Self, &Expansion) -> Value = |_, event, _| json::event(event);

    fn filter(parameters: &Parameters) -> Result<impl Fn(&Self) -> bool, ApiError> {
        let mut kinds = parameters.texts("types");
        kinds.extend(parameters.text("type")?);
        let is_delivered = parameters.flag("delivery_success")?;
        Ok(move |event: &Self| {
            let has_all = event.pending_webhooks() == 0;
            (kinds.is_empty() || kinds.contains(&event.kind))
                && is(is_delivered.as_ref(), Some(&has_all))
        })
    }
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
