//! A function that is invoked, once or many times.

use std::time::Duration;

use aws_config::{SdkConfig, timeout::TimeoutConfig};
use aws_sdk_lambda::{
    Client,
    config::retry::RetryConfig,
    error::{ProvideErrorMetadata, SdkError},
    primitives::Blob,
};
use serde_json::Value;

use crate::{
    error::CliError,
    fields::{in_words, is_about_typed},
    function::{Function, error_of},
};

/// The time that Lambda gives a function at most, and some.
const LONGEST_INVOCATION: Duration = Duration::from_mins(16);

/// A function that can be invoked.
pub(crate) struct Lambda {
    client: Client,
    function: Function,
    name: String,
    step: String,
}

/// Why a function has no answer.
#[derive(Debug)]
pub(crate) enum WhyNot {
    /// It, or what stands between, is busy or was cut off. An event that can be sent again may have
    /// an answer then.
    Busy(CliError),
    /// The next time is as the first.
    Final(CliError),
}

impl From<WhyNot> for CliError {
    fn from(why: WhyNot) -> Self {
        let (WhyNot::Busy(error) | WhyNot::Final(error)) = why;
        error
    }
}

/// The errors with which Lambda says that it is busy
/// (<https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors>).
const BUSY: [&str; 5] = [
    "TooManyRequestsException",
    "ServiceException",
    "EC2ThrottledException",
    "ResourceConflictException",
    "ResourceNotReadyException",
];

impl Lambda {
    /// Makes the function of this name on AWS, or at the endpoint of the settings.
    pub(crate) fn new(config: &SdkConfig, function: Function, name: String) -> Self {
        let patient = TimeoutConfig::builder()
            .operation_timeout(LONGEST_INVOCATION)
            .read_timeout(LONGEST_INVOCATION)
            .build();
        // An invocation that was cut off may have done its work: the author decides on another.
        let config = aws_sdk_lambda::config::Builder::from(config)
            .timeout_config(patient)
            .retry_config(RetryConfig::disabled())
            .build();
        Self {
            client: Client::from_conf(config),
            function,
            name,
            step: format!("Failed to invoke {}", function.name()),
        }
    }

    /// Invokes the function, and returns its answer.
    pub(crate) async fn invoke(&self, event: &Value) -> Result<Value, WhyNot> {
        let invoked = self.client.invoke().function_name(&self.name);
        let invoked = invoked.payload(Blob::new(event.to_string()));
        let answer = invoked.send().await.map_err(|error| {
            let is_busy = match &error {
                SdkError::ServiceError(error) => {
                    let code = error.err().code();
                    code.is_some_and(|code| BUSY.contains(&code))
                }
                SdkError::DispatchFailure(failure) => failure.is_io() || failure.is_timeout(),
                SdkError::TimeoutError(_) | SdkError::ResponseError(_) => true,
                _ => false,
            };
            let error = CliError::of_aws(&self.step, error);
            if is_busy {
                WhyNot::Busy(error)
            } else {
                WhyNot::Final(error)
            }
        })?;
        let payload = answer.payload.map(Blob::into_inner).unwrap_or_default();
        let payload: Value = serde_json::from_slice(&payload).map_err(|error| {
            let step = &self.step;
            WhyNot::Final(CliError::Failed(format!(
                "{step}: its answer is no JSON: {error}."
            )))
        })?;
        // A refused event is an answer (shared/src/runtime/invocation.rs).
        let is_refused = payload["errorType"].is_string();
        if answer.function_error.is_none() && !is_refused {
            return Ok(payload);
        }
        Err(match self.error_of(event, &payload) {
            failed @ CliError::Failed(_) => WhyNot::Busy(failed),
            refused => WhyNot::Final(refused),
        })
    }

    /// Reads the error or the refusal that the function answered to an event.
    fn error_of(&self, event: &Value, payload: &Value) -> CliError {
        let book = event["book"].as_str();
        let error = match error_of(payload) {
            CliError::Refused(text)
                if payload["errorType"] == "WrongEvent" && is_about_typed(self.function, &text) =>
            {
                CliError::Usage(text)
            }
            error => error,
        };
        error.map_text(|text| in_words(self.function, text, book))
    }
}
