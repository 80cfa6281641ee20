//! Speaks with the state machine that runs pushes.
//!
//! Two pushes of one edition would go at twice the pace, and past the brake of a slow one. So the
//! command looks for one that is under way before it starts another. Between the look and the start
//! another command may start one, and the list of executions may be some seconds old. Therefore each
//! execution is named after the one of the book before it: two commands that saw the same latest
//! push ask for the same name, of which Step Functions gives away only one
//! (<https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>).
//!
//! ```text
//! look for the latest ─▶ ask the author ─▶ start, by the name that follows the latest
//!                      │                 │
//!      another command starts one      a lost answer: the SDK's second call returns the first's
//!      by that name: it is looked at   execution
//! ```

use aws_sdk_sfn::{
    Client,
    operation::{
        describe_execution::DescribeExecutionOutput, start_execution::StartExecutionError,
    },
    types::ExecutionStatus,
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{error::CliError, function::refusal, shop::Shop, text::grouped};

/// How many bytes of a digest a name has.
const DIGEST: usize = 7;

/// A push that was started.
#[derive(Clone)]
pub(super) struct Execution {
    /// Its ARN.
    pub(super) arn: String,
    /// The event that it was started with.
    pub(super) event: Value,
    is_running: bool,
}

/// The pushes of a book, as the list of the last thousand executions has them.
pub(super) struct Pushes {
    /// The latest one, if there is any.
    pub(super) latest: Option<Execution>,
    /// Those that are under way, latest first.
    pub(super) running: Vec<Execution>,
}

/// The edition that a command is about to push.
pub(super) struct Wanted<'a> {
    /// The book's id.
    pub(super) book: &'a str,
    /// The name of the edition.
    pub(super) version: &'a str,
    /// Whether the push makes the edition, so that one of an older edition ends by itself.
    pub(super) is_new: bool,
}

impl Wanted<'_> {
    /// Refuses if this is a push of the same edition and under way. Whoever catches up mails the
    /// edition that was the current one.
    fn check(&self, shop: &Shop, push: &Execution) -> Result<(), CliError> {
        let Self {
            book,
            version,
            is_new,
        } = self;
        let is_same =
            push.event["version"] == *version || (push.event["catch_up"] == true && !is_new);
        if !push.is_running || !is_same {
            return Ok(());
        }
        let pace = push.event["per_hour"].as_u64();
        let pace = pace.map_or(String::new(), |per_hour| {
            format!(", {} mails an hour,", grouped(per_hour))
        });
        let to_watch = shop.command(&format!("push {book} --watch"));
        let to_stop = shop.command(&format!("push {book} --stop"));
        Err(CliError::Refused(format!(
            "A push of `{book}` is under way{pace} and mails everyone who is owed a mail. `{to_watch}` \
             shows how far it is. To go on at another pace, stop it with `{to_stop}` and push again."
        )))
    }
}

/// Refuses if a push of the same edition is under way. Returns the latest push of the book, for
/// [`start`].
pub(super) async fn check_that_none_runs(
    shop: &Shop,
    client: &Client,
    wanted: &Wanted<'_>,
) -> Result<Option<Execution>, CliError> {
    let pushes = pushes(shop, client, wanted.book).await?;
    for push in &pushes.running {
        wanted.check(shop, push)?;
    }
    Ok(pushes.latest)
}

/// Starts a push after the latest one of the book, and returns the ARN of its execution. Refuses if
/// another command has started a push of the same edition meanwhile; one with the same event is
/// this one.
pub(super) async fn start(
    shop: &Shop,
    client: &Client,
    wanted: &Wanted<'_>,
    event: &Value,
    latest: Option<Execution>,
) -> Result<String, CliError> {
    let machine = shop.push_machine().await?;
    let executions = machine.replacen(":stateMachine:", ":execution:", 1);
    let mut before = latest.map(|latest| latest.arn);
    loop {
        let name = name_after(wanted.book, before.as_ref().unwrap_or(&machine));
        let start = client.start_execution().state_machine_arn(&machine);
        let started = start.name(&name).input(event.to_string()).send().await;
        let error = match started {
            Ok(started) => return Ok(started.execution_arn),
            Err(error) => error,
        };
        let refused = error.as_service_error();
        if !refused.is_some_and(StartExecutionError::is_execution_already_exists) {
            return Err(CliError::of_aws("Failed to start the push", error));
        }
        let other = describe(client, &format!("{executions}:{name}")).await?;
        wanted.check(shop, &other)?;
        before = Some(other.arn);
    }
}

