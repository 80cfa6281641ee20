//! Where a buyer's mail goes.

use std::fmt;

use email_address::{EmailAddress as Grammar, Options};
use url::Host;

/// An address that mail can be sent to (RFC 5321).
///
/// It compares by its normal form: in lower case, the domain in Punycode. So a buyer who later
/// types `Jane@Example.com` is found, and one whose browser spells `anna@bücher.example` in
/// Punycode, as Chromium does. Mailboxes that differ only in case are allowed by the RFC and given
/// out by nobody.
///
/// Its `Debug` keeps the address out of logs.
#[derive(Clone)]
pub struct EmailAddress {
    typed: String,
    normal: String,
}

impl EmailAddress {
    /// Reads a bare address such as `jane@example.com`; surrounding white space is dropped.
    /// No display name, no quoted local part, no literal IP address, a domain with a dot.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let typed = text.trim();
        // First in lower case, as it will be read again: İ becomes two characters, and one of them
        // is no letter of a domain.
        let text = typed.to_lowercase();
        let options = Options::default()
            .without_display_text()
            .without_domain_literal()
            .with_required_tld();
        let plain =
            !text.contains('"') && !text.chars().any(|c| c.is_control() || c.is_whitespace());
        (plain && Grammar::parse_with_options(&text, options).is_ok()).then(|| Self {
            typed: typed.to_owned(),
            normal: normal(text),
        })
    }

    /// The normal form: for the envelope of a mail, and for looking up.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.normal
    }

    /// The address as its owner wrote it: for people to read.
    #[must_use]
    pub fn as_typed(&self) -> &str {
        &self.typed
    }
}

/// The address with its domain in Punycode, if there is such a domain.
fn normal(in_lower_case: String) -> String {
    let in_ascii = in_lower_case
        .rsplit_once('@')
        .and_then(|(local_part, domain)| Some((local_part, Host::parse(domain).ok()?)));
    match in_ascii {
        Some((local_part, Host::Domain(domain))) => format!("{local_part}@{domain}"),
        _ => in_lower_case,
    }
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.normal == other.normal
    }
}

impl Eq for EmailAddress {}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EmailAddress(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_is_trimmed_and_in_lower_case() {
        let address = EmailAddress::parse(" Jane.Doe+books@Example.COM\n").unwrap();
        assert_eq!(address.as_str(), "jane.doe+books@example.com");
        assert_eq!(address.as_typed(), "Jane.Doe+books@Example.COM");
    }

    #[test]
    fn an_address_in_an_international_domain_is_one_however_it_is_spelled() {
        let address = |text| EmailAddress::parse(text).unwrap();
        let anna = address("Anna@Bücher.example");
        for spelling in [
            "anna@bücher.example",
            "ANNA@BÜCHER.EXAMPLE",
            "anna@xn--bcher-kva.example",
            "anna@XN--BCHER-KVA.example",
            // The umlaut in two characters, as macOS types it in places.
            "anna@bu\u{308}cher.example",
        ] {
            assert_eq!(address(spelling), anna, "{spelling}");
        }
        assert_eq!(anna.as_str(), "anna@xn--bcher-kva.example");
        assert_eq!(anna.as_typed(), "Anna@Bücher.example");
        assert_ne!(address("anna@buecher.example"), anna);
    }

    #[test]
    fn what_is_no_bare_address_is_refused() {
        for text in [
            "",
            " ",
            "jane",
            "jane@",
            "@example.com",
            "jane@example",
            "jane doe@example.com",
            "Jane <jane@example.com>",
            "jane@example.com, joe@example.com",
            "jane@example.com\r\nBcc: joe@example.com",
            "\"jane\"@example.com",
            "jane@[127.0.0.1]",
            "jane@İ.example",
        ] {
            assert_eq!(EmailAddress::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn debug_does_not_name_the_buyer() {
        let address = EmailAddress::parse("jane@example.com").unwrap();
        assert!(!format!("{address:?}").contains("jane"));
    }

    proptest! {
        #[test]
        fn an_address_reads_the_same_again(text in "\\PC{1,3}@\\p{Lu}{1,3}\\.\\p{Lu}{2}") {
            if let Some(address) = EmailAddress::parse(&text) {
                prop_assert_eq!(EmailAddress::parse(address.as_str()), Some(address));
            }
        }

        #[test]
        fn no_address_has_a_line_end(text in "\\PC*@\\PC*") {
            if let Some(address) = EmailAddress::parse(&text) {
                prop_assert!(!address.as_str().chars().any(char::is_whitespace));
            }
        }
    }
}
