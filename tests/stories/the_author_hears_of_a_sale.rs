//! The author hears of each sale by one mail, or of each day by one, or of none, as they want it.

use aws_sdk_dynamodb::types::AttributeValue::{Bool, N, S};
use bookstall::{
    adapters::aws::Aws,
    domain::{request_id::RequestId, timestamp::Timestamp},
    runtime::{invocation::Invocation, random},
};
use emulators::{
    dynamodb::PURCHASES_TABLE,
    faults::{Effect, Rule, Service},
};
use futures::future::{join, join_all};
use reconcile::Reconciled;
use reqwest::StatusCode;
use serde_json::json;

use tests::{
    author::text_of,
    world::{GOOD_CARD, LOG, World, aws_client, completed, id_of, location},
};

const JANE: &str = "jane@example.com";

/// A shop whose author wants these mails.
async fn shop_with(sale_mail: &str) -> World {
    let variables = [("SALE_MAIL", sale_mail), ("TIME_ZONE", "Europe/Berlin")];
    World::open_with_variables(&variables).await
}

/// Begins a checkout from a campaign and pays, from Germany. Returns the session and the address that
/// Stripe sends the buyer back to.
async fn pay_from_a_campaign(world: &World) -> (String, String) {
    let fields = [
        ("product_id", "wip-2e"),
        ("source", "newsletter"),
        ("variant", "b"),
    ];
    let checkout = location(&world.post(&world.url("/buy"), &fields).await);
    let session = checkout.rsplit('/').next().unwrap().to_owned();
    let page = world.stripe_url(&format!("/test/checkout/{session}/pay"));
    let card = [("email", JANE), ("card", GOOD_CARD), ("country", "DE")];
    let back = location(&world.post(&page, &card).await);
    (session, back)
}

/// Runs `reconcile` at this time.
async fn reconcile_at(world: &World, id: &str, now: &str) -> Reconciled {
    let aws = Aws::at(world.shop.emulators().aws.clone());
    let shop = reconcile::Shop::open(&world.shop.environment(), &aws).unwrap();
    let now = Timestamp::parse(now).unwrap();
    let run = Invocation {
        id: RequestId(id.to_owned()),
        began: now,
        deadline: now.plus_seconds(900),
        clock: move || now,
    };
    reconcile::handle(&shop, json!({}), &run).await.unwrap()
}

/// Puts a sale of this time into the table.
async fn sold_at(world: &World, bought_at: &str, is_test: bool) {
    let put = aws_client(&world.shop.emulators().aws)
        .put_item()
        .table_name(PURCHASES_TABLE)
        .item("id", S(random::new_purchase_id().secret()))
        .item("email", S(JANE.to_owned()))
        .item("book_id", S("wip".to_owned()))
        .item("product_id", S("wip-2e".to_owned()))
        .item("amount_paid", N("2900".to_owned()))
        .item("currency", S("usd".to_owned()))
        .item("bought_at", S(bought_at.to_owned()))
        .item("month", S(bought_at[..7].to_owned()))
        .item("edition_bought", N("1".to_owned()))
        .item("source", S("newsletter".to_owned()))
        .item("country", S("DE".to_owned()));
    let put = if is_test {
        put.item("is_test", Bool(true))
    } else {
        put
    };
    put.send().await.unwrap();
}

#[tokio::test]
async fn a_sale_is_told_once_with_what_was_sold_and_nothing_of_the_buyer() {
    let world = shop_with("each").await;
    world.purchase("wip-1e", "joe@example.com").await;
    let (_, back) = pay_from_a_campaign(&world).await;
    let link = location(&world.get(&back).await);
    world.stripe().idle().await;
    let mails = world.mails_to_author();
    assert_eq!(mails.len(), 2);
    let mail = &mails[1];
    assert_eq!(mail.from, "Ada Winters <books@bookstall.example>");
    assert_eq!(
        mail.subject,
        "You sold one in Stripe’s test mode: Writing Idiomatic Python"
    );
    let reference = id_of(&link).reference();
    for part in [text_of(mail), mail.html.clone()] {
        for words in [
            "Writing Idiomatic Python",
            "Paid: 29.00 USD",
            "Country: DE",
            "Campaign: newsletter",
            "Version of the page: b",
            &format!("Reference: {reference}"),
            "The last 24 hours: 2 sales, ",
        ] {
            assert!(part.contains(words), "{words}: {part}");
        }
        for secret in [&id_of(&link).secret(), JANE, "joe@example.com", "http"] {
            assert!(!part.contains(secret), "{secret}: {part}");
        }
    }
    let log = LOG.text();
    assert!(log.contains("author told of the sale"));
}

