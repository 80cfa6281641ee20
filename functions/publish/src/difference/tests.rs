use serde_json::{Value, json};

use super::*;
use crate::change::tests::Memory;

#[test]
fn what_was_and_what_is_are_told_field_by_field() {
    let mut memory = Memory::with_a_book();
    let event = json!({
        "shop": {"author": "Ada Winters"},
        "books": {"wip": {"name": "Idiomatic Python"}},
        "products": {
            "wip-2e": {
                "price": "31.00 USD", "downloads": 10,
                "tax_code": "txcd_10305001", "tax_behavior": "exclusive",
            },
            "wip-2e-pdf": {"price": "19.00 USD"},
            "wip-2e-epub": {"book": "wip", "files": ["epub"], "price": "19.00 USD"},
        },
        "dry_run": true,
    });
    let (published, _) = memory.changes(&event).unwrap();
    assert_eq!(
        json!(published),
        json!({
            "dry_run": true,
            "attention": [],
            "shop": {"author": {"was": null, "is": "Ada Winters"}},
            "books": {"wip": {
                "name": {"was": "Writing Idiomatic Python", "is": "Idiomatic Python"},
            }},
            "products": {
                "wip-2e": {
                    "price": {"was": "29.00 USD", "is": "31.00 USD"},
                    "tax_code": {"was": "txcd_10302000", "is": "txcd_10305001"},
                    "tax_behavior": {"was": "inclusive", "is": "exclusive"},
                    "downloads": {"was": 5, "is": 10},
                },
                "wip-2e-epub": {
                    "books": {"was": null, "is": [{"book": "wip", "files": ["epub"]}]},
                    "price": {"was": null, "is": "19.00 USD"},
                    "tax_code": {"was": null, "is": "txcd_10302000"},
                    "tax_behavior": {"was": null, "is": "inclusive"},
                    "downloads": {"was": null, "is": 5},
                    "for_sale": {"was": null, "is": true},
                },
            },
            "unchanged": ["products.wip-2e-pdf"],
            "warnings": [],
        })
    );
    memory.publish(&event).unwrap();
    let again = memory.publish(&event).unwrap();
    assert!(again.books.is_empty() && again.products.is_empty() && again.shop.is_empty());
    assert_eq!(again.unchanged.len(), 5);
    assert!(memory.changes(&event).unwrap().1.is_empty());
}

#[test]
fn a_new_accent_that_cannot_be_read_is_adjusted_with_a_warning() {
    let mut memory = Memory::with_a_book();
    let event = json!({
        "shop": {"accent": "#FFD400"},
        "books": {"wip": {"accent": "#050505"}},
    });
    let published = memory.publish(&event).unwrap();
    assert_eq!(
        published.warnings,
        [
            "`shop.accent` is darkened: on the light background #ffd400 has a contrast of 1.4, \
             below the 4.5 that text needs, so that pages and mails have #856e00",
        ]
    );
    let change = json!({"was": null, "is": "#ffd400"});
    assert_eq!(json!(published.shop), json!({"accent": change}));
    let again = memory.publish(&event).unwrap();
    assert!(again.warnings.is_empty(), "{:?}", again.warnings);
    let book = memory.book("wip");
    assert_eq!(memory.catalogue.accent(book), book.accent);

    let gone = json!({"books": {"wip": {"accent": null}}});
    let published = memory.publish(&gone).unwrap();
    assert!(published.warnings.is_empty());
    let accent = memory.catalogue.accent(memory.book("wip")).unwrap();
    assert_eq!(accent.said.to_string(), "#ffd400");
}

#[test]
fn a_steep_price_and_a_withdrawal_need_attention() {
    let mut memory = Memory::with_a_book();
    let attention = |memory: &Memory, product: Value| {
        let event = json!({"products": {"wip-2e": product}});
        memory.changes(&event).unwrap().0.attention
    };
    for (price, is_steep) in [
        ("14.50 USD", false),
        ("14.49 USD", true),
        ("0.50 USD", true),
        ("43.50 USD", false),
        ("43.51 USD", true),
        ("29.00 EUR", true),
    ] {
        let attention = attention(&memory, json!({"price": price}));
        assert_eq!(attention.len(), usize::from(is_steep), "{price}");
        if is_steep {
            let how = if price.ends_with("USD") {
                "by more than half"
            } else {
                "to another currency"
            };
            let expected =
                format!("`products.wip-2e.price` changes {how}: it was 29.00 USD, and is {price}");
            assert_eq!(attention, [expected]);
        }
    }
    let withdrawn = json!({"for_sale": false});
    assert_eq!(
        attention(&memory, withdrawn.clone()),
        ["`products.wip-2e` is withdrawn: nobody can buy it any more; its buyers keep it"]
    );
    memory
        .publish(&json!({"products": {"wip-2e": withdrawn}}))
        .unwrap();
    assert!(!memory.product("wip-2e").for_sale);
    assert!(attention(&memory, withdrawn).is_empty());
}

