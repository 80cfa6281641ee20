//! Stripe's own receipt of a payment is linked from the private page and the mail, and is the buyer's
//! secret.

use emulators::faults::Service;
use reqwest::StatusCode;
use serde_json::json;

use tests::world::{LOG, World, location};

const JANE: &str = "jane.of.the.receipt@example.com";

#[tokio::test]
async fn the_page_and_the_mail_lead_to_it() {
    let world = World::open().await;
    let link = world.purchase("wip-both", JANE).await;
    let held = world.raw_item(&link).await;
    let receipt = held["receipt_url"].as_s().unwrap().clone();
    assert!(
        receipt.starts_with(&world.stripe_url("/receipts/payment/")),
        "{receipt}"
    );
    let page = world.get(&link).await.text().await.unwrap();
    let anchor = format!("<a href=\"{receipt}\">Receipt from Stripe</a>");
    assert!(page.contains(&anchor), "{page}");
    let mails = world.mails();
    let mail = &mails[0];
    assert!(
        mail.html.contains(&format!("href=\"{receipt}\"")),
        "{}",
        mail.html
    );
    assert!(
        mail.text
            .contains(&format!("Receipt from Stripe\n{receipt}\n")),
        "{}",
        mail.text
    );
    let shown = world.get(&receipt).await;
    assert_eq!(shown.status(), StatusCode::OK);
    assert!(shown.text().await.unwrap().contains("45.00"));

    // The sum is that of the first purchase, and so is the receipt.
    let first = world.find_purchase(&link).await.unwrap();
    let other = world.url(&format!("/{}", first.others[0].secret()));
    assert!(!world.raw_item(&other).await.contains_key("receipt_url"));
    assert!(
        !world
            .get(&other)
            .await
            .text()
            .await
            .unwrap()
            .contains("Receipt from Stripe")
    );
}

#[tokio::test]
async fn it_costs_no_call_to_stripe() {
    let world = World::open().await;
    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, JANE).await;
    world.stripe().idle().await;
    world.faults().clear_calls();
    let link = location(&world.get(&back).await);
    assert_eq!(world.calls(Service::Stripe).len(), 1);
    world.faults().clear_calls();
    world.get(&link).await;
    assert_eq!(world.calls(Service::Stripe), [""; 0]);
}

#[tokio::test]
async fn it_is_exported_and_erased_and_never_logged() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    let held = world.raw_item(&link).await;
    let receipt = held["receipt_url"].as_s().unwrap().clone();
    let export = world
        .support(json!({"action": "export", "email": JANE}))
        .await;
    assert!(export.to_string().contains(&receipt), "{export}");
    let found = world
        .support(json!({"action": "find", "email": JANE}))
        .await;
    assert!(!found.to_string().contains(&receipt), "{found}");
    world
        .support(json!({"action": "erase", "email": JANE}))
        .await;
    assert!(!world.raw_item(&link).await.contains_key("receipt_url"));
    let page = world.get(&link).await.text().await.unwrap();
    assert!(!page.contains("Receipt from Stripe"), "{page}");
    assert!(!LOG.text().contains(&receipt));
}