#[tokio::test]
async fn webhooks_and_the_buyer_at_once_make_one_mail_to_the_author() {
    let world = shop_with("each").await;
    world.drop_webhooks();
    let (session, back) = pay_from_a_campaign(&world).await;
    let event = completed(&session);
    let webhooks = join_all((0..8).map(|_| world.webhook(&event)));
    let returns = join_all((0..4).map(|_| world.get(&back)));
    let (webhooks, returns) = join(webhooks, returns).await;
    assert!(webhooks.iter().all(|one| one.status() == StatusCode::OK));
    let is_led = |answer: &reqwest::Response| answer.status() == StatusCode::SEE_OTHER;
    assert!(returns.iter().all(is_led));
    for _ in 0..2 {
        world.webhook(&event).await;
        world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    }
    assert_eq!(world.mails_to_author().len(), 1);
    assert_eq!(world.mails().len(), 2);
}

#[tokio::test]
async fn the_buyers_own_request_mails_the_buyer_alone_and_reconcile_makes_up_for_a_lost_webhook() {
    let world = shop_with("each").await;
    world.drop_webhooks();
    let (_, back) = pay_from_a_campaign(&world).await;
    let link = location(&world.get(&back).await);
    assert_eq!(world.mails_to_author().len(), 0);
    assert!(world.find_purchase(&link).await.unwrap().owes_sale_mail);
    for _ in 0..2 {
        let answer = world.invoke("ReconcileFunction", &json!({})).await.unwrap();
        // Nothing of the sale had to be repaired.
        assert_eq!(
            answer,
            json!({"checked": 1, "repaired": 0, "unrepairable": []})
        );
        assert_eq!(world.mails_to_author().len(), 1);
    }
    assert!(world.find_purchase(&link).await.unwrap().is_settled());
}

#[tokio::test]
async fn a_sale_is_told_later_if_its_mail_fails_and_the_buyer_notices_nothing() {
    let world = shop_with("each").await;
    world.drop_webhooks();
    let (session, back) = pay_from_a_campaign(&world).await;
    let link = location(&world.get(&back).await);
    let mails = world.mails().len();
    world.faults().add(Rule::ses_throttled());
    let answer = world.webhook(&completed(&session)).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let answer = world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert_eq!(answer["unrepairable"], json!([]));
    world.faults().clear();
    assert_eq!(world.mails().len(), mails);
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert_eq!(world.mails_to_author().len(), 1);
}

#[tokio::test]
async fn a_killed_mail_to_the_author_is_sent_after_its_claim_has_expired() {
    let world = shop_with("each").await;
    world.drop_webhooks();
    let (session, back) = pay_from_a_campaign(&world).await;
    let link = location(&world.get(&back).await);
    let event = completed(&session);
    let killed = (Service::Ses, "SendEmail", Effect::NoAnswer);
    world.kill_at(killed, world.webhook(&event)).await;
    world.webhook(&event).await;
    assert_eq!(world.mails_to_author().len(), 0);
    world.claim_expires(&link, "sale_mail_free_at").await;
    world.webhook(&event).await;
    world.webhook(&event).await;
    assert_eq!(world.mails_to_author().len(), 1);
}

#[tokio::test]
async fn sales_that_cannot_be_counted_are_left_out_of_the_mail() {
    let world = shop_with("each").await;
    world.faults().add(Rule::dynamodb_throttled().on("Query"));
    let (_, back) = pay_from_a_campaign(&world).await;
    location(&world.get(&back).await);
    world.stripe().idle().await;
    let mails = world.mails_to_author();
    assert_eq!(mails.len(), 1);
    assert!(!text_of(&mails[0]).contains("The last 24 hours"));
}

