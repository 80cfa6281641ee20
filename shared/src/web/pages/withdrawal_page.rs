//! The page on which anybody can declare a withdrawal.

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
    /// Its words.
    pub words: Words,
}

impl WithdrawalPage<'_> {
    /// Returns what it says to a program.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({"message": self.words.withdraw_for_programs()})
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
                words,
            };
            let html = page.to_string();
            let name = format!("withdrawal_page_{}", words.tag());
            assert_strict(&name, &html);
            insta::assert_snapshot!(name, without_style(&html));
        }
    }
}
