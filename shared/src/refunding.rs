//! Gives the money of a payment back: the author does it with `support`, and buyers do it with
//! `withdraw`.
//!
//! ```text
//! reserve the purchase ─▶ refund at Stripe ─▶ record it ─▶ release
//!        │                      │                │
//! crash: the reservation        │      the link stays as it is until Stripe's webhook, or the same
//!        ends after three       │      request again, closes it
//!        minutes                │
//!             the same request again finds the refund, or asks for it with the same key
//! ```
//!
//! The caller reserves: the author a sum
//! ([`reserve_refund`](crate::adapters::purchases::Purchases::reserve_refund)), a buyer everything, which
//! closes the link before money goes
//! ([`reserve_return`](crate::adapters::purchases::Purchases::reserve_return)). If the outcome at Stripe
//! is unknown, the reservation stays, and with it the link is closed; it is never told as a refusal.

use crate::{
    adapters::{
        purchases::Purchases,
        stripe::{Refund, Stripe},
    },
    domain::{
        purchase::Purchase, sale::refund_corrections, stripe_ids::PaymentId, timestamp::Timestamp,
    },
    runtime::failure::Failure,
};

/// What giving money back takes.
#[derive(Clone, Copy)]
pub struct Refunding<'a> {
    /// The table of purchases.
    pub purchases: &'a Purchases,
    /// The account, with the key for refunds.
    pub stripe: &'a Stripe,
}

impl Refunding<'_> {
    /// Refunds a payment until `total` minor units, or all of it, have gone back, and records it. Closes
    /// the link if everything has gone back, and opens it again if the buyer's press had closed it and
    /// Stripe refuses. `reserved` is the purchase as its reservation returned it.
    ///
    /// Fails if the outcome is unknown. The purchase stays reserved then: another sum has to wait until
    /// the reservation ends, and the same request can be repeated.
    pub async fn refund_reserved(
        &self,
        reserved: &Purchase,
        payment: &PaymentId,
        total: Option<u64>,
        now: Timestamp,
    ) -> Result<Refund, Failure> {
        let mut spoilt_keys = reserved.spoilt_refund_keys;
        let refund = self.stripe.refund(payment, total, &mut spoilt_keys, now);
        let refund = match refund.await {
            Ok(refund) => refund,
            Err(failure) => {
                self.note_spoilt_keys(reserved, spoilt_keys).await;
                return Err(failure);
            }
        };
        match &refund {
            // If this fails, Stripe's webhook or the same request again applies the corrections.
            Refund::Made(returned) | Refund::Already(returned) => {
                let amount = returned.returned.minor_units;
                let newest = &returned.refunds;
                for correction in refund_corrections(amount, newest, returned.is_full(), reserved) {
                    self.purchases.apply(reserved, &correction, now).await?;
                }
                self.purchases.release_refund(reserved.id, total).await?;
            }
            Refund::Refused(_) | Refund::Disputed(_) | Refund::NoSuchPayment => {
                if reserved.returning_at.is_some() {
                    self.purchases.end_return(reserved).await?;
                } else {
                    self.purchases.release_refund(reserved.id, total).await?;
                }
                self.note_spoilt_keys(reserved, spoilt_keys).await;
            }
        }
        Ok(refund)
    }

    /// Notes the keys that are spoilt by now. If that fails, the next request meets them and counts them
    /// again.
    async fn note_spoilt_keys(&self, reserved: &Purchase, spoilt_keys: u32) {
        if spoilt_keys <= reserved.spoilt_refund_keys {
            return;
        }
        let noted = self
            .purchases
            .note_spoilt_refund_keys(reserved.id, spoilt_keys);
        if let Err(failure) = noted.await {
            tracing::warn!(purchase = reserved.id.reference(), %failure, "the next request counts them again");
        }
    }
}
