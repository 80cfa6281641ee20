//! The mail to an address that the buyer corrected.

use askama::Template;

use super::{EmailMessage, subject_with_reference};
use crate::{
    domain::{accent::Accent, language::Language, mailto::mailto},
    words::Words,
};

/// Tells an address that the link went to another one. It says neither the link nor the other
/// address, because the reader may be a stranger.
pub struct CorrectedAddress<'a> {
    /// The book's name.
    pub book: &'a str,
    /// The edition, as people read it.
    pub version: &'a str,
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

impl CorrectedAddress<'_> {
    /// Fills in the templates.
    #[must_use]
    pub fn message(&self) -> EmailMessage {
        let (mail, words) = (self, Words::of(self.language));
        EmailMessage::new(
            &CorrectedAddressSubject { mail, words },
            &CorrectedAddressText { mail, words },
            &CorrectedAddressHtml { mail, words },
        )
    }

    fn support_link(&self) -> String {
        let subject = subject_with_reference(self.book, self.reference);
        mailto(self.support_email, &subject)
    }
}

#[derive(Template)]
#[template(path = "emails/corrected_address/subject.txt")]
struct CorrectedAddressSubject<'a> {
    mail: &'a CorrectedAddress<'a>,
    words: Words,
}

#[derive(Template)]
#[template(path = "emails/corrected_address/body.txt")]
struct CorrectedAddressText<'a> {
    mail: &'a CorrectedAddress<'a>,
    words: Words,
}

#[derive(Template)]
#[template(path = "emails/corrected_address/body.html")]
struct CorrectedAddressHtml<'a> {
    mail: &'a CorrectedAddress<'a>,
    words: Words,
}
