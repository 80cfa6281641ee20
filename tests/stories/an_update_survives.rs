//! An update survives whatever breaks on the way: nobody is forgotten, nobody told twice.

use std::{collections::HashMap, time::Duration};

use bookstall::{
    adapters::aws::Aws,
    domain::{delivery::NotMailed, request_id::RequestId, timestamp::Timestamp},
    runtime::{clock, invocation::Invocation},
};
use emulators::{
    dynamodb::PURCHASES_TABLE,
    faults::{CannedResponse, Effect, Rule, Service},
};
use push_update::{PushAnswer, Pushed, Stop};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::an_update_reaches_every_buyer_once::{PRODUCT, notified, push, update};
use tests::world::{BOOK, World, aws_client, location};

/// Runs `push-update` at a given time.
async fn run_at(world: &World, id: &str, now: Timestamp) -> Pushed {
    run_for(world, id, now, 900).await
}

/// Runs `push-update` at a given time, with this many seconds until its deadline.
async fn run_for(world: &World, id: &str, now: Timestamp, seconds: i64) -> Pushed {
    let aws = Aws::at(world.shop.emulators().aws.clone());
    let shop = push_update::Shop::open(&world.shop.environment(), &aws).unwrap();
    let run = Invocation {
        id: RequestId(id.to_owned()),
        began: now,
        deadline: now.plus_seconds(seconds),
        clock: || now,
    };
    match push_update::handle(&shop, update(), &run).await.unwrap() {
        PushAnswer::Pushed(pushed) => pushed,
        PushAnswer::Tried { .. } => unreachable!("the event asks for no trial"),
    }
}

/// Runs the function and kills it when it is about to read the response to this call.
async fn killed_at(world: &World, service: Service, operation: &str, effect: Effect) {
    let running = Box::pin(run_at(world, "killed", clock::now()));
    world.kill_at((service, operation, effect), running).await;
}

fn later() -> Timestamp {
    clock::now().plus_seconds(61)
}

#[tokio::test]
async fn killed_before_the_mail_went_out_it_is_sent_when_the_claim_is_stale() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    killed_at(&world, Service::Ses, "SendEmail", Effect::NoAnswer).await;
    assert!(notified(&world).is_empty());

    let at_once = run_at(&world, "second", clock::now()).await;
    let under_way = at_once.skipped.of(NotMailed::UnderWay);
    assert_eq!((at_once.sent, under_way, at_once.owed), (0, 1, 1));
    let later = run_at(&world, "third", later()).await;
    assert_eq!((later.sent, later.owed), (1, 0));
    assert_eq!(notified(&world), ["jane@example.com"]);
}

#[tokio::test]
async fn killed_between_mail_and_mark_there_is_a_second_mail_and_never_a_missing_one() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    killed_at(&world, Service::Ses, "SendEmail", Effect::ActThenNoAnswer).await;
    assert_eq!(notified(&world).len(), 1);
    assert_eq!(run_at(&world, "second", later()).await.owed, 0);
    assert_eq!(notified(&world).len(), 2);
    assert_eq!(run_at(&world, "third", later()).await.sent, 0);
}

/// The calls at which a run is killed.
const KILLED_AT: [(&str, Effect); 6] = [
    ("GetItem", Effect::NoAnswer),
    ("TransactWriteItems", Effect::NoAnswer),
    ("TransactWriteItems", Effect::ActThenNoAnswer),
    ("Query", Effect::NoAnswer),
    ("UpdateItem", Effect::NoAnswer),
    ("UpdateItem", Effect::ActThenNoAnswer),
];

#[tokio::test]
async fn killed_at_any_call_to_dynamodb_the_next_run_finishes() {
    for (operation, effect) in KILLED_AT {
        let world = World::open().await;
        let link = world.purchase(PRODUCT, "jane@example.com").await;
        killed_at(&world, Service::DynamoDb, operation, effect.clone()).await;
        let pushed = run_at(&world, "second", later()).await;
        assert_eq!(
            (pushed.edition, pushed.sent, pushed.owed),
            (2, 1, 0),
            "{operation} {effect:?}"
        );
        assert_eq!(
            notified(&world),
            ["jane@example.com"],
            "{operation} {effect:?}"
        );
        assert_eq!(world.find_purchase(&link).await.unwrap().edition, 2);
    }
}

