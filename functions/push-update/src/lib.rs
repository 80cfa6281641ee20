//! `push-update`, invoked by the author: a new edition, and a mail to everyone who bought.
//!
//! The index is the work list: whoever was told of an older edition stands in it, and telling them
//! takes them off. So there is no cursor to lose: invoked again with the same event, it goes on
//! with whoever is still owed. How one mail is delivered is in [`bookstall::delivery`].

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
        timeouts::{EDITION, OWED, STILL_OWED, TRIAL, with_timeout},
    },
};
use lambda_http::tracing;
use serde::Serialize;
use serde_json::Value;

pub use outcome::{Pushed, Stop};
pub use preflight::Preflight;
pub use shop::Shop;

/// What an event led to.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum PushAnswer {
    /// Buyers were told.
    Pushed(Pushed),
    /// Nothing was changed: this is what a push would do, and whether a test mail was sent.
    Tried {
        /// What a push would do, if that was asked.
        #[serde(skip_serializing_if = "Option::is_none")]
        dry_run: Option<Box<Preflight>>,
        /// Whether a test mail was sent.
        test_sent: bool,
    },
}

/// Publishes the edition, tells everyone who is owed it, and says how many are still owed; or,
/// with `dry_run` or `test_to`, changes nothing.
pub async fn handle(
    shop: &Shop,
    event: Value,
    invocation: &Invocation<impl Fn() -> Timestamp>,
) -> Result<PushAnswer, EventError> {
    let update = event::read(event)?;
    if let Some(dry_run) = &update.dry_run {
        return try_out(shop, &update, dry_run).await;
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
            .tell_everyone()
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

/// How many of those who were owed a mail `before` the run still are. Where they cannot be counted in
/// the time that is left, all whom it did not tell, and one at least, so that another run follows.
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
            let told = pushed.sent + pushed.skipped + pushed.uncertain;
            before.saturating_sub(told).max(1)
        }
    }
}

/// Writes nothing, so that whatever fails has changed nothing.
async fn try_out(
    shop: &Shop,
    update: &event::Update,
    dry_run: &event::DryRun,
) -> Result<PushAnswer, EventError> {
    let looked = async {
        let (_, product) = edition::proposed(shop, update).await?;
        let mut preview = None;
        if dry_run.preview {
            preview = Some(Box::new(preflight::preflight(shop, &product).await?));
        }
        Ok::<_, EventError>((product, preview))
    };
    let looked = with_timeout(TRIAL, "Failed to try the update out", looked).await;
    let (product, preview) = looked.map_err(EventError::before_any_change)?;
    if let Some(to) = &dry_run.test_to {
        preflight::send_test(shop, &product, to).await?;
    }
    Ok(PushAnswer::Tried {
        dry_run: preview,
        test_sent: dry_run.test_to.is_some(),
    })
}
