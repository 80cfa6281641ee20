//! Stripe's events: what each is about, whether a webhook or a list tells of it.
//!
//! There are two kinds (<https://docs.stripe.com/event-destinations#thin-events>): a *snapshot* holds
//! the object as it was, a *thin* event only its id. The shop looks again in either case, so either
//! will do.

use miniserde::Deserialize;

use crate::domain::stripe_ids::{PaymentId, SessionId, is_stripe_id};

/// What an event is about: what to look at again.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum EventSubject {
    /// A checkout.
    Session(SessionId),
    /// A checkout whose bank debit did not come.
    FailedSession(SessionId),
    /// A payment: refunded, disputed.
    Payment(PaymentId),
    /// What befell a payment, which has to be asked for first.
    Object(StripeObject),
    /// Nothing that concerns the shop.
    Nothing,
}

/// A charge, a refund or a dispute, each of which knows its payment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StripeObject {
    path: String,
}

impl StripeObject {
    /// Where Stripe has it: `/refunds/re_…`.
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

/// An event, as far as the shop reads it: enough to say what to look at again, so that an event of
/// any API version will do (<https://docs.stripe.com/api/events/object>).
#[derive(Deserialize)]
pub(super) struct Event {
    pub(super) id: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    data: Option<EventData>,
    /// Of a thin event.
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
    /// What it tells the shop to look at.
    pub(super) fn subject(&self) -> EventSubject {
        // A thin event calls the same things by another name.
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

    /// The payment that it is about, where it says so.
    pub(super) fn payment(&self) -> Option<PaymentId> {
        let payment = self.object()?.payment_intent.as_deref();
        payment.and_then(PaymentId::parse)
    }

    fn object(&self) -> Option<&EventObject> {
        let snapshot = self.data.as_ref().and_then(|data| data.object.as_ref());
        snapshot.or(self.related_object.as_ref())
    }
}
