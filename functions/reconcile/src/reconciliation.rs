//! Compares the sales in Stripe's lists with their purchases, and repairs the purchases.

use std::{collections::HashSet, time::Duration};

use bookstall::{
    adapters::stripe::{EventSubject, PaidSession},
    delivery,
    domain::{
        delivery::Claim,
        email_address::EmailAddress,
        purchase::{Purchase, Undelivered},
        purchase_id::PurchaseId,
        sale::{Correction, Refunded, Sale, SaleState},
        stripe_ids::PaymentId,
        timestamp::Timestamp,
    },
    fulfilment::{DisputeNoticeState, ReceiptState},
    runtime::{failure::Failure, invocation::Invocation, timeouts},
};
use lambda_http::tracing;

use crate::{
    event::Period,
    outcome::{Reconciled, Unrepairable},
    shop::Shop,
};

/// The pause before each request to Stripe. It limits a run to four requests per second, of the
/// hundred that Stripe allows an account.
const PAUSE: Duration = Duration::from_millis(250);

/// One run of the reconciliation.
pub(crate) struct Reconciliation<'a, Clock> {
    shop: &'a Shop,
    invocation: &'a Invocation<Clock>,
    period: Period,
    /// The subjects that the run already looked up at Stripe. Several events can have one subject.
    looked_up: HashSet<EventSubject>,
    /// The sales that the run checked.
    checked: HashSet<PurchaseId>,
    /// The checked sales that need no further request to Stripe in this run. A sale that was only
    /// compared with the list of checkouts is not among them, because the list lacks some refunds
    /// and disputes.
    settled: HashSet<PurchaseId>,
    found: Reconciled,
}

/// The ids by which the log and the answer identify a sale.
#[derive(Clone, Default)]
struct SaleIds {
    purchase: Option<PurchaseId>,
    payment: Option<PaymentId>,
}

/// The outcome of checking one sale.
enum SaleCheck {
    /// The sale is not of this shop, is not paid, or was already looked up at Stripe in this run.
    Nothing,
    /// The purchase matched the sale, or another call is working on it.
    InOrder,
    /// The purchase was repaired.
    Repaired,
    /// The purchase could not be repaired, for this reason.
    Unrepairable(String),
}

impl<'a, Clock: Fn() -> Timestamp> Reconciliation<'a, Clock> {
    pub(crate) fn new(shop: &'a Shop, invocation: &'a Invocation<Clock>, period: Period) -> Self {
        Self {
            shop,
            invocation,
            period,
            looked_up: HashSet::new(),
            checked: HashSet::new(),
            settled: HashSet::new(),
            found: Reconciled::default(),
        }
    }

    /// Checks all paid checkouts and all events of the period, until their end or until the time is
    /// up. The checkouts come first, because a missed one leaves a buyer without the book, and
    /// because a page of checkouts that need no repair takes one read of the table, whereas each
    /// event takes a request to Stripe. Fails if one of the lists cannot be read.
    pub(crate) async fn reconcile_all(&mut self) -> Result<(), Failure> {
        self.check_paid_sessions().await?;
        self.check_events().await
    }

    /// Mails the author what was sold on the day before, if that is due and there is time. A run that
    /// has no time leaves it to the next.
    pub(crate) async fn tell_of_day(&self) {
        let longest = i64::try_from(timeouts::DAY_SUMMARY.as_secs()).unwrap_or(i64::MAX);
        if self.now() < self.invocation.deadline.plus_seconds(-longest) {
            let Shop {
                fulfilment,
                calendar,
                ..
            } = self.shop;
            fulfilment.tell_of_day(calendar, &self.claim()).await;
        }
    }

    /// Returns the result of the run.
    pub(crate) fn finish(self) -> Reconciled {
        Reconciled {
            checked: u64::try_from(self.checked.len()).unwrap_or(u64::MAX),
            ..self.found
        }
    }

