//! Refunds, disputes and bank debits of which no webhook told.

use bookstall::{
    adapters::aws::Aws,
    domain::request_id::RequestId,
    runtime::{clock, invocation::Invocation},
};
use emulators::faults::{Rule, Service};
use reqwest::StatusCode;
use serde_json::json;
use tests::world::{World, debit_failed};

use super::{
    PRODUCT, cut_off, grow_old, link_of, reconcile, repaired, sell_and_close, status, unseen,
};

/// Sells a book so many days ago. Returns Stripe's session, the private link and the payment.
async fn sale_of_old(world: &World, days: &str) -> (String, String, String) {
    let session = sell_and_close(world, PRODUCT, "jane@example.com").await;
    world.stripe().idle().await;
    let link = link_of(world, &session).await;
    grow_old(world, &session, days).await;
    let payment = world.payment(&link).await;
    (session, link, payment)
}

#[tokio::test]
async fn a_refund_of_which_no_webhook_told_closes_the_link_however_old_the_sale() {
    for days in ["0", "40"] {
        let world = World::open().await;
        let (_, link, payment) = sale_of_old(&world, days).await;

        unseen(&world, &format!("/test/payments/{payment}/refund"), &[]).await;
        assert_eq!(status(&world, &link).await, StatusCode::OK);
        assert_eq!(reconcile(&world).await, repaired(1, 1), "{days} days");
        assert_eq!(status(&world, &link).await, StatusCode::GONE);
        assert_eq!(reconcile(&world).await, repaired(1, 0), "{days} days");
    }
}

#[tokio::test]
async fn a_dispute_of_which_no_webhook_told_closes_the_link_until_it_is_won() {
    for days in ["0", "90"] {
        let world = World::open().await;
        let (session, link, payment) = sale_of_old(&world, days).await;

        let dispute = unseen(&world, &format!("/test/payments/{payment}/dispute"), &[]).await;
        assert_eq!(reconcile(&world).await, repaired(1, 1), "{days} days");
        assert_eq!(status(&world, &link).await, StatusCode::FORBIDDEN);

        // When the bank decides, the dispute is as old as the sale.
        grow_old(&world, &session, days).await;
        let dispute = dispute["id"].as_str().unwrap();
        let close = format!("/test/disputes/{dispute}/close");
        unseen(&world, &close, &[("status", "won")]).await;
        assert_eq!(reconcile(&world).await, repaired(1, 1), "{days} days");
        assert_eq!(status(&world, &link).await, StatusCode::OK);
        assert_eq!(reconcile(&world).await, repaired(1, 0), "{days} days");
        // The receipt; and to the author that it is disputed, and that the dispute is won.
        assert_eq!(world.mails().len(), 3);
    }
}

#[tokio::test]
async fn a_lost_dispute_closes_the_link_and_a_partial_refund_is_noted() {
    let world = World::open().await;
    let disputed = world.purchase(PRODUCT, "jane@example.com").await;
    let refunded = world.purchase(PRODUCT, "joe@example.com").await;
    let payment = world.payment(&disputed).await;
    let dispute = unseen(&world, &format!("/test/payments/{payment}/dispute"), &[]).await;
    let close = format!("/test/disputes/{}/close", dispute["id"].as_str().unwrap());
    unseen(&world, &close, &[("status", "lost")]).await;
    let payment = world.payment(&refunded).await;
    let refund = format!("/test/payments/{payment}/refund");
    unseen(&world, &refund, &[("amount", "1000")]).await;

    assert_eq!(reconcile(&world).await, repaired(2, 2));
    assert_eq!(reconcile(&world).await, repaired(2, 0));
    assert_eq!(status(&world, &disputed).await, StatusCode::FORBIDDEN);
    assert_eq!(status(&world, &refunded).await, StatusCode::OK);
}

