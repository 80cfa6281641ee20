//! The author publishes a catalogue: all of it or none, and nothing that sells for a mistake.

use reqwest::StatusCode;
use serde_json::{Value, json};

use tests::{
    author::{LISTED_KEY, listing_with_files},
    world::{BOOK, World, listing, location},
};

const JANE: &str = "jane@example.com";

fn with_price(price: impl Into<Value>) -> Value {
    json!({"products": {"wip-2e": {"price": price.into()}}})
}

#[tokio::test]
async fn what_was_and_what_is_are_said_field_by_field() {
    let world = World::open().await;
    let first = world.publish(&listing("a")).await;
    assert_eq!(
        first["books"]["a"]["name"],
        json!({"was": null, "is": "Tidy Rust"})
    );
    assert_eq!(first["books"]["a"]["files.pdf"]["was"], json!(null));
    assert_eq!(first["books"]["a"]["files.pdf"]["is"]["key"], LISTED_KEY);
    let product = &first["products"]["a"];
    assert_eq!(product["price"], json!({"was": null, "is": "12.00 EUR"}));
    assert_eq!(product["for_sale"], json!({"was": null, "is": true}));
    assert_eq!(
        (&first["unchanged"], &first["attention"]),
        (&json!([]), &json!([]))
    );

    let mut event = listing("b");
    event["books"]["a"] = json!({"name": "Tidier Rust"});
    event["products"]["a"] = json!({"price": "15.00 EUR", "downloads": 7});
    let second = world.publish(&event).await;
    assert_eq!(
        second["books"]["a"],
        json!({"name": {"was": "Tidy Rust", "is": "Tidier Rust"}})
    );
    assert_eq!(
        second["products"]["a"],
        json!({
            "price": {"was": "12.00 EUR", "is": "15.00 EUR"},
            "downloads": {"was": 5, "is": 7},
        })
    );
    assert!(second["books"]["b"].is_object() && second["products"]["b"].is_object());

    let third = world.publish(&event).await;
    assert_eq!(
        (&third["books"], &third["products"]),
        (&json!({}), &json!({}))
    );
    assert_eq!(
        third["unchanged"],
        json!(["books.a", "books.b", "products.a", "products.b"])
    );
}

#[tokio::test]
async fn a_dry_run_says_the_same_and_changes_nothing() {
    let world = World::open().await;
    let mut event = listing("a");
    event["products"]["wip-2e"] = json!({"price": "31.00 USD"});
    event["books"][BOOK] = json!({"name": "Writing Python"});
    event["dry_run"] = json!(true);
    let before = world.book(BOOK).await;
    let mut tried = world.publish(&event).await;
    assert_eq!(world.book(BOOK).await, before);
    let answer = world.post(&world.url("/buy"), &[("product_id", "a")]).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);

    event["dry_run"] = json!(false);
    let done = world.publish(&event).await;
    assert_eq!(
        (&tried["dry_run"], &done["dry_run"]),
        (&json!(true), &json!(false))
    );
    tried["dry_run"] = json!(false);
    assert_eq!(tried, done);
    assert_eq!(world.book(BOOK).await.name, "Writing Python");
}

