//! `reconcile` repairs what webhooks missed. A schedule runs it every hour; the author can run it
//! at any time.
//!
//! It reads Stripe's lists of the last days, compares each sale with its purchase, and does what
//! `fulfil` would have done where they differ. It keeps no cursor: sales in order take little time,
//! so the next run can begin anew where one ran out of time.

pub mod event;
mod outcome;
mod shop;
mod walk;

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
/// `EventBridge`, the sales of the last ten minutes are left to their webhooks.
pub async fn handle(
    shop: &Shop,
    event: Value,
    invocation: &Invocation<impl Fn() -> Timestamp>,
) -> Result<Reconciled, EventError> {
    let period = event::read(event, invocation.began)?;
    let mut walk = walk::Reconciliation::new(shop, invocation, period);
    let outcome = Box::pin(walk.through_everything()).await;
    // Logged even if a list could not be read, because some sales may have been repaired.
    let reconciled = walk.end();
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
