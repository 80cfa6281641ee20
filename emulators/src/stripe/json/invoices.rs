//! Invoices and credit notes in JSON.

use serde_json::{Value, json};

use super::page::list;
use crate::stripe::database::{CreditNote, Invoice, Session, Tables};
use crate::stripe::expansion::Expansion;
use crate::stripe::identifiers::ACCOUNT_ID;

/// Returns the tax number that the buyer typed, as a list.
pub(super) fn tax_ids(session: &Session) -> Vec<Value> {
    let company = session.company.as_ref();
    let tax_id = company.and_then(|company| company.tax_id.as_ref());
    let tax_id = tax_id.map(|tax_id| json!({"type": "eu_vat", "value": tax_id}));
    tax_id.into_iter().collect()
}

/// Adds to a session what it says of its invoice.
pub(super) fn add_to_session(
    object: &mut Value,
    tables: &Tables,
    session: &Session,
    expansion: &Expansion,
) {
    let id = session.invoice.as_ref();
    let row = id.and_then(|id| tables.invoices.get(id));
    object["invoice"] = match (expansion.nested("invoice"), row) {
        (Some(inner), Some(row)) => invoice(tables, row, &inner),
        _ => json!(id),
    };
    object["invoice_creation"] = json!({
        "enabled": session.invoice_creation,
        "invoice_data": {
            "account_tax_ids": null,
            "custom_fields": null,
            "description": null,
            "footer": null,
            "issuer": null,
            "metadata": {},
            "rendering_options": null,
        },
    });
    object["tax_id_collection"] = json!({
        "enabled": session.tax_id_collection,
        "required": "never",
    });
}

/// Returns an invoice that a checkout made. <https://docs.stripe.com/api/invoices/object>
pub(crate) fn invoice(tables: &Tables, invoice: &Invoice, _: &Expansion) -> Value {
    let session = tables.sessions.get(&invoice.session);
    let company = session.and_then(|session| session.company.as_ref());
    let lines = session.iter().flat_map(|session| {
        session.line_items.iter().map(|item| {
            json!({
                "id": item.id.replace("li_", "il_"),
                "object": "line_item",
                "amount": session.total_of(item),
                "currency": session.currency,
                "description": item.name,
                "discount_amounts": [],
                "discountable": true,
                "discounts": [],
                "invoice": invoice.id,
                "livemode": false,
                "metadata": {},
                "period": {"end": invoice.created, "start": invoice.created},
                "quantity": item.quantity,
                "subtotal": session.total_of(item),
            })
        })
    });
    let lines: Vec<_> = lines.collect();
    let url = &tables.public_url;
    let path = format!("{ACCOUNT_ID}/{}", invoice.id);
    let mut object = json!({
        "id": invoice.id,
        "object": "invoice",
        "account_country": "DE",
        "account_name": "Ada Winters",
        "amount_due": invoice.total,
        "amount_overpaid": 0,
        "amount_paid": invoice.total,
        "amount_remaining": 0,
        "amount_shipping": 0,
        "attempt_count": 0,
        "attempted": true,
        "billing_reason": "manual",
        "collection_method": "charge_automatically",
        "created": invoice.created,
        "currency": invoice.currency,
        "customer": invoice.customer,
        "customer_email": session.and_then(|session| session.email.as_ref()),
        "customer_name": company.map(|company| &company.name),
        "customer_tax_ids": session.map(tax_ids).unwrap_or_default(),
        "default_tax_rates": [],
        "discounts": [],
        "due_date": null,
        "hosted_invoice_url": format!("{url}/i/{path}?s=ap"),
        "invoice_pdf": format!("{url}/invoice/{path}/pdf?s=ap"),
        "issuer": {"type": "self"},
        "lines": list(&lines, false, &format!("/v1/invoices/{}/lines", invoice.id)),
        "livemode": false,
        "metadata": {},
        "number": invoice.number,
        "period_end": invoice.created,
        "period_start": invoice.created,
        "post_payment_credit_notes_amount": tables.credited(&invoice.id),
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "status": "paid",
        "subtotal": invoice.total,
        "total": invoice.total,
    });
    object["automatic_tax"] = json!({
        "disabled_reason": null,
        "enabled": session.is_some_and(|session| session.automatic_tax),
        "liability": null,
        "provider": null,
        "status": null,
    });
    object["payment_settings"] = json!({
        "default_mandate": null,
        "payment_method_options": null,
        "payment_method_types": null,
    });
    object["status_transitions"] = json!({
        "finalized_at": invoice.created,
        "marked_uncollectible_at": null,
        "paid_at": invoice.created,
        "voided_at": null,
    });
    object
}

/// Returns a credit note of a paid invoice. <https://docs.stripe.com/api/credit_notes/object>
pub(crate) fn credit_note(tables: &Tables, note: &CreditNote, _: &Expansion) -> Value {
    let invoice = tables.invoices.get(&note.invoice);
    let refunds = note.refunds.iter();
    let refunds = refunds.map(|refund| {
        json!({
            "amount_refunded": refund.amount,
            "payment_record_refund": null,
            "refund": refund.id,
            "type": "refund",
        })
    });
    json!({
        "id": note.id,
        "object": "credit_note",
        "amount": note.amount,
        "amount_shipping": 0,
        "created": note.created,
        "currency": invoice.map(|invoice| &invoice.currency),
        "customer": invoice.map(|invoice| &invoice.customer),
        "discount_amount": 0,
        "discount_amounts": [],
        "effective_at": note.created,
        "invoice": note.invoice,
        "lines": list(&[], false, &format!("/v1/credit_notes/{}/lines", note.id)),
        "livemode": false,
        "memo": note.memo,
        "metadata": note.metadata,
        "number": note.number,
        "out_of_band_amount": note.out_of_band_amount,
        "pdf": format!("{}/credit_notes/{ACCOUNT_ID}/{}/pdf?s=ap", tables.public_url, note.id),
        "post_payment_amount": note.amount,
        "pre_payment_amount": 0,
        "pretax_credit_amounts": [],
        "reason": note.reason,
        "refunds": refunds.collect::<Vec<_>>(),
        "status": "issued",
        "subtotal": note.amount,
        "total": note.amount,
        "type": "post_payment",
        "voided_at": null,
    })
}
