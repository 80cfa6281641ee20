//! `push-update` publishes a new edition and mails every buyer of the product. The author invokes
//! it.
//!
//! An index of the purchases is the work list. It contains each purchase whose buyer was last
//! notified of an older edition, and a delivered notice removes the purchase from it. The function
//! therefore stores no cursor: when it is invoked again with the same event, it mails the buyers
//! who are still owed a mail. [`bookstall::delivery`] describes how one mail is delivered.

mod edition;
pub mod event;
mod notices;
mod outcome;
mod pace;
mod preflight;
mod shop;

use bookstall::{
    domain::{product::Product, timestamp::Timestamp},
    runtime::{
        invocation::{EventError, Invocation},
        timeouts::{DRY_RUN, EDITION, OWED, STILL_OWED, with_timeout},
    },
};
use lambda_http::tracing;
use serde::Serialize;
use serde_json::Value;

pub use outcome::{Pushed, Stop};
pub use preflight::Preflight;
pub use shop::Shop;

/// The answer to an event.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum PushAnswer {
    /// The edition was published and buyers were mailed.
    Pushed(Pushed),
    /// The event asked for a dry run, which changed nothing.
    Tried {
        /// What a push would do; absent if the event asked only for a test mail.
        #[serde(skip_serializing_if = "Option::is_none")]
        dry_run: Option<Box<Preflight>>,
        /// Whether a test mail was sent.
        test_sent: bool,
    },
}

/// Publishes the edition, mails every buyer who is owed a mail about it, and returns how many are
/// still owed one. With `dry_run` or `test_to` in the event, changes nothing.
pub async fn handle(
    shop: &Shop,
    event: Value,
    invocation: &Invocation<impl Fn() -> Timestamp>,
) -> Result<PushAnswer, EventError> {
    let update = event::read(event)?;
    if let Some(dry_run) = &update.dry_run {
        return handle_dry_run(shop, &update, dry_run).await;
    }
    let edition = async {
        if update.resume {
            return edition::published(shop, &update).await;
        }
        edition::publish(shop, &update).await.map(Some)
    };
    let edition = with_timeout(EDITION, "Failed to publish the edition", edition).await?;
    let Some(product) = edition else {
        tracing::info!(product = %update.product_id, "a newer edition was pushed meanwhile");
        return Ok(PushAnswer::Pushed(Pushed {
            stopped: Some(Stop::Superseded),
            ..Pushed::default()
        }));
    };
    let owed = shop.purchases.count_owed(&product.id, product.edition);
    let owed = with_timeout(
        OWED,
        "Failed to count who is owed a mail of the edition, which is published",
        owed,
    )
    .await?;
    let mut pushed = Pushed::default();
    if owed > 0 {
        let account = shop.mailer.account().await?;
        pushed = notices::Push::new(shop, &product, invocation, &account, owed)
            .notify_buyers()
            .await?;
        pushed.owed = still_owed(shop, &product, owed, &pushed).await;
    }
    pushed.edition = product.edition;
    let Pushed {
        edition,
        sent,
        failed,
        skipped,
        uncertain,
        owed,
        stopped,
    } = pushed;
    if stopped == Some(Stop::Unanswered) {
        tracing::error!(product = %product.id, "the push stopped: SES answers no mail");
    }
    tracing::info!(product = %product.id, edition, sent, failed, skipped, uncertain, owed, ?stopped, "update pushed");
    Ok(PushAnswer::Pushed(pushed))
}

/// Returns how many purchases are still owed a mail after the run; `before` is the number that were
/// owed one when it began. If they cannot be counted in the time that is left, returns `before`
/// minus those that the run dealt with, and at least one, so that another run follows.
async fn still_owed(shop: &Shop, product: &Product, before: u64, pushed: &Pushed) -> u64 {
    let counted = shop.purchases.count_owed(&product.id, product.edition);
    match with_timeout(
        STILL_OWED,
        "Failed to count who is still owed a mail",
        counted,
    )
    .await
    {
        Ok(owed) => owed,
        Err(failure) => {
            tracing::warn!("{failure}; another run finds out");
            let notified = pushed.sent + pushed.skipped + pushed.uncertain;
            before.saturating_sub(notified).max(1)
        }
    }
}

/// Runs the dry run: previews the push, sends a test mail, or both. It writes nothing, so a failure
/// leaves the shop unchanged.
async fn handle_dry_run(
    shop: &Shop,
    update: &event::Update,
    dry_run: &event::DryRun,
) -> Result<PushAnswer, EventError> {
    let trial = async {
        let (_, product) = edition::proposed(shop, update).await?;
        let mut preview = None;
        if dry_run.preview {
            preview = Some(Box::new(preflight::preflight(shop, &product).await?));
        }
        Ok::<_, EventError>((product, preview))
    };
    let tried = with_timeout(DRY_RUN, "Failed to try the update out", trial).await;
    let (product, preview) = tried.map_err(EventError::before_any_change)?;
    if let Some(to) = &dry_run.test_to {
        preflight::send_test(shop, &product, to).await?;
    }
    Ok(PushAnswer::Tried {
        dry_run: preview,
        test_sent: dry_run.test_to.is_some(),
    })
}
