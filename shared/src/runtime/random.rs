//! The only module that makes random ids. Everywhere else an id is an argument.

use uuid::Uuid;

use crate::domain::{
    import::ImportSecret,
    purchase_id::{PurchaseId, Seed},
    takes::PageToken,
    view::Shard,
};

/// A new purchase's id: 122 random bits from the operating system.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this module makes the ids")]
pub fn new_purchase_id() -> PurchaseId {
    PurchaseId::new(Uuid::new_v4())
}

/// The seed of a new checkout: 122 random bits.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this module makes the seed")]
pub fn new_seed() -> Seed {
    Seed::new(Uuid::new_v4())
}

/// A new secret for the ids of imported purchases: 244 random bits.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this module makes the secret")]
pub fn new_import_secret() -> ImportSecret {
    let mut bytes = [0; 32];
    for half in bytes.chunks_exact_mut(16) {
        half.copy_from_slice(Uuid::new_v4().as_bytes());
    }
    ImportSecret::new(bytes)
}

/// The token of a private page that is about to be shown: 122 random bits.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this module makes the token")]
pub fn new_page_token() -> PageToken {
    PageToken::new(Uuid::new_v4())
}

/// A random one of the shards that counters are spread over.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this module draws the shard")]
pub fn any_shard() -> Shard {
    Shard::of(Uuid::new_v4())
}
