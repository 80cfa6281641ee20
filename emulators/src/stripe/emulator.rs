//! The state that all handlers of the emulator share.

use std::sync::Arc;

use axum::extract::State;

use super::api_faults::ApiFaults;
use super::api_keys::ApiKeys;
use super::database::{Store, Tables};
use super::error::ApiError;
use super::idempotency_keys::KeysInUse;
use super::identifiers::now;
use super::operations::sessions;
use super::options::StripeOptions;
use super::webhooks::{WebhookFaults, WebhookSender};

/// The emulator as handlers receive it.
pub(crate) type Shared = State<Arc<Emulator>>;

/// The state that all handlers of the emulator share.
pub(crate) struct Emulator {
    pub(crate) options: StripeOptions,
    /// [`StripeOptions::public_url`] without a slash at its end.
    pub(crate) public_url: String,
    pub(crate) store: Arc<Store>,
    pub(crate) sender: WebhookSender,
    pub(crate) webhook_faults: WebhookFaults,
    pub(crate) api_faults: Arc<ApiFaults>,
    pub(crate) api_keys: ApiKeys,
    pub(crate) keys_in_use: Arc<KeysInUse>,
}

impl Emulator {
    /// Changes the tables, after expiring the sessions that are due, and sends the events that this
    /// recorded to the shop's webhook.
    pub(crate) fn change<T>(
        &self,
        act: impl FnOnce(&mut Tables, i64) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let (result, events) = self.store.change(|tables, now| {
            sessions::expire_due(tables, now);
            act(tables, now)
        });
        self.sender.dispatch(events);
        result
    }

    /// Reads the tables, after expiring the sessions that are due.
    pub(crate) fn read<T>(
        &self,
        look: impl FnOnce(&Tables) -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        if self
            .store
            .read(|tables| sessions::is_any_due(tables, now()))
        {
            self.change(|_, _| Ok(()))?;
        }
        self.store.read(look)
    }
}
