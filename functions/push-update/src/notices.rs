//! Mails the buyers on the work list about the edition, within the account's limits at SES.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bookstall::{
    adapters::{
        mailer::{Account, SendError},
        purchases::ExclusiveStartKey,
    },
    delivery::{self, Claimed, Delivered, Recipient},
    domain::{
        book::Book,
        delivery::{Claim, DeliveryEnd, NotMailed},
        email_address::EmailAddress,
        purchase_id::PurchaseId,
        timestamp::Timestamp,
    },
    emails::EmailMessage,
    runtime::{
        failure::{Failure, FailureKind},
        invocation::Invocation,
        timeouts::STOP_NOTIFYING,
    },
};
use futures::{StreamExt, TryStreamExt, future, stream};
use governor::DefaultDirectRateLimiter;
use lambda_http::tracing;

use crate::{
    event::Update,
    outcome::{Pushed, Stop},
    pace,
    shop::Shop,
};

/// The number of purchases on one page of the work list.
const PAGE: i32 = 500;
/// The waits before each further attempt to send a mail that exceeded the account's rate.
const BACK_OFF: [Duration; 5] = [
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
    Duration::from_millis(1600),
    Duration::from_millis(3200),
];
/// The run stops after this many mails in a row with an unknown outcome, because each of them uses
/// up one of the three attempts to mail its buyer.
const MOST_UNANSWERED: u32 = 10;
/// The time between two log lines about the progress, in seconds.
const PROGRESS_SECONDS: i64 = 10;

/// One run through the work list.
pub(crate) struct Push<'a, Clock> {
    shop: &'a Shop,
    book: &'a Book,
    invocation: &'a Invocation<Clock>,
    limiter: DefaultDirectRateLimiter,
    /// The number of mails that are sent concurrently.
    at_once: usize,
    /// How many mails the update may still send today. `None` means that there is no limit.
    left_today: Option<u64>,
    /// How many mails a run of a slow push may send. `None` means that the push is not slow.
    per_run: Option<u64>,
    /// The name of the push, which its mails carry as a tag; `None` if it has none.
    name: Option<&'a str>,
    progress: Mutex<Progress>,
}

/// The progress of a run, which all concurrent deliveries share.
#[derive(Debug, Default)]
struct Progress {
    pushed: Pushed,
    /// The number of purchases that were owed a mail when the run began.
    owed_at_start: u64,
    /// The number of mails that this run sent or is sending, which count against `left_today`.
    reserved: u64,
    stop: Option<Stop>,
    /// The number of mails in a row with an unknown outcome.
    unanswered: u32,
    /// When the progress was logged last.
    reported_at: Option<Timestamp>,
}

/// The outcome of notifying the buyer of one purchase.
enum NoticeOutcome {
    Sent,
    Failed,
    Skipped(NotMailed),
    Uncertain,
    /// Another purchase of the buyer covers the mail. This purchase is counted with it.
    Nothing,
}

impl<'a, Clock: Fn() -> Timestamp> Push<'a, Clock> {
    pub(crate) fn new(
        shop: &'a Shop,
        book: &'a Book,
        update: &'a Update,
        invocation: &'a Invocation<Clock>,
        account: &Account,
        owed: u64,
    ) -> Self {
        let blocked = (!account.is_sending_enabled).then_some(Stop::Blocked);
        Self {
            shop,
            book,
            invocation,
            limiter: pace::limiter(account),
            at_once: match update.per_hour {
                // Concurrent mails would be claimed beyond the run's share and released again.
                Some(_) => 1,
                None => pace::at_once(account),
            },
            left_today: pace::left_today(account),
            per_run: update.per_hour.map(pace::mails_per_run),
            name: update
                .so_far
                .push
                .as_deref()
                .filter(|_| update.per_hour.is_some()),
            progress: Mutex::new(Progress {
                owed_at_start: owed,
                stop: blocked,
                ..Progress::default()
            }),
        }
    }

    /// Mails the buyers on the work list until its end, or until there is a reason to stop. Fails
    /// if the work list cannot be read or a newer edition cannot be looked up.
    pub(crate) async fn notify_buyers(self) -> Result<Pushed, Failure> {
        let run = &self;
        run.pages()
            .map_ok(|ids| stream::iter(ids).map(Ok::<_, Failure>))
            .try_flatten()
            .try_take_while(|_| future::ready(Ok(run.should_continue())))
            .map_ok(|id| async move {
                run.count(&run.notify(id).await);
                Ok(())
            })
            .try_buffer_unordered(run.at_once)
            .try_for_each(|()| future::ready(Ok(())))
            .await?;
        let Progress { pushed, stop, .. } = self
            .progress
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(Pushed {
            stopped: stop,
            ..pushed
        })
    }

