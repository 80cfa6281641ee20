//! The page of a payment's receipt, whose address a charge has as `receipt_url`.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

use super::html::{self, Notice};
use super::money;
use crate::stripe::database::ChargeStatus;
use crate::stripe::emulator::{Emulator, Shared};
use crate::stripe::identifiers::now;

/// How long a receipt can be seen without typing the buyer's address, in seconds
/// (<https://docs.stripe.com/receipts>).
const SHOWN_SECONDS: i64 = 30 * 24 * 60 * 60;

/// The route of the page.
pub(crate) fn router() -> Router<Arc<Emulator>> {
    Router::new().route("/receipts/payment/{charge}", get(show))
}

/// `GET …`: the receipt as the charge stands now, or the question for the address.
async fn show(State(emulator): Shared, Path(id): Path<String>) -> Response {
    let charge = emulator
        .store
        .read(|tables| tables.charges.get(&id).cloned());
    let Some(charge) = charge.filter(|charge| charge.status == ChargeStatus::Succeeded) else {
        return html::not_found();
    };
    let sum = |amount| money::format(amount, &charge.currency);
    let paid = sum(charge.amount);
    let text = match charge.amount_refunded {
        _ if now() - charge.created > SHOWN_SECONDS => {
            "This receipt has expired. Enter the email address that you paid with, and we send it \
             again."
                .to_owned()
        }
        0 => format!("{paid} paid."),
        refunded => format!("{paid} paid, {} refunded.", sum(refunded)),
    };
    let page = Notice {
        title: "Receipt",
        text: &text,
        link: None,
        destination: None,
        embed_script: None,
    };
    html::respond(StatusCode::OK, &page, false)
}
