//! `support` helps one buyer: it finds, mails, refunds, reopens, erases or exports purchases. The
//! author invokes it.
//!
//! Every event selects purchases by the buyer's address, the private link or Stripe's payment. If
//! an action works on one purchase only and the address has several, the answer lists them and the
//! author chooses one. The author can send an event again after a lost answer: an action sets a
//! value instead of adding to it, checks first what Stripe has already done, or at worst mails a
//! link twice.
//!
//! Answers contain addresses and private links, and only the author gets them. The log contains
//! only ids. An action that is refused with a list of purchases is therefore an answer and not an
//! error, because errors are logged.

mod answer;
mod draft;
pub mod event;
mod mailing;
mod money;
mod privacy;
mod shop;

use bookstall::{
    adapters::purchases::UpdateOutcome,
    domain::{
        purchase::{Closed, Purchase},
        timestamp::Timestamp,
    },
    runtime::{
        failure::Failure,
        invocation::EventError,
        timeouts::{SUPPORT, with_timeout},
    },
};
use lambda_http::tracing;
use serde_json::Value;

use answer::reply;
pub use answer::{Entry, Reply, SupportAnswer};
use draft::{ReplyDraft, count};
use event::{Action, Selector};
pub use privacy::{Export, Held};
pub use shop::Shop;

/// Performs the event's action, and returns what was done and the purchases as they are afterwards.
/// Fails if the event is wrong, a service fails, or the action takes longer than its timeout.
pub async fn handle(
    shop: &Shop,
    event: Value,
    now: Timestamp,
) -> Result<SupportAnswer, EventError> {
    let request = event::read(&event)?;
    let helped = help(shop, request, now);
    Ok(with_timeout(SUPPORT, "Failed to help in time", helped).await?)
}

async fn help(
    shop: &Shop,
    request: event::Request,
    now: Timestamp,
) -> Result<SupportAnswer, Failure> {
    let event::Request { selector, action } = request;
    let name = action.name();
    let found = purchases_of(shop, &selector, now).await?;
    let draft = match action {
        _ if found.is_empty() => nothing_found(&selector),
        Action::Find => find(found),
        Action::Resend { to: None } => {
            mailing::resend(shop, payments_of(shop, found).await?, now).await?
        }
        Action::Resend { to: Some(to) } => match only(payments_of(shop, found).await?) {
            Ok(purchase) => mailing::resend_to(shop, purchase, &to, now).await?,
            Err(several) => several,
        },
        Action::Give { downloads } => match only(found) {
            Ok(purchase) => give(shop, purchase, downloads).await?,
            Err(several) => several,
        },
        Action::Reopen => match only(payments_of(shop, found).await?) {
            Ok(purchase) => reopen(shop, purchase, now).await?,
            Err(several) => several,
        },
        Action::Refund { total } => match only(payments_of(shop, found).await?) {
            Ok(purchase) => money::refund(shop, purchase, total, now).await?,
            Err(several) => several,
        },
        Action::Erase => privacy::erase(shop, with_others(shop, found).await?, now).await?,
        Action::Export => {
            return Ok(SupportAnswer::Export(
                privacy::export(shop, with_others(shop, found).await?, now).await?,
            ));
        }
    };
    Ok(SupportAnswer::Reply(reply(shop, name, draft).await?))
}

/// Returns the purchases that hold the sums of these purchases' payments, each once.
async fn payments_of(shop: &Shop, found: Vec<Purchase>) -> Result<Vec<Purchase>, Failure> {
    let mut payments: Vec<Purchase> = Vec::new();
    for purchase in found {
        let first = match purchase.part_of {
            None => Some(purchase),
            Some(first) => shop.purchases.find(first).await?,
        };
        let is_known = |first: &Purchase| payments.iter().any(|known| known.id == first.id);
        payments.extend(first.filter(|first| !is_known(first)));
    }
    Ok(payments)
}

/// Returns these purchases and the others of their payments, each once.
async fn with_others(shop: &Shop, found: Vec<Purchase>) -> Result<Vec<Purchase>, Failure> {
    let mut all = Vec::new();
    for first in payments_of(shop, found).await? {
        let others = first.others.clone();
        all.push(first);
        all.extend(shop.purchases.find_each(&others).await?);
    }
    Ok(all)
}

