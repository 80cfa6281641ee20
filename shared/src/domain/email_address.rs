//! The address of a buyer.

mod pasted;

use std::fmt;

use url::Host;

/// An e-mail address that a buyer gave.
///
/// The only requirement is that it is safe in a mail's header. SES and the buyer's mail server
/// decide the rest. Docomo and ezweb gave out addresses such as `taro..yamada@docomo.ne.jp` and
/// `abc.@ezweb.ne.jp`, against RFC 5321, and Stripe accepts them. A domain, which is a name in DNS,
/// has no empty label.
///
/// Two addresses are equal if their normal forms are: in lower case, with the domain in Punycode.
/// So a buyer is found who later types `Jane@Example.com`, or whose browser spells
/// `anna@bücher.example` in Punycode, as Chromium does. The RFC allows mailboxes that differ only
/// in case, but no provider gives them out.
///
/// Its `Debug` keeps the address out of logs.
#[derive(Clone)]
pub struct EmailAddress {
    typed: String,
    normal: String,
}

impl EmailAddress {
    /// Reads a bare address such as `jane@example.com`, and drops the white space around it. A
    /// display name, quotes, a second `@` or a domain without a dot make it malformed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let typed = text.trim();
        let (local_part, domain) = typed.split_once('@')?;
        let is_address = !local_part.is_empty()
            && !domain.contains('@')
            && domain.contains('.')
            && !domain.split('.').any(str::is_empty);
        let normal = normal(typed.to_lowercase());
        // Some full-width letters become other characters in the normal form.
        let is_harmless = [typed, &normal]
            .iter()
            .all(|text| text.len() <= LONGEST && text.chars().all(is_harmless));
        (is_address && is_harmless).then(|| Self {
            typed: typed.to_owned(),
            normal,
        })
    }

    /// Returns the normal form, for the envelope of a mail and for looking the address up.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.normal
    }

    /// Returns the address as its owner wrote it, with the domain in Punycode. SES distinguishes
    /// capitals in the senders that it has verified.
    #[must_use]
    pub fn in_ascii(&self) -> String {
        match (self.typed.split_once('@'), self.normal.split_once('@')) {
            (Some((local_part, _)), Some((_, domain))) => format!("{local_part}@{domain}"),
            _ => self.normal.clone(),
        }
    }

    /// Whether SES sends mail to it: what stands before the `@` is ASCII
    /// (<https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html>). The domain is, in
    /// the normal form.
    #[must_use]
    pub fn is_mailable(&self) -> bool {
        self.normal.is_ascii()
    }

    /// Returns the address with three dots in place of all but its first letters and its last label:
    /// `r•••@e•••.com`. Its owner recognises it, and nobody else learns it.
    #[must_use]
    pub fn masked(&self) -> String {
        let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
        let (local_part, domain) = self.typed.split_once('@').unwrap_or_default();
        let (_, last_label) = domain.rsplit_once('.').unwrap_or_default();
        let (mailbox, host) = (first(local_part), first(domain));
        format!("{mailbox}•••@{host}•••.{last_label}")
    }

    /// Returns the address as its owner wrote it, for people to read.
    #[must_use]
    pub fn as_typed(&self) -> &str {
        &self.typed
    }
}

/// The longest address, in bytes. The key of an index takes 2048
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>).
const LONGEST: usize = 1024;

/// Whether a character can be part of an address in a mail's header without ending it.
fn is_harmless(c: char) -> bool {
    !c.is_control() && !c.is_whitespace() && !r#""(),:;<>[\]"#.contains(c)
}

/// Returns the address with its domain in Punycode, or unchanged if the domain is invalid.
fn normal(in_lower_case: String) -> String {
    let in_ascii = in_lower_case
        .rsplit_once('@')
        // `Host` parses addresses of the web, and would decode `%41`.
        .filter(|(_, domain)| !domain.contains('%'))
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
            // The umlaut is two characters here, as macOS sometimes types it.
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
            "jane@example.com@example.com",
            "jane@.",
            "jane@example.com.",
            "jane@.example.com",
            "jane@example..com",
            "jane@example。。com",
        ] {
            assert_eq!(EmailAddress::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_mailboxes_have_against_the_rfc_is_an_address() {
        for text in [
            "taro..yamada@docomo.ne.jp",
            "abc.@ezweb.ne.jp",
            ".abc@ezweb.ne.jp",
            "o'hara@example.com",
            "用户@例子.广告",
            "jane@under_score.example.com",
            &format!("{}@example.com", "a".repeat(100)),
        ] {
            assert!(EmailAddress::parse(text).is_some(), "{text}");
        }
        assert!(EmailAddress::parse(&format!("{}@example.com", "a".repeat(1024))).is_none());
    }

    #[test]
    fn ses_mails_what_is_ascii_before_the_at() {
        for (address, is_mailable) in [
            ("jane.doe+books@example.com", true),
            ("anna@bücher.example", true),
            ("jürgen@example.com", false),
            ("用户@例子.广告", false),
        ] {
            let email = EmailAddress::parse(address).unwrap();
            assert_eq!(email.is_mailable(), is_mailable, "{address}");
        }
    }

    #[test]
    fn a_masked_address_shows_its_first_letters_and_its_last_label() {
        for (address, masked) in [
            ("reader@example.com", "r•••@e•••.com"),
            ("r@e.co", "r•••@e•••.co"),
            ("jane.doe+books@mail.example.co.uk", "j•••@m•••.uk"),
            ("Jane@Example.com", "J•••@E•••.com"),
            ("anna@bücher.example", "a•••@b•••.example"),
            ("anna@xn--bcher-kva.example", "a•••@x•••.example"),
            ("élodie@école.fr", "é•••@é•••.fr"),
            ("用户@例子.广告", "用•••@例•••.广告"),
            (".abc@ezweb.ne.jp", ".•••@e•••.jp"),
        ] {
            let email = EmailAddress::parse(address).unwrap();
            assert_eq!(email.masked(), masked, "{address}");
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
        fn a_masked_address_is_as_long_whatever_it_masks(
            local_part in "[a-z0-9.+-]{1,20}", labels in "([a-z]{1,9}\\.){1,4}",
        ) {
            let email = EmailAddress::parse(&format!("{local_part}@{labels}com")).unwrap();
            prop_assert_eq!(email.masked().chars().count(), "r•••@e•••.com".chars().count());
        }

        #[test]
        fn no_address_has_a_line_end(text in "\\PC*@\\PC*") {
            if let Some(address) = EmailAddress::parse(&text) {
                prop_assert!(!address.as_str().chars().any(char::is_whitespace));
            }
        }
    }
}
