//! The response that an idempotency key got first.

use serde::{Deserialize, Serialize};

use super::table::Row;

/// How long a response is kept, in seconds.
const KEPT_FOR: i64 = 24 * 60 * 60;

/// The response that an idempotency key got first, and gets again for 24 hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedResponse {
    /// The idempotency key.
    pub(crate) key: String,
    /// The fingerprint of the request, by which a different one with the same key is refused.
    pub(crate) request: String,
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) created: i64,
}

impl SavedResponse {
    pub(crate) fn is_valid(&self, now: i64) -> bool {
        now < self.created + KEPT_FOR
    }
}

impl Row for SavedResponse {
    const OBJECT: &'static str = "idempotency_key";
    fn id(&self) -> &str {
        &self.key
    }
    fn created(&self) -> i64 {
        self.created
    }
}
