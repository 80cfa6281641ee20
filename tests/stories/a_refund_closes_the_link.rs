//! A refund closes the link; a dispute closes it for as long as it lasts.

use reqwest::StatusCode;
use serde_json::json;

use tests::world::{LOG, World};

async fn close(world: &World, dispute: &str, status: &str) {
    let url = world.stripe_url(&format!("/test/disputes/{dispute}/close"));
    assert!(
        world
            .post(&url, &[("status", status)])
            .await
            .status()
            .is_success()
    );
    world.stripe().idle().await;
}

#[tokio::test]
async fn a_full_refund_closes_the_link_for_good() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    world.refund(&link, None).await;
    for answer in [world.get(&link).await, world.download(&link, "pdf").await] {
        assert_eq!(answer.status(), StatusCode::GONE);
        assert!(answer.text().await.unwrap().contains("was refunded"));
    }
    assert_eq!(world.find_purchase(&link).await.unwrap().downloads_left, 5);
}

#[tokio::test]
async fn a_partial_refund_leaves_it_open_and_the_rest_closes_it() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    world.refund(&link, Some(1000)).await;
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);
    world.refund(&link, Some(1900)).await;
    assert_eq!(world.get(&link).await.status(), StatusCode::GONE);
}

#[tokio::test]
async fn a_dispute_suspends_the_link_and_winning_it_opens_it_again() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let dispute = world.dispute(&link).await;
    for answer in [world.get(&link).await, world.download(&link, "pdf").await] {
        assert_eq!(answer.status(), StatusCode::FORBIDDEN);
        assert!(answer.text().await.unwrap().contains("paused"));
    }
    close(&world, &dispute, "won").await;
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);
    assert_eq!(
        world.download(&link, "pdf").await.status(),
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn a_lost_dispute_leaves_it_closed() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let dispute = world.dispute(&link).await;
    close(&world, &dispute, "lost").await;
    assert_eq!(world.get(&link).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_dispute_told_after_it_was_won_does_not_close_the_link() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let payment = world.payment(&link).await;
    let dispute = world.dispute(&link).await;
    close(&world, &dispute, "won").await;
    let late = json!({
        "id": "evt_1", "type": "charge.dispute.created",
        "data": {"object": {"id": dispute, "payment_intent": payment}},
    });
    assert_eq!(world.webhook(&late).await.status(), StatusCode::OK);
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_refund_told_before_the_sale_was_leaves_no_open_link() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, "jane@example.com").await;
    let payment = world.payment_of_session(&session).await;
    let url = world.stripe_url(&format!("/test/payments/{payment}/refund"));
    assert!(world.post(&url, &[]).await.status().is_success());

    let event = json!({
        "id": "evt_1", "type": "charge.refunded",
        "data": {"object": {"id": "ch_1", "payment_intent": payment}},
    });
    assert_eq!(world.webhook(&event).await.status(), StatusCode::OK);
    let link = tests::world::location(&world.get(&back).await);
    assert_eq!(world.get(&link).await.status(), StatusCode::GONE);
    // The buyer hears of the money, and gets no link.
    let mails = world.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].subject, "Your refund for Writing Idiomatic Python");
}

/// Changes what became of the latest refund, as the bank would.
async fn refund_becomes(world: &World, status: &str) {
    let refunds = world.ask_stripe("refunds").await;
    let id = refunds["data"][0]["id"].as_str().unwrap();
    let url = world.stripe_url(&format!("/test/refunds/{id}/update"));
    let answer = world.post(&url, &[("status", status)]).await;
    assert!(answer.status().is_success());
    world.stripe().idle().await;
}

#[tokio::test]
async fn a_refund_that_fails_opens_the_link_again_and_tells_the_author() {
    for status in ["failed", "canceled"] {
        let world = World::open().await;
        let link = world.purchase("wip-2e", "jane@example.com").await;
        world.refund(&link, None).await;
        assert_eq!(world.get(&link).await.status(), StatusCode::GONE);
        refund_becomes(&world, status).await;
        assert_eq!(world.get(&link).await.status(), StatusCode::OK);
        let purchase = world.find_purchase(&link).await.unwrap();
        assert_eq!((purchase.amount_refunded, purchase.refunded_at), (0, None));
        let log = LOG.text();
        let payment = world.payment(&link).await;
        let mut lines = log.lines().filter(|line| line.contains(&payment));
        let told = lines.find(|line| line.contains("a refund failed")).unwrap();
        assert!(told.contains("ERROR"), "{told}");

        // Once more, and this time it arrives.
        world.refund(&link, None).await;
        assert_eq!(world.get(&link).await.status(), StatusCode::GONE);
    }
}

#[tokio::test]
async fn a_part_whose_refund_fails_is_not_counted_as_given_back() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    world.refund(&link, Some(1900)).await;
    world.refund(&link, Some(1000)).await;
    assert_eq!(world.get(&link).await.status(), StatusCode::GONE);
    refund_becomes(&world, "failed").await;
    let purchase = world.find_purchase(&link).await.unwrap();
    assert_eq!(purchase.amount_refunded, 1900);
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);
    // A webhook of the refund that comes late changes nothing any more.
    let late = json!({
        "id": "evt_1", "type": "charge.refunded",
        "data": {"object": {"id": "ch_1", "payment_intent": world.payment(&link).await}},
    });
    assert_eq!(world.webhook(&late).await.status(), StatusCode::OK);
    assert_eq!(world.find_purchase(&link).await.unwrap(), purchase);
}

#[tokio::test]
async fn only_what_frees_the_money_opens_a_disputed_link() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let dispute = world.dispute(&link).await;
    let update = world.stripe_url(&format!("/test/disputes/{dispute}/update"));
    for (status, page) in [
        ("under_review", StatusCode::FORBIDDEN),
        ("won", StatusCode::OK),
        ("appeal_needs_response", StatusCode::FORBIDDEN),
        ("appeal_under_review", StatusCode::FORBIDDEN),
        ("prevented", StatusCode::OK),
        ("lost", StatusCode::FORBIDDEN),
        ("warning_needs_response", StatusCode::OK),
        ("needs_response", StatusCode::FORBIDDEN),
        ("warning_closed", StatusCode::OK),
    ] {
        let answer = world.post(&update, &[("status", status)]).await;
        assert!(answer.status().is_success(), "{status}");
        world.stripe().idle().await;
        assert_eq!(world.get(&link).await.status(), page, "{status}");
    }
}
