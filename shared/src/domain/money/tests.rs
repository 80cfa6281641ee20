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
        let is_expected =
            named_by_its_pages_alone.contains(&&*code) || is_in_sdk && !abolished.contains(&&*code);
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
