//! The invoice of a payment and the credit notes of its refunds, as attributes of its first purchase.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    adapters::attributes::{Attributes, text, timestamp},
    domain::{
        invoice::{CreditNote, CreditNotes, Invoice, InvoiceLinks, PdfLink},
        receipt_url::ReceiptUrl,
        stripe_ids::{CreditNoteId, InvoiceId, RefundId},
    },
};

/// What stands in place of a credit note's id if Stripe refuses to issue it.
const REFUSED: &str = "refused";

/// The attributes of an invoice. The last three go when the buyer's data is erased.
pub(super) fn invoice_attributes(
    invoice: Option<&Invoice>,
) -> [(&'static str, Option<AttributeValue>); 4] {
    let links = invoice.and_then(|invoice| invoice.links.as_ref());
    [
        (
            "invoice_id",
            invoice.map(|invoice| text(invoice.id.as_str())),
        ),
        ("invoice_url", links.map(|links| text(links.page.secret()))),
        ("invoice_pdf", links.map(|links| text(links.pdf.secret()))),
        ("invoice_until", links.map(|links| timestamp(links.until))),
    ]
}

/// The attributes of credit notes: their ids by refund, and where their PDFs are. The second goes when
/// the buyer's data is erased.
pub(super) fn credit_note_attributes(
    notes: &CreditNotes,
) -> [(&'static str, Option<AttributeValue>); 2] {
    [
        (
            "credit_notes",
            (!notes.is_empty()).then(|| credit_note_ids(notes)),
        ),
        (
            "credit_note_pdfs",
            (!notes.is_empty()).then(|| credit_note_pdfs(notes)),
        ),
    ]
}

/// Returns the id of each credit note by its refund.
pub(super) fn credit_note_ids(notes: &CreditNotes) -> AttributeValue {
    let id = |note: &CreditNote| {
        note.id
            .as_ref()
            .map_or(REFUSED, CreditNoteId::as_str)
            .to_owned()
    };
    let each = notes.iter();
    AttributeValue::M(
        each.map(|(refund, note)| (refund.as_str().to_owned(), text(&id(note))))
            .collect(),
    )
}

/// Returns where each credit note is, by its refund: `{url, until}`.
pub(super) fn credit_note_pdfs(notes: &CreditNotes) -> AttributeValue {
    let pdf = |pdf: &PdfLink| {
        AttributeValue::M(HashMap::from([
            ("url".to_owned(), text(pdf.url.secret())),
            ("until".to_owned(), timestamp(pdf.until)),
        ]))
    };
    let each = notes.iter();
    AttributeValue::M(
        each.filter_map(|(refund, note)| {
            Some((refund.as_str().to_owned(), pdf(note.pdf.as_ref()?)))
        })
        .collect(),
    )
}

pub(super) fn read_invoice(item: Attributes<'_>) -> Option<Invoice> {
    let links = || {
        Some(InvoiceLinks {
            page: item.parse("invoice_url", ReceiptUrl::parse)?,
            pdf: item.parse("invoice_pdf", ReceiptUrl::parse)?,
            until: item.timestamp("invoice_until")?,
        })
    };
    Some(Invoice {
        id: item.parse("invoice_id", InvoiceId::parse)?,
        links: links(),
    })
}

/// Reads the credit notes. `None` if an attribute is malformed.
pub(super) fn read_credit_notes(item: Attributes<'_>) -> Option<CreditNotes> {
    let Some(ids) = item.0.get("credit_notes") else {
        return Some(CreditNotes::new());
    };
    let pdfs = item
        .0
        .get("credit_note_pdfs")
        .and_then(|pdfs| pdfs.as_m().ok());
    let pdf = |refund: &String| {
        let pdf = Attributes(pdfs?.get(refund)?.as_m().ok()?);
        Some(PdfLink {
            url: pdf.parse("url", ReceiptUrl::parse)?,
            until: pdf.timestamp("until")?,
        })
    };
    let ids = ids.as_m().ok()?.iter();
    ids.map(|(refund, id)| {
        let id = match id.as_s().ok()?.as_str() {
            REFUSED => None,
            id => Some(CreditNoteId::parse(id)?),
        };
        let note = CreditNote {
            id,
            pdf: pdf(refund),
        };
        Some((RefundId::parse(refund)?, note))
    })
    .collect()
}
