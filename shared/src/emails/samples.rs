//! Mails for tests, with all that one can have, and with texts that stretch them.

mod languages;
mod linked;
mod linkless;

pub(super) use languages::{messages, messages_in};
pub(super) use linked::linked_messages;
pub(super) use linkless::linkless_messages;

use super::*;
use crate::domain::{
    accent::Accent,
    country::Country,
    invoice::Documents,
    money::Money,
    timestamp::{Date, Timestamp},
};

pub(super) const LINK: &str = "https://shop.example.com/0f8e7c3a-5d1b-4c8e-9a57-3f0f4b1f7f6d";

/// A text that would be markup and a header.
const HOSTILE: &str =
    "<script>alert(1)</script> \"quoted\" & 'single'\r\nBcc: everyone@example.com";

/// The time at which Stripe made an invoice or a credit note.
fn made_at() -> Timestamp {
    Timestamp::from_unix(1_795_366_800).unwrap()
}

pub(super) fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

pub(super) fn receipt() -> Receipt<'static> {
    Receipt {
        book: "Writing Idiomatic Python",
        version: "2nd edition, 2.1",
        link: LINK,
        downloads: 5,
        files: vec!["PDF".to_owned(), "EPUB".to_owned()],
        others: vec![],
        tells_of_editions: true,
        paid: Some(Paid {
            sum: money("29.00 USD"),
            presented: None,
            is_through_link: false,
            tax: money("0.00 USD"),
            country: None,
            on: Date::parse("2026-11-26").unwrap(),
        }),
        stripe_receipt: None,
        documents: Documents::default(),
        reference: "0f8e7c3a",
        seller: Some("Ada Winters"),
        withdrawal_link: None,
        support_email: "ada@example.com",
        thanks_text: None,
        thanks_html: None,
        bought_before: None,
        bought_elsewhere: None,
        language: None,
        accent: Accent::default(),
    }
}

/// The receipt of a sale with all that one can have.
pub(super) fn full_receipt() -> Receipt<'static> {
    Receipt {
        paid: Some(Paid {
            sum: money("27.00 EUR"),
            presented: None,
            is_through_link: false,
            tax: money("1.77 EUR"),
            country: Country::parse("DE"),
            on: Date::parse("2026-11-26").unwrap(),
        }),
        thanks_text: Some("Thank you for buying from the author."),
        thanks_html: Some("<p><strong>Thank you</strong> for buying from the author.</p>"),
        bought_before: Some(BoughtBefore {
            on: Date::parse("2026-05-03").unwrap(),
            elsewhere: None,
        }),
        ..receipt()
    }
}

pub(super) fn refund() -> RefundSent<'static> {
    RefundSent {
        book: "Writing Idiomatic Python",
        version: "2nd edition, 2.1",
        others: vec![],
        returned: money("29.00 USD"),
        is_full: true,
        credit_notes: Documents::default(),
        reference: "0f8e7c3a",
        withdrawal_link: None,
        support_email: "ada@example.com",
        language: None,
        accent: Accent::default(),
    }
}

pub(super) fn corrected_address() -> CorrectedAddress<'static> {
    CorrectedAddress {
        book: "Writing Idiomatic Python",
        version: "2nd edition, 2.1",
        reference: "0f8e7c3a",
        withdrawal_link: None,
        support_email: "ada@example.com",
        language: None,
        accent: Accent::default(),
    }
}

pub(super) fn new_edition() -> NewEdition<'static> {
    NewEdition {
        book: "Writing Idiomatic Python",
        version: "2nd edition, 2.2",
        link: LINK,
        downloads: 5,
        notes_text: Some(
            "Every example now runs on Python 3.14.\n\n- A new chapter on matching by structure, and when an ordinary if is kinder.\n- Forty readers’ corrections. Thank you.",
        ),
        notes_html: Some(
            "<p>Every example now runs on Python 3.14.</p>\n<ul>\n<li>A new chapter on <code>match</code>, and when an ordinary <code>if</code> is kinder.</li>\n<li>Forty readers’ corrections. Thank you.</li>\n</ul>",
        ),
        reference: "0f8e7c3a",
        withdrawal_link: None,
        support_email: "ada@example.com",
        bought_elsewhere: None,
        language: None,
        accent: Accent::default(),
        unsubscribe_link: Some(
            "https://shop.example.com/0f8e7c3a-5d1b-4c8e-9a57-3f0f4b1f7f6d/unsubscribe",
        ),
    }
}

/// A purchase on another platform.
fn bought_elsewhere(platform: &str) -> BoughtElsewhere<'_> {
    BoughtElsewhere {
        platform,
        on: Date::parse("2023-05-03").unwrap(),
    }
}

/// The first mail to a buyer who was imported.
pub(super) fn new_edition_elsewhere() -> NewEdition<'static> {
    NewEdition {
        bought_elsewhere: Some(bought_elsewhere("Gumroad")),
        ..new_edition()
    }
}

pub(super) fn payment_failed() -> PaymentFailed<'static> {
    PaymentFailed {
        book: "Writing Idiomatic Python",
        version: "2nd edition, 2.1",
        link: LINK,
        reference: "0f8e7c3a",
        withdrawal_link: None,
        support_email: "ada@example.com",
        language: None,
        accent: Accent::default(),
    }
}

pub(super) fn lost_links(names: &[&'static str]) -> LostLinks<'static> {
    let books = names.iter().map(|name| BookLink {
        name,
        version: Some("2nd edition, 2.1"),
        language: None,
        link: LINK.to_owned(),
        reference: "0f8e7c3a".to_owned(),
    });
    LostLinks {
        books: books.collect(),
        are_more: false,
        accent: Accent::default(),
        withdrawal_link: None,
        support_email: "ada@example.com",
    }
}

/// Two books, of which the author has taken the second out of the catalogue, and more.
pub(super) fn some_lost_links() -> LostLinks<'static> {
    let mut some = lost_links(&["編寫地道的 Python：從能運行到讀得懂", "wip-1e"]);
    some.books[1] = BookLink {
        version: None,
        link: "https://shop.example.com/3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10".to_owned(),
        reference: "3f2a91c0".to_owned(),
        ..some.books[1]
    };
    some.are_more = true;
    some
}
