//! The table and the page of a report, which are the author's alone.

use std::collections::BTreeMap;

use csv::ReaderBuilder;
use emulators::faults::Rule;
use reqwest::StatusCode;
use serde_json::json;
use tests::{
    simulation::{FROM, PRODUCT, TO, simulate},
    world::{BOOK, World, listing},
};

use super::{open, paid, report};

#[tokio::test]
async fn editions_have_names_and_one_bar_is_no_chart() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    let push = json!({"book": BOOK, "version": "2.1"});
    world.invoke("PushUpdateFunction", &push).await.unwrap();
    let first = report(&world, json!({})).await;
    assert_eq!(first["by_edition"][0]["version"], "2nd edition");
    let page = open(&world, &first, "page").await;
    assert!(
        page.contains("Writing Idiomatic Python, 2nd edition<span>"),
        "{page}"
    );
    assert!(!page.contains("<svg"), "a single bar is drawn");
    assert!(page.contains("A chart takes sales in more than one day."));

    world.purchase(PRODUCT, "joe@example.com").await;
    let report = report(&world, json!({})).await;
    let versions: Vec<_> = report["by_edition"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["edition"].as_u64().unwrap(), line["version"].as_str()))
        .collect();
    assert_eq!(versions, [(1, Some("2nd edition")), (2, Some("2.1"))]);
}

#[tokio::test]
async fn the_table_and_the_page_tell_every_sale_and_no_link() {
    let world = World::open().await;
    let simulation = simulate(&world.shop).await;
    let report = report(&world, json!({"from": FROM, "to": TO})).await;

    let table = open(&world, &report, "csv").await;
    let mut reader = ReaderBuilder::new().from_reader(table.as_bytes());
    let rows: Vec<BTreeMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    assert_eq!(rows.len(), simulation.sales.len());
    for sale in &simulation.sales {
        let reference = sale.id.reference();
        let row = rows.iter().find(|row| row["purchase"] == reference);
        let row = row.unwrap_or_else(|| panic!("{reference} is not in the table"));
        assert_eq!(row["bought_at"], sale.bought_at.to_string());
        let email = sale.email.as_ref().map_or("", |email| email.as_str());
        assert_eq!(row["email"], email);
        let paid = match paid(sale).minor_units {
            2900 => ("29.00", "USD"),
            _ => ("3000", "JPY"),
        };
        assert_eq!((&*row["paid"], &*row["currency"]), paid);
    }
    let page = open(&world, &report, "page").await;
    for sale in &simulation.sales {
        let secret = sale.id.secret();
        for text in [&table, &page, &report.to_string()] {
            assert!(!text.contains(&secret));
        }
        let email = sale
            .email
            .as_ref()
            .map_or("@example.com", |email| email.as_str());
        assert!(!page.contains(email) && !report.to_string().contains(email));
    }
    assert!(page.contains("default-src &#39;none&#39;") && !page.contains("<script"));
}

/// Without the mark Excel takes the table for another encoding.
#[tokio::test]
async fn the_table_begins_with_a_byte_order_mark() {
    let world = World::open().await;
    let report = report(&world, json!({})).await;
    let answer = world.get(report["csv"].as_str().unwrap()).await;
    let table = answer.bytes().await.unwrap();
    assert!(
        table.starts_with("\u{feff}bought_at,".as_bytes()),
        "{table:?}"
    );
}

#[tokio::test]
async fn the_page_is_a_click_away_on_this_machine() {
    let world = World::open().await;
    let page = world
        .get(&world.url("/local/report?from=2026-11-01&to=2026-11-30&product_id="))
        .await;
    assert_eq!(page.status(), StatusCode::OK);
    let around = page.text().await.unwrap();
    assert!(
        around.contains(r#"name="from" value="2026-11-01""#),
        "{around}"
    );
    let (_, link) = around.split_once("<iframe src=\"").unwrap();
    let link = link.split('"').next().unwrap().replace("&#38;", "&");
    let page = world.get(&link).await;
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    assert!(
        page.text()
            .await
            .unwrap()
            .contains("2026-11-01 to 2026-11-30")
    );
    for (query, names) in [
        ("from=x", "`from`"),
        ("from=2026-11-02&to=2026-11-01", "`to`"),
        ("product_id=%3Cscript%3E", "`product_id`"),
        ("product_id=gone", "`product_id`"),
        ("%3Cscript%3E=1", "expected `from`, `to`, `product_id`"),
    ] {
        let wrong = world
            .get(&world.url(&format!("/local/report?{query}")))
            .await;
        assert_eq!(wrong.status(), StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(wrong.headers()["content-type"], "text/html; charset=utf-8");
        let page = wrong.text().await.unwrap();
        assert!(page.contains(names), "{page}");
        assert!(
            !page.contains("event") && !page.contains("<script"),
            "{page}"
        );
    }
    world.faults().add(Rule::dynamodb_throttled());
    let failed = world.get(&world.url("/local/report")).await;
    assert_eq!(failed.status(), StatusCode::BAD_GATEWAY);
    let page = failed.text().await.unwrap();
    assert!(page.contains("The report could not be made"), "{page}");
}

/// A link to the private bucket does not work without its signature or with changed parameters.
#[tokio::test]
async fn nobody_else_opens_a_report() {
    let world = World::open().await;
    let report = report(&world, json!({})).await;
    for field in ["page", "csv"] {
        let link = report[field].as_str().unwrap();
        assert!(
            link.contains("/reports/") && link.contains("X-Amz-Expires=3600"),
            "{link}"
        );
        let (bare, _) = link.split_once('?').unwrap();
        assert_eq!(world.get(bare).await.status(), StatusCode::FORBIDDEN);
        let forged = link.replace("X-Amz-Expires=3600", "X-Amz-Expires=36000");
        assert_eq!(world.get(&forged).await.status(), StatusCode::FORBIDDEN);
    }
    // A book cannot contain a report either.
    let key = report["csv"]
        .as_str()
        .unwrap()
        .split_once("/reports/")
        .unwrap()
        .1;
    let (key, _) = key.split_once('?').unwrap();
    let mut event = listing("figures");
    event["books"]["figures"]["files"] = json!([{"key": format!("reports/{key}")}]);
    let error = world.invoke("PublishFunction", &event).await.unwrap_err();
    assert!(error.to_string().contains("or a report"), "{error}");
}
