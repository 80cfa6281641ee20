//! `live`: from test mode to real money.

use emulators::stripe::{ApiKey, KeyRights};
use insta::assert_snapshot;
use serde_json::Value;

use super::{ANSWERS, Newcomer};
use crate::{Ended, run};

const LIVE_KEY: &str = "sk_live_local";
const LIVE_PUBLISHABLE_KEY: &str = "pk_live_local";

/// An author whose shop is set up in test mode, and whose account at Stripe takes live keys, too.
async fn set_up() -> Newcomer {
    let author = Newcomer::new().await;
    author
        .cloud
        .with(|account| account.zone = Some("bookstall.example".to_owned()));
    author.setup(&ANSWERS).await.done();
    let (stripe, _) = author.world.shop.emulators().stripe.as_ref().unwrap();
    let keys = [emulators::STRIPE_SECRET_KEY, LIVE_KEY].map(|key| ApiKey {
        key: key.to_owned(),
        rights: KeyRights::All,
    });
    stripe.accept_keys(keys.into());
    author
}

async fn live(author: &Newcomer, arguments: &[&str]) -> Ended {
    let mut command = author.command(&["live"]);
    command
        .args(arguments)
        .env("STRIPE_SECRET_KEY", LIVE_KEY)
        .env("STRIPE_PUBLISHABLE_KEY", LIVE_PUBLISHABLE_KEY);
    run(command).await
}

fn secret(author: &Newcomer) -> Value {
    author
        .cloud
        .with(|account| account.secrets["bookstall/stripe"].clone())
}

async fn live_endpoints(author: &Newcomer) -> Vec<Value> {
    let url = format!("{}/v1/webhook_endpoints", author.stripe_url());
    let asked = author.world.http.get(url).bearer_auth(LIVE_KEY);
    let answer: Value = asked.send().await.unwrap().json().await.unwrap();
    answer["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn all_keys_are_switched_with_one_write_after_asking() {
    let author = set_up().await;
    let before = secret(&author);
    let unasked = live(&author, &[]).await;
    assert!(unasked.error(2).contains("--yes"), "{}", unasked.stderr);
    assert_eq!(secret(&author), before);
    assert_eq!(live_endpoints(&author).await, [] as [Value; 0]);

    author.cloud.with(|account| account.calls.clear());
    let ended = live(&author, &["--yes"]).await;
    assert_snapshot!("live", author.redacted(ended.done()));
    let after = secret(&author);
    let endpoints = live_endpoints(&author).await;
    assert_eq!(after["secret_key"], LIVE_KEY);
    assert_eq!(after["publishable_key"], LIVE_PUBLISHABLE_KEY);
    assert_eq!(after["webhook_endpoint"], endpoints[0]["id"]);
    assert_ne!(after["webhook_secret"], before["webhook_secret"]);
    assert_eq!(
        (endpoints.len(), &endpoints[0]["livemode"]),
        (1, &Value::Bool(true))
    );
    let writes = author.cloud.with(|account| {
        let is_write = |call: &&String| call.contains("PutSecretValue");
        account.calls.iter().filter(is_write).count()
    });
    assert_eq!(writes, 1);

    // A second run finds it done, and setup leaves the live keys alone whatever the environment says.
    assert!(live(&author, &[]).await.done().contains("already"));
    author.setup(&[]).await.done();
    assert_eq!(secret(&author), after);
}

#[tokio::test]
async fn stopped_before_the_switch_nothing_changed_and_the_webhook_is_replaced() {
    let author = set_up().await;
    let before = secret(&author);
    author
        .cloud
        .with(|account| account.failing = Some("secretsmanager.PutSecretValue"));
    live(&author, &["--yes"]).await.error(3);
    assert_eq!(secret(&author), before);
    let orphan = live_endpoints(&author).await.remove(0);
    author.cloud.with(|account| account.failing = None);
    live(&author, &["--yes"]).await.done();
    let endpoints = live_endpoints(&author).await;
    assert_eq!(endpoints.len(), 1);
    assert_ne!(endpoints[0]["id"], orphan["id"]);
    assert_eq!(secret(&author)["webhook_endpoint"], endpoints[0]["id"]);
}

#[tokio::test]
async fn a_test_key_is_refused_and_no_key_is_shown() {
    let author = set_up().await;
    let before = secret(&author);
    let mut command = author.command(&["live", "--yes"]);
    command.env("STRIPE_SECRET_KEY", emulators::STRIPE_SECRET_KEY);
    let ended = run(command).await;
    assert!(
        ended.error(1).contains("key of test mode"),
        "{}",
        ended.stderr
    );
    let ended = live(&author, &["--yes"]).await;
    for key in [LIVE_KEY, LIVE_PUBLISHABLE_KEY, "whsec_"] {
        assert!(!ended.stderr.contains(key) && !ended.stdout.contains(key));
    }
    assert_ne!(secret(&author), before);
}

#[tokio::test]
async fn without_a_shop_there_is_nothing_to_switch() {
    let author = Newcomer::new().await;
    let ended = live(&author, &["--yes"]).await;
    assert!(
        ended.error(1).contains("`bookstall setup`"),
        "{}",
        ended.stderr
    );
}
