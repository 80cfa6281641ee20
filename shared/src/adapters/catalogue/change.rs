//! Writes changes of the catalogue, all of them or none.

use aws_sdk_dynamodb::{
    error::BuildError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{Put, TransactWriteItem},
};

use super::{
    CatalogueTable, cover_rows,
    item::{book_item, product_item, shop_item},
};
use crate::{
    adapters::{
        attributes::number,
        aws::{failed, is_refused_by_another_write},
    },
    domain::{
        book::Book,
        catalogue::{BookCover, ShopDetails},
        product::Product,
    },
    runtime::failure::Failure,
};

/// The largest number of rows that one change may write or rely on: DynamoDB's limit for a
/// transaction
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html>).
pub const MOST_ROWS: usize = 100;

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
    /// Writes a book's cover, or takes it away.
    Cover(BookCover),
    /// Writes a product.
    Product(Product),
}

impl CatalogueTable {
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

    fn change(&self, row: &RowChange) -> Result<TransactWriteItem, BuildError> {
        let (item, revision) = match row {
            RowChange::Shop(shop) => (shop_item(shop), shop.revision),
            RowChange::Book(book) => (book_item(book), book.revision),
            RowChange::Cover(cover) => (cover_rows::item(cover), cover.revision),
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
