//! The changes that bring a purchase in line with its payment.

use std::fmt;

use super::Payment;
use crate::domain::{
    invoice::Invoice,
    purchase::Purchase,
    refunds::{RefundState, Refunds},
};

/// A change that brings a purchase in line with its payment: it is open as long as the author has
/// the money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Correction {
    /// A part was refunded.
    PartRefund(Refunded),
    /// The whole payment was refunded: the link is closed.
    Refund,
    /// A refund failed, perhaps days after it was made: the link is open again. Holds what is still
    /// refunded.
    RefundFailed(Refunded),
    /// A dispute holds the money: the link is closed meanwhile.
    Suspend,
    /// The dispute is won: the link is open again.
    Reopen,
    /// Stripe has made the invoice since the purchase was recorded.
    Invoice(Invoice),
}

/// What was refunded of a payment so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refunded {
    /// The total, in minor units.
    pub total: u64,
    /// The refunds that stand.
    pub refunds: Refunds,
}

impl Correction {
    /// Whether a refund failed.
    #[must_use]
    pub fn is_a_failed_refund(&self) -> bool {
        matches!(self, Self::RefundFailed(_))
    }
}

/// Writes the change as the log shows it.
impl fmt::Display for Correction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::PartRefund(_) => "refund noted",
            Self::Refund => "link closed: refunded",
            Self::RefundFailed(_) => {
                "a refund failed: the money is not with the buyer, whose link is open again"
            }
            Self::Suspend => "link closed: disputed",
            Self::Reopen => "link open again: the dispute is won",
            Self::Invoice(_) => "invoice noted",
        })
    }
}

impl Payment {
    /// Returns the changes that the purchase of this payment needs.
    #[must_use]
    pub fn corrections(&self, purchase: &Purchase) -> Vec<Correction> {
        let mut due = refund_corrections(
            self.amount_refunded,
            &self.refunds,
            self.is_refunded,
            purchase,
        );
        let suspend =
            self.is_disputed && purchase.suspended_at.is_none() && purchase.reopened_at.is_none();
        let reopen = !self.is_disputed && purchase.suspended_at.is_some();
        let disputes = [(suspend, Correction::Suspend), (reopen, Correction::Reopen)];
        due.extend(
            disputes
                .into_iter()
                .filter_map(|(is_due, correction)| is_due.then_some(correction)),
        );
        due.extend(self.newer_invoice(purchase).map(Correction::Invoice));
        due
    }

    /// Returns the invoice if the purchase does not have it yet, or not where it is. What was erased does
    /// not come back.
    fn newer_invoice(&self, purchase: &Purchase) -> Option<Invoice> {
        let known = purchase.invoice.as_ref();
        let newer = self.invoice.as_ref().filter(|invoice| match known {
            None => true,
            Some(known) => known.links.is_none() && invoice.links.is_some(),
        });
        newer.filter(|_| purchase.erased_at.is_none()).cloned()
    }
}

