//! The shop's addresses.

use std::fmt;

use url::Url;

use crate::domain::{purchase_id::PurchaseId, stripe_ids::SessionId};

/// Where the shop answers, without a slash at the end: `https://abc.execute-api.….amazonaws.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopUrl(String);

impl ShopUrl {
    /// Reads an `http` or `https` address without query or fragment.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let plain = url.query().is_none() && url.fragment().is_none() && url.has_host();
        (plain && matches!(url.scheme(), "http" | "https"))
            .then(|| Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    /// What stands in for an address that is missing, until its absence is reported.
    pub(crate) fn nowhere() -> Self {
        Self(String::new())
    }

    /// The private link of a purchase: whoever has it has the book.
    #[must_use]
    pub fn private_link(&self, id: &PurchaseId) -> String {
        format!("{self}/{}", id.secret())
    }

    /// Where the buyer of a purchase says that they want no mail about new editions, or do.
    #[must_use]
    pub fn unsubscribe_link(&self, id: &PurchaseId) -> String {
        format!("{}/unsubscribe", self.private_link(id))
    }

    /// The page for those who lost their link.
    #[must_use]
    pub fn lost_link_page(&self) -> String {
        format!("{self}/resend")
    }

    /// Where Stripe sends the buyer's browser afterwards. Stripe itself puts the session's id in
    /// (<https://docs.stripe.com/payments/checkout/custom-success-page>).
    #[must_use]
    pub fn return_address(&self) -> String {
        format!("{self}/paid/{{CHECKOUT_SESSION_ID}}")
    }

    /// The same for one session: where a page sends its buyer if Stripe leaves that to it.
    #[must_use]
    pub fn return_address_of(&self, session: &SessionId) -> String {
        format!("{self}/paid/{}", session.secret())
    }
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
}
