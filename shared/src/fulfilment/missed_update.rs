//! The mail about an edition that came while the link of a purchase was closed.

use super::{Fulfilment, RecordedSale};
use crate::{
    adapters::mailer::SendError,
    delivery::{self, Claimed, Delivered, DeliveryRun, Recipient, Update},
    domain::{
        book::Book,
        delivery::{Claim, DeliveryEnd},
        link::ShopUrl,
        purchase::Purchase,
    },
    runtime::{
        failure::Failure,
        timeouts::{CLAIM, MARK, with_timeout},
    },
};

impl Fulfilment {
    /// Mails an update that a purchase of the sale missed while its link was closed, if it missed
    /// one. Sends one mail at most. Returns whether this call ended a delivery: it sent the mail, or
    /// recorded that none is due.
    ///
    /// A purchase stays marked as reopened until that is certain, and the first one until the others
    /// are done. So Stripe's webhook and `reconcile` repeat a call that failed, and `reconcile`
    /// need look at the first only.
    pub(super) async fn deliver_missed_update(
        &self,
        recorded: &RecordedSale,
        shop_url: &ShopUrl,
        claim: &Claim,
    ) -> Result<bool, Failure> {
        let RecordedSale {
            purchase, books, ..
        } = recorded;
        if purchase.missed_updates_since.is_none() {
            return Ok(false);
        }
        for (other, book) in purchase.others.iter().zip(books.iter().skip(1)) {
            let found = self.find(*other);
            let found = with_timeout(CLAIM, "Failed to read the other purchases", found).await?;
            let Some(other) = found else { continue };
            let is_ended = self
                .deliver_missed_update_of(&other, book, shop_url, claim)
                .await?;
            if is_ended {
                return Ok(true);
            }
            let current = self.find(other.id);
            let current = with_timeout(CLAIM, "Failed to read the other purchases", current);
            let is_left = |current: Purchase| current.missed_updates_since.is_some();
            if current.await?.is_some_and(is_left) {
                return Ok(false);
            }
        }
        match books.first() {
            Some(book) => {
                self.deliver_missed_update_of(purchase, book, shop_url, claim)
                    .await
            }
            None => Ok(false),
        }
    }

    async fn deliver_missed_update_of(
        &self,
        purchase: &Purchase,
        book: &Book,
        shop_url: &ShopUrl,
        claim: &Claim,
    ) -> Result<bool, Failure> {
        let id = purchase.id;
        if purchase.missed_updates_since.is_none() || purchase.suspended_at.is_some() {
            return Ok(false);
        }
        if purchase.refunded_at.is_some() || purchase.edition >= book.edition {
            let noted = self.purchases.missed_no_update(id);
            with_timeout(MARK, "Failed to note that no update was missed", noted).await?;
            return Ok(false);
        }
        let update = Update {
            purchases: &self.purchases,
            book,
            shop_url,
            support_email: &self.support_email,
            withdrawal: self.withdrawal,
        };
        let delivery = update.run(claim.clone());
        let claimed = async {
            match delivery.claim(id).await? {
                Claimed::Ours(purchase) => match update.recipient(&purchase).await {
                    Ok(recipient) => Ok(Some((purchase, recipient))),
                    Err(failure) => {
                        delivery.release(id).await;
                        Err(failure)
                    }
                },
                Claimed::GaveUp => {
                    let reference = id.reference();
                    tracing::error!(purchase = reference, "update: {}", delivery::uncertain());
                    Ok(None)
                }
                Claimed::UnderWay | Claimed::NotOwed => Ok(None),
            }
        };
        let claimed = with_timeout(CLAIM, "Failed to claim the missed update", claimed).await?;
        let Some((purchase, recipient)) = claimed else {
            return Ok(false);
        };
        let sent = match &recipient {
            Recipient::Buyer { email, .. } => {
                Some(self.mailer.send(email, &update.message(&purchase)).await)
            }
            Recipient::NotOwed(_) | Recipient::OlderPurchase => None,
        };
        let ended = async {
            match (recipient, sent) {
                (Recipient::Buyer { others, .. }, Some(sent)) => {
                    self.conclude_update(&delivery, &purchase, sent).await?;
                    update.mark_others_notified(&delivery, &others).await;
                    Ok(true)
                }
                (Recipient::OlderPurchase, _) => {
                    delivery.release(id).await;
                    Ok(false)
                }
                _ => {
                    delivery.finish(id, DeliveryEnd::NotMailed).await?;
                    Ok(true)
                }
            }
        };
        with_timeout(
            MARK,
            "Failed to note what became of the missed update",
            ended,
        )
        .await
    }

    async fn conclude_update(
        &self,
        delivery: &DeliveryRun<'_>,
        purchase: &Purchase,
        sent: Result<(), SendError>,
    ) -> Result<(), Failure> {
        let reference = purchase.id.reference();
        match delivery.conclude(purchase, sent).await? {
            Delivered::Sent => tracing::info!(purchase = reference, "missed update mailed"),
            Delivered::AddressRefused(failure) => {
                tracing::error!(purchase = reference, %failure, "missed update refused for good");
            }
            Delivered::Uncertain(failure) => {
                tracing::error!(purchase = reference, %failure, "update: {}", delivery::uncertain());
            }
        }
        Ok(())
    }
}
