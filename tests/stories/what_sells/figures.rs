//! Every figure is what was seen and sold.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use bookstall::{
    adapters::views::DayOfViews,
    domain::{attribution::CampaignLabel, product::ProductId, purchase::Purchase},
    runtime::random,
};
use emulators::{dynamodb::PURCHASES_TABLE, faults::Service};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::{
    simulation::{FROM, PRODUCT, Simulation, TO, day, simulate},
    world::{BROWSER, World, aws_client, id_of, location},
};

use super::{open, paid, report};

fn product_of(sale: &Purchase) -> &str {
    sale.product_id.as_ref().map_or("", ProductId::as_str)
}

fn net(sale: &Purchase) -> u64 {
    paid(sale).minor_units - sale.amount_refunded
}

/// The number and the revenue of these sales, as in a report.
fn revenue<'a>(sales: impl IntoIterator<Item = &'a Purchase>) -> (u64, Value) {
    let mut sums = BTreeMap::new();
    let mut count = 0;
    for sale in sales {
        let sum = sums.entry(paid(sale).currency.code()).or_insert([0; 3]);
        *sum = [
            sum[0] + 1,
            sum[1] + paid(sale).minor_units,
            sum[2] + sale.amount_refunded,
        ];
        count += 1;
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    // A cent is worth about as much as a yen.
    sums.sort_by_key(|(_, [_, gross, refunded])| Reverse(gross - refunded));
    let lines: Vec<_> = sums
        .into_iter()
        .map(|(currency, [sales, gross, refunded])| {
            json!({"currency": currency, "sales": sales, "gross": gross,
                "refunded": refunded, "net": gross - refunded})
        })
        .collect();
    (count, json!(lines))
}

fn views<'a>(views: impl IntoIterator<Item = &'a DayOfViews>) -> (u64, u64) {
    views
        .into_iter()
        .map(|counted| (counted.views, counted.checkouts))
        .fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

/// Asserts that the views, checkouts, sales and revenue of a line are those of the simulation that the
/// two closures select.
fn is_that_of(
    line: &Value,
    simulation: &Simulation,
    is_sale: impl Fn(&Purchase) -> bool,
    is_view: impl Fn(&DayOfViews) -> bool,
) {
    let (sales, revenue) = revenue(simulation.sales.iter().filter(|sale| is_sale(sale)));
    let (views, checkouts) = views(simulation.views.iter().filter(|seen| is_view(seen)));
    assert_eq!(
        [&line["views"], &line["checkouts"], &line["sales"]],
        [&json!(views), &json!(checkouts), &json!(sales)],
        "{line}"
    );
    assert_eq!(line["revenue"], revenue, "{line}");
}

#[tokio::test]
async fn every_figure_is_what_was_seen_and_sold() {
    let world = World::open().await;
    let simulation = simulate(&world.shop).await;
    let report = report(&world, json!({"from": FROM, "to": TO})).await;
    is_that_of(&report, &simulation, |_| true, |_| true);

    let days = report["by_day"].as_array().unwrap();
    assert_eq!(days.len(), 30);
    for (offset, line) in days.iter().enumerate() {
        let day = day(FROM).plus_days(i64::try_from(offset).unwrap());
        assert_eq!(line["day"], day.to_string());
        let is_sale = |sale: &Purchase| sale.bought_at.date() == day;
        is_that_of(line, &simulation, is_sale, |seen| seen.day == day);
    }

    let campaigns = report["by_campaign"].as_array().unwrap();
    let mut names = BTreeSet::new();
    for line in campaigns {
        let name = line["source"].as_str();
        names.insert(name);
        let is_sale =
            |sale: &Purchase| sale.attribution.source.as_ref().map(CampaignLabel::as_str) == name;
        let is_view = |seen: &DayOfViews| seen.source.as_ref().map(CampaignLabel::as_str) == name;
        is_that_of(line, &simulation, is_sale, is_view);
    }
    assert_eq!(
        names,
        [None, Some("newsletter"), Some("spring sale")].into()
    );
    assert_eq!(campaigns.len(), 3);

    for (list, fields) in [("by_product", 2), ("by_edition", 4)] {
        let lines = report[list].as_array().unwrap();
        assert_eq!(lines.len(), fields, "{list}");
        for line in lines {
            let is_sale = |sale: &&Purchase| {
                product_of(sale) == line["product_id"]
                    && (list == "by_product" || json!(sale.edition_bought) == line["edition"])
            };
            let (sales, revenue) = revenue(simulation.sales.iter().filter(is_sale));
            assert_eq!(
                (&line["sales"], &line["revenue"]),
                (&json!(sales), &revenue)
            );
        }
    }
    assert_eq!(report["by_product"][0]["name"], "Writing Idiomatic Python");
    let sold = report["sales"].as_f64().unwrap() / report["views"].as_f64().unwrap();
    let conversion = report["conversion"]["estimate"].as_f64().unwrap();
    assert!((conversion - sold).abs() < 1e-12, "{conversion}");
    the_rest_is_right(&report, &simulation);
    the_test_is_right(&report, &simulation);
}

#[tokio::test]
async fn each_number_stands_beside_that_of_as_many_days_before() {
    let world = World::open().await;
    let simulation = simulate(&world.shop).await;
    let middle = day(FROM).plus_days(15);
    let event = json!({"from": middle.to_string(), "to": TO});
    let report = report(&world, event).await;
    let before = &report["before"];
    let (from, to) = (FROM, middle.plus_days(-1).to_string());
    assert_eq!([&before["from"], &before["to"]], [&json!(from), &json!(to)]);
    let is_sale = |sale: &Purchase| sale.bought_at.date() < middle;
    is_that_of(before, &simulation, is_sale, |seen| seen.day < middle);
    assert!(before["conversion"]["estimate"].as_f64() > Some(0.0));
    let sold: u32 = simulation.sales.iter().map(|sale| sale.downloads).sum();
    let downloads = [&report["downloads"], &before["downloads"]].map(|one| one.as_u64().unwrap());
    assert_eq!(downloads.iter().sum::<u64>(), u64::from(sold));
    let page = open(&world, &report, "page").await;
    let sales = format!("before: {}<", before["sales"]);
    assert!(page.contains(&sales), "{sales} is not in {page}");
}

/// Asserts the figures of downloads, mails and refunds.
fn the_rest_is_right(report: &Value, simulation: &Simulation) {
    let count = |is: fn(&Purchase) -> bool| simulation.sales.iter().filter(|s| is(s)).count();
    let downloads: u32 = simulation.sales.iter().map(|sale| sale.downloads).sum();
    assert_eq!(report["downloads"], downloads);
    let all = simulation.sales.len();
    assert_eq!(
        report["mails"],
        json!({"sent": all - 3, "owed": 1, "refused": 1, "no_address": 1})
    );
    assert_eq!(
        report["refunds"],
        json!({
            "full": count(|sale| sale.refunded_at.is_some()),
            "partial": count(|sale| sale.refunded_at.is_none() && sale.amount_refunded > 0),
            "disputed": 1,
        })
    );
}

/// Asserts that version `b` sells better, and computes the interval of its revenue from each view.
fn the_test_is_right(report: &Value, simulation: &Simulation) {
    let arms = report["test"]["arms"].as_array().unwrap();
    assert_eq!(arms.len(), 2);
    for (line, name) in arms.iter().zip(["a", "b"]) {
        assert_eq!(line["variant"], name);
        let is_sale = |sale: &Purchase| sale.attribution.variant.as_ref().unwrap().as_str() == name;
        let is_view = |seen: &DayOfViews| seen.variant.as_ref().unwrap().as_str() == name;
        is_that_of(line, simulation, is_sale, is_view);

        let seen = line["views"].as_f64().unwrap();
        let rate = line["sales"].as_f64().unwrap() / seen;
        let conversion = &line["conversion"];
        let at = |end: &str| conversion[end].as_f64().unwrap();
        assert!((at("estimate") - rate).abs() < 1e-12);
        assert!(at("low") < rate && rate < at("high"), "{conversion}");

        for revenue in line["revenue_per_1000_views"].as_array().unwrap() {
            let of_currency = |sale: &&Purchase| {
                is_sale(sale) && paid(sale).currency.code() == revenue["currency"]
            };
            let mut amounts: Vec<f64> = simulation
                .sales
                .iter()
                .filter(of_currency)
                .map(|sale| f64::from(u32::try_from(net(sale)).unwrap()))
                .collect();
            let sold = amounts.len();
            amounts.resize(line["views"].as_u64().unwrap().try_into().unwrap(), 0.0);
            let mean = amounts.iter().sum::<f64>() / seen;
            let squares = amounts.iter().map(|amount| (amount - mean).powi(2));
            let half = 1.96 * (squares.sum::<f64>() / (seen - 1.0) / seen).sqrt();
            // With fewer than ten sales there is no interval.
            let is_spread = revenue["high"].is_u64();
            assert_eq!(is_spread, sold >= 10, "{revenue}");
            let ends = [("estimate", mean), ("high", mean + half)];
            for (end, value) in ends.into_iter().take(if is_spread { 2 } else { 1 }) {
                let found = revenue[end].as_f64().unwrap();
                assert!((found - value * 1000.0).abs() < 2.0, "{end}: {revenue}");
            }
        }
    }
    let verdict = &report["test"]["verdicts"][0];
    assert_eq!(verdict["outcome"], "real", "{verdict}");
    assert_eq!(
        (&verdict["variant"], &verdict["against"]),
        (&json!("b"), &json!("a"))
    );
    assert!(verdict["words"].as_str().unwrap().starts_with("Real: b"));
}

#[tokio::test]
async fn one_product_may_be_asked_for() {
    let world = World::open().await;
    let simulation = simulate(&world.shop).await;
    let event = json!({"from": FROM, "to": TO, "product_id": "wip-1e"});
    let other = report(&world, event).await;
    let is_other = |sale: &&Purchase| product_of(sale) == "wip-1e";
    let (sales, revenue) = revenue(simulation.sales.iter().filter(is_other));
    assert_eq!(
        (&other["sales"], &other["revenue"]),
        (&json!(sales), &revenue)
    );
    // Its own page was never viewed, so its versions cannot be compared.
    assert_eq!(other["views"], 0);
    assert_eq!(other["test"]["verdicts"][0]["outcome"], "not_counted");

    let event = json!({"from": FROM, "to": TO, "product_id": PRODUCT});
    let this = report(&world, event).await;
    assert_eq!(this["by_product"].as_array().unwrap().len(), 1);
    assert_eq!(this["views"], views(&simulation.views).0);
}

/// A page of a query holds a megabyte, so sixty purchases of this size fill three pages.
#[tokio::test]
async fn what_does_not_fit_into_one_answer_is_counted_too() {
    use aws_sdk_dynamodb::types::AttributeValue::{N, S};
    let world = World::open().await;
    let client = aws_client(&world.shop.emulators().aws);
    for number in 0..60 {
        let put = client.put_item().table_name(PURCHASES_TABLE);
        let id = random::new_purchase_id().secret();
        put.item("id", S(id))
            .item("product_id", S(PRODUCT.to_owned()))
            .item("amount_paid", N("2900".to_owned()))
            .item("currency", S("usd".to_owned()))
            .item("bought_at", S(format!("2026-11-05T12:00:{number:02}Z")))
            .item("month", S("2026-11".to_owned()))
            .item("edition_bought", N("1".to_owned()))
            .item("payment_intent", S(format!("pi_{}", "a".repeat(40_000))))
            .send()
            .await
            .unwrap();
    }
    world.faults().clear_calls();
    let event = json!({"from": "2026-11-01", "to": "2026-11-30", "product_id": PRODUCT});
    let report = report(&world, event).await;
    assert_eq!(report["revenue"][0]["net"], 60 * 2900);
    assert_eq!(
        (&report["sales"], &report["downloads"]),
        (&json!(60), &json!(0))
    );
    let table = open(&world, &report, "csv").await;
    assert_eq!(table.lines().count(), 61);
    // Eight queries are for the views, of these days and of those before.
    let calls = world.calls(Service::DynamoDb);
    let queries = calls.iter().filter(|call| *call == "Query").count();
    assert!(queries >= 8 + 3, "{queries}");
}

/// Views, sales, downloads and refunds over HTTP.
#[tokio::test]
async fn what_is_sold_over_the_counter_is_reported() {
    let world = World::open().await;
    let mut links = Vec::new();
    for (variant, email) in [
        ("a", "jane@example.com"),
        ("b", "joe@example.com"),
        ("b", "jim@example.com"),
    ] {
        let fields = [
            ("product_id", PRODUCT),
            ("variant", variant),
            ("source", "newsletter"),
        ];
        for (path, status) in [
            ("/seen", StatusCode::NO_CONTENT),
            ("/buy", StatusCode::SEE_OTHER),
        ] {
            let request = world.http.post(world.url(path)).form(&fields);
            let answer = request.header("user-agent", BROWSER).send().await.unwrap();
            assert_eq!(answer.status(), status);
            if path == "/buy" {
                let page = location(&answer);
                let back = world.pay(page.rsplit('/').next().unwrap(), email).await;
                links.push(location(&world.get(&back).await));
            }
        }
    }
    world.stripe().idle().await;
    for (link, times) in links.iter().zip([2, 1]) {
        for _ in 0..times {
            location(&world.download(link, "pdf").await);
        }
    }
    world.refund(&links[1], Some(900)).await;
    world.refund(&links[2], None).await;
    // A partial refund leaves the link open.
    assert_eq!(world.get(&links[1]).await.status(), StatusCode::OK);
    assert_eq!(world.get(&links[2]).await.status(), StatusCode::GONE);

    let report = report(&world, json!({})).await;
    assert_eq!(
        report["revenue"],
        json!([{"currency": "usd", "sales": 3, "gross": 8700, "refunded": 3800, "net": 4900}])
    );
    assert_eq!(
        report["refunds"],
        json!({"full": 1, "partial": 1, "disputed": 0})
    );
    assert_eq!(
        report["mails"],
        json!({"sent": 3, "owed": 0, "refused": 0, "no_address": 0})
    );
    assert_eq!(report["downloads"], 3);
    assert_eq!(
        (&report["views"], &report["checkouts"]),
        (&json!(3), &json!(3))
    );
    assert_eq!(report["by_campaign"][0]["source"], "newsletter");
    assert_eq!(report["by_edition"][0]["edition"], 1);
    assert_eq!(report["test"]["verdicts"][0]["outcome"], "too_few");
    let table = open(&world, &report, "csv").await;
    for link in &links {
        assert!(table.contains(&id_of(link).reference()));
        assert!(!table.contains(&id_of(link).secret()));
    }
}

#[tokio::test]
async fn a_shop_that_sold_nothing_is_told_so() {
    let world = World::open().await;
    let report = report(&world, Value::Null).await;
    assert_eq!(report["sales"], 0);
    assert_eq!(report["by_day"].as_array().unwrap().len(), 30);
    for list in ["revenue", "by_product", "by_edition", "by_campaign"] {
        assert_eq!(report[list], json!([]), "{list}");
    }
    assert_eq!(report["test"], json!({"arms": [], "verdicts": []}));
    let page = open(&world, &report, "page").await;
    assert!(page.contains("Nothing was earned"));
    assert_eq!(open(&world, &report, "csv").await.lines().count(), 1);
}
