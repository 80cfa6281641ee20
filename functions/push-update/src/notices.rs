//! Telling the buyers: down the work list, at the account's pace.

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
        delivery::{Claim, DeliveryEnd},
        email_address::EmailAddress,
        product::Product,
        purchase_id::PurchaseId,
        timestamp::Timestamp,
    },
    emails::EmailMessage,
    runtime::{
        failure::{Failure, FailureKind},
        invocation::Invocation,
        timeouts::STOP_TELLING,
    },
};
use futures::{StreamExt, TryStreamExt, future, stream};
use governor::DefaultDirectRateLimiter;
use lambda_http::tracing;

use crate::{
    outcome::{Pushed, Stop},
    pace,
    shop::Shop,
};

/// How many purchases are listed at a time.
const PAGE: i32 = 500;
/// How long a mail that was too fast waits before it is tried again, each time.
const BACK_OFF: [Duration; 5] = [
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
    Duration::from_millis(1600),
    Duration::from_millis(3200),
];
/// After so many mails in a row of which nobody knows whether they were sent, a run stops: each of
/// them costs one of its buyer's three tries.
const MOST_UNANSWERED: u32 = 10;
/// How often progress is logged, in seconds.
const PROGRESS_SECONDS: i64 = 10;

/// One walk down the work list.
pub(crate) struct Push<'a, Clock> {
    shop: &'a Shop,
    product: &'a Product,
    invocation: &'a Invocation<Clock>,
    limiter: DefaultDirectRateLimiter,
    /// How many buyers are being told at once.
    at_once: usize,
    /// How many mails the update may still send today; `None` for any number.
    left_today: Option<u64>,
    progress: Mutex<Progress>,
}

#[derive(Debug, Default)]
struct Progress {
    pushed: Pushed,
    /// How many were owed when the walk began.
    owed_at_first: u64,
    /// Mails sent or being sent, of those that may be sent today.
    taken: u64,
    stop: Option<Stop>,
    /// Mails in a row of which nobody knows whether they were sent.
    unanswered: u32,
    reported_at: Option<Timestamp>,
}

/// What became of one buyer.
enum NoticeOutcome {
    Sent,
    Failed,
    Skipped,
    Uncertain,
    /// Another purchase of the buyer brings or brought the mail, and counts this one.
    Nothing,
}

impl<'a, Clock: Fn() -> Timestamp> Push<'a, Clock> {
    pub(crate) fn new(
        shop: &'a Shop,
        product: &'a Product,
        invocation: &'a Invocation<Clock>,
        account: &Account,
        owed: u64,
    ) -> Self {
        let blocked = (!account.is_sending_enabled).then_some(Stop::Blocked);
        Self {
            shop,
            product,
            invocation,
            limiter: pace::limiter(account),
            at_once: pace::at_once(account),
            left_today: pace::left_today(account),
            progress: Mutex::new(Progress {
                owed_at_first: owed,
                stop: blocked,
                ..Progress::default()
            }),
        }
    }

