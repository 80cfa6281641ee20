//! Stripe's events: what each is about, whether a webhook or a list tells of it.

use miniserde::Deserialize;

use crate::domain::stripe_ids::{PaymentId, SessionId};

/// What an event is about: what to look at again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum EventSubject {
    /// A checkout.
    Session(SessionId),
    /// A payment: refunded, disputed.
    Payment(PaymentId),
    /// Nothing that concerns the shop.
    Nothing,
}

/// An event, as far as the shop reads it: enough to say what to look at again, so that an event of
/// any API version will do (<https://docs.stripe.com/api/events/object>).
#[derive(Deserialize)]
pub(super) struct Event {
    pub(super) id: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    data: EventData,
}

#[derive(Deserialize)]
struct EventData {
    object: EventObject,
}

/// A session, a charge, a refund or a dispute.
#[derive(Deserialize)]
struct EventObject {
    id: Option<String>,
    payment_intent: Option<String>,
}

impl Event {
    /// What it tells the shop to look at.
    pub(super) fn subject(&self) -> EventSubject {
        let id = self.data.object.id.as_deref();
        match self.kind.as_str() {
            "checkout.session.completed" | "checkout.session.async_payment_succeeded" => id
                .and_then(SessionId::parse)
                .map_or(EventSubject::Nothing, EventSubject::Session),
            "charge.refunded"
            | "charge.refund.updated"
            | "refund.failed"
            | "refund.updated"
            | "charge.dispute.created"
            | "charge.dispute.updated"
            | "charge.dispute.closed"
            | "charge.dispute.funds_withdrawn"
            | "charge.dispute.funds_reinstated" => self
                .payment()
                .map_or(EventSubject::Nothing, EventSubject::Payment),
            _ => EventSubject::Nothing,
        }
    }

    /// The payment that it is about.
    pub(super) fn payment(&self) -> Option<PaymentId> {
        let payment = self.data.object.payment_intent.as_deref();
        payment.and_then(PaymentId::parse)
    }
}