/// Returns the name of the push of a book that follows this execution, or the first one of this
/// state machine. It is also the value of a tag at SES, and so has letters, digits, `-` and `_`; an
/// id of a book has no `_`.
fn name_after(book: &str, before: &str) -> String {
    let digest = Sha256::digest(before.as_bytes());
    format!("{book}_{}", hex::encode(&digest[..DIGEST]))
}

/// Returns the book of the push with this name, or `None` if the name is not of [`name_after`].
fn book_of(name: &str) -> Option<&str> {
    let (book, digits) = name.rsplit_once('_')?;
    let is_digest = digits.len() == 2 * DIGEST && digits.bytes().all(|c| c.is_ascii_hexdigit());
    is_digest.then_some(book)
}

/// Returns the pushes of a book among the last thousand executions. One that was started by hand has
/// a name that does not tell its book, and is looked at.
pub(super) async fn pushes(shop: &Shop, client: &Client, book: &str) -> Result<Pushes, CliError> {
    let list = client.list_executions().max_results(1_000);
    let list = list.state_machine_arn(shop.push_machine().await?);
    let listed = list.send().await.map_err(failed)?;
    let mut pushes = Pushes {
        latest: None,
        running: Vec::new(),
    };
    for execution in listed.executions() {
        let is_running = *execution.status() == ExecutionStatus::Running;
        let is_of_another = book_of(execution.name()).is_some_and(|other| other != book);
        if is_of_another || (pushes.latest.is_some() && !is_running) {
            continue;
        }
        let found = describe(client, execution.execution_arn()).await?;
        if found.event["book"] != book {
            continue;
        }
        if pushes.latest.is_none() {
            pushes.latest = Some(found.clone());
        }
        pushes.running.extend(found.is_running.then_some(found));
    }
    Ok(pushes)
}

async fn describe(client: &Client, arn: &str) -> Result<Execution, CliError> {
    let described = client.describe_execution().execution_arn(arn).send().await;
    let described = described.map_err(failed)?;
    let input = described.input().unwrap_or_default();
    Ok(Execution {
        arn: arn.to_owned(),
        event: serde_json::from_str(input).unwrap_or_default(),
        is_running: *described.status() == ExecutionStatus::Running,
    })
}

fn failed(error: impl std::error::Error) -> CliError {
    CliError::of_aws("Failed to find the push", error)
}

/// What is said of a push that was stopped without a reason.
const STOPPED: &str = "Somebody stopped the push, with `--stop` or at Step Functions.";

/// Reads why an execution ended that did not succeed.
pub(super) fn end_of(execution: &DescribeExecutionOutput) -> CliError {
    match (execution.status(), execution.cause()) {
        (ExecutionStatus::Aborted, None) => CliError::Refused(STOPPED.to_owned()),
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
        assert_eq!(aborted(None), STOPPED);
        let told = "Somebody stopped the push at Step Functions, and says why: a typo.";
        assert_eq!(aborted(Some("a typo.")), told);
    }

    /// Step Functions takes names of 80 characters at most.
    #[test]
    fn a_name_follows_from_the_push_before_and_fits() {
        let longest = "b".repeat(64);
        let name = name_after(&longest, "arn:aws:states:a");
        assert!(name.len() <= 80 && name.starts_with(&longest), "{name}");
        assert_eq!(name, name_after(&longest, "arn:aws:states:a"));
        assert_ne!(name, name_after(&longest, "arn:aws:states:b"));
        assert_eq!(book_of(&name), Some(&*longest));
        for by_hand in ["0193a1c2-7b1e-7d43-9a55-0d6f1f3c7a10", "my_push", "wip_2e"] {
            assert_eq!(book_of(by_hand), None, "{by_hand}");
        }
    }
}
