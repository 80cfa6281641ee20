//! The author publishes a catalogue: all of it or none.

use std::collections::BTreeMap;

use emulators::faults::{Effect, Rule, Service};
use reqwest::StatusCode;
use serde_json::{Value, json};

use tests::state::alone;
use tests::world::{World, location};

fn listing(id: &str) -> Value {
    json!({
        "id": id, "name": "Tidy Rust", "version": "1st edition", "price": 1200, "currency": "eur",
        "files": {"pdf": "writing-idiomatic-python/1e.pdf"},
    })
}

#[tokio::test]
async fn what_was_new_changed_and_unchanged_is_said() {
    let world = World::open().await;
    let first = world
        .invoke("PublishFunction", &json!({"products": [listing("a")]}))
        .await
        .unwrap();
    assert_eq!(first, json!({"new": ["a"], "changed": {}, "unchanged": []}));

    let mut dearer = listing("a");
    dearer["price"] = json!(1500);
    dearer["is_active"] = json!(false);
    let event = json!({"products": [dearer, listing("b")]});
    let second = world.invoke("PublishFunction", &event).await.unwrap();
    assert_eq!(
        second,
        json!({"new": ["b"], "changed": {"a": ["price", "is_active"]}, "unchanged": []})
    );

    let third = world.invoke("PublishFunction", &event).await.unwrap();
    assert_eq!(
        third,
        json!({"new": [], "changed": {}, "unchanged": ["a", "b"]})
    );
}

