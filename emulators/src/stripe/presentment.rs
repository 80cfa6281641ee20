//! Adaptive Pricing: buyers who see and pay the price in their own currency
//! (<https://docs.stripe.com/payments/currencies/localize-prices/adaptive-pricing>).
//!
//! Amounts stay in the currency of the session. What the buyer saw stands beside them, as
//! `presentment_details`, on the session, its payment, its charge and its refunds.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::ApiError;

/// What a buyer sees, or gets back, in place of an amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Presentment {
    /// In minor units of the currency.
    pub(crate) amount: i64,
    pub(crate) currency: String,
}

/// How many minor units of each currency the emulator gives for 100 US dollars.
const RATES: [(&str, i64); 5] = [
    ("usd", 10_000),
    ("eur", 9_107),
    ("gbp", 7_900),
    ("chf", 8_800),
    ("jpy", 15_000),
];

impl Presentment {
    /// Returns what an amount is in another currency; `None` if that is its own.
    pub(crate) fn of(amount: i64, from: &str, to: &str) -> Result<Option<Self>, ApiError> {
        let rate = |currency: &str| {
            let found = RATES.iter().find(|(known, _)| *known == currency);
            found.map(|(_, rate)| *rate).ok_or_else(|| {
                let message = format!("The emulator has no exchange rate for {currency}.");
                ApiError::parameter("parameter_invalid", "currency", message)
            })
        };
        if from == to {
            return Ok(None);
        }
        let (from, to_rate) = (rate(from)?, rate(to)?);
        Ok(Some(Self {
            amount: (amount * to_rate + from / 2) / from,
            currency: to.to_owned(),
        }))
    }

    /// Returns the share that belongs to a part of the amount, at the rate of the payment.
    pub(crate) fn share(&self, part: i64, whole: i64) -> Self {
        Self {
            amount: (self.amount * part + whole / 2) / whole.max(1),
            currency: self.currency.clone(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "presentment_amount": self.amount,
            "presentment_currency": self.currency,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_presented_in_the_minor_units_of_the_other_currency() {
        let of = |amount, from, to| Presentment::of(amount, from, to).unwrap();
        let amount = |amount, from, to| of(amount, from, to).map(|presented| presented.amount);
        assert_eq!(amount(2900, "usd", "eur"), Some(2641));
        assert_eq!(amount(2900, "usd", "jpy"), Some(4350));
        assert_eq!(amount(2641, "eur", "usd"), Some(2900));
        assert_eq!(amount(2900, "usd", "usd"), None);
        assert!(Presentment::of(2900, "usd", "xau").is_err());
        let presented = of(2900, "usd", "eur").unwrap();
        assert_eq!(presented.share(1000, 2900).amount, 911);
        assert_eq!(presented.share(2900, 2900), presented);
    }
}
