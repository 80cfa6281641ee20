//! Stripe's emulator: the part of Stripe that the shop uses, in this process.
//!
//! It answers the API (`/v1`) to the shop's unmodified client, shows the payment page to
//! the buyer's browser, hosted or embedded, and calls the shop's webhook, signed. It knows
//! Stripe's test cards and no others, and moves no money. `GET /` lists its payments, with
//! buttons for what else can happen to them; the same is below `/test` for tests.

mod after_sale;
mod age;
mod answers;
mod api;
mod api_faults;
mod cards;
mod checkout_page;
mod checkout_visitor;
mod dashboard;
mod error;
mod expansion;
mod idempotency;
mod identifiers;
mod journal;
mod ledger;
mod lists;
mod model;
mod money;
mod parameters;
mod payments;
mod sessions;
mod table;
mod test_routes;
mod webhook_faults;
mod webhooks;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use url::Url;

pub use api_faults::{ApiFault, ApiFaults};
use error::ApiError;
use idempotency::KeysInUse;
use ledger::{Books, Ledger};
pub use webhook_faults::{BogusSignature, FaultSettings, WebhookFaults};
use webhooks::WebhookSender;

/// Where the emulator is, whom it calls, and the secrets that both sides know.
#[derive(Clone)]
pub struct StripeOptions {
    /// The file that keeps everything over a restart; without it nothing is kept.
    pub state_file: Option<PathBuf>,
    /// What the shop's API calls are authorized with (`sk_test_…`).
    pub secret_key: String,
    /// What the shop's pages call `Stripe(…)` with (`pk_test_…`).
    pub publishable_key: String,
    /// What webhooks are signed with (`whsec_…`).
    pub webhook_secret: String,
    /// Where [`StripeEmulator::router`] is served.
    pub public_url: Url,
    /// The shop's webhook endpoint, if it has one.
    pub webhook_url: Option<Url>,
}

/// Why the emulator cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The state file cannot be read or written.
    #[error("Failed to use {}", path.display())]
    Unusable {
        /// The state file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The state file does not hold what the emulator wrote.
    #[error(
        "{} is damaged in line {line}", path.display()
    )]
    Damaged {
        /// The state file.
        path: PathBuf,
        /// The line, counted from one.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The client that calls webhooks cannot be made.
    #[error("Failed to prepare the client that calls webhooks")]
    Client(#[from] reqwest::Error),
}

/// Stripe, as far as the shop needs it.
#[derive(Clone)]
pub struct StripeEmulator {
    emulator: Arc<Emulator>,
}

impl StripeEmulator {
    /// Opens the emulator with what an earlier run kept. Called within a Tokio runtime, it
    /// goes on with the webhooks that the earlier run owed.
    pub fn open(options: StripeOptions) -> Result<Self, OpenError> {
        let public_url = options.public_url.as_str().trim_end_matches('/').to_owned();
        let books = Arc::new(Books::open(options.state_file.as_deref(), &public_url)?);
        let sender = WebhookSender::new(
            options.webhook_url.clone(),
            options.webhook_secret.clone(),
            Arc::clone(&books),
        )?;
        sender.resume();
        let emulator = Emulator {
            webhook_faults: WebhookFaults::new(sender.clone()),
            api_faults: ApiFaults::default(),
            keys_in_use: Arc::default(),
            public_url,
            books,
            sender,
            options,
        };
        Ok(Self {
            emulator: Arc::new(emulator),
        })
    }

    /// Everything the emulator serves, to be served at [`StripeOptions::public_url`].
    pub fn router(&self) -> Router {
        api::router(&self.emulator)
            .merge(checkout_page::router())
            .merge(test_routes::router())
            .merge(dashboard::router())
            .with_state(Arc::clone(&self.emulator))
    }

    /// What goes wrong with webhooks.
    #[must_use]
    pub fn faults(&self) -> &WebhookFaults {
        &self.emulator.webhook_faults
    }

    /// What goes wrong with the API.
    #[must_use]
    pub fn api_faults(&self) -> &ApiFaults {
        &self.emulator.api_faults
    }

    /// Waits until every webhook under way, retries included, is delivered or given up.
    /// Those held back by a pause do not count.
    pub async fn idle(&self) {
        self.emulator.sender.idle().await;
    }
}

/// What every handler shares.
struct Emulator {
    options: StripeOptions,
    /// [`StripeOptions::public_url`] without a slash at its end.
    public_url: String,
    books: Arc<Books>,
    sender: WebhookSender,
    webhook_faults: WebhookFaults,
    api_faults: ApiFaults,
    keys_in_use: Arc<KeysInUse>,
}

impl Emulator {
    /// Changes the ledger and tells the shop's webhook what happened.
    fn change<T>(
        &self,
        act: impl FnOnce(&mut Ledger, i64) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let (result, events) = self.books.change(act);
        self.sender.dispatch(events);
        result
    }

    /// Reads the ledger, once what ran out meanwhile is closed.
    fn read<T>(&self, look: impl FnOnce(&Ledger) -> Result<T, ApiError>) -> Result<T, ApiError> {
        if self.books.is_session_due() {
            self.change(|_, _| Ok(()))?;
        }
        self.books.read(look)
    }
}
