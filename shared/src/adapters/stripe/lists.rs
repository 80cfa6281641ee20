//! Stripe's lists, page by page and newest first. They show sales whose webhooks did not arrive.
//!
//! A list only says which sales to look at again: before the shop changes anything, it asks Stripe
//! for the sale itself. So it reads only those fields of an entry that say whether the sale needs
//! that.
//!
//! The crate's own paginator sends the filters with the first page only. This module sends them
//! with each page.

use serde::Serialize;
use stripe_client_core::{RequestBuilder, StripeMethod, StripeRequest};

use super::{
    account::Stripe,
    events::{Event, EventSubject},
    objects::{Charge, List, Session},
};
use crate::{
    domain::{
        purchase::Purchase,
        purchase_id::PurchaseId,
        refunds::RefundState,
        sale::refund_corrections,
        stripe_ids::{PaymentId, SessionId},
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};

/// The number of entries on a page: the most that Stripe allows
/// (<https://docs.stripe.com/api/pagination>).
const PAGE: u8 = 100;

/// The types of events that can happen to a sale after its checkout. Stripe lists the events of the
/// last 30 days, whether or not their webhooks arrived (<https://docs.stripe.com/api/events/list>).
const LATER_EVENTS: [&str; 11] = [
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "charge.refunded",
    "charge.refund.updated",
    "refund.failed",
    "refund.updated",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
];

/// One page of a list.
#[derive(Debug)]
pub struct Page<T> {
    /// The entries that concern the shop.
    pub entries: Vec<T>,
    /// The start of the next page; absent on the last page.
    pub next: Option<StripeCursor>,
}

/// The position at which a page starts. It can be a session's id, so its `Debug` does not show it.
pub struct StripeCursor(String);

impl std::fmt::Debug for StripeCursor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("StripeCursor(…)")
    }
}

/// A paid checkout of this shop, as Stripe's list of checkouts shows it.
#[derive(Debug)]
pub struct PaidSession {
    /// The checkout.
    pub session: SessionId,
    /// The id that its purchase has, or should have.
    pub purchase_id: PurchaseId,
    /// Its payment; absent if the price was zero.
    pub payment: Option<PaymentId>,
    /// The time at which it was paid.
    pub paid_at: Timestamp,
    amount_refunded: u64,
    refunds: Vec<RefundState>,
    is_refunded: bool,
    /// Whether it was ever disputed. It stays `true` after the dispute is won.
    was_disputed: bool,
    has_invoice: bool,
}

impl PaidSession {
    fn read(session: &Session, shop_id: &str) -> Option<Self> {
        if !session.is_of_shop(shop_id) || !session.is_paid() {
            return None;
        }
        let charge = session.charge();
        Some(Self {
            session: SessionId::parse(&session.id)?,
            purchase_id: session.purchase_id()?,
            payment: session.payment_id(),
            paid_at: Timestamp::from_unix(session.paid_at())?,
            amount_refunded: charge.map_or(0, Charge::amount_refunded),
            refunds: charge.map(Charge::refunds).unwrap_or_default(),
            is_refunded: charge.is_some_and(|charge| charge.refunded),
            was_disputed: charge.is_some_and(|charge: &Charge| charge.disputed),
            has_invoice: session.invoice().is_some(),
        })
    }

    /// Whether the purchase certainly agrees with Stripe, so that the shop need not ask for this
    /// sale.
    #[must_use]
    pub fn is_done(&self, purchase: Option<&Purchase>) -> bool {
        purchase.is_some_and(|purchase| {
            purchase.is_settled()
                && !self.was_disputed
                && purchase.suspended_at.is_none()
                && !purchase.refunds.are_newer_than(&self.refunds)
                && !(self.has_invoice && purchase.lacks_invoice())
                && refund_corrections(
                    self.amount_refunded,
                    &self.refunds,
                    self.is_refunded,
                    purchase,
                )
                .is_empty()
        })
    }
}

/// An event of a sale after its checkout.
#[derive(Debug)]
pub struct StripeEvent {
    /// What the shop has to look at again.
    pub subject: EventSubject,
    /// The payment that the event is about.
    pub payment: Option<PaymentId>,
}

impl StripeEvent {
    fn read(event: &Event) -> Option<Self> {
        let subject = event.subject();
        (subject != EventSubject::Nothing).then(|| Self {
            subject,
            payment: event.payment(),
        })
    }
}

