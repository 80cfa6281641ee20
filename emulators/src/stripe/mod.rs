//! Stripe's emulator: the part of Stripe that the shop uses, in this process.
//!
//! It serves the API (`/v1`) to the shop's unmodified client and the payment page, hosted or
//! embedded, to the buyer's browser, and it sends signed webhooks to the shop. It knows Stripe's
//! test cards and no others, and moves no money. `GET /` is the dashboard. It lists the payments,
//! with buttons for refunds, disputes and what else can happen to them. Tests use the routes below
//! `/test` for that.

mod api;
mod api_faults;
mod api_keys;
mod cards;
mod database;
mod emulator;
mod error;
mod expansion;
mod idempotency_keys;
mod identifiers;
mod json;
mod operations;
mod options;
mod pages;
mod parameters;
mod presentment;
mod test_routes;
mod webhooks;

use std::sync::Arc;

use axum::Router;

pub use api_faults::{ApiFault, ApiFaults};
use api_keys::ApiKeys;
pub use api_keys::{ApiKey, KeyRights};
pub use database::StateFileError;
use database::Store;
use emulator::Emulator;
use operations::payments::{self, PaymentForm, PaymentOutcome};
use operations::sessions;
pub use options::{StripeAccount, StripeOptions};
use parameters::Parameters;
use webhooks::WebhookSender;
pub use webhooks::{BogusSignature, FaultSettings, WebhookFaults};

/// Stripe's emulator; clones share it.
#[derive(Clone)]
pub struct StripeEmulator {
    emulator: Arc<Emulator>,
}

impl StripeEmulator {
    /// Opens the emulator with the objects that an earlier run kept. Within a Tokio runtime it also
    /// sends the webhooks that the earlier run did not deliver.
    pub fn open(options: StripeOptions) -> Result<Self, StateFileError> {
        let public_url = options.public_url.as_str().trim_end_matches('/').to_owned();
        let store = Arc::new(Store::open(
            options.state_file.as_deref(),
            &public_url,
            options.webhook_url.is_some(),
        )?);
        let sender = WebhookSender::new(
            options.webhook_url.clone(),
            &options.webhook_secret,
            Arc::clone(&store),
        );
        sender.resume();
        let emulator = Emulator {
            webhook_faults: WebhookFaults::new(sender.clone()),
            api_faults: Arc::default(),
            api_keys: ApiKeys::new(&options.secret_key),
            keys_in_use: Arc::default(),
            public_url,
            store,
            sender,
            options,
        };
        Ok(Self {
            emulator: Arc::new(emulator),
        })
    }

    /// Serves the API, the pages and the test routes. It belongs at [`StripeOptions::public_url`].
    pub fn router(&self) -> Router {
        api::router(&self.emulator)
            .merge(pages::checkout::router())
            .merge(pages::dashboard::router())
            .merge(pages::receipt::router())
            .merge(pages::documents::router())
            .merge(test_routes::router())
            .with_state(Arc::clone(&self.emulator))
    }

    /// Sells something: creates a session with form-encoded parameters and pays it with a test card.
    /// Returns Stripe's message if it is refused.
    pub fn sell(&self, parameters: &str) -> Result<(), String> {
        let form = PaymentForm {
            email: "joe@example.com".to_owned(),
            card: Some("4242424242424242".to_owned()),
            ..PaymentForm::default()
        };
        let sold = self.emulator.change(|tables, now| {
            let parameters = Parameters::parse(parameters)?;
            let session = sessions::create(&parameters, self.emulator.options.account, now)?;
            let id = session.id.clone();
            tables.sessions.put(session);
            payments::pay(tables, &id, &form, now)
        });
        match sold {
            Ok(PaymentOutcome::Declined(error)) | Err(error) => Err(error.message),
            Ok(_) => Ok(()),
        }
    }

    /// Accepts these keys in the API, and no others any more, as after keys were rolled.
    pub fn accept_keys(&self, keys: Vec<ApiKey>) {
        self.emulator.api_keys.set(keys);
    }

    /// Returns the faults of webhooks.
    #[must_use]
    pub fn faults(&self) -> &WebhookFaults {
        &self.emulator.webhook_faults
    }

    /// Returns the faults of the API.
    #[must_use]
    pub fn api_faults(&self) -> &ApiFaults {
        &self.emulator.api_faults
    }

    /// Waits until every webhook, with its retries, is delivered or given up. Webhooks that a pause
    /// holds back do not count.
    pub async fn idle(&self) {
        self.emulator.sender.idle().await;
    }
}