#[tokio::test]
async fn one_wrong_book_keeps_all_of_them_out() {
    let world = World::open().await;
    let mut event = listing_with_files("b", json!([{"key": "not/there.pdf"}]));
    for kind in ["books", "products"] {
        event[kind]["a"] = listing("a")[kind]["a"].clone();
    }
    let reason = "`books.b.files[0]`: there is no `not/there.pdf`";
    world.assert_not_published(&event, &[reason]).await;
    let answer = world.post(&world.url("/buy"), &[("product_id", "a")]).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

/// Tried as an author would: it went live at $0.29, and the answer was that it is new.
#[tokio::test]
async fn a_bare_number_is_no_price() {
    let world = World::open().await;
    for (price, reasons) in [
        (json!(29), ["29.00", "0.29"]),
        (json!("29"), ["29.00", "0.29"]),
        (json!(29.0), ["products.wip-2e.price", "29.00"]),
        (json!("$29"), ["products.wip-2e.price", "29.00 USD"]),
        (json!("29.00 XXX"), ["products.wip-2e.price", "XXX"]),
        (json!("0.29 USD"), ["products.wip-2e.price", "0.50 USD"]),
        (
            json!("0.00 USD"),
            ["products.wip-2e.price", "more than nothing"],
        ),
        (json!("-29.00 USD"), ["products.wip-2e.price", "29.00 USD"]),
        (
            json!(null),
            ["products.wip-2e.price", "cannot be taken away"],
        ),
    ] {
        world
            .assert_not_published(&with_price(price), &reasons)
            .await;
    }
    let link = world.purchase("wip-2e", JANE).await;
    let paid = world.find_purchase(&link).await.unwrap().paid.unwrap();
    assert_eq!(paid.to_string(), "29.00 USD");
}

/// Tried as an author would: the repository's own event with a new price, sent after a push, gave
/// all buyers the old edition back.
#[tokio::test]
async fn no_event_takes_an_edition_back() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    let update = include_str!("../../events/push-update.json");
    let update: Value = serde_json::from_str(update).unwrap();
    world.invoke("PushUpdateFunction", &update).await.unwrap();

    let mut event: Value = serde_json::from_str(include_str!("../../events/publish.json")).unwrap();
    event["products"]["wip-2e"]["price"] = json!("31.00 USD");
    let reasons = [
        "`wip` is at “2nd edition, 2.1” (edition 2)",
        "Push the new one to its buyers",
        "`rename_edition`",
    ];
    world.assert_not_published(&event, &reasons).await;
    let page = world.private_page(&link).await;
    assert_eq!(page["books"][0]["version"], "2nd edition, 2.1");
    let file = location(&world.download(&link, "pdf").await);
    assert!(file.contains("2e-2.1.pdf"), "{file}");

    // Without the book, or with what it is at, the price is changed.
    let answer = world.publish(&with_price("31.00 USD")).await;
    assert_eq!(
        answer["products"]["wip-2e"],
        json!({"price": {"was": "29.00 USD", "is": "31.00 USD"}})
    );
    assert_eq!(world.book(BOOK).await.edition, 2);
}

#[tokio::test]
async fn a_name_of_an_edition_is_changed_in_so_many_words() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    let mut event = json!({"books": {BOOK: {"version": "Second edition"}}});
    let reason = "`wip` is at “2nd edition” (edition 1)";
    world.assert_not_published(&event, &[reason]).await;
    event["books"][BOOK]["rename_edition"] = json!(true);
    let answer = world.publish(&event).await;
    assert_eq!(
        answer["books"][BOOK],
        json!({"version": {"was": "2nd edition", "is": "Second edition"}})
    );
    let book = world.book(BOOK).await;
    assert_eq!((book.version.as_str(), book.edition), ("Second edition", 1));
    let page = world.private_page(&link).await;
    // The page may be a minute behind.
    assert_eq!(page["books"][0]["edition"], 1);
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn new_files_of_the_same_edition_are_a_correction_that_nobody_is_told_of() {
    let world = World::open().await;
    world.publish(&listing("a")).await;
    let link = world.purchase("a", JANE).await;
    location(&world.download_of("a", &link, "pdf").await);
    world.upload("corrected.pdf", b"%PDF-1.7 corrected").await;
    let event = listing_with_files("a", json!([{"key": "corrected.pdf"}]));
    let answer = world.publish(&event).await;
    let warnings = answer["warnings"].to_string();
    assert!(
        warnings.contains("correction") && warnings.contains("nobody is told"),
        "{answer}"
    );
    let change = &answer["books"]["a"]["files.pdf"];
    assert_eq!(
        (&change["was"]["key"], &change["is"]["key"]),
        (&json!(LISTED_KEY), &json!("corrected.pdf"))
    );
    let copy = world.find_purchase(&link).await.unwrap();
    assert_eq!((copy.edition, copy.downloads_left), (1, 4));
    assert_eq!(world.mails().len(), 1);

    // Files say which edition they are of.
    let bare = json!({"books": {"a": {"files": [{"key": LISTED_KEY}]}}});
    world
        .assert_not_published(&bare, &["`books.a.files`", "“1st edition”"])
        .await;
}

