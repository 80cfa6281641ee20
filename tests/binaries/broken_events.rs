//! After an event that API Gateway does not send, or one at which the function panics, the process
//! answers with an error and serves the next event.

use local::functions::Function;
use serde_json::{Value, json};

use crate::{deployment::Deployment, event::Event, process::Process};

/// Asserts that the function still answers.
async fn is_served(deployment: &Deployment, function: Function) {
    let event = match function {
        Function::Buy => Event::of("POST /buy", "/buy"),
        Function::Fulfil => Event::of("GET /paid/{session_id}", "/paid/cs_test_1"),
        _ => Event::of("GET /{purchase_id}", "/nobody"),
    };
    let answer = deployment.call(event).await;
    assert!([400, 404].contains(&answer.status), "{answer:?}");
}

#[tokio::test]
async fn an_event_that_is_not_http_is_an_error_and_the_next_is_served() {
    let deployment = Deployment::open().await;
    let secret = "unmistakable.buyer@example.com";
    let rest_api = json!({"httpMethod": "GET", "path": "/", "requestContext": {"stage": "prod"}});
    let events = [
        json!({}),
        Value::Null,
        json!([]),
        json!("text"),
        json!({"detail": {"email": secret}, "detail-type": "Scheduled Event"}),
        rest_api,
    ];
    for function in [
        Function::Buy,
        Function::Fulfil,
        Function::Download,
        Function::Resend,
    ] {
        for event in &events {
            let error = deployment.process(function).invoke(event.clone()).await;
            assert!(error.is_err(), "{function:?} answers {event}: {error:?}");
            is_served(&deployment, function).await;
        }
    }
    assert!(!deployment.log().contains(secret));
}

/// Returns what a function says of an event that it refuses. That is an answer: Lambda counts no error,
/// and no alarm rings.
async fn refusal(process: &Process, event: &Value) -> String {
    let answer = process.invoke(event.clone()).await;
    let answer = answer.unwrap_or_else(|error| panic!("{event} would ring: {error:?}"));
    assert_eq!(answer["errorType"], "WrongEvent", "{event}: {answer}");
    answer["errorMessage"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_authors_functions_say_what_a_right_event_is() {
    let deployment = Deployment::open().await;
    for (function, field) in [
        (Function::Publish, "books"),
        (Function::Import, "purchases"),
        (Function::PushUpdate, "book"),
        (Function::Support, "action"),
    ] {
        for event in [json!({}), Value::Null, json!([]), json!({"unknown": 1})] {
            let said = refusal(deployment.process(function), &event).await;
            assert!(said.contains("Nothing was changed"), "{said}");
            assert!(said.contains("A right event"), "{said}");
            assert!(said.contains(field), "{said}");
        }
        assert!(deployment.process(function).log().contains(field));
    }
    // The message may repeat what the author wrote into the event.
    assert!(!deployment.log().contains("A right event"));
    for event in [json!([]), json!({"unknown": 1}), json!({"from": 1})] {
        let said = refusal(deployment.process(Function::Report), &event).await;
        assert!(said.contains("A right event"), "{said}");
    }
}

#[tokio::test]
async fn reconcile_needs_no_event_and_says_what_a_right_one_is() {
    let deployment = Deployment::open().await;
    let process = deployment.process(Function::Reconcile);
    for event in [
        Value::Null,
        json!([]),
        json!({"days": 0}),
        json!({"day": 1}),
    ] {
        let said = refusal(process, &event).await;
        assert!(said.contains(r#"{"days": 3}"#), "{said}");
    }
    let answer = process.invoke(json!({})).await.unwrap();
    assert_eq!(answer["checked"], 0);
}

/// `lambda_http` panics if the domain name is none. API Gateway itself writes that name, so this
/// stands for any panic in a function.
#[tokio::test]
async fn a_panic_is_an_error_and_the_next_event_is_served() {
    let deployment = Deployment::open().await;
    for (function, event) in [
        (Function::Buy, Event::of("POST /buy", "/buy")),
        (Function::Fulfil, Event::of("POST /stripe", "/stripe")),
        (
            Function::Download,
            Event::of("GET /{purchase_id}", "/nobody"),
        ),
    ] {
        let process = deployment.process(function);
        for _ in 0..3 {
            let mut event = event.clone().json();
            event["requestContext"]["domainName"] = json!("unmistakable name");
            let error = process.invoke(event).await.unwrap_err();
            assert!(error.error_message.contains("panicked"), "{error:?}");
            is_served(&deployment, function).await;
        }
        assert!(process.log().contains("user handler panicked"));
        assert!(!process.log().contains("unmistakable"));
    }
}
