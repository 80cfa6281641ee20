//! The mail that money is on its way back.

use askama::Template;

use super::{EmailMessage, subject_with_reference};
use crate::{
    domain::{
        accent::Accent, invoice::Documents, language::Language, mailto::mailto, money::Money,
    },
    words::Words,
};

/// Tells a buyer what goes back to them, and whether their link is closed.
pub struct RefundSent<'a> {
    /// The name of the first book.
    pub book: &'a str,
    /// Its edition, as people read it.
    pub version: &'a str,
    /// The name and the edition of each other book of the payment.
    pub others: Vec<(&'a str, &'a str)>,
    /// What goes back with this refund.
    pub returned: Money,
    /// Whether everything that was paid has gone back, so that the link is closed.
    pub is_full: bool,
    /// Its credit notes, if there are any and Stripe serves them. The invoice is not among them.
    pub credit_notes: Documents,
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

impl RefundSent<'_> {
    /// Fills in the templates.
    #[must_use]
    pub fn message(&self) -> EmailMessage {
        let (mail, words) = (self, Words::of(self.language));
        EmailMessage::new(
            &RefundSubject { mail, words },
            &RefundText { mail, words },
            &RefundHtml { mail, words },
        )
    }

    fn preheader(&self, words: Words) -> String {
        words.refund_preheader(&words.money(self.returned))
    }

    /// What goes back, and what becomes of the link.
    fn text(&self, words: Words) -> String {
        let sum = words.money(self.returned);
        if self.is_full {
            words.refund_all(&sum)
        } else {
            words.refund_part(&sum)
        }
    }

    fn support_link(&self) -> String {
        let subject = subject_with_reference(self.book, self.reference);
        mailto(self.support_email, &subject)
    }
}

#[derive(Template)]
#[template(path = "emails/refund/subject.txt")]
struct RefundSubject<'a> {
    mail: &'a RefundSent<'a>,
    words: Words,
}

#[derive(Template)]
#[template(path = "emails/refund/body.txt")]
struct RefundText<'a> {
    mail: &'a RefundSent<'a>,
    words: Words,
}

#[derive(Template)]
#[template(path = "emails/refund/body.html")]
struct RefundHtml<'a> {
    mail: &'a RefundSent<'a>,
    words: Words,
}