    /// Returns the pages of the work list. At most one page is in memory at a time.
    fn pages(&self) -> impl stream::Stream<Item = Result<Vec<PurchaseId>, Failure>> {
        let begin = Some(None::<ExclusiveStartKey>);
        stream::try_unfold(begin, async |from| {
            let Some(from) = from else { return Ok(None) };
            if self.is_superseded().await? {
                self.progress().stop = Some(Stop::Superseded);
                return Ok(None);
            }
            let (id, edition) = (&self.book.id, self.book.edition);
            let page = self.shop.purchases.owed(id, edition, PAGE, from).await?;
            Ok::<_, Failure>(Some((page.ids, page.next.map(Some))))
        })
    }

    /// Whether a newer edition was pushed meanwhile. The run of that edition mails all buyers.
    async fn is_superseded(&self) -> Result<bool, Failure> {
        let newest = self.shop.catalogue.book(&self.book.id).await?;
        Ok(newest.is_none_or(|newest| newest.edition != self.book.edition))
    }

    /// Whether the run should mail another buyer. If not, records the reason.
    fn should_continue(&self) -> bool {
        let mut progress = self.progress();
        let seconds = STOP_NOTIFYING.as_secs().cast_signed();
        if (self.invocation.clock)() >= self.invocation.deadline.plus_seconds(-seconds) {
            progress.stop.get_or_insert(Stop::Time);
        }
        if let Some(stop) = self.used_up(&progress) {
            progress.stop.get_or_insert(stop);
        }
        progress.stop.is_none()
    }

    /// Returns the limit that one more mail would exceed, if any: the mails of the day, or of this
    /// run of a slow push.
    fn used_up(&self, progress: &Progress) -> Option<Stop> {
        let is_reached = |limit: Option<u64>| limit.is_some_and(|mails| progress.reserved >= mails);
        if is_reached(self.left_today) {
            Some(Stop::Quota)
        } else {
            is_reached(self.per_run).then_some(Stop::Pace)
        }
    }

    /// Reserves one of the mails that the run may send, and returns whether one was left. It is
    /// reserved before it is sent, because other mails are sent concurrently.
    fn reserve_mail(&self) -> bool {
        let mut progress = self.progress();
        let is_left = self.used_up(&progress).is_none();
        progress.reserved += u64::from(is_left);
        is_left
    }

    /// Mails the buyer of one purchase. A failure is logged, and the mail stays owed.
    async fn notify(&self, id: PurchaseId) -> NoticeOutcome {
        match self.deliver(id).await {
            Ok(outcome) => outcome,
            Err(failure) => {
                tracing::warn!(purchase = id.reference(), "{failure}; still owed");
                NoticeOutcome::Failed
            }
        }
    }

    /// Claims the mail of one purchase, sends it and records the outcome.
    async fn deliver(&self, id: PurchaseId) -> Result<NoticeOutcome, Failure> {
        let claim = Claim {
            by: self.invocation.id.clone(),
            at: (self.invocation.clock)(),
        };
        let update = self.shop.update(self.book);
        let delivery = update.run(claim);
        let purchase = match delivery.claim(id).await? {
            Claimed::Ours(purchase) => purchase,
            Claimed::UnderWay => return Ok(NoticeOutcome::Skipped(NotMailed::UnderWay)),
            Claimed::NotOwed => return self.why_not_owed(id).await,
            Claimed::GaveUp => {
                tracing::error!(
                    purchase = id.reference(),
                    "update: {}",
                    delivery::uncertain()
                );
                return Ok(NoticeOutcome::Uncertain);
            }
        };
        let (email, others) = match update.recipient(&purchase).await {
            Ok(Recipient::Buyer { email, others }) => (email, others),
            Ok(Recipient::NotOwed(reason)) => {
                // The purchase that brought the mail may have marked this one meanwhile, and counted it.
                let is_new = delivery.finish(id, DeliveryEnd::NotMailed).await?;
                return Ok(if is_new {
                    NoticeOutcome::Skipped(reason)
                } else {
                    NoticeOutcome::Nothing
                });
            }
            Ok(Recipient::OlderPurchase) => {
                delivery.release(id).await;
                return Ok(NoticeOutcome::Nothing);
            }
            Err(failure) => {
                delivery.release(id).await;
                return Err(failure);
            }
        };
        let sent = self.send(&email, &update.message(&purchase)).await;
        self.stop_if_needed(&sent);
        let outcome = match delivery.conclude(&purchase, sent).await? {
            Delivered::Sent => NoticeOutcome::Sent,
            Delivered::AddressRefused(failure) => {
                tracing::warn!(purchase = id.reference(), "{failure}; no longer owed");
                return Ok(NoticeOutcome::Skipped(NotMailed::AddressRefused));
            }
            Delivered::Uncertain(failure) => {
                tracing::error!(purchase = id.reference(), %failure, "update: {}", delivery::uncertain());
                NoticeOutcome::Uncertain
            }
        };
        let notified = update.mark_others_notified(&delivery, &others).await;
        let skipped = &mut self.progress().pushed.skipped;
        skipped.add(NotMailed::AnotherPurchase, notified);
        Ok(outcome)
    }

