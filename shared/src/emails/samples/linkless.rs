//! Mails without a link, in every language.

use super::{HOSTILE, corrected_address, made_at, money, refund};
use crate::{
    domain::{
        accent::Accent,
        agreement::Agreement,
        invoice::{Documents, tests::credit_note},
        language::Language,
        timestamp::Timestamp,
    },
    emails::{AgreementConfirmed, CorrectedAddress, EmailMessage, RefundSent},
};

/// Mails without a link, in every language.
pub(in crate::emails) fn linkless_messages() -> Vec<(String, EmailMessage)> {
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
                book: HOSTILE,
                version: HOSTILE,
                others: vec![("Idiomatisches Python", "2. Auflage"), (HOSTILE, HOSTILE)],
                ..refund()
            }
            .message(),
        ),
        (
            "corrected_address_hostile".to_owned(),
            CorrectedAddress {
                book: HOSTILE,
                version: HOSTILE,
                ..corrected_address()
            }
            .message(),
        ),
    ];
    messages.extend(agreements());
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

/// The confirmations of agreements that were read in every language, and one of several books.
fn agreements() -> Vec<(String, EmailMessage)> {
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
    let others = vec![("Idiomatisches Python", "2. Auflage"), (HOSTILE, HOSTILE)];
    let several = agreement(&agreed("en"), HOSTILE, others);
    messages.push(("agreement_hostile".to_owned(), several));
    messages
}
