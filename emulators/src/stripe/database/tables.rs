//! All objects of the account, a table for each kind.

use super::change::Change;
use super::events::{Event, WebhookEndpoint};
use super::invoices::{CreditNote, Invoice};
use super::objects::{Charge, Dispute, PaymentIntent, Refund, Session};
use super::saved_response::SavedResponse;
use super::table::{Row, Table};
use crate::stripe::error::ApiError;

/// All objects of the account, a table for each kind.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    pub(crate) sessions: Table<Session>,
    pub(crate) payment_intents: Table<PaymentIntent>,
    pub(crate) charges: Table<Charge>,
    pub(crate) refunds: Table<Refund>,
    pub(crate) disputes: Table<Dispute>,
    pub(crate) invoices: Table<Invoice>,
    pub(crate) credit_notes: Table<CreditNote>,
    pub(crate) events: Table<Event>,
    pub(crate) webhook_endpoints: Table<WebhookEndpoint>,
    pub(crate) saved_responses: Table<SavedResponse>,
    /// Events of the present change that are to be delivered once it is kept.
    new_events: Vec<Event>,
    /// The URL of the emulator, without a slash at its end. It is not kept.
    pub(crate) public_url: String,
    /// Whether the emulator was opened with a webhook endpoint. It is not kept.
    pub(crate) has_first_endpoint: bool,
}

/// Returns the row, or Stripe's error that there is none.
pub(crate) fn found<'a, T: Row>(row: Option<&'a T>, id: &str) -> Result<&'a T, ApiError> {
    row.ok_or_else(|| ApiError::resource_missing(T::OBJECT, "id", id))
}

/// Returns the row to be changed, or Stripe's error that there is none.
pub(crate) fn found_mut<'a, T: Row>(
    row: Option<&'a mut T>,
    id: &str,
) -> Result<&'a mut T, ApiError> {
    row.ok_or_else(|| ApiError::resource_missing(T::OBJECT, "id", id))
}

impl Tables {
    /// Returns the id of a payment intent's latest charge.
    pub(crate) fn latest_charge(&self, payment_intent: &str) -> Result<&str, ApiError> {
        let intent = self.payment_intents.get(payment_intent).ok_or_else(|| {
            ApiError::resource_missing("payment_intent", "payment_intent", payment_intent)
        })?;
        intent.latest_charge.as_deref().ok_or_else(|| {
            ApiError::invalid_request(
                "resource_missing",
                format!("This PaymentIntent ({payment_intent}) does not have a successful charge."),
            )
        })
    }

    /// Returns how much of an invoice was credited, in minor units.
    pub(crate) fn credited(&self, invoice: &str) -> i64 {
        let notes = self.credit_notes.newest_first();
        let notes = notes.filter(|note| note.invoice == invoice);
        notes.map(|note| note.amount).sum()
    }

    /// Adds an event, which is delivered to the endpoints that are subscribed to its kind.
    pub(crate) fn add_event(&mut self, event: Event) {
        if !event.deliveries.is_empty() {
            self.new_events.push(event.clone());
        }
        self.events.put(event);
    }

    /// Returns the events to be delivered that were added since the last call.
    pub(super) fn take_new_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.new_events)
    }

    /// Returns the rows that changed since the last call.
    pub(super) fn take_change(&mut self) -> Change {
        Change {
            sessions: self.sessions.take_changed(),
            payment_intents: self.payment_intents.take_changed(),
            charges: self.charges.take_changed(),
            refunds: self.refunds.take_changed(),
            disputes: self.disputes.take_changed(),
            invoices: self.invoices.take_changed(),
            credit_notes: self.credit_notes.take_changed(),
            events: self.events.take_changed(),
            webhook_endpoints: self.webhook_endpoints.take_changed(),
            saved_responses: self.saved_responses.take_changed(),
        }
    }

    /// Makes a change that an earlier run kept.
    pub(super) fn apply(&mut self, change: Change) {
        self.sessions.extend(change.sessions);
        self.payment_intents.extend(change.payment_intents);
        self.charges.extend(change.charges);
        self.refunds.extend(change.refunds);
        self.disputes.extend(change.disputes);
        self.invoices.extend(change.invoices);
        self.credit_notes.extend(change.credit_notes);
        self.events.extend(change.events);
        self.webhook_endpoints.extend(change.webhook_endpoints);
        self.saved_responses.extend(change.saved_responses);
    }
}
