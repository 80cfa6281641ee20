//! A sale as Stripe tells it, before it is a purchase.

use std::fmt;

use crate::domain::{
    attribution::Attribution,
    country::Country,
    delivery::{Claim, Deliveries, Delivery},
    email_address::EmailAddress,
    money::Money,
    product::{Product, ProductId},
    purchase::Purchase,
    purchase_id::PurchaseId,
    stripe_ids::PaymentId,
    takes::Takes,
};

/// One visit to Stripe's checkout that began at this shop's `buy`.
#[derive(Clone, Debug)]
pub struct Sale {
    /// The id that its purchase has or will have.
    pub purchase_id: PurchaseId,
    /// What is being bought.
    pub product_id: ProductId,
    /// Whether it is one of Stripe's test mode.
    pub is_test: bool,
    /// Where the buyer came from.
    pub attribution: Attribution,
    /// How far it has come.
    pub state: SaleState,
}

/// How far a sale has come.
#[derive(Clone, Debug)]
pub enum SaleState {
    /// Paid, or nothing had to be paid.
    Paid(Payment),
    /// The buyer has done their part; a bank has not.
    Processing,
    /// The buyer has done their part, and a bank refused, perhaps days later.
    Refused {
        /// The buyer's address; absent where Stripe has none that mail could reach.
        email: Option<EmailAddress>,
    },
    /// The buyer can still pay, on Stripe's page where there is one.
    Open {
        /// Stripe's page; absent where the checkout was opened as an overlay.
        url: Option<String>,
    },
    /// Never paid, and never will be.
    Expired,
}

/// What Stripe says of the money.
#[derive(Clone, Debug)]
pub struct Payment {
    /// Stripe's payment; absent where nothing had to be paid.
    pub id: Option<PaymentId>,
    /// The buyer's address; absent where Stripe has none that mail could reach.
    pub email: Option<EmailAddress>,
    /// What was paid.
    pub paid: Money,
    /// How much of that is tax, in minor units of the same currency.
    pub tax: u64,
    /// Where the buyer lives, as Stripe's page was told.
    pub country: Option<Country>,
    /// How much of it was given back so far, in minor units of the same currency.
    pub amount_refunded: u64,
    /// Whether all of it was given back.
    pub is_refunded: bool,
    /// Whether a dispute holds it: one is open, or was lost.
    pub is_disputed: bool,
}

impl Sale {
    /// The purchase that this payment makes, its mail claimed by whoever makes it.
    #[must_use]
    pub fn purchase(
        &self,
        payment: &Payment,
        product: &Product,
        downloads: u32,
        claim: &Claim,
    ) -> Purchase {
        let now = claim.at;
        Purchase {
            id: self.purchase_id,
            product_id: self.product_id.clone(),
            email: payment.email.clone(),
            paid: payment.paid,
            tax: payment.tax,
            country: payment.country,
            payment: payment.id.clone(),
            bought_at: now,
            is_test: self.is_test,
            downloads_left: downloads,
            edition: product.edition,
            edition_bought: product.edition,
            downloads: 0,
            mailed_at: None,
            mail_uncertain_at: None,
            deliveries: Deliveries {
                receipt: Delivery::Receipt.first_claim(claim),
                ..Deliveries::default()
            },
            takes: Takes::new(),
            amount_refunded: payment.amount_refunded,
            refunded_at: payment.is_refunded.then_some(now),
            suspended_at: payment.is_disputed.then_some(now),
            missed_updates_since: None,
            reopened_at: None,
            unsubscribed_at: None,
            mail_refused_at: None,
            erased_at: None,
            attribution: self.attribution.clone(),
        }
    }
}

/// A change to a purchase, so that it is open as long as its money is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Correction {
    /// So many minor units went back so far.
    GaveBack(u64),
    /// All the money went back: the link is closed.
    Refund,
    /// A refund failed, perhaps days after it was made: no more than so many minor units went back, and
    /// the link is open again.
    RefundFailed(u64),
    /// A dispute holds the money: the link is closed meanwhile.
    Suspend,
    /// The dispute is won: the link is open again.
    Reopen,
}

impl Correction {
    /// Whether it is of a refund that failed.
    #[must_use]
    pub fn is_a_failed_refund(&self) -> bool {
        matches!(self, Self::RefundFailed(_))
    }
}

/// What the log says of it.
impl fmt::Display for Correction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::GaveBack(_) => "refund noted",
            Self::Refund => "link closed: refunded",
            Self::RefundFailed(_) => {
                "a refund failed: the money is not with the buyer, whose link is open again"
            }
            Self::Suspend => "link closed: disputed",
            Self::Reopen => "link open again: the dispute is won",
        })
    }
}

impl Payment {
    /// What has to be done about the purchase of this payment.
    #[must_use]
    pub fn corrections(&self, purchase: &Purchase) -> Vec<Correction> {
        let mut due = refund_corrections(self.amount_refunded, self.is_refunded, purchase);
        let suspend =
            self.is_disputed && purchase.suspended_at.is_none() && purchase.reopened_at.is_none();
        let reopen = !self.is_disputed && purchase.suspended_at.is_some();
        let disputes = [(suspend, Correction::Suspend), (reopen, Correction::Reopen)];
        due.extend(
            disputes
                .into_iter()
                .filter_map(|(is_due, correction)| is_due.then_some(correction)),
        );
        due
    }
}

/// What has to be done about a purchase of which so much has gone back, perhaps all. What Stripe says
/// holds, also if it says less than before.
#[must_use]
pub fn refund_corrections(
    amount_refunded: u64,
    is_refunded: bool,
    purchase: &Purchase,
) -> Vec<Correction> {
    let has_less = amount_refunded < purchase.amount_refunded || purchase.refunded_at.is_some();
    let failed = has_less && !is_refunded;
    [
        (failed, Correction::RefundFailed(amount_refunded)),
        (
            amount_refunded > purchase.amount_refunded,
            Correction::GaveBack(amount_refunded),
        ),
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
    use crate::domain::purchase::tests::purchase;

    #[test]
    fn a_purchase_follows_its_money() {
        let now = crate::domain::timestamp::Timestamp::from_unix(1_795_366_900);
        let payment = |is_refunded, is_disputed| Payment {
            id: None,
            email: None,
            paid: purchase().paid,
            tax: 0,
            country: None,
            amount_refunded: 0,
            is_refunded,
            is_disputed,
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
            (partly.clone(), &open, vec![Correction::GaveBack(500)]),
            (partly, &noted, vec![]),
            (
                payment(false, false),
                &noted,
                vec![Correction::RefundFailed(0)],
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
                vec![Correction::RefundFailed(0)],
            ),
        ] {
            assert_eq!(payment.corrections(purchase), due, "{payment:?}");
        }
    }
}