#[tokio::test]
async fn when_ses_throttles_every_second_mail_all_are_sent_once() {
    let world = World::open().await;
    let names: Vec<_> = (0..12)
        .map(|number| format!("buyer{number:02}@example.com"))
        .collect();
    for name in &names {
        world.purchase(PRODUCT, name).await;
    }
    world
        .faults()
        .add(Rule::ses_throttled().on("SendEmail").one_of(2));
    let mut owed = push(&world).await["owed"].as_u64().unwrap();
    while owed > 0 {
        owed = push(&world).await["owed"].as_u64().unwrap();
    }
    assert_eq!(notified(&world), names);
}

#[tokio::test]
async fn a_blank_a_malformed_and_a_refused_address_hold_nobody_up() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    let refused = world.purchase(PRODUCT, "gone@refused.example").await;
    for (number, email) in ["", "not an address"].into_iter().enumerate() {
        put_purchase(&world, number, email).await;
    }
    world.purchase(PRODUCT, "joe@example.com").await;

    let pushed = push(&world).await;
    assert_eq!(
        pushed,
        json!({"edition": 2, "sent": 2, "mailed": 2, "failed": 0, "skipped": {"no_address": 2, "address_refused": 1}, "owed": 0})
    );
    assert_eq!(notified(&world), ["jane@example.com", "joe@example.com"]);
    // SES refused the receipt, too. The buyer has seen the link, and has all downloads.
    let refused = world.find_purchase(&refused).await.unwrap();
    assert!(
        refused.mail_refused_at.is_some() && refused.edition == 2 && refused.downloads_left == 5
    );
}

/// Puts a purchase whose address the shop would not have recorded.
async fn put_purchase(world: &World, number: usize, email: &str) {
    use aws_sdk_dynamodb::types::AttributeValue::{M, N, S};
    let client = aws_client(&world.shop.emulators().aws);
    let put = client
        .put_item()
        .table_name(PURCHASES_TABLE)
        .item(
            "id",
            S(format!("00000000-0000-4000-8000-00000000000{number}")),
        )
        .item("book_id", S(BOOK.to_owned()))
        .item("product_id", S(PRODUCT.to_owned()))
        .item("amount_paid", N("2900".to_owned()))
        .item("currency", S("usd".to_owned()))
        .item("bought_at", S("2020-01-01T00:00:00Z".to_owned()))
        .item("downloads_per_edition", N("5".to_owned()))
        .item("downloads_left", N("5".to_owned()))
        .item("takes", M(HashMap::new()))
        .item("edition", N("1".to_owned()))
        .item("edition_bought", N("1".to_owned()));
    let put = if email.is_empty() {
        put
    } else {
        put.item("email", S(email.to_owned()))
    };
    put.send().await.unwrap();
}

#[tokio::test]
async fn who_is_refunded_between_two_runs_hears_nothing_of_the_second() {
    let world = World::open().await;
    let link = world.purchase(PRODUCT, "jane@example.com").await;
    world.purchase(PRODUCT, "joe@example.com").await;
    let failing = world
        .faults()
        .add(Rule::new(Service::Ses, Effect::CloseConnection).on("SendEmail"));
    assert_eq!(push(&world).await["owed"], 2);
    world.faults().remove(failing);

    world.refund(&link, None).await;
    assert_eq!(push(&world).await["sent"], 1);
    assert_eq!(notified(&world), ["joe@example.com"]);
}

#[tokio::test]
async fn a_run_whose_time_is_nearly_up_tells_nobody_more_and_says_so() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    let now = clock::now();
    let last_minute = run_for(&world, "late", now, 60).await;
    assert_eq!(
        (last_minute.sent, last_minute.owed, last_minute.stopped),
        (0, 1, Some(Stop::Time))
    );
    let in_time = run_for(&world, "in time", now, 61).await;
    assert_eq!((in_time.sent, in_time.owed, in_time.stopped), (1, 0, None));
}

/// The answer counts what was sent, and another run finds out what is left.
#[tokio::test]
async fn a_run_that_cannot_count_who_is_left_answers_that_somebody_may_be() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    let denied = CannedResponse::json(400, r#"{"__type":"AccessDeniedException","message":"no"}"#);
    let denied = Rule::new(Service::DynamoDb, Effect::Answer(denied));
    // The queries count and list the buyers who are owed a mail, find Jane's other purchases, and
    // count again.
    let at_the_last = world.faults().add(denied.on("Query").one_of(4));
    let first = push(&world).await;
    assert_eq!((&first["sent"], &first["owed"]), (&json!(1), &json!(1)));
    world.faults().remove(at_the_last);

    let second = push(&world).await;
    assert_eq!((&second["sent"], &second["owed"]), (&json!(0), &json!(0)));
    assert_eq!(notified(&world), ["jane@example.com"]);
}

