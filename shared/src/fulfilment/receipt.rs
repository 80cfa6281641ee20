//! The mail with the private link, which each sale owes its buyer.

use std::time::Duration;

use tokio::time::timeout;

use super::{Fulfilment, RecordedSale};
use crate::{
    delivery::{self, Claimed, Delivered, DeliveryRun},
    domain::{
        delivery::{Claim, Delivery, DeliveryEnd},
        purchase::{Purchase, Undelivered},
        purchase_id::PurchaseId,
    },
    emails::{Receipt, Seller},
    runtime::{
        failure::Failure,
        timeouts::{CLAIM, MARK, OTHER_DELIVERY, with_timeout},
    },
};

/// The result of delivering a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptState {
    /// The receipt was sent by this call.
    Sent,
    /// The purchase does not owe the receipt, or not any more.
    NotOwed,
    /// The address will never accept the receipt. This is recorded, and it is not tried again.
    AddressRefused,
    /// It is unknown whether the receipt was sent. This is recorded, and it is not tried again.
    Uncertain,
    /// Stripe has no address for the receipt. This call has logged that.
    NoAddress,
    /// Another call is delivering the receipt.
    UnderWay,
}

impl Fulfilment {
    /// Mails the private link, unless that is done or another call is doing it.
    pub async fn deliver_receipt(
        &self,
        recorded: &RecordedSale,
        link: &str,
        claim: &Claim,
    ) -> Result<ReceiptState, Failure> {
        let delivery = DeliveryRun::new(&self.purchases, Delivery::Receipt, claim.clone());
        if !recorded.purchase.awaits_receipt() {
            return Ok(ReceiptState::NotOwed);
        }
        if let Some(undelivered @ Undelivered::NoAddress) = recorded.purchase.undelivered() {
            let is_free = recorded.purchase.deliveries.receipt.is_free(claim.at);
            if !recorded.is_claimed && !is_free {
                return Ok(ReceiptState::UnderWay);
            }
            let purchase = recorded.purchase.id;
            tracing::error!(purchase = purchase.reference(), "receipt: {undelivered}");
            // A crash between the two logs the line once more.
            let said = delivery.finish(purchase, DeliveryEnd::NotMailed);
            with_timeout(MARK, "Failed to note that there is no address", said).await?;
            return Ok(ReceiptState::NoAddress);
        }
        let claimed = async {
            if recorded.is_claimed {
                return Ok(Claimed::Ours(Box::new(recorded.purchase.clone())));
            }
            let claimed = delivery.claim(recorded.purchase.id);
            with_timeout(CLAIM, "Failed to claim the receipt", claimed).await
        };
        let (claimed, bought_before) =
            tokio::join!(claimed, self.bought_before(&recorded.purchase));
        let claimed = claimed?;
        let reference = recorded.purchase.id.reference();
        let purchase = match claimed {
            Claimed::Ours(purchase) => purchase,
            Claimed::UnderWay => return Ok(ReceiptState::UnderWay),
            Claimed::NotOwed => return Ok(ReceiptState::NotOwed),
            Claimed::GaveUp => {
                tracing::error!(purchase = reference, "receipt: {}", delivery::uncertain());
                return Ok(ReceiptState::Uncertain);
            }
        };
        let Some(email) = &purchase.email else {
            return Ok(ReceiptState::NotOwed);
        };
        // What one address bought is not told to another, to which the buyer has just corrected it.
        let bought_before = bought_before.filter(|_| purchase.email == recorded.purchase.email);
        let message = Receipt::of(
            &purchase,
            &recorded.books,
            self.seller(recorded),
            link,
            bought_before.as_ref(),
            claim.at,
        );
        let sent = self.mailer.send(email, &message).await;
        let concluded = delivery.conclude(&purchase, sent);
        match with_timeout(MARK, "Failed to note what became of the receipt", concluded).await? {
            Delivered::Sent => {
                tracing::info!(purchase = reference, "link mailed");
                Ok(ReceiptState::Sent)
            }
            // No retry helps. The buyer sees the link and the support address on their screen.
            Delivered::AddressRefused(failure) => {
                tracing::error!(purchase = reference, %failure, "receipt refused for good");
                Ok(ReceiptState::AddressRefused)
            }
            Delivered::Uncertain(failure) => {
                tracing::error!(purchase = reference, %failure, "receipt: {}", delivery::uncertain());
                Ok(ReceiptState::Uncertain)
            }
        }
    }

    /// Who sells the books of this sale.
    fn seller<'a>(&'a self, recorded: &'a RecordedSale) -> Seller<'a> {
        Seller {
            name: recorded.seller.as_deref(),
            support_email: &self.support_email,
            withdrawal: self.withdrawal,
        }
    }

    /// Returns the purchase by which the buyer of this one bought the same book before, if they still have
    /// that copy. Makes one `Query`, and a `GetItem` if there is one. A receipt does not wait for the
    /// answer longer than for its claim, and does without it.
    async fn bought_before(&self, purchase: &Purchase) -> Option<Purchase> {
        let email = purchase.email.as_ref()?;
        let bought = self.purchases.bought_before(email, purchase);
        let bought = with_timeout(CLAIM, "Failed to look for an earlier purchase", bought).await;
        bought.unwrap_or_else(|failure| {
            let purchase = purchase.id.reference();
            tracing::warn!(purchase, "{failure}; the receipt does without it");
            None
        })
    }

    /// Waits until the call that claimed the mail has sent it. Usually that is the call of the
    /// buyer's own return, in the same second. If it crashed, Stripe sends the webhook again after
    /// the claim has expired.
    pub async fn wait_for_mail(&self, id: PurchaseId) -> Result<(), Failure> {
        const PAUSE: Duration = Duration::from_millis(250);
        let sent = async {
            while self
                .find(id)
                .await?
                .is_some_and(|current| current.awaits_receipt())
            {
                tokio::time::sleep(PAUSE).await;
            }
            Ok(())
        };
        timeout(OTHER_DELIVERY, sent).await.unwrap_or_else(|_| {
            Err(Failure::unavailable(
                "Failed to see the mail sent",
                format!("another call claimed it and has not finished: {id:?}"),
            ))
        })
    }
}
