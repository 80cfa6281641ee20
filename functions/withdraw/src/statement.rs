//! What a buyer typed beside their press.

use std::collections::BTreeMap;

/// The longest description of a purchase, in characters.
const LONGEST_DESCRIPTION: usize = 200;
/// The longest name, in characters.
const LONGEST_NAME: usize = 100;
/// The longest reason for a refund, in characters.
const LONGEST_REASON: usize = 500;

/// What stands in the acknowledgement of a withdrawal. It is kept with the purchase, until the buyer's
/// data is erased, and never logged.
#[derive(Clone, Default)]
pub(crate) struct Statement {
    pub(crate) name: Option<String>,
    pub(crate) described: Option<String>,
}

impl Statement {
    pub(crate) fn read(form: &BTreeMap<String, String>) -> Self {
        let field = |name: &str, longest| {
            let text = form.get(name)?;
            Some(one_line(text, longest)).filter(|text| !text.is_empty())
        };
        Self {
            name: field("name", LONGEST_NAME),
            described: field("purchase", LONGEST_DESCRIPTION),
        }
    }
}

/// Reads the reason for a refund. The author alone reads it.
pub(crate) fn reason(form: &BTreeMap<String, String>) -> Option<String> {
    let text: String = form
        .get("reason")?
        .trim()
        .chars()
        .take(LONGEST_REASON)
        .collect();
    let text = text.replace(|c: char| c.is_control() && c != '\n', "");
    Some(text).filter(|text| !text.is_empty())
}

/// Returns a text as it was typed, in one line and without control characters. The buyer declares with it
/// what they withdraw from, so nothing else is taken away.
fn one_line(text: &str, longest: usize) -> String {
    let spaced = |c: char| if c.is_control() { ' ' } else { c };
    let text: String = text.chars().take(longest).map(spaced).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(name: &str, text: &str) -> BTreeMap<String, String> {
        [(name.to_owned(), text.to_owned())].into()
    }

    #[test]
    fn a_description_is_one_line_and_otherwise_as_it_was_typed() {
        for as_typed in [
            "the Python book, 3. May (3f2a91c0)",
            "27,00 € am 26.11.",
            "26/11/2026 at 20:41",
            "pi_3Abc",
            "a + b # \"c\" : d; e",
            "Zoë O’Hara",
            "https://evil.example/x",
            "<b>b</b>",
        ] {
            let statement = Statement::read(&form("purchase", as_typed));
            assert_eq!(statement.described.as_deref(), Some(as_typed));
        }
        for (typed, kept) in [
            ("a\r\nBcc: eve", "a Bcc: eve"),
            (" a\t\u{0}\u{7f}\u{85}\u{2028}b ", "a b"),
        ] {
            let statement = Statement::read(&form("purchase", typed));
            assert_eq!(statement.described.as_deref(), Some(kept), "{typed}");
        }
        assert!(Statement::read(&form("name", " \u{0}\n")).name.is_none());
        let long = Statement::read(&form("name", &"a".repeat(101)));
        assert_eq!(long.name.unwrap().len(), 100);
    }

    #[test]
    fn a_reason_keeps_its_lines_and_ends_after_five_hundred_characters() {
        assert_eq!(reason(&form("reason", " a\r\nb ")).unwrap(), "a\nb");
        assert_eq!(reason(&form("reason", "  ")), None);
        let long = reason(&form("reason", &"ü".repeat(501))).unwrap();
        assert_eq!(long.chars().count(), 500);
    }
}
