//! The routes of invoices and credit notes.

use axum::Json;
use axum::extract::{Path, State};

use super::request::{ApiResult, Form, Query};
use super::retrieval::{List, is, retrieve};
use crate::stripe::emulator::Shared;
use crate::stripe::error::ApiError;
use crate::stripe::expansion::Expansion;
use crate::stripe::json;
use crate::stripe::operations::invoices::{self, CreditNoteRequest};
use crate::stripe::parameters::{Parameters, missing};

/// `GET /v1/invoices/{id}`
pub(super) async fn retrieve_invoice(
    State(emulator): Shared,
    Path(id): Path<String>,
    Query(parameters): Query,
) -> ApiResult {
    Ok(retrieve(
        &emulator,
        &id,
        &parameters,
        |tables| &tables.invoices,
        json::invoice,
    )?)
}

/// `GET /v1/invoices`
pub(super) async fn list_invoices(State(emulator): Shared, Query(parameters): Query) -> ApiResult {
    let customer = parameters.text("customer")?;
    let list = List::read(&parameters, &["customer"], "invoice", "/v1/invoices")?;
    Ok(list.answer(
        &emulator,
        |tables| &tables.invoices,
        |invoice| is(customer.as_ref(), Some(&invoice.customer)),
        json::invoice,
    )?)
}

/// `POST /v1/credit_notes`
pub(super) async fn create_credit_note(
    State(emulator): Shared,
    Form(parameters): Form,
) -> ApiResult {
    parameters.allow_only(&[
        "invoice",
        "amount",
        "refunds[][refund]",
        "refunds[][amount_refunded]",
        "refunds[][type]",
        "refund_amount",
        "out_of_band_amount",
        "email_type",
        "memo",
        "reason",
        "metadata[*",
        "expand[]",
    ])?;
    let expansion = Expansion::of("credit_note", parameters.texts("expand"))?;
    let request = read_credit_note(&parameters)?;
    let note = emulator.change(|tables, now| {
        let note = invoices::create_credit_note(tables, request, now)?;
        Ok(json::credit_note(tables, &note, &expansion))
    })?;
    Ok(Json(note))
}

fn read_credit_note(parameters: &Parameters) -> Result<CreditNoteRequest, ApiError> {
    parameters.choice("email_type", &[("credit_note", ()), ("none", ())])?;
    let reasons = [
        ("duplicate", "duplicate"),
        ("fraudulent", "fraudulent"),
        ("order_change", "order_change"),
        ("product_unsatisfactory", "product_unsatisfactory"),
    ];
    let refunds = (0..parameters.count("refunds")).map(|index| {
        parameters.choice(&format!("refunds[{index}][type]"), &[("refund", ())])?;
        let part = parameters.whole_number(&format!("refunds[{index}][amount_refunded]"))?;
        let refund = parameters.required_text(&format!("refunds[{index}][refund]"))?;
        Ok((refund, part))
    });
    Ok(CreditNoteRequest {
        invoice: parameters.required_text("invoice")?,
        refunds: refunds.collect::<Result<_, ApiError>>()?,
        // The emulator knows neither lines nor shipping, which can stand in its place.
        amount: parameters
            .whole_number("amount")?
            .ok_or_else(|| missing("amount"))?,
        refund_amount: parameters.whole_number("refund_amount")?,
        out_of_band_amount: parameters.whole_number("out_of_band_amount")?,
        memo: parameters.text("memo")?,
        reason: parameters.choice("reason", &reasons)?.map(str::to_owned),
        metadata: parameters.metadata("metadata")?,
    })
}

/// `GET /v1/credit_notes/{id}`
pub(super) async fn retrieve_credit_note(
    State(emulator): Shared,
    Path(id): Path<String>,
    Query(parameters): Query,
) -> ApiResult {
    Ok(retrieve(
        &emulator,
        &id,
        &parameters,
        |tables| &tables.credit_notes,
        json::credit_note,
    )?)
}

/// `GET /v1/credit_notes`
pub(super) async fn list_credit_notes(
    State(emulator): Shared,
    Query(parameters): Query,
) -> ApiResult {
    let invoice = parameters.text("invoice")?;
    let list = List::read(&parameters, &["invoice"], "credit_note", "/v1/credit_notes")?;
    Ok(list.answer(
        &emulator,
        |tables| &tables.credit_notes,
        |note| is(invoice.as_ref(), Some(&note.invoice)),
        json::credit_note,
    )?)
}
