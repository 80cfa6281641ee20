//! The words that buyers read, in the languages that the shop speaks.
//!
//! [`Words`] has a method for each message of `shared/words/en.ftl`, which the build makes of that
//! file and of those of the other languages; `shared/build.rs` says how.

mod agreement;
mod format;
mod negotiation;
mod returns;

use crate::domain::language::Language;

pub use agreement::CURRENT_AGREEMENT;

include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// Stands for markup in a sentence. It occurs in no message: U+FFFC, "object replacement character".
const MARKUP: &str = "\u{fffc}";

impl Words {
    /// Returns the words in the language of a book; in English if there is none, or the shop does
    /// not speak it.
    #[must_use]
    pub fn of(language: Option<&Language>) -> Self {
        language
            .and_then(|language| Self::of_tag(language.as_str()))
            .unwrap_or(Self::En)
    }

    /// Returns the words in the language of a tag, whatever its region: those of `de` for `de-CH`.
    pub(crate) fn of_tag(tag: &str) -> Option<Self> {
        let language = tag.split('-').next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|words| words.tag().eq_ignore_ascii_case(language))
    }

    /// Returns what a message says before and after its variable, for a template that has markup
    /// there.
    pub(crate) fn around(self, message: impl FnOnce(Self, &str) -> String) -> (String, String) {
        let sentence = message(self, MARKUP);
        match sentence.split_once(MARKUP) {
            Some((before, after)) => (before.to_owned(), after.to_owned()),
            None => (sentence, String::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        path::{Path, PathBuf},
    };

    use super::*;

    #[test]
    fn the_region_of_a_language_does_not_matter() {
        let words = |tag| Words::of(Language::parse(tag).as_ref());
        for (tag, expected) in [
            ("en", Words::En),
            ("en-GB", Words::En),
            ("de", Words::De),
            ("de-CH", Words::De),
            ("fr-CA", Words::Fr),
            ("es-419", Words::Es),
            ("zh-Hant", Words::En),
            ("gsw", Words::En),
            ("deu", Words::En),
        ] {
            assert_eq!(words(tag), expected, "{tag}");
        }
        assert_eq!(Words::of(None), Words::En);
    }

    /// The templates of pages and mails, by their paths.
    fn templates(folder: &Path) -> Vec<(PathBuf, String)> {
        let mut templates = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_template = path
                .extension()
                .is_some_and(|ending| ending == "html" || ending == "txt");
            if path.is_dir() {
                templates.append(&mut self::templates(&path));
            } else if is_template {
                let text = fs::read_to_string(&path).unwrap();
                templates.push((path, text));
            }
        }
        templates
    }

    /// Returns the text without what stands between these marks.
    fn without(text: &str, begin: &str, end: &str) -> String {
        let mut parts = text.split(begin);
        let before = parts.next().unwrap_or_default();
        let after = parts.filter_map(|part| Some(part.split_once(end)?.1));
        std::iter::once(before).chain(after).collect()
    }

    #[test]
    fn the_templates_hold_no_words() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let templates = templates(&source);
        assert!(templates.len() >= 18, "{}", templates.len());
        for (path, text) in templates {
            let mut words = text;
            for (begin, end) in [
                ("{{", "}}"),
                ("{%", "%}"),
                ("<style>", "</style>"),
                ("<!--", "-->"),
            ] {
                words = without(&words, begin, end);
            }
            for attribute in ["aria-label=\"", "alt=\"", "title=\"", "placeholder=\""] {
                let empty = format!("{attribute}\"");
                let count = |text: &str| words.matches(text).count();
                assert_eq!(count(attribute), count(&empty), "{}", path.display());
            }
            words = without(&words, "<", ">");
            words.retain(char::is_alphabetic);
            assert_eq!(words, "", "{}", path.display());
        }
    }

    #[test]
    fn a_sentence_is_split_where_markup_stands() {
        assert_eq!(
            Words::En.around(Words::mail_question_unbought),
            ("A question? Write to ".to_owned(), ".".to_owned())
        );
    }
}
