//! Turns a paid sale into a purchase, and mails its link. `fulfil` does this when a webhook or the
//! buyer arrives, and `reconcile` does it for sales that neither reported.
//!
//! ```text
//! ask Stripe ─▶ record (claims the receipt) ─▶ deliver the receipt
//!            │                              │
//!  crash:    nothing yet: Stripe sends the  │ no mail yet: a retry claims it, after the claim
//!            webhook again for three days   │ has expired (`crate::delivery`)
//! ```

mod contract_mails;
mod correction;
mod credit_notes;
mod dispute_notice;
mod failed_debit;
mod missed_update;
mod notices;
mod receipt;
mod recording;
mod sale_mail;

pub use contract_mails::ContractMail;
pub use dispute_notice::DisputeNoticeState;
pub use receipt::ReceiptState;

use std::collections::HashMap;

use crate::{
    adapters::{aws::Aws, catalogue::CatalogueTable, mailer::Mailer, purchases::Purchases},
    domain::{
        agreement::Withdrawal, book::Book, dispute::Dispute, email_address::EmailAddress,
        purchase::Purchase, purchase_id::PurchaseId, sale_mail::SaleMail,
    },
    runtime::{
        config::{self, Environment},
        failure::Failure,
    },
};

/// Brings purchases in line with Stripe, and delivers their receipts.
pub struct Fulfilment {
    catalogue: CatalogueTable,
    purchases: Purchases,
    mailer: Mailer,
    support_email: String,
    sale_mail: SaleMail,
    author: Option<EmailAddress>,
    withdrawal: Withdrawal,
}

/// The purchases of a sale, in line with Stripe.
#[derive(Debug)]
pub struct RecordedSale {
    /// The first purchase, which holds the sum and the receipt.
    pub purchase: Purchase,
    /// The books that were bought, in the order of the sale: that of the first purchase, and those
    /// of the others. Each has its language.
    pub books: Vec<Book>,
    /// Who sells them, if the catalogue says it.
    seller: Option<String>,
    /// The newest dispute of the payment.
    dispute: Option<Dispute>,
    /// Whether this call created or changed the purchase.
    pub has_changed: bool,
    /// Whether a refund failed, so that the author owes the buyer the money again.
    pub refund_failed: bool,
    /// Whether the caller holds the claim of the receipt already, because the purchase is new.
    is_claimed: bool,
}

impl Fulfilment {
    /// Opens the shop's tables and mailer, as the environment names them.
    pub fn open(environment: &Environment, aws: &Aws) -> Self {
        Self {
            catalogue: CatalogueTable::open(aws, environment.required(config::CATALOGUE_TABLE)),
            purchases: Purchases::open(aws, environment.required(config::PURCHASES_TABLE)),
            mailer: Mailer::open(aws, environment),
            support_email: environment.required(config::SUPPORT_EMAIL),
            sale_mail: environment.sale_mail(),
            author: environment.author_email(),
            withdrawal: environment.withdrawal(),
        }
    }

    /// Opens the connection to DynamoDB ahead of the first request.
    pub async fn connect(&self) {
        self.catalogue.connect().await;
    }

    /// Returns the current purchase of this id.
    pub async fn find(&self, id: PurchaseId) -> Result<Option<Purchase>, Failure> {
        self.purchases.find(id).await
    }

    /// Returns the current purchases of these ids by id.
    pub async fn find_many(
        &self,
        ids: &[PurchaseId],
    ) -> Result<HashMap<PurchaseId, Purchase>, Failure> {
        self.purchases.find_many(ids).await
    }
}
