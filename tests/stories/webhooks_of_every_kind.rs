//! Webhooks of every kind: late, doubled, out of order, lost, old, replayed, too large. Each sale is
//! one purchase and one mail, and each refund closes one link.

use futures::future::join_all;
use local::fault_console::switches;
use reqwest::StatusCode;
use serde_json::{Value, json};

use tests::state::{PAYMENT_SAFE, ShopState, alone, assert_apology_until_mended};
use tests::world::{World, completed, listing, location};

/// The number of sales for each kind of webhook. Every second buyer closes the browser after paying.
const SALES: usize = 10;

/// The outcome of the webhooks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Delivery {
    /// They arrive, and the shop accepts them.
    Received,
    /// They arrive, and the shop refuses them with this status until Stripe signs them again.
    Refused(u16),
    /// They do not arrive until they are sent by hand.
    Lost,
}

const KINDS: [(&str, Delivery); 9] = [
    ("webhook-late", Delivery::Received),
    ("webhook-doubled", Delivery::Received),
    ("webhook-reordered", Delivery::Received),
    ("webhook-dropped", Delivery::Lost),
    ("webhook-old-version", Delivery::Received),
    ("webhook-thin", Delivery::Received),
    ("webhook-two-signatures", Delivery::Received),
    ("webhook-stale", Delivery::Refused(400)),
    ("webhook-huge", Delivery::Refused(413)),
];

#[test]
fn every_kind_of_webhook_is_tried() {
    let tried: Vec<_> = KINDS.iter().map(|(fault, _)| *fault).collect();
    let all: Vec<_> = switches()
        .into_iter()
        .filter(|switch| switch.service == "Webhooks")
        .map(|switch| switch.name)
        .collect();
    assert_eq!(tried, all);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 16)]
async fn each_sale_is_one_purchase_and_one_mail_and_each_refund_closes_one_link() {
    let _alone = alone().await;
    for (fault, outcome) in KINDS {
        let world = World::open().await;
        world.try_webhooks_once();
        world.switch_on(fault, "").await;
        let buyers: Vec<_> = (0..SALES)
            .map(|buyer| format!("{buyer}@example.com"))
            .collect();
        let buyers: Vec<_> = buyers.iter().map(String::as_str).collect();
        let numbered: Vec<_> = buyers.iter().enumerate().collect();
        for five in numbered.chunks(5) {
            let sales = five
                .iter()
                .map(|(number, buyer)| sale(&world, *number, buyer));
            join_all(sales).await;
        }
        world.stripe().idle().await;

        assert_deliveries(&world, outcome).await;
        if outcome != Delivery::Received {
            let returned: Vec<_> = buyers.iter().step_by(2).copied().collect();
            let meanwhile = ShopState {
                sessions: SALES,
                charges: vec![2900; SALES],
                ..ShopState::after_sales_to(&returned)
            };
            assert_eq!(world.state().await, meanwhile, "{fault}");
            world.resend_events("checkout.session.completed").await;
        }
        assert_eq!(
            world.state().await,
            ShopState::after_sales_to(&buyers),
            "{fault}"
        );

        let purchases = world.all_purchases().await;
        for purchase in &purchases {
            let payment = purchase.payment.as_ref().unwrap();
            let url = world.stripe_url(&format!("/test/payments/{payment}/refund"));
            assert!(world.post(&url, &[]).await.status().is_success());
        }
        world.stripe().idle().await;
        if outcome != Delivery::Received {
            world.resend_events("charge.refunded").await;
        }
        for purchase in &purchases {
            let link = world.url(&format!("/{}", purchase.id.secret()));
            assert_eq!(world.get(&link).await.status(), StatusCode::GONE, "{fault}");
        }
        // Each buyer has the receipt, and one mail about the refund.
        let twice = [buyers.as_slice(), &buyers].concat();
        let after_refunds = ShopState {
            mails: ShopState::after_sales_to(&twice).mails,
            ..ShopState::after_sales_to(&buyers)
        };
        assert_eq!(world.state().await, after_refunds, "{fault}");
    }
}

async fn sale(world: &World, number: usize, buyer: &str) {
    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, buyer).await;
    if number.is_multiple_of(2) {
        let link = location(&world.get(&back).await);
        assert_eq!(world.get(&link).await.status(), StatusCode::OK);
    }
}

