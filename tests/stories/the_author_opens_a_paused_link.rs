//! The author opens a link that a dispute has paused, and a buyer who never had it is mailed it.

use emulators::faults::{Rule, Service};
use reqwest::StatusCode;
use serde_json::{Value, json};

use tests::world::World;

const JANE: &str = "jane@example.com";

#[tokio::test]
async fn a_link_that_a_lost_dispute_keeps_shut_is_opened_by_the_author() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    let payment = world.payment(&link).await;
    let reopen = json!({"action": "reopen", "purchase": link});
    let answer = world.support(reopen.clone()).await;
    assert_eq!(answer["done"], false, "no dispute: {answer}");

    let dispute = world.stripe_url(&format!("/test/payments/{payment}/dispute"));
    let dispute = world.post(&dispute, &[("amount", "500")]).await;
    let dispute: Value = dispute.json().await.unwrap();
    let close = format!("/test/disputes/{}/close", dispute["id"].as_str().unwrap());
    world
        .post(&world.stripe_url(&close), &[("status", "lost")])
        .await;
    world.stripe().idle().await;
    assert_eq!(world.get(&link).await.status(), StatusCode::FORBIDDEN);

    let give = json!({"action": "give", "purchase": link, "downloads": 5});
    let given = world.support(give.clone()).await;
    let message = given["message"].as_str().unwrap();
    assert!(
        message.contains("its link stays shut") && message.contains("`reopen`"),
        "{message}"
    );

    for done in [true, false] {
        let answer = world.support(reopen.clone()).await;
        assert_eq!(answer["done"], done, "{answer}");
        assert_eq!(answer["purchases"][0]["link_is"], "open");
    }
    let given = world.support(give).await;
    assert_eq!(given["message"], "The purchase has 5 downloads left now.");
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);

    // Neither webhooks nor `reconcile` shut it again.
    let told = json!({
        "id": "evt_1", "type": "charge.dispute.closed",
        "data": {"object": {"id": dispute["id"], "payment_intent": payment}},
    });
    assert_eq!(world.webhook(&told).await.status(), StatusCode::OK);
    let reconciled = world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert_eq!(reconciled["repaired"], 0, "{reconciled}");
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);
}

/// A dispute may come before the mail with the link: who opens the link mails it.
#[tokio::test]
async fn a_link_that_was_never_mailed_is_mailed_when_it_is_opened() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.dispute(&link).await;
    world.mail_is_owed(&link).await;
    let reopen = json!({"action": "reopen", "purchase": link});

    // A mail that fails leaves the link open, and the same event mails it.
    let broken = Rule::close_connection(Service::Ses).times(1);
    world.faults().add(broken);
    let failed = world.invoke("SupportFunction", &reopen).await;
    failed.unwrap_err();
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);
    let opened = world.support(reopen.clone()).await;
    assert_eq!(opened["done"], true, "{opened}");
    let message = opened["message"].as_str().unwrap();
    assert!(message.contains("was mailed it now"), "{message}");
    assert!(opened["purchases"][0]["mailed_at"].is_string());
    assert_eq!(world.mailed_buyers(), [JANE, JANE]);

    let again = world.support(reopen).await;
    assert_eq!(
        (&again["done"], &again["already"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(world.mailed_buyers().len(), 2);
}