/// The event that lists these keys as the files of the book.
fn files(keys: &[&str]) -> Value {
    let files: Vec<_> = keys.iter().map(|key| json!({"key": key})).collect();
    json!({"books": {"wip": {"version": "2nd edition", "files": files}}})
}

#[test]
fn new_files_of_an_edition_are_a_correction() {
    let mut memory = Memory::with_a_book();
    let same = files(&["wip/2e.pdf", "wip/2e.epub"]);
    assert_eq!(memory.publish(&same).unwrap().unchanged, ["books.wip"]);

    memory.version = "v2";
    let corrected = memory.publish(&same).unwrap();
    let changes = &corrected.books["wip"];
    assert_eq!(
        changes.keys().collect::<Vec<_>>(),
        ["files.epub", "files.pdf"]
    );
    assert_eq!(
        json!(changes["files.pdf"]),
        json!({
            "was": {"key": "wip/2e.pdf", "size": 4_200_000, "version_id": "v1"},
            "is": {"key": "wip/2e.pdf", "size": 4_200_000, "version_id": "v2"},
        })
    );
    assert_eq!(
        corrected.warnings,
        [
            "`books.wip.files` is a correction of “2nd edition”: everyone who bought the book is \
          given the new files, and nobody is told"
        ]
    );
    assert_eq!(memory.book("wip").edition, 1);
}

#[test]
fn added_lost_and_reordered_files_are_told() {
    let mut memory = Memory::with_a_book();
    let reordered = memory
        .publish(&files(&["wip/2e.epub", "wip/2e.pdf"]))
        .unwrap();
    assert_eq!(
        json!(reordered.books["wip"]),
        json!({"files": {"was": ["pdf", "epub"], "is": ["epub", "pdf"]}})
    );
    assert!(reordered.warnings.is_empty() && reordered.attention.is_empty());

    let published = memory
        .publish(&files(&["wip/2e.pdf", "wip/code.zip"]))
        .unwrap();
    let changes = &published.books["wip"];
    assert_eq!(
        changes.keys().collect::<Vec<_>>(),
        ["files.epub", "files.zip"]
    );
    assert_eq!(changes["files.epub"].is, Value::Null);
    assert_eq!(changes["files.zip"].was, Value::Null);
    assert_eq!(
        published.attention,
        ["`books.wip.files` loses `epub`, which buyers can no longer download"]
    );
    assert!(published.warnings[0].contains("is a correction"));
}

#[test]
fn a_label_alone_is_no_correction() {
    let mut memory = Memory::with_a_book();
    let mut labelled = files(&["wip/2e.pdf", "wip/2e.epub"]);
    labelled["books"]["wip"]["files"][0]["label"] = json!("The book");
    let published = memory.publish(&labelled).unwrap();
    assert_eq!(published.books["wip"]["files.pdf"].is["label"], "The book");
    assert!(published.warnings.is_empty());
}

#[test]
fn an_unknown_ending_is_warned_of_each_time() {
    let mut memory = Memory::with_a_book();
    let event = files(&["wip/2e.pdf", "wip/2e.kfx"]);
    for _ in 0..2 {
        let published = memory.publish(&event).unwrap();
        let warning = &published.warnings[0];
        assert!(warning.contains("files that end in `.kfx`"), "{warning}");
    }
}

/// A change of a price relies on no book. A product that begins to sell a book raises the book's
/// revision.
#[test]
fn the_rows_are_what_changes_and_the_books_that_a_product_begins_to_sell() {
    let memory = Memory::with_a_book();
    let rows = |product: Value| {
        let event = json!({"products": {"wip-2e": product}});
        memory.changes(&event).unwrap().1
    };
    assert!(matches!(
        rows(json!({"price": "31.00 USD"}))[..],
        [RowChange::Product(_)]
    ));
    let [RowChange::Book(book), RowChange::Product(_)] = &rows(json!({"files": ["pdf"]}))[..]
    else {
        panic!("expected a book and a product");
    };
    assert_eq!(book, memory.book("wip"));
}
