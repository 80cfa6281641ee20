//! Formats amounts of money.

const WITHOUT_MINOR_UNIT: [&str; 15] = [
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf",
    "xof", "xpf",
];

/// Formats an amount in minor units: `19.00 EUR` for 1900 and `eur`.
pub(super) fn format(amount: i64, currency: &str) -> String {
    let name = currency.to_ascii_uppercase();
    if WITHOUT_MINOR_UNIT.contains(&currency) {
        return format!("{amount} {name}");
    }
    format!("{}.{:02} {name}", amount / 100, amount % 100)
}

#[cfg(test)]
mod tests {
    use super::format;

    #[test]
    fn amounts_are_written_with_the_decimals_of_their_currency() {
        assert_eq!(format(1905, "eur"), "19.05 EUR");
        assert_eq!(format(1905, "jpy"), "1905 JPY");
        assert_eq!(format(290_000, "ugx"), "2900.00 UGX");
    }
}
