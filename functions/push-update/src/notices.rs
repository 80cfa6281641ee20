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
    delivery::{self, Claimed, Delivered, DeliveryRun},
    domain::{
        delivery::{Claim, Delivery, DeliveryEnd},
        email_address::EmailAddress,
        notes::Notes,
        product::Product,
        purchase::Purchase,
        purchase_id::PurchaseId,
        timestamp::Timestamp,
    },
    emails::{EmailMessage, NewEdition},
    runtime::{
        failure::{Failure, FailureKind},
        invocation::Invocation,
        timeouts::STOP_TELLING,
    },
};
use futures::{StreamExt, TryStreamExt, future, stream};
use governor::DefaultDirectRateLimiter;
use lambda_http::tracing;

use crate::{Pushed, Shop, Stop, pace};

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
        let update = Delivery::Update {
            edition: self.product.edition,
            downloads: self.shop.downloads_per_purchase,
        };
        let delivery = DeliveryRun::new(&self.shop.purchases, update, claim);
        let purchase = match delivery.claim(id).await? {
            Claimed::Ours(purchase) => purchase,
            Claimed::UnderWay | Claimed::NotOwed => return Ok(NoticeOutcome::Skipped),
            Claimed::GaveUp => {
                tracing::error!(
                    purchase = id.reference(),
                    "update: {}",
                    delivery::uncertain()
                );
                return Ok(NoticeOutcome::Uncertain);
            }
        };
        let email = match self.address_to_write_to(&purchase).await {
            Ok(Some(email)) => email,
            Ok(None) => {
                delivery.finish(id, DeliveryEnd::NotMailed).await?;
                return Ok(NoticeOutcome::Skipped);
            }
            Err(failure) => {
                delivery.release(id).await;
                return Err(failure);
            }
        };
        let sent = self.send(email, &purchase).await;
        self.note(&sent);
        match delivery.conclude(&purchase, sent).await? {
            Delivered::Sent => Ok(NoticeOutcome::Sent),
            Delivered::AddressRefused(failure) => {
                tracing::warn!(purchase = id.reference(), "{failure}; no longer owed");
                Ok(NoticeOutcome::Skipped)
            }
            Delivered::Uncertain(failure) => {
                tracing::error!(purchase = id.reference(), %failure, "update: {}", delivery::uncertain());
                Ok(NoticeOutcome::Uncertain)
            }
        }
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

    /// Where this purchase's mail goes; `None` if it has no address that takes mail, if its buyer
    /// wants none, or if an older purchase of the same product brings it to the same address.
    async fn address_to_write_to<'p>(
        &self,
        purchase: &'p Purchase,
    ) -> Result<Option<&'p EmailAddress>, Failure> {
        let Some(email) = purchase
            .email
            .as_ref()
            .filter(|_| purchase.mail_refused_at.is_none())
        else {
            return Ok(None);
        };
        if purchase.unsubscribed_at.is_some() {
            return Ok(None);
        }
        let purchases_of_address = self.shop.purchases.of_address(email).await?;
        let of_product = purchases_of_address
            .iter()
            .filter(|summary| summary.product_id == purchase.product_id);
        if !of_product.clone().all(|summary| summary.wants_mail) {
            return Ok(None);
        }
        let older = of_product.take_while(|summary| summary.id != purchase.id);
        for summary in older.filter(|summary| summary.is_paid_for) {
            // The index knows neither whether its mail was refused nor whether it is a test.
            let older = self.shop.purchases.find(summary.id).await?;
            let brings_it = |older: Purchase| {
                let is_left_out = older.is_test && !self.shop.counts_test_sales;
                older.mail_refused_at.is_none() && !is_left_out
            };
            if older.is_some_and(brings_it) {
                return Ok(None);
            }
        }
        Ok(Some(email))
    }

    /// Sends one of today's mails.
    async fn send(&self, email: &EmailAddress, purchase: &Purchase) -> Result<(), SendError> {
        if !self.takes_one_of_today() {
            let why = "what updates may send today is used up; the rest is for receipts";
            return Err(SendError::QuotaUsedUp(Failure::refused(
                "Failed to send the mail",
                why,
            )));
        }
        let outcome = self.try_to_send(email, purchase).await;
        if outcome.is_err() {
            self.progress().taken -= 1;
        }
        outcome
    }

    /// Sends one mail at the account's pace; if that was too fast after all, waits and tries again.
    async fn try_to_send(
        &self,
        email: &EmailAddress,
        purchase: &Purchase,
    ) -> Result<(), SendError> {
        let downloads = purchase
            .downloads_left
            .max(self.shop.downloads_per_purchase);
        let message = message(self.shop, self.product, purchase.id, downloads);
        for pause in BACK_OFF {
            self.limiter.until_ready().await;
            match self.shop.mailer.send(email, &message).await {
                Err(SendError::TooFast(_)) => tokio::time::sleep(pause).await,
                outcome => return outcome,
            }
        }
        self.limiter.until_ready().await;
        self.shop.mailer.send(email, &message).await
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

/// The mail about an edition, with the link of one purchase.
pub(crate) fn message(
    shop: &Shop,
    product: &Product,
    id: PurchaseId,
    downloads: u32,
) -> EmailMessage {
    let notes_html = product.notes.as_ref().map(Notes::html);
    NewEdition {
        book: &product.name,
        version: &product.version,
        link: &shop.shop_url.private_link(&id),
        downloads,
        notes_text: product.notes.as_ref().map(Notes::text),
        notes_html: notes_html.as_deref(),
        support_email: &shop.support_email,
        unsubscribe_link: Some(&shop.shop_url.unsubscribe_link(&id)),
    }
    .message()
}
