//! Money, as whole minor units of a currency, never as a fraction.

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

    /// Returns the code in lower case, as Stripe writes it: `usd`.
    #[must_use]
    pub fn code(self) -> String {
        self.0.code().to_ascii_lowercase()
    }

    /// Returns the number of decimal places of the minor unit that Stripe counts in: 2 for cents, 0
    /// for yen. For three currencies Stripe differs from ISO
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

/// The currencies that Stripe charges: those of its SDK (`stripe_types::Currency`) that ISO has,
/// too, and those that only its pages name
/// (<https://docs.stripe.com/currencies#presentment-currencies>, and `#special-cases` for those
/// with three decimal places; read in November 2026).
const CHARGED_BY_STRIPE: &str = "\
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BWP BYN BZD \
    CAD CDF CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF \
    GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP \
    LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR \
    PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD SVC SZL \
    THB TJS TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XCG XOF XPF YER ZAR \
    ZMW";

impl Currency {
    /// Whether Stripe charges in this currency. ISO has more: gold, a code for tests, the won of
    /// North Korea.
    #[must_use]
    pub fn is_charged(self) -> bool {
        let code = self.0.code();
        CHARGED_BY_STRIPE
            .split_whitespace()
            .any(|charged| charged == code)
    }

    /// Returns the smallest charge that Stripe allows in this currency, in minor units
    /// (<https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>, read in November
    /// 2026). If Stripe's table has no row for it, the limit depends on the currency of the
    /// author's bank account, which only Stripe knows.
    fn smallest_charge(self) -> Option<u64> {
        use iso_currency::Currency::{
            AED, AUD, BGN, BRL, CAD, CHF, CZK, DKK, EUR, GBP, HKD, HUF, INR, JPY, MXN, MYR, NOK,
            NZD, PLN, RON, SEK, SGD, THB, USD,
        };
        Some(match self.0 {
            GBP => 30,
            AUD | BRL | CAD | CHF | EUR | INR | JPY | NZD | SGD | USD => 50,
            BGN => 100,
            AED | MYR | PLN | RON => 200,
            DKK => 250,
            NOK | SEK => 300,
            HKD => 400,
            MXN | THB => 1000,
            CZK => 1500,
            HUF => 17_500,
            _ => return None,
        })
    }

    /// Returns the number of minor units that every charge must be a multiple of. Stripe charges no
    /// fraction of a króna or of a Ugandan shilling, and no single fils in currencies with three
    /// decimal places (<https://docs.stripe.com/currencies#special-cases>).
    fn step(self) -> u64 {
        use iso_currency::Currency::{ISK, UGX};
        match (self.0, self.decimal_places()) {
            (ISK | UGX, _) => 100,
            (_, 3) => 10,
            _ => 1,
        }
    }
}

/// Why Stripe does not charge a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotCharged {
    /// Stripe does not charge in its currency.
    Currency(Currency),
    /// The price is too low. Holds the price and the smallest charge in its currency.
    TooSmall(Money, Money),
    /// The price is no multiple of what Stripe requires. Holds the price and that sum.
    BetweenSteps(Money, Money),
}

impl fmt::Display for NotCharged {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Currency(currency) => {
                let code = currency.0.code();
                write!(formatter, "Stripe does not charge in {code}")
            }
            Self::TooSmall(price, least) => {
                write!(
                    formatter,
                    "{price} is less than {least}, the least that Stripe charges"
                )
            }
            Self::BetweenSteps(price, step) => {
                write!(
                    formatter,
                    "{price} is no multiple of {step}, as Stripe asks"
                )
            }
        }
    }
}

/// An amount of money in whole minor units (cents, pence, yen), zero or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// The number of minor units: 2900 is 29 dollars, or 2900 yen.
    pub minor_units: u64,
    /// The currency of the minor units.
    pub currency: Currency,
}

