//! Invokes the shop's functions in this process, as AWS Lambda does.

use std::{collections::HashMap, convert::Infallible, sync::Arc, time::Duration};

use bookstall::{
    adapters::aws::{Aws, Endpoints},
    domain::{request_id::RequestId, timestamp::Timestamp},
    lambda::with_valid_address,
    runtime::{
        clock,
        config::{ConfigError, Environment},
        invocation::{Answer, EventError, Invocation},
        random,
    },
};
use lambda_http::{
    Adapter, Body, Context, LambdaEvent, Request, Response, Service, lambda_runtime::Diagnostic,
    request::LambdaRequest, service_fn,
};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// A function of `template.yaml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `BuyFunction`.
    Buy,
    /// `FulfilFunction`.
    Fulfil,
    /// `AgreeFunction`.
    Agree,
    /// `DownloadFunction`.
    Download,
    /// `PushUpdateFunction`.
    PushUpdate,
    /// `PublishFunction`.
    Publish,
    /// `ImportFunction`.
    Import,
    /// `ReportFunction`.
    Report,
    /// `ResendFunction`.
    Resend,
    /// `TrackViewFunction`.
    TrackView,
    /// `SupportFunction`.
    Support,
    /// `ReconcileFunction`.
    Reconcile,
    /// `WithdrawFunction`.
    Withdraw,
}

impl Function {
    /// Every function.
    pub const ALL: [Self; 13] = [
        Self::Buy,
        Self::Fulfil,
        Self::Agree,
        Self::Download,
        Self::PushUpdate,
        Self::Publish,
        Self::Import,
        Self::Report,
        Self::Resend,
        Self::TrackView,
        Self::Support,
        Self::Reconcile,
        Self::Withdraw,
    ];

    /// Returns the function of this name in `template.yaml`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|function| function.name() == name)
    }

    /// Returns its name in `template.yaml`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Buy => "BuyFunction",
            Self::Fulfil => "FulfilFunction",
            Self::Agree => "AgreeFunction",
            Self::Download => "DownloadFunction",
            Self::PushUpdate => "PushUpdateFunction",
            Self::Publish => "PublishFunction",
            Self::Import => "ImportFunction",
            Self::Report => "ReportFunction",
            Self::Resend => "ResendFunction",
            Self::TrackView => "TrackViewFunction",
            Self::Support => "SupportFunction",
            Self::Reconcile => "ReconcileFunction",
            Self::Withdraw => "WithdrawFunction",
        }
    }

    /// Returns its access key at the emulators, by which a recorded call shows who made it.
    #[must_use]
    pub fn access_key(self) -> &'static str {
        match self {
            Self::Buy => "AKIALOCALBUY00000000",
            Self::Fulfil => "AKIALOCALFULFIL00000",
            Self::Agree => "AKIALOCALAGREE000000",
            Self::Download => "AKIALOCALDOWNLOAD000",
            Self::PushUpdate => "AKIALOCALPUSHUPDATE0",
            Self::Publish => "AKIALOCALPUBLISH0000",
            Self::Import => "AKIALOCALIMPORT00000",
            Self::Report => "AKIALOCALREPORT00000",
            Self::Resend => "AKIALOCALRESEND00000",
            Self::TrackView => "AKIALOCALTRACKVIEW00",
            Self::Support => "AKIALOCALSUPPORT0000",
            Self::Reconcile => "AKIALOCALRECONCILE00",
            Self::Withdraw => "AKIALOCALWITHDRAW000",
        }
    }
}

/// All functions, ready to be invoked; clones share them.
#[derive(Clone)]
pub struct Functions {
    shops: Arc<Shops>,
}

struct Shops {
    agree: agree::Shop,
    buy: buy::Shop,
    fulfil: fulfil::Shop,
    download: download::Shop,
    push_update: push_update::Shop,
    publish: publish::Shop,
    import: import::Shop,
    report: report::Shop,
    resend: resend::Shop,
    track_view: track_view::Shop,
    support: support::Shop,
    reconcile: reconcile::Shop,
    withdraw: withdraw::Shop,
}

impl Functions {
    /// Opens every function with these environment variables. Each calls AWS at `endpoints` with an
    /// [access key](Function::access_key) of its own.
    pub fn open(
        variables: HashMap<String, String>,
        endpoints: &Endpoints,
    ) -> Result<Self, ConfigError> {
        let environment = Environment::new(move |name| variables.get(name).cloned());
        let aws = |function: Function| {
            Aws::at(Endpoints {
                access_key: function.access_key().to_owned(),
                ..endpoints.clone()
            })
        };
        let shops = Shops {
            agree: agree::Shop::open(&environment, &aws(Function::Agree))?,
            buy: buy::Shop::open(&environment, &aws(Function::Buy))?,
            fulfil: fulfil::Shop::open(&environment, &aws(Function::Fulfil))?,
            download: download::Shop::open(&environment, &aws(Function::Download))?,
            push_update: push_update::Shop::open(&environment, &aws(Function::PushUpdate))?,
            publish: publish::Shop::open(&environment, &aws(Function::Publish))?,
            import: import::Shop::open(&environment, &aws(Function::Import))?,
            report: report::Shop::open(&environment, &aws(Function::Report))?,
            resend: resend::Shop::open(&environment, &aws(Function::Resend))?,
            track_view: track_view::Shop::open(&environment, &aws(Function::TrackView))?,
            support: support::Shop::open(&environment, &aws(Function::Support))?,
            reconcile: reconcile::Shop::open(&environment, &aws(Function::Reconcile))?,
            withdraw: withdraw::Shop::open(&environment, &aws(Function::Withdraw))?,
        };
        Ok(Self {
            shops: Arc::new(shops),
        })
    }

