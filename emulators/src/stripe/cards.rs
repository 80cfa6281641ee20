//! Stripe's test cards, and what the bank decides about each.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::error::ApiError;

/// What is kept of a card. Its number is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Card {
    pub(crate) brand: String,
    pub(crate) last4: String,
    pub(crate) expiry_month: u8,
    pub(crate) expiry_year: i32,
}

/// What the bank decides about a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BankDecision {
    Pays,
    /// Pays, and the holder disputes it at once.
    PaysThenDisputes,
    Declines {
        code: String,
        decline_code: Option<String>,
        message: String,
    },
    /// Asks for 3-D Secure. Once the buyer has authenticated, the inner decision applies.
    Challenges(Box<BankDecision>),
}

impl BankDecision {
    fn declines(code: &str, decline_code: Option<&str>, message: &str) -> Self {
        Self::Declines {
            code: code.to_owned(),
            decline_code: decline_code.map(str::to_owned),
            message: message.to_owned(),
        }
    }

    fn challenges(then: Self) -> Self {
        Self::Challenges(Box::new(then))
    }
}

/// The fields of the payment form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CardFields<'a> {
    pub(crate) number: &'a str,
    /// `MM / YY`. Without it, the card is valid for five years.
    pub(crate) expiry: Option<&'a str>,
    pub(crate) cvc: Option<&'a str>,
}

/// Reads the card from the form, and returns it with the decision of the bank.
pub(crate) fn read(fields: CardFields<'_>, now: i64) -> Result<(Card, BankDecision), ApiError> {
    let number: String = fields
        .number
        .chars()
        .filter(|character| !matches!(character, ' ' | '-' | '\u{a0}'))
        .collect();
    if number.is_empty() {
        return Err(refuse(
            "incomplete_number",
            "number",
            "Your card number is incomplete.",
        ));
    }
    if !(12..=19).contains(&number.len()) || !passes_luhn(&number) {
        return Err(refuse(
            "incorrect_number",
            "number",
            "Your card number is invalid.",
        ));
    }
    let (expiry_month, expiry_year) = read_expiry(fields.expiry, now)?;
    let brand = brand(&number);
    check_cvc(fields.cvc, brand)?;
    let card = Card {
        brand: brand.to_owned(),
        last4: number[number.len() - 4..].to_owned(),
        expiry_month,
        expiry_year,
    };
    Ok((card, decide(&number)))
}

/// The test cards that the payment page lists, with what happens to each.
pub(crate) const HELP: &[(&str, &str)] = &[
    ("4242 4242 4242 4242", "pays"),
    ("4000 0025 0000 3155", "asks for 3-D Secure, then pays"),
    ("4000 0000 0000 0002", "declined"),
    ("4000 0000 0000 9995", "declined: insufficient funds"),
    ("4000 0000 0000 0069", "declined: expired card"),
    ("4000 0000 0000 0127", "declined: incorrect CVC"),
    ("4000 0000 0000 0119", "declined: processing error"),
    ("4000 0084 0000 1629", "asks for 3-D Secure, then declined"),
    ("4000 0000 0000 0259", "pays, then the holder disputes it"),
    ("4000 0000 0000 7726", "pays; a refund takes its time"),
];

fn decide(number: &str) -> BankDecision {
    let declined = |decline_code: &str| {
        BankDecision::declines(
            "card_declined",
            Some(decline_code),
            "Your card was declined.",
        )
    };
    let insufficient_funds = || {
        BankDecision::declines(
            "card_declined",
            Some("insufficient_funds"),
            "Your card has insufficient funds.",
        )
    };
    match number {
        "4242424242424242" | "4000056655665556" | "5555555555554444" | "2223003122003222"
        | "5200828282828210" | "378282246310005" | "371449635398431" | "6011111111111117"
        | "3056930009020004" | "3566002020360505" | "6200000000000005" | "4000000000007726" => {
            BankDecision::Pays
        }
        "4000000000000259" => BankDecision::PaysThenDisputes,
        "4000000000000002" | "4000000000000341" => declined("generic_decline"),
        "4000000000009995" => insufficient_funds(),
        "4000000000009987" => declined("lost_card"),
        "4000000000009979" => declined("stolen_card"),
        "4100000000000019" => declined("fraudulent"),
        "4000000000000069" => {
            BankDecision::declines("expired_card", None, "Your card has expired.")
        }
        "4000000000000127" | "4000000000000101" => BankDecision::declines(
            "incorrect_cvc",
            None,
            "Your card's security code is incorrect.",
        ),
        "4000000000000119" => BankDecision::declines(
            "processing_error",
            None,
            "An error occurred while processing your card. Try again in a little bit.",
        ),
        "4000002500003155" | "4000002760003184" | "4000000000003220" | "4000003800000446" => {
            BankDecision::challenges(BankDecision::Pays)
        }
        "4000008260003178" => BankDecision::challenges(insufficient_funds()),
        "4000008400001629" => BankDecision::challenges(declined("generic_decline")),
        _ => BankDecision::declines(
            "card_declined",
            Some("test_mode_live_card"),
            "Your card was declined. Your request was in test mode, but used a non test card.",
        ),
    }
}

