//! The purchases as a CSV file (RFC 4180) for the author's bookkeeping.
//!
//! The file contains the buyers' addresses, but not their private links. Amounts are in major units
//! with the currency's own number of decimals: `29.00`. It begins with a byte order mark, without which
//! Excel takes it for another encoding and breaks every accent.

use bookstall::{
    adapters::purchases::SaleRow,
    domain::{attribution::CampaignLabel, money::Money},
    runtime::{calendar::Calendar, failure::Failure},
};
use csv::{Terminator, Writer, WriterBuilder};

use crate::totals::{MailState, mail_state};

/// The largest number of purchases in one file: some 20 MB, which a spreadsheet still opens.
pub(crate) const MOST_ROWS: u64 = 100_000;

/// UTF-8's byte order mark.
const BYTE_ORDER_MARK: &str = "\u{feff}";

const HEADER: [&str; 16] = [
    "bought_at",
    "purchase",
    "product_id",
    "edition",
    "email",
    "currency",
    "paid",
    "refunded",
    "net",
    "refunded_at",
    "disputed",
    "payment",
    "mail",
    "downloads",
    "version",
    "campaign",
];

/// A CSV file that is being written, in memory.
pub(crate) struct CsvExport<'a> {
    calendar: &'a Calendar,
    /// `None` once there were more than [`MOST_ROWS`] purchases: the rows are dropped then.
    writer: Option<Writer<Vec<u8>>>,
    rows: u64,
}

impl<'a> CsvExport<'a> {
    /// Begins a file with its header. Its times are in the calendar's time zone.
    pub(crate) fn new(calendar: &'a Calendar) -> Result<Self, Failure> {
        let mut writer = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .from_writer(BYTE_ORDER_MARK.as_bytes().to_vec());
        writer
            .write_record(HEADER)
            .map_err(|error| failed(&error))?;
        Ok(Self {
            calendar,
            writer: Some(writer),
            rows: 0,
        })
    }

    /// Adds a purchase.
    pub(crate) fn add(&mut self, sale: &SaleRow) -> Result<(), Failure> {
        self.rows += 1;
        if self.rows > MOST_ROWS {
            self.writer = None;
        }
        match &mut self.writer {
            Some(writer) => writer
                .write_record(row(sale, self.calendar))
                .map_err(|error| failed(&error)),
            None => Ok(()),
        }
    }

    /// Returns the whole file, or `None` if there were more than [`MOST_ROWS`] purchases.
    pub(crate) fn finish(self) -> Result<Option<Vec<u8>>, Failure> {
        let content = self.writer.map(Writer::into_inner).transpose();
        content.map_err(|error| failed(&error))
    }
}

fn failed(error: &dyn std::error::Error) -> Failure {
    Failure::refused("Failed to write the purchases as CSV", error.to_string())
}

/// Returns the cells of a purchase, in the order of [`HEADER`].
fn row(sale: &SaleRow, calendar: &Calendar) -> [String; HEADER.len()] {
    let amount = |minor_units| {
        let currency = sale.paid.currency;
        Money {
            minor_units,
            currency,
        }
        .decimal()
    };
    let label = |label: &Option<CampaignLabel>| text(label.as_ref().map(CampaignLabel::as_str));
    [
        calendar.time_of(sale.bought_at),
        sale.reference.clone(),
        sale.product_id.to_string(),
        sale.edition.to_string(),
        sale.email.clone().unwrap_or_default(),
        sale.paid.currency.code().to_ascii_uppercase(),
        amount(sale.paid.minor_units),
        amount(sale.refunded),
        amount(sale.net()),
        text(sale.refunded_at.map(|at| calendar.time_of(at))),
        if sale.is_disputed { "yes" } else { "no" }.to_owned(),
        text(sale.payment.as_ref()),
        mail(sale).to_owned(),
        sale.downloads.to_string(),
        label(&sale.attribution.variant),
        label(&sale.attribution.source),
    ]
    .map(|cell| harmless(&cell))
}

