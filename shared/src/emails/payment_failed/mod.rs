//! The mail about a bank debit that did not come.

use askama::Template;

use super::{EmailMessage, subject_with_reference};
use crate::{
    domain::{accent::Accent, language::Language, mailto::mailto},
    words::Words,
};

/// Tells a buyer that their bank did not pay, and leads them back to the book.
pub struct PaymentFailed<'a> {
    /// The book's name.
    pub book: &'a str,
    /// The edition, as people read it.
    pub version: &'a str,
    /// The author's page that sells the book.
    pub link: &'a str,
    /// The reference of the purchase.
    pub reference: &'a str,
    /// The page on which anybody can withdraw, in a shop that keeps the rules of the EU.
    pub withdrawal_link: Option<&'a str>,
    /// The address that buyers write to.
    pub support_email: &'a str,
    /// The language that the book is written in, which is that of the words if the shop speaks it.
    pub language: Option<&'a Language>,
    /// The accent colour: that of the book, or the shop's own.
    pub accent: Accent,
}

impl PaymentFailed<'_> {
    /// Fills in the templates.
    #[must_use]
    pub fn message(&self) -> EmailMessage {
        let (mail, words) = (self, Words::of(self.language));
        EmailMessage::new(
            &PaymentFailedSubject { mail, words },
            &PaymentFailedText { mail, words },
            &PaymentFailedHtml { mail, words },
        )
    }

    fn support_link(&self) -> String {
        let subject = subject_with_reference(self.book, self.reference);
        mailto(self.support_email, &subject)
    }
}

#[derive(Template)]
#[template(path = "emails/payment_failed/subject.txt")]
struct PaymentFailedSubject<'a> {
    mail: &'a PaymentFailed<'a>,
    words: Words,
}

#[derive(Template)]
#[template(path = "emails/payment_failed/body.txt")]
struct PaymentFailedText<'a> {
    mail: &'a PaymentFailed<'a>,
    words: Words,
}

#[derive(Template)]
#[template(path = "emails/payment_failed/body.html")]
struct PaymentFailedHtml<'a> {
    mail: &'a PaymentFailed<'a>,
    words: Words,
}
