//! The mail to somebody who lost their links.

use askama::Template;

use super::{EmailMessage, count, subject_with_reference};
use crate::{
    domain::{accent::Accent, language::Language, mailto::mailto},
    words::Words,
};

/// The links of everything that was bought with an address, in the language of the newest book.
pub struct LostLinks<'a> {
    /// What was bought, newest first; at least one.
    pub books: Vec<BookLink<'a>>,
    /// Whether more was bought than the mail names.
    pub are_more: bool,
    /// The accent colour: that of the newest book, or the shop's own.
    pub accent: Accent,
    /// The page on which the buyer withdraws, in a shop that keeps the rules of the EU.
    pub withdrawal_link: Option<&'a str>,
    /// The address that buyers write to.
    pub support_email: &'a str,
}

/// The link of one purchase.
pub struct BookLink<'a> {
    /// The book's name; its id where the author has taken it out of the catalogue.
    pub name: &'a str,
    /// The current edition, as people read it; absent where the author has taken the book out of
    /// the catalogue.
    pub version: Option<&'a str>,
    /// The language that the book is written in.
    pub language: Option<&'a Language>,
    /// The private link.
    pub link: String,
    /// The reference of the purchase.
    pub reference: String,
}

impl LostLinks<'_> {
    /// Fills in the templates.
    #[must_use]
    pub fn message(&self) -> EmailMessage {
        let (mail, words) = (self, self.words());
        EmailMessage::new(
            &LostLinksSubject { mail, words },
            &LostLinksText { mail, words },
            &LostLinksHtml { mail, words },
        )
    }

    fn words(&self) -> Words {
        Words::of(self.books.first().and_then(|newest| newest.language))
    }

    /// How many books it names.
    fn count(&self) -> u32 {
        count(&self.books)
    }

    fn subject(&self, words: Words) -> String {
        match self.books.as_slice() {
            [only] => words.lost_links_subject(only.name),
            _ => words.lost_links_title(self.count()),
        }
    }

    fn support_link(&self) -> String {
        let title = self.words().lost_links_title(self.count());
        let subject = match self.books.first() {
            Some(newest) => subject_with_reference(&title, &newest.reference),
            None => title.clone(),
        };
        mailto(self.support_email, &subject)
    }
}

#[derive(Template)]
#[template(path = "emails/lost_links/subject.txt")]
struct LostLinksSubject<'a> {
    mail: &'a LostLinks<'a>,
    words: Words,
}

#[derive(Template)]
#[template(path = "emails/lost_links/body.txt")]
struct LostLinksText<'a> {
    mail: &'a LostLinks<'a>,
    words: Words,
}

#[derive(Template)]
#[template(path = "emails/lost_links/body.html")]
struct LostLinksHtml<'a> {
    mail: &'a LostLinks<'a>,
    words: Words,
}
