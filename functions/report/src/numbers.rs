//! Numbers, written as people read them.

pub(crate) use bookstall::domain::numbers::grouped;

use bookstall::domain::money::{Currency, Money};

/// Writes a share from 0 to 1 as a percentage, with two decimals below 1 %: `3.4 %`, `0.34 %`.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent < 1.0 {
        format!("{percent:.2} %")
    } else {
        format!("{percent:.1} %")
    }
}

/// Writes a count with what is counted, in the singular or the plural: `1 sale`, `2 sales`.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        grouped(number),
        if number == 1 { one } else { many }
    )
}

/// Writes an amount with its currency: `1,234.50 USD`.
pub(crate) fn money(minor_units: u64, code: &str) -> String {
    let amount = amount(minor_units, code);
    format!("{amount} {}", code.to_ascii_uppercase())
}

/// Writes an amount with the currency's own number of decimals: `1,234.50`.
pub(crate) fn amount(minor_units: u64, code: &str) -> String {
    let Some(currency) = Currency::parse(code) else {
        return grouped(minor_units);
    };
    let decimal = Money {
        minor_units,
        currency,
    }
    .decimal();
    match decimal.split_once('.') {
        Some((whole, rest)) => format!("{}.{rest}", grouped(whole.parse().unwrap_or(0))),
        None => grouped(minor_units),
    }
}

/// Rounds an estimate up to two significant digits.
pub(crate) fn two_digits(count: u64) -> u64 {
    let places = count.checked_ilog10().unwrap_or(0).saturating_sub(1);
    let unit = 10_u64.pow(places);
    count.div_ceil(unit) * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_counted_in_the_singular() {
        for (number, expected) in [(0, "0 sales"), (1, "1 sale"), (1200, "1,200 sales")] {
            assert_eq!(counted(number, "sale", "sales"), expected);
        }
    }

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(two_digits(25_618), 26_000);
        assert_eq!(two_digits(7), 7);
        assert_eq!(percent(0.034), "3.4 %");
        assert_eq!(percent(0.0034), "0.34 %");
    }
}
