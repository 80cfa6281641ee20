//! What the columns of each platform mean.
//!
//! A platform's export is found by its header. Its reader makes sales of rows, and knows the platform's
//! words; whether a sale becomes a purchase is the function's to decide.

mod by_hand;
mod easy_digital_downloads;
mod export;
mod gumroad;
mod ledger;
mod orders;
mod paypal;
mod plain;
mod polar;

pub(super) use by_hand::ByHand;
pub(super) use export::{Columns, Entry, Export, Reader};
pub(super) use ledger::Ledger;

use super::table::Header;

/// The exports whose columns are known. An earlier one is preferred.
static EXPORTS: [&Export; 8] = [
    &gumroad::SALES,
    &easy_digital_downloads::PRODUCT_SALES,
    &easy_digital_downloads::ORDERS,
    &polar::ORDERS,
    &paypal::ACTIVITY,
    &orders::SQUARESPACE,
    &orders::SHOPIFY,
    &plain::PLAIN,
];

/// Finds the export with this header.
pub(super) fn find(header: &Header) -> Option<&'static Export> {
    let mut exports = EXPORTS.into_iter();
    exports.find(|export| header.has_all(export.required))
}