#[tokio::test]
async fn one_wrong_product_keeps_all_of_them_out() {
    let world = World::open().await;
    let mut wrong = listing("b");
    wrong["files"] = json!({"pdf": "not/there.pdf"});
    let event = json!({"products": [listing("a"), wrong]});
    let error = world.invoke("PublishFunction", &event).await.unwrap_err();
    let message = error["errorMessage"].as_str().unwrap();
    assert!(
        message.contains("`products[1].files.pdf`: there is no `not/there.pdf`"),
        "{message}"
    );
    let answer = world.post(&world.url("/buy"), &[("product_id", "a")]).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

/// An event with the largest number of products, each with six files.
fn the_longest_list() -> Value {
    let file = "writing-idiomatic-python/1e.pdf";
    let formats = ["csv", "html", "ipynb", "pdf", "txt", "xml"];
    let files: BTreeMap<_, _> = formats.map(|format| (format, file)).into();
    let product = |number: usize| {
        let mut product = listing(&format!("book-{number}"));
        product["files"] = json!(files);
        product
    };
    json!({"products": (1..=100).map(product).collect::<Vec<_>>()})
}

/// Tries to publish this content over a live book, as a file of this ending: what is refused.
async fn refused(world: &World, format: &str, content: &[u8]) -> String {
    let key = format!("new.{format}");
    world.upload(&key, content).await;
    let mut product = listing("a");
    product["files"] = json!({format: key});
    let event = json!({"products": [product]});
    let error = world.invoke("PublishFunction", &event).await.unwrap_err();
    error["errorMessage"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_empty_or_not_what_its_ending_says_is_refused() {
    let world = World::open().await;
    let event = json!({"products": [listing("a")]});
    world.invoke("PublishFunction", &event).await.unwrap();
    for (format, content, why) in [
        ("pdf", b"".as_slice(), "`new.pdf` is empty"),
        ("kfx", b"", "`new.kfx` is empty"),
        ("pdf", b"a book", "a PDF begins with `%PDF-`"),
        ("epub", b"PK\x03\x04 and something else", "an EPUB is a ZIP"),
        ("zip", b"%PDF-1.7", "a ZIP archive begins with `PK`"),
    ] {
        let message = refused(&world, format, content).await;
        let field = format!("`products[0].files.{format}`: ");
        assert!(
            message.contains(&field) && message.contains(why),
            "{message}"
        );
    }
    world.upload("new.pdf", b"").await;
    let update = json!({"product_id": "a", "version": "2nd", "files": {"pdf": "new.pdf"}});
    let error = world.invoke("PushUpdateFunction", &update).await;
    let message = error.unwrap_err()["errorMessage"].to_string();
    assert!(
        message.contains("`files.pdf`: `new.pdf` is empty"),
        "{message}"
    );
    let mut folder = listing("a");
    folder["files"] = json!({"pdf": "books/"});
    let event = json!({"products": [folder]});
    let error = world.invoke("PublishFunction", &event).await.unwrap_err();
    let message = error["errorMessage"].as_str().unwrap();
    assert!(message.contains("not of a folder"), "{message}");

    let link = world.purchase("a", "jane@example.com").await;
    let book = world
        .get(&location(&world.download(&link, "pdf").await))
        .await;
    assert!(book.bytes().await.unwrap().starts_with(b"%PDF-"));
}

#[tokio::test]
async fn an_ending_that_the_shop_does_not_know_is_published_with_a_warning() {
    let world = World::open().await;
    world.upload("new.kfx", b"whatever").await;
    let mut product = listing("a");
    product["files"]["kfx"] = json!("new.kfx");
    let event = json!({"products": [product]});
    let answer = world.invoke("PublishFunction", &event).await.unwrap();
    assert_eq!(answer["new"], json!(["a"]));
    let warnings = answer["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 1, "{answer}");
    let warning = warnings[0].as_str().unwrap();
    assert!(
        warning.starts_with("`products[0].files.kfx`: "),
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
        let mut product = listing("a");
        product["files"]["pdf"] = json!(named);
        let event = json!({"products": [product]});
        world.invoke("PublishFunction", &event).await.unwrap();
        let link = world.purchase("a", "jane@example.com").await;
        let book = location(&world.download(&link, "pdf").await);
        assert_eq!(world.get(&book).await.status(), StatusCode::OK);
        let again = world.invoke("PublishFunction", &event).await.unwrap();
        assert_eq!(again["unchanged"], json!(["a"]));
        let update = json!({"product_id": "a", "version": "2nd", "files": {"pdf": named}});
        let pushed = world.invoke("PushUpdateFunction", &update).await.unwrap();
        assert_eq!(pushed["sent"], 1);

        // A run that goes on gives what the first one found.
        world.upload(uploaded, b"%PDF-1.7 of another day").await;
        world.invoke("PushUpdateFunction", &update).await.unwrap();
        let book = location(&world.download(&link, "pdf").await);
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
    let list = the_longest_list();
    let answer = world.invoke("PublishFunction", &list).await.unwrap();
    assert_eq!(answer["new"].as_array().unwrap().len(), 100);
    assert_eq!(world.calls(Service::S3).len(), 600);
    world.buy("book-100").await;
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

#[tokio::test]
async fn a_price_is_charged_as_soon_as_it_is_published() {
    let world = World::open().await;
    world
        .invoke("PublishFunction", &json!({"products": [listing("a")]}))
        .await
        .unwrap();
    assert_eq!(
        world
            .find_purchase(&world.purchase("a", "a@example.com").await)
            .await
            .unwrap()
            .paid
            .to_string(),
        "12.00 EUR"
    );
    let mut dearer = listing("a");
    dearer["price"] = json!(1500);
    world
        .invoke("PublishFunction", &json!({"products": [dearer]}))
        .await
        .unwrap();
    assert_eq!(
        world
            .find_purchase(&world.purchase("a", "b@example.com").await)
            .await
            .unwrap()
            .paid
            .to_string(),
        "15.00 EUR"
    );
}

#[tokio::test]
async fn what_is_withdrawn_cannot_be_bought_and_stays_with_its_buyers() {
    let world = World::open().await;
    world
        .invoke("PublishFunction", &json!({"products": [listing("a")]}))
        .await
        .unwrap();
    let link = world.purchase("a", "jane@example.com").await;
    let mut withdrawn = listing("a");
    withdrawn["is_active"] = json!(false);
    world
        .invoke("PublishFunction", &json!({"products": [withdrawn]}))
        .await
        .unwrap();
    let answer = world.post(&world.url("/buy"), &[("product_id", "a")]).await;
    assert_eq!(answer.status(), StatusCode::GONE);
    assert!(answer.text().await.unwrap().contains("no longer for sale"));
    location(&world.download(&link, "pdf").await);
}

#[tokio::test]
async fn a_format_that_was_added_can_be_had_at_once() {
    let world = World::open().await;
    world
        .invoke("PublishFunction", &json!({"products": [listing("a")]}))
        .await
        .unwrap();
    let link = world.purchase("a", "jane@example.com").await;
    location(&world.download(&link, "pdf").await);
    let mut both = listing("a");
    both["files"]["epub"] = json!("writing-idiomatic-python/2e.epub");
    world
        .invoke("PublishFunction", &json!({"products": [both]}))
        .await
        .unwrap();
    location(&world.download(&link, "epub").await);
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
