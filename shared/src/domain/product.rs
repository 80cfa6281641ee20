//! Products, and the files and ids that belong to them.

use std::{borrow::Cow, collections::BTreeMap, fmt, sync::Arc};

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

use crate::domain::{money::Price, notes::Notes};

/// A product's id, chosen by the author: `wip-2e`. It is 1 to 64 lower-case letters, digits and
/// hyphens, and begins with a letter or digit. The form on the book page contains it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProductId(String);

impl ProductId {
    /// Reads an id from a form or an event.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        ((1..=64).contains(&text.len()) && !text.starts_with('-') && text.chars().all(allowed))
            .then(|| Self(text.to_owned()))
    }

    /// Returns the id as the author wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProductId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A file format, named by the ending of its files: `pdf`, `epub`. It is 1 to 10 lower-case letters
/// and digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Format(String);

impl Format {
    /// Reads a format from a form or an event.
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

    /// Returns in a few words what the format is good for. Empty if the shop does not know it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self.0.as_str() {
            "pdf" => "for computers, tablets and print",
            "epub" => "for phones and e-readers",
            "mobi" | "azw3" => "for older Kindles",
            "zip" => "all files in one archive",
            _ => "",
        }
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

    /// Returns the id as S3 knows it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A file of a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookFile {
    /// Its key in the bucket.
    pub key: BookKey,
    /// Its version. If it is absent, the newest version is meant.
    pub version: Option<FileVersion>,
}

impl BookFile {
    /// Makes a file that means the newest upload at this key, as the author's events name files.
    #[must_use]
    pub fn newest(key: BookKey) -> Self {
        Self { key, version: None }
    }
}

/// The files of one edition, by format.
pub type Files = BTreeMap<Format, BookFile>;

/// A product in the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its id, which the form on the book page contains.
    pub id: ProductId,
    /// The book's name, for people to read: one line of at most [`LONGEST_NAME`] characters.
    pub name: String,
    /// The name of its edition, for people to read: "2nd edition, 2.1".
    pub version: String,
    /// The number of its edition, as the shop counts: 1, and one more with each pushed update.
    pub edition: u32,
    /// Its price.
    pub price: Price,
    /// Its files, at least one.
    pub files: Files,
    /// The author's notes on what is new in this edition.
    pub notes: Option<Notes>,
    /// The versions that were pushed as updates, oldest first.
    pub pushed: Vec<String>,
    /// Whether it can be bought. Earlier buyers keep it in either case.
    pub is_active: bool,
}

/// The longest name or version, in characters. Stripe allows 250 for a name.
pub const LONGEST_NAME: usize = 200;

/// Whether a text can be a name or a version: one line that is not too long.
#[must_use]
pub fn is_one_line(text: &str) -> bool {
    !text.trim().is_empty()
        && text.chars().count() <= LONGEST_NAME
        && !text
            .chars()
            .any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
}

/// All products, as they were read at one time.
#[derive(Clone, Debug, Default)]
pub struct Catalogue(BTreeMap<ProductId, Arc<Product>>);

impl Catalogue {
    /// Returns the product of this id.
    #[must_use]
    pub fn find(&self, id: &ProductId) -> Option<Arc<Product>> {
        self.0.get(id).cloned()
    }

    /// Returns all products, in no order.
    pub fn products(&self) -> impl Iterator<Item = &Product> {
        self.0.values().map(AsRef::as_ref)
    }

    /// Whether there are no products.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the ids of all products that have a file in this format.
    pub fn with_format<'a>(&'a self, format: &'a Format) -> impl Iterator<Item = &'a ProductId> {
        self.0
            .values()
            .filter(|product| product.files.contains_key(format))
            .map(|product| &product.id)
    }
}

impl FromIterator<Product> for Catalogue {
    fn from_iter<T: IntoIterator<Item = Product>>(products: T) -> Self {
        Self(
            products
                .into_iter()
                .map(|product| (product.id.clone(), Arc::new(product)))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_id_is_fit_for_a_form() {
        assert!(ProductId::parse("wip-2e").is_some());
        assert!(ProductId::parse(&"a".repeat(64)).is_some());
        for text in [
            "",
            "-a",
            "A",
            "a b",
            "a_b",
            "ä",
            "a\n",
            "a/b",
            &"a".repeat(65),
        ] {
            assert!(ProductId::parse(text).is_none(), "{text:?}");
        }
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

    #[test]
    fn a_name_is_one_line() {
        assert!(is_one_line("Writing Idiomatic Python"));
        assert!(is_one_line("日本語の本 «🐍»"));
        for text in [
            "",
            "  ",
            "a\nb",
            "a\r\nBcc: x",
            "a\u{2028}b",
            &"a".repeat(201),
        ] {
            assert!(!is_one_line(text), "{text:?}");
        }
    }
}
