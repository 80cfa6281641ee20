//! Reads what a checkout and a sale need of the catalogue, in one call.

use std::sync::PoisonError;

use super::{
    CatalogueTable, add_details,
    item::{OfferedBook, SHOP, book_key, product_key, read_offered_book, read_product},
};
use crate::{
    domain::{
        book::{Book, BookId},
        product::{Product, ProductId},
    },
    runtime::failure::Failure,
};

/// A product, and what its checkout says of it.
#[derive(Debug)]
pub struct Offer {
    /// The product.
    pub product: Product,
    /// The first of its books; absent if it is not in the catalogue.
    pub book: Option<OfferedBook>,
    /// The first of its books that is not in the catalogue.
    pub missing: Option<BookId>,
}

/// The books of a sale.
#[derive(Debug)]
pub struct SoldBooks {
    /// The books in the order of their ids, with `None` for each that does not exist.
    pub books: Vec<Option<Book>>,
    /// The name that the shop says of all books: its author or publisher.
    pub seller: Option<String>,
}

impl CatalogueTable {
    /// Returns the current product of this id with what its checkout says, or `None` if there is no
    /// such product.
    ///
    /// Makes one `BatchGetItem` for the product, the shop, and the books that the product had when it
    /// was last offered. If it has others by now, or this process has not offered it yet, another one
    /// reads those. So the answer is as current as if each row had been read on its own.
    pub async fn offer(&self, id: &ProductId) -> Result<Option<Offer>, Failure> {
        const STEP: &str = "Failed to read the product";
        let key = product_key(id);
        let expected = self.expected_books(id);
        let keys = expected.iter().map(book_key);
        let keys = keys.chain([key.clone(), SHOP.to_owned()]);
        let mut rows = self.rows(STEP, keys).await?;
        let Some(product) = rows.read(&key, read_product)? else {
            return Ok(None);
        };
        let ids = || product.parts.iter().map(|part| &part.book);
        if !ids().eq(&expected) {
            let others = ids().filter(|id| !expected.contains(id));
            let others: Vec<_> = others.map(book_key).collect();
            if !others.is_empty() {
                rows.items.extend(self.rows(STEP, others).await?.items);
            }
            let mut offered = self.offered.lock().unwrap_or_else(PoisonError::into_inner);
            offered.insert(id.clone(), ids().cloned().collect());
        }
        let mut books = Vec::new();
        for id in ids() {
            books.push((id, rows.read(&book_key(id), read_offered_book)?));
        }
        let missing = books.iter().find(|(_, book)| book.is_none());
        let missing = missing.map(|(id, _)| BookId::clone(id));
        let shop = rows.shop()?;
        let first = books.into_iter().next().and_then(|(_, book)| book);
        let book = first.map(|book| OfferedBook {
            language: book.language.or(shop.language),
            accent: book.accent.or(shop.accent),
            ..book
        });
        Ok(Some(Offer {
            product,
            book,
            missing,
        }))
    }

    /// Returns the books that the product had when it was last offered; none if it was not.
    fn expected_books(&self, id: &ProductId) -> Vec<BookId> {
        let offered = self.offered.lock().unwrap_or_else(PoisonError::into_inner);
        offered.get(id).cloned().unwrap_or_default()
    }

    /// Returns the current books of these ids as [`books`](Self::books) does, and who sells them. A
    /// book that says no language or no accent has the one that the shop says of all books. Makes one
    /// `BatchGetItem` for each hundred rows, and the shop is one.
    pub async fn sold_books(&self, ids: &[&BookId]) -> Result<SoldBooks, Failure> {
        const STEP: &str = "Failed to read the books";
        let keys = ids.iter().map(|id| book_key(id)).chain([SHOP.to_owned()]);
        let rows = self.rows(STEP, keys).await?;
        let (mut books, shop) = (rows.books(ids)?, rows.shop()?);
        for book in books.iter_mut().flatten() {
            add_details(book, &shop);
        }
        Ok(SoldBooks {
            books,
            seller: shop.author,
        })
    }
}

impl Offer {
    /// Returns what people call the product: its own name, or that of its first book.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        let name = self.product.name.as_deref();
        name.or(self.book.as_ref().map(|book| &*book.name))
    }
}
