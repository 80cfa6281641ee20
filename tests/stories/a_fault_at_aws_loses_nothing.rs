//! A fault at DynamoDB, S3 or SES loses nothing: no purchase, no mail that counts, no download.

use bookstall::{adapters::aws::Aws, runtime::clock};
use emulators::faults::{Rule, Service};
use futures::future::join_all;
use lambda_http::{Body, Request};
use local::fault_console::switches;
use reqwest::StatusCode;
use serde_json::{Value, json};
use stripe_webhook::Webhook;

use crate::an_update_reaches_every_buyer_once::{notified, update};
use tests::state::{NOTHING_CHARGED, PAYMENT_SAFE, ShopState, alone, assert_apology};
use tests::world::{BOOK, LOG, World, completed, id_of, listing, location};

const JANE: &str = "jane@example.com";

/// Faults, and how often each may strike a call before the buyer sees it.
const UNSEEN: [(&str, &str); 3] = [
    ("dynamodb-throttled", "2"),
    ("dynamodb-answer-lost", "1"),
    ("dynamodb-no-answer", "1"),
];
const AT_DYNAMODB: [&str; 4] = [
    "dynamodb-throttled",
    "dynamodb-conflict",
    "dynamodb-answer-lost",
    "dynamodb-no-answer",
];
const AT_S3: [&str; 2] = ["s3-missing", "s3-slow-down"];
const AT_SES: [&str; 5] = [
    "ses-throttled",
    "ses-paused",
    "ses-refused",
    "ses-answer-lost",
    "ses-no-answer",
];

#[test]
fn every_fault_of_awss_is_tried() {
    let all: Vec<_> = switches()
        .into_iter()
        .filter(|switch| ["DynamoDB", "S3", "SES"].contains(&switch.service))
        .map(|switch| switch.name)
        .collect();
    assert_eq!([&AT_DYNAMODB[..], &AT_S3, &AT_SES].concat(), all);
}

#[tokio::test]
async fn what_dynamodb_mends_by_itself_is_not_seen_at_any_step() {
    let story = async |(fault, times): &(&str, &str)| {
        let world = World::open().await;
        world.drop_webhooks();
        world.switch_on(fault, times).await;
        let session = world.buy("wip-2e").await;
        let back = world.pay(&session, JANE).await;
        world.switch_on(fault, times).await;
        let link = location(&world.get(&back).await);
        world.switch_on(fault, times).await;
        assert_eq!(world.get(&link).await.status(), StatusCode::OK);
        world.switch_on(fault, times).await;
        location(&world.download(&link, "pdf").await);
        let four_left = ShopState {
            downloads_left: vec![4],
            ..ShopState::after_sales_to(&[JANE])
        };
        assert_eq!(world.state().await, four_left, "{fault}");
    };
    join_all(UNSEEN.iter().map(story)).await;
}

