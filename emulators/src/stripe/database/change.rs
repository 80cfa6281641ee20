//! The rows that one change added or replaced.

use serde::{Deserialize, Serialize};

use super::events::{Event, WebhookEndpoint};
use super::invoices::{CreditNote, Invoice};
use super::objects::{Charge, Dispute, PaymentIntent, Refund, Session};
use super::saved_response::SavedResponse;

/// The rows that one change added or replaced: a line of the state file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Change {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) sessions: Vec<Session>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) payment_intents: Vec<PaymentIntent>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) charges: Vec<Charge>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) refunds: Vec<Refund>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) disputes: Vec<Dispute>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) invoices: Vec<Invoice>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) credit_notes: Vec<CreditNote>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) events: Vec<Event>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) webhook_endpoints: Vec<WebhookEndpoint>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) saved_responses: Vec<SavedResponse>,
}
