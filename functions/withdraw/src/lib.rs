//! `/withdraw`, `/{purchase_id}/withdraw` and `/{purchase_id}/refund`: gives buyers their money back by
//! their own press, if the law of the EU or the author's terms say so.
//!
//! `GET` changes nothing. Whoever has the private link has the money back at once. Whoever knows only an
//! address can have an acknowledgement mailed there, with a link to a page that asks for one more press:
//! the link in it is the private link's own, because that address has it already.
//!
//! ```text
//! reserve, close the link ─▶ record the ─▶ refund at Stripe, ─▶ acknowledge ─▶ tell the author
//!                         │  withdrawal │  record, release   │              │
//! crash:                  └─────────────┤                    └──────────────┴ `reconcile` mails both
//!                                       └ the link stays closed, and a later press goes on
//!                                         (`bookstall::refunding`); `reconcile` mails what is owed
//! ```
//!
//! Stripe's webhook then mails the buyer that the money is on its way, as after any other refund.

mod address;
mod declaration_form;
mod holder;
mod mailing;
mod payment;
mod receipt;
mod shop;
mod statement;

use std::time::Duration;

use bookstall::{
    domain::{purchase_id::PurchaseId, returns::Ground, timestamp::Timestamp},
    runtime::timeouts::{RETURN, with_timeout},
    web::{
        refusals::{Error, FailedAt, Refusal},
        request::{RequestInfo, path_parameter},
        response::{Answer, respond},
    },
};
use lambda_http::{Body, Request, Response, http::Method};

pub use shop::Shop;

/// The shortest time that a withdrawal by address takes, whether or not there is a mail to send, for
/// the reason that `resend` has for its own.
pub const FLOOR: Duration = Duration::from_millis(1500);

/// Answers every request of these pages. `floor` is the shortest time that a withdrawal by address
/// takes, usually [`FLOOR`]. What the shop's terms leave out is answered `404`.
pub async fn handle(
    shop: &Shop,
    request: Request,
    now: Timestamp,
    floor: Duration,
) -> Response<Body> {
    let request_info = RequestInfo::new(&request, shop.shop_url.as_ref());
    let answer = answer(shop, &request_info, &request, now, floor);
    let outcome = with_timeout(RETURN, "Failed to answer in time", answer).await;
    respond(
        &request_info,
        &shop.contact,
        outcome,
        FailedAt::AfterPayment,
    )
}

async fn answer(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    now: Timestamp,
    floor: Duration,
) -> Result<Answer, Error> {
    let route = request_info.route();
    let (_, path) = route.split_once(' ').unwrap_or_default();
    let ground = match path {
        "/{purchase_id}/refund" => shop.terms.refund.map(Ground::Refund),
        _ => shop.terms.withdrawal.is_on().then_some(Ground::Withdrawal),
    };
    let ground = ground.ok_or(Refusal::NoSuchPage)?;
    let changes = match *request.method() {
        Method::GET | Method::HEAD => false,
        Method::POST => true,
        _ => {
            let allowed = "GET, HEAD, POST";
            return Err(Refusal::MethodNotAllowed { allowed }.into());
        }
    };
    if path == "/withdraw" {
        return if changes {
            address::declare(shop, request_info, request, now, floor).await
        } else {
            Ok(declaration_form::show(shop, request_info))
        };
    }
    let id = path_parameter(request, "purchase_id")
        .and_then(PurchaseId::parse)
        .ok_or(Refusal::NoSuchPage)?;
    if changes {
        holder::press(shop, request_info, request, ground, id, now).await
    } else {
        holder::show(shop, request_info, ground, id, now).await
    }
}
