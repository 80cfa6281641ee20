//! Nothing leaks: the log knows ids, never people, links or keys.

use emulators::faults::Rule;
use reqwest::StatusCode;
use serde_json::json;

use tests::world::{BOOK, LOG, World, location};

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
            &json!({"book": BOOK, "version": "3rd"}),
        )
        .await
        .unwrap();
    let refused = format!("Email address is not verified: {email}");
    world.faults().add(Rule::ses_refused(&refused));
    world
        .invoke(
            "PushUpdateFunction",
            &json!({"book": BOOK, "version": "4th"}),
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
    // The log still has an entry for each step.
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

#[tokio::test]
async fn what_reconcile_logs_and_answers_leads_to_no_link() {
    let world = World::open().await;
    world.drop_webhooks();
    let email = "unmistakable.missed@example.com";
    let mut secrets = vec![email.to_owned(), "sk_test_local".to_owned()];
    for product in ["wip-2e", "wip-1e"] {
        let session = world.buy(product).await;
        world.pay(&session, email).await;
        let path = format!("checkout/sessions/{session}");
        let id = world.ask_stripe(&path).await["metadata"]["purchase_id"].clone();
        secrets.extend([session, id.as_str().unwrap().to_owned()]);
    }
    world.delete_from_catalogue("book/wip-1e").await;

    let mut answers = String::new();
    let mut run = async || {
        let answer = world.invoke("ReconcileFunction", &json!({})).await;
        answers += &answer.unwrap_or_else(|error| error).to_string();
    };
    world.faults().add(Rule::stripe_5xx());
    run().await;
    world.faults().clear();
    let refused = format!("Email address is not verified: {email}");
    world.faults().add(Rule::ses_refused(&refused));
    run().await;
    world.faults().clear();
    world.faults().add(Rule::dynamodb_throttled());
    run().await;
    world.faults().clear();
    run().await;

    let told = LOG.text() + &answers;
    for secret in &secrets {
        assert!(!told.contains(secret.as_str()), "{secret} is told");
    }
    for word in [
        "Failed to list",
        "not verified",
        "publish it again",
        "sale repaired",
    ] {
        assert!(told.contains(word), "{word} is not told: {answers}");
    }
}
