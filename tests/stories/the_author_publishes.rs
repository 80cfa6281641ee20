//! The author publishes a catalogue: all of it or none.

use std::collections::BTreeMap;

use emulators::faults::{Effect, Rule, Service};
use reqwest::StatusCode;
use serde_json::{Value, json};

use tests::look::alone;
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

/// As many products as one event may have, with six files each.
fn the_longest_list() -> Value {
    let file = "writing-idiomatic-python/1e.pdf";
    let formats = ["azw3", "epub", "html", "mobi", "pdf", "zip"];
    let files: BTreeMap<_, _> = formats.map(|format| (format, file)).into();
    let product = |number: usize| {
        let mut product = listing(&format!("book-{number}"));
        product["files"] = json!(files);
        product
    };
    json!({"products": (1..=100).map(product).collect::<Vec<_>>()})
}

fn each_look_takes(milliseconds: u64) -> Rule {
    Rule::new(Service::S3, Effect::Delay { milliseconds }).on("HeadObject")
}

/// One after the other they would take half a minute, and publish waits 20 seconds for all.
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
    // Sixteen at a time they take 26 seconds: longer than publish waits for all, while each is far
    // from the 3 seconds that it waits for one.
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
            .remembered(&world.purchase("a", "a@example.com").await)
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
            .remembered(&world.purchase("a", "b@example.com").await)
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