impl Stripe {
    /// Returns a page of the paid checkouts that were begun at `since` or later. Makes one request.
    pub async fn paid_sessions(
        &self,
        since: Timestamp,
        from: Option<&StripeCursor>,
        now: Timestamp,
    ) -> Result<Page<PaidSession>, Failure> {
        const STEP: &str = "Failed to list Stripe's checkouts";
        let request = ListSessions {
            created: Created::since(since),
            status: "complete",
            expand: ["data.payment_intent.latest_charge.refunds"],
            limit: PAGE,
            starting_after: from.map(|start| start.0.clone()),
        };
        let list = self.ask(STEP, &request, None, now).await?;
        page(
            STEP,
            list,
            |session: &Session| Some(&session.id),
            |session| PaidSession::read(session, &self.shop_id),
        )
    }

    /// Returns a page of the events from `since` to `until`, of sales of any age. Makes one
    /// request.
    pub async fn events(
        &self,
        since: Timestamp,
        until: Timestamp,
        from: Option<&StripeCursor>,
        now: Timestamp,
    ) -> Result<Page<StripeEvent>, Failure> {
        const STEP: &str = "Failed to list Stripe's events";
        let request = ListEvents {
            created: Created {
                lte: Some(until.unix()),
                ..Created::since(since)
            },
            types: LATER_EVENTS,
            limit: PAGE,
            starting_after: from.map(|start| start.0.clone()),
        };
        let list = self.ask(STEP, &request, None, now).await?;
        page(
            STEP,
            list,
            |event: &Event| event.id.as_ref(),
            StripeEvent::read,
        )
    }
}

fn page<S, T>(
    step: &'static str,
    list: Option<List<S>>,
    id: impl Fn(&S) -> Option<&String>,
    read: impl Fn(&S) -> Option<T>,
) -> Result<Page<T>, Failure> {
    let List { data, has_more } = list.ok_or_else(|| Failure::refused(step, "404"))?;
    let next = data.last().filter(|_| has_more).and_then(id);
    Ok(Page {
        next: next.map(|id| StripeCursor(id.clone())),
        entries: data.iter().filter_map(read).collect(),
    })
}

#[derive(Serialize)]
struct Created {
    gte: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lte: Option<i64>,
}

impl Created {
    fn since(timestamp: Timestamp) -> Self {
        Self {
            gte: timestamp.unix(),
            lte: None,
        }
    }
}

#[derive(Serialize)]
struct ListSessions {
    created: Created,
    status: &'static str,
    expand: [&'static str; 1],
    limit: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    starting_after: Option<String>,
}

impl StripeRequest for ListSessions {
    type Output = List<Session>;

    fn build(&self) -> RequestBuilder {
        RequestBuilder::new(StripeMethod::Get, "/checkout/sessions").query(self)
    }
}

#[derive(Serialize)]
struct ListEvents {
    created: Created,
    types: [&'static str; LATER_EVENTS.len()],
    limit: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    starting_after: Option<String>,
}

impl StripeRequest for ListEvents {
    type Output = List<Event>;

    fn build(&self) -> RequestBuilder {
        RequestBuilder::new(StripeMethod::Get, "/events").query(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{purchase::tests::purchase, stripe_ids::RefundId};

    fn session(text: &str) -> Option<PaidSession> {
        PaidSession::read(&miniserde::json::from_str(text).unwrap(), "the-shop")
    }

    fn paid(charge: &str) -> PaidSession {
        session(&format!(
            r#"{{"id": "cs_test_1", "object": "checkout.session", "created": 1795366000,
                "status": "complete", "payment_status": "paid", "anything": [1],
                "metadata": {{"shop_id": "the-shop", "purchase_id": "{}", "product_id": "wip-2e"}},
                "payment_intent": {{"id": "pi_1", "latest_charge": {charge}}}}}"#,
            purchase().id.secret()
        ))
        .unwrap()
    }

