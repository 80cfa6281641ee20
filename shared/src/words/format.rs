//! Dates, sums, sizes and lists, as each language writes them.

use super::Words;
use crate::domain::{
    book_file::{BookFile, Format, Size, Unit},
    invoice::Documents,
    money::Money,
    timestamp::Date,
};

impl Words {
    /// Writes a date: "26 November 2026", "26. November 2026", "26 de noviembre de 2026".
    #[must_use]
    pub fn long_date(self, date: Date) -> String {
        let (year, month, day) = date.year_month_day();
        self.date(day, &self.month(month), &year.to_string())
    }

    /// Writes a sum: "29.00 USD", "29,00 USD". Thousands are not set apart.
    #[must_use]
    pub fn money(self, money: Money) -> String {
        let amount = money.decimal().replace('.', self.decimal_point());
        self.sum(&amount, &money.currency.code().to_ascii_uppercase())
    }

    /// Says until when Stripe serves documents. `None` if there are none.
    #[must_use]
    pub fn served_until(self, documents: &Documents) -> Option<String> {
        let until = documents.until()?;
        Some(self.documents_until(&self.long_date(until)))
    }

    /// Writes a list of which one is chosen: "PDF", "PDF or EPUB", "PDF, EPUB or MOBI". `None` if
    /// there is nothing in it.
    pub(crate) fn any_of(self, names: &[String]) -> Option<String> {
        match names {
            [] => None,
            [only] => Some(only.clone()),
            // “o” becomes “u” before its own sound.
            [first @ .., last] if self == Self::Es && last.starts_with(['o', 'O']) => {
                Some(format!("{} u {last}", first.join(", ")))
            }
            [first @ .., last] => Some(self.list_or(&first.join(", "), last)),
        }
    }

    /// Writes a size in the decimal units that file managers and phones use: "812 bytes", "17 KB",
    /// "4,2 Mo".
    #[must_use]
    pub fn size(self, bytes: u64) -> String {
        let Size { number, unit } = Size::of(bytes);
        let number = number.replace('.', self.decimal_point());
        match unit {
            Unit::Byte => self.size_bytes(u32::try_from(bytes).unwrap_or(u32::MAX)),
            Unit::Kilobyte => self.size_kilobytes(&number),
            Unit::Megabyte => self.size_megabytes(&number),
            Unit::Gigabyte => self.size_gigabytes(&number),
        }
    }

