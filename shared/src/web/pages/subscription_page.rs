//! The page about a buyer's mail on new editions.

use askama::Template;

use crate::{
    domain::{accent::Accent, language::Language},
    web::contact::ShopContact,
    words::Words,
};

/// Says whether a buyer gets mail about new editions, and has the button that changes it.
#[derive(Clone, Debug, Template)]
#[template(path = "web/pages/subscription_page.html")]
pub struct SubscriptionPage<'a> {
    /// The book's name.
    pub book: &'a str,
    /// The language that the book is written in, if the catalogue says.
    pub language: Option<&'a Language>,
    /// The book's accent colour, if the catalogue says one.
    pub accent: Option<Accent>,
    /// Whether the buyer gets such mail now.
    pub wants_mail: bool,
    /// The reference of the purchase.
    pub reference: &'a str,
    /// The private link of the purchase.
    pub private_link: &'a str,
    /// Shown at the foot.
    pub contact: &'a ShopContact,
    /// Its words.
    pub words: Words,
}

impl SubscriptionPage<'_> {
    fn support_link(&self) -> String {
        let (book, reference) = (self.book, self.reference);
        self.contact.mailto(&format!("{book} ({reference})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::tests::{
        HOSTILE, accent, assert_escaped, assert_strict, contact, without_style,
    };

    #[test]
    fn it_looks_as_it_did_and_is_strict() {
        for (name, wants_mail) in [("wanted", true), ("unwanted", false), ("yellow", true)] {
            let page = SubscriptionPage {
                book: HOSTILE,
                language: None,
                accent: (name == "yellow").then(accent),
                wants_mail,
                reference: "3f2a91c0",
                private_link: "https://shop.example.com/3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10",
                contact: &contact(),
                words: Words::En,
            };
            let html = page.to_string();
            assert_strict(name, &html);
            assert_escaped(&html);
            insta::assert_snapshot!(name, without_style(&html));
        }
    }
}