/// Asserts the outcome of every webhook so far.
async fn assert_deliveries(world: &World, expected: Delivery) {
    let url = world.stripe_url("/test/webhooks/deliveries");
    let deliveries: Vec<Value> = world.get(&url).await.json().await.unwrap();
    assert!(!deliveries.is_empty());
    for delivery in deliveries {
        let outcome = &delivery["outcome"];
        match expected {
            Delivery::Received => assert_eq!(outcome["answered"]["status"], 200, "{delivery}"),
            Delivery::Refused(status) => {
                assert_eq!(outcome["answered"]["status"], status, "{delivery}");
            }
            Delivery::Lost => assert_eq!(outcome, "dropped"),
        }
    }
}

#[tokio::test]
async fn what_stripe_signs_anew_after_a_refusal_is_taken_without_anybodys_help() {
    for fault in ["webhook-stale", "webhook-huge"] {
        let world = World::open().await;
        let mut settings = world.stripe().faults().settings();
        settings.retries = vec![std::time::Duration::ZERO];
        world.stripe().faults().set(settings);
        let session = world.buy("wip-2e").await;
        world.switch_on(fault, "1").await;
        world.pay(&session, "jane@example.com").await;
        world.stripe().idle().await;
        assert_eq!(
            world.state().await,
            ShopState::after_sales_to(&["jane@example.com"]),
            "{fault}"
        );
    }
}

#[tokio::test]
async fn a_sale_of_another_shop_on_the_same_account_is_received_and_left_alone() {
    let world = World::open().await;
    let elsewhere = world.post(&world.url("/local/faults/elsewhere"), &[]).await;
    assert_eq!(elsewhere.status(), StatusCode::SEE_OTHER);
    world.stripe().idle().await;
    assert_deliveries(&world, Delivery::Received).await;
    let sold_elsewhere = ShopState {
        sessions: 1,
        charges: vec![1900],
        ..ShopState::empty()
    };
    assert_eq!(world.state().await, sold_elsewhere);
    // Neither webhook nor return nor `reconcile` nor `support` takes it for one of this shop's.
    let sessions = world.ask_stripe("checkout/sessions").await;
    let session = &sessions["data"][0];
    let event = completed(session["id"].as_str().unwrap());
    let answer: Value = world.webhook(&event).await.json().await.unwrap();
    assert_eq!(answer["outcome"], "not a sale of this shop");
    let back = format!("/paid/{}", session["id"].as_str().unwrap());
    let back = world.get(&world.url(&back)).await;
    assert_eq!(back.status(), StatusCode::NOT_FOUND);
    let reconciled = world.invoke("ReconcileFunction", &json!({"days": 1})).await;
    assert_eq!(reconciled.unwrap()["checked"], 0);
    let find = json!({"action": "find", "payment": session["payment_intent"]});
    assert_eq!(world.support(find).await["done"], false);
    assert_eq!(world.state().await, sold_elsewhere);
}

/// Somebody deleted a book while a buyer was on Stripe's page. The buyer has paid, so the page must
/// not say that there is no book at this address.
#[tokio::test]
async fn who_paid_for_a_book_that_is_gone_gets_an_apology_and_the_book_once_it_is_back() {
    let world = World::open().await;
    world.drop_webhooks();
    let mut event = listing("tidy-rust");
    event["products"]["tidy-rust"]["price"] = json!("29.00 USD");
    world.invoke("PublishFunction", &event).await.unwrap();
    let session = world.buy("tidy-rust").await;
    let back = world.pay(&session, "jane@example.com").await;
    world.delete_from_catalogue("book/tidy-rust").await;

    assert_apology_until_mended(world.get(&back).await, PAYMENT_SAFE).await;
    let told = world.webhook(&completed(&session)).await;
    assert_eq!(
        told.status(),
        StatusCode::SERVICE_UNAVAILABLE,
        "Stripe comes again"
    );
    world.invoke("PublishFunction", &event).await.unwrap();
    location(&world.get(&back).await);
    assert_eq!(
        world.state().await,
        ShopState::after_sales_to(&["jane@example.com"])
    );
}

/// What is sold stands in Stripe's metadata, whatever becomes of the product meanwhile.
#[tokio::test]
async fn who_paid_for_a_product_that_is_gone_has_its_book() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy("wip-2e-pdf").await;
    let back = world.pay(&session, "jane@example.com").await;
    world.delete_from_catalogue("product/wip-2e-pdf").await;

    let link = location(&world.get(&back).await);
    let told = world.webhook(&completed(&session)).await;
    assert_eq!(told.status(), StatusCode::OK);
    location(&world.download(&link, "pdf").await);
    let epub = world.download(&link, "epub").await;
    assert_eq!(epub.status(), StatusCode::BAD_REQUEST);
    assert_eq!((world.purchases().await, world.mails().len()), (1, 1));
}
