//! Views are counted by arm and campaign, and nothing is kept of who looked.

use bookstall::{adapters::views::DayOfViews, domain::attribution::CampaignLabel, runtime::clock};
use emulators::faults::{Effect, Rule, Service};
use futures::future::join_all;
use reqwest::{Body, StatusCode};
use serde_json::json;
use tests::world::{BROWSER, LOG, World};

use super::{buy, fields, is_answered, is_counted, read, seen, table};

#[tokio::test]
async fn views_are_counted_by_arm_and_campaign() {
    let world = World::open().await;
    for (variant, source) in [("a", ""), ("b", ""), ("b", ""), ("b", "newsletter")] {
        let request = seen(&world).form(&fields(variant, source));
        is_answered(request, StatusCode::NO_CONTENT).await;
    }
    let other = seen(&world).form(&[("product_id", "wip-1e")]);
    is_answered(other, StatusCode::NO_CONTENT).await;
    let expected = [("a", "", 1, 0), ("b", "", 2, 0), ("b", "newsletter", 1, 0)];
    is_counted(&world, "wip-2e", &expected).await;
    is_counted(&world, "wip-1e", &[("", "", 1, 0)]).await;
    is_counted(&world, "wip-2e-pdf", &[]).await;
}

#[tokio::test]
async fn fifty_views_at_once_are_fifty() {
    let world = World::open().await;
    let views = (0..50).map(|_| seen(&world).form(&fields("a", "")).send());
    for answer in join_all(views).await {
        assert_eq!(answer.unwrap().status(), StatusCode::NO_CONTENT);
    }
    is_counted(&world, "wip-2e", &[("a", "", 50, 0)]).await;
    // The views are spread over four keys.
    assert_eq!(table(&world).await.len(), 4);
}

/// Anybody can make labels up, and the page's own must still be told apart.
#[tokio::test]
async fn made_up_labels_share_one_counter_when_a_day_has_had_two_hundred() {
    let world = World::open().await;
    let view = async |source: &str| {
        let request = seen(&world).form(&fields("a", source));
        is_answered(request, StatusCode::NO_CONTENT).await;
    };
    // Every shard knows them.
    for _ in 0..40 {
        view("newsletter").await;
    }
    for number in 0..500 {
        view(&format!("made up {number}")).await;
    }
    view("newsletter").await;
    is_answered(buy(&world, "b", "another"), StatusCode::SEE_OTHER).await;
    let yesterday = clock::now().plus_seconds(-24 * 60 * 60).date();
    let counted = read(&world, "wip-2e", yesterday, clock::now().date()).await;
    let count = |named: &dyn Fn(&DayOfViews) -> bool| -> (u64, u64) {
        let found = counted.iter().filter(|counted| named(counted));
        found.fold((0, 0), |sum, one| {
            (sum.0 + one.views, sum.1 + one.checkouts)
        })
    };
    let is_newsletter = |counted: &DayOfViews| counted.source == CampaignLabel::parse("newsletter");
    assert_eq!(count(&is_newsletter), (41, 0));
    assert!(counted.len() <= 201, "{} counters", counted.len());
    let (views, checkouts) = count(&|counted| counted.is_rest);
    assert!((300..=500).contains(&views), "{views} views");
    assert_eq!(checkouts, 1);
    assert_eq!(count(&|_| true), (541, 1));
}

/// As a form, as JSON, and as the text that `sendBeacon` makes of either.
#[tokio::test]
async fn a_view_may_be_told_in_any_way() {
    let world = World::open().await;
    let form = "product_id=wip-2e&variant=a";
    let json = json!({"product_id": "wip-2e", "variant": "a"}).to_string();
    for (kind, body) in [
        (
            Some("application/x-www-form-urlencoded;charset=UTF-8"),
            form,
        ),
        (Some("text/plain;charset=UTF-8"), form),
        (None, form),
        (Some("application/json"), &json),
        (Some("text/plain;charset=UTF-8"), &json),
    ] {
        let request = seen(&world).body(body.to_owned());
        let request = match kind {
            Some(kind) => request.header("content-type", kind),
            None => request,
        };
        is_answered(request, StatusCode::NO_CONTENT).await;
    }
    is_counted(&world, "wip-2e", &[("a", "", 5, 0)]).await;
}

