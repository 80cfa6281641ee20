//! Checks by a file's first bytes whether its content matches its ending.

use crate::domain::book_file::Format;

/// How many of a file's first bytes are checked: readers look for the header of a PDF in as many.
pub const FIRST_BYTES: usize = 1024;

/// Returns what files of this format begin with, worded for the author whose file does not. `None`
/// if the shop does not know the ending.
#[must_use]
pub fn beginning(format: &Format) -> Option<&'static str> {
    Some(match format.as_str() {
        "pdf" => "a PDF begins with `%PDF-`",
        "epub" => {
            "an EPUB is a ZIP archive whose first entry is `mimetype`, uncompressed, with \
             `application/epub+zip` (https://www.w3.org/TR/epub-33/#sec-zip-container-mime)"
        }
        "zip" | "cbz" => "a ZIP archive begins with `PK`",
        "mobi" | "azw3" => "an e-book for Kindles says `BOOKMOBI` in its head",
        _ => return None,
    })
}

/// Whether a file of this format can begin with these bytes, which are the whole file or its first
/// [`FIRST_BYTES`]. An empty file never can. If the shop does not know the ending, any other file
/// can.
#[must_use]
pub fn is_what_it_says(format: &Format, first: &[u8]) -> bool {
    match format.as_str() {
        _ if first.is_empty() => false,
        "pdf" => first.windows(5).any(|bytes| bytes == b"%PDF-"),
        "epub" => is_epub(first),
        "zip" | "cbz" => first.starts_with(ZIP_ENTRY),
        "mobi" | "azw3" => first.get(60..68) == Some(b"BOOKMOBI"),
        _ => true,
    }
}

/// The signature of an entry at the start of a ZIP archive. An archive without entries begins with
/// another (<https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>, 4.3.7).
const ZIP_ENTRY: &[u8] = b"PK\x03\x04";
/// The offset in bytes, in an entry, of the lengths of its name and of its extra field. The name
/// itself begins at `NAME`.
const LENGTHS: usize = 26;
const NAME: usize = 30;

fn is_epub(first: &[u8]) -> bool {
    let length = |at: usize| {
        let bytes = first.get(at..at + 2)?;
        Some(usize::from(bytes[0]) + 256 * usize::from(bytes[1]))
    };
    let (Some(name), Some(extra)) = (length(LENGTHS), length(LENGTHS + 2)) else {
        return false;
    };
    let content = first.get(NAME + name + extra..).unwrap_or_default();
    first.starts_with(ZIP_ENTRY)
        && first.get(NAME..NAME + name) == Some(b"mimetype")
        && content.starts_with(b"application/epub+zip")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is(format: &str, first: &[u8]) -> bool {
        is_what_it_says(&Format::parse(format).unwrap(), first)
    }

    const EPUB: &[u8] = include_bytes!("../../../local/sample-books/2e.epub");

    #[test]
    fn a_file_is_known_by_how_it_begins() {
        assert!(is(
            "pdf",
            include_bytes!("../../../local/sample-books/2e.pdf")
        ));
        assert!(is("pdf", b"\xEF\xBB\xBF\n%PDF-1.7"));
        assert!(is("epub", EPUB));
        assert!(is("zip", EPUB));
        assert!(is("kfx", b"anything"));
        let mobi = [[0; 60].as_slice(), b"BOOKMOBI"].concat();
        assert!(is("mobi", &mobi) && is("azw3", &mobi));
    }

    #[test]
    fn nothing_else_is_taken_for_it() {
        for format in ["pdf", "epub", "zip", "cbz", "mobi", "azw3", "kfx"] {
            assert!(!is(format, b""), "{format}");
        }
        for format in ["pdf", "epub", "zip", "mobi"] {
            for other in [b"a book".as_slice(), b"<!doctype html>", b"PK\x05\x06"] {
                assert!(!is(format, other), "{format}");
            }
        }
        assert!(!is("pdf", EPUB));
        assert!(!is("mobi", EPUB));
        assert!(!is(
            "epub",
            include_bytes!("../../../local/sample-books/2e.pdf")
        ));
        // This is a ZIP archive that is no book.
        let mut zip = EPUB.to_vec();
        zip[30..38].copy_from_slice(b"README.m");
        assert!(!is("epub", &zip));
        assert!(!is("epub", &EPUB[..40]));
    }

    proptest! {
        #[test]
        fn any_bytes_are_one_or_the_other(first: Vec<u8>, is_zip: bool) {
            let head = if is_zip { ZIP_ENTRY } else { b"" };
            let first = [head, &first].concat();
            for format in ["pdf", "epub", "zip", "mobi"] {
                let _ = is(format, &first);
            }
        }
    }
}
