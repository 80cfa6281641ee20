//! Where events are sent to.

use serde_json::{Value, json};

use super::fault_settings::older_form;
use crate::stripe::database::{Tables, WebhookEndpoint, WebhookEndpointStatus};
use crate::stripe::json::API_VERSION;

/// Stands for the endpoint that the emulator was opened with, where others have their id. Like that
/// of `stripe listen`, the API does not list it.
pub(crate) const FIRST_ENDPOINT: &str = "first";

/// The types of event that an endpoint can be subscribed to, one a line:
/// <https://docs.stripe.com/api/events/types>, as in the types of npm's `stripe` 23.1.0.
const EVENT_TYPES: &str = include_str!("event_types.txt");

/// Returns whether Stripe has events of this type.
pub(crate) fn is_event_type(name: &str) -> bool {
    EVENT_TYPES.lines().any(|kind| kind == name)
}

/// An endpoint as it is now.
#[derive(Clone)]
pub(super) struct Target {
    pub(super) url: String,
    pub(super) secret: String,
    api_version: Option<String>,
}

impl Target {
    pub(super) fn new(url: &str, secret: &str) -> Self {
        Self {
            url: url.to_owned(),
            secret: secret.to_owned(),
            api_version: None,
        }
    }

    /// Returns the endpoint with this id, unless it is disabled or deleted.
    pub(super) fn find(tables: &Tables, id: &str) -> Option<Self> {
        let endpoint = tables.webhook_endpoints.get(id);
        endpoint.filter(|endpoint| is_enabled(endpoint)).map(of)
    }

    /// Returns the newest endpoint that is enabled.
    pub(super) fn newest(tables: &Tables) -> Option<Self> {
        let mut endpoints = tables.webhook_endpoints.newest_first();
        endpoints.find(|endpoint| is_enabled(endpoint)).map(of)
    }

    /// Returns the event in the endpoint's version of the API.
    pub(super) fn render(&self, event: Value) -> Value {
        match self.api_version.as_deref() {
            None | Some(API_VERSION) => event,
            Some(version) => {
                let mut event = older_form(event);
                event["api_version"] = json!(version);
                event
            }
        }
    }
}

fn is_enabled(endpoint: &WebhookEndpoint) -> bool {
    endpoint.status == WebhookEndpointStatus::Enabled && !endpoint.is_live
}

fn of(endpoint: &WebhookEndpoint) -> Target {
    Target {
        url: endpoint.url.clone(),
        secret: endpoint.secret.clone(),
        api_version: endpoint.api_version.clone(),
    }
}
