//! Sales as Stripe reports them, before they become purchases.

use std::{collections::BTreeSet, fmt};

use crate::domain::{
    attribution::Attribution,
    book::Book,
    country::Country,
    delivery::{Claim, Deliveries, Delivery},
    dispute::Dispute,
    email_address::EmailAddress,
    invoice::{CreditNotes, Invoice},
    money::Money,
    product::{Part, ProductId},
    purchase::Purchase,
    purchase_id::{PurchaseId, Seed},
    receipt_url::ReceiptUrl,
    refunds::{RefundState, Refunds},
    seller::Seller,
    stripe_ids::PaymentId,
    takes::Takes,
};

/// What a checkout sells, as the metadata of Stripe's session holds it. It stays what it is, even
/// if the author changes the product before the buyer pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The product.
    pub product_id: ProductId,
    /// What the product consists of, at least one part.
    pub parts: Vec<Part>,
    /// How many downloads of each book it gives.
    pub downloads: u32,
    /// The word from which the ids of further copies are made.
    pub seed: Seed,
}

/// A checkout at Stripe that this shop began.
#[derive(Clone, Debug)]
pub struct Sale {
    /// The id that its purchase has or will have; the first one, if it sells several copies.
    pub purchase_id: PurchaseId,
    /// What is being bought.
    pub order: Order,
    /// Whether it is in Stripe's test mode.
    pub is_test: bool,
    /// Where the buyer came from.
    pub attribution: Attribution,
    /// Its state.
    pub state: SaleState,
}

/// The state of a sale.
#[derive(Clone, Debug)]
pub enum SaleState {
    /// Paid, or nothing had to be paid.
    Paid(Box<Payment>),
    /// The buyer has done their part, and the bank has not paid yet.
    Processing,
    /// The buyer has done their part, and the bank refused, perhaps days later.
    Refused {
        /// The buyer's address; absent if Stripe has none that can be mailed.
        email: Option<EmailAddress>,
    },
    /// The buyer can still pay, on Stripe's page where there is one.
    Open {
        /// The address of Stripe's page; absent if the checkout was opened as an overlay.
        url: Option<String>,
    },
    /// It was not paid, and cannot be paid any more.
    Expired,
}

/// A payment, as Stripe reports it.
#[derive(Clone, Debug)]
pub struct Payment {
    /// The payment's id; absent if the price was zero.
    pub id: Option<PaymentId>,
    /// The buyer's address; absent if Stripe has none that can be mailed.
    pub email: Option<EmailAddress>,
    /// The sum that was paid, in the currency of the price.
    pub paid: Money,
    /// What the buyer paid that sum with, if it was in another currency (Adaptive Pricing).
    pub presented: Option<Money>,
    /// Who sold.
    pub seller: Seller,
    /// The tax in that sum, in minor units.
    pub tax: u64,
    /// The buyer's country, as they gave it on Stripe's page.
    pub country: Option<Country>,
    /// Stripe's receipt, if it has made one.
    pub receipt_url: Option<ReceiptUrl>,
    /// Its invoice, if Stripe was asked for one and has made it.
    pub invoice: Option<Invoice>,
    /// The amount that was refunded so far, in minor units of the same currency.
    pub amount_refunded: u64,
    /// Its newest refunds, ten at most.
    pub refunds: Vec<RefundState>,
    /// Whether the whole payment was refunded.
    pub is_refunded: bool,
    /// Whether a dispute holds the money: one is open, or was lost.
    pub is_disputed: bool,
    /// The newest dispute, whatever became of it.
    pub dispute: Option<Dispute>,
}

impl Sale {
    /// Returns the purchases that this payment makes, one for each of these books, which are those
    /// of the order's parts in their order. The first holds the sum, and the maker of the purchases
    /// holds the claim of its receipt.
    #[must_use]
    pub fn purchases(&self, payment: &Payment, books: &[Book], claim: &Claim) -> Vec<Purchase> {
        let Order { parts, seed, .. } = &self.order;
        let further = parts.iter().skip(1);
        let others: Vec<_> = further
            .map(|part| PurchaseId::of_copy(seed, &part.book, 0))
            .collect();
        let copies = parts.iter().zip(books);
        let further = copies.clone().skip(1).zip(&others);
        let further =
            further.map(|((part, book), id)| self.further_copy(*id, part, book, payment, claim));
        copies
            .take(1)
            .map(|(part, book)| Purchase {
                others: others.clone(),
                ..self.first_copy(part, book, payment, claim)
            })
            .chain(further)
            .collect()
    }

    fn further_copy(
        &self,
        id: PurchaseId,
        part: &Part,
        book: &Book,
        payment: &Payment,
        claim: &Claim,
    ) -> Purchase {
        Purchase {
            id,
            part_of: Some(self.purchase_id),
            paid: Some(Money {
                minor_units: 0,
                ..payment.paid
            }),
            presented: None,
            tax: 0,
            receipt_url: None,
            invoice: None,
            amount_refunded: 0,
            refunds: Refunds::default(),
            deliveries: Deliveries::default(),
            ..self.first_copy(part, book, payment, claim)
        }
    }

    fn first_copy(&self, part: &Part, book: &Book, payment: &Payment, claim: &Claim) -> Purchase {
        let now = claim.at;
        Purchase {
            id: self.purchase_id,
            book_id: part.book.clone(),
            files: part.files.clone(),
            product_id: Some(self.order.product_id.clone()),
            imported: None,
            part_of: None,
            others: Vec::new(),
            email: payment.email.clone(),
            address_corrected_at: None,
            former_addresses: BTreeSet::new(),
            corrected_from: None,
            owes_sale_mail: false,
            paid: Some(payment.paid),
            presented: payment.presented,
            seller: payment.seller,
            tax: payment.tax,
            country: payment.country,
            payment: payment.id.clone(),
            receipt_url: payment.receipt_url.clone(),
            invoice: payment.invoice.clone(),
            credit_notes: CreditNotes::new(),
            bought_at: now,
            is_test: self.is_test,
            downloads_per_edition: self.order.downloads,
            downloads_left: self.order.downloads,
            edition: book.edition,
            edition_bought: book.edition,
            downloads: 0,
            agreed: None,
            owes_agreement_mail: false,
            mailed_at: None,
            mail_uncertain_at: None,
            deliveries: Deliveries {
                receipt: Delivery::Receipt.first_claim(claim),
                ..Deliveries::default()
            },
            takes: Takes::new(),
            first_download_at: None,
            disputes_told: BTreeSet::new(),
            amount_refunded: payment.amount_refunded,
            refunds: Refunds::default().after(&payment.refunds),
            refunds_mailed: BTreeSet::new(),
            spoilt_refund_keys: 0,
            refunded_at: payment.is_refunded.then_some(now),
            returning_at: None,
            withdrawn_at: None,
            refunded_before_withdrawal: 0,
            declaration: None,
            owes_withdrawal_mail: false,
            return_notice: None,
            author_asked_at: None,
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
        invoice::tests::links, purchase::tests::purchase, refunds::tests::refund,
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