/// What should be asked before it is done comes first.
#[tokio::test]
async fn a_steep_price_a_withdrawal_and_a_lost_file_ask_for_attention() {
    let world = World::open().await;
    for (product, change, words) in [
        (
            "wip-2e",
            json!({"price": "14.00 USD"}),
            Some("29.00 USD, and is 14.00 USD"),
        ),
        (
            "wip-2e",
            json!({"price": "44.00 USD"}),
            Some("by more than half"),
        ),
        (
            "wip-2e",
            json!({"price": "29.00 EUR"}),
            Some("29.00 USD, and is 29.00 EUR"),
        ),
        ("wip-2e", json!({"price": "43.00 USD"}), None),
        ("wip-2e", json!({"price": "15.00 USD"}), None),
        ("wip-2e", json!({"for_sale": false}), Some("withdrawn")),
        ("wip-2e", json!({"for_sale": true}), None),
    ] {
        let event = json!({"products": {product: change}, "dry_run": true});
        let answer = world.publish(&event).await;
        let attention = answer["attention"].as_array().unwrap();
        assert_eq!(attention.len(), usize::from(words.is_some()), "{answer}");
        let text = answer["attention"].to_string();
        assert!(words.is_none_or(|words| text.contains(words)), "{text}");
    }
    let files = json!([{"key": LISTED_KEY}, {"key": LISTED_KEY, "name": "copy"}]);
    world.publish(&listing_with_files("a", files)).await;
    let answer = world.publish(&listing("a")).await;
    assert!(
        answer["attention"][0].as_str().unwrap().contains("`copy`"),
        "{answer}"
    );
}

#[tokio::test]
async fn what_an_event_does_not_name_stays_and_null_takes_a_field_away() {
    let world = World::open().await;
    let mut event = listing("a");
    event["books"]["a"]["author"] = json!("Ada Winters");
    event["books"]["a"]["language"] = json!("de");
    event["products"]["a"]["name"] = json!("Tidy Rust, for everyone");
    event["products"]["a"]["downloads"] = json!(9);
    world.publish(&event).await;
    let event = json!({
        "books": {"a": {"author": null}},
        "products": {"a": {"downloads": null}},
    });
    let answer = world.publish(&event).await;
    assert_eq!(
        answer["books"]["a"],
        json!({"author": {"was": "Ada Winters", "is": null}})
    );
    assert_eq!(
        answer["products"]["a"],
        json!({"downloads": {"was": 9, "is": 5}})
    );
    let book = world.book("a").await;
    assert_eq!((book.author, book.name.as_str()), (None, "Tidy Rust"));
    assert_eq!(book.language.unwrap().as_str(), "de");
    let needed = json!({"books": {"a": {"name": null}}});
    world
        .assert_not_published(&needed, &["`books.a.name`"])
        .await;
}

#[tokio::test]
async fn what_a_product_sells_has_to_be_there() {
    let world = World::open().await;
    let product = |fields: Value| json!({"products": {"b": fields}});
    for (event, reason) in [
        (
            product(json!({"book": "nothing", "price": "9.00 USD"})),
            "there is no book `nothing`",
        ),
        (
            product(json!({"book": BOOK, "files": ["mobi"], "price": "9.00 USD"})),
            "`wip` has no file `mobi`; it has `pdf`, `epub`",
        ),
        (product(json!({"book": BOOK})), "`products.b.price`"),
        (product(json!({"price": "9.00 USD"})), "`products.b.book`"),
        (
            product(json!({"books": [BOOK, "wip-de"], "price": "9.00 USD"})),
            "`products.b.name`",
        ),
        (
            product(json!({"books": [BOOK, BOOK], "name": "Twice", "price": "9.00 USD"})),
            "`wip` is listed twice",
        ),
        (
            product(json!({"book": BOOK, "downloads": 0, "price": "9.00 USD"})),
            "`products.b.downloads`",
        ),
        (
            product(json!({"book": BOOK, "price": "9.00 USD", "is_active": true})),
            "`products.b.is_active`: there is no such field",
        ),
        (json!({"products": {"B": {}}}), "`products.B`"),
        (
            json!({"books": {"b": {"name": "B", "version": "1"}}}),
            "`books.b.files`",
        ),
    ] {
        world.assert_not_published(&event, &[reason]).await;
    }
    // A product sells the file, so the book may not lose it.
    let loses = json!({"books": {BOOK: {
        "version": "2nd edition", "files": [{"key": "writing-idiomatic-python/2e.epub"}],
    }}});
    world
        .assert_not_published(&loses, &["`wip-2e-pdf` sells the file `pdf`"])
        .await;
}
