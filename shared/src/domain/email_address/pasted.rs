//! Reads an address as a person pastes it.

use super::EmailAddress;

impl EmailAddress {
    /// Reads an address as a person pastes it: bare, behind a name and in `<…>`, as a link, with the mark
    /// that ends a sentence, or between quotes or invisible characters. Text with two different addresses
    /// is ambiguous, and malformed. So is what no mail server takes, which Stripe may have stored
    /// nevertheless: a domain that is no host name, or marks of a text inside.
    #[must_use]
    pub fn parse_pasted(text: &str) -> Option<Self> {
        let (name, behind_name) = text.rsplit_once('<').unwrap_or(("", text));
        let (inside, behind) = behind_name.split_once('>').unwrap_or((behind_name, ""));
        let address = Self::parse(bare(without_mailto(bare(inside))))?;
        // Mail programs put the address in place of a name that they do not know.
        let is_name = |text: &str| {
            let text = text.trim_matches(|c| c == '\'' || is_around(c));
            !text.contains('@') || Self::parse(text).as_ref() == Some(&address)
        };
        (is_name(name) && is_name(behind) && address.is_deliverable()).then_some(address)
    }

    /// Whether a mail server can take it: the lengths are those of [RFC
    /// 5321](https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1), and the domain is a host name
    /// ([RFC 1123](https://www.rfc-editor.org/rfc/rfc1123#section-2.1)).
    fn is_deliverable(&self) -> bool {
        let (local_part, domain) = self.normal.split_once('@').unwrap_or_default();
        let (typed_local_part, typed_domain) = self.typed.split_once('@').unwrap_or_default();
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        let is_top_label = |label: &str| label.contains(|c: char| c.is_ascii_alphabetic());
        local_part.len() <= 64
            && domain.len() <= 253
            && domain.split('.').all(is_label)
            && domain.rsplit('.').next().is_some_and(is_top_label)
            && !typed_local_part.contains(|c| is_mark(c) || is_invisible(c))
            && !typed_domain.contains(|c| is_mark(c) || (is_invisible(c) && !JOINERS.contains(&c)))
    }
}

/// The characters without a width that a domain can contain, in Persian for example. The normal form of
/// a domain that has them elsewhere is not ASCII.
const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// Returns the text without what stands around an address. An apostrophe can begin a local part, and so
/// can a mark of Markdown. These are dropped if there is one at the end too, where no domain has any.
fn bare(text: &str) -> &str {
    let text = text.trim_start_matches(is_around);
    let is_behind = |c: char| is_around(c) || (c.is_ascii_punctuation() && c != '@');
    let bare = text.trim_end_matches(is_behind);
    let behind = text.strip_prefix(bare).unwrap_or_default();
    bare.trim_start_matches(|c| is_around(c) || ("'`*_~".contains(c) && behind.contains(c)))
}

/// Returns the address of a `mailto:` link, or the text unchanged if it is none.
fn without_mailto(text: &str) -> &str {
    const SCHEME: &str = "mailto:";
    match text.split_at_checked(SCHEME.len()) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case(SCHEME) => {
            rest.split('?').next().unwrap_or_default()
        }
        _ => text,
    }
}

/// Whether a character can stand before an address and begin none.
fn is_around(c: char) -> bool {
    c.is_whitespace()
        || is_invisible(c)
        || is_mark(c)
        || "\"()<>[],:;。．，：；！？（）＜＞".contains(c)
}

/// Whether a character is a mark of a text that no address contains: typographic quotes, dashes, an
/// ellipsis, or the brackets of Chinese and Japanese.
fn is_mark(c: char) -> bool {
    matches!(
        c,
        '¡' | '¿' | '«' | '»' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '、'
            | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}'
    )
}

