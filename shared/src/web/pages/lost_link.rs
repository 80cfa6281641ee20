//! The page of the shop for those who lost their link.

use askama::Template;

use crate::domain::wording::mailto;

/// Asks for the address that was bought with.
#[derive(Debug, Clone, Template)]
#[template(path = "web/pages/lost_link_page.html")]
pub struct LostLinkPage<'a> {
    /// Whom to write to.
    pub support_email: &'a str,
    /// The author's page about the book.
    pub book_page_url: &'a str,
}

impl LostLinkPage<'_> {
    /// The page as an HTML document.
    #[must_use]
    pub fn html(&self) -> String {
        self.to_string()
    }

    fn support_link(&self) -> String {
        mailto(self.support_email, "Lost link")
    }
}
