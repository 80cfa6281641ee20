//! The correction of an address that was mistyped at the checkout.

use super::Purchase;
use crate::domain::{email_address::EmailAddress, timestamp::Timestamp};

/// How long after the sale the buyer can correct the address, in seconds.
pub const CORRECTION_SECONDS: i64 = 3600;

impl Purchase {
    /// Whether the buyer can correct the address to which the link of this purchase and of the others of
    /// its payment went: for an hour, once, and while nothing was downloaded. An address that refuses
    /// mail does not count as a correction.
    #[must_use]
    pub fn can_correct_address(&self, now: Timestamp) -> bool {
        self.part_of.is_none()
            && self.imported.is_none()
            && (self.address_corrected_at.is_none() || self.mail_refused_at.is_some())
            && self.erased_at.is_none()
            && self.is_paid_for()
            && self.downloads == 0
            && self.is_within_correction_hour(now)
    }

    /// Whether a correction to the address that the purchase has is answered as done: it may be made
    /// now, or was made before within the hour. Anybody else is not told whose address it is.
    #[must_use]
    pub fn has_correction_of(&self, to: &EmailAddress, now: Timestamp) -> bool {
        let was_made = self.address_corrected_at.is_some() && self.is_within_correction_hour(now);
        self.email.as_ref() == Some(to) && (was_made || self.can_correct_address(now))
    }

    fn is_within_correction_hour(&self, now: Timestamp) -> bool {
        now < self.bought_at.plus_seconds(CORRECTION_SECONDS)
    }
}
