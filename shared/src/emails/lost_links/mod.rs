//! The mail to somebody who lost their links.

use askama::Template;

use super::EmailMessage;
use crate::domain::wording::{mailto, number};

/// The links of everything that was bought with an address.
pub struct LostLinks<'a> {
    /// What was bought, newest first; at least one.
    pub books: Vec<BookLink<'a>>,
    /// Whether more was bought than the mail names.
    pub are_more: bool,
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
    /// The private link.
    pub link: String,
}

impl LostLinks<'_> {
    /// Fills in the templates.
    #[must_use]
    pub fn message(&self) -> EmailMessage {
        EmailMessage::new(
            &LostLinksSubject { mail: self },
            &LostLinksText { mail: self },
            &LostLinksHtml { mail: self },
        )
    }

    fn title(&self) -> &'static str {
        match self.books.as_slice() {
            [_] => "Your link",
            _ => "The links to your books",
        }
    }

    fn asked_for(&self) -> &'static str {
        match self.books.as_slice() {
            [_] => "the link to the book that you bought. Here it is again",
            _ => "the links to the books that you bought. Here they are again",
        }
    }

    fn these_are_the_newest(&self) -> String {
        let count = number(u32::try_from(self.books.len()).unwrap_or(u32::MAX));
        format!("These are your newest {count}. If you miss an older one, write to us.")
    }

    fn support_link(&self) -> String {
        mailto(self.support_email, self.title())
    }
}

#[derive(Template)]
#[template(path = "emails/lost_links/subject.txt")]
struct LostLinksSubject<'a> {
    mail: &'a LostLinks<'a>,
}

#[derive(Template)]
#[template(path = "emails/lost_links/body.txt")]
struct LostLinksText<'a> {
    mail: &'a LostLinks<'a>,
}

#[derive(Template)]
#[template(path = "emails/lost_links/body.html")]
struct LostLinksHtml<'a> {
    mail: &'a LostLinks<'a>,
}
