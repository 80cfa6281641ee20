//! Lambda's Runtime API on loopback, from which a function's binary gets its events and to which it
//! sends its answers. As on Lambda, each process has an API of its own.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::{
    collections::HashMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bookstall::runtime::clock;
use lambda_http::lambda_runtime::Diagnostic;
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::{Mutex as AsyncMutex, Notify, mpsc, oneshot},
    task::JoinSet,
};
use uuid::Uuid;

/// The Runtime API of one process; dropping it closes it.
pub struct RuntimeApi {
    address: SocketAddr,
    timeout: Duration,
    events: mpsc::UnboundedSender<Invocation>,
    invocations: Arc<Invocations>,
    _server: JoinSet<()>,
}

/// What `invoke` and the routes share.
struct Invocations {
    timeout: Duration,
    waiting: AsyncMutex<mpsc::UnboundedReceiver<Invocation>>,
    under_way: Mutex<HashMap<String, oneshot::Sender<InvocationResult>>>,
    init_error: Mutex<Option<Diagnostic>>,
    asked: Notify,
}

struct Invocation {
    id: String,
    event: Value,
    answer: oneshot::Sender<InvocationResult>,
}

type InvocationResult = Result<Value, Diagnostic>;

impl RuntimeApi {
    /// Opens the API at a free port, for a function with this timeout.
    pub async fn start(timeout: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (events, waiting) = mpsc::unbounded_channel();
        let invocations = Arc::new(Invocations {
            timeout,
            waiting: AsyncMutex::new(waiting),
            under_way: Mutex::default(),
            init_error: Mutex::default(),
            asked: Notify::new(),
        });
        let router = router(Arc::clone(&invocations));
        let mut server = JoinSet::new();
        server.spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!("the Runtime API stopped: {error}");
            }
        });
        Ok(Self {
            address,
            timeout,
            events,
            invocations,
            _server: server,
        })
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API`: `127.0.0.1:9001`.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Waits until the process asks for its first event.
    pub async fn ready(&self) {
        self.invocations.asked.notified().await;
    }

    /// Gives an event to the process as soon as it asks for one, and returns its answer, its error or,
    /// after the timeout, Lambda's error.
    pub async fn invoke(&self, event: Value) -> Result<Value, Diagnostic> {
        let (answer, outcome) = oneshot::channel();
        let id = Uuid::now_v7().to_string();
        let invocation = Invocation { id, event, answer };
        let timed_out = || Diagnostic {
            error_type: "Sandbox.Timedout".to_owned(),
            error_message: format!(
                "Task timed out after {:.2} seconds",
                self.timeout.as_secs_f64()
            ),
        };
        if self.events.send(invocation).is_err() {
            return Err(timed_out());
        }
        match tokio::time::timeout(self.timeout, outcome).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) | Err(_) => Err(timed_out()),
        }
    }

    /// The error with which the process failed to start, if it reported one.
    #[must_use]
    pub fn init_error(&self) -> Option<Diagnostic> {
        lock(&self.invocations.init_error).clone()
    }
}

fn router(invocations: Arc<Invocations>) -> Router {
    let invocation = |end| format!("/2018-06-01/runtime/invocation/{end}");
    Router::new()
        .route(&invocation("next"), get(next))
        .route(&invocation("{id}/response"), post(answered))
        .route(&invocation("{id}/error"), post(failed))
        .route("/2018-06-01/runtime/init/error", post(not_started))
        .with_state(invocations)
}

/// Responds with the next event as soon as there is one.
async fn next(State(invocations): State<Arc<Invocations>>) -> Response {
    invocations.asked.notify_one();
    let invocation = invocations.waiting.lock().await.recv().await;
    let Some(Invocation { id, event, answer }) = invocation else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    lock(&invocations.under_way).insert(id.clone(), answer);
    let now = clock::now();
    let deadline = i128::from(now.unix()) * 1000
        + i128::try_from(invocations.timeout.as_millis()).unwrap_or(0);
    let trace = format!(
        "Root=1-{:08x}-{:.24};Sampled=0",
        now.unix(),
        Uuid::now_v7().simple()
    );
    let headers = [
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:123456789012:function:local".to_owned(),
        ),
        ("lambda-runtime-trace-id", trace),
    ];
    (headers, Json(event)).into_response()
}

async fn answered(
    State(invocations): State<Arc<Invocations>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    let outcome = serde_json::from_slice(&body).map_err(|error| unreadable(&error));
    invocations.close(&id, outcome)
}

async fn failed(
    State(invocations): State<Arc<Invocations>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Response {
    invocations.close(&id, Err(diagnostic(&body)))
}

async fn not_started(State(invocations): State<Arc<Invocations>>, body: Bytes) -> Response {
    *lock(&invocations.init_error) = Some(diagnostic(&body));
    accepted()
}

impl Invocations {
    fn close(&self, id: &str, outcome: InvocationResult) -> Response {
        let Some(answer) = lock(&self.under_way).remove(id) else {
            let error =
                json!({"errorType": "InvalidRequestID", "errorMessage": "Invalid request ID"});
            return (StatusCode::BAD_REQUEST, Json(error)).into_response();
        };
        // The caller of `invoke` may have given up, which is no error of the process.
        let _ = answer.send(outcome);
        accepted()
    }
}

fn diagnostic(body: &[u8]) -> Diagnostic {
    serde_json::from_slice(body).unwrap_or_else(|error| unreadable(&error))
}

fn unreadable(error: &serde_json::Error) -> Diagnostic {
    Diagnostic {
        error_type: "Runtime.InvalidResponse".to_owned(),
        error_message: error.to_string(),
    }
}

fn accepted() -> Response {
    (StatusCode::ACCEPTED, Json(json!({"status": "OK"}))).into_response()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
