//! The mail with the private link, which goes out right after the payment.

use askama::Template;

use super::{EmailMessage, downloads, one_line};
use crate::domain::{
    book::Book,
    purchase::Purchase,
    wording::{mailto, number},
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
    /// The names of the files: "PDF", "EPUB".
    pub files: Vec<String>,
    /// The names and versions of the other books of the purchase.
    pub others: Vec<(&'a str, &'a str)>,
    /// Whether a mail will tell the buyer of new editions.
    pub tells_of_editions: bool,
    /// The address that buyers write to.
    pub support_email: &'a str,
}

impl Receipt<'_> {
    /// The receipt of a purchase, with the number of downloads that it has left. `books` are those
    /// of the payment, beginning with the purchase's own.
    #[must_use]
    pub fn of(
        purchase: &Purchase,
        books: &[Book],
        link: &str,
        support_email: &str,
    ) -> EmailMessage {
        let own = books.first();
        let files = own.into_iter().flat_map(|book| purchase.files.of(book));
        let others = books.iter().skip(1);
        Receipt {
            book: own.map_or("", |book| &book.name),
            version: own.map_or("", |book| &book.version),
            link,
            downloads: purchase.downloads_left,
            files: files.map(|file| file.shown_label().into_owned()).collect(),
            others: others
                .map(|book| (book.name.as_str(), book.version.as_str()))
                .collect(),
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

    /// "PDF or EPUB"; `None` if the purchase has several books, whose files may differ.
    fn files(&self) -> Option<String> {
        match self.files.as_slice() {
            _ if !self.others.is_empty() => None,
            [] => None,
            [only] => Some(only.clone()),
            [first @ .., last] => Some(format!("{} or {last}", first.join(", "))),
        }
    }

    /// "and one more book"; empty if there is only one.
    fn and_more(&self) -> String {
        match u32::try_from(self.others.len()).unwrap_or(u32::MAX) {
            0 => String::new(),
            1 => " and one more book".to_owned(),
            more => format!(" and {} more books", number(more)),
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
    fn files_are_listed_as_people_do() {
        let files = |files: &[&str]| {
            Receipt {
                book: "",
                version: "",
                link: "",
                downloads: 5,
                files: files.iter().map(ToString::to_string).collect(),
                others: vec![],
                tells_of_editions: true,
                support_email: "",
            }
            .files()
        };
        assert_eq!(files(&[]), None);
        assert_eq!(files(&["PDF"]).as_deref(), Some("PDF"));
        assert_eq!(files(&["PDF", "EPUB"]).as_deref(), Some("PDF or EPUB"));
        assert_eq!(
            files(&["PDF", "EPUB", "MOBI"]).as_deref(),
            Some("PDF, EPUB or MOBI")
        );
    }
}
