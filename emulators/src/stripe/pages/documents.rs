//! The pages of invoices and credit notes, whose addresses the API has. In place of each PDF there is a
//! page, too.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use super::html::{self, Notice};
use super::money;
use crate::stripe::emulator::{Emulator, Shared};
use crate::stripe::identifiers::now;

/// How long an invoice is served after it was finalised, in seconds
/// (<https://docs.stripe.com/invoicing/hosted-invoice-page#invoice-urls>).
const SERVED_SECONDS: i64 = 30 * 24 * 60 * 60;

/// The routes of the pages.
pub(crate) fn router() -> Router<Arc<Emulator>> {
    Router::new()
        .route("/i/{account}/{invoice}", get(show_invoice))
        .route("/invoice/{account}/{invoice}/pdf", get(show_invoice))
        .route("/credit_notes/{account}/{note}/pdf", get(show_credit_note))
}

/// `GET …`: the invoice of a company or a person.
async fn show_invoice(State(emulator): Shared, Path((_, id)): Path<(String, String)>) -> Response {
    let found = emulator.store.read(|tables| {
        let invoice = tables.invoices.get(&id)?;
        let session = tables.sessions.get(&invoice.session)?;
        Some((invoice.clone(), session.clone()))
    });
    let Some((invoice, session)) = found else {
        return html::not_found();
    };
    let to = match (&session.company, &session.email) {
        (Some(company), _) => match &company.tax_id {
            Some(tax_id) => format!("{}, {tax_id}", company.name),
            None => company.name.clone(),
        },
        (None, Some(email)) => email.clone(),
        (None, None) => "nobody".to_owned(),
    };
    let total = money::format(invoice.total, &invoice.currency);
    let text = format!("{total} paid, billed to {to}.");
    show(
        &format!("Invoice {}", invoice.number),
        &text,
        invoice.created,
    )
}

/// `GET …`: the credit note.
async fn show_credit_note(
    State(emulator): Shared,
    Path((_, id)): Path<(String, String)>,
) -> Response {
    let found = emulator.store.read(|tables| {
        let note = tables.credit_notes.get(&id)?;
        let invoice = tables.invoices.get(&note.invoice)?;
        Some((note.clone(), invoice.clone()))
    });
    let Some((note, invoice)) = found else {
        return html::not_found();
    };
    let amount = money::format(note.amount, &invoice.currency);
    let text = format!("{amount} of invoice {} refunded.", invoice.number);
    show(&format!("Credit note {}", note.number), &text, note.created)
}

/// Shows a document, or that its address has expired.
fn show(title: &str, text: &str, made_at: i64) -> Response {
    let is_served = now() - made_at <= SERVED_SECONDS;
    let page = Notice {
        title: if is_served {
            title
        } else {
            "This link has expired"
        },
        text: if is_served {
            text
        } else {
            "Please contact the business that sent it to you."
        },
        link: None,
        destination: None,
        embed_script: None,
    };
    let status = if is_served {
        StatusCode::OK
    } else {
        StatusCode::GONE
    };
    html::respond(status, &page, false)
}
