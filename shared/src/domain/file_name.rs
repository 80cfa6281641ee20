//! The name of a downloaded book on the buyer's disk.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::domain::{book::Book, book_file::BookFile};

/// The longest name without its ending, in bytes. File systems take 255 with the ending.
const LONGEST_STEM: usize = 200;

/// Returns the name of this book's file, such as "Writing Idiomatic Python - 2nd edition.pdf". The
/// author's label is a part of it: "… - All the code.zip".
///
/// Leaves out what a file system refuses (`/ \ : * ? " < > |`, control characters, and a dot or
/// space at either end), whatever the book's title is.
#[must_use]
pub fn file_name(book: &Book, file: &BookFile) -> String {
    let parts = [Some(&book.name), Some(&book.version), file.label.as_ref()];
    let parts: Vec<_> = parts.into_iter().flatten().map(String::as_str).collect();
    let allowed: String = parts
        .join(" - ")
        .chars()
        .map(|c| if refused_by_file_systems(c) { ' ' } else { c })
        .collect();
    let mut stem = allowed.split_whitespace().collect::<Vec<_>>().join(" ");
    stem.truncate(stem.floor_char_boundary(LONGEST_STEM));
    let stem = stem.trim_matches(|c| matches!(c, ' ' | '.' | '-'));
    let stem = if stem.is_empty() {
        book.id.as_str()
    } else {
        stem
    };
    format!("{stem}.{}", file.format)
}

/// Whether file systems refuse a character, or it changes the direction of writing: such a mark can
/// make `fdp.exe` look like a book.
fn refused_by_file_systems(c: char) -> bool {
    c.is_control()
        || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|')
        || matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The characters that RFC 8187 leaves unencoded (`attr-char`).
const ATTRIBUTE_CHARACTERS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// Returns the `Content-Disposition` that makes a browser save a file under this name (RFC 6266),
/// with the full name in UTF-8 (RFC 8187) and a plain one for browsers that cannot read it.
#[must_use]
pub fn content_disposition(file_name: &str) -> String {
    let plain: String = file_name
        .chars()
        .map(|c| {
            if matches!(c, ' '..='~') && !matches!(c, '"' | '\\' | '%') {
                c
            } else {
                '_'
            }
        })
        .collect();
    let full = utf8_percent_encode(file_name, ATTRIBUTE_CHARACTERS);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{full}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{book::tests::book, book_file::tests::book_file};

    fn name_of(name: &str, version: &str) -> String {
        let book = Book {
            name: name.to_owned(),
            version: version.to_owned(),
            ..book()
        };
        file_name(&book, &book.files[0])
    }

    #[test]
    fn a_book_is_saved_under_its_own_name() {
        assert_eq!(
            name_of("Writing Idiomatic Python", "2nd edition"),
            "Writing Idiomatic Python - 2nd edition.pdf"
        );
        assert_eq!(
            name_of("C:\\ & \"A/B\" testing?", "v1.0"),
            "C & A B testing - v1.0.pdf"
        );
        assert_eq!(name_of("日本語の本", "第2版"), "日本語の本 - 第2版.pdf");
        assert_eq!(name_of("../..", "..."), "wip.pdf");
    }

    #[test]
    fn a_label_tells_two_files_of_a_format_apart() {
        let labelled = BookFile {
            label: Some("A5, for print".to_owned()),
            ..book_file("pdf")
        };
        assert_eq!(
            file_name(&book(), &labelled),
            "Writing Idiomatic Python - 2nd edition - A5, for print.pdf"
        );
    }

    #[test]
    fn the_header_has_the_name_twice() {
        assert_eq!(
            content_disposition("Ünïcode - 1.pdf"),
            "attachment; filename=\"_n_code - 1.pdf\"; filename*=UTF-8''%C3%9Cn%C3%AFcode%20-%201.pdf"
        );
    }

    proptest! {
        #[test]
        fn any_title_makes_a_name_that_any_file_system_takes(name in "\\PC*", version in ".*") {
            let file_name = name_of(&name, &version);
            prop_assert!(file_name.len() <= 255);
            prop_assert!(file_name.strip_suffix(".pdf").is_some_and(|stem| !stem.is_empty()));
            prop_assert!(!file_name.starts_with(['.', ' ']));
            prop_assert!(!file_name.chars().any(refused_by_file_systems));
        }

        #[test]
        fn any_name_makes_one_header_of_visible_ascii(file_name in ".*") {
            let header = content_disposition(&file_name);
            prop_assert!(header.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            prop_assert_eq!(header.matches('"').count(), 2);
        }
    }
}
