//! The shop and its stand-ins, all open.

use std::{
    collections::HashMap,
    fs::{File, TryLockError},
    io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use axum::{Json, Router, routing::get};
use bookstall::aws::{Aws, Endpoints};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinSet};
use url::Url;

use crate::{
    dynamodb,
    faults::{Faults, Service},
    functions::Functions,
    gateway,
    s3::S3StandIn,
    seed,
    ses::{Mailbox, MailboxOptions},
    site,
    stripe::{StripeOptions, StripeStandIn},
};

/// The bucket with the books.
pub const BOOKS_BUCKET: &str = "bookstall-books";
/// What the stand-ins for AWS let in.
const ACCESS_KEY: &str = "AKIALOCALBOOKSTALL00";
const SECRET_KEY: &str = "local-secret-of-no-worth";
const STRIPE_SECRET_KEY: &str = "sk_test_local";
const STRIPE_PUBLISHABLE_KEY: &str = "pk_test_local";
const STRIPE_WEBHOOK_SECRET: &str = "whsec_local";

/// How the shop is opened.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where it answers on loopback; 0 takes any free port.
    pub port: u16,
    /// Where its state is kept; without one it is forgotten at the end.
    pub state: Option<PathBuf>,
    /// The real Stripe, in test mode, in place of the stand-in.
    pub real_stripe: Option<RealStripe>,
    /// Variables of the functions that differ from the usual.
    pub variables: HashMap<String, String>,
}

/// Keys to Stripe's test mode.
#[derive(Clone)]
pub struct RealStripe {
    /// `sk_test_…`
    pub secret_key: String,
    /// `pk_test_…`, for the overlay.
    pub publishable_key: Option<String>,
    /// `whsec_…`, from `stripe listen`.
    pub webhook_secret: Option<String>,
}

impl std::fmt::Debug for RealStripe {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("RealStripe { … }")
    }
}

/// Why the shop did not open, in words for whoever tried.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Somebody else answers at this port.
    #[error("Port {0} is in use. Stop what runs there, or choose another one: cargo run -- --port {next}", next = .0.saturating_add(1))]
    PortInUse(u16),
    /// Another shop works with this state.
    #[error("Another shop is open on {}. Stop it, or run this one from another directory", .0.display())]
    StateInUse(PathBuf),
    /// The state cannot be read or written.
    #[error("The state in {} cannot be used: {cause}. To begin anew without it: cargo run -- --fresh", path.display())]
    State {
        /// The directory or file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// Something that should not happen on a machine with a loopback interface.
    #[error("The shop cannot be opened: {0}")]
    Other(String),
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Other(error.to_string())
    }
}

/// The shop, open until it is dropped.
pub struct LocalShop {
    url: String,
    functions: Functions,
    stand_ins: StandIns,
    /// Serves everything; stops with the shop.
    _servers: JoinSet<()>,
    /// Held while the shop works with its state.
    _lock: Option<File>,
    _forgotten: Option<TempDir>,
}

/// The stand-ins of a shop, for tests and tools.
pub struct StandIns {
    /// Where those for AWS answer, and what they let in.
    pub aws: Endpoints,
    /// The mailbox.
    pub mailbox: Mailbox,
    /// Stripe, if it is a stand-in, and where it answers.
    pub stripe: Option<(StripeStandIn, String)>,
    /// What goes wrong between the shop and them, and what it called.
    pub faults: Faults,
}

impl LocalShop {
    /// Opens the shop with all its stand-ins; with books in its catalogue, if that is empty.
    pub async fn open(options: Options) -> Result<Self, OpenError> {
        let (front, url) = listen(options.port)
            .await
            .map_err(|error| match error.kind() {
                io::ErrorKind::AddrInUse => OpenError::PortInUse(options.port),
                _ => error.into(),
            })?;
        let forgotten = options.state.is_none().then(TempDir::new).transpose()?;
        let lock = options.state.as_deref().map(lock).transpose()?;
        let state = options.state.as_deref();

        let faults = Faults::default();
        let mut servers = JoinSet::new();
        let mut serve = |listener, router: Router| {
            servers.spawn(async move {
                if let Err(error) = axum::serve(listener, router).await {
                    tracing::error!("a server stopped: {error}");
                }
            });
        };

        let file = state.map(|state| state.join("dynamodb.sqlite"));
        let database = dynamodb::open(file.as_deref()).map_err(|cause| unusable(state, cause))?;
        let (listener, dynamodb_url) = listen(0).await?;
        serve(
            listener,
            faults.around(Service::DynamoDb, dynamodb::router(database).await?),
        );

        let books = state.map(|state| state.join("s3"));
        let books = books
            .as_deref()
            .or(forgotten.as_ref().map(TempDir::path))
            .unwrap_or(Path::new("."));
        let s3 = S3StandIn::open(books, ACCESS_KEY, SECRET_KEY)
            .map_err(|error| unusable(state, error))?;
        let (listener, s3_url) = listen(0).await?;
        serve(listener, faults.around(Service::S3, s3.router()));

        let file = state.map(|state| state.join("mailbox.jsonl"));
        let mailbox = Mailbox::with(MailboxOptions {
            file,
            ..MailboxOptions::default()
        })
        .map_err(|error| unusable(state, error))?;
        let (listener, ses_url) = listen(0).await?;
        serve(listener, faults.around(Service::Ses, mailbox.router()));

        let stripe = if options.real_stripe.is_some() {
            None
        } else {
            let (listener, stripe_url) = listen(0).await?;
            let stripe = StripeStandIn::open(StripeOptions {
                state_file: state.map(|state| state.join("stripe.json")),
                secret_key: STRIPE_SECRET_KEY.to_owned(),
                publishable_key: STRIPE_PUBLISHABLE_KEY.to_owned(),
                webhook_secret: STRIPE_WEBHOOK_SECRET.to_owned(),
                public_url: address(&stripe_url)?,
                webhook_url: Some(address(&format!("{url}/stripe"))?),
            })
            .map_err(|error| unusable(state, error))?;
            serve(listener, faults.around(Service::Stripe, stripe.router()));
            Some((stripe, stripe_url))
        };

        let aws = Endpoints {
            dynamodb: dynamodb_url,
            s3: s3_url,
            ses: ses_url,
            access_key: ACCESS_KEY.to_owned(),
            secret_key: SECRET_KEY.to_owned(),
        };
        let stripe_url = stripe.as_ref().map(|(_, url)| url.as_str());
        let mut variables = variables(&url, stripe_url, options.real_stripe.as_ref());
        variables.extend(options.variables);
        let functions = Functions::open(variables, aws.clone())
            .map_err(|error| OpenError::Other(error.to_string()))?;

        let stand_ins = StandIns {
            aws,
            mailbox,
            stripe,
            faults,
        };
        let router = gateway::router(functions.clone())
            .merge(site::router(
                stand_ins
                    .stripe
                    .as_ref()
                    .map(|(_, url)| format!("{url}/stripe.js")),
            ))
            .merge(stand_ins.mailbox.page_router())
            .route(
                "/local/endpoints",
                get({
                    let endpoints = endpoints(&url, &stand_ins);
                    move || async move { Json(endpoints) }
                }),
            );
        serve(front, router);
        seed::fill(&functions, &s3, &Aws::at(stand_ins.aws.clone()))
            .await
            .map_err(|cause| unusable(state, cause))?;
        stand_ins.faults.clear_calls();
        Ok(Self {
            url,
            functions,
            stand_ins,
            _servers: servers,
            _lock: lock,
            _forgotten: forgotten,
        })
    }

