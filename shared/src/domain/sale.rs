//! Sales as Stripe reports them, before they become purchases.

mod correction;

pub use correction::{Correction, Refunded, refund_corrections};

use std::collections::BTreeSet;

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
