//! The mails that a buyer gets, and three that the author gets, each in a folder of its own: a subject, a
//! plain text and an HTML part. The author's are in English.
//!
//! Nothing here implements `Debug`, because each mail to a buyer carries the private link.

mod agreement;
mod bought_elsewhere;
mod corrected_address;
mod dispute_notice;
mod lost_links;
mod new_edition;
mod payment_failed;
mod plain_text;
mod receipt;
mod refund;
mod return_notice;
mod sale_notice;
mod sale_summary;
mod withdrawal;

use std::fmt::Display;

use plain_text::{one_line, wrap};

pub use agreement::AgreementConfirmed;
pub use bought_elsewhere::BoughtElsewhere;
pub use corrected_address::CorrectedAddress;
pub use dispute_notice::DisputeNotice;
pub use lost_links::{BookLink, LostLinks};
pub use new_edition::NewEdition;
pub use payment_failed::PaymentFailed;
pub use receipt::{BoughtBefore, Paid, Receipt, Seller};
pub use refund::RefundSent;
pub use return_notice::{PressedPayment, ReturnNotice};
pub use sale_notice::{LatestSales, SaleNotice};
pub use sale_summary::{SaleSummary, SoldProducts};
pub use withdrawal::{Outcome, WithdrawalReceived, WithdrawnItem};

/// A mail without its addresses.
pub struct EmailMessage {
    /// One line, whatever the book is called.
    pub subject: String,
    /// The plain text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// The URL at which the reader's mail program can unsubscribe with one click (RFC 8058).
    pub unsubscribe_link: Option<String>,
}

impl EmailMessage {
    /// Fills in the templates of a mail.
    fn new(subject: &dyn Display, text: &dyn Display, html: &dyn Display) -> Self {
        Self {
            subject: one_line(&subject.to_string()),
            text: wrap(&text.to_string()),
            html: html.to_string(),
            unsubscribe_link: None,
        }
    }
}

/// Returns how many there are, as the words count.
fn count<T>(things: &[T]) -> u32 {
    u32::try_from(things.len()).unwrap_or(u32::MAX)
}

/// Returns the subject of a mail to the author about a purchase: "Writing Idiomatic Python (3f2a91c0)".
fn subject_with_reference(book: &str, reference: &str) -> String {
    format!("{} ({reference})", one_line(book))
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
