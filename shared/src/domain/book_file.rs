//! The files of a book: their names, formats, places in the bucket and versions.

use std::{borrow::Cow, fmt};

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

/// The name of a file within its book, by which products and the buttons of the private page
/// identify it: `pdf`, `code`. It is 1 to 32 lower-case letters, digits and hyphens, and begins
/// with a letter or digit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileName(String);

impl FileName {
    /// Reads a name from a form or an event.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_identifier(text, 32).then(|| Self(text.to_owned()))
    }

    /// Returns the name as the author wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Writes names as a list for the author: `` `pdf`, `epub` ``.
pub fn list_of_names<'a>(names: impl IntoIterator<Item = &'a FileName>) -> String {
    let names = names.into_iter().map(|name| format!("`{name}`"));
    names.collect::<Vec<_>>().join(", ")
}

/// Whether a text is 1 to `longest` lower-case letters, digits and hyphens, and begins with a
/// letter or digit.
pub(super) fn is_identifier(text: &str, longest: usize) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=longest).contains(&text.len()) && !text.starts_with('-') && text.chars().all(allowed)
}

/// A file format, named by the ending of its files: `pdf`, `epub`. It is 1 to 10 lower-case letters
/// and digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Format(String);

impl Format {
    /// Reads an ending without its dot.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        ((1..=10).contains(&text.len()) && text.chars().all(allowed)).then(|| Self(text.to_owned()))
    }

    /// Returns the ending of its files, without the dot.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns its name on a button: `PDF`.
    #[must_use]
    pub fn label(&self) -> String {
        self.0.to_uppercase()
    }

    /// Returns the media type that its files are served as, so that a phone opens them in the right
    /// app. `None` if the shop does not know it, so that the type of the upload applies
    /// (<https://www.iana.org/assignments/media-types>; MOBI has none there, so Calibre's is used).
    #[must_use]
    pub fn media_type(&self) -> Option<&'static str> {
        Some(match self.0.as_str() {
            "pdf" => "application/pdf",
            "epub" => "application/epub+zip",
            "mobi" => "application/x-mobipocket-ebook",
            "azw3" => "application/vnd.amazon.mobi8-ebook",
            "zip" => "application/zip",
            "cbz" => "application/vnd.comicbook+zip",
            "html" => "text/html",
            "md" => "text/markdown",
            "txt" => "text/plain",
            "mp3" => "audio/mpeg",
            "m4b" => "audio/mp4",
            _ => return None,
        })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<&Format> for FileName {
    /// Returns the name that a file has if the author names none.
    fn from(format: &Format) -> Self {
        Self(format.0.clone())
    }
}

/// The prefix of the keys of the author's reports, in the bucket with the books.
pub const REPORTS_PREFIX: &str = "reports/";

/// The S3 key of a book's file, of 1 to 1,024 bytes without control characters
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>). It is not below
/// [`REPORTS_PREFIX`], which holds the author's reports, and is no folder, which the S3 console
/// makes as an empty object whose key ends in `/`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BookKey(String);

impl BookKey {
    /// Reads a key from an event.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        ((1..=1024).contains(&text.len())
            && !text.trim().is_empty()
            && !text.chars().any(char::is_control)
            && !text.ends_with('/')
            && !text.starts_with(REPORTS_PREFIX))
        .then(|| Self(text.to_owned()))
    }

    /// Returns the key as S3 knows it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the key as it is written, followed by its other Unicode spellings. S3 compares
    /// bytes, and `é` is one character from a keyboard, but two (`e` and an accent) in a name from
    /// macOS.
    #[must_use]
    pub fn spellings(&self) -> Vec<Self> {
        let mut spellings = vec![self.clone()];
        for other in [self.composed(), decomposed(&self.0)] {
            if let Some(other) = Self::parse(&other).filter(|key| !spellings.contains(key)) {
                spellings.push(other);
            }
        }
        spellings
    }

    /// Returns the format that the key's ending names, in lower case. `None` if the last part of the
    /// key has no ending that can be a format.
    #[must_use]
    pub fn format(&self) -> Option<Format> {
        let name = self.0.rsplit('/').next()?;
        let (_, ending) = name.rsplit_once('.')?;
        Format::parse(&ending.to_ascii_lowercase())
    }

    /// Whether two keys look the same, however they are spelled.
    #[must_use]
    pub fn looks_like(&self, other: &Self) -> bool {
        self == other || self.composed() == other.composed()
    }

    fn composed(&self) -> Cow<'_, str> {
        ComposingNormalizerBorrowed::new_nfc().normalize(&self.0)
    }
}

