//! Sales of which no webhook told are recorded and mailed once.

use emulators::{faults::Service, stripe::FaultSettings};
use futures::future::{join, join_all};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{GOOD_CARD, World, completed, location};

use super::{PRODUCT, cut_off, link_of, reconcile, repaired, sell_and_close, status};

/// The number of other shops' sessions between those of this shop, more than a page holds.
const FOREIGN: usize = 150;

#[tokio::test]
async fn without_webhook_and_browser_the_purchase_and_its_mail_are_brought_once() {
    let world = cut_off().await;
    let session = sell_and_close(&world, PRODUCT, "jane@example.com").await;
    assert_eq!((world.purchases().await, world.mails().len()), (0, 0));

    assert_eq!(reconcile(&world).await, repaired(1, 1));
    let link = link_of(&world, &session).await;
    assert_eq!(status(&world, &link).await, StatusCode::OK);
    let mails = world.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].text.contains(&link), "{}", mails[0].text);

    assert_eq!(reconcile(&world).await, repaired(1, 0));
    let late = world.webhook(&completed(&session)).await;
    assert_eq!(late.status(), StatusCode::OK);
    assert_eq!((world.purchases().await, world.mails().len()), (1, 1));
}

#[tokio::test]
async fn two_runs_late_webhooks_and_the_buyer_at_once_make_one_purchase_and_one_mail() {
    let world = cut_off().await;
    let session = world.buy(PRODUCT).await;
    let back = world.pay(&session, "jane@example.com").await;
    let event = completed(&session);
    let runs = join(reconcile(&world), reconcile(&world));
    let webhooks = join_all((0..5).map(|_| world.webhook(&event)));
    let returns = join_all((0..5).map(|_| world.get(&back)));
    let ((first, second), (webhooks, returns)) = join(runs, join(webhooks, returns)).await;

    for run in [first, second] {
        assert_eq!(run["unrepairable"], json!([]), "{run}");
    }
    for webhook in webhooks {
        assert_eq!(webhook.status(), StatusCode::OK);
    }
    let links: Vec<_> = returns.iter().map(location).collect();
    assert!(links.iter().all(|link| *link == links[0]));
    assert_eq!((world.purchases().await, world.mails().len()), (1, 1));
}

#[tokio::test]
async fn more_sales_than_a_page_holds_are_all_seen_among_those_of_other_shops() {
    let world = cut_off().await;
    for email in ["jane@example.com", "joe@example.com", "jim@example.com"] {
        sell_and_close(&world, PRODUCT, email).await;
        for _ in 0..FOREIGN / 3 / 10 {
            join_all((0..10).map(|_| foreign_sale(&world, &[]))).await;
        }
    }
    world.faults().clear_calls();
    assert_eq!(reconcile(&world).await, repaired(3, 3));
    assert_eq!(world.mails().len(), 3);
    let calls = world.calls(Service::Stripe);
    let pages = calls
        .iter()
        .filter(|call| *call == "GET /v1/checkout/sessions");
    assert_eq!(pages.count(), 2, "{calls:?}");
}

/// A paid checkout that this shop did not open.
async fn foreign_sale(world: &World, more: &[(&str, &str)]) -> String {
    let fields = [
        ("mode", "payment"),
        ("success_url", "https://elsewhere.example/thanks"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", "usd"),
        ("line_items[0][price_data][unit_amount]", "500"),
        ("line_items[0][price_data][product_data][name]", "Mug"),
    ];
    let fields: Vec<_> = fields.iter().chain(more).collect();
    let request = world
        .http
        .post(world.stripe_url("/v1/checkout/sessions"))
        .bearer_auth("sk_test_local")
        .form(&fields);
    let session: Value = request.send().await.unwrap().json().await.unwrap();
    let session = session["id"].as_str().unwrap().to_owned();
    let paid = world.try_to_pay(&session, "a@example.com", GOOD_CARD).await;
    assert_eq!(paid.status(), StatusCode::SEE_OTHER);
    session
}

#[tokio::test]
async fn a_sale_of_another_bookstall_on_the_same_account_is_left_alone() {
    let world = cut_off().await;
    let of_the_other = [
        (
            "metadata[purchase_id]",
            "3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10",
        ),
        ("metadata[product_id]", PRODUCT),
        ("metadata[shop_id]", "another-shop"),
    ];
    foreign_sale(&world, &of_the_other).await;
    assert_eq!(reconcile(&world).await, repaired(0, 0));
}

#[tokio::test]
async fn when_the_webhooks_come_there_is_nothing_to_repair() {
    let world = World::open().await;
    world.stripe().faults().set(FaultSettings::default());
    world.purchase(PRODUCT, "jane@example.com").await;
    let closed = sell_and_close(&world, PRODUCT, "joe@example.com").await;
    world.stripe().idle().await;
    world.faults().clear_calls();
    assert_eq!(reconcile(&world).await, repaired(2, 0));
    // One call for each list, and one for the purchases of a page of it.
    assert_eq!(world.calls(Service::Stripe).len(), 2);
    assert_eq!(world.calls(Service::DynamoDb), ["BatchGetItem"]);
    assert_eq!(
        status(&world, &link_of(&world, &closed).await).await,
        StatusCode::OK
    );
}
