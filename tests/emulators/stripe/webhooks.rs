//! Webhooks as the endpoint receives them, with and without faults.

use std::time::Duration;

use emulators::stripe::{BogusSignature, FaultSettings};
use serde_json::{Value, json};
use stripe_webhook::{EventObject, WebhookError};

use crate::stripe::webhook_endpoint::ReceivedWebhook;
use crate::stripe::world::{EMAIL, GOOD, World};

const OF_A_SALE: [&str; 3] = [
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
];

#[tokio::test]
async fn a_sale_is_told_signed_and_readable() {
    let world = World::new().await;
    world.buy().await;
    world.stripe.idle().await;
    assert_eq!(world.endpoint.event_types(), OF_A_SALE);
    let events: Vec<_> = world
        .endpoint
        .received()
        .iter()
        .map(ReceivedWebhook::verify)
        .collect();
    let last = events
        .into_iter()
        .last()
        .expect("an event")
        .expect("signed");
    let EventObject::CheckoutSessionCompleted(session) = last.data.object else {
        panic!("not a completed session");
    };
    assert_eq!(
        session.customer_details.expect("a buyer").email.as_deref(),
        Some(EMAIL)
    );
    let event = world.api(&format!("/events/{}", last.id)).await;
    assert_eq!(event["pending_webhooks"], 0);
}

#[tokio::test]
async fn a_webhook_is_repeated_until_it_is_accepted() {
    let world = World::new().await;
    world.stripe.faults().set(FaultSettings {
        retries: vec![Duration::ZERO; 3],
        ..FaultSettings::default()
    });
    world.endpoint.respond_next([500, 500, 500, 503, 302]);
    world.buy().await;
    world.stripe.idle().await;
    let mut kinds = world.endpoint.event_types();
    assert_eq!(kinds.len(), 3 + 5);
    kinds.sort();
    kinds.dedup();
    assert_eq!(kinds.len(), 3);
    let events = world.api("/events?type=charge.succeeded").await;
    assert_eq!(events["data"][0]["pending_webhooks"], 0);
}

#[tokio::test]
async fn a_webhook_that_nobody_accepts_is_given_up_and_can_be_sent_again() {
    let world = World::new().await;
    world.stripe.faults().set(FaultSettings {
        retries: Vec::new(),
        ..FaultSettings::default()
    });
    world.endpoint.respond_next([500; 3]);
    world.buy().await;
    world.stripe.idle().await;
    let events = world.api("/events?type=checkout.session.completed").await;
    assert_eq!(events["data"][0]["pending_webhooks"], 1);
    let id = events["data"][0]["id"].as_str().expect("an id");
    let sent = world.post(&format!("/test/events/{id}/send"), &[]).await;
    let sent: Value = sent.json().await.expect("JSON");
    assert_eq!(sent["answered"]["status"], 200);
    assert_eq!(
        world.api(&format!("/events/{id}")).await["pending_webhooks"],
        0
    );
    let deliveries: Value = world
        .get("/test/webhooks/deliveries")
        .await
        .json()
        .await
        .expect("JSON");
    assert_eq!(deliveries.as_array().map(Vec::len), Some(4));
}

#[tokio::test]
async fn faults_double_drop_and_reorder() {
    let world = World::new().await;
    let faults = world.stripe.faults();
    let sell = async |settings: FaultSettings| {
        faults.set(settings);
        world.endpoint.clear();
        world.buy().await;
        world.stripe.idle().await;
        world.endpoint.event_types()
    };
    let doubled = sell(FaultSettings {
        doubled: true,
        ..FaultSettings::default()
    })
    .await;
    assert_eq!(
        doubled,
        OF_A_SALE
            .iter()
            .flat_map(|kind| [*kind; 2])
            .collect::<Vec<_>>()
    );
    let dropped = sell(FaultSettings {
        dropped: true,
        ..FaultSettings::default()
    })
    .await;
    assert!(dropped.is_empty());
    let late = Duration::from_millis(20);
    let mut reordered = sell(FaultSettings {
        reordered: true,
        late,
        ..FaultSettings::default()
    })
    .await;
    reordered.reverse();
    assert_eq!(reordered, OF_A_SALE);
    faults.clear();
    assert_eq!(faults.settings(), FaultSettings::default());
}

#[tokio::test]
async fn a_pause_holds_events_back_until_it_ends() {
    let world = World::new().await;
    world.stripe.faults().pause();
    let session = world.open_session().await;
    world.pay(&session.id, GOOD).await.expect("paid");
    world.stripe.idle().await;
    assert!(world.endpoint.received().is_empty());
    world.stripe.faults().release();
    world.stripe.idle().await;
    assert_eq!(world.endpoint.event_types(), OF_A_SALE);
}

#[tokio::test]
async fn a_second_signature_that_is_wrong_does_no_harm() {
    let world = World::new().await;
    for place in [BogusSignature::Before, BogusSignature::After] {
        world.stripe.faults().set(FaultSettings {
            bogus_signature: Some(place),
            ..FaultSettings::default()
        });
        world.buy().await;
        world.stripe.idle().await;
    }
    let received = world.endpoint.received();
    assert_eq!(received.len(), 6);
    for webhook in received {
        assert_eq!(webhook.signature.matches("v1=").count(), 2);
        webhook.verify().expect("one signature matches");
    }
}

#[tokio::test]
async fn an_old_version_of_the_api_is_authentic_whatever_it_looks_like() {
    let world = World::new().await;
    let form = [("old_api_version", "on"), ("late", "1")];
    let set = world.post("/test/webhooks/faults", &form).await;
    assert_eq!(set.json::<Value>().await.expect("JSON")["late"], 1);
    assert_eq!(
        world.stripe.faults().settings().retries,
        FaultSettings::default().retries
    );
    world.buy().await;
    world.stripe.idle().await;
    let webhook = world.endpoint.received().pop().expect("a webhook");
    assert_eq!(webhook.json()["api_version"], "2023-10-16");
    assert_eq!(webhook.json()["data"]["object"]["ui_mode"], "hosted");
    assert!(!matches!(webhook.verify(), Err(WebhookError::BadSignature)));
}

#[tokio::test]
async fn any_event_can_be_sent_by_hand() {
    let world = World::new().await;
    let send = async |sending: Value| {
        let request = world
            .browser
            .post(format!("{}/test/webhooks/send", world.url));
        let answer = request.json(&sending).send().await.expect("an answer");
        let answer: Value = answer.json().await.expect("JSON");
        assert_eq!(answer["status"], 200);
        world
            .endpoint
            .received()
            .pop()
            .expect("a webhook")
            .verify()
            .map(|event| event.id.to_string())
    };
    world.buy().await;
    world.stripe.idle().await;
    let event = world.api("/events?type=charge.succeeded").await["data"][0].clone();
    let id = send(json!({"event": event})).await.expect("signed");
    assert_eq!(json!(id), event["id"]);
    let wrong = send(json!({"event": event, "secret": "wrong"})).await;
    assert!(matches!(wrong, Err(WebhookError::BadSignature)));
    let old = send(json!({"event": event, "t": 1})).await;
    assert!(matches!(old, Err(WebhookError::BadTimestamp(1))));
    let nonsense = send(json!({"payload": "nonsense"})).await;
    assert!(matches!(nonsense, Err(WebhookError::BadParse(_))));
}