fn decomposed(text: &str) -> Cow<'_, str> {
    DecomposingNormalizerBorrowed::new_nfd().normalize(text)
}

/// The version of a file, named by the id that S3 gave it, of 1 to 1,024 bytes
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html>). A version
/// does not change, whatever is uploaded or deleted under its key, until it is deleted by this id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileVersion(String);

impl FileVersion {
    /// Reads the id in an answer from S3. A bucket without versioning answers with no id or with
    /// `null`, and each upload replaces the file. Both are `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        ((1..=1024).contains(&text.len()) && !text.chars().any(char::is_control) && text != "null")
            .then(|| Self(text.to_owned()))
    }

    /// Returns what stands for the id of a file that is not uploaded yet, in the answer of a dry run.
    #[must_use]
    pub fn not_uploaded() -> Self {
        Self("not uploaded yet".to_owned())
    }

    /// Returns the id as S3 knows it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The largest number of files of a book, so that its row in the catalogue stays below 400 KB,
/// `DynamoDB`'s limit.
pub const MOST_FILES: usize = 50;

/// A file of a book as the author lists it, before it is found in the bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFile {
    /// Its name within the book.
    pub name: FileName,
    /// What a button calls it, if not by the name of its format.
    pub label: Option<String>,
    /// Its format.
    pub format: Format,
    /// Its key in the bucket, which may have another spelling there.
    pub key: BookKey,
    /// Its size in bytes, if it is not in the bucket yet, which a dry run alone may say.
    pub not_uploaded: Option<u64>,
}

impl ListedFile {
    /// Makes a file of its key, and of its name and label if the author gives it any. The name is
    /// the file's ending otherwise. `None` if the key has no ending that can be a format.
    #[must_use]
    pub fn new(key: BookKey, name: Option<FileName>, label: Option<String>) -> Option<Self> {
        let format = key.format()?;
        Some(Self {
            name: name.unwrap_or_else(|| FileName::from(&format)),
            label: label.filter(|label| *label != format.label()),
            format,
            key,
            not_uploaded: None,
        })
    }

    /// Returns the file as it was found in the bucket: at this key, with this version and size in
    /// bytes.
    #[must_use]
    pub fn found(&self, key: BookKey, version: FileVersion, size: u64) -> BookFile {
        BookFile {
            name: self.name.clone(),
            label: self.label.clone(),
            format: self.format.clone(),
            size,
            key,
            version,
        }
    }
}

impl From<&BookFile> for ListedFile {
    /// Returns the file as it would be listed, to find its newest version.
    fn from(file: &BookFile) -> Self {
        Self {
            name: file.name.clone(),
            label: file.label.clone(),
            format: file.format.clone(),
            key: file.key.clone(),
            not_uploaded: None,
        }
    }
}

/// A file of a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookFile {
    /// Its name within the book.
    pub name: FileName,
    /// What a button calls it, if the author named it: "All the code". One line.
    pub label: Option<String>,
    /// Its format.
    pub format: Format,
    /// Its size in bytes.
    pub size: u64,
    /// Its key in the bucket.
    pub key: BookKey,
    /// Its version, which buyers are given whatever is uploaded or deleted later.
    pub version: FileVersion,
}

impl BookFile {
    /// Returns what a button calls the file: the author's label, or the format's name.
    #[must_use]
    pub fn shown_label(&self) -> Cow<'_, str> {
        match &self.label {
            Some(label) => Cow::Borrowed(label),
            None => Cow::Owned(self.format.label()),
        }
    }
}

/// A number of bytes as people read it, in the decimal units that file managers and phones use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    /// How many of the unit: "812", "17", "4.2".
    pub number: String,
    /// The unit.
    pub unit: Unit,
}

/// A unit of a [`Size`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// 1 byte.
    Byte,
    /// 1,000 bytes.
    Kilobyte,
    /// 1,000,000 bytes.
    Megabyte,
    /// 1,000,000,000 bytes.
    Gigabyte,
}

