//! The state machine that invokes `push-update` until no mail is owed, as Step Functions does on AWS.
//! Its states are those of `template.yaml`; its pauses are shorter.
//!
//! `aws stepfunctions start-execution`, `describe-execution`, `list-executions` and
//! `stop-execution` work with `--endpoint-url`.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use bookstall::runtime::clock;
use emulators::ses::{Mailbox, SendingEvents};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::functions::{Function, Functions};

/// The pause between two runs.
const PAUSE: Duration = Duration::from_secs(5);
/// The pause until the account may send again.
const PAUSE_FOR_QUOTA: Duration = Duration::from_mins(1);
/// The pause between two runs of a slow push.
const PAUSE_FOR_PACE: Duration = Duration::from_secs(5);
/// After so many runs without a mail the execution fails.
const RUNS_WITHOUT_PROGRESS: u32 = 5;
/// A slow push fails after so many runs.
const MOST_RUNS: u32 = 1_700;

/// The state machine's ARN, whatever a call names.
const MACHINE: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:PushUpdate";

#[derive(Clone)]
struct Machine {
    functions: Functions,
    mailbox: Mailbox,
    /// In the order in which they were started.
    executions: Arc<Mutex<Vec<Value>>>,
}

/// Serves `StartExecution`, `DescribeExecution`, `ListExecutions` and `StopExecution` of Step
/// Functions' API.
/// `mailbox` counts the mails that bounced.
pub(crate) fn router(functions: Functions, mailbox: Mailbox) -> Router {
    let machine = Machine {
        functions,
        mailbox,
        executions: Arc::default(),
    };
    Router::new().route("/", post(call)).with_state(machine)
}

async fn call(State(machine): State<Machine>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok());
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    match target {
        Some("AWSStepFunctions.StartExecution") => machine.start(&request),
        Some("AWSStepFunctions.DescribeExecution") => machine.describe(&request),
        Some("AWSStepFunctions.ListExecutions") => machine.list(&request),
        Some("AWSStepFunctions.StopExecution") => machine.stop(&request),
        _ => refused(
            "UnknownOperationException",
            "Only StartExecution, DescribeExecution, ListExecutions and StopExecution are known.",
        ),
    }
}

impl Machine {
    /// Starts an execution. A second call with the name and the input of one that runs returns that
    /// one, and any other call with a name that is taken is refused
    /// (<https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>).
    fn start(&self, request: &Value) -> Response {
        let input = request["input"].as_str().unwrap_or("{}");
        let Ok(event) = serde_json::from_str::<Value>(input) else {
            return refused("InvalidExecutionInput", "The input is not JSON.");
        };
        let name = match request["name"].as_str() {
            Some(name) if is_name(name) => name.to_owned(),
            Some(_) => return refused("InvalidName", "The name is invalid."),
            None => Uuid::now_v7().to_string(),
        };
        let arn = format!("arn:aws:states:us-east-1:123456789012:execution:PushUpdate:{name}");
        let mut executions = self.executions();
        if let Some(known) = find(&mut executions, &arn) {
            if known["status"] != "RUNNING" || known["input"] != input {
                let message = format!("The name {name} is taken by another execution.");
                return refused("ExecutionAlreadyExists", &message);
            }
            return started(known);
        }
        let execution = json!({
            "executionArn": arn, "stateMachineArn": MACHINE, "name": name, "status": "RUNNING",
            "input": input, "startDate": clock::now().unix(),
        });
        let response = started(&execution);
        executions.push(execution);
        drop(executions);
        let machine = self.clone();
        tokio::spawn(async move {
            let end = machine.run(&event, &name, &arn).await;
            machine.end(&arn, end);
        });
        response
    }

    fn describe(&self, request: &Value) -> Response {
        let arn = request["executionArn"].as_str().unwrap_or_default();
        match find(&mut self.executions(), arn) {
            Some(execution) => Json(execution.clone()).into_response(),
            None => refused("ExecutionDoesNotExist", "There is no such execution."),
        }
    }

    /// Lists the executions, newest first, or those with the status that is asked for.
    fn list(&self, request: &Value) -> Response {
        let executions = self.executions();
        let status = &request["statusFilter"];
        let is_listed = |execution: &&Value| status.is_null() || execution["status"] == *status;
        let listed: Vec<_> = executions.iter().rev().filter(is_listed).collect();
        Json(json!({ "executions": listed })).into_response()
    }

    /// Stops an execution. As on AWS, a function that it has invoked runs to its end.
    fn stop(&self, request: &Value) -> Response {
        let arn = request["executionArn"].as_str().unwrap_or_default();
        if find(&mut self.executions(), arn).is_none() {
            return refused("ExecutionDoesNotExist", "There is no such execution.");
        }
        self.end(arn, json!({"status": "ABORTED"}));
        Json(json!({"stopDate": clock::now().unix()})).into_response()
    }

