//! The mails that a purchase can owe its buyer or the author, and the state of their deliveries.

use std::collections::BTreeSet;

use crate::domain::{
    dispute::DisputeNoticeId, email_address::EmailAddress, request_id::RequestId,
    stripe_ids::RefundId, timestamp::Timestamp,
};

/// How often a mail with an unknown outcome is tried. After that it counts as uncertain.
pub const MOST_TRIES: u32 = 3;

/// How long a claim of every other mail lasts, in seconds: longer than any function that
/// sends them may run, so that the claimant has certainly ended when the claim expires.
pub const CLAIM_SECONDS: i64 = 60;

/// How long an address gets no other mail with its links, in seconds. The page that answers the
/// request says "ten minutes", too.
pub const LOST_LINKS_SECONDS: i64 = 600;

/// How long a mail about a payment is not tried again after an unknown outcome, in seconds.
const RECEIPT_PAUSE_SECONDS: i64 = 3600;

/// A mail about one purchase, to its buyer if nothing else is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The mail with the private link, right after the payment.
    Receipt,
    /// The mail about a new edition.
    Update {
        /// The edition.
        edition: u32,
    },
    /// The mail with the links of everything that an address bought, for a buyer who lost them. The
    /// oldest purchase of the address holds the claim, so that addresses need no table of their
    /// own.
    LostLinks {
        /// The address.
        address: EmailAddress,
    },
    /// The acknowledgement of a withdrawal that was declared with the private link or an address. The
    /// purchase of the link, or the oldest of the address, holds the claim.
    Withdrawal {
        /// The address of the purchase. Where it is corrected meanwhile, the new one is owed the mail.
        address: EmailAddress,
    },
    /// The mail to the author about a buyer's press for the money.
    Return {
        /// The request of the press.
        press: RequestId,
    },
    /// The mail that money is on its way back.
    Refund {
        /// The refunds that it is about.
        refunds: BTreeSet<RefundId>,
    },
    /// The mail to the address that the buyer corrected: the link went elsewhere.
    CorrectedAddress,
    /// The mail to the author that a book was sold.
    Sale,
    /// The mail to the author about a stage of a dispute.
    Dispute {
        /// What it tells.
        notice: DisputeNoticeId,
    },
    /// The mail that confirms what the buyer agreed to before the first download.
    Agreement {
        /// The address of the purchase. Where it is corrected meanwhile, the new one is owed the mail.
        address: EmailAddress,
    },
}

/// The claim of a mail by the request that sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The id of the request or invocation.
    pub by: RequestId,
    /// The time at which it was made.
    pub at: Timestamp,
}

/// The state of a delivery. If every field is absent, no request has claimed it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryState {
    /// The last claim, if it has not ended.
    pub claimed_by: Option<RequestId>,
    /// The time from which it may be claimed again.
    pub free_at: Option<Timestamp>,
    /// How often it was claimed, without the claims after which the mail was certainly not sent.
    pub tries: u32,
}

/// The states of a purchase's deliveries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deliveries {
    /// The state of the receipt.
    pub receipt: DeliveryState,
    /// The state of the newest update.
    pub update: DeliveryState,
    /// The state of the mail with lost links.
    pub lost_links: DeliveryState,
    /// The state of the acknowledgement of a withdrawal.
    pub withdrawal: DeliveryState,
    /// The state of the newest mail to the author about a press for the money.
    pub return_notice: DeliveryState,
    /// The state of the mail about the newest refund.
    pub refund: DeliveryState,
    /// The state of the mail to the address before its correction.
    pub corrected_address: DeliveryState,
    /// The state of the mail to the author about the sale.
    pub sale: DeliveryState,
    /// The state of the newest mail to the author about a dispute.
    pub dispute: DeliveryState,
    /// The state of the mail that confirms an agreement.
    pub agreement: DeliveryState,
}

/// How a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryEnd {
    /// The mail was sent.
    Mailed,
    /// No mail was due: there is no address, the buyer wants none, or another purchase brings it.
    NotMailed,
    /// The address will never take mail.
    AddressRefused,
    /// The mail was tried [`MOST_TRIES`] times, and it is unknown whether it was sent.
    Uncertain,
}

/// Why a purchase gets no mail of an update, or not by this run of the push.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotMailed {
    /// It was sold in Stripe's test mode, and such sales are left out.
    TestSale,
    /// It was refunded in full.
    Refunded,
    /// Its payment is disputed.
    Disputed,
    /// It has no address that can be mailed.
    NoAddress,
    /// Its address was refused for good.
    AddressRefused,
    /// The buyer turned off mail about new editions.
    Unsubscribed,
    /// Another purchase of the book by the same buyer brings the mail.
    AnotherPurchase,
    /// Another run is sending the mail, or was cut off while it did.
    UnderWay,
    /// It was refunded or disputed since the run listed it.
    NoLongerOwed,
}

impl NotMailed {
    /// Returns the reason as the author reads it in an answer.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TestSale => "test_sales",
            Self::Refunded => "refunded",
            Self::Disputed => "disputed",
            Self::NoAddress => "no_address",
            Self::AddressRefused => "address_refused",
            Self::Unsubscribed => "unsubscribed",
            Self::AnotherPurchase => "another_purchase",
            Self::UnderWay => "under_way_elsewhere",
            Self::NoLongerOwed => "no_longer_owed",
        }
    }
}

impl Delivery {
    /// Returns the time at which a claim expires.
    #[must_use]
    pub fn claimed_until(&self, claim: &Claim) -> Timestamp {
        claim.at.plus_seconds(match self {
            Self::Receipt
            | Self::Update { .. }
            | Self::Refund { .. }
            | Self::CorrectedAddress
            | Self::Sale
            | Self::Dispute { .. }
            | Self::Agreement { .. }
            | Self::Withdrawal { .. }
            | Self::Return { .. } => CLAIM_SECONDS,
            Self::LostLinks { .. } => LOST_LINKS_SECONDS,
        })
    }

    /// Returns the time before which the mail is not tried again after an unknown outcome. The next
    /// run of a push tries an update again.
    #[must_use]
    pub fn paused_until(&self, claim: &Claim) -> Timestamp {
        match self {
            Self::Receipt
            | Self::Refund { .. }
            | Self::CorrectedAddress
            | Self::Sale
            | Self::Dispute { .. }
            | Self::Agreement { .. }
            | Self::Withdrawal { .. }
            | Self::Return { .. } => claim.at.plus_seconds(RECEIPT_PAUSE_SECONDS),
            Self::Update { .. } => claim.at,
            Self::LostLinks { .. } => self.claimed_until(claim),
        }
    }

    /// Whether the tries are counted. They are not for lost links: a buyer may ask as often as they
    /// like.
    #[must_use]
    pub fn counts_tries(&self) -> bool {
        !matches!(self, Self::LostLinks { .. })
    }

    /// Returns the state after the first claim of a mail.
    #[must_use]
    pub fn first_claim(&self, claim: &Claim) -> DeliveryState {
        DeliveryState {
            claimed_by: Some(claim.by.clone()),
            free_at: Some(self.claimed_until(claim)),
            tries: u32::from(self.counts_tries()),
        }
    }
}

impl DeliveryState {
    /// Whether the mail can be claimed at this time.
    #[must_use]
    pub fn is_free(&self, now: Timestamp) -> bool {
        self.free_at.is_none_or(|free_at| free_at <= now)
    }

    /// Whether the current try is the last one.
    #[must_use]
    pub fn is_last_try(&self) -> bool {
        self.tries >= MOST_TRIES
    }
}
