//! The page that says one thing, and what to do next.

use std::borrow::Cow;

use askama::Template;

use super::web_address;
use crate::{
    domain::{accent::Accent, invoice::Documents},
    web::contact::ShopContact,
    words::Words,
};

/// The purchase that a notice is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AboutPurchase {
    /// The name of the book, or of the first of several, if the catalogue has it.
    pub book: Option<String>,
    /// The names of the other books of the payment, where the notice is about all of it.
    pub others: Vec<String>,
    /// The reference of the purchase, by which the author finds it.
    pub reference: String,
    /// The invoice and the credit notes, as far as Stripe serves them.
    pub documents: Box<Documents>,
}

/// What a notice says.
#[derive(Clone, Debug)]
pub struct Notice {
    words: Words,
    title: Cow<'static, str>,
    book: Option<String>,
    others: Vec<String>,
    paragraphs: Vec<Cow<'static, str>>,
    button: Option<Action>,
    link: Option<Action>,
    reference: Option<String>,
    documents: Documents,
    refresh: Option<(u32, String)>,
}

/// Where a button or a link of a notice leads.
#[derive(Clone, Debug)]
pub enum Action {
    /// To the shop's page for those who lost their link.
    LostLink,
    /// To the author's page that sells the books.
    BookPage,
    /// To this page of Stripe's, to pay.
    Payment(String),
    /// To this private page.
    PrivatePage(String),
    /// To this page, which gives the money back by the author's own terms.
    Refund(String),
    /// To this page with another query.
    LookAgain(String),
}

impl Action {
    fn label(&self, words: Words) -> &'static str {
        match self {
            Self::LostLink => words.action_lost_link(),
            Self::BookPage => words.action_book_page(),
            Self::Payment(_) => words.action_payment(),
            Self::PrivatePage(_) => words.subscription_private_page(),
            Self::Refund(_) => words.refund_link(),
            Self::LookAgain(_) => words.action_look_again(),
        }
    }
}

impl Notice {
    /// What happened, in a few of these words.
    pub(in crate::web) fn new(words: Words, title: impl Into<Cow<'static, str>>) -> Self {
        Self {
            words,
            title: title.into(),
            book: None,
            others: vec![],
            paragraphs: vec![],
            button: None,
            link: None,
            reference: None,
            documents: Documents::default(),
            refresh: None,
        }
    }

    /// Adds what it means, or what to do next.
    pub(in crate::web) fn paragraph(mut self, text: impl Into<Cow<'static, str>>) -> Self {
        self.paragraphs.push(text.into());
        self
    }

    /// Adds the one thing to do from here.
    pub(in crate::web) fn button(mut self, action: Action) -> Self {
        self.button = Some(action);
        self
    }

    /// Adds what some readers will rather do, below the button.
    pub(in crate::web) fn link(mut self, action: Action) -> Self {
        self.link = Some(action);
        self
    }

    /// Adds what finds this event or purchase, for the buyer to quote.
    pub(in crate::web) fn reference(mut self, reference: &str) -> Self {
        self.reference = Some(reference.to_owned());
        self
    }

    /// Names the books of a purchase, its documents, and its reference for the buyer to quote.
    pub(in crate::web) fn about(self, about: &AboutPurchase) -> Self {
        Self {
            book: about.book.clone(),
            others: about.others.clone(),
            documents: Documents::clone(&about.documents),
            ..self.reference(&about.reference)
        }
    }

    /// Makes the page load itself again after so many seconds, with this query.
    pub(in crate::web) fn refresh(mut self, seconds: u32, query: String) -> Self {
        self.refresh = Some((seconds, query));
        self
    }

    /// The paragraphs as plain text, for answers in JSON.
    #[must_use]
    pub fn message(&self) -> String {
        let mut message = self.paragraphs.join(" ");
        if let Some(reference) = &self.reference {
            message.push(' ');
            message.push_str(&self.words.reference(reference));
        }
        message
    }
}

/// A notice as an HTML document.
#[derive(Clone, Debug, Template)]
#[template(path = "web/pages/notice.html")]
pub(in crate::web) struct NoticePage<'a> {
    /// What it says.
    notice: &'a Notice,
    /// The documents of the purchase that it is about.
    documents: &'a Documents,
    /// The accent colour of the book that it is about, if that is known and has one.
    accent: Option<Accent>,
    /// Shown at the foot.
    contact: &'a ShopContact,
    /// The shop's page for those who lost their link, where the shop knows its own address.
    lost_link_url: Option<&'a str>,
    words: Words,
}

impl<'a> NoticePage<'a> {
    pub(in crate::web) fn new(
        notice: &'a Notice,
        accent: Option<Accent>,
        contact: &'a ShopContact,
        lost_link_url: Option<&'a str>,
    ) -> Self {
        Self {
            notice,
            documents: &notice.documents,
            accent,
            contact,
            lost_link_url,
            words: notice.words,
        }
    }

    /// Where an action leads, or `None` where that is unknown or not on the web.
    fn url<'b>(&'b self, action: &'b Action) -> Option<&'b str> {
        web_address(match action {
            Action::LostLink => self.lost_link_url?,
            Action::BookPage => &self.contact.book_page_url,
            Action::Payment(url) | Action::PrivatePage(url) | Action::Refund(url) => url,
            Action::LookAgain(query) => return Some(query),
        })
    }

    fn support_link(&self) -> String {
        let title = &self.notice.title;
        let subject = self.notice.book.as_deref().unwrap_or(title);
        match &self.notice.reference {
            Some(reference) => self.contact.mailto(&format!("{subject} ({reference})")),
            None => self.contact.mailto(subject),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::tests::{HOSTILE, assert_escaped, contact};

    fn html(notice: &Notice, contact: &ShopContact) -> String {
        NoticePage::new(notice, None, contact, None).to_string()
    }

    #[test]
    fn what_came_from_outside_is_escaped() {
        let url = format!("https://example.com/\"><b>{HOSTILE}");
        let notice = Notice::new(Words::En, HOSTILE)
            .paragraph(HOSTILE)
            .button(Action::Payment(url))
            .about(&AboutPurchase {
                book: Some(HOSTILE.to_owned()),
                others: vec![HOSTILE.to_owned()],
                reference: HOSTILE.to_owned(),
                documents: Box::default(),
            });
        assert_escaped(&html(&notice, &contact()));
    }

    #[test]
    fn only_a_web_address_becomes_a_link() {
        for url in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "//example.com",
            "",
        ] {
            let notice = Notice::new(Words::En, "Go")
                .button(Action::Payment(url.to_owned()))
                .link(Action::LostLink);
            let contact = ShopContact {
                book_page_url: url.to_owned(),
                ..contact()
            };
            let html = html(&notice, &contact);
            assert!(!html.contains("class=\"button\""), "{url}");
            assert!(!html.contains("Lost your link?"), "{url}");
            assert!(!html.contains("Back to the book page"), "{url}");
        }
    }
}