/// Returns the selected purchases, oldest first. Each is read from the table itself, because the
/// index of addresses may be a second behind.
async fn purchases_of(
    shop: &Shop,
    selector: &Selector,
    now: Timestamp,
) -> Result<Vec<Purchase>, Failure> {
    let ids = match selector {
        Selector::Address(email) => {
            let purchases_of_address = shop.purchases.of_address(email).await?;
            purchases_of_address
                .into_iter()
                .map(|summary| summary.id)
                .collect()
        }
        Selector::Purchase(id) => vec![*id],
        Selector::Payment(payment) => {
            let sale = shop.stripe.sale_of_payment(payment, now).await?;
            sale.into_iter().map(|sale| sale.purchase_id).collect()
        }
    };
    let mut found = Vec::new();
    for id in ids {
        let purchase = shop.purchases.find(id).await?;
        found.extend(purchase.filter(|purchase| match selector {
            Selector::Address(email) => purchase.email.as_ref() == Some(email),
            Selector::Purchase(_) | Selector::Payment(_) => true,
        }));
    }
    Ok(found)
}

/// Returns the reply for a selector that matches no purchase.
fn nothing_found(selector: &Selector) -> ReplyDraft {
    ReplyDraft::not(match selector {
        Selector::Address(_) => {
            "No purchase is held under this address. The buyer may have paid with another one, or \
             it was corrected or erased: find them by `purchase` or `payment`"
        }
        Selector::Purchase(_) => "There is no purchase with this link",
        Selector::Payment(_) => {
            "No purchase is held for this payment: Stripe does not know it (a key of test mode \
             does not see live payments), it is not of this shop, or it is not recorded yet"
        }
    })
}

fn find(found: Vec<Purchase>) -> ReplyDraft {
    for purchase in &found {
        tracing::info!(purchase = purchase.id.reference(), "purchase found");
    }
    ReplyDraft::done(format!("{} found", count(found.len()))).with(found)
}

/// Sets how many downloads are left. It sets the number instead of adding to it, so that an event
/// that is sent twice gives five downloads and not ten.
async fn give(shop: &Shop, purchase: Purchase, downloads: u32) -> Result<ReplyDraft, Failure> {
    match shop.purchases.set_downloads(purchase.id, downloads).await? {
        UpdateOutcome::Done(purchase) => {
            tracing::info!(
                purchase = purchase.id.reference(),
                downloads,
                "downloads given"
            );
            let mut message = format!("The purchase has {downloads} downloads left now");
            if purchase.suspended_at.is_some() {
                message.push_str(
                    ", but its link stays shut: a dispute paused it. `reopen` opens it, whatever \
                     becomes of the dispute",
                );
            }
            Ok(ReplyDraft::done(message).with([*purchase]))
        }
        UpdateOutcome::Refused(purchase) => {
            let why = "The purchase was refunded, and its link stays closed. Nothing was changed";
            Ok(ReplyDraft::not(why).with([*purchase]))
        }
        UpdateOutcome::NotFound => Ok(ReplyDraft::not("The purchase is gone from the table")),
    }
}

/// Opens a link that a dispute closed. An author needs this if the dispute was lost over a part of
/// the sum, for example, or was settled with the buyer. Webhooks and `reconcile` leave the link
/// open.
async fn reopen(shop: &Shop, purchase: Purchase, now: Timestamp) -> Result<ReplyDraft, Failure> {
    match shop.purchases.reopen(&purchase, now).await? {
        UpdateOutcome::Done(purchase) => {
            tracing::info!(purchase = purchase.id.reference(), "link opened by hand");
            let message = format!(
                "The link is open again with {} downloads left, whatever becomes of the dispute; only \
                 a refund of everything closes it now. The buyer is not told: `resend` mails the link",
                purchase.downloads_left
            );
            Ok(ReplyDraft::done(message).with([*purchase]))
        }
        UpdateOutcome::Refused(purchase) => {
            let why = match purchase.closed() {
                Some(Closed::Refunded) => "The purchase was refunded, and its link stays closed",
                Some(Closed::NoDownloadsLeft) => {
                    "No dispute has paused the link; it has no downloads left: `give` gives some"
                }
                Some(Closed::Disputed) | None => "No dispute has paused the link",
            };
            Ok(ReplyDraft::not(format!("Nothing was changed. {why}")).with([*purchase]))
        }
        UpdateOutcome::NotFound => Ok(ReplyDraft::not("The purchase is gone from the table")),
    }
}

/// Returns the only purchase. If there are several, returns a reply that lists them, and the author
/// names one.
fn only(found: Vec<Purchase>) -> Result<Purchase, ReplyDraft> {
    <[Purchase; 1]>::try_from(found).map(|[only]| only).map_err(|several| {
        let message = format!(
            "{} have this address. Nothing was changed. Name one: in place of `email`, give its \
             `link` below as `purchase`",
            count(several.len())
        );
        ReplyDraft::not(message).with(several)
    })
}
