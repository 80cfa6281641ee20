//! How a buyer reaches the author.

use crate::{
    domain::mailto::mailto,
    runtime::config::{self, Environment},
};

/// How a buyer reaches the author: shown at the foot of every page.
#[derive(Clone, Debug)]
pub struct ShopContact {
    /// The author's page that sells the books.
    pub book_page_url: String,
    /// The address that buyers write to.
    pub support_email: String,
}

impl ShopContact {
    /// Reads [`config::BOOK_PAGE_URL`] and [`config::SUPPORT_EMAIL`].
    pub fn read(environment: &Environment) -> Self {
        Self {
            book_page_url: environment.book_page_url(),
            support_email: environment.required(config::SUPPORT_EMAIL),
        }
    }

    /// A `mailto:` link that begins a mail to the author with this subject.
    pub(super) fn mailto(&self, subject: &str) -> String {
        mailto(&self.support_email, subject)
    }
}
