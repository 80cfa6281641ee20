//! The catalogue table: a row for each book, each product, and the shop.

use std::sync::Arc;

use aws_sdk_dynamodb::{
    Client,
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, Put, TransactWriteItem},
};
use tokio::sync::RwLock;

use crate::{
    adapters::{
        attributes::{Attributes, Item, number, text},
        aws::{Aws, all_of, failed, is_refused_by_another_write},
    },
    domain::{
        accent::Accent,
        book::{Book, BookId},
        book_file::{BookFile, BookKey, FileName, FileVersion, Format},
        catalogue::{Catalogue, ShopDetails},
        language::Language,
        money::{Currency, Price},
        notes::Notes,
        product::{Product, ProductId, read_parts, write_parts},
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};

/// How long a catalogue is kept in memory, in seconds. A changed price still applies at once,
/// because `buy` does not use the kept catalogue. A withdrawn product can still be downloaded by
/// its buyers.
const CATALOGUE_SECONDS: i64 = 60;

/// The key of the shop's own row. The rows of books are at `book/{id}`, those of products at
/// `product/{id}`.
const SHOP: &str = "shop";

/// The largest number of rows that one change may write or rely on: DynamoDB's limit for a
/// transaction
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html>).
pub const MOST_ROWS: usize = 100;

/// The catalogue table, in DynamoDB.
pub struct CatalogueTable {
    client: Client,
    table: String,
    kept: RwLock<Option<(Timestamp, Arc<Catalogue>)>>,
}

/// The books of a sale.
#[derive(Debug)]
pub struct SoldBooks {
    /// The books in the order of their ids, with `None` for each that does not exist.
    pub books: Vec<Option<Book>>,
    /// The name that the shop says of all books: its author or publisher.
    pub seller: Option<String>,
}

/// A row that a change of the catalogue writes. It holds the revision at which the row was read, 0 if
/// there was none. The change expects that the row is still at that revision, and raises it. A row
/// that a change relies on is written as it is: another change that relies on what it was is refused
/// then.
#[derive(Clone, Debug)]
pub enum RowChange {
    /// Writes what is said of all books.
    Shop(ShopDetails),
    /// Writes a book.
    Book(Book),
    /// Writes a product.
    Product(Product),
}

impl CatalogueTable {
    /// Opens this table.
    #[must_use]
    pub fn open(aws: &Aws, table: String) -> Self {
        Self {
            client: aws.dynamodb(),
            table,
            kept: RwLock::default(),
        }
    }

    /// Opens the connection ahead of the first request, with one `GetItem` of a row that does not
    /// exist. Ignores errors: the first request will report them.
    pub async fn connect(&self) {
        let request = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("id", text("-"))
            .send();
        drop(request.await);
    }

    /// Returns the current product of this id. Makes one `GetItem`.
    pub async fn product(&self, id: &ProductId) -> Result<Option<Product>, Failure> {
        self.row("Failed to read the product", &product_key(id), read_product)
            .await
    }

    /// Returns the current book of this id. Makes one `GetItem`.
    pub async fn book(&self, id: &BookId) -> Result<Option<Book>, Failure> {
        self.row("Failed to read the book", &book_key(id), read_book)
            .await
    }

    /// Returns the current books of these ids as [`books`](Self::books) does, and who sells them. A
    /// book that says no language or no accent has the one that the shop says of all books. Makes one
    /// more `GetItem` for that, at the same time.
    pub async fn sold_books(&self, ids: &[&BookId]) -> Result<SoldBooks, Failure> {
        let (mut books, shop) = tokio::try_join!(self.books(ids), self.shop())?;
        for book in books.iter_mut().flatten() {
            add_details(book, &shop);
        }
        Ok(SoldBooks {
            books,
            seller: shop.author,
        })
    }

    /// Returns a book that says no language or no accent with the one that the shop says of all
    /// books. Makes at most one `GetItem`.
    pub async fn with_details(&self, mut book: Book) -> Result<Book, Failure> {
        if book.language.is_none() || book.accent.is_none() {
            add_details(&mut book, &self.shop().await?);
        }
        Ok(book)
    }

