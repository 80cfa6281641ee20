//! What the shop gives with an imported purchase.

use std::collections::BTreeSet;

use crate::domain::{
    attribution::Attribution,
    book::BookId,
    delivery::Deliveries,
    import::{Import, ImportRow, Platform},
    invoice::CreditNotes,
    product::Files,
    purchase::Purchase,
    purchase_id::PurchaseId,
    refunds::Refunds,
    seller::Seller,
    takes::Takes,
    timestamp::Timestamp,
};

/// What the shop gives with an imported purchase of one book.
#[derive(Clone, Copy, Debug)]
pub struct ImportTerms {
    /// The book's current edition, at least 1.
    pub current_edition: u32,
    /// Whether the buyers do not have the current edition, and are to be told of it by the next push.
    pub owe_update: bool,
    /// How many downloads a copy comes with, and again with each edition.
    pub downloads_per_copy: u32,
}

impl ImportTerms {
    /// Returns the edition at which a purchase is imported. The work list of an update has all that
    /// are below the book's, so one below is enough.
    #[must_use]
    pub fn edition(&self) -> u32 {
        self.current_edition - u32::from(self.owe_update && self.current_edition > 0)
    }

    /// Makes the purchase of a row, which has not been imported before.
    #[must_use]
    pub fn purchase(
        &self,
        id: PurchaseId,
        book: &BookId,
        platform: &Platform,
        row: &ImportRow,
        now: Timestamp,
    ) -> Purchase {
        let downloads = self.downloads_per_copy.saturating_mul(row.copies);
        Purchase {
            id,
            book_id: book.clone(),
            files: Files::All,
            product_id: None,
            imported: Some(Import {
                platform: platform.clone(),
                order: row.order.clone(),
                copies: row.copies,
                unsubscribed: row.unsubscribed,
            }),
            part_of: None,
            others: Vec::new(),
            email: Some(row.email.clone()),
            address_corrected_at: None,
            former_addresses: BTreeSet::new(),
            corrected_from: None,
            paid: None,
            presented: None,
            seller: Seller::Author,
            tax: 0,
            country: None,
            owes_sale_mail: false,
            payment: None,
            receipt_url: None,
            invoice: None,
            credit_notes: CreditNotes::new(),
            bought_at: row.bought_on.midnight(),
            is_test: false,
            downloads_per_edition: downloads,
            downloads_left: downloads,
            edition: self.edition(),
            edition_bought: self.edition(),
            downloads: 0,
            agreed: None,
            owes_agreement_mail: false,
            mailed_at: None,
            mail_uncertain_at: None,
            deliveries: Deliveries::default(),
            takes: Takes::new(),
            first_download_at: None,
            amount_refunded: 0,
            refunds: Refunds::default(),
            refunds_mailed: BTreeSet::new(),
            spoilt_refund_keys: 0,
            refunded_at: None,
            returning_at: None,
            withdrawn_at: None,
            refunded_before_withdrawal: 0,
            declaration: None,
            owes_withdrawal_mail: false,
            return_notice: None,
            author_asked_at: None,
            suspended_at: None,
            missed_updates_since: None,
            reopened_at: None,
            disputes_told: BTreeSet::new(),
            unsubscribed_at: row.unsubscribed.then_some(now),
            mail_refused_at: None,
            erased_at: None,
            attribution: Attribution::default(),
        }
    }
}
