//! Nobody is charged twice, and nobody gets a book unpaid.

use emulators::faults::Rule;
use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::json;
use stripe_webhook::Webhook;

use tests::world::{GOOD_CARD, World, completed, location};

#[tokio::test]
async fn an_unpaid_checkout_gives_nothing_and_says_that_nothing_was_charged() {
    let world = World::open().await;
    let session = world.buy("wip-2e").await;
    let page = world.get(&world.url(&format!("/paid/{session}"))).await;
    assert_eq!(page.status(), StatusCode::PAYMENT_REQUIRED);
    assert!(page.text().await.unwrap().contains("nothing was charged"));
    assert_eq!(
        world.webhook(&completed(&session)).await.status(),
        StatusCode::OK
    );
    assert_eq!(world.purchases().await, 0);
    assert_eq!(world.mails().len(), 0);
}

#[tokio::test]
async fn a_declined_card_followed_by_a_good_one_is_one_sale() {
    let world = World::open().await;
    let session = world.buy("wip-2e").await;
    for declined in ["4000000000000002", "4000000000009995"] {
        let answer = world
            .try_to_pay(&session, "jane@example.com", declined)
            .await;
        assert_eq!(answer.status(), StatusCode::PAYMENT_REQUIRED);
    }
    assert_eq!(world.purchases().await, 0);
    let back = world.pay(&session, "jane@example.com").await;
    location(&world.get(&back).await);
    assert_eq!(world.purchases().await, 1);
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn one_checkout_is_paid_once_however_often_the_button_is_pressed() {
    let world = World::open().await;
    let session = world.buy("wip-2e").await;
    let pay = || world.try_to_pay(&session, "jane@example.com", GOOD_CARD);
    join_all((0..10).map(|_| pay())).await;
    world.stripe().idle().await;
    let charges = world.ask_stripe("charges?limit=100").await;
    assert_eq!(charges["data"].as_array().unwrap().len(), 1);
    assert_eq!(world.purchases().await, 1);
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn the_form_sets_neither_the_price_nor_where_it_leads() {
    let world = World::open().await;
    let fields = [
        ("product_id", "wip-2e"),
        ("price", "1"),
        ("amount", "1"),
        ("unit_amount", "1"),
        ("currency", "jpy"),
        ("success_url", "https://evil.example"),
        ("purchase_id", "00000000-0000-4000-8000-000000000000"),
    ];
    let page = location(&world.post(&world.url("/buy"), &fields).await);
    let back = world
        .pay(page.rsplit('/').next().unwrap(), "jane@example.com")
        .await;
    assert!(back.starts_with(&world.url("/paid/")));
    let link = location(&world.get(&back).await);
    let purchase = world.find_purchase(&link).await.unwrap();
    assert_eq!(purchase.paid.unwrap().to_string(), "29.00 USD");
    assert!(!link.contains("00000000"));
}

#[tokio::test]
async fn a_webhook_that_stripe_did_not_sign_changes_nothing() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy("wip-2e").await;
    world.pay(&session, "jane@example.com").await;
    let body = completed(&session).to_string();
    let other_secret = Webhook::generate_test_header(&body, "whsec_other", None);
    let too_old = Webhook::generate_test_header(&body, "whsec_local", Some(1_700_000_000));
    let of_another_body = Webhook::generate_test_header("{}", "whsec_local", None);
    for signature in [
        "",
        "t=1,v1=00",
        "nonsense",
        &other_secret,
        &too_old,
        &of_another_body,
    ] {
        let answer = world.signed_webhook(body.clone(), signature).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{signature}");
    }
    assert_eq!(world.purchases().await, 0);
}

#[tokio::test]
async fn what_is_not_a_sale_of_this_shop_is_received_and_ignored() {
    let world = World::open().await;
    let event =
        |kind: &str, object| json!({"id": "evt_1", "type": kind, "data": {"object": object}});
    let unknown = format!("cs_test_{}", "a".repeat(58));
    for event in [
        event("invoice.paid", json!({"id": "in_1"})),
        event("checkout.session.completed", json!({"id": unknown})),
        event("checkout.session.completed", json!({"id": "../v1/refunds"})),
        event(
            "charge.refunded",
            json!({"id": "ch_1", "payment_intent": "pi_unknown"}),
        ),
        event("charge.refunded", json!({"id": "ch_1"})),
        json!({"anything": "else"}),
    ] {
        assert_eq!(
            world.webhook(&event).await.status(),
            StatusCode::OK,
            "{event}"
        );
    }
    assert_eq!(world.purchases().await, 0);
}

#[tokio::test]
async fn a_replayed_webhook_changes_nothing() {
    let world = World::open().await;
    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, "jane@example.com").await;
    let link = location(&world.get(&back).await);
    world.stripe().idle().await;
    world.download(&link, "pdf").await;
    let before = world.find_purchase(&link).await;
    for _ in 0..5 {
        assert_eq!(
            world.webhook(&completed(&session)).await.status(),
            StatusCode::OK
        );
    }
    assert_eq!(world.find_purchase(&link).await, before);
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn when_stripe_does_not_answer_the_buyer_is_told_that_nothing_was_charged() {
    let world = World::open().await;
    world.faults().add(Rule::stripe_5xx());
    let answer = world
        .post(&world.url("/buy"), &[("product_id", "wip-2e")])
        .await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let page = answer.text().await.unwrap();
    assert!(page.contains("Nothing was charged") && page.contains("reference"));
}

#[tokio::test]
async fn an_outcome_that_is_unknown_is_never_shown_as_declined() {
    let world = World::open().await;
    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, "jane@example.com").await;
    world.stripe().idle().await;
    world.faults().add(Rule::stripe_5xx());
    let answer = world.get(&back).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let page = answer.text().await.unwrap();
    assert!(page.contains("your payment is safe") && !page.contains("declined"));
    world.faults().clear();
    location(&world.get(&back).await);
}

#[tokio::test]
async fn a_code_for_all_of_the_price_that_was_typed_and_not_sent_is_no_sale() {
    let world = World::open().await;
    let session = world.buy("wip-2e").await;
    let code = world.stripe_url(&format!("/c/pay/{session}/promotion"));
    world.post(&code, &[("promotion_code", "FREE100")]).await;
    let typed = world
        .ask_stripe(&format!("checkout/sessions/{session}"))
        .await;
    assert_eq!(typed["status"], "open");
    assert_eq!(typed["payment_status"], "no_payment_required");

    let back = world.url(&format!("/paid/{session}"));
    assert_eq!(
        world.get(&back).await.status(),
        StatusCode::PAYMENT_REQUIRED
    );
    let told = world.webhook(&completed(&session)).await;
    assert_eq!(told.status(), StatusCode::OK);
    let reconciled = world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert_eq!(reconciled["checked"], 0);
    assert_eq!((world.purchases().await, world.mails().len()), (0, 0));

    let back = world.pay(&session, "jane@example.com").await;
    location(&world.get(&back).await);
    assert_eq!(world.purchases().await, 1);
}
