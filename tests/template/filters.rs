//! What the metric filters count, held against lines that the functions really write.

use std::collections::{BTreeMap, BTreeSet};

use bookstall::{
    adapters::aws::Aws,
    domain::request_id::RequestId,
    runtime::{clock, invocation::Invocation, log::target_filter},
};
use emulators::{
    faults::{CannedResponse, Effect, Rule, Service},
    ses::Mail,
};
use lambda_http::tracing::{
    level_filters::LevelFilter,
    subscriber::{fmt, prelude::*, registry, util::SubscriberInitExt},
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{BOOK, Log, World, completed};

use crate::cloudformation::{Template, resolve};

/// A metric filter: the log that it reads, what it counts there, and as what.
struct Filter {
    log: String,
    pattern: String,
    metric: String,
}

fn filters() -> Vec<Filter> {
    let template = Template::read();
    let filters = template.resources("AWS::Logs::MetricFilter");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    filters
        .map(|(_, filter)| {
            let properties = resolve(&filter["Properties"]);
            let metric = &properties["MetricTransformations"][0];
            assert_eq!(metric["MetricNamespace"], "AWS::StackName");
            Filter {
                log: text(&properties["LogGroupName"]),
                pattern: text(&properties["FilterPattern"]),
                metric: text(&metric["MetricName"]),
            }
        })
        .collect()
}

/// The metrics that lines of a log count for, each with how many of them.
fn counted(log: &str, lines: &[Value]) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for filter in filters().into_iter().filter(|filter| filter.log == log) {
        let matching = lines.iter().filter(|line| matches(&filter.pattern, line));
        *counted.entry(filter.metric).or_default() += matching.count();
    }
    counted.retain(|_, count| *count > 0);
    counted
}

/// Whether a line is what a pattern describes: `{ $.a = "b" && $.c >= 0 && $.d IS TRUE }`.
fn matches(pattern: &str, line: &Value) -> bool {
    let terms = pattern.strip_prefix("{ ").unwrap();
    let terms = terms.strip_suffix(" }").unwrap();
    terms.split(" && ").all(|term| {
        let (selector, condition) = term.split_once(' ').unwrap();
        let pointer = selector.strip_prefix('$').unwrap().replace('.', "/");
        let found = line.pointer(&pointer).unwrap_or(&Value::Null);
        match condition.split_once(' ').unwrap() {
            ("=", "\"*\"") => found.is_string(),
            ("=", text) => *found == unquoted(text),
            ("!=", text) => !found.is_null() && *found != unquoted(text),
            (">=", number) => found.as_f64() >= Some(number.parse().unwrap()),
            ("IS", "TRUE") => *found == true,
            other => panic!("these tests do not know {other:?}"),
        }
    })
}

fn unquoted(text: &str) -> &str {
    let text = text.strip_prefix('"').unwrap();
    text.strip_suffix('"').unwrap()
}