fn refuse(code: &str, parameter: &str, message: &str) -> ApiError {
    ApiError::card(code, message).with("param", parameter)
}

fn passes_luhn(number: &str) -> bool {
    let digits: Option<Vec<u32>> = number
        .chars()
        .map(|character| character.to_digit(10))
        .collect();
    let sum = |digits: Vec<u32>| -> u32 {
        let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
        let places = digits.into_iter().rev().enumerate();
        places
            .map(|(place, digit)| {
                if place % 2 == 1 {
                    doubled(digit)
                } else {
                    digit
                }
            })
            .sum()
    };
    digits.is_some_and(|digits| sum(digits).is_multiple_of(10))
}

fn brand(number: &str) -> &'static str {
    match number.as_bytes() {
        [b'3', b'4' | b'7', ..] => "amex",
        [b'3', b'0' | b'6' | b'8', ..] => "diners",
        [b'3', ..] => "jcb",
        [b'4', ..] => "visa",
        [b'5' | b'2', ..] => "mastercard",
        [b'6', b'2', ..] => "unionpay",
        [b'6', ..] => "discover",
        _ => "unknown",
    }
}

fn read_expiry(text: Option<&str>, now: i64) -> Result<(u8, i32), ApiError> {
    let today = OffsetDateTime::from_unix_timestamp(now).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let Some(text) = text else {
        return Ok((12, today.year() + 5));
    };
    let parts = text.split_once('/').and_then(|(month, year)| {
        Some((
            month.trim().parse::<u8>().ok()?,
            year.trim().parse::<i32>().ok()?,
        ))
    });
    let Some((month, year)) = parts else {
        return Err(refuse(
            "invalid_expiry_month",
            "exp_month",
            "Your card's expiration date is incomplete.",
        ));
    };
    let year = if year < 100 { year + 2000 } else { year };
    if !(1..=12).contains(&month) {
        return Err(refuse(
            "invalid_expiry_month",
            "exp_month",
            "Your card's expiration month is invalid.",
        ));
    }
    if (year, month) < (today.year(), u8::from(today.month())) {
        return Err(refuse(
            "invalid_expiry_year",
            "exp_year",
            "Your card's expiration year is in the past.",
        ));
    }
    Ok((month, year))
}

fn check_cvc(cvc: Option<&str>, brand: &str) -> Result<(), ApiError> {
    let wanted = if brand == "amex" { 4 } else { 3 };
    match cvc.map(str::trim) {
        None => Ok(()),
        Some(cvc) if cvc.len() == wanted && cvc.bytes().all(|digit| digit.is_ascii_digit()) => {
            Ok(())
        }
        Some(_) => Err(refuse(
            "invalid_cvc",
            "cvc",
            "Your card's security code is incomplete.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 15 November 2026, in seconds since the epoch.
    const NOW: i64 = 1_794_700_800;

    fn ask(number: &str, expiry: &str, cvc: &str) -> Result<(Card, BankDecision), ApiError> {
        let fields = CardFields {
            number,
            expiry: Some(expiry),
            cvc: Some(cvc),
        };
        read(fields, NOW)
    }

    fn code(number: &str, expiry: &str, cvc: &str) -> String {
        let refusal = ask(number, expiry, cvc).expect_err("a refusal").to_json();
        refusal["code"].as_str().unwrap_or_default().to_owned()
    }

    #[test]
    fn every_card_offered_as_help_is_known() {
        for (number, _) in HELP {
            let (card, decision) = ask(number, "12/30", "123").expect("a readable card");
            assert_eq!(card.brand, "visa");
            assert_ne!(decision, decide("a real card"), "{number}");
        }
    }

    #[test]
    fn a_card_is_good_until_the_end_of_its_month() {
        assert!(ask("4242424242424242", "11 / 26", "123").is_ok());
        assert_eq!(
            code("4242424242424242", "10/26", "123"),
            "invalid_expiry_year"
        );
        assert_eq!(
            code("4242424242424242", "13/30", "123"),
            "invalid_expiry_month"
        );
        assert_eq!(
            code("4242424242424242", "soon", "123"),
            "invalid_expiry_month"
        );
    }

    #[test]
    fn mistyped_fields_are_refused() {
        assert_eq!(code("", "12/30", "123"), "incomplete_number");
        assert_eq!(
            code("4242 4242 4242 4241", "12/30", "123"),
            "incorrect_number"
        );
        assert_eq!(
            code("４２４２424242424242", "12/30", "123"),
            "incorrect_number"
        );
        assert_eq!(code("378282246310005", "12/30", "123"), "invalid_cvc");
        assert!(ask("378282246310005", "12/30", "1234").is_ok());
    }
}
