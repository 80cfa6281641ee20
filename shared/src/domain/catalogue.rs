//! The catalogue: the shop's books and products, as they were read at one time.

use std::{collections::BTreeMap, sync::Arc};

use crate::domain::{
    accent::Accent,
    book::{Book, BookId},
    cover::Cover,
    language::Language,
    product::{Product, ProductId},
};

/// What is said of all books that do not say it of themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShopDetails {
    /// The author. One line.
    pub author: Option<String>,
    /// The language that the books are written in.
    pub language: Option<Language>,
    /// The colour of their pages and mails.
    pub accent: Option<Accent>,
    /// How often its row in the catalogue was written; 0 if it never was.
    pub revision: u64,
}

/// The cover of a book, as its row in the catalogue has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookCover {
    /// The book.
    pub book: BookId,
    /// Its image; absent if it is to be taken away.
    pub image: Option<Cover>,
    /// How often its row in the catalogue was written; 0 if there is none.
    pub revision: u64,
}

/// All books and products, as they were read at one time.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// What is said of all books.
    pub shop: ShopDetails,
    /// The books by id.
    pub books: BTreeMap<BookId, Arc<Book>>,
    /// The products by id.
    pub products: BTreeMap<ProductId, Arc<Product>>,
    /// The covers of the books that have one, by the id of the book.
    pub covers: BTreeMap<BookId, Arc<BookCover>>,
}

impl Catalogue {
    /// Returns the book of this id.
    #[must_use]
    pub fn book(&self, id: &BookId) -> Option<Arc<Book>> {
        self.books.get(id).cloned()
    }

    /// Returns what people call a product: its own name, or that of its first book.
    #[must_use]
    pub fn name_of<'a>(&'a self, product: &'a Product) -> &'a str {
        let first = product.parts.first();
        let book = first.and_then(|part| self.books.get(&part.book));
        let name = product.name.as_deref();
        name.or(book.map(|book| book.name.as_str()))
            .unwrap_or(product.id.as_str())
    }

    /// Returns the cover of a book.
    #[must_use]
    pub fn cover(&self, book: &BookId) -> Option<&Cover> {
        self.covers.get(book)?.image.as_ref()
    }

    /// Returns who wrote a book.
    #[must_use]
    pub fn author<'a>(&'a self, book: &'a Book) -> Option<&'a str> {
        book.author.as_deref().or(self.shop.author.as_deref())
    }

    /// Returns the language that a book is written in.
    #[must_use]
    pub fn language<'a>(&'a self, book: &'a Book) -> Option<&'a Language> {
        book.language.as_ref().or(self.shop.language.as_ref())
    }

    /// Returns the colour of a book's pages and mails.
    #[must_use]
    pub fn accent(&self, book: &Book) -> Option<Accent> {
        book.accent.or(self.shop.accent)
    }
}
