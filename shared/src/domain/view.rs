//! The counters of a book page: views and checkouts, spread over shards.

use uuid::Uuid;

/// How many keys the counters of a product are spread over. DynamoDB takes 1,000 writes a second to
/// one key, so a product can have 4,000 views a second. Reading its counters takes four queries.
const SHARDS: u8 = 4;

/// A step of a visitor that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A view of the book page.
    View,
    /// The start of a checkout.
    Checkout,
}

/// One of the keys that the counters of a product are spread over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard(u8);

impl Shard {
    /// Chooses a shard by a random UUID.
    #[must_use]
    pub fn of(random: Uuid) -> Self {
        Self(random.as_bytes()[0] % SHARDS)
    }

    /// All shards, each once.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..SHARDS).map(Self)
    }

    /// Its number, from 0.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_shard_is_one_of_all(random in any::<u128>()) {
            let shard = Shard::of(Uuid::from_u128(random));
            prop_assert!(Shard::all().any(|known| known == shard));
        }
    }
}
