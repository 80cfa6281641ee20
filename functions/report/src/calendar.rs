//! Days as the author counts them, which begin at midnight in the author's own time zone.

use bookstall::{
    domain::timestamp::{Date, Timestamp},
    runtime::config::{ConfigError, TIME_ZONE},
};
use jiff::tz::TimeZone;

/// The calendar of a time zone.
pub(crate) struct Calendar {
    name: String,
    zone: TimeZone,
}

impl Calendar {
    /// The calendar of a time zone of the IANA's list: `Europe/Berlin`. Without a name it is UTC's.
    /// Fails if there is no zone of this name.
    pub(crate) fn open(name: Option<&str>) -> Result<Self, ConfigError> {
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

    /// The calendar of UTC.
    pub(crate) fn utc() -> Self {
        Self {
            name: "UTC".to_owned(),
            zone: TimeZone::UTC,
        }
    }

    /// The name of the time zone: `Europe/Berlin`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether its days are those of UTC.
    pub(crate) fn is_utc(&self) -> bool {
        self.zone == TimeZone::UTC
    }

    /// The day that a moment is part of.
    pub(crate) fn day_of(&self, moment: Timestamp) -> Date {
        let offset = self.offset(moment);
        moment.plus_seconds(offset.into()).date()
    }

    /// A moment as the author's clock shows it: `2026-11-22T18:00:00+01:00`.
    pub(crate) fn time_of(&self, moment: Timestamp) -> String {
        if self.is_utc() {
            return moment.to_string();
        }
        let offset = self.offset(moment);
        let local = moment.plus_seconds(offset.into()).to_string();
        let sign = if offset < 0 { '-' } else { '+' };
        let minutes = offset.unsigned_abs() / 60;
        let local = local.trim_end_matches('Z');
        format!("{local}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }

    /// How many seconds the zone is ahead of UTC at this moment.
    fn offset(&self, moment: Timestamp) -> i32 {
        jiff::Timestamp::from_second(moment.unix())
            .map_or(0, |moment| self.zone.to_offset(moment).seconds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(calendar: &Calendar, moment: &str) -> (String, String) {
        let moment = Timestamp::parse(moment).unwrap();
        (
            calendar.day_of(moment).to_string(),
            calendar.time_of(moment),
        )
    }

    #[test]
    fn a_day_is_that_of_the_authors_clock_in_summer_and_in_winter() {
        for (name, moment, expected_day, time) in [
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
            assert_eq!(day(&calendar, moment), expected, "{name}");
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
