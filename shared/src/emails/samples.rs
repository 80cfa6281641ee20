//! Mails for tests, with all that one can have, and with texts that stretch them.

use super::*;
use crate::domain::{
    accent::Accent,
    agreement::Agreement,
    country::Country,
    invoice::{
        Documents,
        tests::{credit_note, links},
    },
    language::Language,
    money::Money,
    timestamp::{Date, Timestamp},
};

pub(super) const LINK: &str = "https://shop.example.com/0f8e7c3a-5d1b-4c8e-9a57-3f0f4b1f7f6d";

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

/// The time at which Stripe made an invoice or a credit note.
fn made_at() -> Timestamp {
    Timestamp::from_unix(1_795_366_800).unwrap()
}

pub(super) fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

pub(super) fn refund() -> RefundSent<'static> {
    RefundSent {
        book: "Writing Idiomatic Python",
        version: "2nd edition, 2.1",
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

/// The confirmations of agreements that were read in every language, and one of several books.
fn agreements(hostile: &str) -> Vec<(String, EmailMessage)> {
    let agreed = |tag| Agreement {
        version: 1,
        language: Language::parse(tag).unwrap(),
        at: Timestamp::parse("2026-11-26T16:45:07Z").unwrap(),
        confirmed_at: None,
    };
    let agreement = |agreed: &Agreement, book: &str, others| {
        AgreementConfirmed {
            book,
            version: "2nd edition, 2.1",
            others,
            agreed,
            reference: "0f8e7c3a",
            withdrawal_link: None,
            support_email: "ada@example.com",
            language: Language::parse("en").as_ref(),
            accent: Accent::default(),
        }
        .message()
        .unwrap()
    };
    let book = "Writing Idiomatic Python";
    let mut messages: Vec<_> = ["en", "de", "fr", "es"]
        .map(|tag| {
            let message = agreement(&agreed(tag), book, vec![]);
            (format!("agreement_{tag}"), message)
        })
        .into();
    let others = vec![("Idiomatisches Python", "2. Auflage"), (hostile, hostile)];
    let several = agreement(&agreed("en"), hostile, others);
    messages.push(("agreement_hostile".to_owned(), several));
    messages
}

/// Mails without a link, in every language.
pub(super) fn linkless_messages() -> Vec<(String, EmailMessage)> {
    let hostile = "<script>alert(1)</script> \"quoted\" & 'single'\r\nBcc: everyone@example.com";
    let mut messages = vec![
        (
            "refund_of_a_part".to_owned(),
            RefundSent {
                returned: money("9.00 USD"),
                is_full: false,
                ..refund()
            }
            .message(),
        ),
        (
            "refund_hostile".to_owned(),
            RefundSent {
                book: hostile,
                version: hostile,
                ..refund()
            }
            .message(),
        ),
        (
            "corrected_address_hostile".to_owned(),
            CorrectedAddress {
                book: hostile,
                version: hostile,
                ..corrected_address()
            }
            .message(),
        ),
    ];
    messages.extend(agreements(hostile));
    for tag in ["en", "de", "fr", "es"] {
        let language = Language::parse(tag);
        let language = language.as_ref();
        let refund = RefundSent {
            language,
            ..refund()
        };
        let corrected = CorrectedAddress {
            language,
            ..corrected_address()
        };
        messages.push((format!("refund_{tag}"), refund.message()));
        let with_credit_note = RefundSent {
            credit_notes: Documents {
                credit_notes: credit_note(made_at()).pdf.into_iter().collect(),
                ..Documents::default()
            },
            ..refund
        };
        let name = format!("refund_credit_note_{tag}");
        messages.push((name, with_credit_note.message()));
        messages.push((format!("corrected_address_{tag}"), corrected.message()));
    }
    messages
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

pub(super) fn messages() -> Vec<(String, EmailMessage)> {
    let mut messages: Vec<_> = linked_messages()
        .into_iter()
        .map(|(name, message)| (name.to_owned(), message))
        .collect();
    messages.extend(linkless_messages());
    let yellow = Receipt {
        accent: Accent::parse("#ffd400").unwrap(),
        ..receipt()
    };
    messages.push(("receipt_yellow".to_owned(), yellow.message()));
    for tag in ["en", "de", "fr", "es"] {
        let language = Language::parse(tag);
        let receipt = Receipt {
            language: language.as_ref(),
            ..full_receipt()
        };
        messages.push((format!("receipt_full_{tag}"), receipt.message()));
        let elsewhere = bought_elsewhere("Gumroad");
        let after_import = Receipt {
            language: language.as_ref(),
            bought_before: Some(BoughtBefore {
                on: elsewhere.on,
                elsewhere: Some(elsewhere),
            }),
            ..self::receipt()
        };
        let name = format!("receipt_after_import_{tag}");
        messages.push((name, after_import.message()));
        let through_link = Receipt {
            language: language.as_ref(),
            paid: receipt.paid.map(|paid| Paid {
                presented: Some(money("31.26 USD")),
                is_through_link: true,
                ..paid
            }),
            ..self::receipt()
        };
        let name = format!("receipt_through_link_{tag}");
        messages.push((name, through_link.message()));
        let with_invoice = Receipt {
            language: language.as_ref(),
            documents: Documents {
                invoice: Some(links(made_at())),
                ..Documents::default()
            },
            ..self::receipt()
        };
        messages.push((format!("receipt_invoice_{tag}"), with_invoice.message()));
    }
    messages
}

/// A text that would be markup and a header.
const HOSTILE: &str =
    "<script>alert(1)</script> \"quoted\" & 'single'\r\nBcc: everyone@example.com";

pub(super) fn linked_messages() -> Vec<(&'static str, EmailMessage)> {
    let mut messages = messages_of_sales();
    messages.extend(messages_elsewhere());
    messages
}

/// Mails to buyers who were imported.
fn messages_elsewhere() -> Vec<(&'static str, EmailMessage)> {
    vec![
        ("new_edition_elsewhere", new_edition_elsewhere().message()),
        (
            "new_edition_elsewhere_one_download",
            NewEdition {
                downloads: 1,
                ..new_edition_elsewhere()
            }
            .message(),
        ),
        (
            "receipt_elsewhere",
            Receipt {
                paid: None,
                bought_elsewhere: Some(bought_elsewhere("Gumroad")),
                ..receipt()
            }
            .message(),
        ),
        (
            "new_edition_elsewhere_hostile",
            NewEdition {
                book: HOSTILE,
                bought_elsewhere: Some(bought_elsewhere("<b>Gum & Road</b>")),
                ..new_edition()
            }
            .message(),
        ),
    ]
}

/// Mails to buyers of the shop.
fn messages_of_sales() -> Vec<(&'static str, EmailMessage)> {
    let hostile = HOSTILE;
    vec![
        ("receipt", receipt().message()),
        (
            "receipt_one_download_one_format",
            Receipt {
                downloads: 1,
                files: vec!["PDF".to_owned()],
                ..receipt()
            }
            .message(),
        ),
        (
            "receipt_several_books",
            Receipt {
                others: vec![
                    ("Idiomatisches Python", "2. Auflage"),
                    ("Fluent & <Idiomatic>", "1st edition"),
                ],
                ..receipt()
            }
            .message(),
        ),
        (
            "receipt_unsubscribed",
            Receipt {
                tells_of_editions: false,
                ..receipt()
            }
            .message(),
        ),
        (
            "receipt_chinese",
            Receipt {
                book: "編寫地道的 Python：從能運行到讀得懂",
                version: "第二版",
                ..receipt()
            }
            .message(),
        ),
        (
            "receipt_hostile",
            Receipt {
                book: hostile,
                version: hostile,
                files: vec![],
                ..receipt()
            }
            .message(),
        ),
        ("payment_failed", payment_failed().message()),
        (
            "payment_failed_hostile",
            PaymentFailed {
                book: hostile,
                version: hostile,
                ..payment_failed()
            }
            .message(),
        ),
        ("new_edition", new_edition().message()),
        (
            "new_edition_text_notes",
            NewEdition {
                notes_html: None,
                unsubscribe_link: None,
                ..new_edition()
            }
            .message(),
        ),
        (
            "new_edition_plain",
            NewEdition {
                notes_html: None,
                notes_text: None,
                ..new_edition()
            }
            .message(),
        ),
        (
            "new_edition_hostile",
            NewEdition {
                book: hostile,
                version: hostile,
                notes_text: Some(hostile),
                notes_html: None,
                ..new_edition()
            }
            .message(),
        ),
        (
            "lost_link",
            lost_links(&["Writing Idiomatic Python"]).message(),
        ),
        ("lost_links", some_lost_links().message()),
        ("lost_link_hostile", lost_links(&[hostile]).message()),
    ]
}

/// Mails about a book in another language than English.
pub(super) fn messages_in(language: &Language) -> Vec<(&'static str, EmailMessage)> {
    let language = Some(language);
    let files = ["PDF", "EPUB", "MOBI"].map(str::to_owned).to_vec();
    let mut links = lost_links(&["Writing Idiomatic Python", "wip-1e"]);
    links.books[0].language = language;
    links.are_more = true;
    vec![
        (
            "receipt",
            Receipt {
                files,
                language,
                ..receipt()
            }
            .message(),
        ),
        (
            "receipt_several_books",
            Receipt {
                downloads: 1,
                others: vec![("Idiomatisches Python", "2. Auflage")],
                tells_of_editions: false,
                language,
                ..receipt()
            }
            .message(),
        ),
        (
            "new_edition",
            NewEdition {
                language,
                ..new_edition()
            }
            .message(),
        ),
        (
            "new_edition_elsewhere",
            NewEdition {
                language,
                ..new_edition_elsewhere()
            }
            .message(),
        ),
        (
            "payment_failed",
            PaymentFailed {
                language,
                ..payment_failed()
            }
            .message(),
        ),
        ("lost_links", links.message()),
    ]
}
