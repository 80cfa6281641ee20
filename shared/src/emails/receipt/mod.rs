//! The mail with the private link, right after paying.

use askama::Template;

use super::{EmailMessage, downloads, one_line, wrap};
use crate::domain::{
    product::{Format, Product},
    purchase::Purchase,
    wording::mailto,
};

/// What a buyer gets for paying: the private link.
pub struct Receipt<'a> {
    /// The book's name.
    pub book: &'a str,
    /// The edition, as people read it: "2nd edition, 2.1".
    pub version: &'a str,
    /// The private link.
    pub link: &'a str,
    /// How many downloads the purchase comes with.
    pub downloads: u32,
    /// The names of the formats: "PDF", "EPUB".
    pub formats: Vec<&'a str>,
    /// Whom to write to.
    pub support_email: &'a str,
}

impl Receipt<'_> {
    /// Writes the message of a purchase, with the downloads that it has left.
    #[must_use]
    pub fn of(
        purchase: &Purchase,
        product: &Product,
        link: &str,
        support_email: &str,
    ) -> EmailMessage {
        let labels: Vec<String> = product.files.keys().map(Format::label).collect();
        Receipt {
            book: &product.name,
            version: &product.version,
            link,
            downloads: purchase.downloads_left,
            formats: labels.iter().map(String::as_str).collect(),
            support_email,
        }
        .message()
    }

    /// Writes the message.
    #[must_use]
    pub fn message(&self) -> EmailMessage {
        EmailMessage {
            subject: one_line(&ReceiptSubject { message: self }.to_string()),
            text: wrap(&ReceiptText { message: self }.to_string()),
            html: ReceiptHtml { message: self }.to_string(),
            unsubscribe_link: None,
        }
    }

    fn formats(&self) -> Option<String> {
        match self.formats.as_slice() {
            [] => None,
            [only] => Some((*only).to_owned()),
            [first @ .., last] => Some(format!("{} or {last}", first.join(", "))),
        }
    }

    fn downloads(&self) -> String {
        downloads(self.downloads, "")
    }

    fn fresh_downloads(&self) -> String {
        downloads(self.downloads, "fresh ")
    }

    fn support_link(&self) -> String {
        mailto(self.support_email, &one_line(self.book))
    }
}

#[derive(Template)]
#[template(path = "emails/receipt/subject.txt")]
struct ReceiptSubject<'a> {
    message: &'a Receipt<'a>,
}

#[derive(Template)]
#[template(path = "emails/receipt/body.txt")]
struct ReceiptText<'a> {
    message: &'a Receipt<'a>,
}

#[derive(Template)]
#[template(path = "emails/receipt/body.html")]
struct ReceiptHtml<'a> {
    message: &'a Receipt<'a>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_listed_as_people_do() {
        let formats = |formats: Vec<&'static str>| {
            Receipt {
                book: "",
                version: "",
                link: "",
                downloads: 5,
                formats,
                support_email: "",
            }
            .formats()
        };
        assert_eq!(formats(vec![]), None);
        assert_eq!(formats(vec!["PDF"]).as_deref(), Some("PDF"));
        assert_eq!(formats(vec!["PDF", "EPUB"]).as_deref(), Some("PDF or EPUB"));
        assert_eq!(
            formats(vec!["PDF", "EPUB", "MOBI"]).as_deref(),
            Some("PDF, EPUB or MOBI")
        );
    }
}
