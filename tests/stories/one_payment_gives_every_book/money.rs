//! What becomes of the payment becomes of every copy.

use reqwest::StatusCode;
use serde_json::json;
use tests::world::{BOOK, World, location};

use super::{
    BOTH, JANE, OTHER_BOOK, PRICE, after_sales_to, buy_both, copies, downloads_left, links,
    reconcile, statuses, win,
};

#[tokio::test]
async fn a_refund_closes_every_copy_and_a_refund_that_fails_opens_them_again() {
    let world = World::open().await;
    // A bank takes days for this card's refunds, and can refuse one.
    let session = world.buy(BOTH).await;
    let answer = world.try_to_pay(&session, JANE, "4000000000007726").await;
    let first = location(&world.get(&location(&answer)).await);
    world.stripe().idle().await;
    let links = links(&world, &first).await;

    world.refund(&first, Some(1000)).await;
    assert_eq!(statuses(&world, &links).await, [StatusCode::OK; 2]);
    let [of_payment, other] = copies(&world, &links).await;
    assert_eq!(
        (of_payment.amount_refunded, other.amount_refunded),
        (1000, 0)
    );

    world.refund(&first, None).await;
    assert_eq!(statuses(&world, &links).await, [StatusCode::GONE; 2]);
    for (book, link) in [BOOK, OTHER_BOOK].into_iter().zip(&links) {
        let answer = world.download_of(book, link, "pdf").await;
        assert_eq!(answer.status(), StatusCode::GONE);
    }

    for refund in world.list_at_stripe("refunds").await {
        let id = refund["id"].as_str().unwrap();
        let url = world.stripe_url(&format!("/test/refunds/{id}/update"));
        world.post(&url, &[("status", "failed")]).await;
        world.stripe().idle().await;
    }
    assert_eq!(statuses(&world, &links).await, [StatusCode::OK; 2]);
    assert_eq!(downloads_left(&world, &links).await, [5, 5]);
    let refunded = copies(&world, &links)
        .await
        .map(|copy| copy.amount_refunded);
    assert_eq!(refunded, [0, 0]);
}

/// Whichever link the author names, it is the payment that goes back, once.
#[tokio::test]
async fn the_author_refunds_the_payment_by_the_link_of_any_copy() {
    for named in 0..2 {
        let world = World::open().await;
        let links = buy_both(&world, JANE).await;
        let refund = json!({"action": "refund", "purchase": links[named]});
        let answer = world.support(refund.clone()).await;
        assert_eq!(answer["done"], true, "{answer}");
        assert_eq!(statuses(&world, &links).await, [StatusCode::GONE; 2]);
        assert_eq!(world.support(refund).await["done"], false);
        let refunds = world.list_at_stripe("refunds").await;
        let amounts: Vec<_> = refunds.iter().map(|refund| &refund["amount"]).collect();
        assert_eq!(amounts, [PRICE]);
    }
}

#[tokio::test]
async fn a_dispute_closes_every_copy_and_when_it_is_won_they_are_open_again() {
    let world = World::open().await;
    let links = buy_both(&world, JANE).await;
    let dispute = world.dispute(&links[0]).await;
    assert_eq!(statuses(&world, &links).await, [StatusCode::FORBIDDEN; 2]);
    win(&world, &dispute).await;
    assert_eq!(statuses(&world, &links).await, [StatusCode::OK; 2]);
    let missed = copies(&world, &links)
        .await
        .map(|copy| copy.missed_updates_since);
    assert_eq!(missed, [None, None]);
    // The receipt; and to the author that it is disputed, and that the dispute is won.
    assert_eq!(world.mails().len(), 3);
}

#[tokio::test]
async fn the_author_opens_every_copy_despite_a_dispute() {
    let world = World::open().await;
    let links = buy_both(&world, JANE).await;
    let dispute = world.dispute(&links[0]).await;
    let reopen = json!({"action": "reopen", "purchase": links[1]});
    assert_eq!(world.support(reopen).await["done"], true);
    assert_eq!(statuses(&world, &links).await, [StatusCode::OK; 2]);
    // The author's word outweighs the dispute, however it ends.
    let url = world.stripe_url(&format!("/test/disputes/{dispute}/close"));
    world.post(&url, &[("status", "lost")]).await;
    world.stripe().idle().await;
    assert_eq!(statuses(&world, &links).await, [StatusCode::OK; 2]);
}

/// What no webhook brought, `reconcile` brings to every copy.
#[tokio::test]
async fn what_webhooks_miss_of_one_payment_is_repaired_for_every_copy() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy(BOTH).await;
    world.pay(&session, JANE).await;
    assert_eq!(reconcile(&world).await["repaired"], 1);
    assert_eq!(world.state().await, after_sales_to(&[JANE]));
    let all = world.all_purchases().await;
    let first = all
        .iter()
        .find(|purchase| purchase.part_of.is_none())
        .unwrap();
    let links = links(&world, &world.url(&format!("/{}", first.id.secret()))).await;

    let dispute = world.dispute(&links[0]).await;
    assert_eq!(statuses(&world, &links).await, [StatusCode::OK; 2]);
    assert_eq!(reconcile(&world).await["repaired"], 1);
    assert_eq!(statuses(&world, &links).await, [StatusCode::FORBIDDEN; 2]);
    win(&world, &dispute).await;
    assert_eq!(reconcile(&world).await["repaired"], 1);
    assert_eq!(statuses(&world, &links).await, [StatusCode::OK; 2]);
    world.refund(&links[0], None).await;
    assert_eq!(reconcile(&world).await["repaired"], 1);
    assert_eq!(statuses(&world, &links).await, [StatusCode::GONE; 2]);
    let last = reconcile(&world).await;
    assert_eq!(
        (&last["repaired"], &last["unrepairable"], &last["checked"]),
        (&json!(0), &json!([]), &json!(1))
    );
    // The receipt and the refund; and to the author that it is disputed, and that the dispute is won.
    assert_eq!(world.mails().len(), 4);
}

#[tokio::test]
async fn the_report_counts_the_payment_once() {
    let world = World::open().await;
    let links = buy_both(&world, JANE).await;
    world.purchase("wip-2e", "joe@example.com").await;
    let report = world.invoke("ReportFunction", &json!({})).await.unwrap();
    assert_eq!(report["sales"], 2, "{report}");
    let revenue = &report["revenue"].as_array().unwrap()[0];
    let products = report["by_product"].as_array().unwrap();
    let both = products.iter().find(|line| line["product_id"] == BOTH);
    assert_eq!(both.unwrap()["sales"], 1, "{report}");
    assert_eq!(revenue["gross"], json!(PRICE + 2900), "{report}");
    let csv = world.get(report["csv"].as_str().unwrap()).await;
    assert_eq!(csv.text().await.unwrap().lines().count(), 3);

    world.refund(&links[0], None).await;
    let report = world.invoke("ReportFunction", &json!({})).await.unwrap();
    let revenue = &report["revenue"].as_array().unwrap()[0];
    assert_eq!(revenue["refunded"], json!(PRICE), "{report}");
}
