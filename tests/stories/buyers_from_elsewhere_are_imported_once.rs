//! Purchases from other platforms are imported once, whatever is imported twice, at once, halfway or
//! in another order, and no mail is sent by it.

use bookstall::domain::purchase::{Closed, Purchase};
use emulators::{
    dynamodb::PURCHASES_TABLE,
    faults::{Effect, Rule, Service},
};
use futures::future::join_all;
use serde_json::{Value, json};

use tests::world::{BOOK, LOG, World, aws_client};

const JANE: &str = "jane@example.com";
const JOE: &str = "joe@example.com";

/// A purchase of [`BOOK`] as a row of an event.
pub(crate) fn row(email: &str, bought_on: &str, order: &str) -> Value {
    json!({"book": BOOK, "email": email, "bought_on": bought_on, "order": order})
}

/// Returns so many rows, each of another buyer.
fn rows(count: usize) -> Vec<Value> {
    (0..count)
        .map(|number| {
            row(
                &format!("b{number}@example.com"),
                "2023-05-03",
                &format!("G-{number}"),
            )
        })
        .collect()
}

/// A row with a further field.
pub(crate) fn with(row: &Value, field: &str, value: impl Into<Value>) -> Value {
    let mut row = row.clone();
    row[field] = value.into();
    row
}

pub(crate) fn batch(platform: &str, purchases: &[Value]) -> Value {
    json!({"platform": platform, "purchases": purchases})
}

/// Imports a batch, and returns the answer.
pub(crate) async fn import(world: &World, platform: &str, purchases: &[Value]) -> Value {
    let event = batch(platform, purchases);
    world.invoke("ImportFunction", &event).await.unwrap()
}

/// Asserts what became of the purchases of a batch: what is not named became of none.
fn assert_counts(answer: &Value, expected: &[(&str, u64)]) {
    let names = [
        "added",
        "changed",
        "unchanged",
        "sold_here",
        "closed",
        "erased",
    ];
    for name in names {
        let expected = expected.iter().find(|(named, _)| *named == name);
        let expected = expected.map_or(0, |(_, count)| *count);
        assert_eq!(answer[name], expected, "{name}: {answer}");
    }
    assert_eq!(answer["refused"], json!([]));
}

/// The only purchase of an address.
pub(crate) async fn only_purchase_of(world: &World, email: &str) -> Purchase {
    let all = world.all_purchases().await;
    let mut own = all.into_iter().filter(|purchase| {
        purchase
            .email
            .as_ref()
            .is_some_and(|own| own.as_str() == email)
    });
    let purchase = own.next().unwrap();
    assert!(own.next().is_none(), "{email} has two purchases");
    purchase
}

/// The private link of the only purchase of an address.
pub(crate) async fn link_of(world: &World, email: &str) -> String {
    let purchase = only_purchase_of(world, email).await;
    world.url(&format!("/{}", purchase.id.secret()))
}

#[tokio::test]
async fn the_same_export_twice_adds_nothing() {
    let world = World::open().await;
    let rows = [
        with(&row(JANE, "2023-05-03", "G-1"), "copies", 2),
        with(&row(JOE, "2023-05-04", "G-2"), "unsubscribed", true),
        with(
            &row("tom@example.com", "2023-05-05", "G-3"),
            "taken_back",
            "refunded",
        ),
    ];
    let first = import(&world, "Gumroad", &rows).await;
    assert_counts(&first, &[("added", 2), ("unchanged", 1)]);
    let jane = only_purchase_of(&world, JANE).await;
    assert_eq!(jane.bought_at.to_string(), "2023-05-03T00:00:00Z");
    assert_eq!((jane.downloads_left, jane.downloads_per_edition), (10, 10));
    assert_eq!((jane.edition, jane.edition_bought), (1, 1));
    assert_eq!((jane.payment.clone(), jane.paid), (None, None));
    assert!(
        only_purchase_of(&world, JOE)
            .await
            .unsubscribed_at
            .is_some()
    );
    let again = import(&world, "Gumroad", &rows).await;
    assert_counts(&again, &[("unchanged", 3)]);
    // An address is one however it is spelled.
    let capitals = [row("Jane@Example.COM", "2023-05-03", "G-1")];
    let capitals = with(&capitals[0], "copies", 2);
    let capitals = import(&world, "Gumroad", &[capitals]).await;
    assert_counts(&capitals, &[("unchanged", 1)]);
    assert_eq!(world.purchases().await, 2);
    assert_eq!(only_purchase_of(&world, JANE).await, jane);
    assert!(world.mails().is_empty());
}