#[tokio::test]
async fn an_older_purchase_whose_mail_was_refused_silences_no_newer_one() {
    let world = World::open().await;
    let rule = world
        .faults()
        .add(Rule::ses_refused("Address is on the suppression list"));
    world.purchase(PRODUCT, "jane@example.com").await;
    world.faults().remove(rule);
    world.purchase(PRODUCT, "jane@example.com").await;
    assert_eq!(push(&world).await["owed"], 0);
    assert_eq!(notified(&world), ["jane@example.com"]);
}

#[tokio::test]
async fn a_mail_that_ses_refuses_for_its_content_burns_nobodys_address() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    let rule = world
        .faults()
        .add(Rule::ses_refused("The message contains invalid content"));
    let pushed = push(&world).await;
    assert_eq!((&pushed["failed"], &pushed["owed"]), (&json!(1), &json!(1)));
    world.faults().remove(rule);
    assert_eq!(push(&world).await["sent"], 1);
}

#[tokio::test]
async fn a_domain_of_another_alphabet_is_written_in_punycode() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@bücher.example").await;
    assert_eq!(push(&world).await["sent"], 1);
    assert_eq!(notified(&world), ["jane@xn--bcher-kva.example"]);
}

#[tokio::test]
async fn when_the_days_quota_is_used_up_the_rest_is_owed_and_follows_the_next_day() {
    let world = World::open().await;
    for name in ["a", "b", "c", "d"] {
        world
            .purchase(PRODUCT, &format!("{name}@example.com"))
            .await;
    }
    let mailbox = &world.shop.emulators().mailbox;
    let mut limits = mailbox.limits();
    // Two mails of the update beside the four receipts. A tenth of the quota, one mail, stays free.
    limits.max_24_hour_send = Some(mailbox.count() + 3);
    mailbox.set_limits(limits.clone());
    let first = push(&world).await;
    assert_eq!(
        (&first["sent"], &first["owed"], &first["stopped"]),
        (&json!(2), &json!(2), &json!("quota"))
    );
    let late = world.purchase(PRODUCT, "late@example.com").await;
    let receipt = world.mails().pop().unwrap();
    assert!(receipt.to == ["late@example.com"] && receipt.text.contains(&late));
    let again = push(&world).await;
    assert_eq!(
        (&again["sent"], &again["stopped"]),
        (&json!(0), &json!("quota"))
    );

    limits.max_24_hour_send = None;
    mailbox.set_limits(limits);
    assert_eq!(push(&world).await["owed"], 0);
    assert_eq!(
        notified(&world),
        [
            "a@example.com",
            "b@example.com",
            "c@example.com",
            "d@example.com"
        ]
    );
}

#[tokio::test]
async fn however_ses_says_that_the_days_quota_is_used_up_the_push_waits_for_it() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    for (status, code) in [
        (400, "ThrottlingException"),
        (400, "LimitExceededException"),
        (429, "TooManyRequestsException"),
    ] {
        let body = json!({"__type": code, "message": "Daily message quota exceeded."});
        let answer = Effect::Answer(CannedResponse::json(status, &body.to_string()));
        let rule = Rule::new(Service::Ses, answer).on("SendEmail");
        let rule = world.faults().add(rule);
        let pushed = push(&world).await;
        assert_eq!(
            (&pushed["stopped"], &pushed["owed"]),
            (&json!("quota"), &json!(1)),
            "{code}"
        );
        world.faults().remove(rule);
    }
    assert_eq!(push(&world).await["sent"], 1);
}

/// SES sends every mail, and every response is lost.
#[tokio::test]
async fn a_buyer_of_whose_mails_nobody_hears_gets_three_and_is_named_uncertain() {
    let world = World::open().await;
    let link = world.purchase(PRODUCT, "jane@example.com").await;
    world
        .faults()
        .add(Rule::answer_lost(Service::Ses).on("SendEmail"));
    for run in 1..=5 {
        let pushed = push(&world).await;
        let (failed, uncertain, owed) = match run {
            1 | 2 => (json!(1), json!(null), json!(1)),
            3 => (json!(0), json!(1), json!(0)),
            _ => (json!(0), json!(null), json!(0)),
        };
        assert_eq!(
            (&pushed["failed"], &pushed["uncertain"], &pushed["owed"]),
            (&failed, &uncertain, &owed),
            "run {run}"
        );
    }
    assert_eq!(notified(&world).len(), 3);
    let purchase = world.find_purchase(&link).await.unwrap();
    assert!(purchase.mail_uncertain_at.is_some() && purchase.edition == 2);
    for _ in 0..2 {
        let run = world.invoke("ReconcileFunction", &json!({})).await.unwrap();
        let why = run["undelivered"][0]["why"].as_str().unwrap();
        assert!(why.contains("nobody knows whether"), "{why}");
    }
}

