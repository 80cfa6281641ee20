//! With `Seller=stripe` Stripe is the merchant of record: it works out the tax, its Link stands on the
//! buyer's statement, and may refund by itself.

use emulators::stripe::StripeAccount;
use local::shop::Options;
use reqwest::StatusCode;
use serde_json::{Value, json};

use tests::world::{GOOD_CARD, LOG, World, location};

const JANE: &str = "jane@example.com";

async fn open(account: StripeAccount) -> World {
    World::open_with(Options {
        stripe_account: account,
        variables: [("SELLER".to_owned(), "stripe".to_owned())].into(),
        ..Options::default()
    })
    .await
}

async fn pay(world: &World, session: &str, more: &[(&str, &str)]) -> String {
    let page = world.stripe_url(&format!("/test/checkout/{session}/pay"));
    let fields = [&[("email", JANE), ("card", GOOD_CARD)], more].concat();
    let back = location(&world.post(&page, &fields).await);
    let link = location(&world.get(&back).await);
    world.stripe().idle().await;
    link
}

/// Returns how the private page explains that it is closed.
async fn closed(link: &str) -> (StatusCode, Value) {
    let request = reqwest::Client::new().get(link);
    let answer = request
        .header("accept", "application/json")
        .send()
        .await
        .unwrap();
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test]
async fn stripe_sells_on_each_account_that_has_it() {
    for account in [
        StripeAccount::ManagedOnRequest,
        StripeAccount::ManagedByDefault,
    ] {
        let world = open(account).await;
        let session = world.buy("wip-2e").await;
        let asked = world
            .ask_stripe(&format!("checkout/sessions/{session}"))
            .await;
        assert_eq!(asked["managed_payments"]["enabled"], true);
        let link = pay(&world, &session, &[("country", "DE")]).await;
        let purchase = world.find_purchase(&link).await.unwrap();
        assert_eq!(purchase.paid.unwrap().to_string(), "29.00 USD");
        assert_eq!((purchase.tax, purchase.seller.as_str()), (190, "stripe"));
        location(&world.download(&link, "pdf").await);

        let receipt = &world.mails()[0];
        let page = world.get(&link).await.text().await.unwrap();
        for words in [&receipt.text.replace('\n', " "), &page] {
            for part in ["Sold through Link, a service of Stripe.", "LINK.COM*"] {
                assert!(words.contains(part), "{part}: {words}");
            }
            assert!(!words.contains("Sold by Ada Winters"), "{words}");
        }
        let found = world
            .support(json!({"action": "find", "purchase": link}))
            .await;
        assert_eq!(found["purchases"][0]["seller"], "stripe");
    }
}

/// The overlay, a promotion code, one that makes the book free, and another currency.
#[tokio::test]
async fn stripe_sells_whatever_way_a_buyer_takes() {
    let world = open(StripeAccount::ManagedOnRequest).await;
    let overlay = reqwest::Client::new()
        .post(world.url("/buy"))
        .json(&json!({"product_id": "wip-2e", "on_completion": "stay"}))
        .header("accept", "application/json");
    let overlay: Value = overlay.send().await.unwrap().json().await.unwrap();
    assert!(overlay["client_secret"].is_string(), "{overlay}");
    for (more, paid, presented) in [
        (&[][..], "29.00 USD", None),
        (&[("promotion_code", "FRIENDS20")], "23.20 USD", None),
        (&[("promotion_code", "FREE100")], "0.00 USD", None),
        (&[("currency", "eur")], "29.00 USD", Some("26.41 EUR")),
    ] {
        let session = world.buy("wip-2e").await;
        let link = pay(&world, &session, more).await;
        let purchase = world.find_purchase(&link).await.unwrap();
        assert_eq!(purchase.paid.unwrap().to_string(), paid);
        let in_own = purchase.presented.map(|money| money.to_string());
        assert_eq!(in_own.as_deref(), presented);
    }
}

#[tokio::test]
async fn a_refund_that_link_makes_by_itself_closes_the_link_and_is_mailed() {
    let world = open(StripeAccount::ManagedByDefault).await;
    let session = world.buy("wip-2e").await;
    let link = pay(&world, &session, &[]).await;
    world.refund(&link, None).await;
    assert_refunded(&world, &link).await;

    // Its webhook never came, and the daily run sees it.
    let session = world.buy("wip-2e").await;
    let link = pay(&world, &session, &[]).await;
    world.drop_webhooks();
    world.refund(&link, None).await;
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert_refunded(&world, &link).await;
    let refunds = world.mails().into_iter();
    let refunds = refunds.filter(|mail| mail.subject.starts_with("Your refund"));
    assert_eq!(refunds.count(), 2);
}

async fn assert_refunded(world: &World, link: &str) {
    let (status, json) = closed(link).await;
    assert_eq!(
        (status, &json["error"]["code"]),
        (StatusCode::GONE, &json!("refunded"))
    );
    let mails = world.mails();
    let mail = mails.last().unwrap();
    assert!(mail.subject.starts_with("Your refund"), "{}", mail.subject);
    assert!(
        mail.text
            .replace('\n', " ")
            .contains("29.00 USD are on their way back")
    );
}

/// The author reads which parameter it is, by an alarm. The buyer is not told to try again.
#[tokio::test]
async fn an_account_that_does_not_sell_so_is_told_to_the_author() {
    let world = open(StripeAccount::Ordinary).await;
    let answer = world
        .post(&world.url("/buy"), &[("product_id", "wip-2e")])
        .await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let page = answer.text().await.unwrap();
    for words in [
        "Sorry, this cannot be bought right now",
        "Trying again will not help before that. We have been told",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("in a minute"), "{page}");
    told(
        &page,
        "parameter managed_payments[enabled]: Managed Payments is not enabled for this account",
    );
    told(
        &page,
        "the parameter Seller is `stripe`, and this Stripe account does not sell so: turn it on",
    );
}

#[tokio::test]
async fn a_tax_code_that_stripe_does_not_sell_is_told_to_the_author() {
    let world = open(StripeAccount::ManagedOnRequest).await;
    let printed = json!({"products": {"wip-2e": {"tax_code": "txcd_35010000"}}});
    world.invoke("PublishFunction", &printed).await.unwrap();
    let answer = world
        .post(&world.url("/buy"), &[("product_id", "wip-2e")])
        .await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let page = answer.text().await.unwrap();
    assert!(!page.contains("in a minute"), "{page}");
    told(
        &page,
        "this product tax code is ineligible for Managed Payments",
    );
    told(
        &page,
        "publish another `tax_code` for this product, or deploy with Seller=me",
    );
}

/// Asserts that the log, in the line with the reference of this page, has these words and wakes the
/// author.
fn told(page: &str, words: &str) {
    let log = LOG.text();
    let reference = page
        .split("<code>")
        .nth(1)
        .and_then(|rest| rest.split('<').next());
    let reference = reference.unwrap();
    let line = log
        .lines()
        .find(|line| line.contains(reference) && line.contains("ERROR"));
    let line = line.unwrap_or_else(|| panic!("{reference} is not in the log"));
    assert!(line.contains(words), "{line}");
    assert!(line.contains("needs_mending=true"), "{line}");
}