#[tokio::test]
async fn a_dry_run_says_the_same_and_writes_nothing() {
    let world = World::open().await;
    let second = with(&row(JANE, "2024-01-01", "G-2"), "copies", 2);
    let rows = [
        row(JANE, "2023-05-03", "G-1"),
        second,
        row(JOE, "2023-05-04", "G-3"),
        row(JOE, "2023-05-03", "G-4"),
    ];
    let mut event = batch("Gumroad", &rows);
    event["dry_run"] = json!(true);
    let dry_run = async || {
        world.faults().clear_calls();
        let answer = world.invoke("ImportFunction", &event).await.unwrap();
        assert_eq!(answer["dry_run"], true);
        let calls = world.calls(Service::DynamoDb);
        let writes = |call: &String| call.starts_with("Put") || call.starts_with("Update");
        assert!(!calls.iter().any(writes), "{calls:?}");
        answer
    };
    let before = dry_run().await;
    assert_counts(&before, &[("added", 2), ("unchanged", 1), ("changed", 1)]);
    assert_eq!(world.purchases().await, 0);
    let mut imported = import(&world, "Gumroad", &rows).await;
    imported["dry_run"] = json!(true);
    assert_eq!(before, imported);
    assert_counts(&dry_run().await, &[("unchanged", 4)]);
}

#[tokio::test]
async fn a_corrected_export_changes_what_differs() {
    let world = World::open().await;
    let jane = row(JANE, "2023-05-03", "G-1");
    import(&world, "Gumroad", std::slice::from_ref(&jane)).await;
    let link = link_of(&world, JANE).await;
    world.download(&link, "pdf").await;
    let corrected = with(&row(JANE, "2022-05-03", "G-1"), "copies", 3);
    let corrected = with(&corrected, "unsubscribed", true);
    let answer = import(&world, "Gumroad", std::slice::from_ref(&corrected)).await;
    assert_counts(&answer, &[("changed", 1)]);
    let purchase = only_purchase_of(&world, JANE).await;
    assert_eq!(purchase.bought_at.to_string(), "2022-05-03T00:00:00Z");
    assert_eq!(purchase.downloads_left, 14);
    assert!(purchase.unsubscribed_at.is_some());
    // The buyer turns the mail on again, and keeps it.
    let on = [("subscription", "on")];
    world.post(&format!("{link}/unsubscribe"), &on).await;
    let again = import(&world, "Gumroad", &[corrected]).await;
    assert_counts(&again, &[("unchanged", 1)]);
    let purchase = only_purchase_of(&world, JANE).await;
    assert!(purchase.unsubscribed_at.is_none());
}

#[tokio::test]
async fn two_platforms_make_one_purchase_and_the_earlier_counts() {
    let gumroad = row(JANE, "2023-05-03", "G-1");
    let payhip = with(&row(JANE, "2022-01-01", "P-1"), "unsubscribed", true);
    for earlier_first in [false, true] {
        let world = World::open().await;
        let mut exports = [("Gumroad", &gumroad), ("Payhip", &payhip)];
        if earlier_first {
            exports.reverse();
        }
        for (platform, row) in exports {
            import(&world, platform, std::slice::from_ref(row)).await;
        }
        let purchase = only_purchase_of(&world, JANE).await;
        let import_of = purchase.imported.clone().unwrap();
        assert_eq!(import_of.platform.as_str(), "Payhip");
        assert_eq!(purchase.bought_at.to_string(), "2022-01-01T00:00:00Z");
        assert!(purchase.unsubscribed_at.is_some());
        for (platform, row) in exports {
            let again = import(&world, platform, std::slice::from_ref(row)).await;
            assert_counts(&again, &[("unchanged", 1)]);
        }
    }
}

