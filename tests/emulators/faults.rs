use std::time::Duration;

use aws_sdk_sesv2::{
    config::{AsyncSleep, Sleep, StalledStreamProtectionConfig, timeout::TimeoutConfig},
    error::SdkError,
};
use axum::Router;
use emulators::{
    faults::{ActiveRule, CannedResponse, Effect, Faults, Rule, Service},
    ses::Mailbox,
};

use tests::world::until_held;

use super::{
    http, serve,
    ses::{client, mail},
};

const BEN: &str = "ben@readers.example";

struct Shop {
    faults: Faults,
    mailbox: Mailbox,
    client: aws_sdk_sesv2::Client,
}

async fn shop() -> Shop {
    let faults = Faults::default();
    let mailbox = Mailbox::open(None).unwrap();
    let address = serve(faults.around(Service::Ses, mailbox.router())).await;
    Shop {
        faults,
        mailbox,
        client: client(address),
    }
}

impl Shop {
    /// Sends a mail. The error is the response's status, if there was a response.
    fn send(&self) -> impl Future<Output = Result<(), Option<u16>>> + 'static {
        let sending = mail(&self.client, BEN).send();
        async move {
            let status = |error: &SdkError<_>| {
                error
                    .raw_response()
                    .map(|response| response.status().as_u16())
            };
            sending.await.map(|_| ()).map_err(|error| status(&error))
        }
    }
}

#[tokio::test]
async fn a_rule_strikes_as_often_as_it_says_and_is_gone() {
    let shop = shop().await;
    let throttled = Rule::ses_throttled().on("SendEmail").times(2);
    shop.faults.add(throttled);
    assert_eq!(shop.send().await, Err(Some(429)));
    assert!(shop.client.get_account().send().await.is_ok());
    let error = mail(&shop.client, BEN).send().await.unwrap_err();
    let error = error.into_service_error();
    assert!(error.is_too_many_requests_exception(), "{error:?}");
    assert_eq!(shop.send().await, Ok(()));
    assert!(shop.faults.rules().is_empty());
    assert_eq!(shop.mailbox.count(), 1);
}

#[tokio::test]
async fn every_call_is_recorded_struck_or_not() {
    let shop = shop().await;
    shop.client.get_account().send().await.unwrap();
    shop.faults.clear_calls();
    shop.faults.add(Rule::not_json(Service::Ses).times(1));
    shop.send().await.unwrap_err();
    shop.send().await.unwrap();
    let calls = shop.faults.calls();
    let seen: Vec<_> = calls
        .iter()
        .map(|call| (call.service, call.operation.as_str(), call.at_sequence))
        .collect();
    assert_eq!(
        seen,
        [
            (Service::Ses, "SendEmail", 1),
            (Service::Ses, "SendEmail", 2)
        ]
    );
}

#[tokio::test]
async fn acting_without_an_answer_acts() {
    let shop = shop().await;
    let unanswered = Rule::new(Service::Ses, Effect::ActThenNoAnswer);
    shop.faults.add(unanswered);
    let sending = tokio::spawn(shop.send());
    shop.mailbox.until_count(1).await;
    sending.abort();

    shop.faults.clear();
    let lost = Effect::ActThenAnswer(CannedResponse::json(500, "{}"));
    shop.faults.add(Rule::new(Service::Ses, lost));
    assert_eq!(shop.send().await, Err(Some(500)));
    assert_eq!(shop.mailbox.count(), 2);
}

#[tokio::test]
async fn a_closed_connection_is_no_answer_at_all() {
    let shop = shop().await;
    let closed = Rule::close_connection(Service::Ses).times(1);
    shop.faults.add(closed);
    assert_eq!(shop.send().await, Err(None));
    assert_eq!(shop.mailbox.count(), 0);
    assert_eq!(shop.send().await, Ok(()));
}

/// A clock by which every time limit is up as soon as a call is held open.
#[derive(Clone, Debug)]
struct UntilHeld(Faults);

