//! The sums of money that a page names, held against the price in the catalogue.

use bookstall::domain::money::{Currency, Money};
use regex_lite::Regex;

/// Returns a sentence if the text names sums and none of them is the price. A sum in another currency
/// counts only where none is in the price's own, because a page may name both.
pub(super) fn wrong_price(id: &str, price: Money, text: &str) -> Option<String> {
    let sums = sums(text);
    let own: Vec<_> = sums
        .iter()
        .filter(|sum| is_of(price.currency, sum.unit))
        .collect();
    let places = price.currency.decimal_places();
    let is_price = |sum: &&Sum| minor_units(sum.number, places) == Some(price.minor_units);
    if own.iter().copied().any(|sum| is_price(&sum)) {
        return None;
    }
    let said = match own.first() {
        Some(sum) => format!("{} {}", sum.number, price.currency.code().to_uppercase()),
        None => sums.first()?.written.to_owned(),
    };
    Some(format!(
        "the form of `{id}` says {said}, and the catalogue {price}"
    ))
}

/// A sum of money in a text.
struct Sum<'t> {
    /// Its currency: a code, or a sign with up to two letters before it.
    unit: &'t str,
    /// Its digits and separators.
    number: &'t str,
    /// All of it.
    written: &'t str,
}

/// Finds the sums of money in a text, by codes of currencies and by their signs.
fn sums(text: &str) -> Vec<Sum<'_>> {
    const UNIT: &str = r"([A-Z]{0,2}[$€£¥]|[A-Z]{3})";
    const NUMBER: &str = r"(\d[\d.,'\x{a0}\x{202f}]*)";
    let between = r"[\s\x{a0}\x{202f}]*";
    let Ok(sum) = Regex::new(&format!(
        r"\b{UNIT}{between}{NUMBER}|([$€£¥]){between}{NUMBER}|{NUMBER}{between}{UNIT}"
    )) else {
        return Vec::new();
    };
    let trimmed = |text: &str| {
        text.trim_end_matches(['.', ',', '\'', '\u{a0}', '\u{202f}'])
            .len()
    };
    let found = sum.captures_iter(text).filter_map(|found| {
        let group = |index: usize| found.get(index).map(|group| group.as_str());
        let unit = group(1).or(group(3)).or(group(6))?;
        let number = group(2).or(group(4)).or(group(5))?;
        let written = group(0)?;
        Some(Sum {
            unit,
            number: &number[..trimmed(number)],
            written: &written[..trimmed(written)],
        })
    });
    let is_unit = |sum: &Sum| sum.unit.contains(['$', '€', '£', '¥']) || is_code(sum.unit);
    found.filter(is_unit).collect()
}

fn is_code(text: &str) -> bool {
    Currency::parse(text).is_some_and(Currency::is_charged)
}

/// Whether sums with this code or sign are of this currency. Several currencies have the signs for the
/// dollar and for the yen; letters before a sign are the country's: `US$`, `A$`.
fn is_of(currency: Currency, unit: &str) -> bool {
    let code = currency.code().to_uppercase();
    let country = unit.trim_end_matches(['$', '€', '£', '¥']);
    if country == unit {
        return unit == code;
    }
    let is_of_sign = match &unit[country.len()..] {
        "€" => code == "EUR",
        "£" => code == "GBP",
        "¥" => ["JPY", "CNY"].contains(&&*code),
        _ => code.ends_with('D') || ["ARS", "BRL", "CLP", "COP", "MXN", "UYU"].contains(&&*code),
    };
    is_of_sign && code.starts_with(country)
}

/// Reads a sum as a page writes it: the last separator comes before the decimals, if there are as
/// many digits after it.
fn minor_units(sum: &str, places: u32) -> Option<u64> {
    let digits = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    let whole_and_rest = sum.rsplit_once(['.', ',']);
    let (whole, rest) = whole_and_rest
        .filter(|(_, rest)| places > 0 && rest.len() == places as usize)
        .unwrap_or((sum, ""));
    let rest = format!("{:0<width$}", digits(rest), width = places as usize);
    format!("{}{rest}", digits(whole)).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_before_its_sign_is_the_catalogues() {
        let price = Money::parse("29.00 EUR").unwrap();
        for text in ["29,00\u{a0}€", "29,00\u{202f}€", "29.00 EUR", "€29"] {
            assert_eq!(wrong_price("wip", price, text), None, "{text}");
        }
        assert!(wrong_price("wip", price, "2,90\u{a0}€").is_some());
    }

    #[test]
    fn a_price_in_another_currency_is_told() {
        for (price, text, said) in [
            ("24.00 USD", "Buy for €24.00.", "€24.00"),
            ("24.00 GBP", "24,00\u{a0}€", "24,00\u{a0}€"),
            ("2400 JPY", "€24.00", "€24.00"),
            ("24.00 EUR", "24.00 USD", "24.00 USD"),
            ("24.00 CAD", "US$24", "US$24"),
            ("24.00 PLN", "$24", "$24"),
        ] {
            let money = Money::parse(price).unwrap();
            let expected = format!("the form of `wip` says {said}, and the catalogue {price}");
            assert_eq!(wrong_price("wip", money, text), Some(expected));
        }
        for (price, text) in [
            ("24.00 USD", "$24.00, about €22"),
            ("24.00 USD", "Buy the PDF, 24 chapters"),
            ("24.00 CAD", "CA$24.00"),
            ("24.00 CAD", "$24"),
            ("24.00 AUD", "A$24.00"),
            ("2400 JPY", "¥2,400"),
            ("24.00 USD", "USD24.00"),
            ("24.00 PLN", "24,00 zł"),
        ] {
            let money = Money::parse(price).unwrap();
            assert_eq!(wrong_price("wip", money, text), None, "{price}: {text}");
        }
    }

    #[test]
    fn a_sum_is_read_as_pages_write_it() {
        for (sum, minor) in [
            ("29.00", 2900),
            ("29,00", 2900),
            ("29", 2900),
            ("2,900", 290_000),
            ("1.299,00", 129_900),
            ("1\u{a0}299,00", 129_900),
        ] {
            assert_eq!(minor_units(sum, 2), Some(minor), "{sum}");
        }
        assert_eq!(minor_units("2,900", 0), Some(2900));
    }
}