#[tokio::test]
async fn nonsense_is_answered_like_sense_and_not_counted() {
    let world = World::open().await;
    let long = format!("product_id=wip-2e&source={}", "a".repeat(990));
    for body in [
        "",
        "product_id=",
        "product_id=nothing",
        "product_id=WIP-2E",
        "product_id=wip-2e%23",
        "variant=a",
        "%zz&&&===",
        "{",
        "{\"product_id\": 7}",
        "[]",
        "\u{0}",
    ] {
        let request = seen(&world).body(body.to_owned());
        is_answered(request, StatusCode::NO_CONTENT).await;
    }
    let no_text = seen(&world).body(Body::from(b"\xff\xfe".to_vec()));
    is_answered(no_text, StatusCode::NO_CONTENT).await;
    assert_eq!(table(&world).await, [""; 0]);

    // A body that is too long is refused; a label that is malformed is left out.
    is_answered(
        seen(&world).body(format!("{long}{}", "a".repeat(10))),
        StatusCode::PAYLOAD_TOO_LARGE,
    )
    .await;
    assert_eq!(table(&world).await, [""; 0]);
    is_answered(seen(&world).body(long), StatusCode::NO_CONTENT).await;
    let labels = "product_id=wip-2e&variant=<b>&source=a%23b";
    is_answered(seen(&world).body(labels), StatusCode::NO_CONTENT).await;
    is_counted(&world, "wip-2e", &[("", "", 2, 0)]).await;
}

#[tokio::test]
async fn robots_and_those_who_object_are_not_counted() {
    let world = World::open().await;
    let url = world.url("/seen");
    let robot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
    for (path, answer) in [
        ("/seen", StatusCode::NO_CONTENT),
        ("/buy", StatusCode::SEE_OTHER),
    ] {
        let url = world.url(path);
        let post = || world.http.post(&url).form(&fields("a", ""));
        for request in [
            post(),
            post().header("user-agent", robot),
            post().header("user-agent", BROWSER).header("sec-gpc", "1"),
            post().header("user-agent", BROWSER).header("dnt", "1"),
        ] {
            assert_eq!(request.send().await.unwrap().status(), answer, "{path}");
        }
    }
    assert_eq!(table(&world).await, [""; 0]);
    let get = world.http.get(url).header("user-agent", BROWSER);
    assert_eq!(get.send().await.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_view_that_cannot_be_counted_disturbs_nobody() {
    let world = World::open().await;
    let request = || seen(&world).form(&fields("a", ""));
    for fault in [
        Rule::dynamodb_throttled(),
        Rule::new(Service::DynamoDb, Effect::CloseConnection),
        Rule::new(Service::DynamoDb, Effect::NoAnswer),
    ] {
        world.faults().add(fault);
        is_answered(request(), StatusCode::NO_CONTENT).await;
        world.faults().clear();
    }
    is_counted(&world, "wip-2e", &[]).await;
    is_answered(request(), StatusCode::NO_CONTENT).await;
    is_counted(&world, "wip-2e", &[("a", "", 1, 0)]).await;
}

#[tokio::test]
async fn nothing_is_kept_of_who_looked() {
    let world = World::open().await;
    let marks = [
        "UnmistakableBrowser",
        "198.51.100.77",
        "unmistakable-cookie",
    ];
    for path in ["/seen", "/buy"] {
        let request = world
            .http
            .post(world.url(path))
            .header("user-agent", format!("Mozilla/5.0 (X11) {}/1.0", marks[0]))
            .header("x-forwarded-for", marks[1])
            .header("cookie", format!("id={}", marks[2]))
            .form(&fields("a", "newsletter"));
        assert!(request.send().await.unwrap().status().as_u16() < 400);
    }
    is_counted(&world, "wip-2e", &[("a", "newsletter", 1, 1)]).await;
    let (table, log) = (table(&world).await.join("\n"), LOG.text());
    for mark in marks {
        assert!(!table.contains(mark), "the table has {mark}");
        assert!(!log.contains(mark), "the log has {mark}");
    }
    for known in ["page", "counted", "views", "checkouts", "expires_at"] {
        assert!(table.contains(known), "{table}");
    }
}
