//! Who sells: the author, or Stripe in the author's place.

/// The merchant of record of a sale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Seller {
    /// The author.
    #[default]
    Author,
    /// Stripe's Link, which sells for the author, and answers for the tax, disputes and fraud
    /// (Managed Payments, <https://docs.stripe.com/payments/managed-payments/how-it-works>).
    Stripe,
}

impl Seller {
    /// Reads the value of the parameter `Seller`: `me` or `stripe`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Author, Self::Stripe]
            .into_iter()
            .find(|seller| seller.as_str() == text)
    }

    /// Returns the value of the parameter `Seller`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Author => "me",
            Self::Stripe => "stripe",
        }
    }
}
