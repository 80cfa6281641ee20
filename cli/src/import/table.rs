//! The rows of a CSV file, and their cells by the names of the header.

use std::io::{BufRead, BufReader, Read};

use csv::{Reader, ReaderBuilder, StringRecord};

use super::{file::TextFile, quotes};
use crate::error::CliError;

/// What separates cells, and what people call it.
const DELIMITERS: [(u8, &str); 4] = [
    (b',', "commas"),
    (b';', "semicolons"),
    (b'\t', "tabs"),
    (b'|', "bars"),
];

/// The longest header, in bytes.
const LONGEST_HEADER: u64 = 1024 * 1024;

/// A CSV file whose quotes match.
pub(super) struct Table {
    pub(super) file: TextFile,
    pub(super) header: Header,
    delimiter: u8,
    /// Whether a line before the header says what the delimiter is, as Excel writes it.
    has_hint: bool,
}

impl Table {
    /// Reads the header of a file, and checks the quotes of all of it.
    pub(super) fn open(file: TextFile) -> Result<Self, CliError> {
        let mut lines = BufReader::new(file.read()?.take(LONGEST_HEADER));
        let mut first = String::new();
        let read = lines.read_line(&mut first);
        read.map_err(|error| file.unread(&error))?;
        let hint = first.trim_end().strip_prefix("sep=").map(str::as_bytes);
        let hint = hint.and_then(|hint| hint.first().copied());
        let has_hint = hint.is_some();
        let delimiter = match hint {
            Some(delimiter) => delimiter,
            None => widest(&file)?,
        };
        let checked = quotes::check(file.read()?, delimiter);
        if let Some(wrong) = checked.map_err(|error| file.unread(&error))? {
            return Err(file.wrong(
                wrong.line,
                "a quote is missing, or one too many is there. A cell that begins with a quote \
                 ends with one, and quotes within it are doubled.",
            ));
        }
        let mut table = Self {
            file,
            header: Header::default(),
            delimiter,
            has_hint,
        };
        let header = Header::of(&table.rows()?.header);
        table.header = header;
        Ok(table)
    }

    /// Returns what people call the delimiter.
    pub(super) fn delimiter(&self) -> &'static str {
        let mut known = DELIMITERS.iter();
        let known = known.find(|(delimiter, _)| *delimiter == self.delimiter);
        known.map_or("another character", |(_, name)| name)
    }

    /// Reads the rows from the first on.
    pub(super) fn rows(&self) -> Result<Rows<'_>, CliError> {
        let text: Box<dyn Read> = Box::new(self.file.read()?);
        let mut reader = reader(text, self.delimiter);
        let mut header = StringRecord::new();
        for _ in 0..=usize::from(self.has_hint) {
            let read = reader.read_record(&mut header);
            read.map_err(|error| unread(&self.file, error))?;
        }
        Ok(Rows {
            file: &self.file,
            reader,
            width: header.len(),
            header,
            record: StringRecord::new(),
        })
    }
}

/// Returns the delimiter by which the header has the most cells.
fn widest(file: &TextFile) -> Result<u8, CliError> {
    let mut widest = (0, b',');
    for (delimiter, _) in DELIMITERS {
        let mut header = StringRecord::new();
        let mut reader = reader(file.read()?.take(LONGEST_HEADER), delimiter);
        let read = reader.read_record(&mut header);
        read.map_err(|error| unread(file, error))?;
        if header.len() > widest.0 {
            widest = (header.len(), delimiter);
        }
    }
    Ok(widest.1)
}

fn reader<R: Read>(text: R, delimiter: u8) -> Reader<R> {
    let mut builder = ReaderBuilder::new();
    builder
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter);
    builder.from_reader(text)
}

fn unread(file: &TextFile, error: csv::Error) -> CliError {
    file.unread(&error.into())
}

/// The names of a table's columns.
#[derive(Clone, Debug, Default)]
pub(super) struct Header {
    /// As the file writes them.
    pub(super) names: Vec<String>,
}

impl Header {
    fn of(record: &StringRecord) -> Self {
        Self {
            names: record.iter().map(|name| plain(name).to_owned()).collect(),
        }
    }

    /// Makes a header of these names.
    #[cfg(test)]
    pub(super) fn named(names: &[&str]) -> Self {
        Self {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// Returns where the first column of this name is. Capitals do not matter.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        let mut names = self.names.iter();
        names.position(|known| known.eq_ignore_ascii_case(name))
    }

    /// Whether there is a column of each of these names.
    pub(super) fn has_all(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.position(name).is_some())
    }
}

/// The rows of a table, one at a time.
pub(super) struct Rows<'a> {
    file: &'a TextFile,
    reader: Reader<Box<dyn Read + 'a>>,
    header: StringRecord,
    width: usize,
    record: StringRecord,
}

