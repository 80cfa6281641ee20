//! The ids of Stripe's objects.

use std::fmt;

/// A Checkout Session's id: `cs_…`. It is a secret, because `/paid/{session_id}` redirects to the
/// private link. Its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionId(String);

impl SessionId {
    /// Reads an id from the return URL or a webhook. `None` if it is malformed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_stripe_id(text, "cs_").then(|| Self(text.to_owned()))
    }

    /// The whole id, for requests to Stripe. Never for a log.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SessionId(…)")
    }
}

/// A payment's id at Stripe: `pi_…`. It gives access to nothing, so logs name a sale by it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PaymentId(String);

impl PaymentId {
    /// Reads an id from Stripe or the database. `None` if it is malformed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_stripe_id(text, "pi_").then(|| Self(text.to_owned()))
    }

    /// Returns the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PaymentId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// An invoice's id at Stripe: `in_…`. It gives access to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceId(String);

impl InvoiceId {
    /// Reads an id from Stripe or the database. `None` if it is malformed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_stripe_id(text, "in_").then(|| Self(text.to_owned()))
    }

    /// Returns the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A credit note's id at Stripe: `cn_…`. It gives access to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditNoteId(String);

impl CreditNoteId {
    /// Reads an id from Stripe or the database. `None` if it is malformed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_stripe_id(text, "cn_").then(|| Self(text.to_owned()))
    }

    /// Returns the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A refund's id at Stripe: `re_…`, or another prefix with some ways of paying.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RefundId(String);

impl RefundId {
    /// Reads an id from Stripe or the database. `None` if it is malformed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_stripe_id(text, "").then(|| Self(text.to_owned()))
    }

    /// Returns the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text is the prefix and 1 to 255 letters, digits and `_`. Stripe's ids have 255
/// characters at most
/// (<https://docs.stripe.com/upgrades#what-changes-does-stripe-consider-to-be-backward-compatible>).
pub(crate) fn is_stripe_id(text: &str, prefix: &str) -> bool {
    let Some(rest) = text.strip_prefix(prefix) else {
        return false;
    };
    (1..=255).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stripes_ids_have_the_right_prefix_and_plain_characters() {
        assert!(SessionId::parse("cs_test_a1B2").is_some());
        assert!(PaymentId::parse("pi_3O").is_some());
        let long = format!("cs_{}", "a".repeat(256));
        for text in [
            "",
            "cs_",
            "pi_1",
            "cs_../x",
            "cs_1?expand",
            "cs_1%2F",
            "cs_ä",
            &long,
        ] {
            assert!(SessionId::parse(text).is_none(), "{text:?}");
        }
    }
}
