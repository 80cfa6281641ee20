//! What a Checkout Session sells, and the sums that Stripe charges.

use crate::stripe::database::{LineItem, Session, TaxBehavior};
use crate::stripe::error::ApiError;
use crate::stripe::identifiers::identifier;
use crate::stripe::parameters::{Parameters, missing};

/// Stripe's smallest amounts, in minor units
/// (<https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>).
const SMALLEST_AMOUNTS: &[(&str, i64)] = &[
    ("aed", 200),
    ("aud", 50),
    ("bgn", 100),
    ("brl", 50),
    ("cad", 50),
    ("chf", 50),
    ("czk", 1500),
    ("dkk", 250),
    ("eur", 50),
    ("gbp", 30),
    ("hkd", 400),
    ("huf", 17500),
    ("inr", 50),
    ("jpy", 50),
    ("mxn", 1000),
    ("myr", 200),
    ("nok", 300),
    ("nzd", 50),
    ("pln", 200),
    ("ron", 200),
    ("sek", 300),
    ("sgd", 50),
    ("thb", 1000),
    ("usd", 50),
];

/// The currencies that Stripe charges (<https://docs.stripe.com/currencies>).
const CURRENCIES: &str = "aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bif bmd bnd bob brl bsd bwp \
     byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd eek egp etb eur fjd fkp \
     gbp gel gip gmd gnf gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jpy kes kgs khr \
     kmf krw kyd kzt lak lbp lkr lrd lsl ltl lvl mad mdl mga mkd mmk mnt mop mro mur mvr \
     mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln pyg qar ron rsd rub \
     rwf sar sbd scr sek sgd shp sle sll sos srd std svc szl thb tjs top try ttd twd tzs \
     uah ugx usd uyu uzs vef vnd vuv wst xaf xcd xof xpf yer zar zmw";

/// Reads what is sold, and its currency.
pub(super) fn read_line_items(
    parameters: &Parameters,
) -> Result<(String, Vec<LineItem>), ApiError> {
    let count = parameters.count("line_items");
    if count == 0 {
        return Err(missing("line_items"));
    }
    let mut currencies = Vec::new();
    let mut items = Vec::new();
    for index in 0..count {
        let (currency, item) = read_line_item(parameters, index)?;
        currencies.push(currency);
        items.push(item);
    }
    currencies.dedup();
    match <[String; 1]>::try_from(currencies) {
        Ok([currency]) => Ok((currency, items)),
        Err(_) => Err(ApiError::parameter(
            "parameter_invalid",
            "line_items",
            "All line items must have the same currency.",
        )),
    }
}

fn read_line_item(parameters: &Parameters, index: usize) -> Result<(String, LineItem), ApiError> {
    let item = format!("line_items[{index}]");
    let price = format!("{item}[price_data]");
    let name_of = |name: &str| format!("{price}{name}");
    let currency_name = name_of("[currency]");
    let currency = parameters
        .required_text(&currency_name)?
        .to_ascii_lowercase();
    if !CURRENCIES.split(' ').any(|known| known == currency) {
        return Err(ApiError::parameter(
            "parameter_invalid",
            &currency_name,
            format!(
                "Invalid currency: {currency}. Stripe currently supports these currencies: {}",
                CURRENCIES.replace(' ', ", ")
            ),
        ));
    }
    let number = |name: String, smallest: i64| match parameters.whole_number(&name)? {
        None => Err(missing(&name)),
        Some(number) if (smallest..=99_999_999).contains(&number) => Ok(number),
        Some(_) => Err(ApiError::parameter(
            "parameter_invalid_integer",
            &name,
            format!("This value must be between {smallest} and 99999999."),
        )),
    };
    let line_item = LineItem {
        id: identifier("li"),
        name: parameters.required_text(&name_of("[product_data][name]"))?,
        description: parameters.text(&name_of("[product_data][description]"))?,
        tax_behavior: parameters
            .choice(
                &name_of("[tax_behavior]"),
                &[
                    ("inclusive", TaxBehavior::Inclusive),
                    ("exclusive", TaxBehavior::Exclusive),
                    ("unspecified", TaxBehavior::Exclusive),
                ],
            )?
            .unwrap_or(TaxBehavior::Exclusive),
        unit_amount: number(name_of("[unit_amount]"), 0)?,
        quantity: number(format!("{item}[quantity]"), 1)?,
    };
    Ok((currency, line_item))
}

/// Refuses a sum that Stripe does not charge.
pub(super) fn check_amount(session: &Session) -> Result<(), ApiError> {
    let smallest = SMALLEST_AMOUNTS
        .iter()
        .find(|(currency, _)| *currency == session.currency)
        .map_or(1, |(_, amount)| *amount);
    let refuse = |code, message| Err(ApiError::parameter(code, "line_items", message));
    match session.subtotal() {
        // Free orders are allowed.
        0 => Ok(()),
        amount if amount < smallest => refuse(
            "amount_too_small",
            format!(
                "The Checkout Session's total amount must convert to at least {smallest} {}.",
                session.currency
            ),
        ),
        amount if amount > 99_999_999 => refuse(
            "amount_too_large",
            "The Checkout Session's total amount must be no more than 99999999.".to_owned(),
        ),
        _ => Ok(()),
    }
}
