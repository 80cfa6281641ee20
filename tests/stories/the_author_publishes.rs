//! The author publishes a catalogue: all of it or none, and nothing that sells for a mistake.

use bookstall::{adapters::aws::Aws, domain::book_file::FileName};
use emulators::faults::{Effect, Rule, Service};
use reqwest::StatusCode;
use serde_json::{Value, json};

use tests::state::alone;
use tests::world::{BOOK, World, listing, location, until_held};

const JANE: &str = "jane@example.com";

/// The file of a [`listing`].
const KEY: &str = "writing-idiomatic-python/2e.pdf";

async fn publish(world: &World, event: &Value) -> Value {
    world.invoke("PublishFunction", event).await.unwrap()
}

/// Asserts that an event is refused as wrong, and returns the error's message.
async fn refused(world: &World, event: &Value) -> String {
    let error = world.invoke("PublishFunction", event).await.unwrap_err();
    assert_eq!(error["errorType"], "WrongEvent", "{error}");
    let message = error["errorMessage"].as_str().unwrap();
    for part in ["Nothing was changed", "A right event: {"] {
        assert!(message.contains(part), "{message}");
    }
    message.to_owned()
}

/// Asserts that an event is refused as wrong for these reasons, and changes nothing.
async fn assert_refused(world: &World, event: &Value, reasons: &[&str]) {
    let message = refused(world, event).await;
    for reason in reasons {
        assert!(message.contains(reason), "{reason} is not in: {message}");
    }
}

/// A [`listing`] with other files.
fn with_files(id: &str, files: Value) -> Value {
    let mut event = listing(id);
    event["books"][id]["files"] = files;
    event
}

fn with_price(price: impl Into<Value>) -> Value {
    json!({"products": {"wip-2e": {"price": price.into()}}})
}

#[tokio::test]
async fn what_was_and_what_is_are_said_field_by_field() {
    let world = World::open().await;
    let first = publish(&world, &listing("a")).await;
    assert_eq!(
        first["books"]["a"]["name"],
        json!({"was": null, "is": "Tidy Rust"})
    );
    assert_eq!(first["books"]["a"]["files.pdf"]["was"], json!(null));
    assert_eq!(first["books"]["a"]["files.pdf"]["is"]["key"], KEY);
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
    let second = publish(&world, &event).await;
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

    let third = publish(&world, &event).await;
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
    let mut tried = publish(&world, &event).await;
    assert_eq!(world.book(BOOK).await, before);
    let answer = world.post(&world.url("/buy"), &[("product_id", "a")]).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);

    event["dry_run"] = json!(false);
    let done = publish(&world, &event).await;
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
    let mut event = with_files("b", json!([{"key": "not/there.pdf"}]));
    for kind in ["books", "products"] {
        event[kind]["a"] = listing("a")[kind]["a"].clone();
    }
    let reason = "`books.b.files[0]`: there is no `not/there.pdf`";
    assert_refused(&world, &event, &[reason]).await;
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
        assert_refused(&world, &with_price(price), &reasons).await;
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
    assert_refused(&world, &event, &reasons).await;
    let page = world.private_page(&link).await;
    assert_eq!(page["books"][0]["version"], "2nd edition, 2.1");
    let file = location(&world.download(&link, "pdf").await);
    assert!(file.contains("2e-2.1.pdf"), "{file}");

    // Without the book, or with what it is at, the price is changed.
    let answer = publish(&world, &with_price("31.00 USD")).await;
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
    assert_refused(&world, &event, &[reason]).await;
    event["books"][BOOK]["rename_edition"] = json!(true);
    let answer = publish(&world, &event).await;
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
    publish(&world, &listing("a")).await;
    let link = world.purchase("a", JANE).await;
    location(&world.download_of("a", &link, "pdf").await);
    world.upload("corrected.pdf", b"%PDF-1.7 corrected").await;
    let event = with_files("a", json!([{"key": "corrected.pdf"}]));
    let answer = publish(&world, &event).await;
    let warnings = answer["warnings"].to_string();
    assert!(
        warnings.contains("correction") && warnings.contains("nobody is told"),
        "{answer}"
    );
    let change = &answer["books"]["a"]["files.pdf"];
    assert_eq!(
        (&change["was"]["key"], &change["is"]["key"]),
        (&json!(KEY), &json!("corrected.pdf"))
    );
    let copy = world.find_purchase(&link).await.unwrap();
    assert_eq!((copy.edition, copy.downloads_left), (1, 4));
    assert_eq!(world.mails().len(), 1);

    // Files say which edition they are of.
    let bare = json!({"books": {"a": {"files": [{"key": KEY}]}}});
    assert_refused(&world, &bare, &["`books.a.files`", "“1st edition”"]).await;
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
        let answer = publish(&world, &event).await;
        let attention = answer["attention"].as_array().unwrap();
        assert_eq!(attention.len(), usize::from(words.is_some()), "{answer}");
        let text = answer["attention"].to_string();
        assert!(words.is_none_or(|words| text.contains(words)), "{text}");
    }
    publish(
        &world,
        &with_files("a", json!([{"key": KEY}, {"key": KEY, "name": "copy"}])),
    )
    .await;
    let answer = publish(&world, &listing("a")).await;
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
    publish(&world, &event).await;
    let event = json!({
        "books": {"a": {"author": null}},
        "products": {"a": {"downloads": null}},
    });
    let answer = publish(&world, &event).await;
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
    assert_refused(&world, &needed, &["`books.a.name`"]).await;
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
        assert_refused(&world, &event, &[reason]).await;
    }
    // A product sells the file, so the book may not lose it.
    let loses = json!({"books": {BOOK: {
        "version": "2nd edition", "files": [{"key": "writing-idiomatic-python/2e.epub"}],
    }}});
    assert_refused(&world, &loses, &["`wip-2e-pdf` sells the file `pdf`"]).await;
}

