//! `reconcile`, run every hour and by hand: whatever webhooks missed is made good.
//!
//! It walks Stripe's lists of the last days, finds the sales whose purchases are not as they
//! should be, and does for each what `fulfil` would have done. There is no cursor to lose: what is
//! in order is passed over quickly, so a run that had to stop is simply followed by another.

pub mod event;
mod walk;

use bookstall::{
    adapters::{aws::Aws, stripe::Stripe},
    domain::{link::ShopUrl, timestamp::Timestamp},
    fulfilment::Fulfilment,
    runtime::{
        config::{ConfigError, Environment},
        invocation::{EventError, Invocation},
    },
};
use lambda_http::tracing;
use serde::Serialize;
use serde_json::Value;

/// What `reconcile` may touch.
pub struct Shop {
    fulfilment: Fulfilment,
    stripe: Stripe,
    shop_url: ShopUrl,
}

impl Shop {
    /// Opens the shop, or names everything that its environment lacks.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        Ok(Self {
            fulfilment: Fulfilment::open(environment, aws),
            shop_url: environment.required_shop_url(),
            stripe: Stripe::open(environment)?,
        })
    }
}

/// How a run ended.
#[derive(Debug, Default, Serialize)]
pub struct Reconciled {
    /// The sales that it looked at.
    pub checked: u64,
    /// Those that were not as they should be, and now are.
    pub repaired: u64,
    /// Those that are still not.
    pub unrepairable: Vec<Unrepairable>,
    /// Those whose buyers may be without the mail with their link. Each has been an error in the log
    /// before, and is listed here on every run, until the author mails the link again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub undelivered: Vec<Unrepairable>,
    /// Whether its time was up before the end of the lists: another run goes on with the rest.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub remaining: bool,
}

/// A sale that could not be repaired. A session's id would lead to the private link, so it goes by
/// what opens nothing.
#[derive(Debug, Serialize)]
pub struct Unrepairable {
    /// The first digits of its purchase's id, where they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purchase: Option<String>,
    /// Stripe's payment, `pi_…`, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment: Option<String>,
    /// Why.
    pub why: String,
}

/// Looks through the sales of the last days and repairs what it can.
///
/// The event is `{"days": 3}`, from 1 to 30 and 4 if it says nothing, or what `EventBridge` sends
/// by itself: then the sales of the last ten minutes are left to their webhooks.
pub async fn handle(
    shop: &Shop,
    event: Value,
    invocation: &Invocation<impl Fn() -> Timestamp>,
) -> Result<Reconciled, EventError> {
    let period = event::read(event, invocation.began)?;
    let mut walk = walk::Reconciliation::new(shop, invocation, period);
    let outcome = Box::pin(walk.through_everything()).await;
    // What was repaired before a list failed is told all the same.
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
