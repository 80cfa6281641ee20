//! What the columns of each platform mean.
//!
//! A platform's export is found by its header. Its reader makes sales of rows, and knows the platform's
//! words; whether a sale becomes a purchase is the function's to decide.

mod by_hand;
mod easy_digital_downloads;
mod gumroad;
mod orders;
mod paypal;
mod plain;
mod polar;

pub(super) use by_hand::ByHand;

use super::{
    sale::{LeftOut, Sale},
    table::{Header, Row},
};

/// An export of a platform.
#[derive(Debug)]
pub(super) struct Export {
    /// The platform as people read it. `None` if the author says it.
    pub(super) platform: Option<&'static str>,
    /// What the file is called: `sales`.
    pub(super) name: &'static str,
    /// The columns by which it is found.
    required: &'static [&'static str],
    /// Further columns that are read, if they are there.
    optional: &'static [&'static str],
    /// Columns that are known and not needed.
    known: &'static [&'static str],
    reader: fn(&Header) -> Box<dyn Reader>,
}

/// The exports whose columns are known. An earlier one is preferred.
static EXPORTS: [&Export; 8] = [
    &gumroad::SALES,
    &easy_digital_downloads::PRODUCT_SALES,
    &easy_digital_downloads::ORDERS,
    &polar::ORDERS,
    &paypal::ACTIVITY,
    &orders::SQUARESPACE,
    &orders::SHOPIFY,
    &plain::PLAIN,
];

/// Finds the export with this header.
pub(super) fn find(header: &Header) -> Option<&'static Export> {
    let mut exports = EXPORTS.into_iter();
    exports.find(|export| header.has_all(export.required))
}

impl Export {
    /// Makes a reader of a file's rows.
    pub(super) fn reader(&self, header: &Header) -> Box<dyn Reader> {
        (self.reader)(header)
    }

    /// Says which columns of a file are read, which are known and not needed, and which are neither.
    pub(super) fn columns(&self, header: &Header) -> Columns {
        let is_one_of =
            |names: &[&str], name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        let mut columns = Columns::default();
        for name in &header.names {
            let name = name.clone();
            if is_one_of(self.required, &name) || is_one_of(self.optional, &name) {
                columns.read.push(name);
            } else if is_one_of(self.known, &name) {
                columns.not_needed.push(name);
            } else {
                columns.not_known.push(name);
            }
        }
        columns
    }
}

/// What became of the columns of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) read: Vec<String>,
    pub(super) not_needed: Vec<String>,
    pub(super) not_known: Vec<String>,
}

/// What a line of a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) line: u64,
    pub(super) says: Result<Sale, LeftOut>,
}

impl Entry {
    fn new(line: u64, says: impl Into<Result<Sale, LeftOut>>) -> Self {
        Self {
            line,
            says: says.into(),
        }
    }
}

/// Makes sales of the rows of a file, in their order.
pub(super) trait Reader {
    /// Reads a row, and adds what it says.
    fn read(&mut self, row: &Row<'_>, entries: &mut Vec<Entry>);

    /// Adds what the rows say together, after the last one.
    fn finish(&mut self, _entries: &mut Vec<Entry>) {}
}