/// Two PDFs of one book, or a PDF with its code.
#[tokio::test]
async fn files_of_one_format_have_names_and_labels() {
    let world = World::open().await;
    world.upload("a5.pdf", b"%PDF-1.7 for small screens").await;
    let files = json!([{"key": KEY}, {"key": "a5.pdf"}]);
    assert_refused(&world, &with_files("a", files), &["`name`"]).await;
    let files = json!([
        {"key": KEY, "label": "PDF to print"},
        {"key": "a5.pdf", "name": "a5", "label": "PDF for phones"},
    ]);
    publish(&world, &with_files("a", files)).await;
    let link = world.purchase("a", JANE).await;
    let page = world.get(&link).await.text().await.unwrap();
    for words in ["PDF to print", "PDF for phones", "value=\"a5\""] {
        assert!(page.contains(words), "{words} is not on: {page}");
    }
    let small = world
        .get(&location(&world.download_of("a", &link, "a5").await))
        .await;
    assert_eq!(small.headers()["content-type"], "application/pdf");
    assert_eq!(
        &*small.bytes().await.unwrap(),
        b"%PDF-1.7 for small screens"
    );
}

/// The largest event: a hundred rows of the catalogue, whose books have six hundred files.
fn the_longest_list() -> Value {
    let files: Vec<_> = (0..12)
        .map(|number| json!({"key": KEY, "name": format!("part-{number}")}))
        .collect();
    let mut event = json!({"books": {}, "products": {}});
    for number in 1..=50 {
        let id = format!("book-{number}");
        let listing = with_files(&id, json!(files));
        for kind in ["books", "products"] {
            event[kind][&id] = listing[kind][&id].clone();
        }
    }
    event
}

/// Tries to publish this content over a live book, as a file of this ending: what is refused.
async fn refused_content(world: &World, format: &str, content: &[u8]) -> String {
    let key = format!("new.{format}");
    world.upload(&key, content).await;
    refused(world, &with_files("a", json!([{"key": key}]))).await
}

