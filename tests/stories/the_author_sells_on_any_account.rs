//! The author sells, whatever Stripe has switched on for the account, and sets the price.

use emulators::stripe::StripeAccount;
use local::shop::Options;
use reqwest::StatusCode;

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
    for account in [StripeAccount::Ordinary, StripeAccount::ManagedByDefault] {
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
