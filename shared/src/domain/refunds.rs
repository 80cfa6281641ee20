//! The refunds of a payment, each by its id at Stripe.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::stripe_ids::RefundId;

/// The largest number of refunds that Stripe reports of a payment, newest first
/// (<https://docs.stripe.com/api/charges/object#charge_object-refunds>).
const MOST_REPORTED: usize = 10;

/// The refunds of a payment that stand: their money is with the buyer, or on its way. Their sums are in
/// minor units of the payment. A refund that failed is not among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refunds(BTreeMap<RefundId, u64>);

/// A refund, as Stripe reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundState {
    /// Its id.
    pub id: RefundId,
    /// Its sum, in minor units of the payment.
    pub amount: u64,
    /// Whether its money is with the buyer, or on its way: it neither failed nor was cancelled.
    pub stands: bool,
}

impl Refunds {
    /// Returns these refunds as they are after what Stripe reports of a payment's newest refunds. A
    /// refund of which it reports nothing stays as it is.
    #[must_use]
    pub fn after(&self, reported: &[RefundState]) -> Self {
        let mut refunds = self.0.clone();
        for refund in reported {
            if refund.stands {
                refunds.insert(refund.id.clone(), refund.amount);
            } else {
                refunds.remove(&refund.id);
            }
        }
        Self(refunds)
    }

    /// Whether one of these refunds is not among the later ones: it failed meanwhile.
    #[must_use]
    pub fn has_one_that_is_not_in(&self, later: &Self) -> bool {
        self.0.keys().any(|id| !later.0.contains_key(id))
    }

    /// Whether Stripe's report is older than these refunds: it lacks one of them, though it would have it,
    /// failed or not, among the newest.
    #[must_use]
    pub fn are_newer_than(&self, reported: &[RefundState]) -> bool {
        let is_reported = |id: &RefundId| reported.iter().any(|refund| refund.id == *id);
        reported.len() < MOST_REPORTED && !self.0.keys().all(is_reported)
    }

    /// Returns the ids of the refunds of which the buyer was not mailed.
    #[must_use]
    pub fn besides(&self, mailed: &BTreeSet<RefundId>) -> BTreeSet<RefundId> {
        let ids = self.0.keys().filter(|id| !mailed.contains(id));
        ids.cloned().collect()
    }

    /// Returns the sum of those of these refunds that have one of these ids, in minor units.
    #[must_use]
    pub fn sum_of(&self, ids: &BTreeSet<RefundId>) -> u64 {
        let sums = ids.iter().filter_map(|id| self.0.get(id));
        sums.fold(0, |sum, amount| sum.saturating_add(*amount))
    }

    /// Whether nothing was refunded, or all refunds failed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns each refund with its sum.
    pub fn iter(&self) -> impl Iterator<Item = (&RefundId, u64)> {
        self.0.iter().map(|(id, amount)| (id, *amount))
    }
}

impl FromIterator<(RefundId, u64)> for Refunds {
    fn from_iter<T: IntoIterator<Item = (RefundId, u64)>>(refunds: T) -> Self {
        Self(refunds.into_iter().collect())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Returns the refund of this id and this sum, which stands or not.
    pub(crate) fn refund(id: &str, amount: u64, stands: bool) -> RefundState {
        RefundState {
            id: RefundId::parse(id).unwrap(),
            amount,
            stands,
        }
    }

    #[test]
    fn a_refund_that_failed_does_not_stand_and_an_older_one_stays() {
        let before = Refunds::default().after(&[refund("re_1", 900, true)]);
        assert!(!before.has_one_that_is_not_in(&before));
        let [one, two] = ["re_1", "re_2"].map(|id| BTreeSet::from([RefundId::parse(id).unwrap()]));
        assert_eq!(before.sum_of(&one), 900);
        let more = before.after(&[refund("re_2", 500, true)]);
        assert_eq!(more.besides(&one), two);
        let after = before.after(&[refund("re_2", 500, true), refund("re_1", 900, false)]);
        assert!(before.has_one_that_is_not_in(&after));
        assert_eq!((after.sum_of(&one), after.sum_of(&two)), (0, 500));
        assert_eq!(after.besides(&one), two);
    }
}
