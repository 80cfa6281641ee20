//! Tests of what is written of a purchase and read again.

use uuid::Uuid;

use super::*;
use crate::domain::{
    agreement::Agreement,
    declaration::Declaration,
    delivery::DeliveryState,
    import::{AddressDigest, Import, Order, Platform},
    invoice::{
        CreditNote, CreditNotes, Invoice,
        tests::{credit_note, links},
    },
    language::Language,
    owed_return::{OwedReturn, PressOutcome},
    purchase::tests::purchase,
    request_id::RequestId,
    returns::NoReturn,
    stripe_ids::InvoiceId,
    timestamp::Timestamp,
};

/// Returns deliveries of which each has another state.
fn all_deliveries(now: Option<Timestamp>) -> Deliveries {
    Deliveries {
        receipt: DeliveryState {
            claimed_by: Some(RequestId("1-a".to_owned())),
            free_at: now,
            tries: 1,
        },
        update: DeliveryState {
            claimed_by: None,
            free_at: now,
            tries: 3,
        },
        lost_links: DeliveryState {
            claimed_by: Some(RequestId("1-c".to_owned())),
            free_at: now,
            tries: 0,
        },
        refund: DeliveryState {
            claimed_by: Some(RequestId("1-d".to_owned())),
            free_at: now,
            tries: 2,
        },
        corrected_address: DeliveryState {
            claimed_by: Some(RequestId("1-e".to_owned())),
            free_at: now,
            tries: 1,
        },
        sale: DeliveryState {
            claimed_by: Some(RequestId("1-f".to_owned())),
            free_at: now,
            tries: 2,
        },
        withdrawal: DeliveryState {
            claimed_by: Some(RequestId("1-i".to_owned())),
            free_at: now,
            tries: 1,
        },
        agreement: DeliveryState {
            claimed_by: Some(RequestId("1-h".to_owned())),
            free_at: now,
            tries: 1,
        },
        return_notice: DeliveryState {
            claimed_by: Some(RequestId("1-h".to_owned())),
            free_at: now,
            tries: 2,
        },
        dispute: DeliveryState {
            claimed_by: Some(RequestId("1-g".to_owned())),
            free_at: now,
            tries: 1,
        },
    }
}

#[test]
fn a_purchase_is_read_as_it_was_written() {
    let now = Timestamp::from_unix(1_795_366_900);
    let full = Purchase {
        mailed_at: now,
        mail_uncertain_at: now,
        deliveries: all_deliveries(now),
        first_download_at: now,
        disputes_told: BTreeSet::from(["du_1 opened".to_owned()]),
        takes: Takes::from([(
            FileName::parse("pdf").unwrap(),
            Take {
                by: Press("1-b".to_owned()),
                at: Timestamp::from_unix(1_795_366_900).unwrap(),
            },
        )]),
        files: Files::Only([FileName::parse("pdf").unwrap()].into()),
        part_of: Some(PurchaseId::new(Uuid::from_u128(7))),
        others: vec![PurchaseId::new(Uuid::from_u128(8))],
        address_corrected_at: now,
        former_addresses: AddressDigest::parse(&"a7".repeat(16)).into_iter().collect(),
        corrected_from: EmailAddress::parse("Jnae@example.com"),
        owes_sale_mail: true,
        presented: Money::parse("26.41 EUR").ok(),
        seller: Seller::Stripe,
        tax: 190,
        country: Country::parse("DE"),
        receipt_url: ReceiptUrl::parse("https://pay.stripe.com/receipts/1"),
        downloads: 3,
        agreed: Some(Agreement {
            version: 1,
            language: Language::parse("de").unwrap(),
            at: Timestamp::from_unix(1_795_366_900).unwrap(),
            confirmed_at: now,
        }),
        owes_agreement_mail: true,
        amount_refunded: 2900,
        refunds: [(RefundId::parse("re_2").unwrap(), 2900)]
            .into_iter()
            .collect(),
        refunds_mailed: [RefundId::parse("re_1").unwrap()].into(),
        spoilt_refund_keys: 4,
        refunded_at: now,
        returning_at: now,
        withdrawn_at: now,
        refunded_before_withdrawal: 500,
        declaration: Some(Declaration {
            at: Timestamp::from_unix(1_795_366_900).unwrap(),
            address: Some("Jane@example.com".to_owned()),
            name: Some("Jane".to_owned()),
            described: Some("the book".to_owned()),
            acknowledged_at: now,
        }),
        owes_withdrawal_mail: true,
        return_notice: Some(OwedReturn {
            press: RequestId("1-h".to_owned()),
            outcome: PressOutcome::Undecided(vec![(
                PurchaseId::new(Uuid::from_u128(8)),
                NoReturn::DownloadedUnconfirmed,
            )]),
            reason: Some("not for me".to_owned()),
        }),
        author_asked_at: now,
        suspended_at: now,
        missed_updates_since: now,
        reopened_at: now,
        unsubscribed_at: now,
        mail_refused_at: now,
        erased_at: now,
        attribution: Attribution {
            variant: CampaignLabel::parse("b"),
            source: CampaignLabel::parse("news letter"),
        },
        ..purchase()
    };
    let imported = Purchase {
        product_id: None,
        imported: Some(Import {
            platform: Platform::parse("Gumroad").unwrap(),
            order: Order::parse("G-1"),
            copies: 3,
            unsubscribed: true,
        }),
        paid: None,
        payment: None,
        ..purchase()
    };
    for purchase in [purchase(), full, imported] {
        assert_eq!(read(&item(&purchase)), Some(purchase));
    }
}

