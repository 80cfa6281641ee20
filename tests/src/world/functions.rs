//! Functions that are invoked by their names, and functions that are killed.

use std::{fmt::Debug, time::Duration};

use emulators::faults::{Effect, Faults, Rule, Service};
use reqwest::StatusCode;
use serde_json::Value;

use super::World;

impl World {
    /// Invokes one of the author's functions as the AWS CLI does, and returns its answer, or else its
    /// refusal or its error. A refusal is an answer to Lambda.
    pub async fn invoke(&self, function: &str, event: &Value) -> Result<Value, Value> {
        let url = self.url(&format!("/2015-03-31/functions/{function}/invocations"));
        let answer = self.http.post(url).json(event).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let is_error = answer.headers().contains_key("x-amz-function-error");
        let answer: Value = answer.json().await.unwrap();
        let kind = answer["errorType"].as_str();
        let is_refusal = kind.is_some_and(|kind| ["WrongEvent", "Conflict"].contains(&kind));
        assert!(!(is_refusal && is_error), "it would ring: {answer}");
        if is_error || is_refusal {
            Err(answer)
        } else {
            Ok(answer)
        }
    }

    /// Invokes `support`, and returns its answer.
    pub async fn support(&self, event: Value) -> Value {
        self.invoke("SupportFunction", &event).await.unwrap()
    }

    /// Runs a function until this fault holds one of its calls open, and drops it then: Lambda
    /// killed it before it read the response.
    pub async fn kill_at<T: Debug>(
        &self,
        (service, operation, effect): (Service, &str, Effect),
        function: impl Future<Output = T>,
    ) {
        let rule = Rule::new(service, effect).on(operation).times(1);
        let rule = self.faults().add(rule);
        tokio::select! {
            () = until_held(self.faults(), 1) => {}
            outcome = function => panic!("it was not killed: {outcome:?}"),
        }
        self.faults().remove(rule);
        until_held(self.faults(), 0).await;
    }
}

/// Waits until the emulators hold this many requests open without a response.
pub async fn until_held(faults: &Faults, count: usize) {
    while faults.held() != count {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