#[tokio::test]
async fn what_the_shop_sold_itself_stands() {
    let world = World::open().await;
    world.purchase("wip-2e", JANE).await;
    world.purchase("wip-2e-pdf", JOE).await;
    let refunded = world.purchase("wip-2e", "mary@example.com").await;
    world.refund(&refunded, None).await;
    let disputed = world.purchase("wip-2e", "tom@example.com").await;
    world.dispute(&disputed).await;
    let emails = [JANE, JOE, "mary@example.com", "tom@example.com"];
    let rows = emails.map(|email| row(email, "2023-05-03", "G-1"));
    let answer = import(&world, "Gumroad", &rows).await;
    // Who bought the PDF here and the whole book there has the whole book; and what was refunded here
    // was not refunded there. Who disputed their payment gets no second link.
    assert_counts(&answer, &[("sold_here", 2), ("added", 2)]);
    assert_eq!(answer["mailed"], json!([0, 1, 2]));
    assert!(only_purchase_of(&world, JANE).await.imported.is_none());
    assert!(
        only_purchase_of(&world, "tom@example.com")
            .await
            .imported
            .is_none()
    );
    assert_eq!(world.purchases().await, 6);
}

#[tokio::test]
async fn an_erased_buyer_does_not_come_back() {
    let world = World::open().await;
    let jane = row(JANE, "2023-05-03", "G-1");
    import(&world, "Gumroad", std::slice::from_ref(&jane)).await;
    let erase = json!({"action": "erase", "email": JANE});
    assert_eq!(world.support(erase).await["done"], true);
    for (platform, row) in [
        ("Gumroad", &jane),
        ("Payhip", &row(JANE, "2022-01-01", "P-1")),
    ] {
        let answer = import(&world, platform, std::slice::from_ref(row)).await;
        assert_counts(&answer, &[("erased", 1)]);
    }
    let all = world.all_purchases().await;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].email, None);
    assert_eq!(all[0].imported.as_ref().unwrap().order, None);
}

#[tokio::test]
async fn what_a_platform_took_back_is_closed_here() {
    let world = World::open().await;
    let jane = row(JANE, "2023-05-03", "G-1");
    import(&world, "Gumroad", std::slice::from_ref(&jane)).await;
    let link = link_of(&world, JANE).await;
    let refunded = with(&jane, "taken_back", "refunded");
    // Neither an order of the same number elsewhere nor another order there.
    let elsewhere = import(&world, "Payhip", std::slice::from_ref(&refunded)).await;
    assert_counts(&elsewhere, &[("unchanged", 1)]);
    let other = with(&row(JANE, "2023-05-03", "G-2"), "taken_back", "revoked");
    let other = import(&world, "Gumroad", &[other]).await;
    assert_counts(&other, &[("unchanged", 1)]);
    let closed = import(&world, "Gumroad", std::slice::from_ref(&refunded)).await;
    assert_counts(&closed, &[("closed", 1)]);
    let purchase = only_purchase_of(&world, JANE).await;
    assert_eq!(purchase.closed(), Some(Closed::Refunded));
    let stale = import(&world, "Gumroad", &[jane, refunded.clone()]).await;
    assert_counts(&stale, &[("unchanged", 2)]);

    let reopen = json!({"action": "reopen", "purchase": link});
    assert_eq!(world.support(reopen).await["done"], true);
    let again = import(&world, "Gumroad", &[refunded]).await;
    assert_counts(&again, &[("unchanged", 1)]);
    assert_eq!(only_purchase_of(&world, JANE).await.closed(), None);
}

#[tokio::test]
async fn who_bought_again_after_a_refund_keeps_the_book() {
    let world = World::open().await;
    let first = row(JANE, "2023-05-03", "G-1");
    import(&world, "Gumroad", std::slice::from_ref(&first)).await;
    let again = row(JANE, "2023-06-03", "G-2");
    let refunded = with(&first, "taken_back", "charged_back");
    let rows = [again, refunded];
    let answer = import(&world, "Gumroad", &rows).await;
    assert_counts(&answer, &[("closed", 1), ("changed", 1)]);
    let purchase = only_purchase_of(&world, JANE).await;
    assert_eq!(purchase.closed(), None);
    let answer = import(&world, "Gumroad", &rows).await;
    assert_counts(&answer, &[("unchanged", 2)]);
}

