//! The mail that confirms what a buyer agreed to before the first download.

use askama::Template;

use super::{EmailMessage, subject_with_reference};
use crate::{
    domain::{accent::Accent, agreement::Agreement, language::Language, mailto::mailto},
    words::Words,
};

/// Confirms on a durable medium that the buyer consented to the performance of the contract beginning,
/// and acknowledged what follows. It holds all that was agreed, and no link, because nobody needs one
/// to keep it.
pub struct AgreementConfirmed<'a> {
    /// The name of the first book.
    pub book: &'a str,
    /// Its edition, as people read it.
    pub version: &'a str,
    /// The name and the edition of each other book of the payment.
    pub others: Vec<(&'a str, &'a str)>,
    /// What was agreed, in its own language.
    pub agreed: &'a Agreement,
    /// The reference of the purchase.
    pub reference: &'a str,
    /// The page on which anybody can withdraw, in a shop that keeps the rules of the EU.
    pub withdrawal_link: Option<&'a str>,
    /// The address that buyers write to.
    pub support_email: &'a str,
    /// The language that the first book is written in.
    pub language: Option<&'a Language>,
    /// The accent colour: that of the book, or the shop's own.
    pub accent: Accent,
}

impl AgreementConfirmed<'_> {
    /// Fills in the templates, in the language of the text that the buyer read. `None` if the shop has
    /// no text of its version.
    #[must_use]
    pub fn message(&self) -> Option<EmailMessage> {
        let (mail, words) = (self, Words::of(Some(&self.agreed.language)));
        let agreement = words.agreement(self.agreed.version)?;
        Some(EmailMessage::new(
            &AgreementSubject { mail, words },
            &AgreementText {
                mail,
                words,
                agreement,
            },
            &AgreementHtml {
                mail,
                words,
                agreement,
            },
        ))
    }

    /// Says when it was agreed, to the second.
    fn time(&self, words: Words) -> String {
        let at = self.agreed.at;
        words.agreement_time(&words.long_date(at.date()), &at.time_of_day())
    }

    fn support_link(&self) -> String {
        let subject = subject_with_reference(self.book, self.reference);
        mailto(self.support_email, &subject)
    }
}

#[derive(Template)]
#[template(path = "emails/agreement/subject.txt")]
struct AgreementSubject<'a> {
    mail: &'a AgreementConfirmed<'a>,
    words: Words,
}

#[derive(Template)]
#[template(path = "emails/agreement/body.txt")]
struct AgreementText<'a> {
    mail: &'a AgreementConfirmed<'a>,
    words: Words,
    agreement: &'static str,
}

#[derive(Template)]
#[template(path = "emails/agreement/body.html")]
struct AgreementHtml<'a> {
    mail: &'a AgreementConfirmed<'a>,
    words: Words,
    agreement: &'static str,
}