#[tokio::test]
async fn while_dynamodb_fails_every_step_is_an_apology_and_afterwards_the_sale_goes_on() {
    let story = async |fault: &&str| {
        let world = World::open().await;
        world.drop_webhooks();
        let before = world.purchase("wip-2e", "before@example.com").await;
        let session = world.buy("wip-2e").await;
        let back = world.pay(&session, JANE).await;

        world.switch_on(fault, "").await;
        let event = completed(&session);
        let (buy, back_url) = (world.url("/buy"), back.as_str());
        let (bought, returned, told, looked) = tokio::join!(
            world.post(&buy, &[("product_id", "wip-2e")]),
            world.get(back_url),
            world.webhook(&event),
            world.get(&before),
        );
        assert_apology(bought, NOTHING_CHARGED).await;
        assert_apology(returned, PAYMENT_SAFE).await;
        assert_eq!(told.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_apology(looked, PAYMENT_SAFE).await;
        world.all_off().await;

        // A call that recorded the purchase but got no response holds the claim of its mail for a
        // minute.
        let late = webhook_a_minute_later(&world, &event).await;
        assert_eq!(late, StatusCode::OK, "{fault}");
        location(&world.get(&back).await);
        assert_eq!(
            world.state().await,
            ShopState::after_sales_to(&["before@example.com", JANE]),
            "{fault}"
        );
    };
    join_all(AT_DYNAMODB.iter().map(story)).await;
}

/// Calls `fulfil` with this event, as if Stripe had sent it more than a minute later.
async fn webhook_a_minute_later(world: &World, event: &Value) -> StatusCode {
    let aws = Aws::at(world.shop.emulators().aws.clone());
    let shop = fulfil::Shop::open(&world.shop.environment(), &aws).unwrap();
    let later = clock::now().plus_seconds(61);
    let body = event.to_string();
    let signature = Webhook::generate_test_header(&body, "whsec_local", Some(later.unix()));
    let request = Request::new(Body::Text(body));
    let (mut parts, body) = request.into_parts();
    parts.method = lambda_http::http::Method::POST;
    parts
        .headers
        .insert("stripe-signature", signature.parse().unwrap());
    let answer = fulfil::handle(&shop, Request::from_parts(parts, body), later).await;
    StatusCode::from_u16(answer.status().as_u16()).unwrap()
}

#[tokio::test]
async fn a_download_that_fails_is_taken_only_where_nobody_can_know() {
    let story = async |fault: &&str| {
        let world = World::open().await;
        let link = world.purchase("wip-2e", JANE).await;
        // The function has cached the catalogue, so that the download itself fails.
        assert_eq!(world.get(&link).await.status(), StatusCode::OK);
        world.switch_on(fault, "").await;
        assert_apology(world.download(&link, "pdf").await, PAYMENT_SAFE).await;
        world.all_off().await;
        // If DynamoDB acts and every response is lost, one download may be gone. No fault loses
        // more, and none gives a download too many.
        let left = if *fault == "dynamodb-answer-lost" {
            4
        } else {
            5
        };
        let after = ShopState {
            downloads_left: vec![left],
            ..ShopState::after_sales_to(&[JANE])
        };
        assert_eq!(world.state().await, after, "{fault}");
        location(&world.download(&link, "pdf").await);
    };
    join_all(AT_DYNAMODB.iter().map(story)).await;
}

/// The number of sales. Five calls at once compete in DynamoDB to record each.
const RACES: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 16)]
async fn two_hundred_sales_each_told_by_five_at_once_are_two_hundred_purchases_and_mails() {
    let _alone = alone().await;
    let world = World::open().await;
    world.drop_webhooks();
    let buyers: Vec<_> = (0..RACES)
        .map(|buyer| format!("{buyer}@example.com"))
        .collect();
    let buyers: Vec<_> = buyers.iter().map(String::as_str).collect();
    world.sell_told_by_five("wip-2e", &buyers).await;
    assert_eq!(world.state().await, ShopState::after_sales_to(&buyers));
}

/// The number of sales while all services fail now and then.
const IN_THE_STORM: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 16)]
async fn sixty_sales_while_every_service_fails_now_and_then_leave_nobody_without_book_or_mail() {
    let _alone = alone().await;
    let world = World::open().await;
    world.try_webhooks_once();
    world.switch_on("webhook-doubled", "").await;
    for rule in [
        Rule::dynamodb_throttled().one_of(4),
        Rule::stripe_5xx().on_path("/v1/").one_of(5),
        Rule::not_json(Service::Stripe).on_path("/v1/").one_of(7),
        Rule::ses_throttled().on("SendEmail").one_of(2),
    ] {
        world.faults().add(rule);
    }
    let buyers: Vec<_> = (0..IN_THE_STORM)
        .map(|buyer| format!("{buyer}@example.com"))
        .collect();
    let buyers: Vec<_> = buyers.iter().map(String::as_str).collect();
    let sale = async |buyer: &&str| {
        let fields = [("product_id", "wip-2e")];
        let page = loop {
            let answer = world.post(&world.url("/buy"), &fields).await;
            if answer.status() == StatusCode::SEE_OTHER {
                break location(&answer);
            }
            assert_apology(answer, NOTHING_CHARGED).await;
        };
        let back = world.pay(page.rsplit('/').next().unwrap(), buyer).await;
        loop {
            let answer = world.get(&back).await;
            if answer.status() == StatusCode::SEE_OTHER {
                break;
            }
            assert_apology(answer, PAYMENT_SAFE).await;
        }
    };
    for ten in buyers.chunks(10) {
        join_all(ten.iter().map(sale)).await;
    }
    world.stripe().idle().await;
    world.all_off().await;
    // A claim that could not be released runs out after a minute.
    for session in world.list_at_stripe("checkout/sessions").await {
        let event = completed(session["id"].as_str().unwrap());
        let answer = webhook_a_minute_later(&world, &event).await;
        assert_eq!(answer, StatusCode::OK);
    }
    let mut state = world.state().await;
    // If a checkout was opened but the response came too late, nobody knows its address. If a mail
    // could not be marked, it was sent a second time.
    assert!(state.sessions >= IN_THE_STORM);
    state.sessions = IN_THE_STORM;
    state.mails.dedup();
    assert_eq!(state, ShopState::after_sales_to(&buyers));
}

