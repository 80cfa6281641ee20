//! The author forgets a buyer: nothing personal is left, and nothing brings it back.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use reqwest::StatusCode;
use serde_json::{Value, json};

use tests::world::{BOOK, LOG, World, completed, location};

const JANE: &str = "unforgettable.jane@example.com";

/// Buys from a campaign, and returns the private link and the id of Stripe's session.
async fn purchase(world: &World) -> (String, String) {
    let fields = [
        ("product_id", "wip-2e"),
        ("variant", "b"),
        ("source", "letter-to-jane"),
    ];
    let page = location(&world.post(&world.url("/buy"), &fields).await);
    let session = page.rsplit('/').next().unwrap().to_owned();
    let back = world.pay(&session, JANE).await;
    let link = location(&world.get(&back).await);
    world.stripe().idle().await;
    (link, session)
}

fn names(item: &HashMap<String, AttributeValue>) -> BTreeSet<&str> {
    item.keys().map(String::as_str).collect()
}

/// The attributes that tax law and the private link need.
const KEPT: [&str; 11] = [
    "amount_paid",
    "book_id",
    "bought_at",
    "currency",
    "downloads_left",
    "downloads_per_edition",
    "edition",
    "erased_at",
    "id",
    "payment_intent",
    "product_id",
];

async fn is_forgotten(world: &World, link: &str) {
    let item = world.raw_item(link).await;
    let mut kept = BTreeSet::from(KEPT);
    // The link still works, and `unsubscribed_at` keeps updates away.
    kept.extend(["takes", "unsubscribed_at"]);
    // The tax office asks by which country's tax it was sold; a country is no person.
    kept.extend(["country", "tax"]);
    // The report counts the sale without the buyer.
    kept.extend([
        "amount_refunded",
        "downloads",
        "edition_bought",
        "is_test",
        "month",
        "reference",
        "refunds",
        "refunds_mailed",
    ]);
    assert!(names(&item).is_subset(&kept), "{:?}", names(&item));
    assert!(names(&item).is_superset(&BTreeSet::from(KEPT)));
    // When and from which page it was downloaded is gone; the next download writes into the map.
    assert_eq!(item["takes"].as_m().map(HashMap::len), Ok(0));
    let text = format!("{item:?}");
    for personal in [JANE, "letter-to-jane"] {
        assert!(!text.contains(personal), "{text}");
    }
}

#[tokio::test]
async fn nothing_personal_is_left_and_the_sale_stays() {
    let world = World::open().await;
    let (link, _) = purchase(&world).await;
    let payment = world.payment(&link).await;
    world.download(&link, "pdf").await;
    world.post(&world.url("/resend"), &[("email", JANE)]).await;
    let answer = world
        .support(json!({"action": "erase", "email": JANE}))
        .await;
    assert_eq!(answer["done"], true);
    assert!(!answer.to_string().contains(JANE), "{answer}");
    let to_do = answer["still_to_do"].to_string();
    for part in [&payment, "docs.stripe.com/privacy", "suppressed", "35 days"] {
        assert!(to_do.contains(part), "{part} is not in: {to_do}");
    }
    is_forgotten(&world, &link).await;
    let item = world.raw_item(&link).await;
    assert_eq!(item["payment_intent"].as_s(), Ok(&payment));
    assert_eq!(item["amount_paid"].as_n(), Ok(&"2900".to_owned()));
    // The buyer can still download, and the page does not name them.
    let page = world.get(&link).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(!page.text().await.unwrap().contains(JANE));
    location(&world.download(&link, "pdf").await);
}