#[tokio::test]
async fn who_turned_the_mails_off_is_told_nothing_and_nothing_stays_owed() {
    for wanted in ["off", "daily"] {
        let world = shop_with(wanted).await;
        let link = world.purchase("wip-2e", JANE).await;
        world.invoke("ReconcileFunction", &json!({})).await.unwrap();
        assert_eq!(world.mails_to_author().len(), 0, "{wanted}");
        let purchase = world.find_purchase(&link).await.unwrap();
        assert!(!purchase.owes_sale_mail && purchase.is_settled());
        let calls = world.calls(Service::DynamoDb);
        let queries = calls.iter().filter(|call| *call == "Query").count();
        // Only the receipt's look for an earlier purchase, and a day's sales.
        assert!(queries <= if wanted == "off" { 2 } else { 6 }, "{calls:?}");
    }
}

#[tokio::test]
async fn a_day_is_told_once_by_the_authors_clock_with_its_sums_and_nobodys_address() {
    let world = shop_with("daily").await;
    // The author's 25 November is from 23:00 to 23:00 in UTC.
    sold_at(&world, "2026-11-24T22:59:59Z", false).await;
    sold_at(&world, "2026-11-24T23:00:00Z", false).await;
    sold_at(&world, "2026-11-25T22:59:59Z", false).await;
    sold_at(&world, "2026-11-25T12:00:00Z", true).await;
    sold_at(&world, "2026-11-25T23:00:00Z", false).await;
    // Ten minutes after midnight it is the turn of the day before.
    for (id, now) in [("a", "2026-11-25T23:09:59Z"), ("b", "2026-11-25T23:10:00Z")] {
        reconcile_at(&world, id, now).await;
    }
    let runs = (0..6).map(|run| {
        let world = &world;
        async move { reconcile_at(world, &format!("run-{run}"), "2026-11-26T08:00:00Z").await }
    });
    join_all(runs).await;
    let mails = world.mails_to_author();
    let subjects: Vec<_> = mails.iter().map(|mail| mail.subject.as_str()).collect();
    assert_eq!(
        subjects,
        [
            "24 November 2026: 1 sale, 29.00 USD",
            "25 November 2026: 2 sales, 58.00 USD",
        ]
    );
    for part in [text_of(&mails[1]), mails[1].html.clone()] {
        for words in [
            "Writing Idiomatic Python: 2 sales, 58.00 USD",
            "Campaigns: newsletter 2",
            "Countries: DE 2",
            "In Stripe’s test mode",
            "Writing Idiomatic Python: 1 sale, 29.00 USD",
        ] {
            assert!(part.contains(words), "{words}: {part}");
        }
        assert!(!part.contains(JANE) && !part.contains("http"), "{part}");
    }
}

#[tokio::test]
async fn a_day_without_sales_makes_no_mail() {
    let world = shop_with("daily").await;
    reconcile_at(&world, "a", "2026-11-26T08:00:00Z").await;
    // A sale that somehow comes to that day later is in the reports.
    sold_at(&world, "2026-11-25T12:00:00Z", false).await;
    reconcile_at(&world, "b", "2026-11-26T09:00:00Z").await;
    assert_eq!(world.mails_to_author().len(), 0);
    assert_eq!(world.purchases().await, 1);
}

#[tokio::test]
async fn a_day_is_told_later_if_its_mail_fails() {
    let world = shop_with("daily").await;
    sold_at(&world, "2026-11-25T12:00:00Z", false).await;
    world.faults().add(Rule::ses_throttled());
    for (id, now) in [("a", "2026-11-26T00:00:00Z"), ("b", "2026-11-26T01:00:00Z")] {
        let reconciled = reconcile_at(&world, id, now).await;
        assert!(reconciled.unrepairable.is_empty());
    }
    world.faults().clear();
    for (id, now) in [("c", "2026-11-26T02:00:00Z"), ("d", "2026-11-26T03:00:00Z")] {
        reconcile_at(&world, id, now).await;
    }
    assert_eq!(world.mails_to_author().len(), 1);
}
