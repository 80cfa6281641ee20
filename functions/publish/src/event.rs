//! The author's event, which lists the products. It is checked before anything changes.

use std::collections::{BTreeMap, BTreeSet};

use bookstall::{
    domain::{
        money::{Currency, HIGHEST_PRICE, NotCharged, Price},
        product::{
            BookFile, BookKey, Files, Format, LONGEST_NAME, Product, ProductId, is_one_line,
        },
    },
    runtime::invocation::{EventError, read_event},
};
use serde::Deserialize;
use serde_json::Value;

/// A correct event, for the error that refuses a wrong one.
const EXAMPLE: &str = include_str!("../../../events/publish.json");

/// The largest number of products in an event: a transaction of DynamoDB holds no more.
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

/// Reads the products of an event. The error names everything that is wrong with any of them.
pub fn read(event: Value) -> Result<Vec<Product>, EventError> {
    let event: Event = read_event(event, EXAMPLE)?;
    let mut problems = Vec::new();
    if !(1..=MOST_PRODUCTS).contains(&event.products.len()) {
        problems.push(format!(
            "`products`: expected 1 to {MOST_PRODUCTS} products, found {}",
            event.products.len()
        ));
    }
    let mut ids = BTreeSet::new();
    let mut products = Vec::new();
    for (index, listing) in event.products.iter().enumerate() {
        if !ids.insert(&listing.id) {
            problems.push(format!(
                "`products[{index}].id`: `{}` is listed twice",
                listing.id
            ));
        }
        match product(index, listing) {
            Ok(product) => products.push(product),
            Err(wrong) => problems.extend(wrong),
        }
    }
    if problems.is_empty() {
        Ok(products)
    } else {
        Err(wrong(problems))
    }
}

/// Returns the error that names these problems and shows a correct event.
pub(crate) fn wrong(problems: Vec<String>) -> EventError {
    EventError::Wrong {
        problems,
        example: EXAMPLE,
    }
}

/// Reads the product at an index of the list, or returns everything that is wrong with it.
fn product(index: usize, listing: &Listing) -> Result<Product, Vec<String>> {
    let mut problems = Vec::new();
    let mut wrong = |field: &str, problem: &str| {
        problems.push(format!("`products[{index}].{field}`: {problem}"));
    };

    let id = ProductId::parse(&listing.id);
    if id.is_none() {
        wrong(
            "id",
            "expected 1 to 64 lower-case letters, digits and hyphens, such as \"wip-2e\"",
        );
    }
    for (field, text) in [("name", &listing.name), ("version", &listing.version)] {
        if !is_one_line(text) {
            wrong(
                field,
                &format!("expected one line of 1 to {LONGEST_NAME} characters"),
            );
        }
    }
    let currency = Currency::parse(&listing.currency);
    if currency.is_none() {
        wrong("currency", "expected an ISO 4217 code, such as \"usd\"");
    }
    let price = currency.and_then(|currency| Price::new(listing.price, currency));
    if currency.is_some() && price.is_none() {
        wrong(
            "price",
            &format!("expected whole minor units (2900 is 29.00), 1 to {HIGHEST_PRICE}"),
        );
    }
    if let Some(Err(refusal)) = price.map(Price::chargeable) {
        let field = match refusal {
            NotCharged::Currency(_) => "currency",
            NotCharged::TooSmall(..) | NotCharged::BetweenSteps(..) => "price",
        };
        wrong(field, &refusal.to_string());
    }
    let mut files = Files::new();
    for (format, key) in &listing.files {
        match (Format::parse(format), BookKey::parse(key)) {
            (Some(format), Some(key)) => drop(files.insert(format, BookFile::newest(key))),
            (None, _) => wrong(
                &format!("files.{format}"),
                "expected a file's ending, such as \"pdf\"",
            ),
            (_, None) => wrong(
                &format!("files.{format}"),
                "expected the key of a file in the bucket, not of a folder",
            ),
        }
    }
    if listing.files.is_empty() {
        wrong(
            "files",
            "expected at least one, such as {\"pdf\": \"wip/2e.pdf\"}",
        );
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
    fn the_example_is_correct() {
        let event = serde_json::from_str(EXAMPLE).unwrap();
        assert!(read(event).is_ok());
    }

    #[test]
    fn every_wrong_field_is_named_and_a_correct_event_is_shown() {
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
            "`products[2].id`: `x` is listed twice",
            "Nothing was changed",
            "A right event: {",
        ] {
            assert!(message.contains(part), "{part} is not in: {message}");
        }
    }

    #[test]
    fn the_wrong_field_of_an_event_of_another_shape_is_named() {
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
                "`products[0].price`: 2900.50 ISK is no multiple of 1.00 ISK",
            ),
            (
                json!({"products": [{
                    "id": "a", "name": "a", "version": "1", "price": 49, "currency": "usd",
                    "files": {"pdf": "k"},
                }]}),
                "`products[0].price`: 0.49 USD is less than 0.50 USD",
            ),
            (
                json!({"products": [{
                    "id": "a", "name": "a", "version": "1", "price": 2900, "currency": "xau",
                    "files": {"pdf": "k"},
                }]}),
                "`products[0].currency`: Stripe does not charge in XAU",
            ),
            (json!({"products": [{"prize": 1}]}), "unknown field `prize`"),
        ] {
            let message = problems(event);
            assert!(message.contains(part), "{part} is not in: {message}");
        }
    }
}
