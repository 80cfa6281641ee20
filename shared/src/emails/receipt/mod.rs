//! The mail with the private link, which goes out right after the payment.

use askama::Template;

use super::{BoughtElsewhere, EmailMessage, count, subject_with_reference};
use crate::{
    domain::{
        accent::Accent,
        agreement::Withdrawal,
        book::Book,
        country::Country,
        invoice::Documents,
        language::Language,
        mailto::mailto,
        money::Money,
        notes::Notes,
        purchase::Purchase,
        receipt_url::ReceiptUrl,
        seller,
        timestamp::{Date, Timestamp},
    },
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
    /// What was paid; absent if the price was zero, or another purchase of the payment holds the sum.
    pub paid: Option<Paid>,
    /// Stripe's own receipt, if there is one.
    pub stripe_receipt: Option<&'a ReceiptUrl>,
    /// The invoice, if there is one and Stripe serves it.
    pub documents: Documents,
    /// The reference of the purchase.
    pub reference: &'a str,
    /// Who sells the book, if the catalogue says it.
    pub seller: Option<&'a str>,
    /// The address that buyers write to.
    pub support_email: &'a str,
    /// The page on which the buyer withdraws, in a shop that keeps the rules of the EU.
    pub withdrawal_link: Option<&'a str>,
    /// The author's thanks, as plain text.
    pub thanks_text: Option<&'a str>,
    /// The author's thanks, as HTML that is safe already.
    pub thanks_html: Option<&'a str>,
    /// When, and where, the same address bought the same book before, if it did.
    pub bought_before: Option<BoughtBefore<'a>>,
    /// Where it was bought, if it was imported.
    pub bought_elsewhere: Option<BoughtElsewhere<'a>>,
    /// The language that the book is written in, which is that of the words if the shop speaks it.
    pub language: Option<&'a Language>,
    /// The accent colour: that of the book, or the shop's own.
    pub accent: Accent,
}

/// An earlier purchase of the same book.
#[derive(Clone, Copy, Debug)]
pub struct BoughtBefore<'a> {
    /// The date.
    pub on: Date,
    /// Where, if it was imported.
    pub elsewhere: Option<BoughtElsewhere<'a>>,
}

impl<'a> BoughtBefore<'a> {
    /// Returns when, and where, this purchase was made.
    #[must_use]
    pub fn of(purchase: &'a Purchase) -> Self {
        Self {
            on: purchase.bought_at.date(),
            elsewhere: BoughtElsewhere::of(purchase),
        }
    }
}

/// What was paid.
#[derive(Clone, Copy, Debug)]
pub struct Paid {
    /// The sum, with taxes and after discounts.
    pub sum: Money,
    /// What the buyer paid it with, if that was another currency.
    pub presented: Option<Money>,
    /// Whether Stripe's Link sold, and not the author.
    pub is_through_link: bool,
    /// The tax in that sum; zero if none is known.
    pub tax: Money,
    /// The country by which it was taxed, if it is known.
    pub country: Option<Country>,
    /// The date in UTC.
    pub on: Date,
}

/// Who sells the books.
#[derive(Clone, Copy)]
pub struct Seller<'a> {
    /// The author's or the publisher's name, if the catalogue says one for the whole shop.
    pub name: Option<&'a str>,
    /// The address that buyers write to.
    pub support_email: &'a str,
    /// Whether the shop keeps the EU's rules on withdrawals.
    pub withdrawal: Withdrawal,
}

impl Paid {
    /// What was paid for this purchase; `None` if the price was zero, another purchase of its payment
    /// holds the sum, or it was imported.
    #[must_use]
    pub fn of(purchase: &Purchase) -> Option<Self> {
        let sum = purchase.paid.filter(|paid| paid.minor_units > 0)?;
        let tax = Money {
            minor_units: purchase.tax,
            ..sum
        };
        Some(Self {
            sum,
            presented: purchase.presented,
            is_through_link: purchase.seller == seller::Seller::Stripe,
            tax,
            country: purchase.country,
            on: purchase.bought_at.date(),
        })
    }

    /// Writes "Paid 29.00 USD on 26 November 2026", and "Paid 29.00 USD (26.41 EUR) on …" if the buyer
    /// paid in another currency.
    #[must_use]
    pub fn line(&self, words: Words) -> String {
        let sum = words.money(self.sum);
        let sum = match self.presented {
            Some(presented) => format!("{sum} ({})", words.money(presented)),
            None => sum,
        };
        words.paid_line(&words.long_date(self.on), &sum)
    }

    fn tax_line(&self, words: Words) -> Option<String> {
        let tax = (self.tax.minor_units > 0).then(|| words.money(self.tax))?;
        Some(match self.country {
            Some(country) => words.receipt_tax_country(&country.to_string(), &tax),
            None => words.receipt_tax(&tax),
        })
    }
}

impl Receipt<'_> {
    /// The receipt of a purchase, with the number of downloads that it has left. `books` are those
    /// of the payment, beginning with the purchase's own, each with its language and
    /// its accent colour. `bought_before` is
    /// the purchase by which the same address bought the same book before. The receipt leads to the
    /// documents that Stripe serves `now`.
    #[must_use]
    pub fn of(
        purchase: &Purchase,
        books: &[Book],
        seller: Seller<'_>,
        link: &str,
        bought_before: Option<&Purchase>,
        now: Timestamp,
    ) -> EmailMessage {
        let own = books.first();
        let thanks = own.and_then(|book| book.thanks.as_ref());
        let files = own.into_iter().flat_map(|book| purchase.files.of(book));
        let others = books.iter().skip(1);
        let withdrawal_link = seller
            .withdrawal
            .is_on()
            .then(|| format!("{link}/withdraw"));
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
            paid: Paid::of(purchase),
            stripe_receipt: purchase.receipt_url.as_ref(),
            documents: purchase.documents(now),
            reference: &purchase.id.reference(),
            seller: seller.name,
            support_email: seller.support_email,
            withdrawal_link: withdrawal_link.as_deref(),
            thanks_text: thanks.map(Notes::plain_text).as_deref(),
            thanks_html: thanks.map(Notes::html).as_deref(),
            bought_before: bought_before.map(BoughtBefore::of),
            bought_elsewhere: BoughtElsewhere::of(purchase),
            language: own.and_then(|book| book.language.as_ref()),
            accent: own.and_then(|book| book.accent).unwrap_or_default(),
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

    /// What the receipt says of an earlier purchase of the same book, if there is one.
    fn sentence_on_earlier(&self, words: Words) -> Option<String> {
        let before = self.bought_before?;
        let date = words.long_date(before.on);
        Some(match before.elsewhere {
            None => words.receipt_bought_before(&date),
            Some(bought) => words.receipt_bought_before_elsewhere(&date, bought.platform),
        })
    }

    /// What the receipt says of the payment, a line each.
    fn facts(&self, words: Words) -> Vec<String> {
        let seller = self.seller;
        let seller = seller.map(|name| format!("{name}, {}", self.support_email));
        let seller = if self.paid.is_some_and(|paid| paid.is_through_link) {
            Some(words.sold_through_link().to_owned())
        } else {
            seller.map(|seller| words.receipt_seller(&seller))
        };
        let lines = [
            self.bought_elsewhere.map(|bought| bought.line(words)),
            self.paid.map(|paid| paid.line(words)),
            self.paid.and_then(|paid| paid.tax_line(words)),
            seller,
            Some(words.reference(self.reference)),
        ];
        lines.into_iter().flatten().collect()
    }

    fn support_link(&self) -> String {
        let subject = subject_with_reference(self.book, self.reference);
        mailto(self.support_email, &subject)
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
