//! `reconcile` repairs what webhooks missed. A schedule runs it every hour; the author can run it
//! at any time.
//!
//! It reads Stripe's lists of the last days, compares each sale with its purchase, and does what
//! `fulfil` would have done where they differ. It keeps no cursor: sales in order take little time,
//! so the next run can begin anew where one ran out of time.

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
    /// How many sales were checked.
    pub checked: u64,
    /// How many of them were repaired.
    pub repaired: u64,
    /// The sales that could not be repaired.
    pub unrepairable: Vec<Unrepairable>,
    /// The sales whose buyers may be without the mail with their link. Each was an error in the log
    /// before, and is listed on every run until the author mails the link again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub undelivered: Vec<Unrepairable>,
    /// Whether the run ended before the end of the lists, for lack of time. Another run does the
    /// rest.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub remaining: bool,
}

/// A sale that could not be repaired. It is named without its session's id, which would lead to the
/// private link.
#[derive(Debug, Serialize)]
pub struct Unrepairable {
    /// The first eight digits of its purchase's id, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purchase: Option<String>,
    /// Stripe's payment, `pi_…`, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment: Option<String>,
    /// Why it could not be repaired.
    pub why: String,
}

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