/// Returns the changes that a purchase needs of which this much was refunded, perhaps all, with these
/// refunds as the newest. Stripe's figure applies even if it is less than before. A refund can fail
/// while a later one is made, so the totals alone do not say what happened.
///
/// An answer that Stripe gave before a refund, and that is looked at after that was recorded, changes
/// nothing. Otherwise it would read as one that failed, and open the link again.
#[must_use]
pub fn refund_corrections(
    amount_refunded: u64,
    newest: &[RefundState],
    is_refunded: bool,
    purchase: &Purchase,
) -> Vec<Correction> {
    if purchase.refunds.are_newer_than(newest) {
        return Vec::new();
    }
    let refunds = purchase.refunds.after(newest);
    let has_less = amount_refunded < purchase.amount_refunded
        || purchase.refunded_at.is_some()
        || purchase.refunds.has_one_that_is_not_in(&refunds);
    let failed = has_less && !is_refunded;
    let changed = amount_refunded != purchase.amount_refunded || refunds != purchase.refunds;
    let refunded = Refunded {
        total: amount_refunded,
        refunds,
    };
    [
        (failed, Correction::RefundFailed(refunded.clone())),
        (changed && !failed, Correction::PartRefund(refunded)),
        (
            is_refunded && purchase.refunded_at.is_none(),
            Correction::Refund,
        ),
    ]
    .into_iter()
    .filter_map(|(is_due, correction)| is_due.then_some(correction))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        invoice::tests::links, purchase::tests::purchase, refunds::tests::refund, seller::Seller,
        stripe_ids::InvoiceId,
    };

    fn payment(is_refunded: bool, is_disputed: bool) -> Payment {
        Payment {
            id: None,
            email: None,
            paid: purchase().paid.unwrap(),
            presented: None,
            seller: Seller::Author,
            tax: 0,
            country: None,
            receipt_url: None,
            invoice: None,
            amount_refunded: 0,
            refunds: vec![],
            is_refunded,
            is_disputed,
            dispute: None,
        }
    }

    #[test]
    fn a_purchase_follows_its_money() {
        let now = crate::domain::timestamp::Timestamp::from_unix(1_795_366_900);
        let so_far = |total| Refunded {
            total,
            refunds: Refunds::default(),
        };
        let partly = Payment {
            amount_refunded: 500,
            ..payment(false, false)
        };
        let noted = Purchase {
            amount_refunded: 500,
            ..purchase()
        };
        let open = purchase();
        let suspended = Purchase {
            suspended_at: now,
            ..purchase()
        };
        let reopened = Purchase {
            reopened_at: now,
            ..purchase()
        };
        let refunded = Purchase {
            refunded_at: now,
            ..purchase()
        };
        for (payment, purchase, due) in [
            (payment(false, false), &open, vec![]),
            (
                partly.clone(),
                &open,
                vec![Correction::PartRefund(so_far(500))],
            ),
            (partly, &noted, vec![]),
            (
                payment(false, false),
                &noted,
                vec![Correction::RefundFailed(so_far(0))],
            ),
            (payment(true, false), &open, vec![Correction::Refund]),
            (payment(false, true), &open, vec![Correction::Suspend]),
            (
                payment(true, true),
                &open,
                vec![Correction::Refund, Correction::Suspend],
            ),
            (payment(false, true), &suspended, vec![]),
            (payment(false, true), &reopened, vec![]),
            (payment(true, true), &reopened, vec![Correction::Refund]),
            (payment(false, false), &suspended, vec![Correction::Reopen]),
            (
                payment(true, false),
                &suspended,
                vec![Correction::Refund, Correction::Reopen],
            ),
            (payment(true, false), &refunded, vec![]),
            (
                payment(false, false),
                &refunded,
                vec![Correction::RefundFailed(so_far(0))],
            ),
        ] {
            assert_eq!(payment.corrections(purchase), due, "{payment:?}");
        }
    }

    #[test]
    fn an_invoice_that_comes_later_is_noted_once_unless_the_data_was_erased() {
        let now = crate::domain::timestamp::Timestamp::from_unix(1_795_366_900).unwrap();
        let invoice = |links| Invoice {
            id: InvoiceId::parse("in_1").unwrap(),
            links,
        };
        let (draft, final_one) = (invoice(None), invoice(Some(links(now))));
        let with = |invoice: Option<&Invoice>| Purchase {
            invoice: invoice.cloned(),
            ..purchase()
        };
        let erased = Purchase {
            erased_at: Some(now),
            ..with(Some(&draft))
        };
        for (known, at_stripe, is_due) in [
            (with(None), None, false),
            (with(None), Some(&draft), true),
            (with(Some(&draft)), Some(&draft), false),
            (with(Some(&draft)), Some(&final_one), true),
            (with(Some(&final_one)), Some(&final_one), false),
            (with(Some(&final_one)), Some(&draft), false),
            (erased, Some(&final_one), false),
        ] {
            let payment = Payment {
                invoice: at_stripe.cloned(),
                ..payment(false, false)
            };
            let due = at_stripe.filter(|_| is_due).cloned();
            let due: Vec<_> = due.map(Correction::Invoice).into_iter().collect();
            assert_eq!(payment.corrections(&known), due, "{known:?}");
        }
    }

    #[test]
    fn a_refund_that_fails_while_another_is_made_is_seen_whatever_the_total() {
        let first = refund("re_1", 900, true);
        let known = Purchase {
            amount_refunded: 900,
            refunds: Refunds::default().after(&[first]),
            ..purchase()
        };
        for amount in [500, 900, 1200] {
            let newest = [refund("re_2", amount, true), refund("re_1", 900, false)];
            let due = refund_corrections(amount, &newest, false, &known);
            let refunded = Refunded {
                total: amount,
                refunds: Refunds::default().after(&newest),
            };
            assert_eq!(due, [Correction::RefundFailed(refunded)]);
        }
        let newest = [refund("re_2", 500, true), refund("re_1", 900, true)];
        let due = refund_corrections(1400, &newest, false, &known);
        assert!(matches!(&due[..], [Correction::PartRefund(_)]), "{due:?}");
    }

    /// The webhook of a sale was answered from what Stripe said before a refund, after that was recorded.
    #[test]
    fn an_answer_that_is_older_than_a_refund_opens_no_link() {
        let refunds = [refund("re_1", 900, true), refund("re_2", 2000, true)];
        let refunded = Purchase {
            amount_refunded: 2900,
            refunds: Refunds::default().after(&refunds),
            refunded_at: Some(purchase().bought_at),
            ..purchase()
        };
        for (amount, newest) in [(0, &refunds[..0]), (900, &refunds[..1])] {
            assert_eq!(refund_corrections(amount, newest, false, &refunded), []);
        }
        let failed = [refund("re_1", 900, true), refund("re_2", 2000, false)];
        let due = refund_corrections(900, &failed, false, &refunded);
        assert!(matches!(&due[..], [Correction::RefundFailed(_)]), "{due:?}");
    }
}
