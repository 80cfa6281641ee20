//! The message to somebody who lost their links.

use askama::Template;

use super::{EmailMessage, one_line, wrap};
use crate::domain::wording::{mailto, number};

/// Brings the links of all that was bought with an address, once more.
pub struct LostLinks<'a> {
    /// What was bought, newest first; at least one.
    pub books: Vec<BookLink<'a>>,
    /// Whether more was bought than the message names.
    pub are_more: bool,
    /// Whom to write to.
    pub support_email: &'a str,
}

/// One purchase, to somebody who may have several.
pub struct BookLink<'a> {
    /// The book's name; the product's id where the author has taken it out of the catalogue.
    pub name: &'a str,
    /// The edition that is there now, as people read it.
    pub version: Option<&'a str>,
    /// The private link.
    pub link: String,
}

impl LostLinks<'_> {
    /// Writes the message.
    #[must_use]
    pub fn message(&self) -> EmailMessage {
        EmailMessage {
            subject: one_line(&LostLinksSubject { message: self }.to_string()),
            text: wrap(&LostLinksText { message: self }.to_string()),
            html: LostLinksHtml { message: self }.to_string(),
            unsubscribe_link: None,
        }
    }

    fn title(&self) -> &'static str {
        match self.books.as_slice() {
            [_] => "Your link",
            _ => "The links to your books",
        }
    }

    fn them(&self) -> &'static str {
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
    message: &'a LostLinks<'a>,
}

#[derive(Template)]
#[template(path = "emails/lost_links/body.txt")]
struct LostLinksText<'a> {
    message: &'a LostLinks<'a>,
}

#[derive(Template)]
#[template(path = "emails/lost_links/body.html")]
struct LostLinksHtml<'a> {
    message: &'a LostLinks<'a>,
}
