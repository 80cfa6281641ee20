//! Disputes of payments, as Stripe reports them, and what the author is told of them.

use std::fmt;

use crate::domain::{money::Money, stripe_ids::is_stripe_id, timestamp::Timestamp};

/// A dispute's id at Stripe: `du_…` or `dp_…`. It gives access to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisputeId(String);

impl DisputeId {
    /// Reads an id from Stripe. `None` if it is malformed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_id = ["du_", "dp_"].iter().any(|kind| is_stripe_id(text, kind));
        is_id.then(|| Self(text.to_owned()))
    }

    /// Returns the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A dispute (<https://docs.stripe.com/api/disputes/object>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// Its id.
    pub id: DisputeId,
    /// Its state.
    pub status: DisputeStatus,
    /// What the cardholder or the bank says, in Stripe's word: `fraudulent`.
    pub reason: String,
    /// The disputed sum. It can be less than was paid, or in the currency of the bank.
    pub disputed: Money,
    /// The time at which it was opened.
    pub opened_at: Timestamp,
    /// The time until which evidence is taken; absent if the bank takes none.
    pub due_by: Option<Timestamp>,
}

/// The state of a dispute, in Stripe's word: `needs_response`. Stripe adds words
/// (appeals in 2026).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisputeStatus(pub String);

/// What the author is told of a dispute: once each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisputeStage {
    /// The bank asks about the payment, and has taken no money.
    Inquiry,
    /// The payment is disputed, and the money is gone for now.
    Opened,
    /// The dispute goes on after it was decided.
    Appealed,
    /// The dispute was settled before it became one.
    Prevented,
    /// The bank asks no more.
    InquiryClosed,
    /// The money is back.
    Won,
    /// The money stays with the buyer.
    Lost,
}

impl DisputeStatus {
    /// Whether the dispute holds the money, for now or for good. The statuses that leave the money
    /// with the author are listed: the dispute is won, was prevented, or is an inquiry, which takes no
    /// money. Every other status, known or new, holds it.
    #[must_use]
    pub fn holds_the_money(&self) -> bool {
        !matches!(
            self.0.as_str(),
            "won"
                | "prevented"
                | "warning_needs_response"
                | "warning_under_review"
                | "warning_closed"
        )
    }

    /// Whether the bank waits for evidence.
    #[must_use]
    pub fn wants_an_answer(&self) -> bool {
        self.0.ends_with("needs_response")
    }

    /// Returns what the author is told, or `None` while the bank considers what the author sent. A
    /// status that the shop does not know is told like a dispute that was opened, with Stripe's word.
    fn stage(&self) -> Option<DisputeStage> {
        Some(match self.0.as_str() {
            "under_review" | "warning_under_review" | "appeal_under_review" => return None,
            "warning_needs_response" => DisputeStage::Inquiry,
            "appeal_needs_response" => DisputeStage::Appealed,
            "prevented" => DisputeStage::Prevented,
            "warning_closed" => DisputeStage::InquiryClosed,
            "won" => DisputeStage::Won,
            "lost" => DisputeStage::Lost,
            _ => DisputeStage::Opened,
        })
    }
}

impl fmt::Display for DisputeStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Dispute {
    /// Returns the name under which a purchase notes that the author was told of this stage of the
    /// dispute, and the stage. `None` if there is nothing to tell.
    #[must_use]
    pub fn notice(&self) -> Option<(DisputeNoticeId, DisputeStage)> {
        let stage = self.status.stage()?;
        Some((DisputeNoticeId::new(&self.id, stage), stage))
    }

