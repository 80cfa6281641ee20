//! Which sales belong to the days of a report.

use bookstall::runtime::random;
use emulators::dynamodb::PURCHASES_TABLE;
use serde_json::{Value, json};
use tests::{
    simulation::PRODUCT,
    world::{BOOK, World, aws_client},
};

use super::{open, report};

/// A sale in the last hour of a month belongs into that month's books.
#[tokio::test]
async fn days_are_those_of_the_authors_time_zone() {
    use aws_sdk_dynamodb::types::AttributeValue::{N, S};
    let world = World::open_with_variables(&[("TIME_ZONE", "Europe/Berlin")]).await;
    let client = aws_client(&world.shop.emulators().aws);
    let utc = [
        ("2026-10-31T22:59:59Z", "2026-10"),
        ("2026-10-31T23:00:00Z", "2026-10"),
        ("2026-11-30T22:59:59Z", "2026-11"),
        ("2026-11-30T23:00:00Z", "2026-11"),
    ];
    for (bought_at, month) in utc {
        let put = client.put_item().table_name(PURCHASES_TABLE);
        put.item("id", S(random::new_purchase_id().secret()))
            .item("product_id", S(PRODUCT.to_owned()))
            .item("amount_paid", N("2900".to_owned()))
            .item("currency", S("eur".to_owned()))
            .item("bought_at", S(bought_at.to_owned()))
            .item("month", S(month.to_owned()))
            .item("edition_bought", N("1".to_owned()))
            .send()
            .await
            .unwrap();
    }
    let event = json!({"from": "2026-11-01", "to": "2026-11-30"});
    let november = report(&world, event).await;
    assert_eq!(november["sales"], 2);
    assert_eq!(november["by_day"][0]["sales"], 1);
    assert_eq!(november["by_day"][29]["sales"], 1);
    let table = open(&world, &november, "csv").await;
    let times: Vec<_> = table
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap())
        .collect();
    let expected = ["2026-11-01T00:00:00+01:00", "2026-11-30T23:59:59+01:00"];
    assert_eq!(times, expected);
    let page = open(&world, &november, "page").await;
    assert!(
        page.contains("the time zone Europe/Berlin; page views"),
        "{page}"
    );
}

/// What the author tried out before the first sale stays in the table, and stays out of the books.
#[tokio::test]
async fn sales_of_the_test_mode_are_left_out_of_reports_and_updates() {
    let world = World::open_with_variables(&[("TEST_SALES", "leave-out")]).await;
    // Stripe's emulator sells in test mode. The same buyer comes back, and joe buys for money.
    world.purchase(PRODUCT, "jane@example.com").await;
    world.record_purchase(PRODUCT, "jane@example.com").await;
    world.record_purchase(PRODUCT, "joe@example.com").await;
    let report = report(&world, json!({})).await;
    assert_eq!(
        (&report["sales"], &report["test_sales"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(open(&world, &report, "csv").await.lines().count(), 3);
    let page = open(&world, &report, "page").await;
    assert!(
        page.contains("1 sale of Stripe’s test mode is left out"),
        "{page}"
    );

    let push = async |event: Value| world.invoke("PushUpdateFunction", &event).await.unwrap();
    let event = json!({"book": BOOK, "version": "2.1", "dry_run": true});
    let preview = push(event).await;
    assert_eq!(preview["dry_run"]["addresses"], 2);
    assert_eq!(preview["dry_run"]["not_mailed"], json!({"test_sales": 1}));
    let pushed = push(json!({"book": BOOK, "version": "2.1"})).await;
    assert_eq!((&pushed["sent"], &pushed["owed"]), (&json!(2), &json!(0)));
}
