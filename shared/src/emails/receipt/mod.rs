//! The mail with the private link, which goes out right after the payment.

use askama::Template;

use super::{EmailMessage, count, one_line};
use crate::{
    domain::{book::Book, language::Language, mailto::mailto, purchase::Purchase},
    words::Words,
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
    /// The language that the book is written in, which is that of the words if the shop speaks it.
    pub language: Option<&'a Language>,
}

impl Receipt<'_> {
    /// The receipt of a purchase, with the number of downloads that it has left. `books` are those
    /// of the payment, beginning with the purchase's own, each with its language.
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
            language: own.and_then(|book| book.language.as_ref()),
        }
        .message()
    }

    /// Fills in the templates.
    #[must_use]
    pub fn message(&self) -> EmailMessage {
        let (mail, words) = (self, Words::of(self.language));
        EmailMessage::new(
            &ReceiptSubject { mail, words },
            &ReceiptText { mail, words },
            &ReceiptHtml { mail, words },
        )
    }

    /// How many books were bought.
    fn books(&self) -> u32 {
        count(&self.others).saturating_add(1)
    }

    /// "PDF or EPUB"; `None` if the purchase has several books, whose files may differ.
    fn files(&self, words: Words) -> Option<String> {
        words.any_of(&self.files).filter(|_| self.others.is_empty())
    }

    /// How many downloads each book comes with.
    fn downloads(&self, words: Words) -> String {
        if self.others.is_empty() {
            words.receipt_downloads(self.downloads)
        } else {
            words.receipt_downloads_books(self.downloads)
        }
    }

    /// What happens when a new edition appears.
    fn new_editions(&self, words: Words) -> String {
        if self.tells_of_editions {
            words.receipt_editions_mailed(self.downloads)
        } else {
            words.receipt_editions_turned_off(self.downloads)
        }
    }

    fn support_link(&self) -> String {
        mailto(self.support_email, &one_line(self.book))
    }
}

#[derive(Template)]
#[template(path = "emails/receipt/subject.txt")]
struct ReceiptSubject<'a> {
    mail: &'a Receipt<'a>,
    words: Words,
}

#[derive(Template)]
#[template(path = "emails/receipt/body.txt")]
struct ReceiptText<'a> {
    mail: &'a Receipt<'a>,
    words: Words,
}

#[derive(Template)]
#[template(path = "emails/receipt/body.html")]
struct ReceiptHtml<'a> {
    mail: &'a Receipt<'a>,
    words: Words,
}