    /// Returns in a few words what a format is good for. `None` if the shop does not know it.
    #[must_use]
    pub fn format_hint(self, format: &Format) -> Option<&'static str> {
        Some(match format.as_str() {
            "pdf" => self.format_hint_pdf(),
            "epub" => self.format_hint_epub(),
            "mobi" | "azw3" => self.format_hint_kindle(),
            "zip" => self.format_hint_zip(),
            _ => return None,
        })
    }

    /// Returns what a button says below its label: the file's size, and what its format is good for,
    /// such as "4.2 MB, for computers, tablets and print". A file with a label of the author's says
    /// its format, too, and nothing of what that is good for: "PDF, 4.2 MB".
    #[must_use]
    pub fn file_hint(self, file: &BookFile) -> String {
        let size = self.size(file.size);
        match (&file.label, self.format_hint(&file.format)) {
            (Some(_), _) => format!("{}, {size}", file.format.label()),
            (None, None) => size,
            (None, Some(hint)) => format!("{size}, {hint}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::book_file::tests::book_file;

    /// Asserts what each language writes, in the order of [`Words::ALL`].
    fn assert_written(write: impl Fn(Words) -> String, expected: [&str; 4]) {
        assert_eq!(Words::ALL.map(write), expected);
    }

    #[test]
    fn a_number_up_to_twelve_is_a_word() {
        assert_written(
            |words| words.number_word(5),
            ["five", "fünf", "cinq", "cinco"],
        );
        assert_written(
            |words| words.number_word(12),
            ["twelve", "zwölf", "douze", "doce"],
        );
        assert_written(|words| words.number_word(13), ["13"; 4]);
        for words in Words::ALL {
            let mut all: Vec<_> = (0..=13).map(|number| words.number_word(number)).collect();
            all.sort();
            all.dedup();
            assert_eq!(all.len(), 14, "{all:?}");
        }
    }

    #[test]
    fn a_date_is_written_in_full() {
        let date = |text| move |words: Words| words.long_date(Date::parse(text).unwrap());
        assert_written(
            date("2026-11-26"),
            [
                "26 November 2026",
                "26. November 2026",
                "26 novembre 2026",
                "26 de noviembre de 2026",
            ],
        );
        assert_written(
            date("2027-03-01"),
            [
                "1 March 2027",
                "1. März 2027",
                "1er mars 2027",
                "1 de marzo de 2027",
            ],
        );
        for words in Words::ALL {
            let mut months: Vec<_> = (1..=12).map(|month| words.month(month)).collect();
            months.sort();
            months.dedup();
            assert_eq!(months.len(), 12, "{months:?}");
        }
    }

    #[test]
    fn a_sum_has_its_decimal_point_and_its_currency() {
        let money = |text| move |words: Words| words.money(Money::parse(text).unwrap());
        assert_written(
            money("29.00 USD"),
            [
                "29.00 USD",
                "29,00\u{a0}USD",
                "29,00\u{a0}USD",
                "29,00\u{a0}USD",
            ],
        );
        assert_written(
            money("2900 JPY"),
            [
                "2900 JPY",
                "2900\u{a0}JPY",
                "2900\u{a0}JPY",
                "2900\u{a0}JPY",
            ],
        );
    }

    #[test]
    fn a_list_is_written_as_people_do() {
        let list = |list: &'static [&str]| {
            let list: Vec<_> = list.iter().map(ToString::to_string).collect();
            move |words: Words| words.any_of(&list).unwrap()
        };
        assert_eq!(Words::En.any_of(&[]), None);
        assert_written(list(&["PDF"]), ["PDF"; 4]);
        assert_written(
            list(&["PDF", "EPUB"]),
            ["PDF or EPUB", "PDF oder EPUB", "PDF ou EPUB", "PDF o EPUB"],
        );
        assert_written(
            list(&["PDF", "EPUB", "ODT"]),
            [
                "PDF, EPUB or ODT",
                "PDF, EPUB oder ODT",
                "PDF, EPUB ou ODT",
                "PDF, EPUB u ODT",
            ],
        );
    }

    #[test]
    fn a_size_is_short() {
        for (bytes, expected) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_000, "1 KB"),
            (16_945, "17 KB"),
            (999_499, "999 KB"),
            (1_000_000, "1.0 MB"),
            (4_200_000, "4.2 MB"),
            (9_949_999, "9.9 MB"),
            (12_000_000, "12 MB"),
            (1_300_000_000, "1.3 GB"),
            (25_000_000_000, "25 GB"),
        ] {
            assert_eq!(Words::En.size(bytes), expected);
        }
    }

    #[test]
    fn a_size_has_its_unit() {
        let size = |bytes| move |words: Words| words.size(bytes);
        assert_written(
            size(812),
            [
                "812 bytes",
                "812\u{a0}Bytes",
                "812\u{a0}octets",
                "812\u{a0}bytes",
            ],
        );
        assert_written(
            size(1),
            ["1 byte", "1\u{a0}Byte", "1\u{a0}octet", "1\u{a0}byte"],
        );
        assert_written(
            size(4_160_000),
            ["4.2 MB", "4,2\u{a0}MB", "4,2\u{a0}Mo", "4,2\u{a0}MB"],
        );
    }

    #[test]
    fn a_file_is_described_by_its_format_or_by_its_author() {
        let pdf = book_file("pdf");
        assert_eq!(
            Words::En.file_hint(&pdf),
            "4.2 MB, for computers, tablets and print"
        );
        let code = BookFile {
            label: Some("All the code".to_owned()),
            ..book_file("zip")
        };
        assert_eq!(Words::En.file_hint(&code), "ZIP, 4.2 MB");
        assert_eq!(Words::En.file_hint(&book_file("cbz")), "4.2 MB");
    }
}
