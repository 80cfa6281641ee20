//! A file of a book is published if it is there, has a name of its own and is what its ending says.

use emulators::faults::{Effect, Rule, Service};
use reqwest::StatusCode;
use serde_json::{Value, json};

use tests::{
    author::{LISTED_KEY, listing_with_files},
    state::alone,
    world::{World, listing, location},
};

const JANE: &str = "jane@example.com";

/// Two PDFs of one book, or a PDF with its code.
#[tokio::test]
async fn files_of_one_format_have_names_and_labels() {
    let world = World::open().await;
    world.upload("a5.pdf", b"%PDF-1.7 for small screens").await;
    let files = json!([{"key": LISTED_KEY}, {"key": "a5.pdf"}]);
    world
        .assert_not_published(&listing_with_files("a", files), &["`name`"])
        .await;
    let files = json!([
        {"key": LISTED_KEY, "label": "PDF to print"},
        {"key": "a5.pdf", "name": "a5", "label": "PDF for phones"},
    ]);
    world.publish(&listing_with_files("a", files)).await;
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
        .map(|number| json!({"key": LISTED_KEY, "name": format!("part-{number}")}))
        .collect();
    let mut event = json!({"books": {}, "products": {}});
    for number in 1..=50 {
        let id = format!("book-{number}");
        let listing = listing_with_files(&id, json!(files));
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
    world
        .refused_publication(&listing_with_files("a", json!([{"key": key}])))
        .await
}

#[tokio::test]
async fn what_is_empty_or_not_what_its_ending_says_is_refused() {
    let world = World::open().await;
    world.publish(&listing("a")).await;
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
    let folder = listing_with_files("a", json!([{"key": "books/"}]));
    world
        .assert_not_published(&folder, &["not of a folder"])
        .await;

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
    let event = listing_with_files("a", json!([{"key": LISTED_KEY}, {"key": "new.kfx"}]));
    let answer = world.publish(&event).await;
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
        let event = listing_with_files("a", json!([{"key": named}]));
        world.publish(&event).await;
        let link = world.purchase("a", JANE).await;
        let book = location(&world.download_of("a", &link, "pdf").await);
        assert_eq!(world.get(&book).await.status(), StatusCode::OK);
        let again = world.publish(&event).await;
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
    let answer = world.publish(&the_longest_list()).await;
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
    world
        .assert_not_published(&event, &["101 rows", "holds 100", "in parts"])
        .await;
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
