//! The catalogue table: a row for each book, each cover, each product, and the shop.

mod change;
mod cover_rows;
mod item;
mod sales;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use aws_sdk_dynamodb::Client;
use tokio::sync::RwLock;

use self::item::{SHOP, add, book_key, read_book, read_shop, unreadable};
use crate::{
    adapters::{
        attributes::{Attributes, Item, text},
        aws::{Aws, failed},
        aws_connections::EarlyConnection,
        batch,
    },
    domain::{
        book::{Book, BookId},
        catalogue::{Catalogue, ShopDetails},
        product::ProductId,
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};

pub use change::{MOST_ROWS, RowChange};
pub use item::OfferedBook;
pub use sales::{Offer, SoldBooks};

/// How long a catalogue is kept in memory, in seconds. A changed price still applies at once,
/// because `buy` does not use the kept catalogue. A withdrawn product can still be downloaded by
/// its buyers.
const CATALOGUE_SECONDS: i64 = 60;

/// The catalogue table, in DynamoDB.
pub struct CatalogueTable {
    client: Client,
    early_connection: EarlyConnection,
    table: String,
    kept: RwLock<Option<(Timestamp, Arc<Catalogue>)>>,
    /// The books that each product had when it was last offered, so that their rows are read together
    /// with the product's.
    offered: Mutex<HashMap<ProductId, Vec<BookId>>>,
}

impl CatalogueTable {
    /// Opens this table.
    #[must_use]
    pub fn open(aws: &Aws, table: String) -> Self {
        Self {
            client: aws.dynamodb(),
            early_connection: aws.early_connection_to_dynamodb(),
            table,
            kept: RwLock::default(),
            offered: Mutex::default(),
        }
    }

    /// Opens the connection ahead of the first request. Ignores errors: the first request will report
    /// them.
    pub async fn connect(&self) {
        self.early_connection.open().await;
    }

    /// Returns the current book of this id. Makes one `GetItem`.
    pub async fn book(&self, id: &BookId) -> Result<Option<Book>, Failure> {
        self.row("Failed to read the book", &book_key(id), read_book)
            .await
    }

    /// Returns the current books of these ids, in the order of the ids, with `None` for each that
    /// does not exist. Makes one `BatchGetItem` for each hundred ids.
    pub async fn books(&self, ids: &[&BookId]) -> Result<Vec<Option<Book>>, Failure> {
        const STEP: &str = "Failed to read the books";
        let rows = self.rows(STEP, ids.iter().map(|id| book_key(id))).await?;
        rows.books(ids)
    }

    /// Returns a book that says no language or no accent with the one that the shop says of all
    /// books. Makes at most one `GetItem`.
    pub async fn with_details(&self, mut book: Book) -> Result<Book, Failure> {
        if book.language.is_none() || book.accent.is_none() {
            let shop = self.row("Failed to read the shop's details", SHOP, read_shop);
            add_details(&mut book, &shop.await?.unwrap_or_default());
        }
        Ok(book)
    }

    async fn row<T>(
        &self,
        step: &'static str,
        key: &str,
        read: impl FnOnce(&Item) -> Option<T>,
    ) -> Result<Option<T>, Failure> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("id", text(key))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| failed(step, &error))?;
        answer
            .item
            .map(|item| read(&item).ok_or_else(|| unreadable(step, &item)))
            .transpose()
    }

    /// Returns the current rows of these keys, as far as they exist.
    async fn rows(
        &self,
        step: &'static str,
        keys: impl IntoIterator<Item = String>,
    ) -> Result<Rows, Failure> {
        let mut keys: Vec<_> = keys.into_iter().collect();
        // DynamoDB refuses a key that is there twice.
        keys.sort_unstable();
        keys.dedup();
        let keys = keys
            .iter()
            .map(|key| Item::from([("id".to_owned(), text(key))]));
        let items = batch::items(&self.client, step, &self.table, keys.collect()).await?;
        Ok(Rows { step, items })
    }

    /// Returns all books and products, as they were at most a minute ago. If the copy in memory is
    /// older, it makes one `Scan`: an author's catalogue fits on one page of answers.
    pub async fn kept(&self, now: Timestamp) -> Result<Arc<Catalogue>, Failure> {
        if let Some((read_at, catalogue)) = &*self.kept.read().await
            && now < read_at.plus_seconds(CATALOGUE_SECONDS)
        {
            return Ok(Arc::clone(catalogue));
        }
        self.fresh(now).await
    }

    /// Returns all current books and products, and keeps them in memory.
    pub async fn fresh(&self, now: Timestamp) -> Result<Arc<Catalogue>, Failure> {
        let catalogue = Arc::new(self.current().await?);
        *self.kept.write().await = Some((now, Arc::clone(&catalogue)));
        Ok(catalogue)
    }

    /// Returns all current books and products. Makes one `Scan`.
    pub async fn current(&self) -> Result<Catalogue, Failure> {
        const STEP: &str = "Failed to read the catalogue";
        let mut catalogue = Catalogue::default();
        let mut rows = self
            .client
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        while let Some(row) = rows.next().await {
            let row = row.map_err(|error| failed(STEP, &error))?;
            add(&mut catalogue, &row).ok_or_else(|| unreadable(STEP, &row))?;
        }
        Ok(catalogue)
    }
}

/// Rows that were read together.
struct Rows {
    step: &'static str,
    items: Vec<Item>,
}

impl Rows {
    /// Reads the row of this key; `None` if there is none.
    fn read<T>(
        &self,
        key: &str,
        read: impl FnOnce(&Item) -> Option<T>,
    ) -> Result<Option<T>, Failure> {
        let mut rows = self.items.iter();
        let row = rows.find(|row| Attributes(row).text("id") == Some(key));
        row.map(|row| read(row).ok_or_else(|| unreadable(self.step, row)))
            .transpose()
    }

    /// Reads the rows of these books, with `None` for each that there is not.
    fn books(&self, ids: &[&BookId]) -> Result<Vec<Option<Book>>, Failure> {
        let books = ids.iter().map(|id| self.read(&book_key(id), read_book));
        books.collect()
    }

    /// Reads what is said of all books.
    fn shop(&self) -> Result<ShopDetails, Failure> {
        Ok(self.read(SHOP, read_shop)?.unwrap_or_default())
    }
}

/// Adds what the shop says of all books, and a mail needs, to a book that does not say it.
fn add_details(book: &mut Book, shop: &ShopDetails) {
    book.accent = book.accent.or(shop.accent);
    if book.language.is_none() {
        book.language.clone_from(&shop.language);
    }
}

/// Returns the failure of a step that needs a book which was sold and later removed.
#[must_use]
pub fn not_in_catalogue(id: &BookId) -> Failure {
    Failure::refused(
        "Failed to find the book of a purchase",
        format!("`{id}` is not in the catalogue; publish it again"),
    )
}
