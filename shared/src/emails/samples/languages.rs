//! Mails in each language, and all mails together.

use super::{
    bought_elsewhere, full_receipt, linked::linked_messages, linkless::linkless_messages,
    lost_links, made_at, money, new_edition, new_edition_elsewhere, payment_failed, receipt,
};
use crate::{
    domain::{
        accent::Accent,
        invoice::{Documents, tests::links},
        language::Language,
    },
    emails::{BoughtBefore, EmailMessage, NewEdition, Paid, PaymentFailed, Receipt},
};

pub(in crate::emails) fn messages() -> Vec<(String, EmailMessage)> {
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
            ..super::receipt()
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
            ..super::receipt()
        };
        let name = format!("receipt_through_link_{tag}");
        messages.push((name, through_link.message()));
        let with_invoice = Receipt {
            language: language.as_ref(),
            documents: Documents {
                invoice: Some(links(made_at())),
                ..Documents::default()
            },
            ..super::receipt()
        };
        messages.push((format!("receipt_invoice_{tag}"), with_invoice.message()));
    }
    messages
}

/// Mails about a book in another language than English.
pub(in crate::emails) fn messages_in(language: &Language) -> Vec<(&'static str, EmailMessage)> {
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
