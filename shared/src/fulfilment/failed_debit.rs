//! The mail to a buyer whose bank did not pay.

use super::Fulfilment;
use crate::{
    adapters::{mailer::SendError, purchases::StandaloneMail},
    domain::{delivery::Claim, email_address::EmailAddress, link::ShopUrl, sale::Sale},
    emails::PaymentFailed,
    runtime::{
        failure::{Failure, FailureKind},
        timeouts::{CLAIM, MARK, RECORD, with_timeout},
    },
};

impl Fulfilment {
    /// Mails a buyer whose bank did not pay, with a link back to the book page. Returns whether this
    /// call sent the mail. It does not if another call did, or holds the claim.
    ///
    /// ```text
    /// claim ─▶ send ─▶ note that it was sent
    ///      │       │
    /// crash: │     └ an hour later another call sends a second mail
    ///        └ an hour later another call sends it
    /// ```
    ///
    /// A mail with an unknown outcome is tried three times in all, an hour apart.
    pub async fn mail_payment_failed(
        &self,
        sale: &Sale,
        email: Option<&EmailAddress>,
        (book_page_url, shop_url): (&str, &ShopUrl),
        claim: &Claim,
    ) -> Result<bool, Failure> {
        let books = self.books_of(sale);
        let books = with_timeout(RECORD, "Failed to find what was not paid", books).await?;
        let (books, _) = books;
        let (Some(book), Some(email)) = (books.first(), email) else {
            return Ok(false);
        };
        let id = sale.purchase_id;
        let mail = StandaloneMail::FailedDebit(id);
        let claimed = self.purchases.claim_standalone(mail, claim);
        if !with_timeout(CLAIM, "Failed to claim the mail about a debit", claimed).await? {
            return Ok(false);
        }
        let message = PaymentFailed {
            book: &book.name,
            version: &book.version,
            link: book_page_url,
            reference: &id.reference(),
            withdrawal_link: self.withdrawal_page(shop_url).as_deref(),
            support_email: &self.support_email,
            language: book.language.as_ref(),
            accent: book.accent.unwrap_or_default(),
        }
        .message();
        let purchase = id.reference();
        let sent = self.mailer.send(email, &message).await;
        let is_sent = match sent {
            Ok(()) => true,
            Err(SendError::AddressRefused(failure)) => {
                tracing::warn!(purchase, "{failure}; their bank did not pay");
                false
            }
            Err(error) => {
                let failure = Failure::from(error);
                if failure.kind() != FailureKind::UnknownOutcome {
                    let released = self.purchases.release_standalone(mail, claim);
                    let step = "Failed to release the mail about a debit";
                    if let Err(failure) = with_timeout(MARK, step, released).await {
                        tracing::warn!(purchase, "{failure}; the claim runs out by itself");
                    }
                }
                return Err(failure);
            }
        };
        let noted = self.purchases.finish_standalone(mail, claim);
        with_timeout(MARK, "Failed to note the mail about a debit", noted).await?;
        if is_sent {
            tracing::info!(purchase, "buyer told that their bank did not pay");
        }
        Ok(is_sent)
    }
}
