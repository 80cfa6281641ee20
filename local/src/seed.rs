//! The catalogue of a new shop: one book in five products, with real files.

use bookstall::{
    adapters::{aws::Aws, catalogue::CatalogueTable},
    runtime::clock,
};
use emulators::{dynamodb::CATALOGUE_TABLE, s3::BOOKS_BUCKET};

use crate::{
    emulators::Emulators,
    functions::{Function, Functions},
};

/// The catalogue, as an event for `publish`.
const CATALOGUE: &str = include_str!("../catalogue.json");

/// Stores the sample books and publishes them, unless there is a catalogue already.
pub(crate) async fn fill(functions: &Functions, emulators: &Emulators) -> Result<(), String> {
    let table = CatalogueTable::open(&Aws::at(emulators.aws.clone()), CATALOGUE_TABLE.to_owned());
    let catalogue = table.fresh(clock::now()).await;
    let catalogue = catalogue.map_err(|error| error.to_string())?;
    if !catalogue.products.is_empty() {
        return match emulators.s3.has_bucket(BOOKS_BUCKET).await {
            Ok(true) => Ok(()),
            Ok(false) => Err("there is a catalogue, but its books are missing in s3/".to_owned()),
            Err(error) => Err(error.to_string()),
        };
    }
    for (key, content_type, bytes) in files() {
        let stored = emulators
            .s3
            .put(BOOKS_BUCKET, &key, content_type, bytes)
            .await;
        stored.map_err(|error| format!("the book {key} cannot be stored: {error}"))?;
    }
    let event = serde_json::from_str(CATALOGUE).map_err(|error| error.to_string())?;
    let published = functions.invoke(Function::Publish, event).await;
    published
        .map(drop)
        .map_err(|error| format!("the catalogue cannot be published: {}", error.error_message))
}

/// A file's key, content type and bytes.
type BookFile = (String, &'static str, &'static [u8]);

/// Returns the files of the catalogue and those of the update in `events/push-update.json`. The first
/// edition and the German one have the text of the second.
fn files() -> Vec<BookFile> {
    let second = (
        include_bytes!("../sample-books/2e.pdf").as_slice(),
        include_bytes!("../sample-books/2e.epub").as_slice(),
    );
    let corrected = (
        include_bytes!("../sample-books/2e-2.1.pdf").as_slice(),
        include_bytes!("../sample-books/2e-2.1.epub").as_slice(),
    );
    let editions = [
        ("1e", second),
        ("2e", second),
        ("2e-2.1", corrected),
        ("2e-de", second),
    ];
    editions
        .into_iter()
        .flat_map(|(name, (pdf, epub))| {
            let key = |ending| format!("writing-idiomatic-python/{name}.{ending}");
            [
                (key("pdf"), "application/pdf", pdf),
                (key("epub"), "application/epub+zip", epub),
            ]
        })
        .collect()
}
