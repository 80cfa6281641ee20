//! What an export is, whichever platform made it.

use super::ledger::Ledger;
use crate::import::{
    sale::{LeftOut, Sale},
    table::{Header, Row},
};

/// An export of a platform.
#[derive(Debug)]
pub(in crate::import) struct Export {
    /// The platform as people read it. `None` if the author says it.
    pub(in crate::import) platform: Option<&'static str>,
    /// What the file is called: `sales`.
    pub(in crate::import) name: &'static str,
    /// The columns by which it is found.
    pub(super) required: &'static [&'static str],
    /// Further columns that are read, if they are there.
    pub(super) optional: &'static [&'static str],
    /// Columns that are known and not needed.
    pub(super) known: &'static [&'static str],
    pub(super) reader: fn(&Header) -> Box<dyn Reader>,
}

impl Export {
    /// Makes a reader of a file's rows.
    pub(in crate::import) fn reader(&self, header: &Header) -> Box<dyn Reader> {
        (self.reader)(header)
    }

    /// Says which columns of a file are read, which are known and not needed, and which are neither.
    pub(in crate::import) fn columns(&self, header: &Header) -> Columns {
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
pub(in crate::import) struct Columns {
    pub(in crate::import) read: Vec<String>,
    pub(in crate::import) not_needed: Vec<String>,
    pub(in crate::import) not_known: Vec<String>,
}

/// What a line of a file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::import) struct Entry {
    pub(in crate::import) line: u64,
    pub(in crate::import) says: Result<Sale, LeftOut>,
}

impl Entry {
    pub(super) fn new(line: u64, says: impl Into<Result<Sale, LeftOut>>) -> Self {
        Self {
            line,
            says: says.into(),
        }
    }
}

/// Makes sales of the rows of a file, in their order. All rows of all files are noted before the first
/// is read.
pub(in crate::import) trait Reader {
    /// Notes what other rows, of this file and of others, are to know of this one.
    fn note(&self, _row: &Row<'_>, _ledger: &mut Ledger) {}

    /// Reads a row, and adds what it says.
    fn read(&mut self, row: &Row<'_>, ledger: &Ledger, entries: &mut Vec<Entry>);
}