    /// Returns what is said of all books at present. Makes one `GetItem`.
    async fn shop(&self) -> Result<ShopDetails, Failure> {
        let shop = self.row("Failed to read the shop's details", SHOP, read_shop);
        Ok(shop.await?.unwrap_or_default())
    }

    /// Returns the current books of these ids, in the order of the ids, with `None` for each that
    /// does not exist. Makes one `GetItem` for each id, sixteen at a time.
    pub async fn books(&self, ids: &[&BookId]) -> Result<Vec<Option<Book>>, Failure> {
        all_of(ids.iter().map(|id| self.book(id)).collect()).await
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

    /// Makes either all of these changes or none, in one transaction. Returns `false` if a row is
    /// not at the revision at which it was read, or another transaction is writing it: nothing is
    /// written, and the caller has to read again. Takes at most [`MOST_ROWS`] rows.
    pub async fn write(&self, rows: &[RowChange]) -> Result<bool, Failure> {
        const STEP: &str = "Failed to write the catalogue";
        let changes: Result<Vec<_>, _> = rows.iter().map(|row| self.change(row)).collect();
        let changes = changes.map_err(|error| Failure::refused(STEP, error.to_string()))?;
        let request = self
            .client
            .transact_write_items()
            .set_transact_items(Some(changes));
        match request.send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled))
                    if is_refused_by_another_write(cancelled) =>
                {
                    Ok(false)
                }
                _ => Err(failed(STEP, &error)),
            },
        }
    }

    fn change(
        &self,
        row: &RowChange,
    ) -> Result<TransactWriteItem, aws_sdk_dynamodb::error::BuildError> {
        let (item, revision) = match row {
            RowChange::Shop(shop) => (shop_item(shop), shop.revision),
            RowChange::Book(book) => (book_item(book), book.revision),
            RowChange::Product(product) => (product_item(product), product.revision),
        };
        let put = Put::builder().table_name(&self.table).set_item(Some(item));
        let put = match revision {
            0 => put.condition_expression("attribute_not_exists(id)"),
            revision => put
                .condition_expression("revision = :revision")
                .expression_attribute_values(":revision", number(revision)),
        };
        Ok(TransactWriteItem::builder().put(put.build()?).build())
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

fn book_key(id: &BookId) -> String {
    format!("book/{id}")
}

fn product_key(id: &ProductId) -> String {
    format!("product/{id}")
}

/// Adds a row to the catalogue. `None` if it lacks an attribute or has a wrong one.
fn add(catalogue: &mut Catalogue, row: &Item) -> Option<()> {
    let key = Attributes(row).text("id")?;
    if key.starts_with("book/") {
        let book = read_book(row)?;
        catalogue.books.insert(book.id.clone(), Arc::new(book));
    } else if key.starts_with("product/") {
        let product = read_product(row)?;
        catalogue
            .products
            .insert(product.id.clone(), Arc::new(product));
    } else if key == SHOP {
        catalogue.shop = read_shop(row)?;
    }
    Some(())
}

/// Makes an item of the attributes that have a value.
fn item_of(attributes: impl IntoIterator<Item = (&'static str, Option<AttributeValue>)>) -> Item {
    attributes
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

fn shop_item(shop: &ShopDetails) -> Item {
    item_of([
        ("id", Some(text(SHOP))),
        ("author", shop.author.as_deref().map(text)),
        ("language", shop.language.as_ref().map(language)),
        ("accent", shop.accent.map(accent)),
        ("revision", Some(number(shop.revision + 1))),
    ])
}

fn language(language: &Language) -> AttributeValue {
    text(language.as_str())
}

fn accent(accent: Accent) -> AttributeValue {
    text(&accent.said.to_string())
}

fn book_item(book: &Book) -> Item {
    let files = book
        .files
        .iter()
        .map(|file| AttributeValue::M(file_item(file)));
    let pushed = book.pushed.iter().map(|version| text(version));
    item_of([
        ("id", Some(text(&book_key(&book.id)))),
        ("name", Some(text(&book.name))),
        ("version", Some(text(&book.version))),
        ("edition", Some(number(book.edition))),
        ("author", book.author.as_deref().map(text)),
        ("language", book.language.as_ref().map(language)),
        ("accent", book.accent.map(accent)),
        ("files", Some(AttributeValue::L(files.collect()))),
        ("notes", book.notes.as_ref().map(|notes| text(notes.text()))),
        (
            "thanks",
            book.thanks.as_ref().map(|thanks| text(thanks.text())),
        ),
        ("pushed", Some(AttributeValue::L(pushed.collect()))),
        ("revision", Some(number(book.revision + 1))),
    ])
}

fn file_item(file: &BookFile) -> Item {
    item_of([
        ("name", Some(text(file.name.as_str()))),
        ("label", file.label.as_deref().map(text)),
        ("format", Some(text(file.format.as_str()))),
        ("size", Some(number(file.size))),
        ("key", Some(text(file.key.as_str()))),
        ("version", Some(text(file.version.as_str()))),
    ])
}

fn product_item(product: &Product) -> Item {
    let money = product.price.money();
    item_of([
        ("id", Some(text(&product_key(&product.id)))),
        ("name", product.name.as_deref().map(text)),
        ("parts", Some(text(&write_parts(&product.parts)))),
        ("price", Some(number(money.minor_units))),
        ("currency", Some(text(&money.currency.code()))),
        ("downloads", Some(number(product.downloads))),
        ("for_sale", Some(AttributeValue::Bool(product.for_sale))),
        ("revision", Some(number(product.revision + 1))),
    ])
}

fn read_shop(row: &Item) -> Option<ShopDetails> {
    let row = Attributes(row);
    Some(ShopDetails {
        author: row.text("author").map(str::to_owned),
        language: row.parse("language", Language::parse),
        accent: row.parse("accent", Accent::parse),
        revision: row.number("revision")?,
    })
}

fn read_book(row: &Item) -> Option<Book> {
    let attributes = Attributes(row);
    Some(Book {
        id: attributes.parse("id", |key| BookId::parse(key.strip_prefix("book/")?))?,
        name: attributes.text("name")?.to_owned(),
        version: attributes.text("version")?.to_owned(),
        edition: attributes.number("edition")?,
        author: attributes.text("author").map(str::to_owned),
        language: attributes.parse("language", Language::parse),
        accent: attributes.parse("accent", Accent::parse),
        files: each(row, "files", |file| read_file(file.as_m().ok()?))?,
        notes: attributes.parse("notes", Notes::parse),
        thanks: attributes.parse("thanks", Notes::parse),
        pushed: each(row, "pushed", |version| version.as_s().ok().cloned())?,
        revision: attributes.number("revision")?,
    })
}

fn read_file(file: &Item) -> Option<BookFile> {
    let file = Attributes(file);
    Some(BookFile {
        name: file.parse("name", FileName::parse)?,
        label: file.text("label").map(str::to_owned),
        format: file.parse("format", Format::parse)?,
        size: file.number("size")?,
        key: file.parse("key", BookKey::parse)?,
        version: file.parse("version", FileVersion::parse)?,
    })
}

fn read_product(row: &Item) -> Option<Product> {
    let row = Attributes(row);
    Some(Product {
        id: row.parse("id", |key| ProductId::parse(key.strip_prefix("product/")?))?,
        name: row.text("name").map(str::to_owned),
        parts: row.parse("parts", read_parts)?,
        price: Price::new(
            row.number("price")?,
            row.parse("currency", Currency::parse)?,
        )?,
        downloads: row.number("downloads")?,
        for_sale: row.flag("for_sale")?,
        revision: row.number("revision")?,
    })
}

/// Reads each value of a list. `None` if there is no such list, or one value cannot be read.
fn each<T>(
    row: &Item,
    name: &str,
    read: impl FnMut(&AttributeValue) -> Option<T>,
) -> Option<Vec<T>> {
    row.get(name)?.as_l().ok()?.iter().map(read).collect()
}

fn unreadable(step: &'static str, row: &Item) -> Failure {
    let id = Attributes(row).text("id").unwrap_or("unknown");
    Failure::refused(
        step,
        format!("the row `{id}` lacks an attribute or has a wrong one; publish it again"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{book::tests::book, book_file::tests::book_file, product::tests::product};

    /// Asserts that a row is read as it was written, one revision later, and not at all if any
    /// attribute but the optional ones is missing.
    fn assert_read<T: PartialEq + std::fmt::Debug>(
        row: &Item,
        optional: &[&str],
        read: impl Fn(&Item) -> Option<T>,
        written: &T,
    ) {
        assert_eq!(read(row).as_ref(), Some(written));
        for name in row.keys().filter(|name| !optional.contains(&name.as_str())) {
            let mut lacking = row.clone();
            lacking.remove(name);
            assert_eq!(read(&lacking), None, "without {name}");
        }
    }

    #[test]
    fn a_book_is_read_as_it_was_written() {
        let full = Book {
            edition: 3,
            author: Some("Ada Winters".to_owned()),
            language: Language::parse("en"),
            accent: Accent::parse("#ffd400"),
            files: vec![
                book_file("pdf"),
                BookFile {
                    label: Some("All the code".to_owned()),
                    ..book_file("zip")
                },
            ],
            notes: Notes::parse("New."),
            thanks: Notes::parse("**Thank you!**"),
            pushed: vec!["2nd edition".to_owned()],
            ..book()
        };
        let written = Book {
            revision: full.revision + 1,
            ..full.clone()
        };
        let optional = ["notes", "thanks", "author", "language", "accent"];
        assert_read(&book_item(&full), &optional, read_book, &written);
    }

    #[test]
    fn a_product_is_read_as_it_was_written() {
        for (name, parts) in [(None, "wip"), (Some("Both books"), "wip:epub+pdf,fluent")] {
            let product = Product {
                name: name.map(str::to_owned),
                parts: read_parts(parts).unwrap(),
                for_sale: false,
                ..product()
            };
            let written = Product {
                revision: product.revision + 1,
                ..product.clone()
            };
            assert_read(&product_item(&product), &["name"], read_product, &written);
        }
    }

    #[test]
    fn a_price_that_stripe_refuses_is_read_all_the_same_and_can_be_mended() {
        let price = Price::new(4990, Currency::parse("isk").unwrap()).unwrap();
        let product = Product { price, ..product() };
        assert_eq!(read_product(&product_item(&product)).unwrap().price, price);
    }

    #[test]
    fn a_version_that_s3_cannot_have_answered_is_damage() {
        for wrong in [text("null"), number(7_u32)] {
            let mut file = file_item(&book_file("pdf"));
            file.insert("version".to_owned(), wrong.clone());
            assert_eq!(read_file(&file), None, "{wrong:?}");
        }
    }

    #[test]
    fn each_row_has_its_place() {
        let mut catalogue = Catalogue::default();
        let shop = ShopDetails {
            author: Some("Ada Winters".to_owned()),
            language: Language::parse("en"),
            accent: Accent::parse("#ffd400"),
            revision: 0,
        };
        for row in [
            shop_item(&shop),
            book_item(&book()),
            product_item(&product()),
        ] {
            add(&mut catalogue, &row).unwrap();
        }
        assert_eq!(catalogue.shop.revision, 1);
        assert_eq!(catalogue.author(&book()), Some("Ada Winters"));
        assert_eq!(catalogue.accent(&book()), shop.accent);
        assert!(catalogue.book(&book().id).is_some());
        assert!(catalogue.products.contains_key(&product().id));
    }
}
