//! The sender of the shop's mails.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::domain::email_address::EmailAddress;

/// A mailbox in the header of a mail: an address, and optionally a name before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    name: String,
    address: EmailAddress,
}

/// The longest mailbox, in bytes, as SES counts them
/// (<https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html>).
const LONGEST: usize = 320;

impl Mailbox {
    /// Reads `books@example.com` or `Jane Doe <books@example.com>`. The name can be any, in quotes
    /// or not.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (name, address) = match text.rsplit_once('<') {
            Some((name, address)) => (name.trim(), address.strip_suffix('>')?),
            None => ("", text),
        };
        let name = match name
            .strip_prefix('"')
            .and_then(|name| name.strip_suffix('"'))
        {
            Some(quoted) => without_escapes(quoted),
            None => name.to_owned(),
        };
        let mailbox = Self {
            name,
            address: EmailAddress::parse(address)?,
        };
        let is_one_line = !mailbox.name.contains(char::is_control);
        (is_one_line && mailbox.header().len() <= LONGEST).then_some(mailbox)
    }

    /// Whether the mailbox has a name.
    #[must_use]
    pub fn has_name(&self) -> bool {
        !self.name.is_empty()
    }

    /// Returns the mailbox in ASCII, which is all that SES takes: the name as it is, in quotes
    /// ([RFC 5322](https://www.rfc-editor.org/rfc/rfc5322#section-3.2.4)) or in encoded words ([RFC
    /// 2047](https://www.rfc-editor.org/rfc/rfc2047#section-2)), and the domain in Punycode.
    #[must_use]
    pub fn header(&self) -> String {
        let address = self.address.in_ascii();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || " '-".contains(c);
        if !self.has_name() {
            address
        } else if !self.name.is_ascii() {
            format!("{} <{address}>", encoded_words(&self.name))
        } else if self.name.chars().all(is_plain) {
            format!("{} <{address}>", self.name)
        } else {
            let name = self.name.replace('\\', r"\\").replace('"', r#"\""#);
            format!("\"{name}\" <{address}>")
        }
    }
}

fn without_escapes(quoted: &str) -> String {
    let mut characters = quoted.chars();
    let mut text = String::new();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.extend(characters.next()),
            other => text.push(other),
        }
    }
    text
}

/// Encodes a name in words of 75 characters at most, each of whole characters. Mail readers drop
/// the spaces between encoded words.
fn encoded_words(text: &str) -> String {
    const MOST_BYTES: usize = 45;
    let mut words = vec![String::new()];
    for character in text.chars() {
        if words
            .last()
            .is_none_or(|word| word.len() + character.len_utf8() > MOST_BYTES)
        {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(character);
        }
    }
    let encoded = words
        .iter()
        .map(|word| format!("=?UTF-8?B?{}?=", STANDARD.encode(word)));
    encoded.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> Option<String> {
        Mailbox::parse(text).map(|mailbox| mailbox.header())
    }

    #[test]
    fn any_name_can_stand_in_the_header() {
        for (text, expected) in [
            ("Books@example.com", "Books@example.com"),
            ("<books@example.com>", "books@example.com"),
            ("Ada Winters <b@x.example>", "Ada Winters <b@x.example>"),
            ("O'Brien <b@x.example>", "O'Brien <b@x.example>"),
            (
                "J. R. R. Tolkien <b@x.example>",
                "\"J. R. R. Tolkien\" <b@x.example>",
            ),
            ("\"Doe, Jane\" <b@x.example>", "\"Doe, Jane\" <b@x.example>"),
            ("Doe, Jane <b@x.example>", "\"Doe, Jane\" <b@x.example>"),
            (
                r#""Jane \"J\" Doe" <b@x.example>"#,
                r#""Jane \"J\" Doe" <b@x.example>"#,
            ),
            (
                "José García <b@x.example>",
                "=?UTF-8?B?Sm9zw6kgR2FyY8OtYQ==?= <b@x.example>",
            ),
            (
                "O’Brien <b@x.example>",
                "=?UTF-8?B?T+KAmUJyaWVu?= <b@x.example>",
            ),
            ("Jane <b@bücher.example>", "Jane <b@xn--bcher-kva.example>"),
        ] {
            assert_eq!(header(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_long_name_is_several_words_of_whole_characters() {
        let name = "村".repeat(40);
        let header = header(&format!("{name} <b@x.example>")).unwrap();
        let (words, _) = header.rsplit_once(' ').unwrap();
        let mut decoded = String::new();
        for word in words.split(' ') {
            assert!(word.len() <= 75, "{word}");
            let text = word.strip_prefix("=?UTF-8?B?").unwrap();
            let text = STANDARD.decode(text.strip_suffix("?=").unwrap()).unwrap();
            decoded.push_str(std::str::from_utf8(&text).unwrap());
        }
        assert_eq!(decoded, name);
    }

    #[test]
    fn what_is_no_mailbox_is_refused() {
        for text in [
            "",
            "Jane",
            "Jane <books>",
            "Jane <books@example.com",
            "Jane\r\nBcc: all@example.com <books@example.com>",
            &format!("{} <books@example.com>", "a".repeat(320)),
        ] {
            assert_eq!(Mailbox::parse(text), None, "{text:?}");
        }
    }
}