impl Money {
    /// Returns roughly what the amount is worth, in thousandths of Stripe's smallest charge, which is
    /// about half a US dollar in every currency. It serves to put amounts in order, and nothing else.
    /// `None` if Stripe's table has no row for the currency.
    #[must_use]
    pub fn rough_worth(self) -> Option<u128> {
        let smallest = self.currency.smallest_charge()?;
        Some(u128::from(self.minor_units) * 1000 / u128::from(smallest))
    }

    /// Reads money as [`Money`] is displayed, and in no other way: the amount with all decimal
    /// places of the currency, a space, and the currency's code in capitals (`29.00 USD`,
    /// `2900 JPY`). The error says what to write instead.
    pub fn parse(text: &str) -> Result<Self, NotMoney> {
        Self::parse_near(text, Currency(iso_currency::Currency::USD))
    }

    /// Reads money as [`Money::parse`] does. The error takes a number without a currency for one of
    /// `usual`.
    pub fn parse_near(text: &str, usual: Currency) -> Result<Self, NotMoney> {
        text.split_once(' ')
            .and_then(|(amount, code)| {
                let currency = Currency::parse(code)?;
                let places = currency.decimal_places() as usize;
                let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
                Self::from_digits(whole, fraction, places, currency)
            })
            .filter(|money| money.to_string() == text)
            .ok_or_else(|| NotMoney::explain(text, usual))
    }

    /// Makes money of the digits before and after the decimal point. A fraction of less than a
    /// minor unit is `None`, unless it is zero.
    fn from_digits(whole: &str, fraction: &str, places: usize, currency: Currency) -> Option<Self> {
        let (fraction, rest) = fraction.split_at_checked(places).unwrap_or((fraction, ""));
        let digits = format!("{whole}{fraction:0<places$}");
        let is_number = !whole.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let is_exact = rest.bytes().all(|byte| byte == b'0');
        let minor_units = digits.parse().ok()?;
        (is_number && is_exact).then_some(Self {
            minor_units,
            currency,
        })
    }

    /// Returns the amount without the currency's code, in whole units with the currency's decimals:
    /// `29.00`, `2900`.
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

/// Writes `29.00 USD`, `2900 JPY`.
impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.decimal(), self.currency.0.code())
    }
}

/// Why a text is no sum of money, or no price. It is displayed as a sentence for the author that
/// says what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotMoney(String);

impl fmt::Display for NotMoney {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for NotMoney {}

impl NotMoney {
    /// The longest text that is repeated in the sentence, in characters.
    const LONGEST_TEXT: usize = 40;

