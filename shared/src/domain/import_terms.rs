//! What the shop gives with an imported purchase.

use crate::domain::{
    book::BookId,
    import::{Import, ImportRow, Platform},
    purchase::Purchase,
    purchase_id::PurchaseId,
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
            imported: Some(Import {
                platform: platform.clone(),
                order: row.order.clone(),
                copies: row.copies,
                unsubscribed: row.unsubscribed,
            }),
            email: Some(row.email.clone()),
            unsubscribed_at: row.unsubscribed.then_some(now),
            ..Purchase::new(
                id,
                book.clone(),
                self.edition(),
                downloads,
                row.bought_on.midnight(),
            )
        }
    }
}
