//! `publish` changes the catalogue: what is said of all books, the books, and the products that sell
//! them. It makes all changes of an event or none. The author invokes it.

mod change;
mod difference;
pub mod event;

use bookstall::{
    adapters::{
        aws::Aws,
        books::{Books, Unfit},
        catalogue::{CatalogueTable, MOST_ROWS, RowChange},
    },
    domain::{book_file::BookFile, catalogue::Catalogue},
    runtime::{
        config::{self, ConfigError, Environment},
        event::Problems,
        failure::Failure,
        invocation::EventError,
        timeouts::{CATALOGUE, FILES, with_timeout},
    },
};
use lambda_http::tracing;
use serde_json::Value;

pub use difference::{Change, Changes, Published};
use event::{EXAMPLE, Event};

/// The adapters that `publish` uses.
pub struct Shop {
    catalogue: CatalogueTable,
    books: Books,
}

impl Shop {
    /// Opens the adapters. The error names every environment variable that is missing or wrong.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let shop = Self {
            catalogue: CatalogueTable::open(aws, environment.required(config::CATALOGUE_TABLE)),
            books: Books::open(aws, environment.required(config::BOOKS_BUCKET)),
        };
        environment.complete()?;
        Ok(shop)
    }
}

/// Makes the event's changes in the catalogue, after checking all of them, and answers what was and
/// what is. With `dry_run` in the event, only answers.
///
/// The newest version of each file is what buyers get from now on, whatever is uploaded or deleted
/// later, until the book is published again. A book stays at its edition, because `push-update` makes
/// new editions. Sending the same event again changes nothing, unless a file was uploaded meanwhile.
pub async fn handle(shop: &Shop, event: Value) -> Result<Published, EventError> {
    let event = event::read(&event)?;
    let (current, uploads) = tokio::try_join!(
        with_timeout(
            FILES,
            "Failed to read the catalogue",
            read_catalogue(shop, &event)
        ),
        with_timeout(FILES, "Failed to find the files", find_files(shop, &event)),
    )
    .map_err(EventError::Unchanged)?;
    let (published, rows) = changes(&current, &event, uploads)?;
    if event.dry_run || rows.is_empty() {
        return Ok(published);
    }
    let written = shop.catalogue.write(&rows);
    // The catalogue is written in one transaction, so a timeout leaves all of it written or nothing.
    let is_written = with_timeout(CATALOGUE, "Failed to write the catalogue", written).await?;
    if !is_written {
        return Err(EventError::Conflict);
    }
    let (books, products) = (published.books.len(), published.products.len());
    tracing::info!(books, products, "catalogue published");
    Ok(published)
}

/// Returns the answer to the event, and the rows to write. The error names everything that is wrong
/// with it.
fn changes(
    current: &Catalogue,
    event: &Event,
    uploads: Vec<Result<BookFile, Unfit>>,
) -> Result<(Published, Vec<RowChange>), EventError> {
    let problems = Problems::default();
    let files = change::fit_files(event, uploads, &problems);
    let next = change::apply(current, event, &files, &problems);
    let (published, rows) = difference::difference(current, &next, event);
    if rows.len() > MOST_ROWS {
        problems.add_sentence(format_args!(
            "The event changes {} rows of the catalogue, where each book, each cover and each product \
             is one, and so is each book that a product begins to sell; a transaction of DynamoDB \
             holds {MOST_ROWS}, so send it in parts",
            rows.len()
        ));
    }
    problems.check(Some((published, rows)), EXAMPLE)
}

/// Reads the catalogue, and the event's books before the rest. A product that began to sell one of
/// these books since is either among the rest, or raised the book's revision.
async fn read_catalogue(shop: &Shop, event: &Event) -> Result<Catalogue, Failure> {
    let ids: Vec<_> = event.books.keys().collect();
    let books = shop.catalogue.books(&ids).await?;
    let mut catalogue = shop.catalogue.current().await?;
    for (id, book) in ids.into_iter().zip(books) {
        match book {
            Some(book) => catalogue.books.insert(id.clone(), book.into()),
            None => catalogue.books.remove(id),
        };
    }
    Ok(catalogue)
}

/// Returns the newest version of each file that the event lists, in the order of the event.
async fn find_files(shop: &Shop, event: &Event) -> Result<Vec<Result<BookFile, Unfit>>, Failure> {
    let files = event.listed_files();
    shop.books
        .newest_of(files.flat_map(|(_, files)| files))
        .await
}
