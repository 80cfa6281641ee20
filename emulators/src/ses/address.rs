//! Reads mail addresses as SES does.

/// Returns the bare address: `ada@books.example` from `Ada Winters <ada@books.example>`. The error
/// is SES's message.
pub(super) fn mailbox_of(address: &str) -> Result<&str, String> {
    let address = address.trim();
    if address.is_empty() {
        return Err("Empty address".to_owned());
    }
    let mailbox = match address.rsplit_once('<') {
        None => address,
        Some((name, rest)) => {
            must_be_name(name.trim())?;
            rest.strip_suffix('>')
                .ok_or_else(|| format!("Missing '>' in address: {address}"))?
        }
    };
    let Some((local, domain)) = mailbox.rsplit_once('@') else {
        return Err("Missing final '@domain'".to_owned());
    };
    let is_atom = |text: &str| {
        !text.is_empty()
            && text.chars().all(|character| {
                character.is_ascii_graphic() && !r#"@,;:<>()[]\""#.contains(character)
            })
    };
    if local.is_empty() {
        return Err("Missing local part".to_owned());
    }
    let quoted = local
        .strip_prefix('"')
        .and_then(|local| local.strip_suffix('"'));
    if quoted.is_none() {
        for (is_wrong, message) in [
            (local.starts_with('.'), "Local address starts with dot"),
            (local.ends_with('.'), "Local address ends with dot"),
            (local.contains(".."), "Local address contains dot-dot"),
        ] {
            if is_wrong {
                return Err(message.to_owned());
            }
        }
    }
    if !is_atom(quoted.unwrap_or(local)) || local.len() > 64 {
        return Err("Local address contains control or whitespace".to_owned());
    }
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || character == '-')
    };
    if domain.len() > 253 || !domain.split('.').all(is_label) {
        return Err("Domain contains illegal character".to_owned());
    }
    Ok(mailbox)
}

/// A name is of ASCII: words, or a text in quotes (RFC 5322), or encoded words (RFC 2047).
fn must_be_name(name: &str) -> Result<(), String> {
    let is_quoted = name.len() > 1 && name.starts_with('"') && name.ends_with('"');
    if !name.is_ascii() {
        return Err("Header contains non-ASCII characters".to_owned());
    }
    if !is_quoted && name.contains(|c: char| r#"@,;:<>()[].\""#.contains(c)) {
        return Err("Illegal character in the display name".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::mailbox_of;

    #[test]
    fn takes_addresses_with_and_without_a_name() {
        for address in [
            "ada@books.example",
            "Ada Winters <ada@books.example>",
            "\"Winters, Ada\" <ada@books.example>",
            "<ada@books.example>",
            "=?UTF-8?B?Sm9zw6k=?= <ada@books.example>",
        ] {
            assert_eq!(mailbox_of(address).as_deref(), Ok("ada@books.example"));
        }
        assert!(mailbox_of("o'hara+books@mail.books.example").is_ok());
        assert!(mailbox_of("success@localhost").is_ok());
        assert!(mailbox_of("\"taro..yamada\"@docomo.ne.jp").is_ok());
    }

    #[test]
    fn refuses_what_is_no_address() {
        for address in [
            "",
            " ",
            "ada",
            "@books.example",
            "ada@",
            "ada@books..example",
            "ada@-books.example",
            "ada winters@books.example",
            "ada@books.example\r\nBcc: all@books.example",
            "Ada <ada@books.example",
            "José <ada@books.example>",
            "Winters, Ada <ada@books.example>",
            "A. Winters <ada@books.example>",
            "ada@one.example,ben@two.example",
            "zoë@books.example",
            "taro..yamada@docomo.ne.jp",
            "abc.@ezweb.ne.jp",
            ".abc@ezweb.ne.jp",
        ] {
            assert!(mailbox_of(address).is_err(), "{address:?}");
        }
    }
}