#[tokio::test]
async fn a_bank_debit_that_came_through_after_weeks_brings_the_book() {
    let world = cut_off().await;
    let session = world.buy(PRODUCT).await;
    world.pay_by_bank(&session, "jane@example.com").await;
    assert_eq!(reconcile(&world).await, repaired(0, 0));

    grow_old(&world, &session, "14").await;
    world.settle(&session, "succeeded").await;
    world.stripe().idle().await;
    assert_eq!(reconcile(&world).await, repaired(1, 1));
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn a_bank_debit_that_failed_is_told_once() {
    let world = cut_off().await;
    let session = world.buy(PRODUCT).await;
    world.pay_by_bank(&session, "jane@example.com").await;
    world.settle(&session, "failed").await;
    world.stripe().idle().await;
    assert!(world.mails().is_empty());
    assert_eq!(reconcile(&world).await, repaired(1, 1));
    assert_eq!(reconcile(&world).await, repaired(1, 0));
    // The webhook comes after all.
    let late = world.webhook(&debit_failed(&session)).await;
    assert_eq!(late.status(), StatusCode::OK);
    let [mail] = &world.mails()[..] else {
        panic!("the buyer hears of it once");
    };
    assert_eq!(mail.to, ["jane@example.com"]);
    assert!(mail.subject.contains("did not go through"));
    assert_eq!(world.purchases().await, 0);
}

#[tokio::test]
async fn a_bank_debit_that_could_not_be_told_is_told_by_the_next_run() {
    let world = cut_off().await;
    let session = world.buy(PRODUCT).await;
    world.pay_by_bank(&session, "jane@example.com").await;
    world.settle(&session, "failed").await;
    world.stripe().idle().await;
    world.faults().add(Rule::ses_throttled());
    let answer = reconcile(&world).await;
    assert_eq!(answer["repaired"], 0);
    assert_eq!(answer["unrepairable"].as_array().unwrap().len(), 1);
    world.faults().clear();
    assert_eq!(reconcile(&world).await, repaired(1, 1));
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn a_failed_debit_of_which_nobody_knows_whether_it_was_told_is_told_three_times_in_all() {
    let world = cut_off().await;
    let session = world.buy(PRODUCT).await;
    world.pay_by_bank(&session, "jane@example.com").await;
    world.settle(&session, "failed").await;
    world.stripe().idle().await;
    let aws = Aws::at(world.shop.emulators().aws.clone());
    let shop = reconcile::Shop::open(&world.shop.environment(), &aws).unwrap();
    let failed_at = async |minutes: i64| {
        let now = move || clock::now().plus_seconds(minutes * 60);
        let run = Invocation {
            id: RequestId(format!("run-{minutes}")),
            began: now(),
            deadline: now().plus_seconds(900),
            clock: now,
        };
        let reconciled = reconcile::handle(&shop, json!({}), &run).await.unwrap();
        assert_eq!(reconciled.repaired, 0);
        reconciled.unrepairable.len()
    };
    world.faults().add(Rule::close_connection(Service::Ses));
    for (minutes, failures) in [(0, 1), (59, 0), (61, 1), (122, 1), (183, 0)] {
        assert_eq!(
            failed_at(minutes).await,
            failures,
            "after {minutes} minutes"
        );
    }
    world.faults().clear();
    assert_eq!(failed_at(244).await, 0);
    assert!(world.mails().is_empty());
}

#[tokio::test]
async fn a_refund_that_failed_without_a_webhook_opens_the_link_and_is_told() {
    for days in ["0", "90"] {
        let world = World::open().await;
        let (_, link, payment) = sale_of_old(&world, days).await;
        let refund = unseen(&world, &format!("/test/payments/{payment}/refund"), &[]).await;
        assert_eq!(reconcile(&world).await, repaired(1, 1), "{days} days");
        assert_eq!(status(&world, &link).await, StatusCode::GONE);

        let update = format!("/test/refunds/{}/update", refund["id"].as_str().unwrap());
        unseen(&world, &update, &[("status", "failed")]).await;
        let found = reconcile(&world).await;
        assert_eq!(found["unrepairable"][0]["payment"], payment, "{days} days");
        let why = found["unrepairable"][0]["why"].as_str().unwrap();
        assert!(why.contains("a refund failed"), "{why}");
        assert_eq!(status(&world, &link).await, StatusCode::OK);
        assert_eq!(reconcile(&world).await, repaired(1, 0), "{days} days");
    }
}
