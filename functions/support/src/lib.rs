//! `support` helps one buyer: it finds, mails, refunds, reopens, erases or exports purchases, and
//! gathers evidence for a disputed one. The author invokes it.
//!
//! Every event selects purchases by the buyer's address, the private link or Stripe's payment. If
//! an action works on one purchase only and the address has several, the answer lists them and the
//! author chooses one. With `dry_run` an event changes nothing, and the answer says what it would do.
//! The author can send an event again after a lost answer: an action sets a
//! value instead of adding to it, checks first what Stripe has already done, or at worst mails a
//! link twice.
//!
//! Answers contain addresses and private links, and only the author gets them. The log contains
//! only ids. An action that is refused with a list of purchases is therefore an answer and not an
//! error, because errors are logged.

mod answer;
mod draft;
pub mod event;
mod evidence;
mod mailing;
mod money;
mod plan;
mod privacy;
mod shop;

use std::fmt::Write as _;

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
pub use evidence::Evidence;
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
    let event::Request {
        selector,
        action,
        dry_run,
    } = request;
    let name = action.name();
    let found = purchases_of(shop, &selector, now).await?;
    if dry_run && !found.is_empty() {
        let draft = plan::plan(shop, action, found, now).await?;
        return Ok(SupportAnswer::Reply(reply(shop, name, draft).await?));
    }
    let draft = match action {
        _ if found.is_empty() => nothing_found(&selector),
        Action::Find => find(whole_payments(shop, &found).await?),
        Action::Resend { to: None } => {
            mailing::resend(shop, payments_of(shop, &found).await?, now).await?
        }
        Action::Resend { to: Some(to) } => match only(payments_of(shop, &found).await?) {
            Ok(purchase) => mailing::resend_to(shop, purchase, &to, now).await?,
            Err(several) => several,
        },
        Action::Give { downloads } => match only(found) {
            Ok(purchase) => give(shop, purchase, downloads).await?,
            Err(several) => several,
        },
        Action::Reopen => match only(payments_of(shop, &found).await?) {
            Ok(purchase) => reopen(shop, purchase, now).await?,
            Err(several) => several,
        },
        Action::Refund { total } => match only(payments_of(shop, &found).await?) {
            Ok(purchase) => money::refund(shop, purchase, total, now).await?,
            Err(several) => several,
        },
        Action::Erase => privacy::erase(shop, whole_payments(shop, &found).await?, now).await?,
        Action::Evidence => match only(payments_of(shop, &found).await?) {
            Ok(purchase) => match evidence::evidence(shop, purchase, now).await? {
                Ok(evidence) => return Ok(SupportAnswer::Evidence(Box::new(evidence))),
                Err(none) => none,
            },
            Err(several) => several,
        },
        Action::Export => {
            return Ok(SupportAnswer::Export(
                privacy::export(shop, whole_payments(shop, &found).await?, now).await?,
            ));
        }
    };
    Ok(SupportAnswer::Reply(reply(shop, name, draft).await?))
}

/// Returns the purchases that hold the sums of these purchases' payments, each once.
async fn payments_of(shop: &Shop, found: &[Purchase]) -> Result<Vec<Purchase>, Failure> {
    let mut payments: Vec<Purchase> = Vec::new();
    for purchase in found {
        let first = match purchase.part_of {
            None => Some(purchase.clone()),
            Some(first) => shop.purchases.find(first).await?,
        };
        let is_known = |first: &Purchase| payments.iter().any(|known| known.id == first.id);
        payments.extend(first.filter(|first| !is_known(first)));
    }
    Ok(payments)
}

/// Returns these purchases and the others of their payments, each once, the first of each payment
/// before its others.
async fn whole_payments(shop: &Shop, found: &[Purchase]) -> Result<Vec<Purchase>, Failure> {
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
             it was corrected or erased: find them by their link, or by the payment at Stripe (pi_…)"
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
        UpdateOutcome::Refused(purchase) => Ok(refunded(&purchase).with([*purchase])),
        UpdateOutcome::NotFound => Ok(gone()),
    }
}

fn refunded(purchase: &Purchase) -> ReplyDraft {
    ReplyDraft::not(match purchase.imported {
        None => "Nothing was changed. The purchase was refunded, and its link stays closed",
        Some(_) => {
            "Nothing was changed. The purchase was taken back where it was bought, and its link \
             stays closed; `reopen` opens it"
        }
    })
}

