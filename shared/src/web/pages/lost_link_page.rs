//! The page for those who lost their link.

use askama::Template;
use serde_json::{Value, json};

use crate::{web::contact::ShopContact, words::Words};

/// A form that asks for the mail address that was bought with.
#[derive(Clone, Debug, Template)]
#[template(path = "web/pages/lost_link_page.html")]
pub struct LostLinkPage<'a> {
    /// Shown at the foot.
    pub contact: &'a ShopContact,
    /// Its words.
    pub words: Words,
}

impl LostLinkPage<'_> {
    /// Returns what it says to a program.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({"message": self.words.lost_link_for_programs()})
    }

    fn support_link(&self) -> String {
        self.contact.mailto(self.words.lost_link_question())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::tests::{assert_strict, contact, without_style};

    #[test]
    fn it_looks_as_it_did_and_is_strict() {
        let contact = contact();
        let html = LostLinkPage {
            contact: &contact,
            words: Words::En,
        }
        .to_string();
        assert_strict("lost_link_page", &html);
        insta::assert_snapshot!("lost_link_page", without_style(&html));
    }
}
