//! The delivery of a mail: which mails a purchase can owe its buyer, and who is sending one.

use crate::domain::{email_address::EmailAddress, request_id::RequestId, timestamp::Timestamp};

/// How often a mail is sent whose outcome nobody knows: after that it counts as uncertain.
pub const MOST_TRIES: u32 = 3;

/// How long a receipt or an update may be under way before somebody else may send it, in seconds:
/// longer than any function that sends receipts is allowed to run, so that whoever claimed it is
/// certainly gone.
pub const CLAIM_SECONDS: i64 = 60;

/// How long an address gets no other mail with its links, in seconds. The page that answers says
/// "ten minutes", too.
pub const LOST_LINKS_SECONDS: i64 = 600;

/// How long after an unknown outcome a receipt is not tried again, in seconds.
const RECEIPT_PAUSE_SECONDS: i64 = 3600;

/// A mail to the buyer of one purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The private link, right after paying.
    Receipt,
    /// The news of an edition.
    Update {
        /// The edition.
        edition: u32,
        /// How many downloads the buyer has again.
        downloads: u32,
    },
    /// The links of everything that was bought with an address, for somebody who lost them. The
    /// oldest purchase of the address keeps the claim, so that an address needs no table of its
    /// own.
    LostLinks {
        /// The address.
        address: EmailAddress,
    },
}

/// Who sends a mail, and when they began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The request or invocation.
    pub by: RequestId,
    /// The time at which it began.
    pub at: Timestamp,
}

/// How far a delivery has come. Nobody is at it where everything is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryState {
    /// Who claimed it last, while they have not finished.
    pub claimed_by: Option<RequestId>,
    /// The time from which it may be claimed again.
    pub free_at: Option<Timestamp>,
    /// How often it was claimed, without the times at which the mail was certainly not sent.
    pub tries: u32,
}

/// How far each delivery of a purchase has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deliveries {
    /// The receipt.
    pub receipt: DeliveryState,
    /// The newest update.
    pub update: DeliveryState,
    /// The mail with lost links.
    pub lost_links: DeliveryState,
}

/// How a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryEnd {
    /// The mail was sent.
    Mailed,
    /// There was nobody to send it to: no address, no wish for mail, or another purchase brings it.
    NotMailed,
    /// The address will never take mail.
    AddressRefused,
    /// The mail was tried [`MOST_TRIES`] times, and nobody knows whether it was sent.
    Uncertain,
}

impl Delivery {
    /// The time until which a claim keeps others away.
    #[must_use]
    pub fn claimed_until(&self, claim: &Claim) -> Timestamp {
        claim.at.plus_seconds(match self {
            Self::Receipt | Self::Update { .. } => CLAIM_SECONDS,
            Self::LostLinks { .. } => LOST_LINKS_SECONDS,
        })
    }

    /// The time until which nobody tries again after an unknown outcome. An update is tried again
    /// by the next run of its push.
    #[must_use]
    pub fn paused_until(&self, claim: &Claim) -> Timestamp {
        match self {
            Self::Receipt => claim.at.plus_seconds(RECEIPT_PAUSE_SECONDS),
            Self::Update { .. } => claim.at,
            Self::LostLinks { .. } => self.claimed_until(claim),
        }
    }

    /// Whether its tries are counted. A buyer may ask for lost links as often as they like.
    #[must_use]
    pub fn counts_tries(&self) -> bool {
        !matches!(self, Self::LostLinks { .. })
    }

    /// The state right after a claim of a mail that nobody claimed before.
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
    /// Whether somebody may claim it at this time.
    #[must_use]
    pub fn is_free(&self, now: Timestamp) -> bool {
        self.free_at.is_none_or(|free_at| free_at <= now)
    }

    /// Whether this was the last try.
    #[must_use]
    pub fn is_last_try(&self) -> bool {
        self.tries >= MOST_TRIES
    }
}
