//! The mails about what became of a payment later: its money went back, or its address was corrected.
//!
//! ```text
//! record the refund ─▶ claim ─▶ send ─▶ note how much the buyer was told of
//!                   │        │       │
//! crash:            │        │       └ after the claim has expired, a second mail is sent
//!                   │        └ after the claim has expired, the mail is sent
//!                   └ the mail is owed: Stripe's next webhook or `reconcile` sends it
//! ```
//!
//! Whoever records a refund first, a webhook, `reconcile` or `support`, leaves the purchase owing the mail:
//! there are refunds of which its buyer was not mailed. So a replayed webhook mails nothing, the second
//! part of a refund is mailed with its own sum, and a refund that was made as another one failed is
//! mailed. A correction leaves the former address in the same way.

use std::collections::BTreeSet;

use super::{Fulfilment, RecordedSale};
use crate::{
    delivery::{self, Claimed, Delivered, DeliveryRun},
    domain::{
        delivery::{Claim, Delivery},
        email_address::EmailAddress,
        link::ShopUrl,
        money::Money,
        purchase::Purchase,
        stripe_ids::RefundId,
    },
    emails::{CorrectedAddress, EmailMessage, RefundSent},
    runtime::{
        failure::Failure,
        timeouts::{CLAIM, MARK, with_timeout},
    },
};

impl Fulfilment {
    /// Mails what else the purchases of a sale owe, one mail at most: to a corrected address, about a
    /// refund, or of an update that was missed while the link was closed. Returns whether this call
    /// ended a delivery. If more is owed, or another call holds the claim and crashes, `reconcile`
    /// delivers it.
    pub async fn deliver_next(
        &self,
        recorded: &RecordedSale,
        shop_url: &ShopUrl,
        claim: &Claim,
    ) -> Result<bool, Failure> {
        let purchase = &recorded.purchase;
        if purchase.owes_correction_notice() {
            let delivered = self.deliver_correction_notice(recorded, shop_url, claim);
            return delivered.await;
        }
        if let Some(refunds) = purchase.owed_refund_mail() {
            let delivered = self.deliver_refund_mail(recorded, refunds, shop_url, claim);
            return delivered.await;
        }
        self.deliver_missed_update(recorded, shop_url, claim).await
    }

    /// Tells the address before the correction that the link went elsewhere.
    async fn deliver_correction_notice(
        &self,
        recorded: &RecordedSale,
        shop_url: &ShopUrl,
        claim: &Claim,
    ) -> Result<bool, Failure> {
        let Some(book) = recorded.books.first() else {
            return Ok(false);
        };
        let withdrawal_link = self.withdrawal_page(shop_url);
        let message = |purchase: &Purchase| {
            let email = purchase.corrected_from.clone()?;
            let message = CorrectedAddress {
                book: &book.name,
                version: &book.version,
                reference: &purchase.id.reference(),
                withdrawal_link: withdrawal_link.as_deref(),
                support_email: &self.support_email,
                language: book.language.as_ref(),
                accent: book.accent.unwrap_or_default(),
            };
            Some((email, message.message()))
        };
        self.deliver_notice(recorded, Delivery::CorrectedAddress, claim, message)
            .await
    }

    /// Mails the buyer what goes back to them: what was refunded since the last such mail.
    async fn deliver_refund_mail(
        &self,
        recorded: &RecordedSale,
        refunds: BTreeSet<RefundId>,
        shop_url: &ShopUrl,
        claim: &Claim,
    ) -> Result<bool, Failure> {
        let Some(book) = recorded.books.first() else {
            return Ok(false);
        };
        let withdrawal_link = self.withdrawal_page(shop_url);
        let others = recorded.books.iter().skip(1);
        let message = |purchase: &Purchase| {
            let email = purchase.email.clone()?;
            let mut owed = purchase.owed_refund_mail()?;
            owed.retain(|refund| refunds.contains(refund));
            let paid = purchase.paid?;
            let returned = Money {
                minor_units: purchase.refunds.sum_of(&owed),
                ..paid
            };
            let is_full = purchase.amount_refunded >= paid.minor_units;
            let message = RefundSent {
                book: &book.name,
                version: &book.version,
                others: others
                    .map(|book| (book.name.as_str(), book.version.as_str()))
                    .collect(),
                returned,
                is_full,
                credit_notes: purchase.credit_notes_of(&owed, claim.at),
                reference: &purchase.id.reference(),
                // After everything went back there is nothing to withdraw from.
                withdrawal_link: withdrawal_link.as_deref().filter(|_| !is_full),
                support_email: &self.support_email,
                language: book.language.as_ref(),
                accent: book.accent.unwrap_or_default(),
            };
            Some((email, message.message()))
        };
        let delivery = Delivery::Refund {
            refunds: refunds.clone(),
        };
        self.deliver_notice(recorded, delivery, claim, message)
            .await
    }

    /// Returns the page on which anybody can withdraw, if the shop keeps the rules of the EU.
    pub(super) fn withdrawal_page(&self, shop_url: &ShopUrl) -> Option<String> {
        let is_on = self.withdrawal.is_on();
        is_on.then(|| shop_url.withdrawal_page())
    }

    /// Claims a mail, sends it, and records how it ended, as [`crate::delivery`] describes. `message`
    /// makes it of the claimed purchase.
    async fn deliver_notice(
        &self,
        recorded: &RecordedSale,
        delivery: Delivery,
        claim: &Claim,
        message: impl FnOnce(&Purchase) -> Option<(EmailAddress, EmailMessage)>,
    ) -> Result<bool, Failure> {
        let name = match delivery {
            Delivery::Refund { .. } => "mail about a refund",
            _ => "mail to a corrected address",
        };
        let purchase = recorded.purchase.id.reference();
        let run = DeliveryRun::new(&self.purchases, delivery, claim.clone());
        let claimed = run.claim(recorded.purchase.id);
        let claimed = match with_timeout(CLAIM, "Failed to claim a mail", claimed).await? {
            Claimed::Ours(claimed) => claimed,
            Claimed::UnderWay | Claimed::NotOwed => return Ok(false),
            Claimed::GaveUp => {
                tracing::error!(purchase, "{name}: {}", delivery::uncertain());
                return Ok(true);
            }
        };
        let Some((email, message)) = message(&claimed) else {
            run.release(claimed.id).await;
            return Ok(false);
        };
        let sent = self.mailer.send(&email, &message).await;
        let concluded = run.conclude(&claimed, sent);
        match with_timeout(MARK, "Failed to note what became of a mail", concluded).await? {
            Delivered::Sent => tracing::info!(purchase, "{name} sent"),
            // No retry helps, and the reader lacks neither book nor money.
            Delivered::AddressRefused(failure) => {
                tracing::warn!(purchase, %failure, "{name} refused for good");
            }
            Delivered::Uncertain(failure) => {
                tracing::error!(purchase, %failure, "{name}: {}", delivery::uncertain());
            }
        }
        Ok(true)
    }
}
