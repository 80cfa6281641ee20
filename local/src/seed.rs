//! What a shop that opens has besides its catalogue: a state that can be read, and the files that
//! the events in `events/` name, so that these can be tried.

use std::io;

use bookstall::{
    adapters::{aws::Aws, catalogue::CatalogueTable},
    runtime::clock,
};
use emulators::{
    dynamodb::CATALOGUE_TABLE,
    s3::{BOOKS_BUCKET, S3Emulator},
};

use crate::emulators::Emulators;

/// The folder of the keys in the events.
const FOLDER: &str = "writing-idiomatic-python";

/// The names of the files, each with its content type and content.
const FILES: [(&str, &str, &[u8]); 4] = [
    (
        "2e.pdf",
        "application/pdf",
        include_bytes!("../sample-books/2e.pdf"),
    ),
    (
        "2e.epub",
        "application/epub+zip",
        include_bytes!("../sample-books/2e.epub"),
    ),
    (
        "2e-2.1.pdf",
        "application/pdf",
        include_bytes!("../sample-books/2e-2.1.pdf"),
    ),
    (
        "2e-2.1.epub",
        "application/epub+zip",
        include_bytes!("../sample-books/2e-2.1.epub"),
    ),
];

/// Stores the files that are not there yet.
pub(crate) async fn store_files_of_events(s3: &S3Emulator) -> io::Result<()> {
    for (name, content_type, content) in FILES {
        let key = format!("{FOLDER}/{name}");
        if !s3.has_object(BOOKS_BUCKET, &key).await? {
            s3.put(BOOKS_BUCKET, &key, content_type, content).await?;
        }
    }
    Ok(())
}

/// Checks that the state can be read: the catalogue, and the books if there is a catalogue. The error
/// says what is wrong with it.
pub(crate) async fn check(emulators: &Emulators) -> Result<(), String> {
    let table = CatalogueTable::open(&Aws::at(emulators.aws.clone()), CATALOGUE_TABLE.to_owned());
    let catalogue = table.fresh(clock::now()).await;
    let catalogue = catalogue.map_err(|error| error.to_string())?;
    match emulators.s3.has_bucket(BOOKS_BUCKET).await {
        Ok(false) if !catalogue.products.is_empty() => {
            Err("there is a catalogue, but its books are missing in s3/".to_owned())
        }
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}
