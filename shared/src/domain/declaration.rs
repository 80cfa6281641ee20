//! What somebody declared who withdrew from a contract.

use std::fmt;

use crate::domain::timestamp::Timestamp;

/// What somebody declared who withdrew, as the acknowledgement repeats it.
#[derive(Clone, PartialEq, Eq)]
pub struct Declaration {
    /// The time.
    pub at: Timestamp,
    /// The mail address that was typed; absent if it was declared with the private link.
    pub address: Option<String>,
    /// The name that was typed, if one was.
    pub name: Option<String>,
    /// The description of the purchase that was typed, if one was.
    pub described: Option<String>,
    /// The time at which it was acknowledged by mail; absent while it was not.
    pub acknowledged_at: Option<Timestamp>,
}

impl fmt::Debug for Declaration {
    /// Shows the times only, because the rest can name the buyer.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Declaration")
            .field("at", &self.at)
            .field("acknowledged_at", &self.acknowledged_at)
            .finish_non_exhaustive()
    }
}

/// How long a declaration stands before another of the same buyer is acknowledged, in seconds. Anybody
/// can type an address.
pub const DECLARED_AGAIN_SECONDS: i64 = 10 * 60;
