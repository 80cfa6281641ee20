//! Which page sells better: views and checkouts are counted by day, arm and campaign, nothing is
//! kept of who looked, and counting never costs a sale.

use std::collections::{BTreeMap, HashMap};

use bookstall::{
    adapters::{
        aws::Aws,
        views::{DayOfViews, Views},
    },
    domain::{
        attribution::CampaignLabel, product::ProductId, request_id::RequestId, timestamp::Date,
    },
    runtime::clock,
};
use emulators::{
    dynamodb::VIEWS_TABLE,
    faults::{Effect, Rule, Service},
};
use futures::future::join_all;
use reqwest::{Body, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use tests::world::{BROWSER, LOG, World, aws_client, location};

/// Arm, campaign, views and checkouts of each counter of a product.
type Counts<'a> = &'a [(&'a str, &'a str, u64, u64)];

async fn read(world: &World, product: &str, from: Date, to: Date) -> Vec<DayOfViews> {
    let aws = Aws::at(world.shop.emulators().aws.clone());
    let views = Views::open(&aws, VIEWS_TABLE.to_owned());
    let product = ProductId::parse(product).unwrap();
    let counted = views.read(&product, from, to, 100_000).await.unwrap();
    counted.unwrap()
}

/// Asserts the counters of a product of today and, in case the test runs over midnight, yesterday.
async fn is_counted(world: &World, product: &str, expected: Counts<'_>) {
    let yesterday = clock::now().plus_seconds(-24 * 60 * 60).date();
    let mut sums = BTreeMap::new();
    let text =
        |label: Option<CampaignLabel>| label.map_or(String::new(), |label| label.as_str().into());
    for counted in read(world, product, yesterday, clock::now().date()).await {
        let sum = sums
            .entry((text(counted.variant), text(counted.source)))
            .or_insert((0, 0));
        *sum = (sum.0 + counted.views, sum.1 + counted.checkouts);
    }
    let sums: Vec<_> = sums
        .iter()
        .map(|((arm, campaign), (views, checkouts))| {
            (arm.as_str(), campaign.as_str(), *views, *checkouts)
        })
        .collect();
    assert_eq!(sums, expected);
}

/// Every counter in the table, as DynamoDB has it.
async fn table(world: &World) -> Vec<String> {
    let client = aws_client(&world.shop.emulators().aws);
    let answer = client.scan().table_name(VIEWS_TABLE).send().await.unwrap();
    let counts = |item: &&HashMap<_, _>| !item.contains_key("labels");
    let items = answer.items().iter().filter(counts);
    items.map(|item| format!("{item:?}")).collect()
}

fn seen(world: &World) -> RequestBuilder {
    let request = world.http.post(world.url("/seen"));
    request.header("user-agent", BROWSER)
}

async fn is_answered(request: RequestBuilder, status: StatusCode) {
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), status);
    assert_eq!(answer.text().await.unwrap(), "");
}

fn fields<'a>(variant: &'a str, source: &'a str) -> [(&'static str, &'a str); 3] {
    [
        ("product_id", "wip-2e"),
        ("variant", variant),
        ("source", source),
    ]
}

fn buy(world: &World, variant: &str, source: &str) -> RequestBuilder {
    let request = world.http.post(world.url("/buy"));
    request
        .header("user-agent", BROWSER)
        .form(&fields(variant, source))
}

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

