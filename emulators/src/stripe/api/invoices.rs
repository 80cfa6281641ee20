//! Invoices and credit notes in the API.

use axum::Json;
use axum::extract::State;
use serde_json::Value;

use super::request::{ApiResult, Form};
use super::retrieval::{Resource, is};
use crate::stripe::database::{CreditNote, Invoice, Table, Tables};
use crate::stripe::emulator::Shared;
use crate::stripe::error::ApiError;
use crate::stripe::expansion::Expansion;
use crate::stripe::json;
use crate::stripe::operations::invoices::{self, CreditNoteRequest};
use crate::stripe::parameters::{Parameters, missing};

impl Resource for Invoice {
    const URL: &'static str = "/v1/invoices";
    const FILTERS: &'static [&'static str] = &["customer"];
    const TABLE: fn(&Tables) -> &Table<Self> = |tables| &tables.invoices;
    const JSON: fn(&Tables, &Self, &Expansion) -> Value = json::invoice;

    fn filter(parameters: &Parameters) -> Result<impl Fn(&Self) -> bool, ApiError> {
        let customer = parameters.text("customer")?;
        Ok(move |invoice: &Self| is(customer.as_ref(), Some(&invoice.customer)))
    }
}

impl Resource for CreditNote {
    const URL: &'static str = "/v1/credit_notes";
    const FILTERS: &'static [&'static str] = &["invoice"];
    const TABLE: fn(&Tables) -> &Table<Self> = |tables| &tables.credit_notes;
    const JSON: fn(&Tables, &Self, &Expansion) -> Value = json::credit_note;

    fn filter(parameters: &Parameters) -> Result<impl Fn(&Self) -> bool, ApiError> {
        let invoice = parameters.text("invoice")?;
        Ok(move |note: &Self| is(invoice.as_ref(), Some(&note.invoice)))
    }
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
