//! A run that goes on does what is left, and no more.

use std::time::Duration;

use bookstall::runtime::clock;
use emulators::faults::{CannedResponse, Effect, Rule, Service};
use push_update::Stop;
use serde_json::{Value, json};
use tests::world::{BOOK, World, location};

use super::run_for;
use crate::an_update_reaches_every_buyer_once::{PRODUCT, notified, push, update};

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
        serde_json::from_str(include_str!("../../../events/publish.json")).unwrap();
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
