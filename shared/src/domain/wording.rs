//! Formats texts for both pages and mails.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The characters that are escaped in the address of a `mailto:` link.
const NOT_IN_MAILTO: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'@')
    .remove(b'.')
    .remove(b'-')
    .remove(b'_');

/// Makes a `mailto:` link to an address with a subject.
pub(crate) fn mailto(address: &str, subject: &str) -> String {
    format!(
        "mailto:{}?subject={}",
        utf8_percent_encode(address, NOT_IN_MAILTO),
        utf8_percent_encode(subject, NON_ALPHANUMERIC)
    )
}

/// Writes a number up to twelve as a word (0 is "no"), and a larger one in digits.
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