    fn executions(&self) -> MutexGuard<'_, Vec<Value>> {
        self.executions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds how an execution ended, if it still runs.
    fn end(&self, arn: &str, end: Value) {
        let mut executions = self.executions();
        let execution = find(&mut executions, arn).filter(|known| known["status"] == "RUNNING");
        if let (Some(Value::Object(known)), Value::Object(end)) = (execution, end) {
            known.extend(end);
        }
    }

    fn is_running(&self, arn: &str) -> bool {
        find(&mut self.executions(), arn).is_some_and(|known| known["status"] == "RUNNING")
    }

    /// Runs an execution with this input, name and ARN, and returns how it ended.
    async fn run(&self, input: &Value, name: &str, arn: &str) -> Value {
        let Value::Object(input) = input else {
            return failed("States.QueryEvaluationError", "The input is no object.");
        };
        let (mut runs, mut without_progress) = (0, 0);
        let (mut edition, mut mailed) = (0, 0);
        let mut counted = SendingEvents::default();
        loop {
            let mut event = input.clone();
            event.insert("resume".to_owned(), json!(runs > 0));
            let so_far = json!({
                "push": name, "edition": edition, "mailed": mailed,
                "counted": counted.sent, "bounced": counted.bounced,
            });
            event.insert("so_far".to_owned(), so_far);
            let invoked = self.functions.invoke(Function::PushUpdate, event.into());
            let answer = match invoked.await {
                Ok(answer) => answer,
                Err(error) => return failed(&error.error_type, &error.error_message),
            };
            if let Some(refused) = answer["errorType"].as_str() {
                let why = answer["errorMessage"].as_str().unwrap_or_default();
                return failed(refused, why);
            }
            runs += 1;
            let count = |name: &str| answer[name].as_u64().unwrap_or(0);
            edition = count("edition");
            mailed += count("sent");
            let skipped = answer["skipped"].as_object().into_iter().flatten();
            let skipped: u64 = skipped.filter_map(|(_, count)| count.as_u64()).sum();
            without_progress = if count("sent") + skipped > 0 {
                0
            } else {
                without_progress + 1
            };
            let is_slow = answer["wait_seconds"].is_number();
            let reason = answer["reason"].as_str().unwrap_or_default();
            let pause = match answer["stopped"].as_str() {
                _ if count("owed") == 0 => None,
                Some("superseded") => None,
                Some("blocked") => return failed("Blocked", "SES does not let the account send."),
                Some("unanswered") => {
                    return failed("Unanswered", "SES answered none of the last mails.");
                }
                Some("bounces") => return failed("TooManyBounces", reason),
                Some("unmeasured") => return failed("Unmeasured", reason),
                _ if is_slow && runs >= MOST_RUNS => {
                    return failed("TooManyRuns", "One execution has no room for more runs.");
                }
                Some("pace" | "quota") if is_slow => Some(PAUSE_FOR_PACE),
                Some("quota") => Some(PAUSE_FOR_QUOTA),
                _ if without_progress >= RUNS_WITHOUT_PROGRESS => {
                    return failed("StandsStill", "Five runs in a row sent no mail.");
                }
                _ if is_slow => Some(PAUSE_FOR_PACE),
                _ => Some(PAUSE),
            };
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return json!({"status": "SUCCEEDED", "output": answer.to_string()}),
            }
            if !self.is_running(arn) {
                return Value::Null;
            }
            if is_slow {
                counted = self.mailbox.sending_events("push", name);
            }
        }
    }
}

fn find<'a>(executions: &'a mut [Value], arn: &str) -> Option<&'a mut Value> {
    let mut executions = executions.iter_mut();
    executions.find(|execution| execution["executionArn"] == arn)
}

/// Answers the start of this execution.
fn started(execution: &Value) -> Response {
    let (arn, date) = (&execution["executionArn"], &execution["startDate"]);
    Json(json!({"executionArn": arn, "startDate": date})).into_response()
}

/// Whether Step Functions takes a text as the name of an execution.
fn is_name(text: &str) -> bool {
    let is_special = |c| "<>{}[]?*\"#%\\^|~`$&,;:/".contains(c);
    (1..=80).contains(&text.chars().count())
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || is_special(c))
}

/// Returns the end of an execution that failed.
fn failed(error: &str, cause: &str) -> Value {
    json!({"status": "FAILED", "error": error, "cause": cause})
}

fn refused(kind: &str, message: &str) -> Response {
    (
        StatusCode::BAD_REQUEST,
        Json(json!({"__type": kind, "message": message})),
    )
        .into_response()
}
