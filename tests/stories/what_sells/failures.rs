//! What is asked for wrongly, and what fails.

use emulators::faults::{Rule, Service};
use serde_json::json;
use tests::{
    simulation::{FROM, PRODUCT, TO},
    world::World,
};

use super::report;

#[tokio::test]
async fn a_wrong_event_is_refused_before_anything_is_read() {
    let world = World::open().await;
    world.faults().clear_calls();
    for (event, part) in [
        (json!({"from": "yesterday"}), "`from`: expected a day"),
        (json!({"from": "2026-02-30"}), "`from`: expected a day"),
        (
            json!({"from": TO, "to": FROM}),
            "`from`: expected a day that is not after",
        ),
        (json!({"from": "2020-01-01", "to": TO}), "at most 366 days"),
        (
            json!({"product": PRODUCT}),
            "`product`: there is no such field",
        ),
    ] {
        let error = world.invoke("ReportFunction", &event).await.unwrap_err();
        assert_eq!(error["errorType"], "WrongEvent");
        let message = error["errorMessage"].as_str().unwrap();
        assert!(
            message.contains(part) && message.contains("A right event: {"),
            "{message}"
        );
    }
    assert_eq!(world.calls(Service::DynamoDb), [""; 0]);
    let unknown = json!({"product_id": "nothing"});
    let error = world.invoke("ReportFunction", &unknown).await.unwrap_err();
    let message = error["errorMessage"].as_str().unwrap();
    assert!(
        message.contains("there is no product `nothing`"),
        "{message}"
    );
    assert_eq!(world.calls(Service::S3), [""; 0]);
}

#[tokio::test]
async fn a_report_that_fails_says_which_step_and_may_be_asked_again() {
    let world = World::open().await;
    for (rule, step) in [
        (
            Rule::dynamodb_throttled().on("Query"),
            "Failed to read what was sold",
        ),
        (
            Rule::close_connection(Service::S3),
            "Failed to keep the report",
        ),
    ] {
        world.faults().add(rule);
        let error = world
            .invoke("ReportFunction", &json!({}))
            .await
            .unwrap_err();
        let message = error["errorMessage"].as_str().unwrap();
        assert!(
            message.contains(step) && message.contains("safe to send"),
            "{message}"
        );
        world.faults().clear();
    }
    report(&world, json!({})).await;
}
