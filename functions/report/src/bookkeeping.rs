//! The purchases as a table for a spreadsheet: CSV as RFC 4180 has it.
//!
//! The buyers' addresses are in it, because it is the author's bookkeeping; their private links are
//! not. Numbers are in whole units with the currency's own decimals, as bookkeepers want them.

use bookstall::{
    adapters::purchases::SaleRow,
    domain::{attribution::CampaignLabel, money::Money, stripe_ids::PaymentId},
    runtime::failure::Failure,
};
use csv::{Terminator, Writer, WriterBuilder};

use crate::totals::{MailState, mail_state};

/// The most purchases of one table: some 20 MB, which a spreadsheet still opens.
pub(crate) const MOST_ROWS: u64 = 100_000;

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

/// The table, as it grows.
pub(crate) struct Bookkeeping {
    /// Absent when there were too many rows: nothing is kept then.
    writer: Option<Writer<Vec<u8>>>,
    rows: u64,
}

impl Bookkeeping {
    /// A table with its header.
    pub(crate) fn begin() -> Result<Self, Failure> {
        let mut writer = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .from_writer(Vec::new());
        writer
            .write_record(HEADER)
            .map_err(|error| failed(&error))?;
        Ok(Self {
            writer: Some(writer),
            rows: 0,
        })
    }

    /// Adds a purchase.
    pub(crate) fn enter(&mut self, sold: &SaleRow) -> Result<(), Failure> {
        self.rows += 1;
        if self.rows > MOST_ROWS {
            self.writer = None;
        }
        match &mut self.writer {
            Some(writer) => writer
                .write_record(row(sold))
                .map_err(|error| failed(&error)),
            None => Ok(()),
        }
    }

    /// The whole table; absent if it had more than [`MOST_ROWS`].
    pub(crate) fn end(self) -> Result<Option<Vec<u8>>, Failure> {
        let whole = self.writer.map(Writer::into_inner).transpose();
        whole.map_err(|error| failed(&error))
    }
}

fn failed(error: &dyn std::error::Error) -> Failure {
    Failure::refused("Failed to write the table of purchases", error.to_string())
}

fn row(sold: &SaleRow) -> [String; 16] {
    let amount = |minor_units| {
        let currency = sold.paid.currency;
        Money {
            minor_units,
            currency,
        }
        .decimal()
    };
    let label =
        |label: Option<&CampaignLabel>| label.map_or(String::new(), |label| label.as_str().into());
    [
        sold.bought_at.to_string(),
        sold.reference.clone(),
        sold.product_id.to_string(),
        sold.edition.to_string(),
        sold.email.clone().unwrap_or_default(),
        sold.paid.currency.code().to_ascii_uppercase(),
        amount(sold.paid.minor_units),
        amount(sold.refunded),
        amount(sold.net()),
        sold.refunded_at.map_or(String::new(), |at| at.to_string()),
        if sold.is_disputed { "yes" } else { "no" }.to_owned(),
        sold.payment
            .as_ref()
            .map_or(String::new(), PaymentId::to_string),
        mail(sold).to_owned(),
        sold.downloads.to_string(),
        label(sold.attribution.variant.as_ref()),
        label(sold.attribution.source.as_ref()),
    ]
    .map(|cell| harmless(&cell))
}

fn mail(sold: &SaleRow) -> &'static str {
    match mail_state(sold) {
        MailState::Sent => "sent",
        MailState::Owed => "owed",
        MailState::Refused => "refused",
        MailState::NoAddress => "no address",
        MailState::NotOwed => "not owed",
    }
}

/// A cell that no spreadsheet takes for a formula: an apostrophe goes before its first sign
/// (<https://owasp.org/www-community/attacks/CSV_Injection>).
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
    use crate::totals::tests::sold;

    fn table(sales: &[SaleRow]) -> String {
        let mut books = Bookkeeping::begin().unwrap();
        for sold in sales {
            books.enter(sold).unwrap();
        }
        String::from_utf8(books.end().unwrap().unwrap()).unwrap()
    }

    #[test]
    fn amounts_are_in_the_currencys_own_decimals() {
        let partly = SaleRow {
            refunded: 900,
            ..sold(2900, "usd")
        };
        let table = table(&[partly, sold(2900, "jpy"), sold(2900, "kwd")]);
        let lines: Vec<_> = table.split("\r\n").collect();
        assert!(lines[0].starts_with("bought_at,purchase,product_id"));
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
            ..sold(1, "usd")
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
    fn too_many_rows_are_no_table() {
        let mut books = Bookkeeping::begin().unwrap();
        let sale = sold(1, "usd");
        for _ in 0..MOST_ROWS {
            books.enter(&sale).unwrap();
        }
        assert!(books.writer.is_some());
        books.enter(&sale).unwrap();
        assert!(books.writer.is_none());
        assert_eq!(books.end().unwrap(), None);
    }

    proptest! {
        /// Commas, quotes and ends of lines stay in their cell, and the link in no row.
        #[test]
        fn a_table_is_read_as_it_was_written(email in "[a-z\",;\r\n =@']{1,40}") {
            let table = table(&[SaleRow { email: Some(email.clone()), ..sold(2900, "usd") }]);
            let mut reader = ReaderBuilder::new().from_reader(table.as_bytes());
            let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
            prop_assert_eq!(rows.len(), 1);
            prop_assert_eq!(&rows[0][4], harmless(&email));
            prop_assert_eq!(rows[0].len(), HEADER.len());
        }
    }
}