    /// Returns how to count a purchase that no longer owes its mail. It was refunded or disputed
    /// meanwhile, or was counted with the other purchase that covers the mail.
    async fn why_not_owed(&self, id: PurchaseId) -> Result<NoticeOutcome, Failure> {
        let purchase = self.shop.purchases.find(id).await?;
        let is_closed = purchase.is_some_and(|purchase| !purchase.is_paid_for());
        Ok(if is_closed {
            NoticeOutcome::Skipped(NotMailed::NoLongerOwed)
        } else {
            NoticeOutcome::Nothing
        })
    }

    /// Stops the run if sending failed for a reason that concerns all mails.
    fn stop_if_needed(&self, sent: &Result<(), SendError>) {
        let mut progress = self.progress();
        let is_unknown = matches!(
            sent,
            Err(SendError::Failed(failure)) if failure.kind() == FailureKind::UnknownOutcome
        );
        progress.unanswered = if is_unknown {
            progress.unanswered + 1
        } else {
            0
        };
        let stop = match sent {
            Err(SendError::QuotaUsedUp(_)) => Some(Stop::Quota),
            Err(SendError::AccountBlocked(_)) => Some(Stop::Blocked),
            _ => (progress.unanswered >= MOST_UNANSWERED).then_some(Stop::Unanswered),
        };
        if let Some(stop) = stop {
            progress.stop.get_or_insert(stop);
        }
    }

    /// Sends one mail, if the update may send another one today.
    async fn send(&self, email: &EmailAddress, message: &EmailMessage) -> Result<(), SendError> {
        if !self.reserve_mail() {
            let why = "what updates may send today is used up; the rest is for receipts";
            return Err(SendError::QuotaUsedUp(Failure::refused(
                "Failed to send the mail",
                why,
            )));
        }
        let outcome = self.send_at_rate(email, message).await;
        if outcome.is_err() {
            self.progress().reserved -= 1;
        }
        outcome
    }

    /// Sends one mail at the account's rate. If SES answers that the rate was exceeded, waits and
    /// tries again.
    async fn send_at_rate(
        &self,
        email: &EmailAddress,
        message: &EmailMessage,
    ) -> Result<(), SendError> {
        let mailer = &self.shop.mailer;
        for pause in BACK_OFF {
            self.limiter.until_ready().await;
            match mailer.send_for_push(email, message, self.name).await {
                Err(SendError::TooFast(_)) => tokio::time::sleep(pause).await,
                outcome => return outcome,
            }
        }
        self.limiter.until_ready().await;
        mailer.send_for_push(email, message, self.name).await
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts the outcome of one purchase, and logs the progress every [`PROGRESS_SECONDS`].
    fn count(&self, outcome: &NoticeOutcome) {
        let mut progress = self.progress();
        match outcome {
            NoticeOutcome::Sent => progress.pushed.sent += 1,
            NoticeOutcome::Failed => progress.pushed.failed += 1,
            NoticeOutcome::Skipped(reason) => progress.pushed.skipped.add(*reason, 1),
            NoticeOutcome::Uncertain => progress.pushed.uncertain += 1,
            NoticeOutcome::Nothing => {}
        }
        let now = (self.invocation.clock)();
        let began = *progress.reported_at.get_or_insert(now);
        if now >= began.plus_seconds(PROGRESS_SECONDS) {
            log_progress(&progress, now.unix() - self.invocation.began.unix());
            progress.reported_at = Some(now);
        }
    }
}

/// Logs the progress of the run. `seconds` is the time since it began.
fn log_progress(progress: &Progress, seconds: i64) {
    let Pushed {
        sent,
        failed,
        uncertain,
        ..
    } = progress.pushed;
    let skipped = progress.pushed.skipped.total();
    let notified = sent + skipped + uncertain;
    let owed = progress.owed_at_start.saturating_sub(notified);
    let per_second = sent / u64::try_from(seconds).unwrap_or(0).max(1);
    let seconds_left = owed / per_second.max(1);
    tracing::info!(
        sent,
        failed,
        skipped,
        uncertain,
        owed,
        per_second,
        seconds_left,
        "notifying buyers"
    );
}
