//! The attributes of an item that say where an imported purchase was bought, and by which an import
//! recognises an address.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    adapters::attributes::{Attributes, number, text},
    domain::import::{AddressDigest, Import, Order, Platform},
};

/// The partition of the index `by_month` that holds the imported purchases.
pub(super) const IMPORTED: &str = "imported";

pub(super) const IMPORTED_FROM: &str = "imported_from";
const IMPORTED_ORDER: &str = "imported_order";
const IMPORTED_COPIES: &str = "imported_copies";
const IMPORTED_UNSUBSCRIBED: &str = "imported_unsubscribed";

/// Returns the attributes of an import, which no sale of the shop has.
pub(super) fn import_attributes(
    import: Option<&Import>,
) -> [(&'static str, Option<AttributeValue>); 4] {
    let order = import.and_then(|import| import.order.as_ref());
    let is_unsubscribed = import.is_some_and(|import| import.unsubscribed);
    [
        (
            IMPORTED_FROM,
            import.map(|import| text(import.platform.as_str())),
        ),
        (IMPORTED_ORDER, order.map(|order| text(order.as_str()))),
        (IMPORTED_COPIES, import.map(|import| number(import.copies))),
        (
            IMPORTED_UNSUBSCRIBED,
            is_unsubscribed.then_some(AttributeValue::Bool(true)),
        ),
    ]
}

/// Reads the attributes of an import. `None` if the purchase was imported and lacks one of them.
#[expect(
    clippy::option_option,
    reason = "a purchase that was not imported is no damaged one"
)]
pub(super) fn read_import(item: Attributes<'_>) -> Option<Option<Import>> {
    if !item.has(IMPORTED_FROM) {
        return Some(None);
    }
    Some(Some(Import {
        platform: item.parse(IMPORTED_FROM, Platform::parse)?,
        order: item.parse(IMPORTED_ORDER, Order::parse),
        copies: item.number(IMPORTED_COPIES)?,
        unsubscribed: item.has(IMPORTED_UNSUBSCRIBED),
    }))
}

/// Returns the attribute that holds digests; `None` if there are none.
pub(super) fn digests(addresses: &BTreeSet<AddressDigest>) -> Option<AttributeValue> {
    let each = addresses.iter().map(|address| address.as_str().to_owned());
    (!addresses.is_empty()).then(|| AttributeValue::Ss(each.collect()))
}

/// Reads an attribute that holds digests, or none. `None` if it is damaged.
pub(super) fn read_digests(item: Attributes<'_>, name: &str) -> Option<BTreeSet<AddressDigest>> {
    let Some(value) = item.0.get(name) else {
        return Some(BTreeSet::new());
    };
    let digests = value.as_ss().ok()?.iter();
    digests.map(|text| AddressDigest::parse(text)).collect()
}
