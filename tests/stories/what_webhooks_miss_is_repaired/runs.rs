//! Which period a run looks at, how long, and what it says.

use bookstall::{
    adapters::aws::Aws,
    domain::request_id::RequestId,
    runtime::{clock, invocation::Invocation},
};
use reconcile::Reconciled;
use serde_json::{Value, json};
use tests::world::LOG;

use super::{PRODUCT, cut_off, grow_old, reconcile, repaired, sell_and_close};

#[tokio::test]
async fn what_is_older_than_the_asked_days_is_left_and_can_be_asked_for() {
    let world = cut_off().await;
    let session = sell_and_close(&world, PRODUCT, "jane@example.com").await;
    grow_old(&world, &session, "10").await;
    assert_eq!(reconcile(&world).await, repaired(0, 0));
    let answer = world
        .invoke("ReconcileFunction", &json!({"days": 11}))
        .await;
    assert_eq!(answer.unwrap(), repaired(1, 1));
}

#[tokio::test]
async fn a_run_whose_time_is_up_says_that_something_remains_and_another_does_it() {
    let world = cut_off().await;
    sell_and_close(&world, PRODUCT, "jane@example.com").await;
    let run = async |seconds| -> Reconciled {
        let aws = Aws::at(world.shop.emulators().aws.clone());
        let shop = reconcile::Shop::open(&world.shop.environment(), &aws).unwrap();
        let began = clock::now();
        let run = Invocation {
            id: RequestId("run".to_owned()),
            began,
            deadline: began.plus_seconds(seconds),
            clock: clock::now,
        };
        reconcile::handle(&shop, json!({}), &run).await.unwrap()
    };
    let hurried = run(40).await;
    assert_eq!((hurried.repaired, hurried.remaining), (0, true));
    assert_eq!(world.purchases().await, 0);
    let next = run(900).await;
    assert_eq!((next.repaired, next.remaining), (1, false));
}

#[tokio::test]
async fn a_run_by_the_clock_leaves_fresh_sales_to_their_webhooks() {
    let world = cut_off().await;
    let session = sell_and_close(&world, PRODUCT, "jane@example.com").await;
    let schedule = include_str!("../../../events/reconcile-schedule.json");
    let schedule: Value = serde_json::from_str(schedule).unwrap();
    let by_the_clock = async || world.invoke("ReconcileFunction", &schedule).await.unwrap();
    assert_eq!(by_the_clock().await, repaired(0, 0));
    grow_old(&world, &session, "1").await;
    assert_eq!(by_the_clock().await, repaired(1, 1));
}

#[tokio::test]
async fn what_was_repaired_is_told_in_the_log_by_ids() {
    let world = cut_off().await;
    let session = sell_and_close(&world, PRODUCT, "jane@example.com").await;
    let payment = world.payment_of_session(&session).await;
    reconcile(&world).await;
    let log = LOG.text();
    let told = log
        .lines()
        .any(|line| line.contains("sale repaired") && line.contains(&payment));
    assert!(told, "the log does not tell of the repair");
}

#[tokio::test]
async fn a_wrong_event_is_refused_with_its_field_and_a_right_one() {
    let world = cut_off().await;
    sell_and_close(&world, PRODUCT, "jane@example.com").await;
    for (event, field) in [
        (
            json!({"days": 0}),
            "`days`: expected a whole number of days from 1 to 30",
        ),
        (
            json!({"days": "3"}),
            "`days`: expected a whole number of days from 1 to 30",
        ),
        (json!({"since": 3}), "`since`: there is no such field"),
    ] {
        let error = world.invoke("ReconcileFunction", &event).await.unwrap_err();
        let message = error["errorMessage"].as_str().unwrap();
        assert!(message.contains(field), "{message}");
        assert!(
            message.contains(r#"A right event: {"days": 3}"#),
            "{message}"
        );
    }
    assert_eq!(world.purchases().await, 0);
}