/// What a shop logs while something happens, as lines of JSON, as on Lambda.
async fn logged(happens: impl AsyncFnOnce()) -> Vec<Value> {
    let log = Log::default();
    let writer = log.clone();
    let lines = fmt::layer()
        .with_target(false)
        .json()
        .with_span_list(false)
        .with_writer(move || writer.clone())
        .with_filter(target_filter(LevelFilter::INFO));
    let guard = registry().with(lines).set_default();
    happens().await;
    drop(guard);
    let lines = log.text();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A line of API Gateway's access log.
fn accessed(route: &str, status: u16) -> Value {
    json!({"route": route, "status": status.to_string()})
}

#[test]
fn whatever_alarms_and_dashboard_show_of_the_shop_is_counted() {
    let template = Template::read();
    let counted: BTreeSet<_> = filters().into_iter().map(|filter| filter.metric).collect();
    let mut shown = BTreeSet::new();
    for (_, alarm) in template.resources("AWS::CloudWatch::Alarm") {
        let alarm = resolve(&alarm["Properties"]);
        if alarm["Namespace"] == "AWS::StackName" {
            shown.insert(alarm["MetricName"].as_str().unwrap().to_owned());
        }
    }
    let dashboard = resolve(&template.properties("Dashboard")["DashboardBody"]);
    let dashboard: Value = serde_json::from_str(dashboard.as_str().unwrap()).unwrap();
    for widget in dashboard["widgets"].as_array().unwrap() {
        let metrics = widget["properties"]["metrics"].as_array();
        let mut namespace = Value::Null;
        for metric in metrics.into_iter().flatten() {
            // A dot or three repeat what stands above.
            if metric[0] != "." && metric[0] != "..." {
                namespace = metric[0].clone();
            }
            if namespace == "AWS::StackName" {
                shown.insert(metric[1].as_str().unwrap().to_owned());
            }
        }
    }
    assert_eq!(counted, shown);
}

/// Anybody can post nonsense to the address of the webhook, as often as its limit lets them.
#[tokio::test]
async fn a_webhook_with_a_bad_signature_counts_for_nothing() {
    let world = World::open().await;
    let lines = logged(async || {
        let forged = world.http.post(world.url("/stripe"));
        let forged = forged.header("stripe-signature", "t=1,v1=00").body("{}");
        let answer = forged.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    })
    .await;
    assert_eq!(counted("FulfilLog", &lines), BTreeMap::new());
    let access = [accessed("POST /stripe", 400)];
    assert_eq!(counted("AccessLog", &access), BTreeMap::new());
}

#[tokio::test]
async fn a_sale_whose_mail_fails_counts_as_unfinished() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy("wip-2e").await;
    world.pay(&session, "jane@example.com").await;
    world.faults().add(Rule::ses_throttled());
    let lines = logged(async || {
        let webhook = world.webhook(&completed(&session)).await;
        assert_eq!(webhook.status(), StatusCode::SERVICE_UNAVAILABLE);
    })
    .await;
    assert_eq!(
        counted("FulfilLog", &lines),
        [("Unfinished".to_owned(), 1)].into()
    );
}

/// No retry mends it: the buyer is not asked for one, and the author is told.
#[tokio::test]
async fn what_stripe_will_not_sell_counts_as_that_and_a_moments_failure_does_not() {
    let world = World::open().await;
    let refusal = r#"{"error": {"type": "invalid_request_error", "code": "amount_too_small", "message": "The Checkout Session's total amount is too small."}}"#;
    let refused = Effect::Answer(CannedResponse::json(400, refusal));
    let refused = Rule::new(Service::Stripe, refused).on("POST /v1/checkout/sessions");
    for (fault, expected, words) in [
        (refused, 1, "Trying again will not help"),
        (Rule::stripe_5xx(), 0, "try again in a minute"),
    ] {
        world.faults().clear();
        world.faults().add(fault);
        let lines = logged(async || {
            let answer = world
                .post(&world.url("/buy"), &[("product_id", "wip-2e")])
                .await;
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
            let page = answer.text().await.unwrap();
            assert!(
                page.contains(words) && page.contains("Nothing was charged"),
                "{page}"
            );
        })
        .await;
        let counted = counted("BuyLog", &lines);
        assert_eq!(
            counted.get("NotForSale").copied().unwrap_or_default(),
            expected
        );
    }
}

/// Until the author makes it or mends it, no buyer buys and no webhook is accepted.
#[tokio::test]
async fn a_secret_that_cannot_be_read_counts_as_that_and_as_unfinished() {
    for fault in ["secrets-missing", "secrets-denied", "secrets-undecryptable"] {
        let world = World::open_with_secret(&[]).await;
        world.switch_on(fault, "").await;
        let lines = logged(async || {
            let buy = world.url("/buy");
            let answer = world.post(&buy, &[("product_id", "wip-2e")]).await;
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
            let page = answer.text().await.unwrap();
            assert!(page.contains("Trying again will not help"), "{page}");
        })
        .await;
        assert_eq!(counted("BuyLog", &lines)["NotForSale"], 1, "{fault}");
        let lines = logged(async || {
            let answer = world.webhook(&completed("cs_test_1")).await;
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        })
        .await;
        assert_eq!(counted("FulfilLog", &lines)["Unfinished"], 1, "{fault}");
    }
}