impl AsyncSleep for UntilHeld {
    fn sleep(&self, _: Duration) -> Sleep {
        let faults = self.0.clone();
        Sleep::new(async move { until_held(&faults, 1).await })
    }
}

#[tokio::test]
async fn no_answer_lasts_longer_than_the_caller_waits() {
    let shop = shop().await;
    shop.faults.add(Rule::no_answer(Service::Ses));
    let timeouts = TimeoutConfig::builder().operation_timeout(Duration::from_secs(1));
    let config = aws_sdk_sesv2::Config::builder()
        .sleep_impl(UntilHeld(shop.faults.clone()))
        .timeout_config(timeouts.build())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    let error = mail(&shop.client, BEN)
        .customize()
        .config_override(config)
        .send()
        .await
        .unwrap_err();
    assert!(matches!(error, SdkError::TimeoutError(_)), "{error:?}");
    assert_eq!(shop.mailbox.count(), 0);
    assert_eq!(shop.faults.calls().len(), 1);
}

#[tokio::test]
async fn a_delayed_answer_is_an_answer() {
    let shop = shop().await;
    let delay = Effect::Delay { milliseconds: 1 };
    shop.faults.add(Rule::new(Service::Ses, delay));
    assert_eq!(shop.send().await, Ok(()));
}

#[test]
fn rules_are_data_and_can_be_taken_back() {
    let faults = Faults::default();
    let first = faults.add(Rule::dynamodb_throttled().on("UpdateItem"));
    let lost = Rule::answer_lost(Service::Stripe)
        .on("POST /v1/refunds")
        .times(1);
    let second = faults.add(lost);
    let json = serde_json::to_string(&faults.rules()).unwrap();
    let read: Vec<ActiveRule> = serde_json::from_str(&json).unwrap();
    assert_eq!(read, faults.rules());
    assert!(faults.remove(first));
    assert!(!faults.remove(first));
    assert_eq!(faults.rules()[0].id, second);

    let written = r#"{"requests": {"service": "dynamodb"}, "effect": {"kind": "no_answer"}}"#;
    let rule: Rule = serde_json::from_str(written).unwrap();
    assert_eq!(rule, Rule::no_answer(Service::DynamoDb));
    let misspelt = r#"{"request": {}, "effect": {"kind": "no_answer"}}"#;
    assert!(serde_json::from_str::<Rule>(misspelt).is_err());
}

#[tokio::test]
async fn operations_have_the_names_that_iam_knows() {
    let faults = Faults::default();
    let untouched = Router::new().fallback(|| async { "" });
    let cases = [
        (Service::DynamoDb, "POST /", "UpdateItem"),
        (Service::S3, "GET /books/b.pdf?X-Amz-Expires=9", "GetObject"),
        (Service::S3, "HEAD /books//a", "HeadObject"),
        (Service::S3, "PUT /books/a", "PutObject"),
        (Service::S3, "DELETE /books/a", "DeleteObject"),
        (Service::S3, "GET /books?list-type=2", "ListObjectsV2"),
        (Service::S3, "GET /books/?list-type=2", "ListObjectsV2"),
        (Service::S3, "PUT /books", "CreateBucket"),
        (Service::Ses, "GET /v2/email/account", "GetAccount"),
        (
            Service::Stripe,
            "GET /v1/checkout/sessions/cs_test_a1B2c3",
            "GET /v1/checkout/sessions/{id}",
        ),
        (
            Service::Stripe,
            "POST /v1/payment_intents",
            "POST /v1/payment_intents",
        ),
    ];
    for (service, request, _) in cases {
        let (method, path) = request.split_once(' ').unwrap();
        let address = serve(faults.around(service, untouched.clone())).await;
        http()
            .request(method.parse().unwrap(), format!("http://{address}{path}"))
            .header("x-amz-target", "DynamoDB_20120810.UpdateItem")
            .send()
            .await
            .unwrap();
    }
    let calls = faults.calls();
    assert_eq!(calls.len(), cases.len());
    for (call, (service, _, operation)) in calls.iter().zip(cases) {
        assert_eq!(
            (call.service, call.operation.as_str()),
            (service, operation)
        );
    }
}
