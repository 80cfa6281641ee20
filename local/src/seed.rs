//! The catalogue of a shop that has none yet: one book in five products, with real files.

use bookstall::{aws::Aws, clock, products::Products};
use time::macros::date;

use crate::{
    books::{self, Edition},
    dynamodb::PRODUCTS_TABLE,
    functions::{Function, Functions},
    shop::BOOKS_BUCKET,
    stand_ins::StandIns,
};

/// What is for sale, as the event that publishes it.
const CATALOGUE: &str = include_str!("../catalogue.json");

/// Makes the books and publishes them, as an author would, unless there is a catalogue already.
pub(crate) async fn fill(functions: &Functions, stand_ins: &StandIns) -> Result<(), String> {
    let products = Products::open(&Aws::at(stand_ins.aws.clone()), PRODUCTS_TABLE.to_owned());
    let catalogue = products
        .fresh_catalogue(clock::now())
        .await
        .map_err(|error| error.to_string())?;
    if !catalogue.is_empty() {
        return match stand_ins.s3.has_bucket(BOOKS_BUCKET).await {
            Ok(true) => Ok(()),
            Ok(false) => Err("there is a catalogue, but s3/ has lost its books".to_owned()),
            Err(error) => Err(error.to_string()),
        };
    }
    for (key, content_type, bytes) in files()? {
        let stored = stand_ins
            .s3
            .put(BOOKS_BUCKET, &key, content_type, bytes)
            .await;
        stored.map_err(|error| format!("the book {key} was not stored: {error}"))?;
    }
    let event = serde_json::from_str(CATALOGUE).map_err(|error| error.to_string())?;
    let published = functions.invoke(Function::Publish, event).await;
    published
        .map(drop)
        .map_err(|error| format!("the catalogue was not published: {}", error.error_message))
}

/// A file's key, content type and bytes.
type BookFile = (String, &'static str, Vec<u8>);

/// Every file that the catalogue names, and those of the update in `events/push-update.json`.
fn files() -> Result<Vec<BookFile>, String> {
    let editions = [
        ("1e", "1st edition", date!(2013 - 02 - 04)),
        ("2e", "2nd edition", date!(2026 - 10 - 01)),
        ("2e-2.1", "2nd edition, 2.1", date!(2026 - 11 - 15)),
        ("2e-de", "2. Auflage", date!(2026 - 11 - 01)),
    ];
    let mut files = Vec::new();
    for (name, edition, date) in editions {
        let edition = Edition {
            name: edition.to_owned(),
            date,
        };
        let key = |ending| format!("writing-idiomatic-python/{name}.{ending}");
        let epub = books::epub(&edition).map_err(|error| error.to_string())?;
        files.push((key("pdf"), "application/pdf", books::pdf(&edition)));
        files.push((key("epub"), "application/epub+zip", epub));
    }
    Ok(files)
}