/// With a form for the hosted page, and with JSON for the overlay.
#[tokio::test]
async fn a_checkout_is_counted_beside_the_views_and_the_purchase_knows_its_origin() {
    let world = World::open().await;
    let view = seen(&world).form(&fields("b", "newsletter"));
    is_answered(view, StatusCode::NO_CONTENT).await;

    let page = location(&buy(&world, "b", "newsletter").send().await.unwrap());
    let hosted = page.rsplit('/').next().unwrap().to_owned();
    let overlay = world.http.post(world.url("/buy"));
    let overlay = overlay
        .header("user-agent", BROWSER)
        .header("accept", "application/json")
        .json(&json!({"product_id": "wip-2e", "variant": "b", "source": "newsletter"}));
    let overlay: Value = overlay.send().await.unwrap().json().await.unwrap();
    let secret = overlay["client_secret"].as_str().unwrap();
    let (overlay, _) = secret.split_once("_secret_").unwrap();
    is_counted(&world, "wip-2e", &[("b", "newsletter", 1, 2)]).await;

    for session in [&hosted, overlay] {
        let back = world.pay(session, "jane@example.com").await;
        let link = location(&world.get(&back).await);
        let attribution = world.find_purchase(&link).await.unwrap().attribution;
        assert_eq!(attribution.variant.unwrap().as_str(), "b");
        assert_eq!(attribution.source.unwrap().as_str(), "newsletter");
    }
    let unknown = world.http.post(world.url("/buy"));
    let unknown = unknown.header("user-agent", BROWSER);
    let unknown = unknown.form(&[("product_id", "nothing")]).send().await;
    assert_eq!(unknown.unwrap().status(), StatusCode::NOT_FOUND);
    is_counted(&world, "wip-2e", &[("b", "newsletter", 1, 2)]).await;
}

/// The page can pass the answer on to its statistics, because nothing in it opens the purchase.
#[tokio::test]
async fn a_page_is_told_what_is_being_bought() {
    let world = World::open().await;
    let answer = ask(&world, &[("product_id", "wip-2e")]).await;
    assert_eq!(answer["product"], "Writing Idiomatic Python");
    assert_eq!(
        (&answer["value"], &answer["currency"]),
        (&json!("29.00"), &json!("USD"))
    );
    assert_eq!(answer["return_url"], Value::Null);

    let fields = [("product_id", "wip-2e"), ("on_completion", "stay")];
    let answer = ask(&world, &fields).await;
    let return_url = answer["return_url"].as_str().unwrap();
    let session = return_url.strip_prefix(&world.url("/paid/")).unwrap();
    let at_stripe = world
        .ask_stripe(&format!("checkout/sessions/{session}"))
        .await;
    assert_eq!(at_stripe["redirect_on_completion"], "if_required");
    world.pay(session, "jane@example.com").await;
    let link = location(&world.get(return_url).await);
    let id = link.rsplit('/').next().unwrap();
    assert_eq!(answer["reference"], id[..8]);
    assert!(!answer.to_string().contains(id));

    let hosted = World::open_with_variables(&[("STRIPE_PUBLISHABLE_KEY", "")]);
    let answer = ask(&hosted.await, &fields).await;
    assert!(answer["url"].as_str().unwrap().contains("/c/pay/"));
    assert_eq!(
        (&answer["value"], &answer["currency"]),
        (&json!("29.00"), &json!("USD"))
    );
    assert_eq!(answer["return_url"], Value::Null);
}

async fn ask(world: &World, fields: &[(&str, &str)]) -> Value {
    let request = world.http.post(world.url("/buy"));
    let request = request.header("accept", "application/json").form(fields);
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_counter_that_fails_or_is_silent_costs_no_sale() {
    let world = World::open().await;
    for fault in [
        Rule::dynamodb_throttled(),
        Rule::new(Service::DynamoDb, Effect::CloseConnection),
        Rule::new(Service::DynamoDb, Effect::NoAnswer),
    ] {
        world.faults().add(fault.on("UpdateItem"));
        let answer = buy(&world, "a", "").send().await.unwrap();
        world.faults().clear();
        let session = location(&answer).rsplit('/').next().unwrap().to_owned();
        let back = world.pay(&session, "jane@example.com").await;
        let link = location(&world.get(&back).await);
        assert_eq!(world.get(&link).await.status(), StatusCode::OK);
    }
    is_counted(&world, "wip-2e", &[]).await;
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