/// The buyer has the link on their screen and nowhere else.
#[tokio::test]
async fn a_receipt_that_its_address_refuses_counts_as_unfinished() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, "gone@refused.example").await;
    let lines = logged(async || {
        let answer = world.get(&back).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    })
    .await;
    assert_eq!(
        counted("FulfilLog", &lines),
        [("Unfinished".to_owned(), 1)].into()
    );
}

/// Once, however often the buyer and Stripe come: then `reconcile` lists it.
#[tokio::test]
async fn a_sale_without_an_address_counts_as_unfinished_once() {
    let world = World::open().await;
    let lines = logged(async || {
        let session = world.buy("wip-2e").await;
        let back = world.pay(&session, "\"jane\"@example.com").await;
        for _ in 0..2 {
            assert_eq!(world.get(&back).await.status(), StatusCode::SEE_OTHER);
        }
        world.stripe().idle().await;
        world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    })
    .await;
    assert_eq!(
        counted("FulfilLog", &lines),
        [("Unfinished".to_owned(), 1)].into()
    );
}

/// The answer is the same to everybody, so the buyer does not learn that their mail failed.
#[tokio::test]
async fn a_lost_link_that_is_not_mailed_counts_as_unfinished() {
    let world = World::open().await;
    world.purchase("wip-2e", "jane@example.com").await;
    world.faults().add(Rule::ses_throttled());
    let lines = logged(async || {
        let ask = [("email", "jane@example.com")];
        let answer = world.post(&world.url("/resend"), &ask).await;
        assert_eq!(answer.status(), StatusCode::OK);
    })
    .await;
    assert_eq!(
        counted("ResendLog", &lines),
        [("Unfinished".to_owned(), 1)].into()
    );
}

/// Whatever is wrong with SES, the buyer is told no lie, and the author hears of it.
#[tokio::test]
async fn lost_links_that_a_broken_ses_does_not_mail_ring_and_are_not_promised() {
    for rule in [
        Rule::close_connection(Service::Ses),
        Rule::not_json(Service::Ses),
        Rule::ses_refused("Address is on the suppression list"),
    ] {
        let world = World::open().await;
        world.purchase("wip-2e", "jane@example.com").await;
        world.faults().add(rule);
        let mut answers = Vec::new();
        let lines = logged(async || {
            for address in ["jane@example.com", "nobody@example.com"] {
                let url = world.url("/resend");
                let answer = world.post(&url, &[("email", address)]).await;
                answers.push(answer.text().await.unwrap());
            }
        })
        .await;
        assert_eq!(answers[0], answers[1]);
        assert!(!answers[0].contains("on their way"), "{}", answers[0]);
        assert!(answers[0].contains("a mail can fail"), "{}", answers[0]);
        assert_eq!(
            counted("ResendLog", &lines),
            [("Unfinished".to_owned(), 1)].into()
        );
    }
}

#[tokio::test]
async fn a_sale_that_goes_well_counts_for_nothing() {
    let world = World::open().await;
    let lines = logged(async || {
        world.purchase("wip-2e", "jane@example.com").await;
        let ask = [("email", "jane@example.com")];
        world.post(&world.url("/resend"), &ask).await;
    })
    .await;
    let is_link = |mail: &Mail| mail.subject.starts_with("Your link to");
    assert!(world.mails().iter().any(is_link));
    for log in ["FulfilLog", "ResendLog"] {
        assert_eq!(counted(log, &lines), BTreeMap::new());
    }
    let access = [
        accessed("POST /stripe", 200),
        accessed("GET /paid/{session_id}", 303),
    ];
    assert_eq!(counted("AccessLog", &access), BTreeMap::new());
}

