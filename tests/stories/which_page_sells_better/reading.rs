//! The counters are read by days, and a report does without them if there are too many.

use bookstall::{
    adapters::{aws::Aws, views::DayOfViews},
    domain::{attribution::CampaignLabel, request_id::RequestId, timestamp::Date},
    runtime::clock,
};
use emulators::dynamodb::VIEWS_TABLE;
use reqwest::StatusCode;
use serde_json::json;
use tests::world::{World, aws_client};

use super::{fields, is_answered, read, seen};

/// Whatever has come into the table, sales and their table are not lost for it.
#[tokio::test]
async fn a_report_of_too_many_labels_leaves_the_views_out_and_says_so() {
    let world = World::open().await;
    world.purchase("wip-2e", "jane@example.com").await;
    for source in ["a", "b", "c", "d"] {
        let request = seen(&world).form(&fields("a", source));
        is_answered(request, StatusCode::NO_CONTENT).await;
    }
    let report = async |most_counters: usize| {
        let aws = Aws::at(world.shop.emulators().aws.clone());
        let shop = report::Shop::open(&world.shop.environment(), &aws).unwrap();
        let shop = shop.with_most_counters(most_counters);
        let id = RequestId("report".to_owned());
        let report = report::handle(&shop, json!({}), &id, clock::now()).await;
        report.unwrap()
    };
    let few = report(3).await;
    let note = few.views_note.unwrap();
    assert!(
        note.contains("Page views and checkouts are left out"),
        "{note}"
    );
    assert_eq!(few.figures.total.views, 0);
    assert_eq!(few.figures.total.revenue.sales, 1);
    let page = world.get(&few.page).await.text().await.unwrap();
    assert!(page.contains(note), "{page}");
    let table = world.get(&few.csv.unwrap()).await.text().await.unwrap();
    assert!(table.contains("jane@example.com"), "{table}");

    let all = report(100).await;
    assert_eq!((all.views_note, all.figures.total.views), (None, 4));
}

#[tokio::test]
async fn a_range_of_days_is_what_is_read() {
    let world = World::open().await;
    let client = aws_client(&world.shop.emulators().aws);
    for (page, counted, views) in [
        ("wip-2e#0", "2026-10-31##", 1),
        ("wip-2e#0", "2026-11-01#a#", 2),
        ("wip-2e#3", "2026-11-01#a#", 3),
        ("wip-2e#1", "2026-11-02#b#spring sale", 4),
        ("wip-2e#2", "2026-11-03##", 5),
        ("wip-2e-pdf#0", "2026-11-01##", 6),
    ] {
        use aws_sdk_dynamodb::types::AttributeValue::{N, S};
        let put = client.put_item().table_name(VIEWS_TABLE);
        let put = put
            .item("page", S(page.to_owned()))
            .item("counted", S(counted.to_owned()))
            .item("views", N(views.to_string()));
        put.send().await.unwrap();
    }
    let day = |text: &str| Date::parse(text).unwrap();
    let counted = read(&world, "wip-2e", day("2026-11-01"), day("2026-11-02")).await;
    let expected = [
        (day("2026-11-01"), "a", None, 5),
        (
            day("2026-11-02"),
            "b",
            CampaignLabel::parse("spring sale"),
            4,
        ),
    ];
    let expected = expected.map(|(day, variant, source, views)| DayOfViews {
        is_rest: false,
        day,
        variant: CampaignLabel::parse(variant),
        source,
        views,
        checkouts: 0,
    });
    assert_eq!(counted, expected);
}
