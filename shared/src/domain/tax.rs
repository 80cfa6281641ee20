//! What the tax in a price is worked out by, where Stripe works it out.

use std::fmt;

/// The kind of a product for the tax: one of Stripe's codes, `txcd_` and eight digits
/// (<https://docs.stripe.com/tax/tax-codes>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaxCode(u32);

impl TaxCode {
    /// An e-book that is downloaded and kept.
    pub const E_BOOK: Self = Self(10_302_000);

    /// Reads a code. Whether Stripe has it, only Stripe knows.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("txcd_")?;
        let is_number = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| digits.parse().ok().map(Self))?
    }
}

impl Default for TaxCode {
    fn default() -> Self {
        Self::E_BOOK
    }
}

impl fmt::Display for TaxCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "txcd_{:08}", self.0)
    }
}

/// Whether a price includes the tax
/// (<https://docs.stripe.com/tax/products-prices-tax-codes-tax-behavior#tax-behavior>).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TaxBehavior {
    /// The price includes it, so that the buyer pays the price.
    #[default]
    Inclusive,
    /// The checkout adds it to the price.
    Exclusive,
}

impl TaxBehavior {
    /// Reads Stripe's name of it: `inclusive` or `exclusive`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Inclusive, Self::Exclusive]
            .into_iter()
            .find(|behavior| behavior.as_str() == text)
    }

    /// Returns Stripe's name of it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inclusive => "inclusive",
            Self::Exclusive => "exclusive",
        }
    }
}

/// What the tax in the price of a product is worked out by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taxation {
    /// The kind of the product.
    pub code: TaxCode,
    /// Whether the price includes the tax.
    pub behavior: TaxBehavior,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tax_code_is_eight_digits() {
        for text in ["txcd_10302000", "txcd_00000001", "txcd_99999999"] {
            assert_eq!(TaxCode::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "txcd_",
            "10302000",
            "txcd_1030200",
            "txcd_103020000",
            "txcd_1030200a",
            "txcd_+1030200",
            "TXCD_10302000",
            " txcd_10302000",
        ] {
            assert_eq!(TaxCode::parse(text), None, "{text:?}");
        }
        assert_eq!(TaxCode::default().to_string(), "txcd_10302000");
    }
}