    #[test]
    fn a_checkout_is_read_as_far_as_it_says_whether_it_is_worth_a_look() {
        let charge = r#"{"amount": 2900, "amount_refunded": 0, "currency": "usd", "created": 1795366800, "refunded": false, "disputed": false}"#;
        let sold = paid(charge);
        assert_eq!(sold.purchase_id, purchase().id);
        assert_eq!(sold.payment, PaymentId::parse("pi_1"));
        assert_eq!(sold.paid_at.unix(), 1_795_366_800);

        for other in [
            r#"{"id": "cs_1", "created": 1, "status": "complete", "payment_status": "paid", "metadata": null}"#,
            r#"{"id": "cs_1", "created": 1, "status": "complete", "payment_status": "paid", "metadata": {}}"#,
            r#"{"id": "cs_1", "created": 1, "status": "complete", "payment_status": "paid",
                "metadata": {"shop_id": "the-shop", "purchase_id": "42"}}"#,
            r#"{"id": "cs_1", "created": 1, "status": "complete", "payment_status": "unpaid",
                "metadata": {"shop_id": "the-shop", "purchase_id": "3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10"}}"#,
            r#"{"id": "cs_1", "created": 1, "status": "complete", "payment_status": "paid",
                "metadata": {"shop_id": "another", "purchase_id": "3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10"}}"#,
        ] {
            assert!(session(other).is_none(), "{other}");
        }
    }

    #[test]
    fn what_is_as_it_should_be_needs_no_look() {
        let quiet = r#"{"amount": 2900, "amount_refunded": 0, "currency": "usd", "created": 1795366800, "refunded": false, "disputed": false}"#;
        let refund = r#"{"amount": 2900, "amount_refunded": 2900, "currency": "usd", "created": 1795366800, "refunded": true, "disputed": false,
            "refunds": {"data": [{"id": "re_2", "amount": 2900, "status": "succeeded"}, {"id": "re_1", "amount": 2900, "status": "failed"}], "has_more": false}}"#;
        let dispute = r#"{"amount": 2900, "amount_refunded": 0, "currency": "usd", "created": 1795366800, "refunded": false, "disputed": true}"#;
        let now = Timestamp::from_unix(1_795_366_900);
        let mailed = Purchase {
            mailed_at: now,
            ..purchase()
        };
        let id = |text| RefundId::parse(text).unwrap();
        let unmailed_refund = Purchase {
            amount_refunded: 2900,
            refunds: [(id("re_2"), 2900)].into_iter().collect(),
            refunded_at: now,
            ..purchase()
        };
        let refunded = Purchase {
            refunds_mailed: [id("re_2")].into(),
            ..unmailed_refund.clone()
        };
        let of_an_earlier_refund = Purchase {
            refunds: [(id("re_1"), 2900)].into_iter().collect(),
            refunds_mailed: [id("re_1")].into(),
            ..unmailed_refund.clone()
        };
        let suspended = Purchase {
            suspended_at: now,
            ..mailed.clone()
        };
        let cases = vec![
            (quiet, None, false),
            (quiet, Some(purchase()), false),
            (quiet, Some(mailed.clone()), true),
            (quiet, Some(suspended.clone()), false),
            (refund, Some(mailed.clone()), false),
            (quiet, Some(refunded.clone()), false),
            (refund, Some(refunded), true),
            (refund, Some(unmailed_refund), false),
            (refund, Some(of_an_earlier_refund), false),
            (dispute, Some(mailed), false),
            (dispute, Some(suspended), false),
        ];
        for (charge, purchase, is_done) in cases {
            let found = paid(charge).is_done(purchase.as_ref());
            assert_eq!(found, is_done, "{charge} {purchase:?}");
        }
    }

    #[test]
    fn an_event_says_what_to_look_at_and_nothing_else_is_needed_of_it() {
        let event = |text: &str| StripeEvent::read(&miniserde::json::from_str(text).unwrap());
        let closed = event(
            r#"{"id": "evt_1", "type": "charge.dispute.closed", "created": 1,
                "data": {"object": {"id": "du_1", "payment_intent": "pi_1", "status": "won"}}}"#,
        );
        let payment = PaymentId::parse("pi_1").unwrap();
        let closed = closed.unwrap();
        assert_eq!(closed.subject, EventSubject::Payment(payment.clone()));
        assert_eq!(closed.payment, Some(payment));
        let foreign = r#"{"id": "evt_1", "type": "charge.refunded",
                          "data": {"object": {"id": "ch_1", "payment_intent": null}}}"#;
        assert!(event(foreign).is_none());
    }
}