fn gone() -> ReplyDraft {
    ReplyDraft::not("The purchase is gone from the table")
}

/// Opens a link that a dispute closed. An author needs this if the dispute was lost over a part of
/// the sum, for example, or was settled with the buyer. Webhooks and `reconcile` leave the link
/// open.
///
/// A dispute may have come before the mail with the link, which is owed again once the link is open:
/// it is mailed here, because nothing else looks at an old sale.
///
/// ```text
/// open the link ─▶ mail it if it was never mailed ─▶ record the time
///               │                                 │
/// crash: the same event again mails it          a second mail
/// ```
async fn reopen(shop: &Shop, purchase: Purchase, now: Timestamp) -> Result<ReplyDraft, Failure> {
    if purchase.imported.is_some() {
        return reopen_import(shop, purchase, now).await;
    }
    let (mut purchase, is_open_now) = match shop.purchases.reopen(&purchase, now).await? {
        UpdateOutcome::Done(purchase) => {
            tracing::info!(purchase = purchase.id.reference(), "link opened by hand");
            (*purchase, true)
        }
        UpdateOutcome::Refused(purchase) => {
            let is_cut_off = purchase.reopened_at.is_some() && purchase.owes_receipt();
            if !is_cut_off {
                let all = whole_payments(shop, std::slice::from_ref(&*purchase)).await?;
                return Ok(not_paused(&purchase).with(all));
            }
            (*purchase, false)
        }
        UpdateOutcome::NotFound => return Ok(gone()),
    };
    let mut message = if is_open_now {
        format!(
            "The link is open again with {} downloads left, whatever becomes of the dispute; only \
             a refund of everything closes it now",
            purchase.downloads_left
        )
    } else {
        "The link was opened before".to_owned()
    };
    let email = purchase.email.clone().filter(|_| purchase.owes_receipt());
    match email {
        None => message.push_str(". The buyer is not told: `resend` mails the link"),
        Some(email) => match mailing::mail(shop, &purchase, &email, now).await? {
            Ok(mailed) => {
                purchase = mailed;
                message.push_str(". The buyer never had it, and was mailed it now");
            }
            Err(why) => {
                let _ = write!(
                    message,
                    ". The buyer never had it; it was not mailed: {why}"
                );
            }
        },
    }
    let all = whole_payments(shop, std::slice::from_ref(&purchase)).await?;
    Ok(ReplyDraft::done(message).with(all))
}

/// Says why there is nothing to open.
fn not_paused(purchase: &Purchase) -> ReplyDraft {
    match purchase.closed() {
        Some(Closed::Refunded) => refunded(purchase),
        Some(Closed::NoDownloadsLeft) => ReplyDraft::not(
            "Nothing was changed. No dispute has paused the link; it has no downloads left: `give` \
             gives some",
        ),
        _ if purchase.reopened_at.is_some() => {
            ReplyDraft::so_already("Nothing was changed. The link was opened before, and is open")
        }
        Some(Closed::Disputed) | None => {
            ReplyDraft::not("Nothing was changed. No dispute has paused the link")
        }
    }
}

/// Opens the link of a purchase that was imported and that its platform took back. Imports leave it
/// open.
async fn reopen_import(
    shop: &Shop,
    purchase: Purchase,
    now: Timestamp,
) -> Result<ReplyDraft, Failure> {
    match shop.purchases.reopen_import(purchase.id, now).await? {
        UpdateOutcome::Done(purchase) => {
            tracing::info!(purchase = purchase.id.reference(), "link opened by hand");
            let message = format!(
                "The link is open again with {} downloads left, and no import closes it. The buyer is \
                 not told: `resend` mails the link",
                purchase.downloads_left
            );
            Ok(ReplyDraft::done(message).with([*purchase]))
        }
        UpdateOutcome::Refused(purchase) => {
            let why = "Nothing was changed. The link is not closed";
            Ok(ReplyDraft::not(why).with([*purchase]))
        }
        UpdateOutcome::NotFound => Ok(gone()),
    }
}

/// Returns the only purchase. If there are several, returns a reply that lists them, and the author
/// names one.
fn only(found: Vec<Purchase>) -> Result<Purchase, ReplyDraft> {
    <[Purchase; 1]>::try_from(found)
        .map(|[only]| only)
        .map_err(|several| {
            let message = format!(
                "{} have this address. Nothing was changed. Name one by its link, below",
                count(several.len())
            );
            ReplyDraft::not(message).with(several)
        })
}