#[tokio::test]
async fn whoever_is_forgotten_is_not_found_not_mailed_and_not_erased_twice() {
    let world = World::open().await;
    let (link, _) = purchase(&world).await;
    let payment = world.payment(&link).await;
    let erase = json!({"action": "erase", "purchase": link});
    assert_eq!(world.support(erase.clone()).await["done"], true);
    let after = world.raw_item(&link).await;

    let again = world.support(erase).await;
    assert_eq!(again["done"], false);
    assert_eq!(again["purchases"][0]["did"], "erased before");
    for event in [
        json!({"action": "find", "email": JANE}),
        json!({"action": "erase", "email": JANE}),
        json!({"action": "export", "email": JANE}),
        json!({"action": "resend", "purchase": link}),
        json!({"action": "resend", "purchase": link, "to": JANE}),
        json!({"action": "resend", "payment": payment, "to": JANE}),
    ] {
        assert_eq!(world.support(event.clone()).await["done"], false, "{event}");
    }
    assert_eq!(world.raw_item(&link).await, after);
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn neither_a_webhook_nor_the_buyers_return_nor_an_update_brings_the_address_back() {
    let world = World::open().await;
    let (link, session) = purchase(&world).await;
    let payment = world.payment(&link).await;
    world
        .support(json!({"action": "erase", "email": JANE}))
        .await;

    let disputed = json!({
        "id": "evt_2", "type": "charge.dispute.closed",
        "data": {"object": {"id": "du_1", "payment_intent": payment}},
    });
    for event in [completed(&session), disputed] {
        assert_eq!(world.webhook(&event).await.status(), StatusCode::OK);
    }
    let back = world.get(&world.url(&format!("/paid/{session}"))).await;
    assert_eq!(location(&back), link);
    is_forgotten(&world, &link).await;

    let update = |more: Value| {
        let mut event = json!({"book": BOOK, "version": "3rd edition"});
        event
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().cloned().unwrap_or_default());
        event
    };
    let trial = update(json!({"dry_run": true}));
    let trial = world.invoke("PushUpdateFunction", &trial).await.unwrap();
    assert_eq!(trial["dry_run"]["addresses"], 0, "{trial}");
    let pushed = world
        .invoke("PushUpdateFunction", &update(Value::Null))
        .await
        .unwrap();
    assert_eq!((&pushed["sent"], &pushed["owed"]), (&json!(0), &json!(0)));
    is_forgotten(&world, &link).await;
    assert_eq!(world.mails().len(), 1);
    // The private page has the new edition all the same.
    assert_eq!(
        world.private_page(&link).await["books"][0]["version"],
        "3rd edition"
    );

    // The purchase can still be refunded.
    let refunded = world
        .support(json!({"action": "refund", "purchase": link}))
        .await;
    assert_eq!(refunded["done"], true);
    assert!(!LOG.text().contains(JANE));
}

fn plain(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!(text),
        AttributeValue::N(number) => json!(number.parse::<u64>().unwrap()),
        AttributeValue::M(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect(),
        AttributeValue::L(values) => values.iter().map(plain).collect(),
        AttributeValue::Ss(texts) => json!(texts),
        AttributeValue::Bool(flag) => json!(flag),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_export_has_everything_that_the_table_holds() {
    let world = World::open().await;
    let (link, _) = purchase(&world).await;
    let other = world.purchase("wip-1e", JANE).await;
    world.purchase("wip-1e", "somebody.else@example.com").await;
    world.download(&link, "pdf").await;
    world.post(&format!("{link}/unsubscribe"), &[]).await;

    let export = world
        .support(json!({"action": "export", "email": JANE}))
        .await;
    let purchases = export["purchases"].as_array().unwrap();
    assert_eq!(purchases.len(), 2);
    for link in [&link, &other] {
        let exported = purchases
            .iter()
            .find(|purchase| purchase["link"] == link.as_str());
        let held = exported.unwrap()["held"].as_object().unwrap();
        let item = world.raw_item(link).await;
        assert_eq!(held.len(), item.len());
        for (name, value) in &item {
            assert_eq!(held[name], plain(value), "{name}");
        }
    }
    let text = export.to_string();
    for part in [
        JANE,
        "letter-to-jane",
        "unsubscribed_at",
        "Stripe",
        "ada@bookstall.example",
    ] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
    assert!(!text.contains("somebody.else"));
}
