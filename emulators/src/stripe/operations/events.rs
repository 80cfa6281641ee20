//! Records Stripe's events.

use serde_json::Value;

use crate::stripe::database::{Event, EventDelivery, Session, Tables};
use crate::stripe::expansion::Expansion;
use crate::stripe::identifiers::identifier;
use crate::stripe::json;
use crate::stripe::webhooks::FIRST_ENDPOINT;

/// The types of event that the endpoint is subscribed to that the emulator was opened with.
const SUBSCRIBED: [&str; 13] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "charge.succeeded",
    "charge.refunded",
    "charge.refund.updated",
    "refund.failed",
    "refund.updated",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
];

/// Records an event of the type `kind` about `object`.
pub(super) fn record(tables: &mut Tables, now: i64, kind: &str, object: Value) {
    record_update(tables, now, kind, object, None);
}

/// Records an event of the type `kind` about `object`, with its attributes before the change.
pub(super) fn record_update(
    tables: &mut Tables,
    now: i64,
    kind: &str,
    object: Value,
    previous_attributes: Option<Value>,
) {
    let registered = tables.webhook_endpoints.newest_first();
    let first = tables.has_first_endpoint && SUBSCRIBED.contains(&kind);
    let deliveries = registered
        .filter(|endpoint| endpoint.wants(kind))
        .map(|endpoint| endpoint.id.clone())
        .chain(first.then(|| FIRST_ENDPOINT.to_owned()))
        .map(|endpoint| (endpoint, EventDelivery::Pending))
        .collect();
    tables.add_event(Event {
        id: identifier("evt"),
        created: now,
        kind: kind.to_owned(),
        object,
        previous_attributes,
        deliveries,
    });
}

/// Records an event of the type `kind` about a session.
pub(super) fn record_session(tables: &mut Tables, now: i64, kind: &str, session: &Session) {
    let object = json::session(tables, session, &Expansion::default());
    record(tables, now, kind, object);
}