    /// Tells everyone on the list, until its end, or until something stops the walk.
    pub(crate) async fn tell_everyone(self) -> Result<Pushed, Failure> {
        let walk = &self;
        walk.pages()
            .map_ok(|ids| stream::iter(ids).map(Ok::<_, Failure>))
            .try_flatten()
            .try_take_while(|_| future::ready(Ok(walk.may_go_on())))
            .map_ok(|id| async move {
                walk.count(&walk.tell(id).await);
                Ok(())
            })
            .try_buffer_unordered(walk.at_once)
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

    /// The work list, page by page; no more of it is in memory than a page.
    fn pages(&self) -> impl stream::Stream<Item = Result<Vec<PurchaseId>, Failure>> {
        let begin = Some(None::<ExclusiveStartKey>);
        stream::try_unfold(begin, async |from| {
            let Some(from) = from else { return Ok(None) };
            if self.is_superseded().await? {
                self.progress().stop = Some(Stop::Superseded);
                return Ok(None);
            }
            let (id, edition) = (&self.product.id, self.product.edition);
            let page = self.shop.purchases.owed(id, edition, PAGE, from).await?;
            Ok::<_, Failure>(Some((page.ids, page.next.map(Some))))
        })
    }

    /// Whether a newer edition was pushed meanwhile: then its own run tells everyone.
    async fn is_superseded(&self) -> Result<bool, Failure> {
        let newest = self.shop.products.find(&self.product.id).await?;
        Ok(newest.is_none_or(|newest| newest.edition != self.product.edition))
    }

    fn may_go_on(&self) -> bool {
        let mut progress = self.progress();
        let seconds = STOP_TELLING.as_secs().cast_signed();
        if (self.invocation.clock)() >= self.invocation.deadline.plus_seconds(-seconds) {
            progress.stop.get_or_insert(Stop::Time);
        }
        if !self.has_one_of_today(&progress) {
            progress.stop.get_or_insert(Stop::Quota);
        }
        progress.stop.is_none()
    }

    /// Whether the update may send one more mail today.
    fn has_one_of_today(&self, progress: &Progress) -> bool {
        self.left_today.is_none_or(|left| progress.taken < left)
    }

    /// Takes one mail from those that the update may send today: many buyers are told at once.
    fn takes_one_of_today(&self) -> bool {
        let mut progress = self.progress();
        let is_left = self.has_one_of_today(&progress);
        progress.taken += u64::from(is_left);
        is_left
    }

    /// Tells one buyer. Whatever fails is logged and stays owed.
    async fn tell(&self, id: PurchaseId) -> NoticeOutcome {
        match self.try_to_tell(id).await {
            Ok(outcome) => outcome,
            Err(failure) => {
                tracing::warn!(purchase = id.reference(), "{failure}; still owed");
                NoticeOutcome::Failed
            }
        }
    }

    /// Delivers the update of one buyer.
    async fn try_to_tell(&self, id: PurchaseId) -> Result<NoticeOutcome, Failure> {
        let claim = Claim {
            by: self.invocation.id.clone(),
            at: (self.invocation.clock)(),
        };
        let update = self.shop.update(self.product);
        let delivery = update.run(claim);
        let purchase = match delivery.claim(id).await? {
            Claimed::Ours(purchase) => purchase,
            Claimed::UnderWay => return Ok(NoticeOutcome::Skipped),
            // It was counted with the purchase that brought the mail.
            Claimed::NotOwed => return Ok(NoticeOutcome::Nothing),
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
            Ok(Recipient::Nobody) => {
                delivery.finish(id, DeliveryEnd::NotMailed).await?;
                return Ok(NoticeOutcome::Skipped);
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
        self.note(&sent);
        let outcome = match delivery.conclude(&purchase, sent).await? {
            Delivered::Sent => NoticeOutcome::Sent,
            Delivered::AddressRefused(failure) => {
                tracing::warn!(purchase = id.reference(), "{failure}; no longer owed");
                return Ok(NoticeOutcome::Skipped);
            }
            Delivered::Uncertain(failure) => {
                tracing::error!(purchase = id.reference(), %failure, "update: {}", delivery::uncertain());
                NoticeOutcome::Uncertain
            }
        };
        let told = update.others_are_told(&delivery, &others).await;
        self.progress().pushed.skipped += told;
        Ok(outcome)
    }

    /// Stops the walk after what concerns all mails.
    fn note(&self, sent: &Result<(), SendError>) {
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

    /// Sends one of today's mails.
    async fn send(&self, email: &EmailAddress, message: &EmailMessage) -> Result<(), SendError> {
        if !self.takes_one_of_today() {
            let why = "what updates may send today is used up; the rest is for receipts";
            return Err(SendError::QuotaUsedUp(Failure::refused(
                "Failed to send the mail",
                why,
            )));
        }
        let outcome = self.try_to_send(email, message).await;
        if outcome.is_err() {
            self.progress().taken -= 1;
        }
        outcome
    }

    /// Sends one mail at the account's pace; if that was too fast after all, waits and tries again.
    async fn try_to_send(
        &self,
        email: &EmailAddress,
        message: &EmailMessage,
    ) -> Result<(), SendError> {
        for pause in BACK_OFF {
            self.limiter.until_ready().await;
            match self.shop.mailer.send(email, message).await {
                Err(SendError::TooFast(_)) => tokio::time::sleep(pause).await,
                outcome => return outcome,
            }
        }
        self.limiter.until_ready().await;
        self.shop.mailer.send(email, message).await
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, outcome: &NoticeOutcome) {
        let mut progress = self.progress();
        match outcome {
            NoticeOutcome::Sent => progress.pushed.sent += 1,
            NoticeOutcome::Failed => progress.pushed.failed += 1,
            NoticeOutcome::Skipped => progress.pushed.skipped += 1,
            NoticeOutcome::Uncertain => progress.pushed.uncertain += 1,
            NoticeOutcome::Nothing => {}
        }
        let now = (self.invocation.clock)();
        let began = *progress.reported_at.get_or_insert(now);
        if now >= began.plus_seconds(PROGRESS_SECONDS) {
            report(&progress, now.unix() - self.invocation.began.unix());
            progress.reported_at = Some(now);
        }
    }
}

/// A line for whoever watches the log.
fn report(progress: &Progress, seconds: i64) {
    let Pushed {
        sent,
        failed,
        skipped,
        uncertain,
        ..
    } = progress.pushed;
    let told = sent + skipped + uncertain;
    let owed = progress.owed_at_first.saturating_sub(told);
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
        "telling buyers"
    );
}