/// Writes a value that may be absent: an absent one is an empty cell.
fn text(value: Option<impl ToString>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

fn mail(sale: &SaleRow) -> &'static str {
    match mail_state(sale) {
        MailState::Sent => "sent",
        MailState::Owed => "owed",
        MailState::Refused => "refused",
        MailState::NoAddress => "no address",
        MailState::NotOwed => "not owed",
    }
}

/// Returns a cell that no spreadsheet takes for a formula: an apostrophe is put before a cell that
/// begins like one (<https://owasp.org/www-community/attacks/CSV_Injection>).
fn harmless(cell: &str) -> String {
    match cell.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{cell}"),
        _ => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use bookstall::domain::attribution::Attribution;
    use csv::ReaderBuilder;
    use proptest::prelude::*;

    use super::*;
    use crate::totals::tests::sale;

    fn table(sales: &[SaleRow]) -> String {
        let calendar = Calendar::utc();
        let mut export = CsvExport::new(&calendar).unwrap();
        for sale in sales {
            export.add(sale).unwrap();
        }
        String::from_utf8(export.finish().unwrap().unwrap()).unwrap()
    }

    #[test]
    fn amounts_are_in_the_currencys_own_decimals() {
        let partly = SaleRow {
            refunded: 900,
            ..sale(2900, "usd")
        };
        let table = table(&[partly, sale(2900, "jpy"), sale(2900, "kwd")]);
        let lines: Vec<_> = table.split("\r\n").collect();
        assert!(lines[0].starts_with("\u{feff}bought_at,purchase,product_id"));
        assert!(lines[1].contains(",USD,29.00,9.00,20.00,"), "{}", lines[1]);
        assert!(lines[2].contains(",JPY,2900,0,2900,"), "{}", lines[2]);
        assert!(lines[3].contains(",KWD,2.900,0.000,2.900,"), "{}", lines[3]);
        assert_eq!(lines[4..], [""]);
    }

    #[test]
    fn no_cell_is_a_formula() {
        let hostile = SaleRow {
            email: Some("=cmd|'/c calc'!A1@example.com".to_owned()),
            attribution: Attribution {
                variant: CampaignLabel::parse("-1"),
                source: None,
            },
            ..sale(1, "usd")
        };
        let table = table(&[hostile]);
        assert!(
            table.contains(",'=cmd|'/c calc'!A1@example.com,"),
            "{table}"
        );
        assert!(table.contains(",'-1,"), "{table}");
        for cell in ["=1", "+1", "-1", "@x", "\tx", "\rx"] {
            assert_eq!(harmless(cell), format!("'{cell}"));
        }
        assert_eq!(harmless("jane@example.com"), "jane@example.com");
    }

    #[test]
    fn there_is_no_file_of_too_many_rows() {
        let calendar = Calendar::utc();
        let mut export = CsvExport::new(&calendar).unwrap();
        let sale = sale(1, "usd");
        for _ in 0..MOST_ROWS {
            export.add(&sale).unwrap();
        }
        assert!(export.writer.is_some());
        export.add(&sale).unwrap();
        assert!(export.writer.is_none());
        assert_eq!(export.finish().unwrap(), None);
    }

    proptest! {
        /// Commas, quotes and ends of lines stay in their cell.
        #[test]
        fn a_table_is_read_as_it_was_written(email in "[a-z\",;\r\n =@']{1,40}") {
            let table = table(&[SaleRow { email: Some(email.clone()), ..sale(2900, "usd") }]);
            let mut reader = ReaderBuilder::new().from_reader(table.as_bytes());
            let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
            prop_assert_eq!(rows.len(), 1);
            prop_assert_eq!(&rows[0][4], harmless(&email));
            prop_assert_eq!(rows[0].len(), HEADER.len());
        }
    }
}