/// Whether a character shows nothing: it directs or joins the text, chooses a form of the letter before
/// it, or stands for a picture.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffc}' | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_however_it_was_pasted() {
        for text in [
            "jane@example.com",
            "Jane Doe <jane@example.com>",
            "\"Doe, Jane\" <jane@example.com>,",
            "<jane@example.com>",
            "mailto:jane@example.com",
            "<MAILTO:jane@example.com?subject=Withdrawal>",
            "jane@example.com.",
            " “jane@example.com”; ",
            "jane@example.com <jane@example.com>",
            "\"'jane@example.com'\" <Jane@Example.com>",
            "Jane Doe (work) <jane@example.com>",
        ] {
            assert_eq!(read(text).as_deref(), Some("jane@example.com"), "{text}");
        }
        for text in [
            "",
            "<>",
            "jane",
            "Jane Doe jane@example.com",
            "a@b.example, c@d.example",
            "Jane <a@b.example>, Joe <c@d.example>",
            "a@b.example <c@d.example>",
            "Jane <a@b.example> c@d.example",
            "Jane <mailto:a@b.example,c@d.example>",
            "jane@example.com\0",
            "jane@example.com@",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    fn read(text: &str) -> Option<String> {
        let address = EmailAddress::parse_pasted(text)?;
        Some(address.as_typed().to_lowercase())
    }

    #[test]
    fn what_stands_around_an_address_is_no_part_of_it() {
        for text in [
            "“jane@example.com”",
            "„jane@example.com“",
            "«jane@example.com»",
            "‘jane@example.com’",
            "「jane@example.com」",
            "'jane@example.com'",
            "'“jane@example.com”'.",
            "`jane@example.com`",
            "**jane@example.com**",
            "_jane@example.com_",
            "(jane@example.com)",
            "'mailto:jane@example.com'",
            "jane@example.com!",
            "jane@example.com?",
            "jane@example.com…",
            "jane@example.com/",
            "jane@example.com'",
            "jane@example.com –",
            "jane@example.com。",
            "\u{202a}jane@example.com\u{202c}",
            "\u{200b}jane@example.com",
            "\u{feff}jane@example.com\u{ad}",
            "\u{fffc}<jane@example.com>\u{200e}",
            "<\u{2068}jane@example.com\u{2069}>",
        ] {
            assert_eq!(read(text).as_deref(), Some("jane@example.com"), "{text:?}");
        }
    }

    #[test]
    fn what_no_mail_server_takes_is_refused() {
        let long_label = format!("jane@{}.example", "a".repeat(64));
        let long_local_part = format!("{}@example.com", "a".repeat(65));
        for text in [
            "jane@exa_mple.com",
            "jane@exa”mple.com",
            "jane@exa'mple.com",
            "jane@example/com.example",
            "jane@exa！mple.com",
            "jane@-example.com",
            "jane@example-.com",
            "jane@127.0.0.1",
            "jane@example.1",
            "jane@exam\u{200b}ple.com",
            "jane@exam\u{200d}ple.com",
            "jane@exam\u{ad}ple.com",
            "ja\u{200b}ne@example.com",
            "jane\u{202c}@example.com",
            "“jane”@example.com",
            "o’hara@example.com",
            long_label.as_str(),
            long_local_part.as_str(),
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn the_marks_of_an_address_stay() {
        for text in [
            "o'hara@example.com",
            "'t.hooft@example.com",
            "abc.@ezweb.ne.jp",
            ".abc@ezweb.ne.jp",
            "taro..yamada@docomo.ne.jp",
            "!jane?@example.com",
            "/g=jane/@example.com",
            "_jane_@example.com",
            "{jane}@example.com",
            "anna@bücher.example",
            "anna@bu\u{308}cher.example",
            "anna@例子.广告",
            "anna@col·legi.example",
            "anna@نامه\u{200c}ای.example",
            "jürgen@example.com",
        ] {
            assert_eq!(read(text).as_deref(), Some(text), "{text:?}");
        }
        assert_eq!(
            read(".abc@ezweb.ne.jp.").as_deref(),
            Some(".abc@ezweb.ne.jp")
        );
    }
}
