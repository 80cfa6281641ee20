//! The fields of Stripe's objects that the shop reads. It reads so few that an answer of any API
//! version has them.

mod session;

pub(super) use session::Session;

use miniserde::Deserialize;

use crate::{
    domain::{
        dispute::{Dispute, DisputeId, DisputeStatus},
        money::{Currency, Money},
        refunds::RefundState,
        stripe_ids::RefundId,
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};

/// One page of a list in an answer from Stripe.
#[derive(Deserialize)]
pub(super) struct List<T> {
    pub(super) data: Vec<T>,
    pub(super) has_more: bool,
}

/// A payment, with its charge expanded (<https://docs.stripe.com/api/payment_intents/object>).
#[derive(Deserialize)]
pub(super) struct PaymentIntent {
    id: String,
    status: Option<String>,
    pub(super) latest_charge: Option<Charge>,
}

impl PaymentIntent {
    /// Whether a bank refused a delayed payment, so that no money will come
    /// (<https://docs.stripe.com/payments/paymentintents/lifecycle>).
    fn has_failed(&self) -> bool {
        matches!(
            self.status.as_deref(),
            Some("requires_payment_method" | "canceled")
        )
    }
}

/// The charge of a payment (<https://docs.stripe.com/api/charges/object>). Amounts are in minor
/// units.
#[derive(Deserialize)]
pub(super) struct Charge {
    pub(super) amount: i64,
    amount_refunded: i64,
    pub(super) currency: String,
    created: i64,
    pub(super) refunded: bool,
    /// Whether it was ever disputed. It stays `true` after the dispute is won.
    pub(super) disputed: bool,
    /// The address of its receipt, once it is paid.
    receipt_url: Option<String>,
    /// Its latest ten refunds, newest first; absent unless the request expands them.
    pub(super) refunds: Option<List<Refund>>,
}

impl Charge {
    /// How much was refunded so far, in minor units. It includes refunds that are under way, and
    /// leaves out those that failed.
    pub(super) fn amount_refunded(&self) -> u64 {
        self.amount_refunded.try_into().unwrap_or(0)
    }

    /// Returns its latest refunds, as far as the request expanded them.
    pub(super) fn refunds(&self) -> Vec<RefundState> {
        let refunds = self.refunds.iter().flat_map(|list| &list.data);
        refunds.filter_map(Refund::state).collect()
    }
}

/// A dispute (<https://docs.stripe.com/api/disputes/object>).
#[derive(Deserialize)]
pub(super) struct DisputeObject {
    id: String,
    status: String,
    reason: Option<String>,
    amount: Option<i64>,
    currency: Option<String>,
    created: i64,
    evidence_details: Option<EvidenceDetails>,
}

#[derive(Deserialize)]
struct EvidenceDetails {
    /// It is 0 or absent if the bank takes no evidence.
    due_by: Option<i64>,
}

impl DisputeObject {
    /// Whether it holds the money, for now or for good.
    pub(super) fn holds_the_money(&self) -> bool {
        DisputeStatus(self.status.clone()).holds_the_money()
    }

    /// Reads it. The error says what it lacks.
    pub(super) fn dispute(self, step: &'static str) -> Result<Dispute, Failure> {
        let incomplete = |what: &str| Failure::refused(step, format!("a dispute without {what}"));
        let minor_units = self.amount.and_then(|units| units.try_into().ok());
        let currency = self.currency.as_deref().and_then(Currency::parse);
        let due_by = self.evidence_details.and_then(|details| details.due_by);
        Ok(Dispute {
            id: DisputeId::parse(&self.id).ok_or_else(|| incomplete("its id"))?,
            status: DisputeStatus(self.status),
            reason: self.reason.unwrap_or_else(|| "general".to_owned()),
            disputed: Money {
                minor_units: minor_units.ok_or_else(|| incomplete("an amount"))?,
                currency: currency.ok_or_else(|| incomplete("a currency that is in use"))?,
            },
            opened_at: Timestamp::from_unix(self.created).ok_or_else(|| incomplete("a time"))?,
            due_by: due_by
                .filter(|due_by| *due_by > 0)
                .and_then(Timestamp::from_unix),
        })
    }
}

/// How far a refund has come. A bank can take days, and can still refuse it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefundProgress {
    /// It is final: it succeeded, failed or was cancelled.
    Ended,
    /// Stripe has sent the money, and the bank has not accepted it yet.
    Pending,
    /// Stripe needs information from the author or the buyer. Its dashboard says which.
    RequiresAction,
}

/// A refund (<https://docs.stripe.com/api/refunds/object>).
#[derive(Deserialize)]
pub(super) struct Refund {
    id: String,
    amount: i64,
    pub(super) status: Option<String>,
}

impl Refund {
    /// Returns what a purchase has to know of it; `None` if Stripe gave it an unusual id.
    pub(super) fn state(&self) -> Option<RefundState> {
        Some(RefundState {
            id: RefundId::parse(&self.id)?,
            amount: self.amount.try_into().ok()?,
            stands: !self.is_undone(),
        })
    }

    /// Whether its money did not go back: it failed or was cancelled.
    pub(super) fn is_undone(&self) -> bool {
        matches!(self.status.as_deref(), Some("failed" | "canceled"))
    }

    /// Returns how far its money has come. Stripe counts it as refunded before it has arrived.
    pub(super) fn progress(&self) -> RefundProgress {
        match self.status.as_deref() {
            Some("pending") => RefundProgress::Pending,
            Some("requires_action") => RefundProgress::RequiresAction,
            _ => RefundProgress::Ended,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(details: &str) -> Dispute {
        let text = format!(
            r#"{{"id": "du_1", "object": "dispute", "amount": 500, "currency": "eur",
                "created": 1795366800, "reason": "duplicate", "status": "needs_response"{details}}}"#
        );
        let object: DisputeObject = miniserde::json::from_str(&text).unwrap();
        object.dispute("Failed to read").unwrap()
    }

    #[test]
    fn a_dispute_is_read_with_its_deadline_if_the_bank_takes_evidence() {
        let dispute = read(r#", "evidence_details": {"due_by": 1796169599, "past_due": false}"#);
        assert_eq!(dispute.disputed.to_string(), "5.00 EUR");
        assert_eq!(dispute.reason, "duplicate");
        assert_eq!(dispute.due_by, Timestamp::from_unix(1_796_169_599));
        for none in [
            "",
            r#", "evidence_details": null"#,
            r#", "evidence_details": {"due_by": null}"#,
            r#", "evidence_details": {"due_by": 0}"#,
        ] {
            assert_eq!(read(none).due_by, None, "{none}");
        }
    }
}
