//! What is counted of a page.

use uuid::Uuid;

/// How many keys the counters of a product are spread over. DynamoDB writes to one key a thousand
/// times a second: a product may be seen four thousand times a second, and reading asks four times.
const SHARDS: u8 = 4;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Somebody saw the page.
    View,
    /// Somebody began a checkout.
    Checkout,
}

/// One of the keys that the counters of a product are spread over, chosen by chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard(u8);

impl Shard {
    /// The shard of a random id.
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
            prop_assert!(Shard::all().any(|one| one == shard));
        }
    }
}
