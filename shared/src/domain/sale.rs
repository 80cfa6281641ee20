//! Sales as Stripe reports them, before they become purchases.

mod correction;

pub use correction::{Correction, Refunded, refund_corrections};

use crate::domain::{
    attribution::Attribution,
    book::Book,
    country::Country,
    delivery::{Claim, Deliveries, Delivery},
    dispute::Dispute,
    email_address::EmailAddress,
    invoice::Invoice,
    money::Money,
    product::{Part, ProductId},
    purchase::Purchase,
    purchase_id::{PurchaseId, Seed},
    receipt_url::ReceiptUrl,
    refunds::{RefundState, Refunds},
    seller::Seller,
    stripe_ids::PaymentId,
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
        let Order {
            product_id,
            downloads,
            ..
        } = &self.order;
        Purchase {
            files: part.files.clone(),
            product_id: Some(product_id.clone()),
            email: payment.email.clone(),
            paid: Some(payment.paid),
            presented: payment.presented,
            seller: payment.seller,
            tax: payment.tax,
            country: payment.country,
            payment: payment.id.clone(),
            receipt_url: payment.receipt_url.clone(),
            invoice: payment.invoice.clone(),
            is_test: self.is_test,
            deliveries: Deliveries {
                receipt: Delivery::Receipt.first_claim(claim),
                ..Deliveries::default()
            },
            amount_refunded: payment.amount_refunded,
            refunds: Refunds::default().after(&payment.refunds),
            refunded_at: payment.is_refunded.then_some(now),
            suspended_at: payment.is_disputed.then_some(now),
            attribution: self.attribution.clone(),
            ..Purchase::new(
                self.purchase_id,
                part.book.clone(),
                book.edition,
                *downloads,
                now,
            )
        }
    }
}
