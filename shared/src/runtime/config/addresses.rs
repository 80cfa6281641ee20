//! The addresses of the shop, its page and its mail.

use url::Url;

use super::{BOOK_PAGE_URL, Environment, SHOP_URL, Variable};
use crate::domain::{link::ShopUrl, mailbox::Mailbox};

impl Environment {
    /// Returns a sender, with or without a name, as the header of a mail has it. A malformed sender
    /// must not reach SES, whose error would look like one about the buyer's address.
    pub(crate) fn required_sender(&self, variable: Variable) -> String {
        self.required_mailbox(
            variable,
            "is neither books@example.com nor Jane Doe <books@example.com>",
            |_| true,
        )
    }

    /// Returns an address without a name, as the header of a mail has it.
    pub(crate) fn required_address(&self, variable: Variable) -> String {
        let expected = "is no address such as support@example.com";
        self.required_mailbox(variable, expected, |mailbox| !mailbox.has_name())
    }

    fn required_mailbox(
        &self,
        variable: Variable,
        problem: &str,
        is_right: impl FnOnce(&Mailbox) -> bool,
    ) -> String {
        let text = self.required(variable);
        if text.is_empty() {
            return text;
        }
        let Some(mailbox) = Mailbox::parse(&text).filter(is_right) else {
            self.problem(variable, problem);
            return text;
        };
        mailbox.header()
    }

    /// Returns [`BOOK_PAGE_URL`] as browsers write it: with the host in lower case, and without the
    /// scheme's usual port.
    pub fn book_page_url(&self) -> String {
        let text = self.required(BOOK_PAGE_URL);
        let url = Url::parse(&text).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
        if url.is_none() && !text.is_empty() {
            self.problem(BOOK_PAGE_URL, "is not an http or https address");
        }
        url.map_or(text, String::from)
    }

    /// Returns [`SHOP_URL`], for a function that can take it from its request instead.
    pub fn shop_url(&self) -> Option<ShopUrl> {
        let text = self.optional(SHOP_URL)?;
        let url = ShopUrl::parse(&text);
        if url.is_none() {
            self.problem(SHOP_URL, "is not an http or https address");
        }
        url
    }

    /// Returns [`SHOP_URL`], for a function that has no API in front of it.
    pub fn required_shop_url(&self) -> ShopUrl {
        self.required(SHOP_URL);
        self.shop_url().unwrap_or_else(ShopUrl::placeholder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::config::{MAIL_FROM, SUPPORT_EMAIL, tests::environment};

    #[test]
    fn the_book_page_is_read_as_browsers_write_it() {
        for (text, expected) in [
            ("https://Books.Example:443/All", "https://books.example/All"),
            (
                "https://books.example:8443/a?b",
                "https://books.example:8443/a?b",
            ),
        ] {
            let environment = Environment::new(move |_| Some(text.to_owned()));
            assert_eq!(environment.book_page_url(), expected);
            assert_eq!(environment.complete(), Ok(()));
        }
        for text in ["books.example", "ftp://books.example"] {
            let environment = Environment::new(move |_| Some(text.to_owned()));
            environment.book_page_url();
            let message = environment.complete().unwrap_err().to_string();
            assert!(
                message.contains("BOOK_PAGE_URL is not an http"),
                "{message}"
            );
        }
    }

    #[test]
    fn what_is_there_is_read() {
        let environment = environment(&[
            ("SHOP_URL", "https://shop.example/"),
            ("SUPPORT_EMAIL", "hilfe@bücher.example"),
            ("MAIL_FROM", "J. R. R. Tolkien <books@example.com>"),
        ]);
        assert_eq!(
            environment.required_address(SUPPORT_EMAIL),
            "hilfe@xn--bcher-kva.example"
        );
        assert_eq!(
            environment.required_sender(MAIL_FROM),
            "\"J. R. R. Tolkien\" <books@example.com>"
        );
        assert_eq!(
            environment.required_shop_url().to_string(),
            "https://shop.example"
        );
        assert_eq!(environment.complete(), Ok(()));
    }
}