    /// Explains a text that [`Money::parse`] does not take, a bare number included, which is read as
    /// one of the `usual` currency.
    fn explain(text: &str, usual: Currency) -> Self {
        let example = Money {
            minor_units: 29 * 10_u64.pow(usual.decimal_places()),
            currency: usual,
        };
        if text.chars().count() > Self::LONGEST_TEXT {
            return Self(format!("too long for money; write it as in \"{example}\""));
        }
        let symbols = [('$', "USD"), ('€', "EUR"), ('£', "GBP"), ('¥', "JPY")];
        let symbol = symbols.iter().find(|(symbol, _)| text.contains(*symbol));
        let letters: String = text.chars().filter(|c| c.is_alphabetic()).collect();
        let code = match symbol {
            Some((_, code)) if letters.is_empty() => code,
            _ => letters.as_str(),
        };
        let is_of_number = |c: &char| c.is_ascii_digit() || ".,".contains(*c);
        let number: String = text.chars().filter(is_of_number).collect();
        let is_known = |c: char| {
            is_of_number(&c)
                || c.is_alphabetic()
                || c.is_whitespace()
                || "_'’".contains(c)
                || symbols.iter().any(|(symbol, _)| *symbol == c)
        };
        let currency = if code.is_empty() {
            Some(usual)
        } else {
            Currency::parse(code)
        };
        let Some(currency) = currency else {
            return Self(format!(
                "{code:?} is no currency; write its three letters, as in \"{example}\""
            ));
        };
        if !currency.is_charged() {
            return Self(format!(
                "{}; write the price in another currency, as in \"{example}\"",
                NotCharged::Currency(currency)
            ));
        }
        let mut readings = readings(&number, currency);
        if code.is_empty() && !number.contains(['.', ',']) {
            let cents = number.parse().ok();
            readings.extend(cents.map(|minor_units| Money {
                minor_units,
                currency,
            }));
            readings.dedup();
        }
        readings.retain(|_| text.chars().all(is_known));
        let no_currency = if code.is_empty() {
            format!("{text} has no currency")
        } else {
            format!("{text:?} is not how money is written here")
        };
        Self(match readings[..] {
            [] => format!("{text:?} is no sum of money; write it as in \"{example}\""),
            [one] => format!("{no_currency}; write \"{one}\""),
            [first, second, ..] => {
                // Nobody who writes 2900 without a currency sells at 2900 dollars.
                let is_likely = !code.is_empty() || number.len() < 4;
                let likely = if is_likely { first } else { second };
                let text = if code.is_empty() {
                    text.to_owned()
                } else {
                    format!("{text:?}")
                };
                format!("{text} may mean {first} or {second}; write \"{likely}\"")
            }
        })
    }
}

/// Returns the sums that people may mean by digits with points and commas: the last of these
/// separates the fraction, or groups of three digits.
fn readings(number: &str, currency: Currency) -> Vec<Money> {
    let places = currency.decimal_places() as usize;
    let digits = |text: &str| text.replace(['.', ','], "");
    let Some(last) = number.rfind(['.', ',']) else {
        return Money::from_digits(number, "", places, currency)
            .into_iter()
            .collect();
    };
    let (before, separator, after) = (&number[..last], &number[last..=last], &number[last + 1..]);
    let is_fraction = !before.is_empty() && !after.is_empty() && !before.contains(separator);
    let is_group = after.len() == 3 && !before.is_empty();
    let fraction = is_fraction
        .then(|| Money::from_digits(&digits(before), after, places, currency))
        .flatten();
    let group = is_group
        .then(|| Money::from_digits(&digits(number), "", places, currency))
        .flatten();
    fraction.into_iter().chain(group).collect()
}

/// The largest price that Stripe allows, in minor units: eight digits
/// (<https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>).
pub const HIGHEST_PRICE: u64 = 99_999_999;

/// The price of a product: [`Money`] of at least one minor unit and at most [`HIGHEST_PRICE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price(Money);

impl Price {
    /// Makes a price. `None` if the amount is too small or too large.
    #[must_use]
    pub fn new(minor_units: u64, currency: Currency) -> Option<Self> {
        (1..=HIGHEST_PRICE)
            .contains(&minor_units)
            .then_some(Self(Money {
                minor_units,
                currency,
            }))
    }

    /// Reads a price as its money is displayed: `29.00 USD`. The error says what to write instead.
    pub fn parse(text: &str) -> Result<Self, NotMoney> {
        let money = Money::parse(text)?;
        Self::new(money.minor_units, money.currency).ok_or_else(|| {
            let highest = Money {
                minor_units: HIGHEST_PRICE,
                currency: money.currency,
            };
            NotMoney(format!(
                "{money} is no price; it is more than nothing, and at most {highest}"
            ))
        })
    }

    /// Checks whether Stripe charges this price. Only setting a price calls this; a price that is
    /// set already is read without it.
    pub fn chargeable(self) -> Result<(), NotCharged> {
        let Money {
            minor_units,
            currency,
        } = self.0;
        let money = |minor_units| Money {
            minor_units,
            currency,
        };
        if !currency.is_charged() {
            return Err(NotCharged::Currency(currency));
        }
        let least = currency.smallest_charge().unwrap_or(1);
        if minor_units < least {
            return Err(NotCharged::TooSmall(self.0, money(least)));
        }
        let step = currency.step();
        if !minor_units.is_multiple_of(step) {
            return Err(NotCharged::BetweenSteps(self.0, money(step)));
        }
        Ok(())
    }

    /// Returns the price as money.
    #[must_use]
    pub fn money(self) -> Money {
        self.0
    }
}

#[cfg(test)]
mod tests;