#[test]
fn documents_are_read_as_they_were_written() {
    let made_at = Timestamp::from_unix(1_795_366_900).unwrap();
    let [one, two] = ["re_1", "re_2"].map(|id| RefundId::parse(id).unwrap());
    let without_pdf = CreditNote {
        pdf: None,
        ..credit_note(made_at)
    };
    let refused = CreditNote {
        id: None,
        pdf: None,
    };
    for (links, notes) in [
        (None, CreditNotes::new()),
        (Some(links(made_at)), CreditNotes::new()),
        (
            Some(links(made_at)),
            [(one.clone(), credit_note(made_at)), (two, refused)].into(),
        ),
        (None, [(one, without_pdf)].into()),
    ] {
        let purchase = Purchase {
            invoice: Some(Invoice {
                id: InvoiceId::parse("in_1").unwrap(),
                links,
            }),
            credit_notes: notes,
            ..purchase()
        };
        assert_eq!(read(&item(&purchase)), Some(purchase));
    }
}

#[test]
fn an_address_is_looked_up_by_its_normal_form_and_shown_as_it_was_typed() {
    let anna = Purchase {
        email: EmailAddress::parse("Anna@Bücher.example"),
        ..purchase()
    };
    let item = item(&anna);
    assert_eq!(item["email"], text("anna@xn--bcher-kva.example"));
    let email = read(&item).unwrap().email.unwrap();
    assert_eq!(email.as_typed(), "Anna@Bücher.example");
}

#[test]
fn a_purchase_is_found_by_the_month_in_which_it_was_bought() {
    assert_eq!(item(&purchase())["month"], text("2026-11"));
    let further = Purchase {
        part_of: Some(PurchaseId::new(Uuid::from_u128(7))),
        ..purchase()
    };
    assert_eq!(item(&further).get("month"), None);
    let imported = Purchase {
        imported: Some(Import {
            platform: Platform::parse("Gumroad").unwrap(),
            order: None,
            copies: 1,
            unsubscribed: false,
        }),
        ..purchase()
    };
    assert_eq!(item(&imported)["month"], text("imported"));
}

#[test]
fn a_damaged_purchase_is_reported_without_its_link() {
    let mut lacking = item(&purchase());
    lacking.remove("edition");
    let failure = read_or_fail("Failed to read the purchase", &lacking)
        .unwrap_err()
        .to_string();
    assert!(
        failure.contains("3f2a91c0…") && !failure.contains("5b5e"),
        "{failure}"
    );
}
