//! The mail about a bank debit that did not come.

use askama::Template;

use super::{EmailMessage, one_line};
use crate::domain::wording::mailto;

/// Tells a buyer that their bank did not pay, and leads them back to the book.
pub struct PaymentFailed<'a> {
    /// The book's name.
    pub book: &'a str,
    /// The edition, as people read it.
    pub version: &'a str,
    /// The author's page that sells the book.
    pub link: &'a str,
    /// The address that buyers write to.
    pub support_email: &'a str,
}

impl PaymentFailed<'_> {
    /// Fills in the templates.
    #[must_use]
    pub fn message(&self) -> EmailMessage {
        EmailMessage::new(
            &PaymentFailedSubject { mail: self },
            &PaymentFailedText { mail: self },
            &PaymentFailedHtml { mail: self },
        )
    }

    fn support_link(&self) -> String {
        mailto(self.support_email, &one_line(self.book))
    }
}

#[derive(Template)]
#[template(path = "emails/payment_failed/subject.txt")]
struct PaymentFailedSubject<'a> {
    mail: &'a PaymentFailed<'a>,
}

#[derive(Template)]
#[template(path = "emails/payment_failed/body.txt")]
struct PaymentFailedText<'a> {
    mail: &'a PaymentFailed<'a>,
}

#[derive(Template)]
#[template(path = "emails/payment_failed/body.html")]
struct PaymentFailedHtml<'a> {
    mail: &'a PaymentFailed<'a>,
}