/// Otherwise each buyer would lose one of three attempts.
#[tokio::test]
async fn a_push_stops_when_ses_answers_nobody() {
    const BUYERS: usize = 100;
    let world = World::open().await;
    for number in 0..BUYERS {
        let buyer = format!("buyer{number}@example.com");
        world.record_purchase(PRODUCT, &buyer).await;
    }
    let rule = Rule::close_connection(Service::Ses).on("SendEmail");
    let rule = world.faults().add(rule);
    let pushed = push(&world).await;
    assert_eq!(
        (&pushed["stopped"], &pushed["sent"], &pushed["owed"]),
        (&json!("unanswered"), &json!(0), &json!(BUYERS))
    );
    let failed = pushed["failed"].as_u64().unwrap();
    assert!((10..90).contains(&failed), "{failed}");
    world.faults().remove(rule);
    assert_eq!(push(&world).await["sent"], BUYERS);
}

/// The rate, by the name that is in no model: it is waited for like the other.
#[tokio::test]
async fn a_mail_that_was_too_fast_is_sent_in_the_same_run_whatever_ses_calls_that() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    let body =
        json!({"__type": "ThrottlingException", "message": "Maximum sending rate exceeded."});
    let answer = Effect::Answer(CannedResponse::json(400, &body.to_string()));
    let rule = Rule::new(Service::Ses, answer).on("SendEmail").times(1);
    world.faults().add(rule);
    assert_eq!(push(&world).await["sent"], 1);
}

#[tokio::test]
async fn when_ses_has_paused_the_account_nobody_is_marked_and_the_answer_says_so() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    let mailbox = &world.shop.emulators().mailbox;
    let mut limits = mailbox.limits();
    limits.paused = true;
    mailbox.set_limits(limits.clone());
    let pushed = push(&world).await;
    assert_eq!(
        (&pushed["owed"], &pushed["stopped"]),
        (&json!(1), &json!("blocked"))
    );
    limits.paused = false;
    mailbox.set_limits(limits);
    assert_eq!(push(&world).await["sent"], 1);
}

#[tokio::test]
async fn a_sender_whose_address_is_not_verified_is_not_taken_for_a_refused_buyer() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    let rule = Rule::ses_refused(
        "Email address is not verified. The following identities failed: books@x",
    );
    let rule = world.faults().add(rule.on("SendEmail"));
    let pushed = push(&world).await;
    assert_eq!(
        (&pushed["owed"], &pushed["stopped"]),
        (&json!(1), &json!("blocked"))
    );
    world.faults().remove(rule);
    assert_eq!(push(&world).await["sent"], 1);
}

#[tokio::test]
async fn an_older_version_after_a_newer_one_is_refused() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    push(&world).await;
    let newer = json!({"book": BOOK, "version": "3rd edition"});
    assert_eq!(
        world.invoke("PushUpdateFunction", &newer).await.unwrap()["edition"],
        3
    );
    let error = world
        .invoke("PushUpdateFunction", &update())
        .await
        .unwrap_err();
    let message = error["errorMessage"].as_str().unwrap();
    assert!(
        message.contains("“2nd edition, 2.1” was pushed before, and “3rd edition” after it"),
        "{message}"
    );
    assert_eq!(notified(&world).len(), 1);
}

#[tokio::test]
async fn a_run_that_goes_on_leaves_what_was_published_since() {
    let world = World::open().await;
    let link = world.purchase(PRODUCT, "jane@example.com").await;
    let failing = world
        .faults()
        .add(Rule::close_connection(Service::Ses).on("SendEmail"));
    assert_eq!(push(&world).await["owed"], 1);
    world.faults().remove(failing);
    let mut correction: Value =
        serde_json::from_str(include_str!("../../events/publish.json")).unwrap();
    correction["books"][BOOK]["version"] = json!("2nd edition, 2.1");
    let published = world.invoke("PublishFunction", &correction).await.unwrap();
    assert_eq!(published["books"].as_object().unwrap().len(), 1);

    let mut resume = update();
    resume["resume"] = json!(true);
    let pushed = world.invoke("PushUpdateFunction", &resume).await.unwrap();
    assert_eq!((&pushed["sent"], &pushed["owed"]), (&json!(1), &json!(0)));
    let location = location(&world.download(&link, "pdf").await);
    assert!(location.contains("/2e.pdf?"), "{location}");
    assert_eq!(
        world.invoke("PublishFunction", &correction).await.unwrap()["books"],
        json!({})
    );
}

