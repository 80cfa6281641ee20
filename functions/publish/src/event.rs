//! The author's event, checked before anything changes.

use std::collections::{BTreeMap, BTreeSet};

use bookstall::{
    domain::{
        money::{Currency, HIGHEST_PRICE, Price},
        product::{
            BookFile, BookKey, Files, Format, LONGEST_NAME, Product, ProductId, is_one_line,
        },
    },
    runtime::invocation::{EventError, read_event},
};
use serde::Deserialize;
use serde_json::Value;

/// A right event, for the message that says one is wrong.
const EXAMPLE: &str = include_str!("../../../events/publish.json");

/// The most products of one event: DynamoDB writes no more as all or none.
const MOST_PRODUCTS: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    products: Vec<Listing>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listing {
    id: String,
    name: String,
    version: String,
    price: u64,
    currency: String,
    files: BTreeMap<String, String>,
    #[serde(default = "yes")]
    is_active: bool,
}

fn yes() -> bool {
    true
}

/// The products of an event, or all that is wrong with any of them.
pub fn read(event: Value) -> Result<Vec<Product>, EventError> {
    let event: Event = read_event(event, EXAMPLE)?;
    let mut problems = Vec::new();
    if !(1..=MOST_PRODUCTS).contains(&event.products.len()) {
        problems.push(format!(
            "`products`: expected 1 to {MOST_PRODUCTS} products, found {}",
            event.products.len()
        ));
    }
    let mut seen = BTreeSet::new();
    let mut products = Vec::new();
    for (index, listing) in event.products.iter().enumerate() {
        if !seen.insert(&listing.id) {
            problems.push(format!(
                "`products[{index}].id`: `{}` is there twice",
                listing.id
            ));
        }
        match product(listing) {
            Ok(product) => products.push(product),
            Err(wrong) => {
                problems.extend(
                    wrong
                        .into_iter()
                        .map(|problem| format!("`products[{index}].{problem}")),
                );
            }
        }
    }
    if problems.is_empty() {
        Ok(products)
    } else {
        Err(wrong(problems))
    }
}

/// The error that says what is wrong, and shows a right event.
pub(crate) fn wrong(problems: Vec<String>) -> EventError {
    EventError::Wrong {
        problems,
        example: EXAMPLE,
    }
}

/// One product, or what is wrong with it: each problem begins with the
/// field's name and closes its quotation.
fn product(listing: &Listing) -> Result<Product, Vec<String>> {
    let mut problems = Vec::new();
    let mut wrong = |problem: String| problems.push(problem);

    let id = ProductId::parse(&listing.id);
    if id.is_none() {
        wrong(
            "id`: expected 1 to 64 lower-case letters, digits and hyphens, such as \"wip-2e\""
                .to_owned(),
        );
    }
    for (field, text) in [("name", &listing.name), ("version", &listing.version)] {
        if !is_one_line(text) {
            wrong(format!(
                "{field}`: expected one line of 1 to {LONGEST_NAME} characters"
            ));
        }
    }
    let currency = Currency::parse(&listing.currency);
    if currency.is_none() {
        wrong("currency`: expected an ISO 4217 code, such as \"usd\"".to_owned());
    }
    let price = currency
        .and_then(|currency| Price::new(listing.price, currency))
        .filter(|price| price.is_chargeable());
    if currency.is_some() && price.is_none() {
        wrong(format!(
            "price`: expected whole minor units (2900 is 29.00), 1 to {HIGHEST_PRICE}; of ISK and UGX whole hundreds, of BHD, JOD, KWD, OMR and TND whole tens"
        ));
    }
    let mut files = Files::new();
    for (format, key) in &listing.files {
        match (Format::parse(format), BookKey::parse(key)) {
            (Some(format), Some(key)) => drop(files.insert(format, BookFile::newest(key))),
            (None, _) => wrong(format!(
                "files.{format}`: expected a file's ending, such as \"pdf\""
            )),
            (_, None) => wrong(format!(
                "files.{format}`: expected the key of a file in the bucket"
            )),
        }
    }
    if listing.files.is_empty() {
        wrong("files`: expected at least one, such as {\"pdf\": \"wip/2e.pdf\"}".to_owned());
    }
    match (id, price) {
        (Some(id), Some(price)) if problems.is_empty() => Ok(Product {
            id,
            name: listing.name.trim().to_owned(),
            version: listing.version.trim().to_owned(),
            edition: 1,
            price,
            files,
            notes: None,
            pushed: Vec::new(),
            is_active: listing.is_active,
        }),
        _ => Err(problems),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problems(event: Value) -> String {
        read(event).unwrap_err().to_string()
    }

    #[test]
    fn the_example_is_right() {
        let event = serde_json::from_str(EXAMPLE).unwrap();
        assert!(read(event).is_ok());
    }

    #[test]
    fn every_wrong_field_is_named_at_once_and_a_right_event_is_shown() {
        let message = problems(json!({"products": [
            {"id": "A b", "name": "", "version": "a\nb", "price": 0, "currency": "usd", "files": {}},
            {"id": "x", "name": "x", "version": "1", "price": 1, "currency": "zzz", "files": {"PDF": "k", "epub": ""}},
            {"id": "x", "name": "x", "version": "1", "price": 1, "currency": "usd", "files": {"pdf": "k"}},
        ]}));
        for part in [
            "`products[0].id`",
            "`products[0].name`",
            "`products[0].version`",
            "`products[0].price`",
            "`products[0].files`",
            "`products[1].currency`",
            "`products[1].files.PDF`",
            "`products[1].files.epub`",
            "`products[2].id`: `x` is there twice",
            "Nothing was changed",
            "A right event: {",
        ] {
            assert!(message.contains(part), "{part} is not in: {message}");
        }
    }

    #[test]
    fn an_event_of_another_shape_is_told_which_field_is_wrong() {
        for (event, part) in [
            (json!({}), "missing field `products`"),
            (json!([]), "A right event"),
            (json!({"products": []}), "expected 1 to 100 products"),
            (
                json!({"products": [{"id": 7}]}),
                "`products[0].id`: invalid type",
            ),
            (
                json!({"products": [{"id": "a", "name": "a", "version": "1", "price": 29.99}]}),
                "`products[0].price`",
            ),
            (
                json!({"products": [{
                    "id": "a", "name": "a", "version": "1", "price": 290_050, "currency": "isk",
                    "files": {"pdf": "k"},
                }]}),
                "of ISK and UGX whole hundreds",
            ),
            (json!({"products": [{"prize": 1}]}), "unknown field `prize`"),
        ] {
            let message = problems(event);
            assert!(message.contains(part), "{part} is not in: {message}");
        }
    }
}
