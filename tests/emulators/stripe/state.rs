//! The state that outlives a restart.

use std::fs;

use emulators::stripe::{StripeAccount, StripeEmulator, StripeOptions};
use stripe_checkout::CheckoutSessionPaymentStatus;
use stripe_checkout::checkout_session::RetrieveCheckoutSession;
use url::Url;

use crate::stripe::world::{EMAIL, GOOD, World};

#[tokio::test]
async fn payments_outlive_a_restart_and_card_numbers_are_never_kept() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("state/stripe.json");
    let world = World::open(Some(file.clone())).await;
    let session = world.open_session().await;
    world.pay(&session.id, GOOD).await.expect("paid");
    world.stripe.idle().await;

    let kept = fs::read_to_string(&file).expect("a state file");
    assert!(kept.contains(EMAIL) && !kept.contains(GOOD));
    let world = World::open(Some(file)).await;
    let found = RetrieveCheckoutSession::new(session.id)
        .send(&world.client)
        .await;
    assert_eq!(
        found.expect("the session").payment_status,
        CheckoutSessionPaymentStatus::Paid
    );
    world.stripe.idle().await;
    assert!(
        world.endpoint.received().is_empty(),
        "a delivered webhook is not sent again"
    );
}

#[tokio::test]
async fn webhooks_that_were_owed_are_delivered_after_a_restart() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("stripe.json");
    let world = World::open(Some(file.clone())).await;
    world.stripe.faults().pause();
    world.buy().await;
    let world = World::open(Some(file)).await;
    world.stripe.idle().await;
    assert_eq!(world.endpoint.received().len(), 3);
}

#[test]
fn a_damaged_file_is_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("stripe.json");
    fs::write(&file, "{\"sessions\": [").expect("written");
    let opened = StripeEmulator::open(StripeOptions {
        state_file: Some(file.clone()),
        secret_key: String::new(),
        publishable_key: String::new(),
        webhook_secret: String::new(),
        public_url: Url::parse("http://127.0.0.1:1").expect("a URL"),
        webhook_url: None,
        account: StripeAccount::default(),
    });
    let Err(error) = opened else {
        panic!("opened a damaged file");
    };
    assert!(
        error.to_string().contains(&file.display().to_string()),
        "{error}"
    );
}
