//! Delivers a mail to a buyer in three steps: claim, send, and record how it ended. Receipts,
//! updates, lost links, refunds, corrected addresses, agreements and withdrawals are delivered
//! alike.
//!
//! ```text
//! claim ─▶ send ─▶ finish
//!       │       │
//! crash:│       └─ after the claim has expired, a second mail is sent
//!       └─ after the claim has expired, the first mail is sent
//! ```
//!
//! A mail that was certainly not sent is released at once. A mail with an unknown outcome is tried
//! [`MOST_TRIES`] times, and then counts as uncertain. SES has no idempotency token, so each of
//! these tries can send one more mail.

mod agreement;
mod press;
mod update;
mod withdrawal;

pub use agreement::Confirmation;
pub use press::PressNotice;
pub use update::{Recipient, Update};
pub use withdrawal::{Acknowledgement, DeclaredPayment};

use crate::{
    adapters::{
        mailer::{Mailer, SendError},
        purchases::{Purchases, UpdateOutcome},
    },
    domain::{
        delivery::{Claim, Delivery, DeliveryEnd, MOST_TRIES},
        email_address::EmailAddress,
        purchase::Purchase,
        purchase_id::PurchaseId,
    },
    emails::EmailMessage,
    runtime::{
        failure::{Failure, FailureKind},
        timeouts::{CLAIM, MARK, with_timeout},
    },
};

/// The result of a claim.
#[derive(Debug)]
pub enum Claimed {
    /// The caller has to send the mail. Holds the current purchase.
    Ours(Box<Purchase>),
    /// Another request is sending the mail, or the mail waits after an unknown outcome.
    UnderWay,
    /// The purchase does not owe the mail, or not any more.
    NotOwed,
    /// The mail was tried too often, and counts as uncertain from now on.
    GaveUp,
}

/// The result of sending a claimed mail.
#[derive(Debug)]
pub enum Delivered {
    /// The mail was sent.
    Sent,
    /// The address will never accept the mail. This is recorded, and the mail is not tried again.
    AddressRefused(Failure),
    /// It is unknown whether the mail was sent, and this was the last try.
    Uncertain(Failure),
}

/// What the log says of a mail.
struct LogText {
    /// The step that failed if the mail could not be claimed.
    claim: &'static str,
    /// The step that failed if its end could not be recorded.
    finish: &'static str,
    /// It was sent.
    sent: &'static str,
    /// Its address will never accept it.
    refused: &'static str,
    /// Nobody knows whether it was sent.
    uncertain: String,
}

/// The delivery of one mail to the buyer of one purchase.
pub struct DeliveryRun<'a> {
    purchases: &'a Purchases,
    delivery: Delivery,
    claim: Claim,
}

impl<'a> DeliveryRun<'a> {
    /// Prepares the delivery of a mail under this claim.
    #[must_use]
    pub fn new(purchases: &'a Purchases, delivery: Delivery, claim: Claim) -> Self {
        Self {
            purchases,
            delivery,
            claim,
        }
    }

    /// Claims the mail, sends it and records how that ended, each step within its time limit. Returns
    /// whether this call sent it. It does not if the mail is not owed, or another call holds the claim.
    /// Fails if the mail was not sent and is still owed. Logs one that will never be known to have arrived.
    async fn deliver(
        &self,
        id: PurchaseId,
        mailer: &Mailer,
        (address, message): (&EmailAddress, &EmailMessage),
        log: &LogText,
    ) -> Result<bool, Failure> {
        let purchase = id.reference();
        let claimed = match with_timeout(CLAIM, log.claim, self.claim(id)).await? {
            Claimed::Ours(claimed) => claimed,
            Claimed::UnderWay | Claimed::NotOwed => return Ok(false),
            Claimed::GaveUp => {
                tracing::error!(purchase, "{}", log.uncertain);
                return Ok(false);
            }
        };
        let sent = mailer.send(address, message).await;
        let concluded = self.conclude(&claimed, sent);
        match with_timeout(MARK, log.finish, concluded).await? {
            Delivered::Sent => {
                tracing::info!(purchase, "{}", log.sent);
                return Ok(true);
            }
            Delivered::AddressRefused(failure) => {
                tracing::error!(purchase, %failure, "{}", log.refused);
            }
            Delivered::Uncertain(failure) => {
                tracing::error!(purchase, %failure, "{}", log.uncertain);
            }
        }
        Ok(false)
    }

    /// Claims the mail, if the purchase is open and owes it, and no other claim holds it.
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
                    // The last try ended in a crash before its result was recorded.
                    self.finish(id, DeliveryEnd::Uncertain).await?;
                    return Ok(Claimed::GaveUp);
                }
                Ok(Claimed::UnderWay)
            }
        }
    }

    /// Records the result of sending the mail of a purchase that [`claim`](Self::claim) returned.
    ///
    /// Fails if the mail was not sent, or if that is unknown and tries are left. The mail is still
    /// owed then, and can be claimed again.
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

    /// Releases the claim after a mail that was certainly not sent. If that fails, the claim
    /// expires by itself, and the try counts.
    pub async fn release(&self, id: PurchaseId) {
        let released = self
            .purchases
            .release(id, &self.delivery, &self.claim)
            .await;
        warn_if_failed(id, released);
    }

    /// Postpones the next try after an unknown outcome.
    async fn postpone(&self, id: PurchaseId) {
        let postponed = self
            .purchases
            .postpone(id, &self.delivery, &self.claim)
            .await;
        warn_if_failed(id, postponed);
    }

    /// Records how the delivery ended. Returns whether that was not recorded before.
    pub async fn finish(&self, id: PurchaseId, end: DeliveryEnd) -> Result<bool, Failure> {
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

/// Returns what the log and the author read about a mail that counts as uncertain.
#[must_use]
pub fn uncertain() -> String {
    format!(
        "nobody knows whether its mail was sent: SES was tried {MOST_TRIES} times, and never \
         answered; ask the buyer, or mail the link again"
    )
}
