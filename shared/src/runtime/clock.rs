//! The only module that reads the system clock. Everywhere else time is an argument.

use time::OffsetDateTime;

use crate::domain::timestamp::Timestamp;

/// The current time, to the second.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this module reads the clock")]
pub fn now() -> Timestamp {
    OffsetDateTime::now_utc().into()
}
