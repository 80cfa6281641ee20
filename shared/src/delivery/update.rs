//! The update of one buyer: who gets its mail, what the mail says, and what follows for the buyer's
//! other purchases of the book. `push-update` delivers it to everyone on the work list. If a
//! link is opened again, `fulfil` and `reconcile` deliver it to a buyer who was not on the list
//! meanwhile.
//!
//! ```text
//! A buyer with two purchases of a book gets one mail:
//! the older purchase is notified ─▶ the younger counts as notified
//!                                │
//! crash:                         this run or the next finds the older notified
//! ```
//!
//! Until the older purchase is notified, the younger one is owed the mail. The older may be
//! refunded before, and then the younger one gets the mail.

use super::DeliveryRun;
use crate::{
    adapters::purchases::Purchases,
    domain::{
        agreement::Withdrawal,
        book::Book,
        delivery::{Claim, Delivery, DeliveryEnd, NotMailed},
        email_address::EmailAddress,
        link::ShopUrl,
        notes::Notes,
        product::USUAL_DOWNLOADS,
        purchase::{EditionMail, Purchase},
        purchase_id::PurchaseId,
    },
    emails::{BoughtElsewhere, EmailMessage, NewEdition},
    runtime::failure::Failure,
};

/// The update to a book's newest edition, for any of its buyers.
pub struct Update<'a> {
    /// The purchases table.
    pub purchases: &'a Purchases,
    /// The book at its newest edition, with its language.
    pub book: &'a Book,
    /// The base address of the shop.
    pub shop_url: &'a ShopUrl,
    /// The address that buyers write to.
    pub support_email: &'a str,
    /// Whether the shop keeps the EU's rules on withdrawals.
    pub withdrawal: Withdrawal,
}

/// Who gets the mail of a purchase.
#[derive(Debug)]
pub enum Recipient {
    /// The buyer, by this purchase.
    Buyer {
        /// The buyer's address.
        email: EmailAddress,
        /// The buyer's other purchases of the book, which count as notified with this one.
        others: Vec<PurchaseId>,
    },
    /// No one, for this reason: no address accepts mail, or the buyer wants none or was notified by
    /// another purchase.
    NotOwed(NotMailed),
    /// The buyer, by an older purchase that is still owed the mail.
    OlderPurchase,
}

impl<'a> Update<'a> {
    /// Prepares the delivery of the update under this claim.
    #[must_use]
    pub fn run(&self, claim: Claim) -> DeliveryRun<'a> {
        let update = Delivery::Update {
            edition: self.book.edition,
        };
        DeliveryRun::new(self.purchases, update, claim)
    }

    /// Returns who gets the mail of this purchase. Makes one `Query`, and a `GetItem` for each
    /// other purchase of the book by the same buyer.
    pub async fn recipient(&self, purchase: &Purchase) -> Result<Recipient, Failure> {
        let Some(email) = &purchase.email else {
            return Ok(Recipient::NotOwed(NotMailed::NoAddress));
        };
        match purchase.edition_mail() {
            EditionMail::Sent => {}
            EditionMail::TurnedOff => return Ok(Recipient::NotOwed(NotMailed::Unsubscribed)),
            EditionMail::NotPossible => return Ok(Recipient::NotOwed(NotMailed::AddressRefused)),
        }
        let mut of_book = self.purchases.of_address(email).await?;
        of_book.retain(|summary| summary.book_id == self.book.id);
        if !of_book.iter().all(|summary| summary.wants_mail) {
            return Ok(Recipient::NotOwed(NotMailed::Unsubscribed));
        }
        let mut is_older = true;
        let mut has_older = false;
        let mut others = Vec::new();
        for summary in of_book {
            if summary.id == purchase.id {
                is_older = false;
                continue;
            }
            // The index can lag by a second. It holds neither whether a mail was refused nor
            // whether the sale is a test.
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
            let edition = self.book.edition;
            if other.edition >= edition && other.edition_bought < edition {
                return Ok(Recipient::NotOwed(NotMailed::AnotherPurchase));
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

    /// Returns the mail to the buyer of this purchase.
    #[must_use]
    pub fn message(&self, purchase: &Purchase) -> EmailMessage {
        let downloads = purchase.downloads_per_edition;
        // Whoever was imported hears of the shop for the first time, and reads why.
        let is_first = purchase.mailed_at.is_none();
        let bought_elsewhere = BoughtElsewhere::of(purchase).filter(|_| is_first);
        let downloads = purchase.downloads_left.max(downloads);
        self.message_with(purchase.id, downloads, bought_elsewhere)
    }

    /// Returns a sample of the mail, whose link belongs to no purchase. With an imported purchase it is
    /// the first mail that its buyer gets.
    #[must_use]
    pub fn sample(&self, imported: Option<&Purchase>) -> EmailMessage {
        let bought_elsewhere = imported.and_then(BoughtElsewhere::of);
        self.message_with(PurchaseId::sample(), USUAL_DOWNLOADS, bought_elsewhere)
    }

    fn message_with(
        &self,
        id: PurchaseId,
        downloads: u32,
        bought_elsewhere: Option<BoughtElsewhere<'_>>,
    ) -> EmailMessage {
        let Self { book, shop_url, .. } = self;
        let withdraws = self.withdrawal.is_on();
        let notes_html = book.notes.as_ref().map(Notes::html);
        NewEdition {
            book: &book.name,
            version: &book.version,
            link: &shop_url.private_link(&id),
            downloads,
            notes_text: book.notes.as_ref().map(Notes::plain_text).as_deref(),
            notes_html: notes_html.as_deref(),
            bought_elsewhere,
            reference: &id.reference(),
            support_email: self.support_email,
            language: book.language.as_ref(),
            accent: book.accent.unwrap_or_default(),
            withdrawal_link: withdraws.then(|| shop_url.withdrawal_link(&id)).as_deref(),
            unsubscribe_link: Some(&shop_url.unsubscribe_link(&id)),
        }
        .message()
    }

    /// Marks these purchases as notified, because another purchase of their buyer brought the mail.
    /// Returns how many were marked. The next run finds those for which this failed.
    pub async fn mark_others_notified(&self, run: &DeliveryRun<'_>, others: &[PurchaseId]) -> u64 {
        let mut notified = 0;
        for other in others {
            match run.finish(*other, DeliveryEnd::NotMailed).await {
                Ok(is_new) => notified += u64::from(is_new),
                Err(failure) => {
                    tracing::warn!(purchase = other.reference(), "{failure}; still owed");
                }
            }
        }
        notified
    }
}
