//! The catalogue of a shop that has none yet: one book in five products, with real files.

use bookstall::{aws::Aws, clock, products::Products};

use crate::{
    dynamodb::PRODUCTS_TABLE,
    functions::{Function, Functions},
    s3::S3StandIn,
    shop::BOOKS_BUCKET,
};

/// What is for sale, as the event that publishes it.
const CATALOGUE: &str = include_str!("../catalogue.json");

/// Makes the books and publishes them, as an author would, unless there is a catalogue already.
pub(crate) async fn fill(functions: &Functions, s3: &S3StandIn, aws: &Aws) -> Result<(), String> {
    let products = Products::open(aws, PRODUCTS_TABLE.to_owned());
    let catalogue = products
        .fresh_catalogue(clock::now())
        .await
        .map_err(|error| error.to_string())?;
    if !catalogue.is_empty() {
        return Ok(());
    }
    for (key, content_type, bytes) in files() {
        let stored = s3.put(BOOKS_BUCKET, key, content_type, bytes).await;
        stored.map_err(|error| format!("the book {key} was not stored: {error}"))?;
    }
    let event = serde_json::from_str(CATALOGUE).map_err(|error| error.to_string())?;
    let published = functions.invoke(Function::Publish, event).await;
    published
        .map(drop)
        .map_err(|error| format!("the catalogue was not published: {}", error.error_message))
}

fn files() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    ["2e", "2e-de", "1e", "2e-2.1"]
        .into_iter()
        .flat_map(|name| {
            let pdf: &'static str =
                Box::leak(format!("writing-idiomatic-python/{name}.pdf").into_boxed_str());
            let epub: &'static str =
                Box::leak(format!("writing-idiomatic-python/{name}.epub").into_boxed_str());
            [
                (pdf, "application/pdf", b"%PDF-1.7".to_vec()),
                (epub, "application/epub+zip", b"PK".to_vec()),
            ]
        })
        .collect()
}
