//! Reads a whole file, twice: once for the order of its dates, once for its sales.

use std::collections::BTreeMap;

use bookstall::domain::{email_address::EmailAddress, timestamp::Date};

use super::{
    cells,
    dates::{self, DateColumn},
    file::TextFile,
    mapping::{BookIndex, Mapping, Target},
    mistyped,
    platforms::{self, ByHand, Columns, Entry, Export, Ledger, Reader},
    purchases::{Order, Purchases},
    sale::{LeftOut, Sale},
    table::Table,
};
use crate::{arguments::DateOrder, error::CliError};

/// How many lines of one kind are told.
const MOST_LINES: usize = 20;

/// What the author says of all files.
pub(super) struct Said {
    pub(super) platform: Option<String>,
    pub(super) columns: Option<ByHand>,
    pub(super) dates: Option<DateOrder>,
}

/// A file whose columns are known.
pub(super) struct Source {
    pub(super) table: Table,
    pub(super) platform: String,
    meaning: Meaning,
    dates: Option<DateOrder>,
}

/// What says what the columns of a file are.
enum Meaning {
    Export(&'static Export),
    ByHand(ByHand),
}

/// What was read, and what was not.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) purchases: Purchases,
    pub(super) rows: u64,
    /// By reason: how many rows, and the first lines.
    pub(super) left_out: BTreeMap<LeftOut, (u64, Vec<Place>)>,
    /// How many sales of each product that is to be left out.
    pub(super) skipped: BTreeMap<String, u64>,
    /// How many sales of each product of which the author did not say what it is.
    pub(super) unmapped: BTreeMap<String, u64>,
    /// How many addresses look mistyped, and the first with the domain, and the one that is meant.
    pub(super) mistyped: (u64, Vec<(Place, String, String)>),
}

/// A line of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The place of the file in the run.
    pub(super) file: u16,
    pub(super) line: u64,
}

impl Source {
    /// Finds out what the columns of a file are, and in what order its dates. Notes what other files are
    /// to know of it.
    pub(super) fn open(file: TextFile, said: &Said, ledger: &mut Ledger) -> Result<Self, CliError> {
        let table = Table::open(file)?;
        let meaning = Meaning::of(&table, said)?;
        // A file that tells its platform keeps it: under another name its refunds would close nothing.
        let told = meaning.platform().map(str::to_owned);
        let platform = told.or_else(|| said.platform.clone());
        let platform = platform.ok_or_else(|| {
            CliError::Usage(format!(
                "Where were the books of {} bought? --platform \"Leanpub\" says it, and buyers read it.",
                table.file.name
            ))
        })?;
        let mut source = Self {
            table,
            platform,
            meaning,
            dates: said.dates,
        };
        let column = source.note(ledger)?;
        if source.dates.is_none() {
            let order = column.order();
            let wrong = |why| CliError::Refused(format!("{}: {why}", source.table.file.name));
            source.dates = order.map_err(wrong)?;
        }
        Ok(source)
    }

    /// Returns what the file is called at its platform.
    pub(super) fn export(&self) -> &'static str {
        match &self.meaning {
            Meaning::Export(export) => export.name,
            Meaning::ByHand(_) => "columns named by hand",
        }
    }

    /// Says what became of the columns.
    pub(super) fn columns(&self) -> Columns {
        match &self.meaning {
            Meaning::Export(export) => export.columns(&self.table.header),
            Meaning::ByHand(by_hand) => by_hand.columns(&self.table.header),
        }
    }

    /// Reads all sales of the file. `file` and `platform` are its places in the run, and the ledger has
    /// what the rows of all files say.
    pub(super) fn read(
        &self,
        (file, platform): (u16, u16),
        ledger: &Ledger,
        mapping: &mut Mapping,
        found: &mut Found,
    ) -> Result<(), CliError> {
        // Without two possible orders, either reads all dates.
        let order = self.dates.unwrap_or(DateOrder::DayFirst);
        let rows = self.each_entry(ledger, |entry| {
            let place = Place {
                file,
                line: entry.line,
            };
            let read = entry
                .says
                .and_then(|sale| Ok((ReadSale::of(&sale, order)?, sale)));
            match read {
                Ok((read, sale)) => {
                    let books = found.books(&sale, mapping);
                    if books.is_empty() {
                        return;
                    }
                    match sale.taken_back {
                        Some(_) if sale.product.is_none() => {
                            found.leave_out(LeftOut::NoSaleInFiles, place);
                        }
                        Some(taken_back) => found.leave_out(taken_back.into(), place),
                        None => found.look_at(&read.email, place),
                    }
                    let order = Order {
                        platform,
                        file,
                        line: entry.line,
                        id: sale.order.into(),
                        bought_on: read.bought_on,
                        copies: read.copies,
                        taken_back: sale.taken_back,
                    };
                    let email = &read.email;
                    for book in books {
                        let order = order.clone();
                        found.purchases.add(email, book, sale.unsubscribed, order);
                    }
                }
                Err(left_out) => found.leave_out(left_out, place),
            }
        })?;
        found.rows += rows;
        Ok(())
    }

    /// Notes all rows of the file. Returns what its dates say of their order.
    fn note(&self, ledger: &mut Ledger) -> Result<DateColumn, CliError> {
        let mut column = DateColumn::default();
        let mut reader = self.reader();
        let mut rows = self.table.rows()?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            reader.note(&row, ledger);
            reader.read(&row, ledger, &mut entries);
            for entry in entries.drain(..) {
                if let Ok(sale) = &entry.says {
                    column.see(entry.line, &sale.date);
                }
            }
        }
        Ok(column)
    }

    /// Reads the file, and returns the number of its rows.
    fn each_entry(&self, ledger: &Ledger, mut visit: impl FnMut(Entry)) -> Result<u64, CliError> {
        let mut reader = self.reader();
        let mut rows = self.table.rows()?;
        let (mut count, mut entries) = (0, Vec::new());
        while let Some(row) = rows.next()? {
            count += 1;
            reader.read(&row, ledger, &mut entries);
            entries.drain(..).for_each(&mut visit);
        }
        Ok(count)
    }

    fn reader(&self) -> Box<dyn Reader> {
        match &self.meaning {
            Meaning::Export(export) => export.reader(&self.table.header),
            Meaning::ByHand(by_hand) => Box::new(by_hand.reader(&self.table.header)),
        }
    }
}

