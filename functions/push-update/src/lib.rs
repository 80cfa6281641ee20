//! `push-update` publishes a new edition and mails every buyer of the book. The author invokes
//! it.
//!
//! An index of the purchases is the work list. It contains each purchase whose buyer was last
//! notified of an older edition, and a delivered notice removes the purchase from it. The function
//! therefore stores no cursor: when it is invoked again with the same event, it mails the buyers
//! who are still owed a mail. [`bookstall::delivery`] describes how one mail is delivered.
//!
//! A slow push sends a share of an hour's mails in each run, and the state machine waits between the
//! runs. It passes on what the runs sent and what SES counts as bounced, by which a run decides
//! whether it may begin.

mod edition;
pub mod event;
mod notices;
mod outcome;
mod pace;
mod preflight;
mod publication;
mod shop;

use bookstall::{
    domain::{book::Book, timestamp::Timestamp},
    runtime::{
        invocation::{EventError, Invocation},
        timeouts::{DRY_RUN, EDITION, OWED, STILL_OWED, with_timeout},
    },
};
use lambda_http::tracing;
use serde::Serialize;
use serde_json::Value;

pub use outcome::{Pushed, Reasons, Stop};
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
    let update = event::read(&event)?;
    if let Some(dry_run) = &update.dry_run {
        return handle_dry_run(shop, &update, dry_run).await;
    }
    let edition = with_timeout(
        EDITION,
        "Failed to publish the edition",
        publish_edition(shop, &update),
    );
    let Some((book, warnings)) = edition.await? else {
        tracing::info!(book = %update.book, "a newer edition was pushed meanwhile");
        return Ok(PushAnswer::Pushed(Pushed {
            mailed: update.so_far.mailed,
            stopped: Some(Stop::Superseded),
            ..Pushed::default()
        }));
    };
    let owed = shop.purchases.count_owed(&book.id, book.edition);
    let owed = with_timeout(
        OWED,
        "Failed to count who is owed a mail of the edition, which is published",
        owed,
    )
    .await?;
    let mut pushed = Pushed::default();
    if owed > 0 {
        pushed = match pace::brake(&update) {
            Some((why, reason)) => Pushed {
                owed,
                stopped: Some(why),
                reason: Some(reason),
                ..Pushed::default()
            },
            // Boxed, because the compiler's limit for nested futures is near.
            None => Box::pin(run(shop, &book, &update, invocation, owed)).await?,
        };
    }
    pushed.edition = book.edition;
    pushed.mailed = update.so_far.mailed + pushed.sent;
    pushed.warnings = warnings;
    log(&book, &pushed);
    Ok(PushAnswer::Pushed(pushed))
}

/// Mails the buyers who are owed a mail, whose number is `owed`, and counts who still is.
async fn run(
    shop: &Shop,
    book: &Book,
    update: &event::Update,
    invocation: &Invocation<impl Fn() -> Timestamp>,
    owed: u64,
) -> Result<Pushed, EventError> {
    let account = shop.mailer.account().await?;
    let mut pushed = notices::Push::new(shop, book, update, invocation, &account, owed)
        .notify_buyers()
        .await?;
    pushed.owed = still_owed(shop, book, owed, &pushed).await;
    let is_slow = update.per_hour.is_some() && pushed.owed > 0;
    pushed.wait_seconds = is_slow.then_some(pace::SECONDS_BETWEEN_RUNS);
    Ok(pushed)
}

/// Makes the edition, and returns the book with what the author should know. If an earlier run made
/// it, returns the book as it is now, or `None` if a newer edition was pushed since.
async fn publish_edition(
    shop: &Shop,
    update: &event::Update,
) -> Result<Option<(Book, Vec<String>)>, EventError> {
    if update.resume {
        let Some(book) = publication::published(shop, update).await? else {
            return Ok(None);
        };
        return Ok(Some((shop.catalogue.with_details(book).await?, Vec::new())));
    }
    let proposal = publication::publish(shop, update).await?;
    let warnings = if proposal.is_repeated {
        proposal.warnings
    } else {
        Vec::new()
    };
    let book = shop.catalogue.with_details(proposal.book).await?;
    Ok(Some((book, warnings)))
}

fn log(book: &Book, pushed: &Pushed) {
    let Pushed {
        edition,
        sent,
        failed,
        uncertain,
        owed,
        stopped,
        ..
    } = *pushed;
    if stopped == Some(Stop::Unanswered) {
        tracing::error!(book = %book.id, "the push stopped: SES answers no mail");
    }
    if let Some(reason) = &pushed.reason {
        tracing::error!(book = %book.id, "the push stopped: {reason}");
    }
    let skipped = pushed.skipped.total();
    tracing::info!(book = %book.id, edition, sent, failed, skipped, uncertain, owed, ?stopped, "update pushed");
}

/// Returns how many purchases are still owed a mail after the run; `before` is the number that were
/// owed one when it began. If they cannot be counted in the time that is left, returns `before`
/// minus those that the run dealt with, and at least one, so that another run follows.
async fn still_owed(shop: &Shop, book: &Book, before: u64, pushed: &Pushed) -> u64 {
    let counted = shop.purchases.count_owed(&book.id, book.edition);
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
            let notified = pushed.sent + pushed.skipped.total() + pushed.uncertain;
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
        let mut proposal = publication::propose(shop, update).await?;
        proposal.book = shop.catalogue.with_details(proposal.book).await?;
        let mut preview = None;
        if dry_run.preview {
            preview = Some(Box::new(
                preflight::preflight(shop, &proposal, update.per_hour).await?,
            ));
        }
        Ok::<_, EventError>((proposal.book, preview))
    };
    let tried = with_timeout(DRY_RUN, "Failed to try the update out", trial).await;
    let (book, preview) = tried.map_err(EventError::before_any_change)?;
    if let Some(to) = &dry_run.test_to {
        preflight::send_test(shop, &book, to).await?;
    }
    Ok(PushAnswer::Tried {
        dry_run: preview,
        test_sent: dry_run.test_to.is_some(),
    })
}