impl Size {
    /// Rounds a number of bytes to whole units, or to tenths where these are less than ten.
    #[must_use]
    pub fn of(bytes: u64) -> Self {
        const UNITS: [(u64, Unit); 3] = [
            (1_000_000_000, Unit::Gigabyte),
            (1_000_000, Unit::Megabyte),
            (1_000, Unit::Kilobyte),
        ];
        for (size, unit) in UNITS {
            // What rounds to a thousand of the smaller unit is one of this unit.
            if bytes + size / 2_000 < size {
                continue;
            }
            let tenths = (bytes + size / 20) / (size / 10);
            let number = if tenths >= 100 || unit == Unit::Kilobyte {
                format!("{}", (bytes + size / 2) / size)
            } else {
                format!("{}.{}", tenths / 10, tenths % 10)
            };
            return Self { number, unit };
        }
        Self {
            number: bytes.to_string(),
            unit: Unit::Byte,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Returns a file with the name of its format, at the key `wip/2e.{format}`.
    pub(crate) fn book_file(format: &str) -> BookFile {
        let format = Format::parse(format).unwrap();
        BookFile {
            name: FileName::from(&format),
            label: None,
            size: 4_200_000,
            key: BookKey::parse(&format!("wip/2e.{format}")).unwrap(),
            version: FileVersion::parse("3sL4kqtJ").unwrap(),
            format,
        }
    }

    #[test]
    fn a_file_name_is_fit_for_a_form() {
        for text in ["pdf", "code", "a5-print", "2e"] {
            assert!(FileName::parse(text).is_some(), "{text:?}");
        }
        for text in ["", "-a", "A", "a b", "a_b", "ä", "a/b", &"a".repeat(33)] {
            assert!(FileName::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn every_format_is_a_file_name() {
        for text in ["pdf", "azw3", "7z", "abcdefghij"] {
            let format = Format::parse(text).unwrap();
            assert_eq!(FileName::parse(text), Some(FileName::from(&format)));
        }
    }

    #[test]
    fn a_label_is_the_authors_or_the_formats() {
        let pdf = book_file("pdf");
        assert_eq!(pdf.shown_label(), "PDF");
        let code = BookFile {
            label: Some("All the code".to_owned()),
            ..book_file("zip")
        };
        assert_eq!(code.shown_label(), "All the code");
    }

    #[test]
    fn a_format_is_a_files_ending() {
        assert!(Format::parse("pdf").is_some());
        assert!(Format::parse("azw3").is_some());
        for text in ["", "PDF", ".pdf", "p df", "pdf\0", "elevenchars"] {
            assert!(Format::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_key_is_one_that_s3_takes_and_no_reports() {
        for text in ["wip/2e.pdf", " a", &"a".repeat(1024)] {
            assert_eq!(BookKey::parse(text).unwrap().as_str(), text);
        }
        for text in ["", " ", "a\nb", "reports/a.html", "wip/", &"a".repeat(1025)] {
            assert!(BookKey::parse(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_key_is_sought_as_written_first_and_then_as_others_write_it() {
        let spellings = |text| {
            let spellings = BookKey::parse(text).unwrap().spellings();
            let texts = spellings.into_iter().map(|key| key.0);
            texts.collect::<Vec<_>>()
        };
        let (typed, of_macos) = ("caf\u{e9}.pdf", "cafe\u{301}.pdf");
        assert_eq!(spellings(typed), [typed, of_macos]);
        assert_eq!(spellings(of_macos), [of_macos, typed]);
        assert_eq!(spellings("wip/2e.pdf"), ["wip/2e.pdf"]);
        let mixed = format!("{of_macos}/{typed}");
        assert_eq!(spellings(&mixed).len(), 3);
        let key = |text| BookKey::parse(text).unwrap();
        assert!(key(typed).looks_like(&key(of_macos)));
        assert!(!key(typed).looks_like(&key("cafe.pdf")));
    }

    #[test]
    fn a_format_is_read_from_the_end_of_a_key() {
        let format = |text| BookKey::parse(text).unwrap().format();
        assert_eq!(format("wip/2e.pdf"), Format::parse("pdf"));
        assert_eq!(format("wip.d/2e.tar.GZ"), Format::parse("gz"));
        for text in ["wip.d/2e", "wip/2e.", "wip/2e.a book"] {
            assert_eq!(format(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_version_is_one_that_outlives_the_next_upload() {
        for text in [
            "3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY+MTRCxf3vjVBH40Nr8X8gdRQBpUMLUo",
            "1",
        ] {
            assert_eq!(FileVersion::parse(text).unwrap().as_str(), text);
        }
        for text in ["", "null", "a\nb", &"a".repeat(1025)] {
            assert!(FileVersion::parse(text).is_none(), "{text:?}");
        }
    }
}