#[tokio::test]
async fn a_wrong_row_loses_no_other() {
    let world = World::open().await;
    let rows = [
        row("no address", "2023-05-03", "G-1"),
        row(JANE, "2023-05-03", "G-2"),
        with(&row(JOE, "2023-05-03", "G-3"), "book", "unknown"),
        row(JOE, "3. Mai 2023", "G-4"),
    ];
    let answer = import(&world, "Gumroad", &rows).await;
    assert_eq!(answer["added"], 1);
    let refused = answer["refused"].as_array().unwrap();
    let orders: Vec<_> = refused.iter().map(|refused| &refused["order"]).collect();
    assert_eq!(orders, ["G-1", "G-3", "G-4"]);
    for (refused, expected) in refused.iter().zip([
        "`purchases[0].email`: expected an e-mail address",
        "there is no book `unknown` in the catalogue",
        "`purchases[3].bought_on`: expected the day",
    ]) {
        let reason = refused["reason"].as_str().unwrap();
        assert!(reason.contains(expected), "{reason}");
    }
    let unknown: Vec<_> = refused
        .iter()
        .map(|refused| &refused["unknown_book"])
        .collect();
    assert_eq!(unknown, [&json!(null), &json!("unknown"), &json!(null)]);
    let books = answer["books"].as_array().unwrap();
    assert!(books.contains(&json!(BOOK)), "{answer}");
    assert!(!LOG.text().contains("no address"));
}

#[tokio::test]
async fn a_batch_that_is_killed_is_finished_by_the_next() {
    let world = World::open().await;
    let rows = rows(100);
    let event = batch("Gumroad", &rows);
    let fault = (Service::DynamoDb, "PutItem", Effect::NoAnswer);
    // The first write is the secret's, so that the next try makes it.
    for _ in 0..2 {
        let run = world.invoke("ImportFunction", &event);
        world.kill_at(fault.clone(), run).await;
    }
    let answer = world.invoke("ImportFunction", &event).await.unwrap();
    let all = answer["added"].as_u64().unwrap() + answer["unchanged"].as_u64().unwrap();
    assert_eq!(all, 100);
    assert_eq!(world.purchases().await, 100);
    let again = world.invoke("ImportFunction", &event).await.unwrap();
    assert_counts(&again, &[("unchanged", 100)]);
}

#[tokio::test]
async fn the_same_batch_five_times_at_once_makes_each_purchase_once() {
    let world = World::open().await;
    let rows = rows(50);
    let answers = join_all((0..5).map(|_| import(&world, "Gumroad", &rows))).await;
    let sum = |name: &str| -> u64 {
        let counts = answers.iter().map(|answer| answer[name].as_u64().unwrap());
        counts.sum()
    };
    assert_eq!((sum("added"), sum("unchanged")), (50, 200));
    assert_eq!(world.purchases().await, 50);
}

#[tokio::test]
async fn a_busy_dynamodb_only_takes_longer() {
    let world = World::open().await;
    let rows: Vec<_> = (0..40)
        .map(|number| {
            row(
                &format!("b{number}@example.com"),
                "2023-05-03",
                &format!("G-{number}"),
            )
        })
        .collect();
    let every_second = Rule::dynamodb_throttled().one_of(2);
    let rule = world.faults().add(every_second);
    let answer = import(&world, "Gumroad", &rows).await;
    world.faults().remove(rule);
    assert_counts(&answer, &[("added", 40)]);
    world.switch_on("dynamodb-answer-lost", "1").await;
    let answer = import(&world, "Gumroad", &rows).await;
    assert_counts(&answer, &[("unchanged", 40)]);
    assert_eq!(world.purchases().await, 40);
}

/// Neither an answer nor the export of a buyer's data nor the log has it.
#[tokio::test]
async fn the_secret_of_the_ids_is_made_once_and_leaves_the_table_nowhere() {
    let world = World::open().await;
    let secret = async || {
        let item = aws_client(&world.shop.emulators().aws)
            .get_item()
            .table_name(PURCHASES_TABLE)
            .key(
                "id",
                aws_sdk_dynamodb::types::AttributeValue::S("import-secret".to_owned()),
            )
            .send()
            .await
            .unwrap();
        let item = item.item.unwrap();
        item["secret"].as_b().unwrap().as_ref().to_vec()
    };
    import(&world, "Gumroad", &[row(JANE, "2023-05-03", "G-1")]).await;
    let first = secret().await;
    assert_eq!(first.len(), 32);
    import(&world, "Payhip", &[row(JOE, "2023-05-03", "P-1")]).await;
    assert_eq!(secret().await, first);
    let export = json!({"action": "export", "email": JANE});
    let export = world.support(export).await.to_string();
    assert!(export.contains("imported_from") && !export.contains("import-secret"));
    assert!(!LOG.text().contains("ImportSecret(["));
}
