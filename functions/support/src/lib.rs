//! `support` helps one buyer: it finds, mails, refunds, reopens, erases or exports purchases, and
//! gathers evidence for a disputed one. The author invokes it.
//!
//! Every event selects purchases by the buyer's address, the private link, the reference or Stripe's
//! payment. If an action works on one purchase only and several are meant, the answer lists them and
//! the author chooses one. With `dry_run` an event changes nothing, and the answer says what it would do.
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
mod links;
mod mailing;
mod money;
mod plan;
mod privacy;
mod selection;
mod shop;

use bookstall::{
    domain::{import::ImportSecret, timestamp::Timestamp},
    runtime::{
        failure::Failure,
        invocation::EventError,
        timeouts::{SUPPORT, with_timeout},
    },
};
use serde_json::Value;

use answer::reply;
pub use answer::{Entry, Reply, SupportAnswer};
use event::Action;
pub use evidence::Evidence;
use links::{give, reopen};
pub use privacy::{Export, Held};
use selection::{
    find, nothing_found, of_several_buyers, only, payments_of, purchases_of, whole_payments,
};
pub use shop::Shop;

/// Performs the event's action, and returns what was done and the purchases as they are afterwards.
/// Fails if the event is wrong, a service fails, or the action takes longer than its timeout.
/// `new_secret` becomes the shop's secret of imports if it has none, and the action needs it.
pub async fn handle(
    shop: &Shop,
    event: Value,
    new_secret: ImportSecret,
    now: Timestamp,
) -> Result<SupportAnswer, EventError> {
    let request = event::read(&event)?;
    let helped = help(shop, request, &new_secret, now);
    Ok(with_timeout(SUPPORT, "Failed to help in time", helped).await?)
}

async fn help(
    shop: &Shop,
    request: event::Request,
    new_secret: &ImportSecret,
    now: Timestamp,
) -> Result<SupportAnswer, Failure> {
    let event::Request {
        selector,
        action,
        dry_run,
    } = request;
    let name = action.name();
    let found = purchases_of(shop, &selector, now).await?;
    if let Some(several) = of_several_buyers(&selector, &action, &found) {
        return Ok(SupportAnswer::Reply(reply(shop, name, several).await?));
    }
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
            Ok(purchase) => mailing::resend_to(shop, purchase, &to, new_secret, now).await?,
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
        Action::Erase => {
            let found = whole_payments(shop, &found).await?;
            privacy::erase(shop, found, new_secret, now).await?
        }
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
