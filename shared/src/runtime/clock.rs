//! The one place that asks what time it is. Everything else is told: time is an argument.

use time::OffsetDateTime;

use crate::domain::timestamp::Timestamp;

/// The current time, to the second.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn now() -> Timestamp {
    OffsetDateTime::now_utc().into()
}
