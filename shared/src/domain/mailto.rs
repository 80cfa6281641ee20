//! Links that begin a mail.

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