#[tokio::test]
async fn a_run_that_goes_on_after_a_newer_edition_ends_without_an_error() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    push(&world).await;
    let newer = json!({"book": BOOK, "version": "3rd edition"});
    world.invoke("PushUpdateFunction", &newer).await.unwrap();
    let mut resume = update();
    resume["resume"] = json!(true);
    assert_eq!(
        world.invoke("PushUpdateFunction", &resume).await.unwrap(),
        json!({"edition": 0, "sent": 0, "mailed": 0, "failed": 0, "skipped": {}, "owed": 0, "stopped": "superseded"})
    );
    assert_eq!(notified(&world).len(), 1);
}

#[tokio::test]
async fn a_run_that_finds_a_newer_edition_leaves_the_telling_to_its_run() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    let failing = world
        .faults()
        .add(Rule::new(Service::Ses, Effect::CloseConnection).on("SendEmail"));
    push(&world).await;
    world.faults().remove(failing);
    let newer = json!({"book": BOOK, "version": "3rd edition"});
    let pushed = world.invoke("PushUpdateFunction", &newer).await.unwrap();
    assert_eq!(
        pushed,
        json!({"edition": 3, "sent": 1, "mailed": 1, "failed": 0, "skipped": {}, "owed": 0})
    );
    assert_eq!(world.mails().len(), 2);
}

#[tokio::test]
async fn who_bought_twice_gets_one_mail_and_both_links_their_downloads() {
    let world = World::open().await;
    let first = world.purchase(PRODUCT, "jane@example.com").await;
    let second = world.purchase(PRODUCT, "Jane@Example.com").await;
    for link in [&first, &second] {
        world.download(link, "pdf").await;
    }
    let pushed = push(&world).await;
    assert_eq!(
        (&pushed["sent"], &pushed["skipped"], &pushed["owed"]),
        (&json!(1), &json!({"another_purchase": 1}), &json!(0))
    );
    for link in [&first, &second] {
        assert_eq!(world.find_purchase(link).await.unwrap().downloads_left, 5);
    }
}

#[tokio::test]
async fn who_unsubscribed_gets_no_mail_and_the_new_edition_all_the_same() {
    let world = World::open().await;
    let link = world.purchase(PRODUCT, "jane@example.com").await;
    let unsubscribe = format!("{link}/unsubscribe");
    let unsubscribed_at = async || world.find_purchase(&link).await.unwrap().unsubscribed_at;

    // A mail scanner follows the link. Only the page's button, or that of the mail program, counts.
    let page = world.get(&unsubscribe).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(
        page.text()
            .await
            .unwrap()
            .contains("Send me no more of these")
    );
    assert!(unsubscribed_at().await.is_none());
    let one_click = world
        .post(&unsubscribe, &[("List-Unsubscribe", "One-Click")])
        .await;
    assert_eq!(one_click.status(), StatusCode::OK);
    assert!(unsubscribed_at().await.is_some());
    world.post(&unsubscribe, &[("subscription", "on")]).await;
    assert!(unsubscribed_at().await.is_none());
    let part = "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
    let request = world
        .http
        .post(&unsubscribe)
        .header("content-type", "multipart/form-data; boundary=x")
        .body(part);
    let in_parts = request.send().await.unwrap();
    assert_eq!(in_parts.status(), StatusCode::OK);
    assert!(unsubscribed_at().await.is_some());

    world.download(&link, "pdf").await;
    let pushed = push(&world).await;
    assert_eq!(
        pushed,
        json!({"edition": 2, "sent": 0, "mailed": 0, "failed": 0, "skipped": {"unsubscribed": 1}, "owed": 0})
    );
    assert_eq!(
        world.private_page(&link).await["books"][0]["downloads_left"],
        5
    );
    assert_eq!(
        world.private_page(&link).await["books"][0]["version"],
        "2nd edition, 2.1"
    );

    let again = world.post(&unsubscribe, &[("subscription", "on")]).await;
    assert!(
        again
            .text()
            .await
            .unwrap()
            .contains("Send me no more of these")
    );
    let newer = json!({"book": BOOK, "version": "3rd edition"});
    assert_eq!(
        world.invoke("PushUpdateFunction", &newer).await.unwrap()["sent"],
        1
    );
}

