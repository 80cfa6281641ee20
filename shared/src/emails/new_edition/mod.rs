//! The mail about a new edition.

use askama::Template;

use super::{EmailMessage, downloads, one_line, wrap};
use crate::domain::wording::mailto;

/// Tells a buyer of a new edition, which is theirs already.
pub struct NewEdition<'a> {
    /// The book's name.
    pub book: &'a str,
    /// The new edition, as people read it.
    pub version: &'a str,
    /// The private link, the same as ever.
    pub link: &'a str,
    /// How many downloads the buyer has again.
    pub downloads: u32,
    /// What is new, as plain text.
    pub notes_text: Option<&'a str>,
    /// What is new, as HTML that is safe already; without it, the plain text is shown.
    pub notes_html: Option<&'a str>,
    /// Whom to write to.
    pub support_email: &'a str,
    /// Where to ask for no more of these.
    pub unsubscribe_link: Option<&'a str>,
}

impl NewEdition<'_> {
    /// Writes the message.
    #[must_use]
    pub fn message(&self) -> EmailMessage {
        EmailMessage {
            subject: one_line(&NewEditionSubject { message: self }.to_string()),
            text: wrap(&NewEditionText { message: self }.to_string()),
            html: NewEditionHtml { message: self }.to_string(),
            unsubscribe_link: self.unsubscribe_link.map(str::to_owned),
        }
    }

    fn fresh_downloads(&self) -> String {
        downloads(self.downloads, "fresh ")
    }

    fn support_link(&self) -> String {
        mailto(self.support_email, &one_line(self.book))
    }
}

#[derive(Template)]
#[template(path = "emails/new_edition/subject.txt")]
struct NewEditionSubject<'a> {
    message: &'a NewEdition<'a>,
}

#[derive(Template)]
#[template(path = "emails/new_edition/body.txt")]
struct NewEditionText<'a> {
    message: &'a NewEdition<'a>,
}

#[derive(Template)]
#[template(path = "emails/new_edition/body.html")]
struct NewEditionHtml<'a> {
    message: &'a NewEdition<'a>,
}
