//! How a mail reaches a buyer: claimed, sent, and its end noted. Receipts, updates and lost links
//! are delivered alike.
//!
//! ```text
//! claim ─▶ send ─▶ finish
//!       │        │
//! crash: no mail │  a second mail, when the claim has run out
//!        yet: the next one claims it, when the claim has run out
//! ```
//!
//! A mail that was certainly not sent is released at once. A mail of which nobody knows whether it
//! was sent is tried [`MOST_TRIES`] times, and then counts as uncertain. SES has no idempotency
//! token, so each of these tries can be one more mail.

mod update;

pub use update::{Recipient, Update};

use crate::{
    adapters::{
        mailer::SendError,
        purchases::{Purchases, UpdateOutcome},
    },
    domain::{
        delivery::{Claim, Delivery, DeliveryEnd, MOST_TRIES},
        purchase::Purchase,
        purchase_id::PurchaseId,
    },
    runtime::failure::{Failure, FailureKind},
};

/// What became of a claim.
#[derive(Debug)]
pub enum Claimed {
    /// The mail is the caller's to send. This is the purchase as it is now.
    Ours(Box<Purchase>),
    /// Somebody else is sending it, or it waits after an unknown outcome.
    UnderWay,
    /// There is nothing to send, or not any more.
    NotOwed,
    /// It was tried too often, and counts as uncertain from now on.
    GaveUp,
}

/// What became of a mail that was claimed.
#[derive(Debug)]
pub enum Delivered {
    /// It was sent.
    Sent,
    /// Its address will never take it. This is noted, and nobody tries again.
    AddressRefused(Failure),
    /// Nobody knows whether it was sent, and this was the last try.
    Uncertain(Failure),
}

/// One mail of one purchase, on its way.
pub struct DeliveryRun<'a> {
    purchases: &'a Purchases,
    delivery: Delivery,
    claim: Claim,
}

impl<'a> DeliveryRun<'a> {
    /// A mail that `claim` is to deliver.
    #[must_use]
    pub fn new(purchases: &'a Purchases, delivery: Delivery, claim: Claim) -> Self {
        Self {
            purchases,
            delivery,
            claim,
        }
    }

    /// Claims the mail, if the purchase is open and owes it, and nobody else is at it.
    pub async fn claim(&self, id: PurchaseId) -> Result<Claimed, Failure> {
        let outcome = self
            .purchases
            .claim(id, &self.delivery, &self.claim)
            .await?;
        match outcome {
            UpdateOutcome::Done(purchase) => Ok(Claimed::Ours(purchase)),
            UpdateOutcome::NotFound => Ok(Claimed::NotOwed),
            UpdateOutcome::Refused(current) => {
                let state = current.delivery_state(&self.delivery);
                if !current.owes(&self.delivery) {
                    return Ok(Claimed::NotOwed);
                }
                if state.is_free(self.claim.at) && state.is_last_try() {
                    // Whoever tried last died before they could note it.
                    self.finish(id, DeliveryEnd::Uncertain).await?;
                    return Ok(Claimed::GaveUp);
                }
                Ok(Claimed::UnderWay)
            }
        }
    }

    /// Notes what became of the mail of a purchase that [`claim`](Self::claim) returned.
    ///
    /// Fails if the mail was not sent, or if nobody knows; it is owed then, and may be claimed again.
    pub async fn conclude(
        &self,
        purchase: &Purchase,
        sent: Result<(), SendError>,
    ) -> Result<Delivered, Failure> {
        let id = purchase.id;
        match sent {
            Ok(()) => {
                self.finish(id, DeliveryEnd::Mailed).await?;
                Ok(Delivered::Sent)
            }
            Err(SendError::AddressRefused(failure)) => {
                self.finish(id, DeliveryEnd::AddressRefused).await?;
                Ok(Delivered::AddressRefused(failure))
            }
            Err(error) => {
                let failure = Failure::from(error);
                let is_unknown = failure.kind() == FailureKind::UnknownOutcome;
                if is_unknown && purchase.delivery_state(&self.delivery).is_last_try() {
                    self.finish(id, DeliveryEnd::Uncertain).await?;
                    return Ok(Delivered::Uncertain(failure));
                }
                if is_unknown {
                    self.postpone(id).await;
                } else {
                    self.release(id).await;
                }
                Err(failure)
            }
        }
    }

    /// Gives the claim back after a mail that was certainly not sent. If that fails, the claim runs
    /// out by itself, and the try counts.
    pub async fn release(&self, id: PurchaseId) {
        let released = self
            .purchases
            .release(id, &self.delivery, &self.claim)
            .await;
        warn_if_failed(id, released);
    }

    /// Puts the next try off after an outcome that nobody knows.
    async fn postpone(&self, id: PurchaseId) {
        let postponed = self
            .purchases
            .postpone(id, &self.delivery, &self.claim)
            .await;
        warn_if_failed(id, postponed);
    }

    /// Notes how the delivery ended.
    pub async fn finish(&self, id: PurchaseId, end: DeliveryEnd) -> Result<(), Failure> {
        self.purchases
            .finish(id, &self.delivery, end, self.claim.at)
            .await
    }
}

fn warn_if_failed(id: PurchaseId, noted: Result<(), Failure>) {
    if let Err(failure) = noted {
        let purchase = id.reference();
        tracing::warn!(purchase, "{failure}; the claim runs out by itself");
    }
}

/// What the log and the author are told of a mail that counts as uncertain.
#[must_use]
pub fn uncertain() -> String {
    format!(
        "nobody knows whether its mail was sent: SES was tried {MOST_TRIES} times, and never \
         answered; ask the buyer, or mail the link again"
    )
}
