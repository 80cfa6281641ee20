//! The walk through Stripe's lists.

use std::{collections::HashSet, time::Duration};

use bookstall::{
    adapters::{
        products::not_in_catalogue,
        stripe::{EventSubject, PaidSession},
    },
    delivery,
    domain::{
        delivery::Claim,
        purchase::{Purchase, Undelivered},
        purchase_id::PurchaseId,
        sale::{Correction, SaleState},
        stripe_ids::PaymentId,
        timestamp::Timestamp,
    },
    fulfilment::ReceiptState,
    runtime::{failure::Failure, invocation::Invocation, timeouts},
};
use lambda_http::tracing;

use crate::{
    event::Period,
    outcome::{Reconciled, Unrepairable},
    shop::Shop,
};

/// Before each question to Stripe: four a second at most, of the hundred that Stripe allows an
/// account.
const PAUSE: Duration = Duration::from_millis(250);

/// One walk.
pub(crate) struct Reconciliation<'a, Clock> {
    shop: &'a Shop,
    invocation: &'a Invocation<Clock>,
    period: Period,
    /// What Stripe was asked about already: several events can be about one payment.
    asked: HashSet<EventSubject>,
    /// The sales that were looked at.
    checked: HashSet<PurchaseId>,
    /// Those of them that Stripe was asked about: this run can learn no more of them. The list of
    /// checkouts does not say all of refunds and disputes.
    settled: HashSet<PurchaseId>,
    found: Reconciled,
}

/// What a sale goes by.
#[derive(Clone, Default)]
struct Name {
    purchase: Option<PurchaseId>,
    payment: Option<PaymentId>,
}

/// What became of one sale.
enum SaleCheck {
    /// It is none of this shop's, or not paid, or Stripe was asked about it before.
    Nothing,
    /// It was as it should be, or another call is at it.
    InOrder,
    Repaired,
    Unrepairable(String),
}

impl<'a, Clock: Fn() -> Timestamp> Reconciliation<'a, Clock> {
    pub(crate) fn new(shop: &'a Shop, invocation: &'a Invocation<Clock>, period: Period) -> Self {
        Self {
            shop,
            invocation,
            period,
            asked: HashSet::new(),
            checked: HashSet::new(),
            settled: HashSet::new(),
            found: Reconciled::default(),
        }
    }

    /// Looks at everything, until its end, or until the time is up. What was sold goes first: a buyer
    /// without a book waits, and a sale that is in order costs one read, where whatever else happened
    /// costs a question to Stripe.
    pub(crate) async fn through_everything(&mut self) -> Result<(), Failure> {
        self.through_what_was_sold().await?;
        self.through_what_happened().await
    }

    pub(crate) fn end(self) -> Reconciled {
        Reconciled {
            checked: u64::try_from(self.checked.len()).unwrap_or(u64::MAX),
            ..self.found
        }
    }

