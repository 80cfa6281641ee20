//! The mail about a new edition.

use askama::Template;

use super::{BoughtElsewhere, EmailMessage, subject_with_reference};
use crate::{
    domain::{accent::Accent, language::Language, mailto::mailto},
    words::Words,
};

/// Tells a buyer of a new edition. It is theirs already.
pub struct NewEdition<'a> {
    /// The book's name.
    pub book: &'a str,
    /// The new edition, as people read it.
    pub version: &'a str,
    /// The private link, which a new edition does not change.
    pub link: &'a str,
    /// How many downloads the new edition comes with.
    pub downloads: u32,
    /// What is new, as plain text.
    pub notes_text: Option<&'a str>,
    /// What is new, as HTML that is safe already. The HTML part shows the plain text without it.
    pub notes_html: Option<&'a str>,
    /// Where it was bought, if it was imported and this is the first mail that its buyer gets of the
    /// shop's.
    pub bought_elsewhere: Option<BoughtElsewhere<'a>>,
    /// The reference of the purchase.
    pub reference: &'a str,
    /// The address that buyers write to.
    pub support_email: &'a str,
    /// The language that the book is written in, which is that of the words if the shop speaks it.
    pub language: Option<&'a Language>,
    /// The accent colour: that of the book, or the shop's own.
    pub accent: Accent,
    /// The page on which the buyer withdraws, in a shop that keeps the rules of the EU.
    pub withdrawal_link: Option<&'a str>,
    /// The URL at which the buyer can unsubscribe from these mails.
    pub unsubscribe_link: Option<&'a str>,
}

impl NewEdition<'_> {
    /// Fills in the templates.
    #[must_use]
    pub fn message(&self) -> EmailMessage {
        let (mail, words) = (self, Words::of(self.language));
        EmailMessage {
            unsubscribe_link: self.unsubscribe_link.map(str::to_owned),
            ..EmailMessage::new(
                &NewEditionSubject { mail, words },
                &NewEditionText { mail, words },
                &NewEditionHtml { mail, words },
            )
        }
    }

    /// The line that a mail program shows beside the subject.
    fn preheader(&self, words: Words) -> String {
        match self.bought_elsewhere {
            None => words.new_edition_preheader(self.downloads),
            Some(bought) => words.new_edition_elsewhere_preheader(bought.platform, &bought.year()),
        }
    }

    /// What the mail is about: who bought elsewhere reads first that they did.
    fn opening(&self, words: Words) -> String {
        match self.bought_elsewhere {
            None => words.new_edition_text(self.downloads),
            Some(bought) => words.new_edition_elsewhere(
                &words.quoted(self.book),
                self.downloads,
                bought.platform,
                &bought.year(),
            ),
        }
    }

    /// Why the buyer gets the mail.
    fn why(&self, words: Words) -> String {
        match self.bought_elsewhere {
            None => words.new_edition_why().to_owned(),
            Some(bought) => words.new_edition_elsewhere_why(bought.platform),
        }
    }

    fn support_link(&self) -> String {
        let subject = subject_with_reference(self.book, self.reference);
        mailto(self.support_email, &subject)
    }
}

#[derive(Template)]
#[template(path = "emails/new_edition/subject.txt")]
struct NewEditionSubject<'a> {
    mail: &'a NewEdition<'a>,
    words: Words,
}

#[derive(Template)]
#[template(path = "emails/new_edition/body.txt")]
struct NewEditionText<'a> {
    mail: &'a NewEdition<'a>,
    words: Words,
}

#[derive(Template)]
#[template(path = "emails/new_edition/body.html")]
struct NewEditionHtml<'a> {
    mail: &'a NewEdition<'a>,
    words: Words,
}
