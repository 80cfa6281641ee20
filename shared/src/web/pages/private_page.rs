//! The private page of one purchase.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use askama::Template;

use crate::{
    domain::{
        accent::Accent, cover::Cover, invoice::Documents, purchase::EditionMail,
        receipt_url::ReceiptUrl, takes::PageToken,
    },
    emails::{BoughtElsewhere, Paid},
    web::contact::ShopContact,
    words::Words,
};

/// Above this many downloads a bar is clearer than dots.
const MOST_DOTS: u32 = 12;

/// The private page of a payment.
#[derive(Clone, Debug, Template)]
#[template(path = "web/pages/private_page.html")]
pub struct PrivatePage<'a> {
    /// The copies that were bought; first that of the page's own link.
    pub copies: Vec<CopyOnPage<'a>>,
    /// The link of the page with all copies of the payment, if this page shows only one of them.
    pub link_of_all: Option<&'a str>,
    /// What the buttons send, so that a second press of one is known.
    pub token: PageToken,
    /// The page's own address, for print.
    pub link: &'a str,
    /// The reference of the purchase, by which the author finds it.
    pub reference: &'a str,
    /// What was paid; absent if this purchase holds no sum.
    pub paid: Option<Paid>,
    /// Stripe's own receipt, if there is one.
    pub stripe_receipt: Option<&'a ReceiptUrl>,
    /// The invoice and the credit notes, as far as Stripe serves them.
    pub documents: Documents,
    /// Where it was bought, if it was imported.
    pub bought_elsewhere: Option<BoughtElsewhere<'a>>,
    /// The page on which they withdraw from the contract, in a shop that keeps the rules of the EU.
    pub withdrawal_link: Option<String>,
    /// The page on which they have the money back, while the author's terms allow it.
    pub refund_link: Option<String>,
    /// Whether the mail with this page's address has been sent.
    pub is_mailed: bool,
    /// The masked address that has that mail.
    pub mailed_to: Option<String>,
    /// What the page says to a buyer who comes from the checkout.
    pub arrival: Option<Arrival>,
    /// What the buyer is asked before the first download, if the shop asks for it and they have not
    /// agreed.
    pub agreement: Option<AgreementForm>,
    /// The accent colour of the page's own book, if the catalogue says one.
    pub accent: Option<Accent>,
    /// Whether the buyer gets mail about new editions.
    pub edition_mail: EditionMail,
    /// Shown at the foot, and where nothing is left.
    pub contact: &'a ShopContact,
    /// Its words.
    pub words: Words,
}

/// What the page says to a buyer who comes from the checkout.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The address to which a corrected mail address is posted, while that is possible.
    pub correction: Option<String>,
}

/// What the buyer is asked before the first download.
#[derive(Clone, Debug)]
pub struct AgreementForm {
    /// The address to which the agreement is posted.
    pub action: String,
    /// The version of the text.
    pub version: u32,
    /// The text beside the box, in the language of the page.
    pub text: &'static str,
    /// The checkout from which the buyer comes, so that the page which answers still thanks them.
    pub paid: Option<String>,
}

/// One copy of a book on the page.
#[derive(Clone, Debug)]
pub struct CopyOnPage<'a> {
    /// The private link of the copy, to which its buttons post; absent for the page's own.
    pub link: Option<String>,
    /// The book's id, which the buttons send.
    pub book_id: &'a str,
    /// The book's name.
    pub book: &'a str,
    /// Who wrote it, if the catalogue says.
    pub author: Option<&'a str>,
    /// The language that it is written in, if the catalogue says.
    pub language: Option<&'a str>,
    /// The image of its cover, if the catalogue has one. Shown for the page's own book.
    pub cover: Option<&'a Cover>,
    /// The edition, as people read it: "2nd edition, 2.1".
    pub version: &'a str,
    /// How many downloads are left.
    pub downloads: DownloadsLeft,
    /// Whether its buttons wait for the buyer's agreement.
    pub needs_agreement: bool,
    /// One button each.
    pub files: Vec<FileChoice<'a>>,
    /// What changed in this edition, as HTML that is safe already.
    pub notes: Option<String>,
    /// The author's thanks, as HTML that is safe already.
    pub thanks: Option<String>,
}

/// One file that can be downloaded.
#[derive(Clone, Debug)]
pub struct FileChoice<'a> {
    /// What the form sends as `file`: "pdf".
    pub name: &'a str,
    /// What the button calls it: "PDF", "All the code".
    pub label: Cow<'a, str>,
    /// Whether it is an EPUB, which Kindles take by way of Amazon.
    pub is_epub: bool,
    /// Its format and size, and what the format is good for: "PDF, 4.2 MB, for print".
    pub hint: String,
}

/// How many downloads are left, as the page tells it.
#[derive(Clone, Copy, Debug)]
pub struct DownloadsLeft {
    /// How many are left.
    pub left: u32,
    /// How many a purchase, or a new edition, comes with.
    pub usual: u32,
}

impl DownloadsLeft {
    /// How many are shown as all; an author may have granted more than the usual number.
    #[must_use]
    pub fn in_full(self) -> u32 {
        self.usual.max(self.left)
    }

    /// "4 of 5 downloads left".
    #[must_use]
    pub fn count(self, words: Words) -> String {
        words.downloads_left(self.in_full(), self.left)
    }

    /// How many dots are shown as taken, or `None` where dots would be too many.
    fn taken_dots(self) -> Option<u32> {
        (self.in_full() <= MOST_DOTS).then(|| self.in_full() - self.left)
    }
}

impl PrivatePage<'_> {
    /// Returns the name of the page's own book.
    fn book(&self) -> &str {
        self.copies.first().map_or("", |copy| copy.book)
    }

    /// Whether the page has a button that takes a download.
    fn has_downloads(&self) -> bool {
        let has_buttons = |copy: &CopyOnPage<'_>| copy.downloads.left > 0 && !copy.needs_agreement;
        self.copies.iter().any(has_buttons)
    }

    /// Whether a file on the page can be sent to a Kindle.
    fn has_epub(&self) -> bool {
        let mut files = self.copies.iter().flat_map(|copy| &copy.files);
        files.any(|file| file.is_epub)
    }

    /// What a press of a button takes.
    fn costs_nothing(&self) -> Cow<'static, str> {
        match self.copies.as_slice() {
            [only] => {
                let full = only.downloads.in_full();
                self.words.page_costs_nothing(full).into()
            }
            _ => self.words.page_costs_nothing_books().into(),
        }
    }

    /// How many books the page shows.
    fn count(&self) -> u32 {
        u32::try_from(self.copies.len()).unwrap_or(u32::MAX)
    }

    /// A `mailto:` link about this book that quotes the reference of the purchase.
    fn mailto(&self, book: &str) -> String {
        self.contact.mailto(&format!("{book} ({})", self.reference))
    }

    fn support_link(&self) -> String {
        self.mailto(self.book())
    }
}
