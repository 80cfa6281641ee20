//! The page on which anybody can declare a withdrawal.

use std::collections::BTreeMap;

use askama::Template;
use serde_json::{Value, json};

use crate::{web::contact::ShopContact, words::Words};

/// A form that asks for a private link or an address, and for a description of the purchase and a name,
/// which may be left out.
#[derive(Clone, Debug, Template)]
#[template(path = "web/pages/withdrawal_page.html")]
pub struct WithdrawalPage<'a> {
    /// Shown at the foot.
    pub contact: &'a ShopContact,
    /// The fields of a form that named neither a link nor an address; the page has them again.
    pub typed: Option<&'a BTreeMap<String, String>>,
    /// Its words.
    pub words: Words,
}

impl WithdrawalPage<'_> {
    /// Returns what it says to a program.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({"message": self.words.withdraw_for_programs()})
    }

    /// Returns what was typed into a field.
    fn typed(&self, field: &str) -> &str {
        let typed = self.typed.and_then(|typed| typed.get(field));
        typed.map_or("", String::as_str)
    }

    fn support_link(&self) -> String {
        self.contact.mailto(self.words.withdraw_title())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::tests::{assert_strict, contact, without_style};

    #[test]
    fn it_looks_as_it_did_and_is_strict() {
        for words in Words::ALL {
            let contact = contact();
            let page = WithdrawalPage {
                contact: &contact,
                typed: None,
                words,
            };
            let html = page.to_string();
            let name = format!("withdrawal_page_{}", words.tag());
            assert_strict(&name, &html);
            insta::assert_snapshot!(name, without_style(&html));
        }
    }

    #[test]
    fn what_was_typed_is_there_again_and_is_strict() {
        let typed = [
            ("buyer", "\"><script>alert(1)</script>"),
            ("purchase", "27,00 € am 26.11."),
            ("name", "Jane Doe"),
        ];
        let typed = typed
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .into();
        for words in Words::ALL {
            let contact = contact();
            let page = WithdrawalPage {
                contact: &contact,
                typed: Some(&typed),
                words,
            };
            let html = page.to_string();
            let name = format!("withdrawal_page_again_{}", words.tag());
            assert_strict(&name, &html);
            insta::assert_snapshot!(name, without_style(&html));
        }
    }
}