#[tokio::test]
async fn a_run_of_reconcile_counts_what_it_repaired_and_whether_it_was_cut_short() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy("wip-2e").await;
    world.pay(&session, "jane@example.com").await;
    let run = async |seconds| {
        let aws = Aws::at(world.shop.emulators().aws.clone());
        let shop = reconcile::Shop::open(&world.shop.environment(), &aws).unwrap();
        let began = clock::now();
        let run = Invocation {
            id: RequestId("run".to_owned()),
            began,
            deadline: began.plus_seconds(seconds),
            clock: clock::now,
        };
        reconcile::handle(&shop, json!({}), &run).await.unwrap();
    };
    let metrics = |counts: &[&str]| -> BTreeMap<_, _> {
        counts
            .iter()
            .map(|metric| ((*metric).to_owned(), 1))
            .collect()
    };
    // Every run says how many it repaired, be it none.
    let always = ["SalesRepaired", "SalesNotRepaired"];
    let hurried = logged(async || run(40).await).await;
    let cut_short = [&always[..], &["RunsCutShort"]].concat();
    assert_eq!(counted("ReconcileLog", &hurried), metrics(&cut_short));
    let next = logged(async || run(900).await).await;
    assert_eq!(counted("ReconcileLog", &next), metrics(&always));
}

#[tokio::test]
async fn an_update_that_waits_for_quota_counts_as_that() {
    let world = World::open().await;
    world.purchase("wip-2e", "jane@example.com").await;
    let mailbox = &world.shop.emulators().mailbox;
    let mut limits = mailbox.limits();
    let push = async || {
        let event = json!({"book": BOOK, "version": "2.1"});
        world.invoke("PushUpdateFunction", &event).await.unwrap()
    };
    limits.max_24_hour_send = Some(mailbox.count());
    mailbox.set_limits(limits.clone());
    let waits = logged(async || assert_eq!(push().await["stopped"], "quota")).await;
    let expected = ["BuyersOwed", "QuotaWaits"].map(|metric| (metric.to_owned(), 1));
    assert_eq!(counted("PushUpdateLog", &waits), expected.into());

    limits.max_24_hour_send = None;
    mailbox.set_limits(limits);
    let resumed = logged(async || assert_eq!(push().await["owed"], 0)).await;
    assert_eq!(
        counted("PushUpdateLog", &resumed),
        [("BuyersOwed".to_owned(), 1)].into()
    );
}

/// It is tried three times, and nobody knows whether the buyer has it.
#[tokio::test]
async fn a_mail_of_an_update_that_stays_uncertain_counts_as_unfinished() {
    let world = World::open().await;
    world.purchase("wip-2e", "jane@example.com").await;
    let unanswered = Rule::close_connection(Service::Ses);
    world.faults().add(unanswered.on("SendEmail"));
    let aws = Aws::at(world.shop.emulators().aws.clone());
    let shop = push_update::Shop::open(&world.shop.environment(), &aws).unwrap();
    let push = async |minutes: i64| {
        let now = || clock::now().plus_seconds(minutes * 60 + minutes);
        let run = Invocation {
            id: RequestId(format!("run {minutes}")),
            began: now(),
            deadline: now().plus_seconds(900),
            clock: now,
        };
        let event = json!({"book": BOOK, "version": "2.1"});
        push_update::handle(&shop, event, &run).await.unwrap();
    };
    let tries = logged(async || {
        push(0).await;
        push(1).await;
    })
    .await;
    let owed = ("BuyersOwed".to_owned(), 2);
    assert_eq!(counted("PushUpdateLog", &tries), [owed].into());
    let last = logged(async || push(2).await).await;
    let expected = ["BuyersOwed", "Unfinished"].map(|metric| (metric.to_owned(), 1));
    assert_eq!(counted("PushUpdateLog", &last), expected.into());
}

#[test]
fn a_buyer_who_is_turned_away_counts_and_a_view_does_not() {
    for (route, expected) in [("POST /buy", 1), ("POST /stripe", 1), ("POST /seen", 0)] {
        let counted = counted("AccessLog", &[accessed(route, 429)]);
        let turned_away = counted.get("TurnedAway").copied().unwrap_or_default();
        assert_eq!(turned_away, expected, "{route}");
    }
}
