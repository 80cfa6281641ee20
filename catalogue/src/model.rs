//! What `catalogue.toml` says. All of it has been checked, and defaults are filled in.

use std::{collections::BTreeMap, path::PathBuf};

use bookstall::domain::{agreement::Withdrawal, money::Price, tax::Taxation};

/// The author's books and products.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    /// What holds for the whole shop.
    pub shop: Shop,
    /// The books by id, at least one.
    pub books: BTreeMap<String, Book>,
    /// The products by id.
    pub products: BTreeMap<String, Product>,
}

/// What holds for the whole shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shop {
    /// The author's name: one line.
    pub author: String,
    /// The language of the books and of the sales page, as BCP 47 names it: `en`, `pt-BR`.
    pub language: String,
    /// The colour of buttons and links on pages and in mails: `#17594a`, in lower case.
    pub accent: Option<String>,
    /// The address of the shop's API, without a slash at its end: `https://shop.example.com`.
    pub url: Option<String>,
    /// The address of the sales page.
    pub page: Option<String>,
    /// Whether the sales page leads to where buyers withdraw, as the shop's parameter of this name has it.
    pub withdrawal: Withdrawal,
    /// The folder of the author's texts for the sales page.
    pub prose: Option<PathBuf>,
    /// Whether the forms of the sales page ask if the buyer buys for a company.
    pub ask_for_company: bool,
}

/// A book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    /// Its title: one line of at most 200 characters.
    pub name: String,
    /// The name of its edition: one line of at most 200 characters.
    pub version: String,
    /// Its author, if not the shop's.
    pub author: Option<String>,
    /// Its language, if not the shop's.
    pub language: Option<String>,
    /// The colour of buttons and links on its pages and in its mails, if not the shop's: `#17594a`,
    /// in lower case.
    pub accent: Option<String>,
    /// The image of its cover.
    pub cover: Option<PathBuf>,
    /// One paragraph for the sales page.
    pub description: Option<String>,
    /// Markdown that thanks the buyer.
    pub thanks: Option<String>,
    /// Its files in the order of `catalogue.toml`, at least one.
    pub files: Vec<BookFile>,
    /// The line in `catalogue.toml` where it begins.
    pub line: usize,
}

/// A file of a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookFile {
    /// Where it is: the path in `catalogue.toml`, beside that file unless it is absolute.
    pub path: PathBuf,
    /// Its name for forms and products: 1 to 32 of `a-z 0-9 -`, unique in the book.
    pub name: String,
    /// Its name for people: "PDF".
    pub label: String,
    /// Its size in bytes, at least 1.
    pub size: u64,
}

/// A product: what a button sells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// The books, or parts of books, that its buyer receives: at least one, each book once.
    pub parts: Vec<Part>,
    /// Its price, which Stripe charges.
    pub price: Price,
    /// What the tax in the price is worked out by, if Stripe works it out.
    pub taxation: Taxation,
    /// How many downloads each copy of a book has, and has again with each edition: 1 to 1000.
    pub downloads: u32,
    /// What the checkout calls it. Present if it has several books.
    pub name: Option<String>,
    /// Whether it can be bought.
    pub for_sale: bool,
    /// The line in `catalogue.toml` where it begins.
    pub line: usize,
}

/// A book of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The book's id.
    pub book: String,
    /// The names of the files that are sold, at least one. `None` is the whole book.
    pub files: Option<Vec<String>>,
}

impl Catalogue {
    /// Returns the author of a book.
    #[must_use]
    pub fn author_of<'a>(&'a self, book: &'a Book) -> &'a str {
        book.author.as_ref().unwrap_or(&self.shop.author)
    }

    /// Returns the language of a book.
    #[must_use]
    pub fn language_of<'a>(&'a self, book: &'a Book) -> &'a str {
        book.language.as_ref().unwrap_or(&self.shop.language)
    }

    /// Returns the files that a part of a product holds, in the order of the book. They are none if
    /// there is no such book.
    pub fn files_of<'a>(&'a self, part: &'a Part) -> impl Iterator<Item = &'a BookFile> {
        let files = self.books.get(&part.book).into_iter();
        files.flat_map(|book| &book.files).filter(|file| {
            let sold = part.files.as_ref();
            sold.is_none_or(|names| names.contains(&file.name))
        })
    }
}
