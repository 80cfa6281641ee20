//! The page that says one thing, and what to do next.

use askama::Template;

use super::web_address;
use crate::web::contact::ShopContact;

/// What a notice says.
#[derive(Clone, Debug)]
pub struct Notice {
    title: &'static str,
    paragraphs: Vec<String>,
    button: Option<Action>,
    link: Option<Action>,
    reference: Option<String>,
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
    /// To this page with another query.
    LookAgain(String),
}

impl Action {
    fn label(&self) -> &'static str {
        match self {
            Self::LostLink => "Lost your link?",
            Self::BookPage => "Go to the book page",
            Self::Payment(_) => "Go on to payment",
            Self::LookAgain(_) => "Look again",
        }
    }
}

impl Notice {
    /// What happened, in a few words.
    pub(in crate::web) fn new(title: &'static str) -> Self {
        Self {
            title,
            paragraphs: vec![],
            button: None,
            link: None,
            reference: None,
            refresh: None,
        }
    }

    /// Adds what it means, or what to do next.
    pub(in crate::web) fn paragraph(mut self, text: &str) -> Self {
        self.paragraphs.push(text.to_owned());
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

    /// Adds what finds this event in the log, for the buyer to quote.
    pub(in crate::web) fn reference(mut self, reference: &str) -> Self {
        self.reference = Some(reference.to_owned());
        self
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
            message.push_str(" Reference: ");
            message.push_str(reference);
        }
        message
    }
}

/// A notice as an HTML document.
#[derive(Clone, Debug, Template)]
#[template(path = "web/pages/notice.html")]
pub(in crate::web) struct NoticePage<'a> {
    /// What it says.
    pub(in crate::web) notice: &'a Notice,
    /// Shown at the foot.
    pub(in crate::web) contact: &'a ShopContact,
    /// The shop's page for those who lost their link, where the shop knows its own address.
    pub(in crate::web) lost_link_url: Option<&'a str>,
}

impl NoticePage<'_> {
    /// Where an action leads, or `None` where that is unknown or not on the web.
    fn url<'a>(&'a self, action: &'a Action) -> Option<&'a str> {
        web_address(match action {
            Action::LostLink => self.lost_link_url?,
            Action::BookPage => &self.contact.book_page_url,
            Action::Payment(url) => url,
            Action::LookAgain(query) => return Some(query),
        })
    }

    fn support_link(&self) -> String {
        let title = self.notice.title;
        match &self.notice.reference {
            Some(reference) => self.contact.mailto(&format!("{title} ({reference})")),
            None => self.contact.mailto(title),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::pages::tests::{HOSTILE, assert_escaped, contact};

    fn html(notice: &Notice, contact: &ShopContact) -> String {
        let page = NoticePage {
            notice,
            contact,
            lost_link_url: None,
        };
        page.to_string()
    }

    #[test]
    fn what_came_from_outside_is_escaped() {
        let url = format!("https://example.com/\"><b>{HOSTILE}");
        let notice = Notice::new(HOSTILE)
            .paragraph(HOSTILE)
            .button(Action::Payment(url))
            .reference(HOSTILE);
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
            let notice = Notice::new("Go")
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