impl Rows<'_> {
    /// Reads the next row. Rows without any text are passed over.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>, CliError> {
        loop {
            let read = self.reader.read_record(&mut self.record);
            if !read.map_err(|error| unread(self.file, error))? {
                return Ok(None);
            }
            if self.record.iter().any(|cell| !cell.trim().is_empty()) {
                break;
            }
        }
        // The record's own position is before the empty lines above it.
        let lines = self.record.as_slice().matches('\n').count() as u64 + 1;
        let line = self.reader.position().line() - lines;
        let cells = self.record.len();
        let has_more = self
            .record
            .iter()
            .skip(self.width)
            .any(|cell| !cell.is_empty());
        if cells < self.width || has_more {
            let width = self.width;
            return Err(self.file.wrong(
                line,
                &format!(
                    "the row has {cells} cells, and the header {width}. The file is cut off or \
                     damaged there."
                ),
            ));
        }
        Ok(Some(Row {
            line,
            cells: &self.record,
        }))
    }
}

/// A row of a table.
pub(super) struct Row<'a> {
    /// The line of the file on which it begins, from 1 on.
    pub(super) line: u64,
    cells: &'a StringRecord,
}

impl Row<'_> {
    /// Returns a cell without what guards it. It is empty if there is no such column.
    pub(super) fn cell(&self, column: Option<usize>) -> &str {
        let cell = column.and_then(|column| self.cells.get(column));
        plain(cell.unwrap_or_default())
    }

    /// Whether a cell says yes.
    pub(super) fn flag(&self, column: Option<usize>) -> bool {
        is_yes(self.cell(column))
    }
}

/// Whether a word says yes, in a language of the shop's: `1`, `yes`, `true`, `x`, `ja`, `oui`, `sí`.
pub(super) fn is_yes(word: &str) -> bool {
    let yes = [
        "1",
        "yes",
        "y",
        "true",
        "x",
        "ja",
        "j",
        "wahr",
        "oui",
        "o",
        "vrai",
        "sí",
        "si",
        "s",
        "verdadero",
    ];
    yes.contains(&&*word.to_lowercase())
}

/// Whether a word says no. An empty cell does.
pub(super) fn is_no(word: &str) -> bool {
    let no = [
        "", "0", "no", "n", "false", "nein", "falsch", "non", "faux", "falso",
    ];
    no.contains(&&*word.to_lowercase())
}

/// Returns the text of a cell without what keeps a spreadsheet from calculating it: an apostrophe before
/// `=`, `+`, `-` or `@`, or the form `="0012"`.
fn plain(cell: &str) -> &str {
    let cell = cell.trim();
    if let Some(text) = cell
        .strip_prefix("=\"")
        .and_then(|cell| cell.strip_suffix('"'))
    {
        return text.trim();
    }
    match cell.strip_prefix('\'') {
        Some(text) if text.starts_with(['=', '+', '-', '@']) => text.trim(),
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Reads the cells of a file, a line number before each row.
    fn read(content: &str) -> Result<Vec<Vec<String>>, CliError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), content).unwrap();
        let table = Table::open(TextFile::open(file.path())?)?;
        let mut rows = table.rows()?;
        let mut read = Vec::new();
        while let Some(row) = rows.next()? {
            let cells =
                (0..table.header.names.len()).map(|column| row.cell(Some(column)).to_owned());
            read.push([row.line.to_string()].into_iter().chain(cells).collect());
        }
        Ok(read)
    }

    #[test]
    fn delimiters_line_ends_and_quotes_are_read() {
        for content in [
            "a,b\r\n\"1\r\n2\",3\r\n\r\n,\r\n4,5\r\n",
            "a;b\n\"1\r\n2\";3\n\n;\n4;5\n",
            "a\tb\n\"1\r\n2\"\t3\n\n\t\n4\t5",
            "\u{feff}a|b\n\"1\r\n2\"|3\n\n|\n4|5",
        ] {
            let rows = read(content).unwrap();
            assert_eq!(rows, [["2", "1\n2", "3"], ["6", "4", "5"]], "{content:?}");
        }
        assert_eq!(read("sep=;\na;b,c\n1;2\n").unwrap(), [["3", "1", "2"]]);
    }

    #[test]
    fn a_guard_against_formulas_is_no_text() {
        let rows = read("a,b,c\n'=1+1,\"=\"\"0012\"\"\",'tis\n'@me,'-1,'+2\n").unwrap();
        assert_eq!(
            rows,
            [["2", "=1+1", "0012", "'tis"], ["3", "@me", "-1", "+2"]]
        );
    }

    #[test]
    fn a_row_that_is_cut_off_or_too_long_is_named() {
        let error = |content| read(content).unwrap_err().to_string();
        assert!(error("a,b\n1,2\n3").contains(", line 3: the row has 1 cells, and the header 2."));
        assert!(error("a,b\n1,2,3\n").contains(", line 2: the row has 3 cells"));
        assert!(error("a,b\n1,2\n\"x,1\ny,2\n").contains(", line 3: a quote is missing"));
        assert_eq!(read("a,b\n1,2,,\n").unwrap(), [["2", "1", "2"]]);
    }
}
