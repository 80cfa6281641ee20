//! Nothing leaks: the log knows ids, never people, links or keys.

use local::faults::Rule;
use reqwest::StatusCode;
use serde_json::json;

use crate::world::{LOG, World, location};

#[tokio::test]
async fn the_log_of_a_whole_sale_names_neither_the_buyer_nor_a_link_nor_a_key() {
    let world = World::open().await;
    let email = "unmistakable.buyer@example.com";
    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, email).await;
    let link = location(&world.get(&back).await);
    world.stripe().idle().await;
    let address = location(&world.download(&link, "pdf").await);
    world.download(&link, "mobi").await;
    world.get(&link).await;
    world
        .invoke(
            "PushUpdateFunction",
            &json!({"product_id": "wip-2e", "version": "3rd"}),
        )
        .await
        .unwrap();
    let refused = format!("Email address is not verified: {email}");
    world.faults().add(Rule::ses_refused(&refused));
    world
        .invoke(
            "PushUpdateFunction",
            &json!({"product_id": "wip-2e", "version": "4th"}),
        )
        .await
        .unwrap();
    world.faults().add(Rule::dynamodb_throttled());
    assert_eq!(
        world.get(&link).await.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    world.faults().clear();
    world.faults().add(Rule::stripe_5xx());
    assert_eq!(
        world.get(&back).await.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );

    let stranger = "unmistakable.stranger@example.com";
    world.faults().clear();
    world.faults().add(Rule::ses_refused(&refused).times(1));
    let resend = world.url("/resend");
    for address in [email, email, stranger, "unmistakable.typo"] {
        world.post(&resend, &[("email", address)]).await;
    }

    let id = link.rsplit('/').next().unwrap();
    let signature = address.split("X-Amz-Signature=").nth(1).unwrap();
    let log = LOG.text();
    for secret in [
        email,
        stranger,
        "unmistakable.typo",
        id,
        &session,
        &address,
        signature,
        "4242424242424242",
        "sk_test_local",
        "whsec_local",
    ] {
        assert!(!log.contains(secret), "the log names {secret}");
    }
    // And yet it tells the story.
    let payment = world.payment(&link).await;
    for told in [
        "checkout opened",
        "purchase recorded",
        "link mailed",
        "download taken",
        "links mailed again",
        "links asked for, and there are none",
        &payment,
        &id[..8],
        "Email address is not verified",
    ] {
        assert!(log.contains(told), "the log does not tell: {told}");
    }
}
