//! The state machine that invokes `push-update` until no mail is owed, as Step Functions does on AWS.
//! Its states are those of `template.yaml`; its pauses are shorter.
//!
//! `aws stepfunctions start-execution`, `describe-execution` and `list-executions` work with
//! `--endpoint-url`.

use std::{
    cmp::Reverse,
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
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
    executions: Arc<Mutex<HashMap<String, Value>>>,
}

/// Serves `StartExecution`, `DescribeExecution` and `ListExecutions` of Step Functions' API.
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
        _ => refused(
            "UnknownOperationException",
            "Only StartExecution, DescribeExecution and ListExecutions are known.",
        ),
    }
}

impl Machine {
    fn start(&self, request: &Value) -> Response {
        let input = request["input"].as_str().unwrap_or("{}");
        let Ok(event) = serde_json::from_str::<Value>(input) else {
            return refused("InvalidExecutionInput", "The input is not JSON.");
        };
        let name = Uuid::now_v7().to_string();
        let arn = format!("arn:aws:states:us-east-1:123456789012:execution:PushUpdate:{name}");
        let start = clock::now().unix();
        let started = json!({"executionArn": arn, "startDate": start});
        let running = json!({"status": "RUNNING", "input": input, "startDate": start});
        self.record(&arn, running);
        let (machine, arn) = (self.clone(), arn);
        tokio::spawn(async move {
            let end = machine.run(&event, &name).await;
            machine.record(&arn, end);
        });
        Json(started).into_response()
    }

    fn describe(&self, request: &Value) -> Response {
        let arn = request["executionArn"].as_str().unwrap_or_default();
        let executions = self
            .executions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match executions.get(arn) {
            Some(execution) => Json(execution.clone()).into_response(),
            None => refused("ExecutionDoesNotExist", "There is no such execution."),
        }
    }

    /// Lists the executions, newest first, or those with the status that is asked for.
    fn list(&self, request: &Value) -> Response {
        let executions = self
            .executions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let status = &request["statusFilter"];
        let is_listed = |execution: &&Value| status.is_null() || execution["status"] == *status;
        let mut listed: Vec<_> = executions.values().filter(is_listed).cloned().collect();
        // Their names are ordered by time.
        listed.sort_by_key(|execution| Reverse(execution["executionArn"].to_string()));
        Json(json!({ "executions": listed })).into_response()
    }

    /// Adds what is new of an execution.
    fn record(&self, arn: &str, news: Value) {
        let mut executions = self
            .executions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let execution = executions
            .entry(arn.to_owned())
            .or_insert_with(|| json!({"executionArn": arn, "stateMachineArn": MACHINE}));
        if let (Some(known), Value::Object(news)) = (execution.as_object_mut(), news) {
            known.extend(news);
        }
    }

    /// Runs an execution with this input and name, and returns how it ended.
    async fn run(&self, input: &Value, name: &str) -> Value {
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
            if is_slow {
                counted = self.mailbox.sending_events("push", name);
            }
        }
    }
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
