//! A file that a platform wrote, as UTF-8 text, whatever its encoding.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
    str,
};

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::lines::Lines;
use crate::error::CliError;

/// How many bytes are read at once.
const CHUNK: usize = 64 * 1024;

/// What the first bytes of a file say that is no table, and how its table is had.
const NO_TABLES: [(&[u8], &str); 7] = [
    (b"%PDF-", "a PDF. Export the sales as CSV"),
    (
        b"PK\x03\x04",
        "a ZIP archive or an Excel workbook. Unpack it, or save the sheet as CSV",
    ),
    (
        b"\xd0\xcf\x11\xe0",
        "an Excel workbook. Save the sheet as CSV",
    ),
    (b"\x1f\x8b", "compressed. Unpack it"),
    (b"<", "a web page. Export the sales as CSV"),
    (b"{", "JSON. Export the sales as CSV"),
    (b"[", "JSON. Export the sales as CSV"),
];

/// A file of text.
pub(super) struct TextFile {
    path: PathBuf,
    /// What the author called it.
    pub(super) name: String,
    encoding: &'static Encoding,
}

impl TextFile {
    /// Looks at a file, and finds out how its text is encoded: by its byte order mark; as UTF-8, if it
    /// is; and else as Windows-1252, in which Excel saves CSV files in Western Europe and America.
    pub(super) fn open(path: &Path) -> Result<Self, CliError> {
        let name = path.display().to_string();
        let refused = |why: &str| Err(CliError::Refused(format!("{name} is {why}.")));
        let failed = |error: io::Error| CliError::of_file(path, &error);
        let metadata = path.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return refused("a folder. Name the files in it");
        }
        if !metadata.is_file() {
            return refused("no file that can be read twice. Save it first");
        }
        let mut file = File::open(path).map_err(failed)?;
        let mut start = Vec::new();
        (&mut file)
            .take(512)
            .read_to_end(&mut start)
            .map_err(failed)?;
        let mark = Encoding::for_bom(&start);
        let text = mark.map_or(&*start, |(_, length)| &start[length..]);
        if text.trim_ascii().is_empty() && metadata.len() <= 512 {
            return refused("empty");
        }
        let known = NO_TABLES.iter();
        let mut known = known.filter(|(magic, _)| text.trim_ascii_start().starts_with(magic));
        if let Some((_, what)) = known.next() {
            return refused(what);
        }
        let encoding = match mark {
            Some((encoding, _)) => encoding,
            None => match scan((&*start).chain(file)).map_err(failed)? {
                Scanned::Utf8 => UTF_8,
                Scanned::EightBits => WINDOWS_1252,
                Scanned::Binary => return refused("no text. Export the sales as CSV"),
            },
        };
        Ok(Self {
            path: path.to_owned(),
            name,
            encoding,
        })
    }

    /// Reads the file from its start, as UTF-8 without a byte order mark, each line ended by `\n`.
    pub(super) fn read(&self) -> Result<impl Read + use<>, CliError> {
        let file = File::open(&self.path);
        let file = file.map_err(|error| CliError::of_file(&self.path, &error))?;
        Ok(Lines::of(BufReader::with_capacity(
            CHUNK,
            DecodeReaderBytesBuilder::new()
                .encoding(Some(self.encoding))
                .bom_override(true)
                .strip_bom(true)
                .build(file),
        )))
    }

    /// Returns what people call the encoding.
    pub(super) fn encoding(&self) -> &'static str {
        match self.encoding {
            encoding if encoding == UTF_16LE || encoding == UTF_16BE => "UTF-16",
            encoding if encoding == WINDOWS_1252 => "Windows-1252",
            _ => "UTF-8",
        }
    }

    /// Makes an error about a line of the file.
    pub(super) fn wrong(&self, line: u64, what: &str) -> CliError {
        CliError::Refused(format!("{}, line {line}: {what}", self.name))
    }

    /// Makes the error of reading the file.
    pub(super) fn unread(&self, error: &io::Error) -> CliError {
        CliError::of_file(&self.path, error)
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Scanned {
    Utf8,
    EightBits,
    Binary,
}

/// Reads all bytes, and says what they are.
fn scan(mut reader: impl Read) -> io::Result<Scanned> {
    let mut buffer = vec![0; CHUNK];
    // The bytes at the start of the buffer of a character that the last chunk cut in two.
    let mut carried = 0;
    let mut found = Scanned::Utf8;
    loop {
        let read = reader.read(&mut buffer[carried..])?;
        let bytes = &buffer[..carried + read];
        if bytes.contains(&0) {
            return Ok(Scanned::Binary);
        }
        let rest = match str::from_utf8(bytes) {
            Ok(_) => bytes.len(),
            Err(error) if error.error_len().is_none() && read > 0 => error.valid_up_to(),
            Err(_) => {
                found = Scanned::EightBits;
                bytes.len()
            }
        };
        if read == 0 {
            return Ok(found);
        }
        carried = bytes.len() - rest;
        buffer.copy_within(rest..rest + carried, 0);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn open(content: &[u8]) -> Result<TextFile, CliError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), content).unwrap();
        let mut opened = TextFile::open(file.path())?;
        opened.path = file.into_temp_path().keep().unwrap();
        Ok(opened)
    }

    fn text(content: &[u8]) -> (String, &'static str) {
        let file = open(content).unwrap();
        let mut text = String::new();
        file.read().unwrap().read_to_string(&mut text).unwrap();
        fs::remove_file(&file.path).unwrap();
        (text, file.encoding())
    }

    #[test]
    fn text_is_read_whatever_its_encoding() {
        let utf_16: Vec<u8> = "\u{feff}café"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        for (bytes, encoding) in [
            ("café".as_bytes(), "UTF-8"),
            ("\u{feff}café".as_bytes(), "UTF-8"),
            (b"caf\xe9", "Windows-1252"),
            (&utf_16, "UTF-16"),
        ] {
            assert_eq!(text(bytes), ("café\n".to_owned(), encoding));
        }
        // The euro and curly quotes are where ISO 8859-1 has nothing.
        assert_eq!(text(b"\x80 \x93x\x94").0, "€ “x”\n");
    }

    #[test]
    fn a_character_across_two_chunks_is_utf_8() {
        let mut long = vec![b'x'; CHUNK - 1];
        long.extend("é".as_bytes());
        assert_eq!(scan(&*long).unwrap(), Scanned::Utf8);
        long.push(0xe9);
        assert_eq!(scan(&*long).unwrap(), Scanned::EightBits);
        long.push(0);
        assert_eq!(scan(&*long).unwrap(), Scanned::Binary);
    }

    #[test]
    fn what_is_no_table_is_named() {
        for (content, said) in [
            (&b"%PDF-1.7"[..], "is a PDF."),
            (b"PK\x03\x04", "Excel workbook"),
            (b"\n<!doctype html>", "a web page"),
            (b"[{}]", "JSON"),
            (b"", "empty"),
            (b"\xef\xbb\xbf\r\n", "empty"),
            (b"a\0b", "no text"),
        ] {
            let error = open(content).err().unwrap().to_string();
            assert!(error.contains(said), "{error}");
        }
        let folder = tempfile::tempdir().unwrap();
        let error = TextFile::open(folder.path()).err().unwrap().to_string();
        assert!(
            error.contains("is a folder. Name the files in it."),
            "{error}"
        );
    }
}