    /// Says in a sentence what the cardholder or the bank claims
    /// (<https://docs.stripe.com/disputes/categories>).
    #[must_use]
    pub fn claim(&self) -> String {
        match self.reason.as_str() {
            "fraudulent" => "The cardholder says that they did not make this payment",
            "unrecognized" => "The cardholder does not recognise this payment",
            "product_not_received" => "The buyer says that they did not get the book",
            "product_unacceptable" => "The buyer says that the book is not what was promised",
            "duplicate" => "The buyer says that they were charged twice",
            "credit_not_processed" => "The buyer says that their money did not come back",
            "subscription_canceled" => "The buyer says that they had cancelled",
            "noncompliant" => "The bank says that the payment is against the network’s rules",
            "debit_not_authorized" => "The buyer says that they did not allow the debit",
            "insufficient_funds" => "The buyer’s account did not hold the money",
            "incorrect_account_details" => "The buyer’s account is wrong or closed",
            "bank_cannot_process" => "The buyer’s bank cannot process the payment",
            "check_returned" => "The bank returned the cheque",
            "customer_initiated" => "The buyer disputes it, and Stripe does not say why",
            "general" => "The bank’s reason is none of Stripe’s kinds; ask the buyer",
            other => return format!("Stripe’s word is “{other}”"),
        }
        .to_owned()
    }
}

/// The name of what the author is told of a dispute once: `du_… opened`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisputeNoticeId(String);

impl DisputeNoticeId {
    fn new(id: &DisputeId, stage: DisputeStage) -> Self {
        let stage = match stage {
            DisputeStage::Inquiry => "inquiry",
            DisputeStage::Opened => "opened",
            DisputeStage::Appealed => "appealed",
            DisputeStage::Prevented => "prevented",
            DisputeStage::InquiryClosed => "inquiry closed",
            DisputeStage::Won => "won",
            DisputeStage::Lost => "lost",
        };
        Self(format!("{} {stage}", id.as_str()))
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Returns a dispute as it is when it was opened.
    pub(crate) fn dispute(status: &str) -> Dispute {
        Dispute {
            id: DisputeId::parse("du_1").unwrap(),
            status: DisputeStatus(status.to_owned()),
            reason: "fraudulent".to_owned(),
            disputed: Money::parse("29.00 USD").unwrap(),
            opened_at: Timestamp::from_unix(1_795_366_800).unwrap(),
            due_by: Timestamp::from_unix(1_796_169_599),
        }
    }

    #[test]
    fn only_what_frees_the_money_frees_the_link() {
        for (status, holds) in [
            ("needs_response", true),
            ("under_review", true),
            ("lost", true),
            ("appeal_needs_response", true),
            ("appeal_under_review", true),
            ("whatever_comes_next", true),
            ("warning_whatever_comes_next", true),
            ("won", false),
            ("prevented", false),
            ("warning_needs_response", false),
            ("warning_under_review", false),
            ("warning_closed", false),
        ] {
            assert_eq!(dispute(status).status.holds_the_money(), holds, "{status}");
        }
    }

    #[test]
    fn each_stage_is_told_and_what_the_author_does_is_not() {
        for (status, notice, wants_an_answer) in [
            ("warning_needs_response", Some("du_1 inquiry"), true),
            ("needs_response", Some("du_1 opened"), true),
            ("appeal_needs_response", Some("du_1 appealed"), true),
            ("under_review", None, false),
            ("warning_under_review", None, false),
            ("appeal_under_review", None, false),
            ("prevented", Some("du_1 prevented"), false),
            ("warning_closed", Some("du_1 inquiry closed"), false),
            ("won", Some("du_1 won"), false),
            ("lost", Some("du_1 lost"), false),
            ("whatever_comes_next", Some("du_1 opened"), false),
        ] {
            let dispute = dispute(status);
            let told = dispute.notice().map(|(id, _)| id.as_str().to_owned());
            assert_eq!(told.as_deref(), notice, "{status}");
            assert_eq!(
                dispute.status.wants_an_answer(),
                wants_an_answer,
                "{status}"
            );
        }
    }

    #[test]
    fn the_reason_is_a_sentence_or_stripes_own_word() {
        let said = |reason: &str| {
            let dispute = Dispute {
                reason: reason.to_owned(),
                ..dispute("needs_response")
            };
            dispute.claim()
        };
        assert_eq!(
            said("product_not_received"),
            "The buyer says that they did not get the book"
        );
        assert_eq!(said("newer"), "Stripe’s word is “newer”");
    }
}
