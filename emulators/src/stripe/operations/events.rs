//! Records Stripe's events.

use serde_json::Value;

use crate::stripe::database::{Event, EventDelivery, Session, Tables};
use crate::stripe::expansion::Expansion;
use crate::stripe::identifiers::identifier;
use crate::stripe::json;

/// The types of event that the shop's webhook endpoint is subscribed to.
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
    tables.add_event(Event {
        id: identifier("evt"),
        created: now,
        kind: kind.to_owned(),
        object,
        previous_attributes,
        delivery: if SUBSCRIBED.contains(&kind) {
            EventDelivery::Pending
        } else {
            EventDelivery::Unwanted
        },
    });
}

/// Records an event of the type `kind` about a session.
pub(super) fn record_session(tables: &mut Tables, now: i64, kind: &str, session: &Session) {
    let object = json::session(tables, session, &Expansion::default());
    record(tables, now, kind, object);
}
