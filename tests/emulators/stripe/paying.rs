//! Paying for a session.

use futures::future::join_all;
use stripe_checkout::checkout_session::CreateCheckoutSessionCustomerCreation;
use stripe_checkout::{CheckoutSessionPaymentStatus, CheckoutSessionStatus};
use stripe_core::PaymentIntentStatus;

use crate::stripe::world::{EMAIL, GOOD, World, hosted, location};

#[tokio::test]
async fn paying_leads_to_the_success_url() {
    let world = World::new().await;
    let session = world.open_session().await;
    let next = world.pay(&session.id, GOOD).await.expect("paid");
    assert_eq!(next, format!("http://127.0.0.1:1/paid/{}", session.id));
}

#[tokio::test]
async fn a_declined_session_takes_another_card() {
    let world = World::new().await;
    let session = world.open_session().await;
    for (card, code, decline_code) in [
        ("4000000000000002", "card_declined", "generic_decline"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000000069", "expired_card", ""),
        ("4242424242424241", "incorrect_number", ""),
        ("4111111111111111", "card_declined", "test_mode_live_card"),
    ] {
        let refusal = world.pay(&session.id, card).await.expect_err("declined");
        assert_eq!(refusal["status"], 402);
        assert_eq!(refusal["error"]["type"], "card_error");
        assert_eq!(refusal["error"]["code"], code);
        assert_eq!(
            refusal["error"]["decline_code"]
                .as_str()
                .unwrap_or_default(),
            decline_code
        );
        assert_eq!(
            world.session(&session.id).await.status,
            Some(CheckoutSessionStatus::Open)
        );
    }
    let intent = world.intent(&session.id).await;
    assert_eq!(intent.status, PaymentIntentStatus::RequiresPaymentMethod);
    assert!(intent.last_payment_error.is_some());

    world.pay(&session.id, GOOD).await.expect("paid");
    let paid = world.intent(&session.id).await;
    assert_eq!(paid.id, intent.id, "one session, one payment intent");
    assert!(paid.last_payment_error.is_none());
}

#[tokio::test]
async fn an_implausible_address_is_refused() {
    let world = World::new().await;
    let session = world.open_session().await;
    let form = [("email", "reader@"), ("card", GOOD)];
    let refusal = world
        .pay_with(&session.id, &form)
        .await
        .expect_err("refused");
    assert_eq!(refusal["error"]["code"], "email_invalid");
}

#[tokio::test]
async fn many_payments_of_one_session_make_one_charge() {
    let world = World::new().await;
    let session = world.open_session().await;
    let answers = join_all((0..20).map(|_| world.pay(&session.id, GOOD))).await;
    let success = format!("http://127.0.0.1:1/paid/{}", session.id);
    assert!(
        answers
            .into_iter()
            .all(|answer| answer.as_ref() == Ok(&success))
    );
    let charges = world.api("/charges").await;
    assert_eq!(charges["data"].as_array().map(Vec::len), Some(1));
    world.stripe.idle().await;
    assert_eq!(
        world.endpoint.event_types(),
        [
            "charge.succeeded",
            "payment_intent.succeeded",
            "checkout.session.completed"
        ]
    );
}

#[tokio::test]
async fn three_d_secure_asks_the_buyer_first() {
    let world = World::new().await;
    let session = world.open_session().await;
    let challenge = world
        .pay(&session.id, "4000002500003155")
        .await
        .expect("a challenge");
    assert_eq!(
        challenge,
        format!("{}/c/pay/{}/challenge", world.url, session.id)
    );
    assert_eq!(
        world.intent(&session.id).await.status,
        PaymentIntentStatus::RequiresAction
    );
    let path = format!("/c/pay/{}/challenge", session.id);
    let page = world.get(&path).await.text().await.expect("a page");
    assert!(page.contains("Complete") && page.contains("Fail") && page.contains("3155"));

    let failed = world.post(&path, &[("outcome", "fail")]).await;
    assert_eq!(failed.status(), 402);
    assert!(
        failed
            .text()
            .await
            .expect("a page")
            .contains("unable to authenticate")
    );
    assert_eq!(
        world.post(&path, &[("outcome", "complete")]).await.status(),
        400
    );

    world
        .pay(&session.id, "4000002760003184")
        .await
        .expect("a challenge");
    let completed = world.post(&path, &[("outcome", "complete")]).await;
    assert_eq!(
        location(&completed),
        format!("http://127.0.0.1:1/paid/{}", session.id)
    );
    let paid = world.session(&session.id).await;
    assert_eq!(paid.payment_status, CheckoutSessionPaymentStatus::Paid);
}

#[tokio::test]
async fn a_promotion_code_lowers_what_is_paid() {
    let world = World::new().await;
    let session = world.open_session().await;
    let form = |code| [("email", EMAIL), ("card", GOOD), ("promotion_code", code)];
    let refusal = world
        .pay_with(&session.id, &form("NONE"))
        .await
        .expect_err("refused");
    assert_eq!(refusal["error"]["param"], "promotion_code");

    world
        .pay_with(&session.id, &form("friends20"))
        .await
        .expect("paid");
    let paid = world.session(&session.id).await;
    assert_eq!(
        (paid.amount_subtotal, paid.amount_total),
        (Some(1900), Some(1520))
    );
    assert_eq!(paid.total_details.expect("details").amount_discount, 380);
    assert_eq!(world.intent(&session.id).await.amount, 1520);
}

#[tokio::test]
async fn a_free_copy_needs_no_card_and_has_no_payment() {
    let world = World::new().await;
    let session = world.open_session().await;
    let form = [("email", EMAIL), ("promotion_code", "FREE100")];
    world.pay_with(&session.id, &form).await.expect("complete");
    let complete = world.session(&session.id).await;
    assert_eq!(
        complete.payment_status,
        CheckoutSessionPaymentStatus::NoPaymentRequired
    );
    assert_eq!(complete.amount_total, Some(0));
    assert!(complete.payment_intent.is_none());
    world.stripe.idle().await;
    assert_eq!(world.endpoint.event_types(), ["checkout.session.completed"]);
}

#[tokio::test]
async fn promotion_codes_are_refused_where_they_are_not_allowed() {
    let world = World::new().await;
    let session = hosted()
        .allow_promotion_codes(false)
        .send(&world.client)
        .await;
    let session = session.expect("a session");
    let form = [
        ("email", EMAIL),
        ("card", GOOD),
        ("promotion_code", "FRIENDS20"),
    ];
    assert!(world.pay_with(&session.id, &form).await.is_err());
}

#[tokio::test]
async fn a_bank_debit_is_complete_but_unpaid_until_the_bank_answers() {
    let world = World::new().await;
    for (outcome, status, kind) in [
        (
            "succeeded",
            CheckoutSessionPaymentStatus::Paid,
            "checkout.session.async_payment_succeeded",
        ),
        (
            "failed",
            CheckoutSessionPaymentStatus::Unpaid,
            "checkout.session.async_payment_failed",
        ),
    ] {
        let session = world.open_session().await;
        world
            .pay(&session.id, "bank_debit")
            .await
            .expect("complete");
        let waiting = world.session(&session.id).await;
        assert_eq!(waiting.status, Some(CheckoutSessionStatus::Complete));
        assert_eq!(waiting.payment_status, CheckoutSessionPaymentStatus::Unpaid);
        assert_eq!(
            world.intent(&session.id).await.status,
            PaymentIntentStatus::Processing
        );
        world.stripe.idle().await;
        assert_eq!(world.endpoint.event_types(), ["checkout.session.completed"]);

        let path = format!("/test/checkout/{}/settle", session.id);
        assert_eq!(
            world.post(&path, &[("outcome", outcome)]).await.status(),
            200
        );
        assert_eq!(world.session(&session.id).await.payment_status, status);
        world.stripe.idle().await;
        assert_eq!(
            world.endpoint.event_types().last().map(String::as_str),
            Some(kind)
        );
        assert_eq!(
            world.post(&path, &[("outcome", outcome)]).await.status(),
            400
        );
        world.endpoint.clear();
    }
}

#[tokio::test]
async fn a_customer_is_made_where_one_is_wanted() {
    let world = World::new().await;
    let session = hosted()
        .customer_creation(CreateCheckoutSessionCustomerCreation::Always)
        .send(&world.client)
        .await
        .expect("a session");
    world.pay(&session.id, GOOD).await.expect("paid");
    let customer = world
        .session(&session.id)
        .await
        .customer
        .expect("a customer");
    assert!(customer.id().as_str().starts_with("cus_"));
}