    /// Refunds, disputes and slow payments, of sales of any age. A list of disputes would not do:
    /// it goes by when a dispute began, and a bank decides months later.
    async fn through_what_happened(&mut self) -> Result<(), Failure> {
        let Period { since, until } = self.period;
        let mut from = None;
        while self.may_go_on() {
            tokio::time::sleep(PAUSE).await;
            let stripe = &self.shop.stripe;
            let page = stripe.events(since, until, from.as_ref()).await?;
            for event in page.entries {
                if !self.asked.insert(event.subject.clone()) {
                    continue;
                }
                if !self.may_go_on() {
                    return Ok(());
                }
                let name = Name {
                    purchase: None,
                    payment: event.payment,
                };
                self.look_at(&event.subject, name).await;
            }
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// The checkouts that were paid.
    async fn through_what_was_sold(&mut self) -> Result<(), Failure> {
        let mut from = None;
        while self.may_go_on() {
            tokio::time::sleep(PAUSE).await;
            let stripe = &self.shop.stripe;
            let page = stripe
                .paid_sessions(self.period.since, from.as_ref())
                .await?;
            for session in page.entries {
                let is_fresh = session.paid_at > self.period.until;
                if is_fresh || self.checked.contains(&session.purchase_id) {
                    continue;
                }
                if !self.may_go_on() {
                    return Ok(());
                }
                self.compare(session).await;
            }
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Compares a checkout with its purchase, and looks again where they differ.
    async fn compare(&mut self, session: PaidSession) {
        let name = Name {
            purchase: Some(session.purchase_id),
            payment: session.payment.clone(),
        };
        match self.shop.fulfilment.find(session.purchase_id).await {
            Ok(purchase) if session.is_done(purchase.as_ref()) => {
                self.checked.insert(session.purchase_id);
                self.list_undelivered(purchase.as_ref(), name);
            }
            Ok(_) => {
                self.look_at(&EventSubject::Session(session.session), name)
                    .await;
            }
            Err(failure) => self.give_up(name, failure.to_string()),
        }
    }

    /// Asks Stripe for one sale and repairs it. Whatever fails, the walk goes on.
    async fn look_at(&mut self, subject: &EventSubject, mut name: Name) {
        tokio::time::sleep(PAUSE).await;
        match Box::pin(self.repair(subject, &mut name)).await {
            Ok(SaleCheck::Nothing | SaleCheck::InOrder) => {}
            Ok(SaleCheck::Repaired) => {
                let (purchase, payment) = name.texts();
                tracing::warn!(
                    purchase,
                    payment,
                    "sale repaired: its webhook did not arrive"
                );
                self.found.repaired += 1;
            }
            Ok(SaleCheck::Unrepairable(why)) => self.give_up(name, why),
            Err(failure) => self.give_up(name, failure.to_string()),
        }
    }

    /// What `fulfil` does when a webhook comes.
    async fn repair(
        &mut self,
        subject: &EventSubject,
        name: &mut Name,
    ) -> Result<SaleCheck, Failure> {
        let Some(sale) = self.shop.stripe.sale_of(subject).await? else {
            return Ok(SaleCheck::Nothing);
        };
        let SaleState::Paid(payment) = &sale.state else {
            return Ok(SaleCheck::Nothing);
        };
        if self.settled.contains(&sale.purchase_id) {
            return Ok(SaleCheck::Nothing);
        }
        name.purchase = Some(sale.purchase_id);
        name.payment.clone_from(&payment.id);

        let fulfilment = &self.shop.fulfilment;
        let purchase = fulfilment.find(sale.purchase_id).await?;
        let is_in_order = purchase.as_ref().is_some_and(|purchase| {
            payment.corrections(purchase).is_empty() && purchase.is_settled()
        });
        if is_in_order {
            self.list_undelivered(purchase.as_ref(), name.clone());
            self.settle(sale.purchase_id);
            return Ok(SaleCheck::InOrder);
        }
        let claim = Claim {
            by: self.invocation.id.clone(),
            at: (self.invocation.clock)(),
        };
        let Some(recorded) = fulfilment.record(&sale, payment, &claim).await? else {
            self.settle(sale.purchase_id);
            let why = not_in_catalogue(&sale.product_id).cause().to_owned();
            return Ok(SaleCheck::Unrepairable(why));
        };
        self.settle(sale.purchase_id);
        let link = self.shop.shop_url.private_link(&sale.purchase_id);
        let receipt = fulfilment.deliver_receipt(&recorded, &link, &claim).await?;
        let is_told = fulfilment
            .deliver_missed_update(&recorded, &self.shop.shop_url, &claim)
            .await?;
        if recorded.refund_failed {
            let why = Correction::RefundFailed(payment.amount_refunded).to_string();
            return Ok(SaleCheck::Unrepairable(why));
        }
        Ok(match receipt {
            ReceiptState::AddressRefused => {
                SaleCheck::Unrepairable(Undelivered::AddressRefused.to_string())
            }
            ReceiptState::NoAddress => SaleCheck::Unrepairable(Undelivered::NoAddress.to_string()),
            ReceiptState::Uncertain => SaleCheck::Unrepairable(delivery::uncertain()),
            ReceiptState::Sent => SaleCheck::Repaired,
            ReceiptState::NotOwed | ReceiptState::UnderWay if recorded.has_changed || is_told => {
                SaleCheck::Repaired
            }
            ReceiptState::NotOwed | ReceiptState::UnderWay => SaleCheck::InOrder,
        })
    }

    /// Lists a sale whose buyer may be without their mail, once a run.
    fn list_undelivered(&mut self, purchase: Option<&Purchase>, name: Name) {
        let Some(undelivered) = purchase.and_then(Purchase::undelivered) else {
            return;
        };
        let (purchase, payment) = name.texts();
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

    fn settle(&mut self, purchase: PurchaseId) {
        self.checked.insert(purchase);
        self.settled.insert(purchase);
    }

    fn give_up(&mut self, name: Name, why: String) {
        if let Some(purchase) = name.purchase {
            self.settle(purchase);
        }
        let (purchase, payment) = name.texts();
        tracing::error!(purchase, payment, "sale not repaired: {why}");
        self.found.unrepairable.push(Unrepairable {
            purchase,
            payment,
            why,
        });
    }

    /// Whether there is time for one more sale, however slow the services are, and a page.
    fn may_go_on(&mut self) -> bool {
        let longest = timeouts::SALE_IN_ALL + timeouts::SALE;
        let longest = i64::try_from(longest.as_secs()).unwrap_or(i64::MAX);
        let has_time = (self.invocation.clock)() < self.invocation.deadline.plus_seconds(-longest);
        self.found.remaining |= !has_time;
        has_time
    }
}

impl Name {
    fn texts(self) -> (Option<String>, Option<String>) {
        let reference = self.purchase.map(|id| id.reference());
        (reference, self.payment.map(|payment| payment.to_string()))
    }
}
