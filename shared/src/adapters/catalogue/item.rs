//! Converts the rows of the catalogue table to and from items. Only this module knows the types of the
//! attributes.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;

use super::cover_rows;
use crate::{
    adapters::attributes::{Attributes, Item, item_of, number, text},
    domain::{
        accent::Accent,
        book::{Book, BookId},
        book_file::{BookFile, BookKey, FileName, FileVersion, Format},
        catalogue::{Catalogue, ShopDetails},
        language::Language,
        money::{Currency, Price},
        notes::Notes,
        product::{Product, ProductId, read_parts, write_parts},
        tax::{TaxBehavior, TaxCode, Taxation},
    },
    runtime::failure::Failure,
};

/// What a checkout says of a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedBook {
    /// Its name.
    pub name: String,
    /// The name of its edition.
    pub version: String,
    /// The language that it is written in: its own, or that of the shop.
    pub language: Option<Language>,
    /// The colour of its pages: its own, or that of the shop.
    pub accent: Option<Accent>,
}

/// The key of the shop's own row. The rows of books are at `book/{id}`, those of their covers
/// at `cover/{id}`, those of products at `product/{id}`.
pub(super) const SHOP: &str = "shop";

pub(super) fn book_key(id: &BookId) -> String {
    format!("book/{id}")
}

pub(super) fn product_key(id: &ProductId) -> String {
    format!("product/{id}")
}

/// Adds a row to the catalogue. `None` if it lacks an attribute or has a wrong one.
pub(super) fn add(catalogue: &mut Catalogue, row: &Item) -> Option<()> {
    let key = Attributes(row).text("id")?;
    if key.starts_with("book/") {
        let book = read_book(row)?;
        catalogue.books.insert(book.id.clone(), Arc::new(book));
    } else if key.starts_with("cover/") {
        let cover = cover_rows::read(row)?;
        catalogue.covers.insert(cover.book.clone(), cover.into());
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

pub(super) fn shop_item(shop: &ShopDetails) -> Item {
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

pub(super) fn book_item(book: &Book) -> Item {
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

pub(super) fn product_item(product: &Product) -> Item {
    let money = product.price.money();
    item_of([
        ("id", Some(text(&product_key(&product.id)))),
        ("name", product.name.as_deref().map(text)),
        ("parts", Some(text(&write_parts(&product.parts)))),
        ("price", Some(number(money.minor_units))),
        ("currency", Some(text(&money.currency.code()))),
        ("tax_code", Some(text(&product.taxation.code.to_string()))),
        (
            "tax_behavior",
            Some(text(product.taxation.behavior.as_str())),
        ),
        ("downloads", Some(number(product.downloads))),
        ("for_sale", Some(AttributeValue::Bool(product.for_sale))),
        ("revision", Some(number(product.revision + 1))),
    ])
}

pub(super) fn read_shop(row: &Item) -> Option<ShopDetails> {
    let row = Attributes(row);
    Some(ShopDetails {
        author: row.text("author").map(str::to_owned),
        language: row.parse("language", Language::parse),
        accent: row.parse("accent", Accent::parse),
        revision: row.number("revision")?,
    })
}

pub(super) fn read_book(row: &Item) -> Option<Book> {
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

/// Reads what a checkout says of a book, without the rest of its row.
pub(super) fn read_offered_book(row: &Item) -> Option<OfferedBook> {
    let row = Attributes(row);
    Some(OfferedBook {
        name: row.text("name")?.to_owned(),
        version: row.text("version")?.to_owned(),
        language: row.parse("language", Language::parse),
        accent: row.parse("accent", Accent::parse),
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

pub(super) fn read_product(row: &Item) -> Option<Product> {
    let row = Attributes(row);
    Some(Product {
        id: row.parse("id", |key| ProductId::parse(key.strip_prefix("product/")?))?,
        name: row.text("name").map(str::to_owned),
        parts: row.parse("parts", read_parts)?,
        price: Price::new(
            row.number("price")?,
            row.parse("currency", Currency::parse)?,
        )?,
        taxation: Taxation {
            code: row.parse("tax_code", TaxCode::parse)?,
            behavior: row.parse("tax_behavior", TaxBehavior::parse)?,
        },
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

pub(super) fn unreadable(step: &'static str, row: &Item) -> Failure {
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
                taxation: Taxation {
                    code: TaxCode::parse("txcd_10301000").unwrap(),
                    behavior: TaxBehavior::Exclusive,
                },
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