    /// Where the shop answers: `http://127.0.0.1:3000`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its functions.
    #[must_use]
    pub fn functions(&self) -> &Functions {
        &self.functions
    }

    /// Its stand-ins.
    #[must_use]
    pub fn stand_ins(&self) -> &StandIns {
        &self.stand_ins
    }
}

async fn listen(port: u16) -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}

fn lock(state: &Path) -> Result<File, OpenError> {
    std::fs::create_dir_all(state).map_err(|error| unusable(Some(state), error))?;
    let file = File::create(state.join("lock")).map_err(|error| unusable(Some(state), error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::StateInUse(state.to_owned())),
        Err(TryLockError::Error(error)) => Err(unusable(Some(state), error)),
    }
}

fn unusable(state: Option<&Path>, cause: impl ToString) -> OpenError {
    match state {
        Some(path) => OpenError::State {
            path: path.to_owned(),
            cause: cause.to_string(),
        },
        None => OpenError::Other(cause.to_string()),
    }
}

fn address(url: &str) -> Result<Url, OpenError> {
    Url::parse(url).map_err(|error| OpenError::Other(error.to_string()))
}

/// What `template.yaml` gives the functions on AWS.
fn variables(
    url: &str,
    stripe_url: Option<&str>,
    real: Option<&RealStripe>,
) -> HashMap<String, String> {
    let webhook_secret = real
        .and_then(|real| real.webhook_secret.as_deref())
        .unwrap_or(STRIPE_WEBHOOK_SECRET);
    let publishable_key = match real {
        Some(real) => real.publishable_key.as_deref().unwrap_or_default(),
        None => STRIPE_PUBLISHABLE_KEY,
    };
    let book_page = format!("{url}/");
    [
        ("PRODUCTS_TABLE", dynamodb::PRODUCTS_TABLE),
        ("PURCHASES_TABLE", dynamodb::PURCHASES_TABLE),
        ("BOOKS_BUCKET", BOOKS_BUCKET),
        ("MAIL_FROM", "Ada Winters <books@bookstall.example>"),
        ("SUPPORT_EMAIL", "ada@bookstall.example"),
        ("BOOK_PAGE_URL", &book_page),
        ("SHOP_URL", url),
        (
            "STRIPE_SECRET_KEY",
            real.map_or(STRIPE_SECRET_KEY, |real| &real.secret_key),
        ),
        ("STRIPE_WEBHOOK_SECRET", webhook_secret),
        ("STRIPE_PUBLISHABLE_KEY", publishable_key),
        ("STRIPE_API_URL", stripe_url.unwrap_or_default()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

fn endpoints(url: &str, stand_ins: &StandIns) -> Value {
    json!({
        "shop": url,
        "dynamodb": stand_ins.aws.dynamodb,
        "s3": stand_ins.aws.s3,
        "ses": stand_ins.aws.ses,
        "stripe": stand_ins.stripe.as_ref().map(|(_, url)| url),
        "region": "us-east-1",
        "access_key_id": ACCESS_KEY,
        "secret_access_key": SECRET_KEY,
        "stripe_secret_key": STRIPE_SECRET_KEY,
        "stripe_webhook_secret": STRIPE_WEBHOOK_SECRET,
        "products_table": dynamodb::PRODUCTS_TABLE,
        "purchases_table": dynamodb::PURCHASES_TABLE,
        "books_bucket": BOOKS_BUCKET,
    })
}