#[tokio::test]
async fn what_is_empty_or_not_what_its_ending_says_is_refused() {
    let world = World::open().await;
    publish(&world, &listing("a")).await;
    for (format, content, why) in [
        ("pdf", b"".as_slice(), "`new.pdf` is empty"),
        ("kfx", b"", "`new.kfx` is empty"),
        ("pdf", b"a book", "a PDF begins with `%PDF-`"),
        ("epub", b"PK\x03\x04 and something else", "an EPUB is a ZIP"),
        ("zip", b"%PDF-1.7", "a ZIP archive begins with `PK`"),
    ] {
        let message = refused_content(&world, format, content).await;
        assert!(
            message.contains("`books.a.files[0]`: ") && message.contains(why),
            "{message}"
        );
    }
    world.upload("new.pdf", b"").await;
    let update = json!({"book": "a", "version": "2nd", "files": [{"key": "new.pdf"}]});
    let error = world.invoke("PushUpdateFunction", &update).await;
    let message = error.unwrap_err()["errorMessage"].to_string();
    assert!(
        message.contains("`files[0]`: `new.pdf` is empty"),
        "{message}"
    );
    let folder = with_files("a", json!([{"key": "books/"}]));
    assert_refused(&world, &folder, &["not of a folder"]).await;

    let link = world.purchase("a", JANE).await;
    let book = world
        .get(&location(&world.download_of("a", &link, "pdf").await))
        .await;
    assert!(book.bytes().await.unwrap().starts_with(b"%PDF-"));
}

#[tokio::test]
async fn an_ending_that_the_shop_does_not_know_is_published_with_a_warning() {
    let world = World::open().await;
    world.upload("new.kfx", b"whatever").await;
    let event = with_files("a", json!([{"key": KEY}, {"key": "new.kfx"}]));
    let answer = publish(&world, &event).await;
    assert!(answer["books"]["a"]["files.kfx"].is_object(), "{answer}");
    let warnings = answer["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{answer}");
    let warning = warnings[0].as_str().unwrap();
    assert!(
        warning.starts_with("`books.a.files`: ") && warning.contains("`.kfx`"),
        "{warning}"
    );
}

/// macOS writes `é` as two characters, a keyboard as one; people see no difference, S3 does.
#[tokio::test]
async fn a_file_is_found_by_the_name_that_is_seen_however_it_is_spelled() {
    for (uploaded, named) in [
        ("cafe\u{301}.pdf", "caf\u{e9}.pdf"),
        ("caf\u{e9}.pdf", "cafe\u{301}.pdf"),
    ] {
        let world = World::open().await;
        world.upload(uploaded, b"%PDF-1.7 of the caf\xc3\xa9").await;
        let event = with_files("a", json!([{"key": named}]));
        publish(&world, &event).await;
        let link = world.purchase("a", JANE).await;
        let book = location(&world.download_of("a", &link, "pdf").await);
        assert_eq!(world.get(&book).await.status(), StatusCode::OK);
        let again = publish(&world, &event).await;
        assert_eq!(again["unchanged"], json!(["books.a", "products.a"]));
        let update = json!({"book": "a", "version": "2nd", "files": [{"key": named}]});
        let pushed = world.invoke("PushUpdateFunction", &update).await.unwrap();
        assert_eq!(pushed["sent"], 1);

        // A run that goes on gives what the first one found.
        world.upload(uploaded, b"%PDF-1.7 of another day").await;
        world.invoke("PushUpdateFunction", &update).await.unwrap();
        let book = location(&world.download_of("a", &link, "pdf").await);
        let book = world.get(&book).await.bytes().await.unwrap();
        assert!(book.starts_with(b"%PDF-1.7 of the"), "{book:?}");
    }
}

fn each_look_takes(milliseconds: u64) -> Rule {
    Rule::new(Service::S3, Effect::Delay { milliseconds }).on("GetObject")
}

/// One after another, the calls to S3 would take half a minute. `publish` gives up after 20 seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 16)]
async fn the_longest_list_is_published_though_each_look_for_a_file_takes_a_while() {
    let _alone = alone().await;
    let world = World::open().await;
    world.faults().add(each_look_takes(50));
    world.faults().clear_calls();
    let answer = publish(&world, &the_longest_list()).await;
    assert_eq!(answer["books"].as_object().unwrap().len(), 50);
    assert_eq!(answer["products"].as_object().unwrap().len(), 50);
    assert_eq!(world.calls(Service::S3).len(), 600);
    world.buy("book-50").await;
}

