//! Books: what buyers read, at their newest edition.

use std::fmt;

use crate::domain::{
    accent::Accent,
    book_file::{BookFile, FileName, is_identifier},
    language::Language,
    notes::Notes,
};

/// A book's id, chosen by the author: `wip`. It is 1 to 64 lower-case letters, digits and hyphens,
/// and begins with a letter or digit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BookId(String);

impl BookId {
    /// Reads an id from a form or an event.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_identifier(text, 64).then(|| Self(text.to_owned()))
    }

    /// Returns the id as the author wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BookId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A book in the catalogue, at its newest edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    /// Its id.
    pub id: BookId,
    /// Its name, for people to read: one line of at most [`LONGEST_NAME`] characters.
    pub name: String,
    /// The name of its edition, for people to read: "2nd edition, 2.1". One line.
    pub version: String,
    /// The number of its edition, as the shop counts: 1, and one more with each pushed update.
    pub edition: u32,
    /// Its author, if the catalogue names one. One line.
    pub author: Option<String>,
    /// The language that it is written in, if the catalogue names one.
    pub language: Option<Language>,
    /// The colour of its pages and mails, if the catalogue says one.
    pub accent: Option<Accent>,
    /// Its files, at least one, in the author's order. No two have the same name.
    pub files: Vec<BookFile>,
    /// The author's notes on what is new in this edition.
    pub notes: Option<Notes>,
    /// The words by which the author thanks buyers, on the private page and in the receipt.
    pub thanks: Option<Notes>,
    /// The versions that buyers had, oldest first, up to the one that was pushed last. Empty if none
    /// was pushed.
    pub pushed: Vec<String>,
    /// How often its row in the catalogue was written; 0 if it never was.
    pub revision: u64,
}

impl Book {
    /// Returns the file of this name.
    #[must_use]
    pub fn file(&self, name: &FileName) -> Option<&BookFile> {
        self.files.iter().find(|file| file.name == *name)
    }
}

/// The longest name, version or label, in characters. Stripe allows 250 for a name.
pub const LONGEST_NAME: usize = 200;

/// Whether a text can be a name, a version or a label: one line that is not too long.
#[must_use]
pub fn is_one_line(text: &str) -> bool {
    !text.trim().is_empty()
        && text.chars().count() <= LONGEST_NAME
        && !text
            .chars()
            .any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
        && direction_control(text).is_none()
}

/// Returns the first character of a text that embeds, overrides or isolates a direction of writing, such
/// as U+202E. It would go on behind the name: `fdp.exe` can look like `exe.pdf` with one. The marks
/// that letters of another script need (U+200E, U+200F, U+061C) are none of these
/// (<https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>).
#[must_use]
pub fn direction_control(text: &str) -> Option<char> {
    let is_control = |c: &char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().find(is_control)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::book_file::tests::book_file;

    /// Returns the book `wip` with a PDF and an EPUB, at its first edition.
    pub(crate) fn book() -> Book {
        Book {
            id: BookId::parse("wip").unwrap(),
            name: "Writing Idiomatic Python".to_owned(),
            version: "2nd edition".to_owned(),
            edition: 1,
            author: None,
            language: None,
            accent: None,
            files: vec![book_file("pdf"), book_file("epub")],
            notes: None,
            thanks: None,
            pushed: vec![],
            revision: 1,
        }
    }

    #[test]
    fn a_file_is_found_by_its_name() {
        let name = |text| FileName::parse(text).unwrap();
        assert_eq!(
            book().file(&name("epub")).unwrap().key.as_str(),
            "wip/2e.epub"
        );
        assert_eq!(book().file(&name("mobi")), None);
    }

    #[test]
    fn a_name_is_one_line() {
        assert!(is_one_line("Writing Idiomatic Python"));
        assert!(is_one_line("日本語の本 «🐍»"));
        // An Arabic title with Latin letters in it has a mark between them.
        assert!(is_one_line("بايثون\u{200f} 3.14"));
        for text in [
            "",
            "  ",
            "a\nb",
            "a\r\nBcc: x",
            "a\u{2028}b",
            "fdp\u{202e}exe",
            "\u{2067}a\u{2069}",
            &"a".repeat(201),
        ] {
            assert!(!is_one_line(text), "{text:?}");
        }
    }
}