    /// Invokes a function with an event, and returns its response. As in Lambda's runtime, a panic is
    /// an error of that invocation only.
    pub async fn invoke(&self, function: Function, event: Value) -> Result<Value, Diagnostic> {
        let functions = self.clone();
        tokio::spawn(async move { functions.run(function, event).await })
            .await
            .unwrap_or_else(|error| {
                Err(Diagnostic {
                    error_type: "Runtime.Panic".to_owned(),
                    error_message: error.to_string(),
                })
            })
    }

    /// Invokes `report`, and returns its answer or its error as it is.
    pub(crate) async fn report(&self, event: Value) -> Result<report::Report, EventError> {
        report::handle(&self.shops.report, event, &new_request_id(), clock::now()).await
    }

    async fn run(&self, function: Function, event: Value) -> Result<Value, Diagnostic> {
        let shops = Arc::clone(&self.shops);
        let id = new_request_id();
        match function {
            Function::Publish => answer_to(publish::handle(&shops.publish, event).await),
            Function::Import => {
                let secret = random::new_import_secret();
                answer_to(import::handle(&shops.import, event, secret, clock::now()).await)
            }
            Function::Support => {
                let secret = random::new_import_secret();
                answer_to(support::handle(&shops.support, event, secret, clock::now()).await)
            }
            Function::Report => answer_to(self.report(event).await),
            Function::PushUpdate => {
                let invocation = invocation_of(id, PUSH_UPDATE_SECONDS);
                answer_to(push_update::handle(&shops.push_update, event, &invocation).await)
            }
            Function::Reconcile => {
                let invocation = invocation_of(id, RECONCILE_SECONDS);
                answer_to(reconcile::handle(&shops.reconcile, event, &invocation).await)
            }
            Function::Agree
            | Function::Buy
            | Function::Fulfil
            | Function::Download
            | Function::Resend
            | Function::Withdraw
            | Function::TrackView => {
                let request: LambdaRequest =
                    serde_json::from_str(&event.to_string()).map_err(unreadable)?;
                let mut context = Context::default();
                context.request_id = id.0;
                let respond = service_fn(move |request| {
                    let shops = Arc::clone(&shops);
                    async move { Ok::<_, Infallible>(shops.respond(function, request).await) }
                });
                let event = with_valid_address(LambdaEvent::new(request, context));
                let response = Adapter::from(respond).call(event).await;
                to_value(response?)
            }
        }
    }
}

impl Shops {
    async fn respond(&self, function: Function, request: Request) -> Response<Body> {
        match function {
            Function::Buy => {
                let new = buy::NewIds {
                    purchase_id: random::new_purchase_id(),
                    seed: random::new_seed(),
                };
                buy::handle(&self.buy, request, new, clock::now(), random::any_shard()).await
            }
            Function::TrackView => {
                track_view::handle(&self.track_view, request, clock::now(), random::any_shard())
                    .await
            }
            Function::Agree => agree::handle(&self.agree, request, clock::now()).await,
            Function::Fulfil => fulfil::handle(&self.fulfil, request, clock::now()).await,
            Function::Resend => {
                let no_delay = Duration::ZERO;
                resend::handle(&self.resend, request, clock::now(), no_delay).await
            }
            Function::Withdraw => {
                let no_delay = Duration::ZERO;
                withdraw::handle(&self.withdraw, request, clock::now(), no_delay).await
            }
            _ => {
                let token = random::new_page_token();
                download::handle(&self.download, request, clock::now(), token).await
            }
        }
    }
}

fn new_request_id() -> RequestId {
    RequestId(Uuid::now_v7().to_string())
}

/// Returns an invocation that begins now and times out after so many seconds.
fn invocation_of(id: RequestId, seconds: i64) -> Invocation<fn() -> Timestamp> {
    let began = clock::now();
    Invocation {
        id,
        began,
        deadline: began.plus_seconds(seconds),
        clock: clock::now,
    }
}

/// The timeout of `push-update` in `template.yaml`.
const PUSH_UPDATE_SECONDS: i64 = 15 * 60;
/// The timeout of `reconcile` in `template.yaml`.
const RECONCILE_SECONDS: i64 = 15 * 60;

#[expect(clippy::needless_pass_by_value, reason = "the shape of `map_err`")]
fn unreadable(error: serde_json::Error) -> Diagnostic {
    Diagnostic {
        error_type: "Runtime.BadEvent".to_owned(),
        error_message: error.to_string(),
    }
}

/// Returns the answer to an event, as [`lambda::serve_events`](bookstall::lambda::serve_events) does.
fn answer_to(handled: Result<impl Serialize, EventError>) -> Result<Value, Diagnostic> {
    to_value(Answer::of(handled)?)
}

fn to_value(response: impl Serialize) -> Result<Value, Diagnostic> {
    serde_json::to_value(response).map_err(unreadable)
}
