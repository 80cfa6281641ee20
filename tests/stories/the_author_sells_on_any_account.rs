//! The author sells, whatever Stripe has switched on for the account, and sets the price.

use emulators::stripe::StripeAccount;
use local::shop::Options;
use reqwest::StatusCode;

use serde_json::json;

use tests::world::{GOOD_CARD, World, location};

async fn open(account: StripeAccount, tax: &str) -> World {
    World::open_with(Options {
        stripe_account: account,
        variables: [("STRIPE_TAX".to_owned(), tax.to_owned())].into(),
        ..Options::default()
    })
    .await
}

/// Sells a book to a buyer in Germany, and returns the private link.
async fn sell_to_germany(world: &World) -> String {
    let session = world.buy("wip-2e").await;
    let page = world.stripe_url(&format!("/test/checkout/{session}/pay"));
    let fields = [
        ("email", "jane@example.com"),
        ("card", GOOD_CARD),
        ("country", "DE"),
    ];
    let back = location(&world.post(&page, &fields).await);
    location(&world.get(&back).await)
}

#[tokio::test]
async fn the_author_is_the_seller_also_where_stripe_would_be_by_default() {
    for account in [
        StripeAccount::Ordinary,
        StripeAccount::ManagedOnRequest,
        StripeAccount::ManagedByDefault,
    ] {
        for tax in ["off", "on"] {
            let world = open(account, tax).await;
            let session = world.buy("wip-2e").await;
            let session = format!("checkout/sessions/{session}");
            let session = world.ask_stripe(&session).await;
            assert_eq!(session["managed_payments"]["enabled"], false);
            assert_eq!(session["automatic_tax"]["enabled"], tax == "on");
            let link = sell_to_germany(&world).await;
            assert_eq!(world.get(&link).await.status(), StatusCode::OK);
        }
    }
}

#[tokio::test]
async fn the_price_of_the_page_is_what_is_paid_and_its_tax_is_kept() {
    for (tax, amount) in [("on", 190), ("off", 0)] {
        let world = open(StripeAccount::Ordinary, tax).await;
        let link = sell_to_germany(&world).await;
        let purchase = world.find_purchase(&link).await.unwrap();
        assert_eq!(purchase.paid.unwrap().to_string(), "29.00 USD");
        assert_eq!(purchase.tax, amount);
        assert_eq!(purchase.country.unwrap().to_string(), "DE");
    }
}

/// What the author says of the tax reaches the line at the next checkout.
#[tokio::test]
async fn a_product_says_its_tax_code_and_whether_the_price_includes_the_tax() {
    let world = open(StripeAccount::Ordinary, "on").await;
    let event = json!({"products": {"wip-2e": {"tax_behavior": "exclusive"}}});
    let published = world.invoke("PublishFunction", &event).await.unwrap();
    assert_eq!(
        published["products"]["wip-2e"],
        json!({"tax_behavior": {"was": "inclusive", "is": "exclusive"}})
    );
    let link = sell_to_germany(&world).await;
    let purchase = world.find_purchase(&link).await.unwrap();
    assert_eq!(purchase.paid.unwrap().to_string(), "31.03 USD");
    assert_eq!(purchase.tax, 203);
    let usual = json!({"products": {"wip-2e": {"tax_behavior": null, "tax_code": null}}});
    world.invoke("PublishFunction", &usual).await.unwrap();
    let link = sell_to_germany(&world).await;
    let purchase = world.find_purchase(&link).await.unwrap();
    assert_eq!(
        (purchase.paid.unwrap().to_string(), purchase.tax),
        ("29.00 USD".to_owned(), 190)
    );
}
