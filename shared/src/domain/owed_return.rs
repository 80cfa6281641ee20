//! What the author is owed to be told of a buyer's press for the money.

use std::fmt;

use crate::domain::{money::Money, purchase_id::PurchaseId, request_id::RequestId};

/// What the author is owed to be told. The purchase keeps it until the mail has ended.
#[derive(Clone, PartialEq, Eq)]
pub struct OwedReturn {
    /// The request that owes it, by which a second attempt at a write recognises the first.
    pub press: RequestId,
    /// What became of the press.
    pub outcome: PressOutcome,
    /// The reason that the buyer typed, if they did.
    pub reason: Option<String>,
}

/// What became of a buyer's press for the money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PressOutcome {
    /// This much went back in all, because the buyer withdrew from the contract.
    Withdrawn(Money),
    /// This much went back in all, by the author's terms for refunds.
    Refunded(Money),
    /// A withdrawal was declared from these purchases, and their money does not go back by itself.
    Undecided(Vec<(PurchaseId, NoReturn)>),
    /// Stripe refused to send the money, in these words.
    RefusedByStripe(String),
}

/// Why no money goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoReturn {
    /// The shop took no money for it: it was free, or was paid elsewhere.
    NothingPaid,
    /// Stripe sold it, and the contract is with Stripe.
    SoldByStripe,
    /// All of it has gone back already.
    Refunded,
    /// The bank decides about the money.
    Disputed,
    /// More downloads were started than may have been.
    Downloaded,
    /// A download was started, and no agreement of the buyer's to it was confirmed before.
    DownloadedUnconfirmed,
    /// The time for it is over.
    TooLate,
}

impl NoReturn {
    /// Every reason.
    pub const ALL: [Self; 7] = [
        Self::NothingPaid,
        Self::SoldByStripe,
        Self::Refunded,
        Self::Disputed,
        Self::Downloaded,
        Self::DownloadedUnconfirmed,
        Self::TooLate,
    ];

    /// Returns the reason as programs read it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NothingPaid => "nothing_paid",
            Self::SoldByStripe => "sold_by_stripe",
            Self::Refunded => "refunded",
            Self::Disputed => "disputed",
            Self::Downloaded => "downloaded",
            Self::DownloadedUnconfirmed => "downloaded_unconfirmed",
            Self::TooLate => "too_late",
        }
    }
}

impl fmt::Debug for OwedReturn {
    /// Leaves out the reason, because it can name the buyer.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwedReturn")
            .field("press", &self.press)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}
