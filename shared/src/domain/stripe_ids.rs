//! The ids that Stripe makes.

use std::fmt;

/// A Checkout Session's id: `cs_…`. Whoever has it can follow the return address to the private
/// link, so its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionId(String);

impl SessionId {
    /// Reads an id as it stands in the return address or a webhook.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_stripe_id(text, "cs_").then(|| Self(text.to_owned()))
    }

    /// The whole id, for Stripe alone.
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

/// A payment's id at Stripe: `pi_…`. It opens nothing, so it is what logs name a sale by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PaymentId(String);

impl PaymentId {
    /// Reads an id as Stripe or the database gives it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_stripe_id(text, "pi_").then(|| Self(text.to_owned()))
    }

    /// The id.
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

/// Stripe asks for room for 255 characters
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
    fn stripes_ids_are_plain_words_of_the_right_kind() {
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
