//! What is published is written as a whole, whoever else writes, and is sold at once.

use bookstall::{adapters::aws::Aws, domain::book_file::FileName};
use emulators::faults::{Effect, Rule, Service};
use reqwest::StatusCode;
use serde_json::{Value, json};

use tests::{
    author::{LISTED_KEY, listing_with_files},
    world::{BOOK, World, listing, location, until_held},
};

const JANE: &str = "jane@example.com";

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
        world.publish(&second).await
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
        "version": "2nd edition", "files": [{"key": LISTED_KEY}, {"key": "writing-idiomatic-python/2e.epub"}],
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
        let again = world.publish(&event).await;
        let is_written = effect == Effect::ActThenNoAnswer;
        assert_eq!(again["books"] == json!({}), is_written, "{again}");
        world.purchase("a", JANE).await;
    }
}

#[tokio::test]
async fn a_price_is_charged_as_soon_as_it_is_published() {
    let world = World::open().await;
    world.publish(&listing("a")).await;
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
    world.publish(&dearer).await;
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
    world.publish(&event).await;
    assert_eq!(locale().await, (json!("de"), 2));
    assert_eq!(locale().await, (json!("de"), 1));
    let mut event = listing("b");
    event["books"]["b"]["language"] = json!("fr");
    event["products"] = json!({"a": {"book": "b"}});
    world.publish(&event).await;
    assert_eq!(locale().await, (json!("fr"), 2));
    let event = json!({
        "shop": {"language": "es"},
        "books": {"b": {"language": null}},
    });
    world.publish(&event).await;
    assert_eq!(locale().await, (json!("es"), 1));
}

#[tokio::test]
async fn what_is_withdrawn_cannot_be_bought_and_stays_with_its_buyers() {
    let world = World::open().await;
    world.publish(&listing("a")).await;
    let link = world.purchase("a", JANE).await;
    let withdrawn = json!({"products": {"a": {"for_sale": false}}});
    world.publish(&withdrawn).await;
    let answer = world.post(&world.url("/buy"), &[("product_id", "a")]).await;
    assert_eq!(answer.status(), StatusCode::GONE);
    assert!(answer.text().await.unwrap().contains("no longer for sale"));
    location(&world.download_of("a", &link, "pdf").await);
}

#[tokio::test]
async fn a_file_that_was_added_can_be_had_at_once() {
    let world = World::open().await;
    world.publish(&listing("a")).await;
    let link = world.purchase("a", JANE).await;
    location(&world.download_of("a", &link, "pdf").await);
    let both = json!([{"key": LISTED_KEY}, {"key": "writing-idiomatic-python/2e.epub"}]);
    world.publish(&listing_with_files("a", both)).await;
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
