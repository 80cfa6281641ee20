//! Checkout Sessions in the API.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::Value;

use super::request::{ApiResult, Form};
use super::retrieval::{Resource, is};
use crate::stripe::database::{Session, SessionStatus, Table, Tables};
use crate::stripe::emulator::Shared;
use crate::stripe::error::ApiError;
use crate::stripe::expansion::Expansion;
use crate::stripe::json;
use crate::stripe::operations::sessions;
use crate::stripe::parameters::Parameters;

impl Resource for Session {
    const URL: &'static str = "/v1/checkout/sessions";
    const FILTERS: &'static [&'static str] = &[
        "payment_intent",
        "status",
        "customer",
        "customer_details[email]",
    ];
    const TABLE: fn(&Tables) -> &Table<Self> = |tables| &tables.sessions;
    const JSON: fn(&Tables, &Self, &Expansion) -> Value = json::session;

    fn filter(parameters: &Parameters) -> Result<impl Fn(&Self) -> bool, ApiError> {
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
        Ok(move |session: &Self| {
            is(payment_intent.as_ref(), session.payment_intent.as_ref())
                && is(customer.as_ref(), session.customer.as_ref())
                && is(email.as_ref(), session.email.as_ref())
                && is(status.as_ref(), Some(&session.status))
        })
    }
}

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