#[tokio::test]
async fn a_missing_file_is_found_before_it_is_sold_and_before_anyone_is_told() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    let listing = listing("tidy-rust");
    // An update without files announces the files that are in the catalogue.
    let of_old_files = json!({"book": BOOK, "version": "2nd edition, 2.2"});
    for fault in AT_S3 {
        world.switch_on(fault, "").await;
        let words = match fault {
            "s3-missing" => "in the bucket; upload it first",
            _ => "Failed to look for a book's file",
        };
        for (function, event) in [
            ("PublishFunction", &listing),
            ("PushUpdateFunction", &update()),
            ("PushUpdateFunction", &of_old_files),
        ] {
            let error = world.invoke(function, event).await.unwrap_err();
            let message = error["errorMessage"].as_str().unwrap();
            assert!(message.contains(words), "{fault}, {function}: {message}");
        }
        world.all_off().await;
        let buy = world
            .post(&world.url("/buy"), &[("product_id", "tidy-rust")])
            .await;
        assert_eq!(buy.status(), StatusCode::NOT_FOUND, "{fault}");
        assert_eq!(
            world.private_page(&link).await["books"][0]["version"],
            "2nd edition"
        );
    }
    assert_eq!(world.state().await, ShopState::after_sales_to(&[JANE]));

    world.invoke("PublishFunction", &listing).await.unwrap();
    world.invoke("PushUpdateFunction", &update()).await.unwrap();
    assert_eq!(notified(&world), [JANE]);
}

#[tokio::test]
async fn while_ses_does_not_send_the_buyer_has_the_link_and_the_mail_follows_once() {
    let story = async |fault: &&str| {
        let world = World::open().await;
        world.drop_webhooks();
        let session = world.buy("wip-2e").await;
        let back = world.pay(&session, JANE).await;
        world.switch_on(fault, "").await;
        let link = location(&world.get(&back).await);
        assert_eq!(world.get(&link).await.status(), StatusCode::OK);
        let event = completed(&session);
        let answer = world.webhook(&event).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{fault}");
        world.all_off().await;
        let without_mail = ShopState {
            mails: Vec::new(),
            ..ShopState::after_sales_to(&[JANE])
        };
        assert_eq!(world.state().await, without_mail, "{fault}");

        if *fault == "ses-no-answer" {
            // Nobody knows whether a mail went out, so the next attempt waits.
            let answer = world.webhook(&event).await;
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{fault}");
            assert_eq!(world.state().await, without_mail, "{fault}");
            world.an_hour_passes(&link).await;
        }
        for _ in 0..3 {
            assert_eq!(world.webhook(&event).await.status(), StatusCode::OK);
        }
        assert_eq!(
            world.state().await,
            ShopState::after_sales_to(&[JANE]),
            "{fault}"
        );
    };
    let sends_nothing = ["ses-throttled", "ses-paused", "ses-no-answer"];
    join_all(sends_nothing.iter().map(story)).await;
}

#[tokio::test]
async fn a_mail_that_went_out_though_the_answer_was_lost_is_sent_twice_and_no_more() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, JANE).await;
    world.switch_on("ses-answer-lost", "1").await;
    let link = location(&world.get(&back).await);
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);
    assert_eq!(world.state().await, ShopState::after_sales_to(&[JANE]));

    // Nobody can know whether it arrived, so there will be a second one, but not at once.
    let event = completed(&session);
    let answer = world.webhook(&event).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    world.an_hour_passes(&link).await;
    for _ in 0..3 {
        assert_eq!(
            world.webhook(&completed(&session)).await.status(),
            StatusCode::OK
        );
    }
    let with_a_second_mail = ShopState {
        mails: vec![JANE.to_owned(); 2],
        ..ShopState::after_sales_to(&[JANE])
    };
    assert_eq!(world.state().await, with_a_second_mail);
    assert!(world.mails().iter().all(|mail| mail.text.contains(&link)));
}

#[tokio::test]
async fn an_address_that_is_refused_for_good_is_noted_and_told_and_not_tried_again() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, JANE).await;
    world.switch_on("ses-refused", "").await;
    let link = location(&world.get(&back).await);
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);
    world.faults().clear_calls();
    for _ in 0..3 {
        assert_eq!(
            world.webhook(&completed(&session)).await.status(),
            StatusCode::OK
        );
    }
    assert!(world.calls(Service::Ses).is_empty());
    world.all_off().await;

    assert!(
        world
            .find_purchase(&link)
            .await
            .unwrap()
            .mail_refused_at
            .is_some()
    );
    let reference = id_of(&link).reference();
    let log = LOG.text();
    let mut lines = log.lines().filter(|line| line.contains(&reference));
    assert!(lines.any(|line| line.contains("ERROR") && line.contains("refused for good")));
    let without_mail = ShopState {
        mails: Vec::new(),
        ..ShopState::after_sales_to(&[JANE])
    };
    assert_eq!(world.state().await, without_mail);
}