#[tokio::test]
async fn an_unknown_link_cannot_be_unsubscribed() {
    let world = World::open().await;
    let url = world.url("/00000000-0000-4000-8000-000000000000/unsubscribe");
    assert_eq!(world.get(&url).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(world.post(&url, &[]).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(world.purchases().await, 0);
}

#[tokio::test]
async fn the_mail_can_be_unsubscribed_with_one_click_and_says_what_is_new() {
    let world = World::open().await;
    let link = world.purchase(PRODUCT, "jane@example.com").await;
    push(&world).await;
    let mail = world.mails().pop().unwrap();
    assert_eq!(
        mail.header("List-Unsubscribe"),
        Some(&*format!("<{link}/unsubscribe>"))
    );
    assert_eq!(
        mail.header("List-Unsubscribe-Post"),
        Some("List-Unsubscribe=One-Click")
    );
    assert!(
        mail.text.contains("- A new chapter on match."),
        "{}",
        mail.text
    );
    assert!(
        mail.html
            .contains("<li>A new chapter on <code>match</code>.</li>")
    );
    let page = world.get(&link).await.text().await.unwrap();
    assert!(page.contains("New in this edition") && page.contains("<code>match</code>"));
}

#[tokio::test]
async fn a_dry_run_and_a_test_mail_change_nothing() {
    let world = World::open().await;
    let link = world.purchase(PRODUCT, "jane@example.com").await;
    let unsubscribed = world.purchase(PRODUCT, "joe@example.com").await;
    world
        .post(&format!("{unsubscribed}/unsubscribe"), &[])
        .await;
    let refunded = world.purchase(PRODUCT, "jim@example.com").await;
    world.refund(&refunded, None).await;
    let before = world.find_purchase(&link).await;

    let mut event = update();
    event["dry_run"] = json!(true);
    event["test_to"] = json!("ada@bookstall.example");
    let tried: Value = world.invoke("PushUpdateFunction", &event).await.unwrap();
    let preflight = &tried["dry_run"];
    assert_eq!(
        (
            &preflight["edition"],
            &preflight["purchases"],
            &preflight["addresses"]
        ),
        (&json!(2), &json!(3), &json!(1))
    );
    assert_eq!(
        preflight["not_mailed"],
        json!({"refunded": 1, "unsubscribed": 1})
    );
    assert_eq!(preflight["account"]["in_sandbox"], false);
    assert!(
        preflight["mail"]["subject"]
            .as_str()
            .unwrap()
            .contains("2nd edition, 2.1")
    );
    assert_eq!(tried["test_sent"], true);

    let mail = world.mails().pop().unwrap();
    assert_eq!(mail.to, ["ada@bookstall.example"]);
    assert!(!mail.text.contains(&link));
    assert_eq!(world.find_purchase(&link).await, before);
    assert_eq!(
        world.private_page(&link).await["books"][0]["version"],
        "2nd edition"
    );
}

#[tokio::test]
async fn the_state_machine_goes_on_until_nobody_is_owed_a_mail() {
    let world = World::open().await;
    for name in ["a", "b", "c"] {
        world
            .purchase(PRODUCT, &format!("{name}@example.com"))
            .await;
    }
    world.faults().add(
        Rule::close_connection(Service::Ses)
            .on("SendEmail")
            .times(1),
    );
    let call = async |operation: &str, request: Value| -> Value {
        let target = format!("AWSStepFunctions.{operation}");
        let request = world
            .http
            .post(world.url("/"))
            .header("x-amz-target", target)
            .json(&request);
        request.send().await.unwrap().json().await.unwrap()
    };
    let machine = "arn:aws:states:us-east-1:123456789012:stateMachine:PushUpdate";
    let input = json!({"stateMachineArn": machine, "input": update().to_string()});
    let execution = call("StartExecution", input).await["executionArn"].clone();
    let end = loop {
        let state = call("DescribeExecution", json!({"executionArn": execution})).await;
        if state["status"] != "RUNNING" {
            break state;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(end["status"], "SUCCEEDED", "{end}");
    assert_eq!(
        notified(&world),
        ["a@example.com", "b@example.com", "c@example.com"]
    );
}