    /// Checks the sales of Stripe's events: refunds, disputes and bank debits, of sales of any
    /// age. A list of disputes could not replace the events: it is sorted by when a dispute began,
    /// and a bank decides months later.
    async fn check_events(&mut self) -> Result<(), Failure> {
        let Period { since, until } = self.period;
        let mut from = None;
        while self.has_time() {
            tokio::time::sleep(PAUSE).await;
            let stripe = &self.shop.stripe;
            let page = stripe
                .events(since, until, from.as_ref(), self.now())
                .await?;
            for event in page.entries {
                if !self.looked_up.insert(event.subject.clone()) {
                    continue;
                }
                if !self.has_time() {
                    return Ok(());
                }
                let ids = SaleIds {
                    purchase: None,
                    payment: event.payment,
                };
                self.check_sale(&event.subject, ids).await;
            }
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Checks the checkouts that were paid in the period.
    async fn check_paid_sessions(&mut self) -> Result<(), Failure> {
        let mut from = None;
        while self.has_time() {
            tokio::time::sleep(PAUSE).await;
            let stripe = &self.shop.stripe;
            let page = stripe
                .paid_sessions(self.period.since, from.as_ref(), self.now())
                .await?;
            let ids: Vec<_> = page
                .entries
                .iter()
                .map(|session| session.purchase_id)
                .collect();
            let purchases = self.shop.fulfilment.find_many(&ids).await?;
            for session in page.entries {
                let is_fresh = session.paid_at > self.period.until;
                if is_fresh || self.checked.contains(&session.purchase_id) {
                    continue;
                }
                if !self.has_time() {
                    return Ok(());
                }
                let purchase = purchases.get(&session.purchase_id);
                self.compare(session, purchase).await;
            }
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Compares a checkout with its purchase. If they differ, looks the sale up at Stripe and
    /// repairs the purchase.
    async fn compare(&mut self, session: PaidSession, purchase: Option<&Purchase>) {
        let ids = SaleIds {
            purchase: Some(session.purchase_id),
            payment: session.payment.clone(),
        };
        if session.is_done(purchase) {
            self.checked.insert(session.purchase_id);
            self.list_undelivered(purchase, ids);
        } else {
            self.check_sale(&EventSubject::Session(session.session), ids)
                .await;
        }
    }

    /// Looks one sale up at Stripe, repairs its purchase, and records the outcome. A failure is
    /// recorded, too, and does not end the run.
    async fn check_sale(&mut self, subject: &EventSubject, mut ids: SaleIds) {
        tokio::time::sleep(PAUSE).await;
        match Box::pin(self.repair(subject, &mut ids)).await {
            Ok(SaleCheck::Nothing | SaleCheck::InOrder) => {}
            Ok(SaleCheck::Repaired) => {
                let (purchase, payment) = ids.texts();
                tracing::warn!(
                    purchase,
                    payment,
                    "sale repaired: its webhook did not arrive"
                );
                self.found.repaired += 1;
            }
            Ok(SaleCheck::Unrepairable(why)) => self.give_up(ids, why),
            Err(failure) => self.give_up(ids, failure.to_string()),
        }
    }

    /// Does what `fulfil` does when it receives the webhook of a sale.
    async fn repair(
        &mut self,
        subject: &EventSubject,
        ids: &mut SaleIds,
    ) -> Result<SaleCheck, Failure> {
        let Some(sale) = self.shop.stripe.sale_of(subject, self.now()).await? else {
            return Ok(SaleCheck::Nothing);
        };
        let payment = match (&sale.state, subject) {
            (SaleState::Paid(payment), _) => payment,
            (SaleState::Refused { email }, EventSubject::FailedSession(_)) => {
                ids.purchase = Some(sale.purchase_id);
                return self.tell_of_failed_debit(&sale, email.as_ref()).await;
            }
            _ => return Ok(SaleCheck::Nothing),
        };
        if self.settled.contains(&sale.purchase_id) {
            return Ok(SaleCheck::Nothing);
        }
        ids.purchase = Some(sale.purchase_id);
        ids.payment.clone_from(&payment.id);

        let fulfilment = &self.shop.fulfilment;
        let purchase = fulfilment.find(sale.purchase_id).await?;
        let is_in_order = purchase.as_ref().is_some_and(|purchase| {
            let dispute = payment.dispute.as_ref();
            payment.corrections(purchase).is_empty()
                && purchase.is_settled()
                && purchase.owed_dispute_notice(dispute).is_none()
        });
        if is_in_order {
            self.list_undelivered(purchase.as_ref(), ids.clone());
            self.settle(sale.purchase_id);
            return Ok(SaleCheck::InOrder);
        }
        let claim = self.claim();
        let mut recorded = fulfilment.record(&sale, payment, &claim).await?;
        self.settle(sale.purchase_id);
        let credited = fulfilment
            .issue_credit_notes(&self.shop.stripe, &mut recorded, claim.at)
            .await;
        let link = self.shop.shop_url.private_link(&sale.purchase_id);
        let receipt = fulfilment.deliver_receipt(&recorded, &link, &claim).await?;
        let is_mail_settled = fulfilment
            .deliver_next(&recorded, &self.shop.shop_url, &claim)
            .await?;
        let dispute = fulfilment.tell_of_dispute(&recorded, &self.claim()).await?;
        fulfilment.tell_of_sale(&recorded, &self.claim()).await;
        let is_credited = credited?;
        if recorded.refund_failed {
            let why = Correction::RefundFailed(Refunded::default()).to_string();
            return Ok(SaleCheck::Unrepairable(why));
        }
        if let DisputeNoticeState::Lost(why) = dispute {
            return Ok(SaleCheck::Unrepairable(why.to_owned()));
        }
        let is_author_told = dispute == DisputeNoticeState::Sent;
        Ok(match receipt {
            ReceiptState::AddressRefused => {
                SaleCheck::Unrepairable(Undelivered::AddressRefused.to_string())
            }
            ReceiptState::NoAddress => SaleCheck::Unrepairable(Undelivered::NoAddress.to_string()),
            ReceiptState::Uncertain => SaleCheck::Unrepairable(delivery::uncertain()),
            ReceiptState::Sent => SaleCheck::Repaired,
            ReceiptState::NotOwed | ReceiptState::UnderWay
                if recorded.has_changed || is_mail_settled || is_author_told || is_credited =>
            {
                SaleCheck::Repaired
            }
            ReceiptState::NotOwed | ReceiptState::UnderWay => SaleCheck::InOrder,
        })
    }

    /// Mails a buyer whose bank did not pay, unless that is done.
    async fn tell_of_failed_debit(
        &mut self,
        sale: &Sale,
        email: Option<&EmailAddress>,
    ) -> Result<SaleCheck, Failure> {
        let Shop {
            fulfilment,
            book_page_url,
            ..
        } = self.shop;
        let claim = self.claim();
        let is_told_now = fulfilment
            .mail_payment_failed(sale, email, (book_page_url, &self.shop.shop_url), &claim)
            .await?;
        self.settle(sale.purchase_id);
        Ok(if is_told_now {
            SaleCheck::Repaired
        } else {
            SaleCheck::InOrder
        })
    }

    fn now(&self) -> Timestamp {
        (self.invocation.clock)()
    }

    /// Returns the claim by which this run delivers a mail.
    fn claim(&self) -> Claim {
        Claim {
            by: self.invocation.id.clone(),
            at: self.now(),
        }
    }

    /// Adds a sale whose buyer may not have got the mail to the result, once per run.
    fn list_undelivered(&mut self, purchase: Option<&Purchase>, ids: SaleIds) {
        let Some(undelivered) = purchase.and_then(Purchase::undelivered) else {
            return;
        };
        let (purchase, payment) = ids.texts();
        let mut listed = self.found.undelivered.iter();
        if !listed.any(|listed| listed.purchase == purchase) {
            let why = undelivered.to_string();
            self.found.undelivered.push(Unrepairable {
                purchase,
                payment,
                why,
            });
        }
    }

    /// Records that the sale needs no further request to Stripe in this run.
    fn settle(&mut self, purchase: PurchaseId) {
        self.checked.insert(purchase);
        self.settled.insert(purchase);
    }

    /// Logs a sale that could not be repaired, and adds it to the result.
    fn give_up(&mut self, ids: SaleIds, why: String) {
        if let Some(purchase) = ids.purchase {
            self.settle(purchase);
        }
        let (purchase, payment) = ids.texts();
        tracing::error!(purchase, payment, "sale not repaired: {why}");
        self.found.unrepairable.push(Unrepairable {
            purchase,
            payment,
            why,
        });
    }

    /// Whether there is time for one more page of a list and one more sale, even if each service
    /// takes as long as its timeout allows. If not, records that sales remain.
    fn has_time(&mut self) -> bool {
        let longest = timeouts::SALE_IN_ALL + timeouts::SALE_NOTICE * 2 + timeouts::SALE;
        let longest = i64::try_from(longest.as_secs()).unwrap_or(i64::MAX);
        let is_time_left = self.now() < self.invocation.deadline.plus_seconds(-longest);
        self.found.remaining |= !is_time_left;
        is_time_left
    }
}

impl SaleIds {
    /// Returns the reference of the purchase and the id of the payment, as far as they are known.
    fn texts(self) -> (Option<String>, Option<String>) {
        let reference = self.purchase.map(|id| id.reference());
        (reference, self.payment.map(|payment| payment.to_string()))
    }
}
