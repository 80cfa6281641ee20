//! The address of a document that Stripe made of a payment.

use std::fmt;

/// The longest address that is kept, in characters. Stripe's have about 150.
const LONGEST: usize = 2000;

/// The address of Stripe's own receipt of a payment
/// (<https://docs.stripe.com/api/charges/object#charge_object-receipt_url>), of its invoice, or of the
/// credit note of a refund. Whoever has it sees the payment, so its `Debug` does not show it, and no
/// log has it.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceiptUrl(String);

impl ReceiptUrl {
    /// Reads an address from Stripe or the database. `None` if it is no address of a web page, or has
    /// a character that an address never has unescaped.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_web = text.starts_with("https://") || text.starts_with("http://");
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&()*+,;=%".contains(c);
        (is_web && text.len() <= LONGEST && text.chars().all(is_plain))
            .then(|| Self(text.to_owned()))
    }

    /// Whether a browser that follows the address asks Stripe, over HTTPS.
    #[must_use]
    pub fn is_of_stripe(&self) -> bool {
        let Some(rest) = self.0.strip_prefix("https://") else {
            return false;
        };
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        host.ends_with(".stripe.com") && !host.contains(['@', ':'])
    }

    /// Returns the address, for the buyer. Never for a log.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ReceiptUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ReceiptUrl(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_is_on_stripes_pages() {
        let is = |text: &str| ReceiptUrl::parse(text).is_some_and(|url| url.is_of_stripe());
        assert!(is(
            "https://pay.stripe.com/receipts/payment/CAcaFwoVYWNjdF8x-_?s=ap"
        ));
        assert!(is("https://invoice.stripe.com/i/acct_1/live_1"));
        for other in [
            "",
            "pay.stripe.com/receipts/1",
            "http://pay.stripe.com/receipts/1",
            "https://stripe.com.example/receipts/1",
            "https://evilstripe.com/receipts/1",
            "https://example.com/.stripe.com",
            "https://example.com?.stripe.com",
            "https://example.com#.stripe.com",
            "https://example.com\\.stripe.com",
            "https://pay.stripe.com@example.com/",
            "https://a@pay.stripe.com/",
            "https://pay.stripe.com:8443/",
            "https://pay.stripe.com/\"onclick=",
            "https://pay.stripe.com/a b",
            "javascript:alert(1)//.stripe.com",
        ] {
            assert!(!is(other), "{other}");
        }
        let long = format!("https://pay.stripe.com/{}", "a".repeat(LONGEST));
        assert_eq!(ReceiptUrl::parse(&long), None);
    }

    #[test]
    fn debug_does_not_show_it() {
        let url = ReceiptUrl::parse("https://pay.stripe.com/receipts/1").unwrap();
        assert_eq!(format!("{url:?}"), "ReceiptUrl(…)");
    }
}
