//! The addresses of the shop's pages.

use std::fmt;

use url::Url;

use crate::domain::{purchase_id::PurchaseId, stripe_ids::SessionId};

/// The field of the private link's query that names the checkout from which the buyer comes.
pub const PAID: &str = "paid";

/// The base address of the shop, without a slash at the end:
/// `https://abc.execute-api.….amazonaws.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopUrl(String);

impl ShopUrl {
    /// Reads an `http` or `https` address that has neither query nor fragment.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let plain = url.query().is_none() && url.fragment().is_none() && url.has_host();
        (plain && matches!(url.scheme(), "http" | "https"))
            .then(|| Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    /// Returns a placeholder for a missing address, which is used until the error is reported.
    pub(crate) fn placeholder() -> Self {
        Self(String::new())
    }

    /// Returns the private link of a purchase. It gives the book to anyone who has it.
    #[must_use]
    pub fn private_link(&self, id: &PurchaseId) -> String {
        format!("{self}/{}", id.secret())
    }

    /// Returns the private link for a buyer who comes from this checkout. The page thanks them, and lets
    /// them correct their address, which takes the session that later holders of the link do not have.
    #[must_use]
    pub fn link_after_payment(&self, id: &PurchaseId, session: &SessionId) -> String {
        let link = self.private_link(id);
        format!("{link}?{PAID}={}", session.secret())
    }

    /// Returns the address to which the buyer who comes from this checkout posts a corrected address.
    #[must_use]
    pub fn address_correction(&self, session: &SessionId) -> String {
        format!("{}/address", self.return_address_of(session))
    }

    /// Returns the page on which the buyer of a purchase turns mail about new editions off or on.
    #[must_use]
    pub fn unsubscribe_link(&self, id: &PurchaseId) -> String {
        format!("{}/unsubscribe", self.private_link(id))
    }

    /// Returns the address to which the buyer of a purchase posts their agreement.
    #[must_use]
    pub fn agreement(&self, id: &PurchaseId) -> String {
        format!("{}/agree", self.private_link(id))
    }

    /// Returns the page on which the holder of a private link withdraws from the contract.
    #[must_use]
    pub fn withdrawal_link(&self, id: &PurchaseId) -> String {
        format!("{}/withdraw", self.private_link(id))
    }

    /// Returns the page on which the holder of a private link has the money back.
    #[must_use]
    pub fn refund_link(&self, id: &PurchaseId) -> String {
        format!("{}/refund", self.private_link(id))
    }

    /// Returns the page on which anybody can declare a withdrawal.
    #[must_use]
    pub fn withdrawal_page(&self) -> String {
        format!("{self}/withdraw")
    }

    /// Returns the page for buyers who lost their link.
    #[must_use]
    pub fn lost_link_page(&self) -> String {
        format!("{self}/resend")
    }

    /// Returns the link that a mail program lengthened or capitalised, or `None` if the path is no
    /// link of a mail. `path` is decoded and begins with a slash.
    ///
    /// Any characters that are neither letters nor digits may follow: `/{id})`, `/{id}.`, `/{id}/`,
    /// `/RESEND>`.
    #[must_use]
    pub fn mended(&self, path: &str) -> Option<String> {
        let path = path.trim_start_matches('/').to_ascii_lowercase();
        if let Some(rest) = path.strip_prefix("resend") {
            return is_lengthening(rest).then(|| self.lost_link_page());
        }
        if let Some(rest) = path.strip_prefix("withdraw") {
            return is_lengthening(rest).then(|| self.withdrawal_page());
        }
        let (id, rest) = path.split_at_checked(PurchaseId::LENGTH)?;
        let id = PurchaseId::parse(id)?;
        let mut pages = ["/unsubscribe", "/withdraw", "/refund", ""].into_iter();
        pages.find_map(|page| {
            let rest = rest.strip_prefix(page)?;
            is_lengthening(rest).then(|| format!("{}{page}", self.private_link(&id)))
        })
    }

    /// Returns the address to which Stripe sends the buyer's browser after the payment. Stripe
    /// fills in the session's id (<https://docs.stripe.com/payments/checkout/custom-success-page>).
    #[must_use]
    pub fn return_address(&self) -> String {
        format!("{self}/paid/{{CHECKOUT_SESSION_ID}}")
    }

    /// Returns the address to which a page sends the buyer of one session, if Stripe does not
    /// redirect.
    #[must_use]
    pub fn return_address_of(&self, session: &SessionId) -> String {
        format!("{self}/paid/{}", session.secret())
    }
}

/// Whether a path is that of a form which corrects a buyer's address. A browser asks for it by `GET` if
/// the buyer reloads what it answered.
#[must_use]
pub fn is_address_correction(path: &str) -> bool {
    let session = path.strip_prefix("/paid/");
    let session = session.and_then(|rest| rest.strip_suffix("/address"));
    session.and_then(SessionId::parse).is_some()
}

/// Whether a mail program or a sentence could have put this text after a link.
fn is_lengthening(text: &str) -> bool {
    text.chars()
        .all(|c| !c.is_alphanumeric() && (!c.is_control() || c.is_whitespace()))
}

impl fmt::Display for ShopUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_loses_its_last_slash_and_keeps_its_stage() {
        let url = |text| ShopUrl::parse(text).map(|url| url.to_string());
        assert_eq!(
            url("https://shop.example.com/").as_deref(),
            Some("https://shop.example.com")
        );
        assert_eq!(
            url("http://127.0.0.1:3000/prod").as_deref(),
            Some("http://127.0.0.1:3000/prod")
        );
        for text in [
            "",
            "shop.example.com",
            "ftp://x.example",
            "https://x.example/?a",
            "javascript:alert(1)",
        ] {
            assert_eq!(url(text), None, "{text}");
        }
    }

    #[test]
    fn a_link_that_a_mail_program_changed_is_that_link() {
        const ID: &str = "3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10";
        let shop = ShopUrl::parse("https://shop.example/prod").unwrap();
        let link = format!("https://shop.example/prod/{ID}");
        for end in [
            "", "/", ".", ")", "\u{3e}", "> ", ".\r\n", "\u{201d}", "\u{a0}", "=", "//", "?!",
        ] {
            for id in [ID.to_owned(), ID.to_uppercase()] {
                let mended = shop.mended(&format!("/{id}{end}"));
                assert_eq!(mended.as_ref(), Some(&link), "{end:?}");
                let mended = shop.mended(&format!("/{id}/unsubscribe{end}"));
                assert_eq!(mended, Some(format!("{link}/unsubscribe")), "{end:?}");
                for page in ["withdraw", "refund"] {
                    let mended = shop.mended(&format!("/{id}/{page}{end}"));
                    assert_eq!(mended, Some(format!("{link}/{page}")), "{end:?}");
                }
            }
            let mended = shop.mended(&format!("/Resend{end}"));
            assert_eq!(mended, Some(shop.lost_link_page()), "{end:?}");
            let mended = shop.mended(&format!("/withdraw{end}"));
            assert_eq!(mended, Some(shop.withdrawal_page()), "{end:?}");
        }
        let longer = ["a", "0", "/a", ".html", "\0", "/unsubscribed", "\u{fc}"];
        for path in longer.map(|end| format!("/{ID}{end}")) {
            assert_eq!(shop.mended(&path), None, "{path}");
        }
        for path in [
            "",
            "/",
            "/resending",
            "/favicon.ico",
            "/paid/cs_1",
            &ID[1..],
            "/\u{fc}ber",
        ] {
            assert_eq!(shop.mended(path), None, "{path}");
        }
    }
}
