//! The update of one buyer: to whom its mail goes, what it says, and what follows for their other
//! purchases of the product. `push-update` tells everyone on the work list; whoever opens a link
//! again tells the buyer who was not on it meanwhile.
//!
//! ```text
//! who owns the book by two purchases is mailed once:
//! the older is told ─▶ the younger counts as told
//!                   │
//! crash:            the younger finds the older told, by the next run or the same one
//! ```
//!
//! Until the older is told, the younger is owed: the older may be refunded before, and the mail is
//! the younger's then.

use super::DeliveryRun;
use crate::{
    adapters::purchases::Purchases,
    domain::{
        delivery::{Claim, Delivery, DeliveryEnd},
        email_address::EmailAddress,
        link::ShopUrl,
        notes::Notes,
        product::Product,
        purchase::Purchase,
        purchase_id::PurchaseId,
    },
    emails::{EmailMessage, NewEdition},
    runtime::failure::Failure,
};

/// The update that a product's newest edition is, for one buyer after the other.
pub struct Update<'a> {
    /// Where they are.
    pub purchases: &'a Purchases,
    /// The product at its newest edition.
    pub product: &'a Product,
    /// Where the shop answers.
    pub shop_url: &'a ShopUrl,
    /// The address that buyers write to.
    pub support_email: &'a str,
    /// How many downloads it gives.
    pub downloads: u32,
}

/// To whom the mail of a purchase goes.
#[derive(Debug)]
pub enum Recipient {
    /// To its buyer.
    Buyer {
        /// Their address.
        email: EmailAddress,
        /// Their other purchases of the product, which count as told with this one.
        others: Vec<PurchaseId>,
    },
    /// To nobody: there is no address that takes mail, its buyer wants none, or was told by another
    /// purchase.
    Nobody,
    /// To its buyer by an older purchase, which is still owed.
    OlderPurchase,
}

impl<'a> Update<'a> {
    /// The delivery to one buyer.
    #[must_use]
    pub fn run(&self, claim: Claim) -> DeliveryRun<'a> {
        let update = Delivery::Update {
            edition: self.product.edition,
            downloads: self.downloads,
        };
        DeliveryRun::new(self.purchases, update, claim)
    }

    /// To whom the mail of this purchase goes. One `Query`, and a `GetItem` for each other purchase
    /// of the product by the same buyer.
    pub async fn recipient(&self, purchase: &Purchase) -> Result<Recipient, Failure> {
        let Some(email) = purchase
            .email
            .as_ref()
            .filter(|_| purchase.mail_refused_at.is_none())
        else {
            return Ok(Recipient::Nobody);
        };
        if purchase.unsubscribed_at.is_some() {
            return Ok(Recipient::Nobody);
        }
        let mut of_product = self.purchases.of_address(email).await?;
        of_product.retain(|summary| summary.product_id == self.product.id);
        if !of_product.iter().all(|summary| summary.wants_mail) {
            return Ok(Recipient::Nobody);
        }
        let mut is_older = true;
        let mut has_older = false;
        let mut others = Vec::new();
        for summary in of_product {
            if summary.id == purchase.id {
                is_older = false;
                continue;
            }
            // The index may be a second behind, and knows neither whether its mail was refused nor whether it is a test.
            let Some(other) = self.purchases.find(summary.id).await? else {
                continue;
            };
            let is_mailed = other.is_paid_for()
                && !self.purchases.leaves_out(&other)
                && other.mail_refused_at.is_none()
                && other.email.as_ref() == Some(email);
            if !is_mailed {
                continue;
            }
            let edition = self.product.edition;
            if other.edition >= edition && other.edition_bought < edition {
                return Ok(Recipient::Nobody);
            }
            if other.edition < edition {
                has_older |= is_older;
                others.push(other.id);
            }
        }
        Ok(if has_older {
            Recipient::OlderPurchase
        } else {
            let email = email.clone();
            Recipient::Buyer { email, others }
        })
    }

    /// The mail to the buyer of this purchase.
    #[must_use]
    pub fn message(&self, purchase: &Purchase) -> EmailMessage {
        self.message_with(purchase.id, purchase.downloads_left.max(self.downloads))
    }

    /// The mail with a link that leads nowhere.
    #[must_use]
    pub fn specimen(&self) -> EmailMessage {
        self.message_with(PurchaseId::nobody(), self.downloads)
    }

    fn message_with(&self, id: PurchaseId, downloads: u32) -> EmailMessage {
        let Self {
            product, shop_url, ..
        } = self;
        let notes_html = product.notes.as_ref().map(Notes::html);
        NewEdition {
            book: &product.name,
            version: &product.version,
            link: &shop_url.private_link(&id),
            downloads,
            notes_text: product.notes.as_ref().map(Notes::text),
            notes_html: notes_html.as_deref(),
            support_email: self.support_email,
            unsubscribe_link: Some(&shop_url.unsubscribe_link(&id)),
        }
        .message()
    }

    /// Counts these as told: another purchase of their buyer brought the mail. Returns how many.
    /// What fails is found by the next run.
    pub async fn others_are_told(&self, run: &DeliveryRun<'_>, others: &[PurchaseId]) -> u64 {
        let mut told = 0;
        for other in others {
            match run.finish(*other, DeliveryEnd::NotMailed).await {
                Ok(()) => told += 1,
                Err(failure) => {
                    tracing::warn!(purchase = other.reference(), "{failure}; still owed");
                }
            }
        }
        told
    }
}
