//! Idempotency keys. A unit test in the emulator covers their expiry after a day.

use emulators::stripe::ApiFault;
use reqwest::StatusCode;
use stripe::{StripeError, StripeRequest};
use stripe_checkout::CheckoutSession;
use stripe_core::refund::CreateRefund;

use crate::stripe::world::{SECRET_KEY, World, hosted, keyed, purchase, refusal};

async fn open(world: &World, key: &str, purchase_id: &str) -> Result<CheckoutSession, StripeError> {
    let request = hosted().metadata(purchase(purchase_id));
    request
        .customize()
        .request_strategy(keyed(key))
        .send(&world.client)
        .await
}

#[tokio::test]
async fn the_same_request_with_the_same_key_gets_the_first_answer() {
    let world = World::new().await;
    let first = open(&world, "key", "1").await.expect("a session");
    let second = open(&world, "key", "1").await.expect("the session");
    assert_eq!(first.id, second.id);
    let other = open(&world, "other key", "1").await.expect("a session");
    assert_ne!(first.id, other.id);
}

#[tokio::test]
async fn a_repeated_answer_says_so() {
    let world = World::new().await;
    let intent = world.buy().await;
    let refund = async || {
        let request = world.browser.post(format!("{}/v1/refunds", world.url));
        let request = request
            .bearer_auth(SECRET_KEY)
            .header("idempotency-key", "key");
        let request = request.form(&[("payment_intent", intent.as_str())]);
        request.send().await.expect("an answer")
    };
    let first = refund().await;
    assert!(!first.headers().contains_key("idempotent-replayed"));
    let second = refund().await;
    assert_eq!(second.headers()["idempotent-replayed"], "true");
    let (first, second) = (first.text().await, second.text().await);
    assert_eq!(first.expect("a body"), second.expect("a body"));
    assert_eq!(
        world.api("/refunds").await["data"].as_array().map(Vec::len),
        Some(1)
    );
}

#[tokio::test]
async fn another_request_with_the_same_key_is_refused() {
    let world = World::new().await;
    open(&world, "key", "1").await.expect("a session");
    let error = open(&world, "key", "2").await.expect_err("a refusal");
    assert_eq!(
        refusal(error),
        (400, "idempotency_error".to_owned(), String::new())
    );
}

#[tokio::test]
async fn a_key_in_use_is_refused() {
    let world = World::new().await;
    world.stripe.api_faults().hold();
    let second = async {
        world.stripe.api_faults().held(1).await;
        let answer = open(&world, "key", "1").await;
        world.stripe.api_faults().release();
        answer
    };
    let (first, second) = futures::join!(open(&world, "key", "1"), second);
    let error = refusal(second.expect_err("a refusal"));
    assert_eq!(
        error,
        (409, "idempotency_key_in_use".to_owned(), String::new())
    );
    let again = open(&world, "key", "1").await.expect("the session");
    assert_eq!(again.id, first.expect("a session").id);
}

#[tokio::test]
async fn refusals_and_failures_are_repeated_too() {
    let world = World::new().await;
    let intent = world.buy().await;
    let too_much = CreateRefund::new()
        .payment_intent(intent.as_str())
        .amount(1901);
    let too_much = async || {
        let request = too_much.customize().request_strategy(keyed("too much"));
        refusal(request.send(&world.client).await.expect_err("a refusal"))
    };
    assert_eq!(too_much().await, too_much().await);

    world.stripe.api_faults().fail_next(ApiFault::FailBefore, 1);
    for _ in 0..2 {
        let error = open(&world, "unlucky", "1").await.expect_err("a failure");
        assert!(matches!(error, StripeError::Stripe(_, 500)));
    }
}

#[tokio::test]
async fn a_request_that_was_malformed_does_not_use_up_its_key() {
    let world = World::new().await;
    let malformed = hosted().success_url("nowhere");
    let malformed = malformed.customize().request_strategy(keyed("key"));
    malformed.send(&world.client).await.expect_err("a refusal");
    open(&world, "key", "1").await.expect("a session");
}

#[tokio::test]
async fn an_answer_lost_on_its_way_is_there_for_the_next_attempt() {
    let world = World::new().await;
    world.stripe.api_faults().fail_next(ApiFault::LoseAnswer, 1);
    let error = open(&world, "key", "1").await.expect_err("a lost answer");
    assert!(matches!(error, StripeError::ClientError(_)), "{error}");
    let found = open(&world, "key", "1").await.expect("the session");
    let all = world.api("/checkout/sessions").await;
    assert_eq!(all["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(all["data"][0]["id"], found.id.as_str());
}

#[tokio::test]
async fn a_stripe_that_is_down_uses_up_no_key() {
    let world = World::new().await;
    world
        .stripe
        .api_faults()
        .fail_next(ApiFault::Unavailable, 1);
    let error = open(&world, "key", "1").await.expect_err("a failure");
    assert!(matches!(error, StripeError::JSONDeserialize(_)), "{error}");
    open(&world, "key", "1").await.expect("a session");
    let status = world.get("/v1/events").await.status();
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}
