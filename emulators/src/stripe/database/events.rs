//! Events and webhook endpoints as they are kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::objects::Metadata;
use super::table::rows;

/// An event, with the object as it was at that time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) kind: String,
    pub(crate) object: Value,
    pub(crate) previous_attributes: Option<Value>,
    /// The endpoints that were subscribed to its type when it happened, by their ids, and whether
    /// each has it.
    pub(crate) deliveries: BTreeMap<String, EventDelivery>,
}

impl Event {
    /// Returns the endpoints that it is still to be sent to.
    pub(crate) fn pending_endpoints(&self) -> impl Iterator<Item = &str> {
        let deliveries = self.deliveries.iter();
        let pending = deliveries.filter(|(_, state)| **state == EventDelivery::Pending);
        pending.map(|(endpoint, _)| endpoint.as_str())
    }

    /// Returns how many endpoints have not accepted it.
    pub(crate) fn pending_webhooks(&self) -> usize {
        let states = self.deliveries.values();
        states
            .filter(|state| **state != EventDelivery::Delivered)
            .count()
    }
}

/// Whether an event was delivered to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EventDelivery {
    Pending,
    Delivered,
    GivenUp,
}

/// A webhook endpoint that was made through the API.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct WebhookEndpoint {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) url: String,
    /// What its events are signed with, `whsec_…`.
    pub(crate) secret: String,
    /// Types of event, or `*` for all.
    pub(crate) enabled_events: Vec<String>,
    pub(crate) api_version: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) metadata: Metadata,
    pub(crate) is_live: bool,
    pub(crate) status: WebhookEndpointStatus,
}

impl std::fmt::Debug for WebhookEndpoint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "WebhookEndpoint({} {})", self.id, self.url)
    }
}

impl WebhookEndpoint {
    /// Whether it gets events of this type. The emulator sells nothing in live mode.
    pub(crate) fn wants(&self, kind: &str) -> bool {
        let is_enabled = self.status == WebhookEndpointStatus::Enabled && !self.is_live;
        is_enabled
            && self
                .enabled_events
                .iter()
                .any(|event| event == "*" || event == kind)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WebhookEndpointStatus {
    Enabled,
    Disabled,
    /// It is gone, as far as the API is concerned.
    Deleted,
}

rows! {
    Event: "event",
    WebhookEndpoint: "webhook endpoint",
}
