//! `reconcile` repairs what webhooks missed. A schedule runs it every hour; the author can run it
//! at any time.
//!
//! It reads Stripe's lists of the last days and compares each sale with its purchase. If they
//! differ, it does what `fulfil` would have done. It stores no cursor: a run that was out of time
//! is followed by one that begins anew, because sales that need no repair take little time.
//!
//! It also mails the confirmations of agreements, the acknowledgements of withdrawals and the mails to the
//! author about presses for the money that failed, whenever the books were sold.
//!
//! At its end it mails the author what was sold on the day before, if they want that. The first run
//! of a day does it, and the others find it done.

pub mod event;
mod outcome;
mod owed_mails;
mod reconciliation;
mod shop;

pub use outcome::{Reconciled, Unrepairable};
pub use shop::Shop;

use bookstall::{
    domain::timestamp::Timestamp,
    runtime::invocation::{EventError, Invocation},
};
use lambda_http::tracing;
use serde_json::Value;

/// Checks the sales of the last days and repairs what it can.
///
/// The author's event is `{"days": 3}`, from 1 to 30, or `{}` for 4 days. With an event of
/// `EventBridge`, the run skips the sales of the last ten minutes, whose webhooks may still arrive.
///
/// Fails if the event is wrong or a list cannot be read. A sale that cannot be repaired is listed
/// in the answer.
pub async fn handle(
    shop: &Shop,
    event: Value,
    invocation: &Invocation<impl Fn() -> Timestamp>,
) -> Result<Reconciled, EventError> {
    let period = event::read(&event, invocation.began)?;
    let mut run = reconciliation::Reconciliation::new(shop, invocation, period);
    let outcome = Box::pin(run.reconcile_all()).await;
    Box::pin(owed_mails::deliver(shop, invocation)).await;
    Box::pin(run.tell_of_day()).await;
    // Logged even if a list could not be read, because some sales may have been repaired.
    let reconciled = run.finish();
    let unrepairable = reconciled.unrepairable.len();
    let Reconciled {
        checked,
        repaired,
        remaining,
        ..
    } = reconciled;
    tracing::info!(
        checked,
        repaired,
        unrepairable,
        remaining,
        "sales reconciled"
    );
    outcome?;
    Ok(reconciled)
}
