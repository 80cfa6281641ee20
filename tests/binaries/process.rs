//! Runs a function's binary.

use std::{
    collections::HashMap,
    fs::{self, OpenOptions},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::LazyLock,
    time::{Duration, Instant},
};

use lambda_http::lambda_runtime::Diagnostic;
use local::functions::Function;
use serde_json::Value;
use tempfile::NamedTempFile;
use tests::{executables, runtime_api::RuntimeApi};

/// The function's timeout in `template.yaml`.
fn timeout(function: Function) -> Duration {
    Duration::from_secs(match function {
        Function::Agree
        | Function::Buy
        | Function::Fulfil
        | Function::Download
        | Function::Resend
        | Function::Withdraw
        | Function::TrackView => 29,
        Function::PushUpdate | Function::Reconcile => 900,
        Function::Publish | Function::Import => 60,
        Function::Support => 120,
        Function::Report => 300,
    })
}

/// More than a process that stops by itself takes on a busy machine.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The name of a function's binary.
pub(crate) fn binary(function: Function) -> &'static str {
    match function {
        Function::Buy => "buy",
        Function::Fulfil => "fulfil",
        Function::Agree => "agree",
        Function::Download => "download",
        Function::PushUpdate => "push-update",
        Function::Publish => "publish",
        Function::Import => "import",
        Function::Report => "report",
        Function::Resend => "resend",
        Function::TrackView => "track-view",
        Function::Support => "support",
        Function::Reconcile => "reconcile",
        Function::Withdraw => "withdraw",
    }
}

/// The path of each function's binary, built on first use.
static EXECUTABLES: LazyLock<HashMap<String, PathBuf>> =
    LazyLock::new(|| executables::build(Function::ALL.map(binary)));

/// A process of a function; dropping it kills the process.
pub(crate) struct Process {
    api: RuntimeApi,
    child: Child,
    /// What it wrote. A pipe would have to be read before what was written can be seen; a file is
    /// as long as what was written.
    log: NamedTempFile,
}

impl Process {
    /// Starts a function with these variables and what Lambda adds to them.
    pub(crate) async fn start(function: Function, variables: &[(&str, &str)]) -> Self {
        let api = RuntimeApi::start(timeout(function)).await.unwrap();
        let executable = EXECUTABLES.get(binary(function)).unwrap();
        let log = NamedTempFile::new().unwrap();
        let writer = || OpenOptions::new().append(true).open(log.path()).unwrap();
        let child = Command::new(executable)
            .env_clear()
            .envs([
                ("AWS_LAMBDA_RUNTIME_API", api.address().as_str()),
                ("AWS_LAMBDA_FUNCTION_NAME", function.name()),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
                ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
                ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
                ("AWS_REGION", "us-east-1"),
                ("AWS_ACCESS_KEY_ID", function.access_key()),
                ("AWS_SECRET_ACCESS_KEY", emulators::SECRET_KEY),
            ])
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(writer())
            .stderr(writer())
            .spawn()
            .unwrap();
        Self { api, child, log }
    }

    /// Waits until the function has started and asks for an event.
    pub(crate) async fn ready(&self) {
        self.api.ready().await;
    }

    /// Invokes the function, and returns its answer or its error.
    pub(crate) async fn invoke(&self, event: Value) -> Result<Value, Diagnostic> {
        self.api.invoke(event).await
    }

    /// Everything that the process has written to standard output and error.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log.path()).unwrap()
    }

    /// Waits until the process stops by itself, and returns its status and its log.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        let started = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(started.elapsed() < TIMEOUT, "it goes on: {}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
        (self.child.wait().unwrap(), self.log())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The process may have stopped by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
