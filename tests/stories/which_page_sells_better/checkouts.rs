//! Checkouts are counted beside the views, and the page is told what is being bought.

use emulators::faults::{Effect, Rule, Service};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{BROWSER, World, location};

use super::{buy, fields, is_answered, is_counted, seen};

/// With a form for the hosted page, and with JSON for the overlay.
#[tokio::test]
async fn a_checkout_is_counted_beside_the_views_and_the_purchase_knows_its_origin() {
    let world = World::open().await;
    let view = seen(&world).form(&fields("b", "newsletter"));
    is_answered(view, StatusCode::NO_CONTENT).await;

    let page = location(&buy(&world, "b", "newsletter").send().await.unwrap());
    let hosted = page.rsplit('/').next().unwrap().to_owned();
    let overlay = world.http.post(world.url("/buy"));
    let overlay = overlay
        .header("user-agent", BROWSER)
        .header("accept", "application/json")
        .json(&json!({"product_id": "wip-2e", "variant": "b", "source": "newsletter"}));
    let overlay: Value = overlay.send().await.unwrap().json().await.unwrap();
    let secret = overlay["client_secret"].as_str().unwrap();
    let (overlay, _) = secret.split_once("_secret_").unwrap();
    is_counted(&world, "wip-2e", &[("b", "newsletter", 1, 2)]).await;

    for session in [&hosted, overlay] {
        let back = world.pay(session, "jane@example.com").await;
        let link = location(&world.get(&back).await);
        let attribution = world.find_purchase(&link).await.unwrap().attribution;
        assert_eq!(attribution.variant.unwrap().as_str(), "b");
        assert_eq!(attribution.source.unwrap().as_str(), "newsletter");
    }
    let unknown = world.http.post(world.url("/buy"));
    let unknown = unknown.header("user-agent", BROWSER);
    let unknown = unknown.form(&[("product_id", "nothing")]).send().await;
    assert_eq!(unknown.unwrap().status(), StatusCode::NOT_FOUND);
    is_counted(&world, "wip-2e", &[("b", "newsletter", 1, 2)]).await;
}

/// The page can pass the answer on to its statistics, because nothing in it opens the purchase.
#[tokio::test]
async fn a_page_is_told_what_is_being_bought() {
    let world = World::open().await;
    let answer = ask(&world, &[("product_id", "wip-2e")]).await;
    assert_eq!(answer["product"], "Writing Idiomatic Python");
    assert_eq!(
        (&answer["value"], &answer["currency"]),
        (&json!("29.00"), &json!("USD"))
    );
    assert_eq!(answer["return_url"], Value::Null);

    let fields = [("product_id", "wip-2e"), ("on_completion", "stay")];
    let answer = ask(&world, &fields).await;
    let return_url = answer["return_url"].as_str().unwrap();
    let session = return_url.strip_prefix(&world.url("/paid/")).unwrap();
    let at_stripe = world
        .ask_stripe(&format!("checkout/sessions/{session}"))
        .await;
    assert_eq!(at_stripe["redirect_on_completion"], "if_required");
    world.pay(session, "jane@example.com").await;
    let link = location(&world.get(return_url).await);
    let id = link.rsplit('/').next().unwrap();
    assert_eq!(answer["reference"], id[..8]);
    assert!(!answer.to_string().contains(id));

    let hosted = World::open_with_variables(&[("STRIPE_PUBLISHABLE_KEY", "")]);
    let answer = ask(&hosted.await, &fields).await;
    assert!(answer["url"].as_str().unwrap().contains("/c/pay/"));
    assert_eq!(
        (&answer["value"], &answer["currency"]),
        (&json!("29.00"), &json!("USD"))
    );
    assert_eq!(answer["return_url"], Value::Null);
}

async fn ask(world: &World, fields: &[(&str, &str)]) -> Value {
    let request = world.http.post(world.url("/buy"));
    let request = request.header("accept", "application/json").form(fields);
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_counter_that_fails_or_is_silent_costs_no_sale() {
    let world = World::open().await;
    for fault in [
        Rule::dynamodb_throttled(),
        Rule::new(Service::DynamoDb, Effect::CloseConnection),
        Rule::new(Service::DynamoDb, Effect::NoAnswer),
    ] {
        world.faults().add(fault.on("UpdateItem"));
        let answer = buy(&world, "a", "").send().await.unwrap();
        world.faults().clear();
        let session = location(&answer).rsplit('/').next().unwrap().to_owned();
        let back = world.pay(&session, "jane@example.com").await;
        let link = location(&world.get(&back).await);
        assert_eq!(world.get(&link).await.status(), StatusCode::OK);
    }
    is_counted(&world, "wip-2e", &[]).await;
}
