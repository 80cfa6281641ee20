//! The one place that makes random ids. Everything else is given them: an id is an argument.

use uuid::Uuid;

use crate::domain::{purchase_id::PurchaseId, takes::PageToken, view::Shard};

/// A new purchase's id: 122 random bits from the operating system.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is where ids are born")]
pub fn new_purchase_id() -> PurchaseId {
    PurchaseId::new(Uuid::new_v4())
}

/// The token of a private page that is about to be shown: 122 random bits.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is where tokens are born")]
pub fn new_page_token() -> PageToken {
    PageToken::new(Uuid::new_v4())
}

/// Any of the shards that counters are spread over.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is where chance comes in")]
pub fn any_shard() -> Shard {
    Shard::of(Uuid::new_v4())
}
