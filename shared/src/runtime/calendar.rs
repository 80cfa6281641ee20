//! Converts times to days that begin at midnight in the author's time zone.

use jiff::tz::TimeZone;

use crate::{
    domain::timestamp::{Date, Timestamp},
    runtime::config::{ConfigError, TIME_ZONE},
};

/// The calendar of a time zone.
pub struct Calendar {
    name: String,
    zone: TimeZone,
}

impl Calendar {
    /// Opens the calendar of a time zone of the IANA's list, such as `Europe/Berlin`, or of UTC if
    /// there is no name. Fails if there is no time zone of this name.
    pub fn open(name: Option<&str>) -> Result<Self, ConfigError> {
        let Some(name) = name else {
            return Ok(Self::utc());
        };
        let zone = TimeZone::get(name).map_err(|_| {
            ConfigError::because(TIME_ZONE, "is not a time zone such as Europe/Berlin")
        })?;
        Ok(Self {
            name: zone.iana_name().unwrap_or(name).to_owned(),
            zone,
        })
    }

    /// Returns the calendar of UTC.
    #[must_use]
    pub fn utc() -> Self {
        Self {
            name: "UTC".to_owned(),
            zone: TimeZone::UTC,
        }
    }

    /// Returns the name of the time zone, such as `Europe/Berlin`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the time zone is UTC.
    #[must_use]
    pub fn is_utc(&self) -> bool {
        self.zone == TimeZone::UTC
    }

    /// Returns the day of this time in the time zone.
    #[must_use]
    pub fn day_of(&self, timestamp: Timestamp) -> Date {
        let offset = self.offset(timestamp);
        timestamp.plus_seconds(offset.into()).date()
    }

    /// Writes a time in the time zone, in RFC 3339: `2026-11-22T18:00:00+01:00`.
    #[must_use]
    pub fn time_of(&self, timestamp: Timestamp) -> String {
        if self.is_utc() {
            return timestamp.to_string();
        }
        let offset = self.offset(timestamp);
        let local = timestamp.plus_seconds(offset.into()).to_string();
        let sign = if offset < 0 { '-' } else { '+' };
        let minutes = offset.unsigned_abs() / 60;
        let local = local.trim_end_matches('Z');
        format!("{local}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }

    /// Returns how many seconds the time zone is ahead of UTC at this time.
    fn offset(&self, timestamp: Timestamp) -> i32 {
        jiff::Timestamp::from_second(timestamp.unix())
            .map_or(0, |timestamp| self.zone.to_offset(timestamp).seconds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(calendar: &Calendar, timestamp: &str) -> (String, String) {
        let timestamp = Timestamp::parse(timestamp).unwrap();
        (
            calendar.day_of(timestamp).to_string(),
            calendar.time_of(timestamp),
        )
    }

    #[test]
    fn a_day_is_that_of_the_authors_clock_in_summer_and_in_winter() {
        for (name, timestamp, expected_day, time) in [
            (
                "Europe/Berlin",
                "2026-11-22T23:30:00Z",
                "2026-11-23",
                "2026-11-23T00:30:00+01:00",
            ),
            (
                "Europe/Berlin",
                "2026-07-31T22:00:00Z",
                "2026-08-01",
                "2026-08-01T00:00:00+02:00",
            ),
            (
                "America/New_York",
                "2026-11-22T04:59:59Z",
                "2026-11-21",
                "2026-11-21T23:59:59-05:00",
            ),
            (
                "Asia/Kolkata",
                "2026-11-22T18:30:00Z",
                "2026-11-23",
                "2026-11-23T00:00:00+05:30",
            ),
            (
                "UTC",
                "2026-11-22T23:59:59Z",
                "2026-11-22",
                "2026-11-22T23:59:59Z",
            ),
        ] {
            let calendar = Calendar::open(Some(name)).unwrap();
            assert_eq!(calendar.name(), name);
            let expected = (expected_day.to_owned(), time.to_owned());
            assert_eq!(day(&calendar, timestamp), expected, "{name}");
        }
        let usual = Calendar::open(None).unwrap();
        assert!(usual.is_utc() && usual.name() == "UTC");
    }

    #[test]
    fn a_zone_that_is_none_is_refused() {
        for name in ["Berlin", "CET+1", "Europe/", "../etc/passwd"] {
            let error = Calendar::open(Some(name)).err().unwrap().to_string();
            assert!(error.contains("TIME_ZONE: is not a time zone"), "{error}");
        }
    }
}
