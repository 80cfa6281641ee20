//! The language of a book.

use std::fmt;

/// A language as a tag of BCP 47, such as `en` or `de-CH`, for the attribute `lang` of HTML
/// (<https://www.rfc-editor.org/info/bcp47>). Only its form is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language(String);

impl Language {
    /// Reads a tag: a language of 2 or 3 lower-case letters, and after hyphens, in this order and each
    /// if it is wanted, a script (`Hant`), a region (`CH`, `419`), variants (`1996`), extensions (`u` and
    /// more) and private words (`x` and more). The language is the one that has a tag of its own: `yue`,
    /// and not `zh-yue` (<https://www.rfc-editor.org/rfc/rfc5646#section-2.1>).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-').peekable();
        let language = parts.next()?;
        let is_language = (2..=3).contains(&language.len())
            && language.bytes().all(|byte| byte.is_ascii_lowercase());
        let is_short = |part: &&str| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        let is_alphabetic = |part: &&str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
        parts.next_if(|part| part.len() == 4 && is_alphabetic(part));
        parts.next_if(|part| {
            (part.len() == 2 && is_alphabetic(part)) || (part.len() == 3 && is_number(part))
        });
        let is_variant = |part: &&str| {
            (5..=8).contains(&part.len())
                || (part.len() == 4 && part.starts_with(|c: char| c.is_ascii_digit()))
        };
        while parts
            .next_if(|part| is_variant(part) && is_short(part))
            .is_some()
        {}
        while let Some(singleton) = parts.next_if(|part| part.len() == 1 && is_short(part)) {
            let shortest = if singleton.eq_ignore_ascii_case("x") {
                1
            } else {
                2
            };
            let is_of = |part: &&str| part.len() >= shortest && is_short(part);
            parts.next_if(is_of)?;
            while parts.next_if(is_of).is_some() {}
        }
        let is_whole = is_language && text.len() <= 35 && parts.next().is_none();
        is_whole.then(|| Self(text.to_owned()))
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
        for text in [
            "en",
            "de-CH",
            "zh-Hant-TW",
            "gsw",
            "es-419",
            "de-1996",
            "sl-rozaj-biske",
            "de-DE-u-co-phonebk",
            "en-x-pirate",
            "sr-Latn-RS-x-a-b",
        ] {
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
            "de-DEE",
            "de-DEE-x",
            "de-x",
            "de-DE-u",
            "de-u-x-a",
            "de-CH-Latn",
            "en-x-pirates-at-sea-and-on-every-shore",
        ] {
            assert_eq!(Language::parse(text), None, "{text:?}");
        }
    }
}
