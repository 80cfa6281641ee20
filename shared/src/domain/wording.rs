//! How texts for people are written, in pages and mails alike.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What an e-mail address may show unescaped in a `mailto:` link.
const NOT_IN_MAILTO: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'@')
    .remove(b'.')
    .remove(b'-')
    .remove(b'_');

/// The `mailto:` link that begins a mail with this subject.
pub(crate) fn mailto(address: &str, subject: &str) -> String {
    format!(
        "mailto:{}?subject={}",
        utf8_percent_encode(address, NOT_IN_MAILTO),
        utf8_percent_encode(subject, NON_ALPHANUMERIC)
    )
}

/// A small number as people write it.
pub(crate) fn number(number: u32) -> String {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    usize::try_from(number)
        .ok()
        .and_then(|index| WORDS.get(index))
        .map_or_else(|| number.to_string(), ToString::to_string)
}