impl Meaning {
    fn of(table: &Table, said: &Said) -> Result<Self, CliError> {
        let name = &table.file.name;
        let columns = || table.header.names.join(", ");
        if let Some(by_hand) = &said.columns {
            return match by_hand.missing(&table.header) {
                None => Ok(Self::ByHand(by_hand.clone())),
                Some(missing) => Err(CliError::Usage(format!(
                    "{name} has no column “{missing}”. It has: {}.",
                    columns()
                ))),
            };
        }
        let known = platforms::find(&table.header);
        known.map(Self::Export).ok_or_else(|| {
            CliError::Refused(format!(
                "{name} is no export whose columns are known. Say which they are: --platform NAME \
                 --columns email=…,product=…,date=… (also order, copies, status, refunded, \
                 unsubscribed). The file has: {}.",
                columns()
            ))
        })
    }

    fn platform(&self) -> Option<&'static str> {
        match self {
            Self::Export(export) => export.platform,
            Self::ByHand(_) => None,
        }
    }
}

impl Found {
    fn leave_out(&mut self, reason: LeftOut, place: Place) {
        let can_be_mended = reason.can_be_mended();
        let (count, places) = self.left_out.entry(reason).or_default();
        *count += 1;
        if can_be_mended && places.len() < MOST_LINES {
            places.push(place);
        }
    }

    /// Returns the book of a sale, or counts why it has none. An order that was taken back, and does not
    /// say of what, is of any book.
    fn books(&mut self, sale: &Sale, mapping: &mut Mapping) -> Vec<BookIndex> {
        let Some(product) = &sale.product else {
            return mapping.books().collect();
        };
        let counts = match mapping.of(product) {
            Some(Target::Book(book)) => return vec![book],
            Some(Target::Skip) => &mut self.skipped,
            None => &mut self.unmapped,
        };
        *counts.entry(product.to_string()).or_default() += 1;
        Vec::new()
    }

    fn look_at(&mut self, email: &EmailAddress, place: Place) {
        let Some(meant) = mistyped::meant(email.as_str()) else {
            return;
        };
        let (count, places) = &mut self.mistyped;
        *count += 1;
        if places.len() < MOST_LINES {
            let (_, domain) = email.as_str().rsplit_once('@').unwrap_or_default();
            places.push((place, domain.to_owned(), meant));
        }
    }
}

/// What a sale says, read.
struct ReadSale {
    email: EmailAddress,
    bought_on: Date,
    copies: u32,
}

impl ReadSale {
    fn of(sale: &Sale, order: DateOrder) -> Result<Self, LeftOut> {
        // Some exports guard every address with an apostrophe.
        let email = sale.email.trim_matches('\'');
        if email.is_empty() {
            return Err(LeftOut::NoAddress);
        }
        let email = EmailAddress::parse(email).ok_or(LeftOut::WrongAddress)?;
        if !email.is_mailable() {
            return Err(LeftOut::UnmailableAddress);
        }
        let bought_on = dates::read(&sale.date, order).ok_or(LeftOut::WrongDate)?;
        // What was taken back closes a purchase, however many copies it was.
        let copies = match sale.taken_back {
            Some(_) => 1,
            None => cells::copies(&sale.copies)?,
        };
        Ok(Self {
            email,
            bought_on,
            copies,
        })
    }
}
