//! The one place that asks what time it is. Everything else is told: time is an argument.

use time::OffsetDateTime;

use crate::domain::timestamp::Moment;

/// The current time, to the second.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn now() -> Moment {
    OffsetDateTime::now_utc().into()
}
