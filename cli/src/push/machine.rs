//! Speaks with the state machine that runs pushes.

use aws_sdk_sfn::{
    Client, operation::describe_execution::DescribeExecutionOutput, types::ExecutionStatus,
};
use serde_json::Value;

use crate::{error::CliError, function::refusal, shop::Shop};

/// A push that was started.
pub(super) struct Execution {
    /// Its ARN.
    pub(super) arn: String,
    /// The event that it was started with.
    pub(super) event: Value,
}

/// Starts a push, and returns the ARN of its execution.
pub(super) async fn start(shop: &Shop, client: &Client, event: &Value) -> Result<String, CliError> {
    let start = client.start_execution();
    let start = start.state_machine_arn(shop.push_machine().await?);
    let started = start.input(event.to_string()).send().await;
    let started = started.map_err(|error| CliError::of_aws("Failed to start the push", error))?;
    Ok(started.execution_arn)
}

/// Returns the latest push of a book, or the latest with this status, among the last fifty. `None`
/// if there is none.
pub(super) async fn latest(
    shop: &Shop,
    client: &Client,
    book: &str,
    status: Option<ExecutionStatus>,
) -> Result<Option<Execution>, CliError> {
    const STEP: &str = "Failed to find the push";
    let list = client.list_executions().set_status_filter(status);
    let list = list.state_machine_arn(shop.push_machine().await?);
    let listed = list.max_results(50).send().await;
    let listed = listed.map_err(|error| CliError::of_aws(STEP, error))?;
    for execution in listed.executions() {
        let arn = execution.execution_arn();
        let described = client.describe_execution().execution_arn(arn).send().await;
        let described = described.map_err(|error| CliError::of_aws(STEP, error))?;
        let input = described.input().unwrap_or_default();
        let event: Value = serde_json::from_str(input).unwrap_or_default();
        if event["book"] == book {
            let arn = arn.to_owned();
            return Ok(Some(Execution { arn, event }));
        }
    }
    Ok(None)
}

/// Refuses if a push of the book is under way: two would mail at twice the pace.
pub(super) async fn check_that_none_runs(
    shop: &Shop,
    client: &Client,
    book: &str,
) -> Result<(), CliError> {
    let running = latest(shop, client, book, Some(ExecutionStatus::Running)).await?;
    match running {
        None => Ok(()),
        Some(_) => Err(CliError::Refused(format!(
            "A push of `{book}` is under way and mails everyone who is owed a mail. `bookstall push \
             {book} --watch` shows how far it is."
        ))),
    }
}

/// Reads why an execution ended that did not succeed.
pub(super) fn end_of(execution: &DescribeExecutionOutput) -> CliError {
    match (execution.status(), execution.cause()) {
        (ExecutionStatus::Aborted, None) => {
            CliError::Refused("Somebody stopped the push at Step Functions.".to_owned())
        }
        (ExecutionStatus::Aborted, Some(cause)) => CliError::Refused(format!(
            "Somebody stopped the push at Step Functions, and says why: {}.",
            cause.trim_end_matches('.')
        )),
        (_, cause) => failure(execution.error(), cause),
    }
}

/// Reads why a state machine failed. The cause is the reason, and where the function failed the JSON
/// that Lambda makes of its error.
fn failure(error: Option<&str>, cause: Option<&str>) -> CliError {
    let cause = cause.unwrap_or("Step Functions does not say why");
    let error = error.unwrap_or_default();
    if error == "TooManyBounces" {
        return CliError::Refused(format!("The push stopped: {cause}"));
    }
    let answer: Value = serde_json::from_str(cause).unwrap_or_default();
    refusal(error, answer["errorMessage"].as_str().unwrap_or(cause))
}

#[cfg(test)]
mod tests {
    use aws_sdk_sfn::primitives::DateTime;

    use super::*;

    #[test]
    fn the_cause_of_a_functions_error_is_its_message() {
        let cause = "Nothing was changed. X. A right event: {}";
        let refused = failure(Some("WrongEvent"), Some(cause));
        assert!(matches!(refused, CliError::Refused(text) if text == "Nothing was changed. X."));
        let cause = r#"{"errorMessage": "SES is away.", "errorType": "Failed"}"#;
        let failed = failure(Some("Failed"), Some(cause));
        assert!(matches!(failed, CliError::Failed(text) if text == "SES is away."));
        let failed = failure(Some("Blocked"), Some("SES does not let the account send."));
        assert!(matches!(failed, CliError::Failed(text) if text.starts_with("SES does not")));
        let stopped = failure(Some("TooManyBounces"), Some("3.4 % of the mails bounced."));
        assert!(
            matches!(stopped, CliError::Refused(text) if text.starts_with("The push stopped: 3.4"))
        );
    }
    #[test]
    fn whoever_stopped_a_push_is_told_with_their_reason() {
        let aborted = |cause: Option<&str>| {
            let execution = DescribeExecutionOutput::builder()
                .execution_arn("arn")
                .state_machine_arn("arn")
                .start_date(DateTime::from_secs(0))
                .status(ExecutionStatus::Aborted)
                .set_cause(cause.map(str::to_owned));
            end_of(&execution.build().unwrap()).to_string()
        };
        let stopped = "Somebody stopped the push at Step Functions";
        assert_eq!(aborted(None), format!("{stopped}."));
        let told = format!("{stopped}, and says why: a typo.");
        assert_eq!(aborted(Some("a typo.")), told);
    }
}
