//! Times, dates and months in UTC.

use time::{
    Date as CalendarDate, Duration, OffsetDateTime,
    format_description::{BorrowedFormatItem, well_known::Rfc3339},
    macros::format_description,
};

/// A time in UTC, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Makes a time from seconds since 1970-01-01T00:00:00Z, as Stripe gives them. `None` outside
    /// the years 0 to 9999, which RFC 3339 can write.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Option<Self> {
        let time = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
        (0..=9999).contains(&time.year()).then_some(Self(seconds))
    }

    /// Makes a time from milliseconds since 1970-01-01T00:00:00Z, as Lambda gives a function's
    /// deadline. A time after the year 9999 becomes the last second of that year.
    #[must_use]
    pub fn from_unix_millis(milliseconds: u64) -> Self {
        const LAST: i64 = 253_402_300_799;
        Self(i64::try_from(milliseconds / 1000).unwrap_or(LAST).min(LAST))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn unix(self) -> i64 {
        self.0
    }

    /// Adds seconds, or subtracts them if negative.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// The date.
    #[must_use]
    pub fn date(self) -> Date {
        Date(
            OffsetDateTime::from_unix_timestamp(self.0)
                .map_or(CalendarDate::MAX, OffsetDateTime::date),
        )
    }

    /// The time of the day in UTC, to the second: `17:00:00`.
    #[must_use]
    pub fn time_of_day(self) -> String {
        let seconds = self.0.rem_euclid(24 * 60 * 60);
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        format!("{hours:02}:{minutes:02}:{:02}", seconds % 60)
    }

    /// Reads a time in RFC 3339: `2026-11-22T17:00:00Z`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        Self::from_unix(time.unix_timestamp())
    }
}

impl From<OffsetDateTime> for Timestamp {
    fn from(time: OffsetDateTime) -> Self {
        Self(time.unix_timestamp())
    }
}

/// Writes RFC 3339 in UTC, `2026-11-22T17:00:00Z`, which sorts as text chronologically.
impl std::fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = OffsetDateTime::from_unix_timestamp(self.0)
            .ok()
            .and_then(|time| time.format(&Rfc3339).ok())
            .ok_or(std::fmt::Error)?;
        formatter.write_str(&text)
    }
}

/// A date in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(CalendarDate);

impl Date {
    const FORMAT: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

    /// Reads a date: `2026-11-22`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        CalendarDate::parse(text, Self::FORMAT).ok().map(Self)
    }

    /// The year, the month from 1 to 12, and the day from 1 to 31.
    #[must_use]
    pub fn year_month_day(self) -> (i32, u32, u32) {
        let (year, month, day) = self.0.to_calendar_date();
        (year, u32::from(u8::from(month)), u32::from(day))
    }

    /// Returns the time at which the date begins.
    #[must_use]
    pub fn midnight(self) -> Timestamp {
        self.0.midnight().assume_utc().into()
    }

    /// The month.
    #[must_use]
    pub fn year_month(self) -> YearMonth {
        YearMonth(self.0.year(), u8::from(self.0.month()))
    }

    /// Adds days, or subtracts them if negative. Stops at the first and the last date that
    /// [`time::Date`] can hold.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(Duration::days(days)))
    }

    /// The date without the year, for charts: `22 Nov`.
    #[must_use]
    pub fn short(self) -> String {
        const BRIEF: &[BorrowedFormatItem<'_>] =
            format_description!("[day padding:none] [month repr:short]");
        self.0.format(BRIEF).unwrap_or_default()
    }

    /// The number of days from this date to another; negative if `end` is earlier.
    #[must_use]
    pub fn days_until(self, end: Self) -> i64 {
        (end.0 - self.0).whole_days()
    }
}

/// Writes `2026-11-22`, which sorts as text chronologically.
impl std::fmt::Display for Date {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self.0.format(Self::FORMAT).map_err(|_| std::fmt::Error)?;
        formatter.write_str(&text)
    }
}

/// A month in UTC: the year, and the month from 1 to 12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct YearMonth(i32, u8);

impl YearMonth {
    /// The next month.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self(year, 12) => Self(year + 1, 1),
            Self(year, month) => Self(year, month + 1),
        }
    }
}

/// Writes `2026-11`.
impl std::fmt::Display for YearMonth {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:04}-{:02}", self.0, self.1)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_time_is_read_as_it_was_written(seconds in 0..=253_402_300_799_i64) {
            let time = Timestamp::from_unix(seconds).unwrap();
            prop_assert_eq!(Timestamp::parse(&time.to_string()), Some(time));
        }

        #[test]
        fn times_sort_as_their_text_does(a in 0..=4_000_000_000_i64, b in 0..=4_000_000_000_i64) {
            let (a, b) = (Timestamp(a), Timestamp(b));
            prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
        }
    }

    #[test]
    fn a_date_is_in_utc() {
        let day = |text| Timestamp::parse(text).unwrap().date().to_string();
        assert_eq!(day("2026-11-22T00:00:00Z"), "2026-11-22");
        assert_eq!(day("2026-11-22T23:59:59Z"), "2026-11-22");
        assert_eq!(day("2026-11-23T01:00:00+02:00"), "2026-11-22");
        assert_eq!(Date::parse("2026-11-22").unwrap().to_string(), "2026-11-22");
        for text in ["", "2026-11-31", "22.11.2026", "2026-11-22T00:00:00Z"] {
            assert_eq!(Date::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_date_begins_at_midnight() {
        let date = Date::parse("2026-11-22").unwrap();
        assert_eq!(date.midnight().to_string(), "2026-11-22T00:00:00Z");
        assert_eq!(date.midnight().date(), date);
    }

    #[test]
    fn days_and_months_follow_each_other() {
        let day = |text| Date::parse(text).unwrap();
        assert_eq!(day("2028-02-28").plus_days(2), day("2028-03-01"));
        assert_eq!(day("2027-01-01").plus_days(-1), day("2026-12-31"));
        assert_eq!(day("2026-11-01").days_until(day("2026-11-30")), 29);
        assert_eq!(day("2026-11-30").days_until(day("2026-11-01")), -29);
        assert_eq!(day("2026-11-30").year_month().to_string(), "2026-11");
        assert_eq!(day("2026-11-30").year_month().next().to_string(), "2026-12");
        assert_eq!(
            day("2026-12-01").year_month().next(),
            day("2027-01-31").year_month()
        );
    }

    #[test]
    fn the_time_of_the_day_is_written_to_the_second() {
        let time = Timestamp::parse("2026-11-26T17:04:05Z").unwrap();
        assert_eq!(time.time_of_day(), "17:04:05");
    }

    #[test]
    fn a_time_is_written_as_rfc_3339() {
        assert_eq!(
            Timestamp::from_unix(1_795_366_800).unwrap().to_string(),
            "2026-11-22T17:00:00Z"
        );
    }
}
