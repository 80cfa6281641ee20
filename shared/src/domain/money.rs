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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(minor_units: u64, code: &str) -> String {
        Money {
            minor_units,
            currency: Currency::parse(code).unwrap(),
        }
        .to_string()
    }

    fn price(minor_units: u64, code: &str) -> Price {
        Price::new(minor_units, Currency::parse(code).unwrap()).unwrap()
    }

    #[test]
    fn money_is_written_in_its_currencys_own_decimals() {
        assert_eq!(money(2900, "usd"), "29.00 USD");
        assert_eq!(money(5, "eur"), "0.05 EUR");
        assert_eq!(money(2900, "jpy"), "2900 JPY");
        assert_eq!(money(2900, "kwd"), "2.900 KWD");
    }

    #[test]
    fn a_bare_number_is_read_in_the_usual_currency() {
        let problem = |text: &str, code: &str| {
            let usual = Currency::parse(code).unwrap();
            Money::parse_near(text, usual).unwrap_err().to_string()
        };
        assert_eq!(
            problem("5", "eur"),
            "5 may mean 5.00 EUR or 0.05 EUR; write \"5.00 EUR\""
        );
        assert_eq!(
            problem("2900", "jpy"),
            "2900 has no currency; write \"2900 JPY\""
        );
        assert_eq!(
            problem("five", "eur"),
            "\"five\" is no currency; write its three letters, as in \"29.00 EUR\""
        );
        assert!(problem("$5", "eur").contains("5.00 USD"));
    }

    #[test]
    fn where_stripe_counts_otherwise_than_iso_its_word_holds() {
        assert_eq!(money(290_000, "isk"), "2900.00 ISK");
        assert_eq!(money(290_000, "ugx"), "2900.00 UGX");
        assert_eq!(money(2900, "mga"), "2900 MGA");
        for (units, code) in [
            (290_000, "isk"),
            (2900, "ugx"),
            (2900, "kwd"),
            (2905, "mga"),
        ] {
            assert_eq!(price(units, code).chargeable(), Ok(()), "{units} {code}");
        }
        for (units, code, why) in [
            (
                290_050,
                "isk",
                "2900.50 ISK is no multiple of 1.00 ISK, as Stripe asks",
            ),
            (
                2950,
                "ugx",
                "29.50 UGX is no multiple of 1.00 UGX, as Stripe asks",
            ),
            (
                2905,
                "kwd",
                "2.905 KWD is no multiple of 0.010 KWD, as Stripe asks",
            ),
        ] {
            let refusal = price(units, code).chargeable().unwrap_err();
            assert_eq!(refusal.to_string(), why);
        }
    }

    #[test]
    fn amounts_in_two_currencies_are_put_in_order_by_what_they_are_roughly_worth() {
        let worth = |minor_units, code| {
            let currency = Currency::parse(code).unwrap();
            Money {
                minor_units,
                currency,
            }
            .rough_worth()
        };
        assert!(worth(2900, "usd") < worth(3000, "jpy"));
        assert!(worth(2900, "usd") > worth(290_000, "huf"));
        assert!(worth(2900, "gbp") > worth(2900, "usd"));
        assert_eq!(worth(2900, "krw"), None);
    }

    #[test]
    fn stripes_smallest_sums_hold_and_both_are_named() {
        for (units, code) in [
            (50, "usd"),
            (50, "jpy"),
            (30, "gbp"),
            (17_500, "huf"),
            (1, "isk"),
        ] {
            let is_too_small = |units| {
                matches!(
                    price(units, code).chargeable(),
                    Err(NotCharged::TooSmall(..))
                )
            };
            assert!(!is_too_small(units), "{units} {code}");
            assert!(units == 1 || is_too_small(units - 1), "{units} {code}");
        }
        assert_eq!(
            price(49, "usd").chargeable().unwrap_err().to_string(),
            "0.49 USD is less than 0.50 USD, the least that Stripe charges"
        );
        assert_eq!(
            price(49, "jpy").chargeable().unwrap_err().to_string(),
            "49 JPY is less than 50 JPY, the least that Stripe charges"
        );
    }

    #[test]
    fn what_stripe_charges_is_what_its_sdk_lists() {
        let named_by_its_pages_alone = ["BHD", "JOD", "KWD", "OMR", "SLE", "TND", "XCG"];
        let abolished = ["HRK", "SLL"];
        let letters = || 'A'..='Z';
        let pairs = letters().flat_map(|a| letters().map(move |b| [a, b]));
        let codes = pairs.flat_map(|[a, b]| letters().map(move |c| String::from_iter([a, b, c])));
        let mut wrong = Vec::new();
        for code in codes {
            let Some(currency) = Currency::parse(&code) else {
                continue;
            };
            let Ok(known) = code.to_ascii_lowercase().parse::<stripe_types::Currency>();
            let is_in_sdk = !matches!(known, stripe_types::Currency::Unknown(_));
            let is_expected = named_by_its_pages_alone.contains(&&*code)
                || is_in_sdk && !abolished.contains(&&*code);
            if currency.is_charged() != is_expected {
                wrong.push(code);
            }
        }
        assert_eq!(wrong, [""; 0]);
        for code in CHARGED_BY_STRIPE.split_whitespace() {
            assert!(Currency::parse(code).is_some(), "{code}");
        }
        for code in ["xau", "xts", "kpw"] {
            let refusal = price(2900, code).chargeable().unwrap_err();
            let code = code.to_ascii_uppercase();
            assert_eq!(
                refusal.to_string(),
                format!("Stripe does not charge in {code}")
            );
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

    #[test]
    fn money_is_read_as_it_is_written() {
        for text in ["29.00 USD", "0.05 EUR", "2900 JPY", "2.900 KWD", "0.00 USD"] {
            assert_eq!(Money::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Price::parse("29.00 USD"), Ok(price(2900, "usd")));
        assert_eq!(Price::parse("2900 JPY"), Ok(price(2900, "jpy")));
    }

    #[test]
    fn who_writes_money_in_another_way_is_told_what_to_write() {
        for (text, advice) in [
            (
                "29",
                "29 may mean 29.00 USD or 0.29 USD; write \"29.00 USD\"",
            ),
            (
                "2900",
                "2900 may mean 2900.00 USD or 29.00 USD; write \"29.00 USD\"",
            ),
            ("29.00", "29.00 has no currency; write \"29.00 USD\""),
            ("29,5", "29,5 has no currency; write \"29.50 USD\""),
            (
                "29.000 USD",
                "\"29.000 USD\" may mean 29.00 USD or 29000.00 USD; write \"29.00 USD\"",
            ),
            (
                "29.00 XXY",
                "\"XXY\" is no currency; write its three letters, as in \"29.00 USD\"",
            ),
            (
                "29.00 US Dollars",
                "\"USDollars\" is no currency; write its three letters, as in \"29.00 USD\"",
            ),
            (
                "free",
                "\"free\" is no currency; write its three letters, as in \"29.00 USD\"",
            ),
            ("", "\"\" is no sum of money; write it as in \"29.00 USD\""),
            (
                "USD",
                "\"USD\" is no sum of money; write it as in \"29.00 USD\"",
            ),
            (
                "-29.00 USD",
                "\"-29.00 USD\" is no sum of money; write it as in \"29.00 USD\"",
            ),
            (
                "1.2.3 USD",
                "\"1.2.3 USD\" is no sum of money; write it as in \"29.00 USD\"",
            ),
            (
                "0.00 USD",
                "0.00 USD is no price; it is more than nothing, and at most 999999.99 USD",
            ),
            (
                "1000000.00 USD",
                "1000000.00 USD is no price; it is more than nothing, and at most 999999.99 USD",
            ),
            (
                &"9".repeat(41),
                "too long for money; write it as in \"29.00 USD\"",
            ),
        ] {
            assert_eq!(Price::parse(text).unwrap_err().to_string(), advice);
        }
        for (text, right) in [
            ("29 USD", "29.00 USD"),
            ("29.0 USD", "29.00 USD"),
            ("29,00 USD", "29.00 USD"),
            ("029.00 USD", "29.00 USD"),
            ("29.00 usd", "29.00 USD"),
            ("29.00  USD", "29.00 USD"),
            (" 29.00 USD ", "29.00 USD"),
            ("29.00\u{a0}USD", "29.00 USD"),
            ("29.00USD", "29.00 USD"),
            ("USD 29.00", "29.00 USD"),
            ("$29", "29.00 USD"),
            ("29,00 €", "29.00 EUR"),
            ("1.234,00 EUR", "1234.00 EUR"),
            ("1,234.00 EUR", "1234.00 EUR"),
            ("1.234 EUR", "1234.00 EUR"),
            ("1,234,000.5 EUR", "1234000.50 EUR"),
            ("1'234.00 CHF", "1234.00 CHF"),
            ("2900.00 JPY", "2900 JPY"),
            ("¥2900", "2900 JPY"),
            ("2900 ISK", "2900.00 ISK"),
            ("2.9 KWD", "2.900 KWD"),
        ] {
            let advice = format!("{text:?} is not how money is written here; write \"{right}\"");
            assert_eq!(Money::parse(text).unwrap_err().to_string(), advice);
        }
    }

    proptest! {
        #[test]
        fn any_money_is_read_back(minor_units: u64, code in "USD|JPY|KWD|ISK|MGA") {
            let currency = Currency::parse(&code).unwrap();
            let money = Money { minor_units, currency };
            prop_assert_eq!(Money::parse(&money.to_string()), Ok(money));
        }

        #[test]
        fn no_other_text_is_money(text in "[0-9.,$ €a-zA-Z-]{0,12}|.*") {
            if let Ok(money) = Money::parse(&text) {
                prop_assert_eq!(money.to_string(), text);
            }
        }
    }
}
