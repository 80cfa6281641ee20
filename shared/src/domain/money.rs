//! Money: whole minor units and a currency, never a fraction.

use std::fmt;

/// An ISO 4217 currency that is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Reads an ISO 4217 code of three letters in either case: `usd`, `EUR`.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        iso_currency::Currency::from_code(&code.to_ascii_uppercase()).map(Self)
    }

    /// The code in lower case, as Stripe writes it: `usd`.
    #[must_use]
    pub fn code(self) -> String {
        self.0.code().to_ascii_lowercase()
    }

    /// How many decimal places its minor unit is (2 for cents, 0 for yen) where Stripe counts in it,
    /// which for three currencies is not ISO's word
    /// (<https://docs.stripe.com/currencies#special-cases>).
    #[must_use]
    pub fn decimal_places(self) -> u32 {
        use iso_currency::Currency::{ISK, MGA, UGX};
        match self.0 {
            ISK | UGX => 2,
            MGA => 0,
            currency => u32::from(currency.exponent().unwrap_or(0)),
        }
    }
}

/// An amount of money in whole minor units (cents, pence, yen), zero or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// Minor units: 2900 is 29 dollars, or 2900 yen.
    pub minor_units: u64,
    /// What they are units of.
    pub currency: Currency,
}

impl Money {
    /// The amount alone, in whole units with the currency's own decimals: `29.00`, `2900`.
    #[must_use]
    pub fn decimal(&self) -> String {
        let places = self.currency.decimal_places();
        let unit = 10_u64.pow(places);
        let (whole, rest) = (self.minor_units / unit, self.minor_units % unit);
        match places {
            0 => whole.to_string(),
            places => format!("{whole}.{rest:0width$}", width = places as usize),
        }
    }
}

/// `29.00 USD`, `2900 JPY`.
impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.decimal(), self.currency.0.code())
    }
}

/// The largest price that Stripe takes: eight digits
/// (<https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>).
pub const HIGHEST_PRICE: u64 = 99_999_999;

/// What a product costs: [`Money`] of at least one minor unit and at most [`HIGHEST_PRICE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price(Money);

impl Price {
    /// A price, if it is large enough and not too large.
    #[must_use]
    pub fn new(minor_units: u64, currency: Currency) -> Option<Self> {
        (1..=HIGHEST_PRICE)
            .contains(&minor_units)
            .then_some(Self(Money {
                minor_units,
                currency,
            }))
    }

    /// Whether Stripe charges it: no part of a króna or of a Ugandan shilling, and no single fils
    /// where a thousand are one. Asked where a price is set; one that is set already is read.
    #[must_use]
    pub fn is_chargeable(self) -> bool {
        use iso_currency::Currency::{ISK, UGX};
        let currency = self.0.currency;
        let step = match (currency.0, currency.decimal_places()) {
            (ISK | UGX, _) => 100,
            (_, 3) => 10,
            _ => 1,
        };
        self.0.minor_units.is_multiple_of(step)
    }

    /// The money it is.
    #[must_use]
    pub fn money(self) -> Money {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(minor_units: u64, code: &str) -> String {
        Money {
            minor_units,
            currency: Currency::parse(code).unwrap(),
        }
        .to_string()
    }

    #[test]
    fn money_is_written_in_its_currencys_own_decimals() {
        assert_eq!(money(2900, "usd"), "29.00 USD");
        assert_eq!(money(5, "eur"), "0.05 EUR");
        assert_eq!(money(2900, "jpy"), "2900 JPY");
        assert_eq!(money(2900, "kwd"), "2.900 KWD");
    }

    #[test]
    fn where_stripe_counts_otherwise_than_iso_its_word_holds() {
        assert_eq!(money(290_000, "isk"), "2900.00 ISK");
        assert_eq!(money(290_000, "ugx"), "2900.00 UGX");
        assert_eq!(money(2900, "mga"), "2900 MGA");
        let price = |units, code| Price::new(units, Currency::parse(code).unwrap()).unwrap();
        for (units, code) in [
            (290_000, "isk"),
            (2900, "ugx"),
            (2900, "kwd"),
            (2905, "mga"),
        ] {
            assert!(price(units, code).is_chargeable(), "{units} {code}");
        }
        for (units, code) in [(290_050, "isk"), (2950, "ugx"), (2905, "kwd")] {
            assert!(!price(units, code).is_chargeable(), "{units} {code}");
        }
    }

    #[test]
    fn a_currency_is_three_known_letters() {
        assert_eq!(Currency::parse("UsD").unwrap().code(), "usd");
        for unknown in ["", "us", "usdd", "us$", "zzz", "ſsd"] {
            assert_eq!(Currency::parse(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn a_price_is_at_least_one_unit_and_at_most_eight_digits() {
        let usd = Currency::parse("usd").unwrap();
        assert!(Price::new(0, usd).is_none());
        assert!(Price::new(1, usd).is_some());
        assert!(Price::new(HIGHEST_PRICE, usd).is_some());
        assert!(Price::new(HIGHEST_PRICE + 1, usd).is_none());
    }
}
