//! A buyer sees and pays the price in their own currency (Adaptive Pricing). The author counts in the
//! currency of the price.

use reqwest::StatusCode;
use serde_json::{Value, json};

use tests::world::{GOOD_CARD, World, location};

const JANE: &str = "jane@example.com";

/// Buys a book for 29.00 USD, which are 26.41 EUR, and returns the session and the private link.
async fn buy_in_euros(world: &World) -> (String, String) {
    let session = world.buy("wip-2e").await;
    let page = world.stripe_url(&format!("/test/checkout/{session}/pay"));
    let fields = [("email", JANE), ("card", GOOD_CARD), ("currency", "eur")];
    let back = location(&world.post(&page, &fields).await);
    let link = location(&world.get(&back).await);
    world.stripe().idle().await;
    (session, link)
}

async fn find(world: &World, link: &str) -> Value {
    let found = world.support(json!({"action": "find", "purchase": link}));
    found.await["purchases"][0].clone()
}

/// The shapes of <https://docs.stripe.com/payments/currencies/localize-prices/adaptive-pricing>.
#[tokio::test]
async fn stripe_says_what_the_buyer_saw_beside_the_amounts_of_the_author() {
    let world = World::open().await;
    let (session, link) = buy_in_euros(&world).await;
    world.refund(&link, Some(1000)).await;
    let path = format!("checkout/sessions/{session}?expand[]=payment_intent.latest_charge.refunds");
    let session = world.ask_stripe(&path).await;
    let intent = &session["payment_intent"];
    let charge = &intent["latest_charge"];
    let refund = &charge["refunds"]["data"][0];
    for (object, field, amount, seen) in [
        (&session, "amount_total", 2900, 2641),
        (intent, "amount", 2900, 2641),
        (charge, "amount", 2900, 2641),
        (refund, "amount", 1000, 911),
    ] {
        assert_eq!(
            (&object[field], &object["currency"]),
            (&json!(amount), &json!("usd"))
        );
        assert_eq!(
            object["presentment_details"],
            json!({"presentment_amount": seen, "presentment_currency": "eur"})
        );
    }
}

#[tokio::test]
async fn the_buyer_reads_what_they_paid_in_both_currencies() {
    let world = World::open().await;
    let (_, link) = buy_in_euros(&world).await;
    let page = world.get(&link).await.text().await.unwrap();
    let receipt = &world.mails()[0];
    for words in [&receipt.text, &receipt.html, &page] {
        let words = words.replace(['\n', '\u{a0}'], " ");
        assert!(words.contains("Paid 29.00 USD (26.41 EUR) on "), "{words}");
    }
    let found = find(&world, &link).await;
    assert_eq!(
        (&found["paid"], &found["paid_in"]),
        (&json!("29.00 USD"), &json!("26.41 EUR"))
    );
    let exported = world
        .support(json!({"action": "export", "purchase": link}))
        .await;
    assert_eq!(exported["purchases"][0]["held"]["presented"], "26.41 EUR");
}

#[tokio::test]
async fn refunds_and_reports_are_in_the_currency_of_the_price() {
    let world = World::open().await;
    let (_, link) = buy_in_euros(&world).await;
    world.purchase("wip-2e", "joe@example.com").await;
    let payment = world.payment(&link).await;
    let part = json!({"action": "refund", "payment": payment, "amount": 500});
    let answer = world.support(part).await;
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("5.00 USD of 29.00 USD"), "{message}");
    world.stripe().idle().await;
    assert_eq!(
        world.find_purchase(&link).await.unwrap().amount_refunded,
        500
    );
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);

    world.refund(&link, None).await;
    assert_eq!(world.get(&link).await.status(), StatusCode::GONE);
    let mails = world.mails();
    let refunds: Vec<_> = mails
        .iter()
        .filter(|mail| mail.to == [JANE] && mail.subject.starts_with("Your refund"))
        .map(|mail| mail.text.replace('\n', " "))
        .collect();
    assert!(refunds[0].contains("5.00 USD"), "{refunds:?}");
    assert_eq!(find(&world, &link).await["given_back"], "29.00 USD");
    let report = world.invoke("ReportFunction", &json!({})).await.unwrap();
    let usd =
        json!([{"currency": "usd", "sales": 2, "gross": 5800, "refunded": 2900, "net": 2900}]);
    assert_eq!(report["revenue"], usd);
}

#[tokio::test]
async fn what_webhooks_missed_of_it_is_repaired() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy("wip-2e").await;
    let page = world.stripe_url(&format!("/test/checkout/{session}/pay"));
    let fields = [("email", JANE), ("card", GOOD_CARD), ("currency", "jpy")];
    assert_eq!(
        world.post(&page, &fields).await.status(),
        StatusCode::SEE_OTHER
    );
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    let found = world
        .support(json!({"action": "find", "email": JANE}))
        .await;
    let found = &found["purchases"][0];
    assert_eq!(
        (&found["paid"], &found["paid_in"]),
        (&json!("29.00 USD"), &json!("4350 JPY"))
    );
    let link = found["link"].as_str().unwrap();
    world.refund(link, Some(900)).await;
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert_eq!(
        world.find_purchase(link).await.unwrap().amount_refunded,
        900
    );
}
