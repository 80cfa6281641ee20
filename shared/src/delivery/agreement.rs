//! The mail that confirms what a buyer agreed to before the first download. `agree` delivers it at
//! once, and `reconcile` where that failed.

use super::{DeliveryRun, LogText, uncertain};
use crate::{
    adapters::{catalogue::CatalogueTable, mailer::Mailer, purchases::Purchases},
    domain::{
        book::{Book, BookId},
        delivery::{Claim, Delivery},
        link::ShopUrl,
        purchase::Purchase,
    },
    emails::{AgreementConfirmed, EmailMessage},
    runtime::{
        failure::Failure,
        timeouts::{RECORD, with_timeout},
    },
};

/// What the delivery of a confirmation takes.
pub struct Confirmation<'a> {
    /// The catalogue, which has the names of the books.
    pub catalogue: &'a CatalogueTable,
    /// The purchases table.
    pub purchases: &'a Purchases,
    /// SES.
    pub mailer: &'a Mailer,
    /// The shop's URL, which begins the link to withdraw.
    pub shop_url: &'a ShopUrl,
    /// The address that buyers write to.
    pub support_email: &'a str,
}

impl Confirmation<'_> {
    /// Mails the confirmation that the first purchase of a payment owes for all of it. Returns whether
    /// this call sent it. It does not if none is owed, there is no address that takes mail, or another
    /// call holds the claim. Fails if the mail was not sent and is still owed. Logs one that will never
    /// be sent.
    pub async fn deliver(&self, first: &Purchase, claim: &Claim) -> Result<bool, Failure> {
        let Some(address) = first.email.clone() else {
            return Ok(false);
        };
        if !first.owes_agreement_mail_to(&address) {
            return Ok(false);
        }
        let books = self.books_of(first);
        let books = with_timeout(RECORD, "Failed to find what was agreed to", books).await?;
        let Some(message) = message(first, &books, self) else {
            let step = "Failed to write the confirmation of an agreement";
            return Err(Failure::refused(step, "there is no text of its version"));
        };
        let delivery = Delivery::Agreement {
            address: address.clone(),
        };
        let log = LogText {
            claim: "Failed to claim the confirmation of an agreement",
            finish: "Failed to note that an agreement is confirmed",
            sent: "agreement confirmed by mail",
            refused: "confirmation of an agreement refused for good",
            uncertain: format!("confirmation of an agreement: {}", uncertain()),
        };
        DeliveryRun::new(self.purchases, delivery, claim.clone())
            .deliver(first.id, self.mailer, (&address, &message), &log)
            .await
    }

    /// Returns the books of a payment that are in the catalogue, each with its language; first that of
    /// the first purchase.
    async fn books_of(&self, first: &Purchase) -> Result<Vec<Book>, Failure> {
        let others = self.purchases.find_each(&first.others).await?;
        let ids: Vec<&BookId> = std::iter::once(first)
            .chain(&others)
            .map(|purchase| &purchase.book_id)
            .collect();
        let sold = self.catalogue.sold_books(&ids).await?;
        Ok(sold.books.into_iter().flatten().collect())
    }
}

/// Returns the mail; `None` if nothing was agreed to, or the text of its version is gone.
fn message(
    first: &Purchase,
    books: &[Book],
    confirmation: &Confirmation<'_>,
) -> Option<EmailMessage> {
    let agreed = first.agreed.as_ref()?;
    let book = books.first()?;
    let others = books.iter().skip(1);
    let confirmed = AgreementConfirmed {
        book: &book.name,
        version: &book.version,
        others: others
            .map(|book| (book.name.as_str(), book.version.as_str()))
            .collect(),
        agreed,
        reference: &first.id.reference(),
        // A shop that asks before the first download takes withdrawals.
        withdrawal_link: Some(&confirmation.shop_url.withdrawal_page()),
        support_email: confirmation.support_email,
        language: book.language.as_ref(),
        accent: book.accent.unwrap_or_default(),
    };
    confirmed.message()
}
