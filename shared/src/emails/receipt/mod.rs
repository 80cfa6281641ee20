//! The mail with the private link, which goes out right after the payment.

use askama::Template;

use super::{EmailMessage, downloads, one_line};
use crate::domain::{
    product::{Format, Product},
    purchase::Purchase,
    wording::mailto,
};

/// Brings a buyer the private link.
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
    pub formats: Vec<String>,
    /// Whether a mail will tell the buyer of new editions.
    pub tells_of_editions: bool,
    /// The address that buyers write to.
    pub support_email: &'a str,
}

impl Receipt<'_> {
    /// The receipt of a purchase, with the number of downloads that it has left.
    #[must_use]
    pub fn of(
        purchase: &Purchase,
        product: &Product,
        link: &str,
        support_email: &str,
    ) -> EmailMessage {
        Receipt {
            book: &product.name,
            version: &product.version,
            link,
            downloads: purchase.downloads_left,
            formats: product.files.keys().map(Format::label).collect(),
            tells_of_editions: purchase.unsubscribed_at.is_none(),
            support_email,
        }
        .message()
    }

    /// Fills in the templates.
    #[must_use]
    pub fn message(&self) -> EmailMessage {
        EmailMessage::new(
            &ReceiptSubject { mail: self },
            &ReceiptText { mail: self },
            &ReceiptHtml { mail: self },
        )
    }

    fn formats(&self) -> Option<String> {
        match self.formats.as_slice() {
            [] => None,
            [only] => Some(only.clone()),
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
    mail: &'a Receipt<'a>,
}

#[derive(Template)]
#[template(path = "emails/receipt/body.txt")]
struct ReceiptText<'a> {
    mail: &'a Receipt<'a>,
}

#[derive(Template)]
#[template(path = "emails/receipt/body.html")]
struct ReceiptHtml<'a> {
    mail: &'a Receipt<'a>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_listed_as_people_do() {
        let formats = |formats: &[&str]| {
            Receipt {
                book: "",
                version: "",
                link: "",
                downloads: 5,
                formats: formats.iter().map(ToString::to_string).collect(),
                tells_of_editions: true,
                support_email: "",
            }
            .formats()
        };
        assert_eq!(formats(&[]), None);
        assert_eq!(formats(&["PDF"]).as_deref(), Some("PDF"));
        assert_eq!(formats(&["PDF", "EPUB"]).as_deref(), Some("PDF or EPUB"));
        assert_eq!(
            formats(&["PDF", "EPUB", "MOBI"]).as_deref(),
            Some("PDF, EPUB or MOBI")
        );
    }
}
