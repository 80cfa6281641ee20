//! The language of a book.

use std::fmt;

/// A language as a tag of BCP 47, such as `en` or `de-CH`, for the attribute `lang` of HTML
/// (<https://www.rfc-editor.org/info/bcp47>). Only its form is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language(String);

impl Language {
    /// Reads a tag: parts of letters and digits with hyphens between them, of which the first has 2
    /// or 3 lower-case letters, and the others have 1 to 8 characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let first = parts.next()?;
        let is_language =
            (2..=3).contains(&first.len()) && first.chars().all(|c| c.is_ascii_lowercase());
        let is_part = |part: &str| {
            (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
        };
        (is_language && text.len() <= 35 && parts.all(is_part)).then(|| Self(text.to_owned()))
    }

    /// Returns the tag as the author wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_a_tag() {
        for text in ["en", "de-CH", "zh-Hant-TW", "gsw", "sl-rozaj-biske"] {
            assert_eq!(Language::parse(text).unwrap().as_str(), text);
        }
        for text in [
            "",
            "e",
            "english",
            "en_GB",
            "en-",
            "-en",
            "e1",
            "en-überall",
        ] {
            assert_eq!(Language::parse(text), None, "{text:?}");
        }
    }
}