#[tokio::test]
async fn one_row_more_than_a_transaction_holds_is_refused_with_the_reason() {
    let world = World::open().await;
    let mut event = the_longest_list();
    event["products"]["one-more"] = json!({"book": "book-1", "price": "9.00 USD"});
    assert_refused(&world, &event, &["101 rows", "holds 100", "in parts"]).await;
    let answer = world
        .post(&world.url("/buy"), &[("product_id", "book-1")])
        .await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn where_the_files_are_not_found_in_time_publish_says_itself_that_nothing_was_changed() {
    let world = World::open().await;
    // Sixteen at a time, the calls take 26 seconds. `publish` gives up after 20, long before one call
    // comes near its limit of 3 seconds.
    world.faults().add(each_look_takes(700));
    let list = the_longest_list();
    let error = world.invoke("PublishFunction", &list).await.unwrap_err();
    assert_eq!(
        error["errorMessage"],
        "Nothing was changed. Failed to find the files: outcome unknown: no answer in time. \
         It is safe to send the same event again."
    );
    let fields = [("product_id", "book-1")];
    let answer = world.post(&world.url("/buy"), &fields).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

/// The first has read what the second changes before it writes.
#[tokio::test]
async fn of_two_authors_at_once_one_is_told_and_nothing_is_mixed() {
    let world = World::open().await;
    // The first write of the catalogue gets no answer, and is tried again.
    let lost = Rule::no_answer(Service::DynamoDb).on("TransactWriteItems");
    world.faults().add(lost.times(1));
    let first = json!({
        "books": {BOOK: {"name": "Of the first"}},
        "products": {"wip-2e": {"price": "30.00 USD"}},
    });
    let second = json!({"products": {"wip-2e": {"price": "31.00 USD"}}});
    let second = async {
        until_held(world.faults(), 1).await;
        publish(&world, &second).await
    };
    let (first, second) = tokio::join!(world.invoke("PublishFunction", &first), second);
    let error = first.unwrap_err();
    assert_eq!(error["errorType"], "Conflict", "{error}");
    let message = error["errorMessage"].as_str().unwrap();
    for words in ["nothing was changed", "`dry_run`", "send it again"] {
        assert!(message.contains(words), "{message}");
    }
    assert_eq!(second["products"]["wip-2e"]["price"]["is"], "31.00 USD");
    assert_eq!(world.book(BOOK).await.name, "Writing Idiomatic Python");
}

/// `publish` has read the edition before, and writes after it.
#[tokio::test]
async fn a_push_in_the_same_second_keeps_its_edition() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    // The first write of the catalogue gets no answer, and is tried again.
    let lost = Rule::no_answer(Service::DynamoDb).on("TransactWriteItems");
    world.faults().add(lost.times(1));
    let event = json!({"books": {BOOK: {
        "version": "2nd edition", "files": [{"key": KEY}, {"key": "writing-idiomatic-python/2e.epub"}],
    }}});
    let update = include_str!("../../events/push-update.json");
    let update: Value = serde_json::from_str(update).unwrap();
    let push = async {
        until_held(world.faults(), 1).await;
        world.invoke("PushUpdateFunction", &update).await.unwrap()
    };
    let (published, pushed) = tokio::join!(world.invoke("PublishFunction", &event), push);
    assert_eq!(published.unwrap_err()["errorType"], "Conflict");
    assert_eq!(pushed["sent"], 1);
    let book = world.book(BOOK).await;
    assert_eq!(
        (book.version.as_str(), book.edition),
        ("2nd edition, 2.1", 2)
    );
    let pdf = book.file(&FileName::parse("pdf").unwrap()).unwrap();
    assert_eq!(pdf.key.as_str(), "writing-idiomatic-python/2e-2.1.pdf");
    assert_eq!(world.find_purchase(&link).await.unwrap().edition, 2);
    // Sent again, the event is an old edition's.
    let again = world.invoke("PublishFunction", &event).await.unwrap_err();
    assert_eq!(again["errorType"], "WrongEvent");
}

#[tokio::test]
async fn killed_on_the_way_the_same_event_goes_on() {
    for effect in [Effect::NoAnswer, Effect::ActThenNoAnswer] {
        let world = World::open().await;
        let event = listing("a");
        let at = (Service::DynamoDb, "TransactWriteItems", effect.clone());
        // The function itself, because an invocation goes on when its caller has gone: it would write
        // the catalogue at its second attempt, beside the run that follows.
        let aws = Aws::at(world.shop.emulators().aws.clone());
        let shop = publish::Shop::open(&world.shop.environment(), &aws).unwrap();
        let publishing = Box::pin(publish::handle(&shop, event.clone()));
        world.kill_at(at, publishing).await;
        let again = publish(&world, &event).await;
        let is_written = effect == Effect::ActThenNoAnswer;
        assert_eq!(again["books"] == json!({}), is_written, "{again}");
        world.purchase("a", JANE).await;
    }
}

#[tokio::test]
async fn a_price_is_charged_as_soon_as_it_is_published() {
    let world = World::open().await;
    publish(&world, &listing("a")).await;
    let paid = async |email: &str| {
        let link = world.purchase("a", email).await;
        world
            .find_purchase(&link)
            .await
            .unwrap()
            .paid
            .unwrap()
            .to_string()
    };
    assert_eq!(paid("a@example.com").await, "12.00 EUR");
    let dearer = json!({"products": {"a": {"price": "15.00 EUR"}}});
    publish(&world, &dearer).await;
    assert_eq!(paid("b@example.com").await, "15.00 EUR");
}

/// A checkout reads the rows that its product needed the last time, in one call. That is never older
/// than the catalogue.
#[tokio::test]
async fn a_checkout_is_of_the_books_that_the_product_has_now_and_speaks_their_language() {
    let world = World::open().await;
    let locale = async || {
        world.faults().clear_calls();
        let session = world.buy("a").await;
        let calls = world.calls(Service::DynamoDb);
        let reads = calls.iter().filter(|call| *call == "BatchGetItem").count();
        let path = format!("checkout/sessions/{session}");
        let locale = world.ask_stripe(&path).await["locale"].clone();
        (locale, reads)
    };
    let mut event = listing("a");
    event["books"]["a"]["language"] = json!("de");
    publish(&world, &event).await;
    assert_eq!(locale().await, (json!("de"), 2));
    assert_eq!(locale().await, (json!("de"), 1));
    let mut event = listing("b");
    event["books"]["b"]["language"] = json!("fr");
    event["products"] = json!({"a": {"book": "b"}});
    publish(&world, &event).await;
    assert_eq!(locale().await, (json!("fr"), 2));
    let event = json!({
        "shop": {"language": "es"},
        "books": {"b": {"language": null}},
    });
    publish(&world, &event).await;
    assert_eq!(locale().await, (json!("es"), 1));
}

#[tokio::test]
async fn what_is_withdrawn_cannot_be_bought_and_stays_with_its_buyers() {
    let world = World::open().await;
    publish(&world, &listing("a")).await;
    let link = world.purchase("a", JANE).await;
    let withdrawn = json!({"products": {"a": {"for_sale": false}}});
    publish(&world, &withdrawn).await;
    let answer = world.post(&world.url("/buy"), &[("product_id", "a")]).await;
    assert_eq!(answer.status(), StatusCode::GONE);
    assert!(answer.text().await.unwrap().contains("no longer for sale"));
    location(&world.download_of("a", &link, "pdf").await);
}

#[tokio::test]
async fn a_file_that_was_added_can_be_had_at_once() {
    let world = World::open().await;
    publish(&world, &listing("a")).await;
    let link = world.purchase("a", JANE).await;
    location(&world.download_of("a", &link, "pdf").await);
    let both = json!([{"key": KEY}, {"key": "writing-idiomatic-python/2e.epub"}]);
    publish(&world, &with_files("a", both)).await;
    location(&world.download_of("a", &link, "epub").await);
}

#[tokio::test]
async fn an_unknown_function_and_a_body_that_is_no_json_are_told_as_lambda_tells_them() {
    let world = World::open().await;
    let url = |name: &str| world.url(&format!("/2015-03-31/functions/{name}/invocations"));
    let answer = world
        .http
        .post(url("NoFunction"))
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let answer = world
        .http
        .post(url("PublishFunction"))
        .body("{")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}
