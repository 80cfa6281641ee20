//! Stripe's events, as webhooks and lists deliver them, and the object that each is about.
//!
//! There are two kinds (<https://docs.stripe.com/event-destinations#thin-events>): a *snapshot*
//! holds the object as it was, and a *thin* event holds only its id. The shop reads both kinds,
//! because it asks Stripe for the current state in either case.

use miniserde::Deserialize;

use crate::domain::stripe_ids::{PaymentId, SessionId, is_stripe_id};

/// What an event is about, so that the shop can ask Stripe for its current state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum EventSubject {
    /// A checkout that was completed or paid.
    Session(SessionId),
    /// A checkout whose bank debit failed.
    FailedSession(SessionId),
    /// A payment that was refunded or disputed.
    Payment(PaymentId),
    /// A charge, a refund or a dispute whose payment Stripe has to be asked for.
    Object(StripeObject),
    /// Nothing that concerns the shop.
    Nothing,
}

/// A charge, a refund or a dispute. Each names its payment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StripeObject {
    path: String,
}

impl StripeObject {
    /// The path of the object in Stripe's API: `/refunds/re_…`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    fn parse(id: &str) -> Option<Self> {
        const LISTS: [(&str, &str); 6] = [
            ("ch_", "charges"),
            ("py_", "charges"),
            ("re_", "refunds"),
            ("pyr_", "refunds"),
            ("du_", "disputes"),
            ("dp_", "disputes"),
        ];
        let (_, list) = LISTS.iter().find(|(prefix, _)| is_stripe_id(id, prefix))?;
        Some(Self {
            path: format!("/{list}/{id}"),
        })
    }
}

/// The fields of an event that the shop reads. They are the same in every API version
/// (<https://docs.stripe.com/api/events/object>).
#[derive(Deserialize)]
pub(super) struct Event {
    pub(super) id: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    data: Option<EventData>,
    /// The object of a thin event.
    related_object: Option<EventObject>,
}

#[derive(Deserialize)]
struct EventData {
    object: Option<EventObject>,
}

/// A session, a charge, a refund or a dispute.
#[derive(Deserialize)]
struct EventObject {
    id: Option<String>,
    payment_intent: Option<String>,
}

impl Event {
    /// Returns what the shop has to look at again.
    pub(super) fn subject(&self) -> EventSubject {
        // The type of a thin event is that of a snapshot with `v1.` before it.
        let kind = self.kind.strip_prefix("v1.").unwrap_or(&self.kind);
        match kind {
            "checkout.session.completed" | "checkout.session.async_payment_succeeded" => self
                .session()
                .map_or(EventSubject::Nothing, EventSubject::Session),
            "checkout.session.async_payment_failed" => self
                .session()
                .map_or(EventSubject::Nothing, EventSubject::FailedSession),
            "charge.refunded"
            | "charge.refund.updated"
            | "refund.failed"
            | "refund.updated"
            | "charge.dispute.created"
            | "charge.dispute.updated"
            | "charge.dispute.closed"
            | "charge.dispute.funds_withdrawn"
            | "charge.dispute.funds_reinstated" => self.of_payment(),
            _ => EventSubject::Nothing,
        }
    }

    fn session(&self) -> Option<SessionId> {
        SessionId::parse(self.object()?.id.as_deref()?)
    }

    fn of_payment(&self) -> EventSubject {
        if let Some(payment) = self.payment() {
            return EventSubject::Payment(payment);
        }
        let related = self.related_object.as_ref();
        related
            .and_then(|object| StripeObject::parse(object.id.as_deref()?))
            .map_or(EventSubject::Nothing, EventSubject::Object)
    }

    /// Returns the payment that the event names, if it names one.
    pub(super) fn payment(&self) -> Option<PaymentId> {
        let payment = self.object()?.payment_intent.as_deref();
        payment.and_then(PaymentId::parse)
    }

    fn object(&self) -> Option<&EventObject> {
        let snapshot = self.data.as_ref().and_then(|data| data.object.as_ref());
        snapshot.or(self.related_object.as_ref())
    }
}
