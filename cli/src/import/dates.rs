//! Dates as platforms and spreadsheets write them.
//!
//! `03/04/2023` is in March or in April. The whole column tells, if one of its dates has a day above
//! twelve; if none has, the author is asked.

use bookstall::domain::timestamp::Date;

use crate::arguments::DateOrder;

#[derive(Debug, PartialEq, Eq)]
enum Parsed {
    Date(Date),
    /// Two numbers, of which either may be the month, and the year.
    Either(u32, u32, i32),
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Reads a date, and nothing of a time after it.
fn parse(text: &str) -> Option<Parsed> {
    let text = text.trim();
    let is_dotted = text.split(char::is_whitespace).next()?.contains('.');
    let words = text.split(|c: char| c.is_whitespace() || "/.-,T".contains(c));
    let mut words = words.filter(|word| !word.is_empty());
    let first = words.next()?;
    if first.len() == 8 && first.bytes().all(|byte| byte.is_ascii_digit()) {
        let (year, rest) = first.split_at(4);
        let (month, day) = rest.split_at(2);
        return date(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    }
    let is_word = first.starts_with(char::is_alphabetic);
    // A day of the week says nothing more.
    let first = if is_word && month(first).is_none() {
        words.next()?
    } else {
        first
    };
    let (second, third) = (words.next()?, words.next()?);
    if first.len() == 4 {
        return date(
            first.parse().ok()?,
            month(second).or_else(|| second.parse().ok())?,
            third.parse().ok()?,
        );
    }
    let year = year(third)?;
    match (month(first), month(second)) {
        (Some(month), _) => date(year, month, second.parse().ok()?),
        (_, Some(month)) => date(year, month, first.parse().ok()?),
        (None, None) => {
            let (first, second) = (first.parse().ok()?, second.parse().ok()?);
            // No locale writes the month first and dots.
            if is_dotted || first == second {
                return date(year, second, first);
            }
            Some(Parsed::Either(first, second, year))
        }
    }
}

fn month(word: &str) -> Option<u32> {
    let start = word.get(..3)?.to_lowercase();
    (1..)
        .zip(MONTHS)
        .find(|(_, month)| *month == start)
        .map(|(number, _)| number)
}

fn year(word: &str) -> Option<i32> {
    let year: i32 = word.parse().ok()?;
    match word.len() {
        4 => Some(year),
        2 => Some(2000 + year),
        _ => None,
    }
}

fn date(year: i32, month: u32, day: u32) -> Option<Parsed> {
    Date::parse(&format!("{year:04}-{month:02}-{day:02}")).map(Parsed::Date)
}

/// Reads a date.
pub(super) fn read(text: &str, order: DateOrder) -> Option<Date> {
    let parsed = match (parse(text)?, order) {
        (Parsed::Either(day, month, year), DateOrder::DayFirst)
        | (Parsed::Either(month, day, year), DateOrder::MonthFirst) => date(year, month, day)?,
        (parsed, _) => parsed,
    };
    match parsed {
        Parsed::Date(date) => Some(date),
        Parsed::Either(..) => None,
    }
}

/// What the dates of a column say of their order: an example of each, with its line.
#[derive(Debug, Default)]
pub(super) struct DateColumn {
    day_first: Option<(u64, String)>,
    month_first: Option<(u64, String)>,
    either: Option<(u64, String)>,
}

impl DateColumn {
    /// Looks at one more date.
    pub(super) fn see(&mut self, line: u64, text: &str) {
        let example = match parse(text) {
            Some(Parsed::Either(13.., 1..=12, _)) => &mut self.day_first,
            Some(Parsed::Either(1..=12, 13.., _)) => &mut self.month_first,
            Some(Parsed::Either(..)) => &mut self.either,
            _ => return,
        };
        example.get_or_insert_with(|| (line, text.to_owned()));
    }

    /// Returns the order of the column, which is `None` if it does not matter. The error is a sentence
    /// for the author.
    pub(super) fn order(&self) -> Result<Option<DateOrder>, String> {
        match (&self.day_first, &self.month_first, &self.either) {
            (Some((line, day)), Some((other, month)), _) => Err(format!(
                "The day comes first in {day} (line {line}), and the month in {month} (line \
                 {other}). --dates dmy or --dates mdy leaves out what it does not fit; better, \
                 correct the file."
            )),
            (Some(_), None, _) => Ok(Some(DateOrder::DayFirst)),
            (None, Some(_), _) => Ok(Some(DateOrder::MonthFirst)),
            (None, None, Some((line, text))) => Err(format!(
                "{text} (line {line}) is two dates, and no other date of the file says which. \
                 --dates dmy says that the day comes first, --dates mdy the month."
            )),
            (None, None, None) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_they_are_written() {
        for text in [
            "2023-05-03",
            "2023-05-03 09:23:52 +0000",
            "2023-05-03T09:23:52.123+02:00",
            "2023/05/03",
            "20230503",
            "03.05.2023",
            "3.5.23 10:00",
            "May 3, 2023",
            "Wed, 03 May 2023 10:00:00 GMT",
            "3 May 2023",
            "03-May-23",
            "3/5/2023",
            "03-05-2023",
        ] {
            let read = read(text, DateOrder::DayFirst).map(|date| date.to_string());
            assert_eq!(read.as_deref(), Some("2023-05-03"), "{text}");
        }
        let read = |text| read(text, DateOrder::MonthFirst).map(|date| date.to_string());
        assert_eq!(read("5/3/2023").as_deref(), Some("2023-05-03"));
        for text in [
            "",
            "soon",
            "2023",
            "31.02.2023",
            "13/13/2023",
            "1/2",
            "5/3/023",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn the_whole_column_tells_the_order() {
        let order = |dates: &[&str]| {
            let mut column = DateColumn::default();
            for (line, date) in (2..).zip(dates) {
                column.see(line, date);
            }
            column.order()
        };
        assert_eq!(order(&["2023-05-03", "5/5/2023"]), Ok(None));
        assert_eq!(
            order(&["3/4/2023", "23/4/2023"]),
            Ok(Some(DateOrder::DayFirst))
        );
        assert_eq!(
            order(&["3/4/2023", "4/23/2023"]),
            Ok(Some(DateOrder::MonthFirst))
        );
        let said = order(&["3/4/2023"]).unwrap_err();
        assert!(
            said.contains("3/4/2023 (line 2)") && said.contains("--dates mdy"),
            "{said}"
        );
        let said = order(&["23/4/2023", "4/23/2023"]).unwrap_err();
        assert!(
            said.contains("(line 2)") && said.contains("(line 3)"),
            "{said}"
        );
    }
}
