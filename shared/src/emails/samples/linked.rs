//! Mails with a link to the book, in English.

use super::{
    HOSTILE, bought_elsewhere, lost_links, new_edition, new_edition_elsewhere, payment_failed,
    receipt, some_lost_links,
};
use crate::emails::{EmailMessage, NewEdition, PaymentFailed, Receipt};

pub(in crate::emails) fn linked_messages() -> Vec<(&'static str, EmailMessage)> {
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
                book: HOSTILE,
                version: HOSTILE,
                files: vec![],
                ..receipt()
            }
            .message(),
        ),
        ("payment_failed", payment_failed().message()),
        (
            "payment_failed_hostile",
            PaymentFailed {
                book: HOSTILE,
                version: HOSTILE,
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
                book: HOSTILE,
                version: HOSTILE,
                notes_text: Some(HOSTILE),
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
        ("lost_link_hostile", lost_links(&[HOSTILE]).message()),
    ]
}
