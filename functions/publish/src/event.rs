//! Reads the author's event, which says what changes in the catalogue.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use bookstall::{
    adapters::purchases::MOST_COPIES,
    domain::{
        accent::Accent,
        book::BookId,
        book_file::{FileName, ListedFile},
        cover::Cover,
        language::Language,
        money::Price,
        notes::{LONGEST_NOTES, Notes},
        product::{Files, MOST_DOWNLOADS, Part, ProductId},
        tax::{TaxBehavior, TaxCode},
    },
    runtime::{
        event::{Field, Fields, Problems},
        invocation::EventError,
        log::without_secrets,
    },
};
use serde_json::Value;

/// A correct event, for the error that refuses a wrong one.
pub(crate) const EXAMPLE: &str = include_str!("../../../events/publish.json");

/// What the author's event changes. What it does not name stays as it is.
#[derive(Debug)]
pub struct Event {
    /// What is said of all books.
    pub shop: ShopEvent,
    /// The books by id.
    pub books: BTreeMap<BookId, BookEvent>,
    /// The products by id.
    pub products: BTreeMap<ProductId, ProductEvent>,
    /// Whether the author only wants to know what the event would change.
    pub dry_run: bool,
}

/// What an event says of an optional field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// Nothing: the field stays as it is.
    #[default]
    Keep,
    /// Null: the field is taken away.
    Remove,
    /// A value.
    Set(T),
}

impl<T: Clone> Patch<T> {
    /// Returns what becomes of the field.
    pub(crate) fn apply(&self, current: Option<T>) -> Option<T> {
        match self {
            Self::Keep => current,
            Self::Remove => None,
            Self::Set(value) => Some(value.clone()),
        }
    }

    /// Returns what becomes of a field that has a usual value.
    pub(crate) fn apply_or(&self, current: T, usual: T) -> T {
        self.apply(Some(current)).unwrap_or(usual)
    }
}

/// What an event says of all books.
#[derive(Debug, Default)]
pub struct ShopEvent {
    /// Their author.
    pub author: Patch<String>,
    /// The language that they are written in.
    pub language: Patch<Language>,
    /// The colour of their pages and mails.
    pub accent: Patch<Accent>,
}

impl Event {
    /// Returns the books whose files the event lists, with these files.
    pub(crate) fn listed_files(&self) -> impl Iterator<Item = (&BookId, &Vec<ListedFile>)> {
        let books = self.books.iter();
        books.filter_map(|(id, book)| Some((id, book.files.as_ref()?)))
    }
}

impl ShopEvent {
    /// Whether the event says anything.
    pub(crate) fn is_named(&self) -> bool {
        self.author != Patch::Keep || self.language != Patch::Keep || self.accent != Patch::Keep
    }
}

/// What an event says of a book.
#[derive(Debug)]
pub struct BookEvent {
    /// Its name.
    pub name: Option<String>,
    /// The name of its edition.
    pub version: Option<String>,
    /// Its author, if not that of the shop.
    pub author: Patch<String>,
    /// Its language, if not that of the shop.
    pub language: Patch<Language>,
    /// The colour of its pages and mails, if not that of the shop.
    pub accent: Patch<Accent>,
    /// The image of its cover, for the private page.
    pub cover: Patch<Cover>,
    /// The words by which its author thanks buyers.
    pub thanks: Patch<Notes>,
    /// All its files, at least one.
    pub files: Option<Vec<ListedFile>>,
    /// Whether `version` is a new name of the current edition.
    pub rename_edition: bool,
}

/// What an event says of a product.
#[derive(Debug)]
pub struct ProductEvent {
    /// Its books.
    pub books: Option<Books>,
    /// Which files of its only book are sold.
    pub files: Patch<BTreeSet<FileName>>,
    /// Its price.
    pub price: Option<Price>,
    /// The kind of product for the tax, usually that of an e-book.
    pub tax_code: Patch<TaxCode>,
    /// Whether the price includes the tax, as prices usually do.
    pub tax_behavior: Patch<TaxBehavior>,
    /// Its downloads, usually [`USUAL_DOWNLOADS`](bookstall::domain::product::USUAL_DOWNLOADS).
    pub downloads: Patch<u32>,
    /// What the checkout calls it.
    pub name: Patch<String>,
    /// Whether it can be bought, as products usually can.
    pub for_sale: Patch<bool>,
}

/// The books of a product, as an event lists them.
#[derive(Debug)]
pub enum Books {
    /// `"book": "wip"`.
    One(BookId),
    /// `"books": ["wip", {"book": "fluent", "files": ["pdf"]}]`, none of them twice.
    Several(Vec<Part>),
}

/// Reads an event. The error names everything that is wrong with it.
pub fn read(event: &Value) -> Result<Event, EventError> {
    let problems = Problems::default();
    let known = ["shop", "books", "products", "dry_run"];
    let event = Fields::of_event(event, &known, &problems).map(|fields| read_event(&fields));
    problems.check(event, EXAMPLE)
}

fn read_event(event: &Fields<'_>) -> Event {
    let names = ["shop", "books", "products"];
    if !names.iter().any(|name| event.field(name).is_there()) {
        event.refuse("Expected `shop`, `books` or `products`");
    }
    let shop = event.field("shop");
    let expected = "what is said of all books, such as {\"author\": \"Ada Winters\"}";
    let shop = shop.fields(expected, &["author", "language", "accent"]);
    let books = event.field("books");
    let books = books.by_id("books by their ids, such as {\"wip\": {\"name\": \"My Book\"}}");
    let dry_run = event.field("dry_run").flag().unwrap_or_default();
    let products = event.field("products");
    let products =
        products.by_id("products by their ids, such as {\"wip-2e\": {\"price\": \"29.00 USD\"}}");
    Event {
        shop: shop.map(|shop| read_shop(&shop)).unwrap_or_default(),
        books: entries(books.as_ref(), BookId::parse, |book| {
            read_book(book, dry_run)
        }),
        products: entries(products.as_ref(), ProductId::parse, read_product),
        dry_run,
    }
}

/// Reads each entry of an object whose names are ids.
fn entries<Id: Ord, T>(
    object: Option<&Fields<'_>>,
    parse: impl Fn(&str) -> Option<Id>,
    read: impl Fn(&Field<'_>) -> Option<T>,
) -> BTreeMap<Id, T> {
    let mut entries = BTreeMap::new();
    for (name, field) in object.into_iter().flat_map(Fields::each) {
        let id = parse(name);
        if field.is_null() {
            field.refuse(
                "null takes a field away, and nothing else; `for_sale` withdraws a product",
            );
        }
        if id.is_none() {
            field.refuse("expected an id of 1 to 64 lower-case letters, digits and hyphens");
        }
        if let (Some(id), Some(value)) = (id, read(&field)) {
            entries.insert(id, value);
        }
    }
    entries
}

fn read_shop(shop: &Fields<'_>) -> ShopEvent {
    ShopEvent {
        author: patch(&shop.field("author"), Field::line),
        language: patch(&shop.field("language"), language),
        accent: patch(&shop.field("accent"), accent),
    }
}

fn read_book(field: &Field<'_>, is_dry_run: bool) -> Option<BookEvent> {
    let known = [
        "name",
        "version",
        "author",
        "language",
        "accent",
        "cover",
        "thanks",
        "files",
        "rename_edition",
    ];
    let book = field.fields("a book, such as {\"name\": \"My Book\"}", &known)?;
    let field = |name| book.field(name);
    let (version, rename) = (needed(field("version")), field("rename_edition"));
    let rename_edition = rename.flag().unwrap_or_default();
    if rename_edition && !version.is_there() {
        rename.refuse("expected together with `version`, the new name");
    }
    Some(BookEvent {
        name: needed(field("name")).line(),
        version: version.line(),
        author: patch(&field("author"), Field::line),
        language: patch(&field("language"), language),
        accent: patch(&field("accent"), accent),
        cover: patch(&field("cover"), cover),
        thanks: patch(&field("thanks"), thanks),
        files: needed(field("files")).files(is_dry_run),
        rename_edition,
    })
}

fn read_product(field: &Field<'_>) -> Option<ProductEvent> {
    let known = [
        "book",
        "books",
        "files",
        "price",
        "tax_code",
        "tax_behavior",
        "downloads",
        "name",
        "for_sale",
    ];
    let product = field.fields("a product, such as {\"price\": \"29.00 USD\"}", &known)?;
    let field = |name| product.field(name);
    let (one, several, files) = (
        needed(field("book")),
        needed(field("books")),
        field("files"),
    );
    if one.is_there() && several.is_there() {
        several.refuse("expected `book` or `books`, found both");
    }
    if several.is_there() && files.value().is_some() {
        files.refuse(
            "expected in the book that it belongs to: \
             \"books\": [{\"book\": \"wip\", \"files\": [\"pdf\"]}]",
        );
    }
    let books = match several.value() {
        Some(_) => parts(&several).map(Books::Several),
        None => book_id(&one).map(Books::One),
    };
    Some(ProductEvent {
        books,
        files: patch(&files, file_names),
        price: price(&needed(field("price"))),
        tax_code: patch(&field("tax_code"), tax_code),
        tax_behavior: patch(&field("tax_behavior"), tax_behavior),
        downloads: patch(&field("downloads"), downloads),
        name: patch(&field("name"), Field::line),
        for_sale: patch(&field("for_sale"), Field::flag),
    })
}

/// Refuses null in a field that cannot be taken away.
fn needed(field: Field<'_>) -> Field<'_> {
    if field.is_null() {
        field.refuse("found null, and it cannot be taken away");
    }
    field
}

/// Reads an optional field, which null takes away.
fn patch<'a, T>(field: &Field<'a>, read: impl FnOnce(&Field<'a>) -> Option<T>) -> Patch<T> {
    if field.is_null() {
        return Patch::Remove;
    }
    read(field).map_or(Patch::Keep, Patch::Set)
}

fn language(field: &Field<'_>) -> Option<Language> {
    field.text("a language, such as \"en\" or \"pt-BR\"", Language::parse)
}

fn accent(field: &Field<'_>) -> Option<Accent> {
    let expected = "a colour of six hexadecimal digits, such as \"#17594a\"";
    field.text(expected, Accent::parse)
}

/// Reads the image of a cover, as a `data:` address.
fn cover(field: &Field<'_>) -> Option<Cover> {
    let text = field.text("an image, such as \"data:image/png;base64,…\"", Some)?;
    let cover = Cover::parse(text);
    cover.map_err(|problem| field.refuse(problem)).ok()
}

fn thanks(field: &Field<'_>) -> Option<Notes> {
    let expected = format!("Markdown of 1 to {LONGEST_NOTES} characters");
    field.text(&expected, Notes::parse)
}

fn book_id(field: &Field<'_>) -> Option<BookId> {
    field.text("the id of a book, such as \"wip\"", BookId::parse)
}

/// Reads the books of a product, none of them twice.
fn parts(field: &Field<'_>) -> Option<Vec<Part>> {
    let expected = "the books of the product, such as [\"wip\", \"fluent\"]";
    let mut books = BTreeSet::new();
    let parts = field.each_item(expected, |item| {
        let part = part(item)?;
        let is_new = books.insert(part.book.clone());
        if !is_new {
            item.refuse(format_args!("`{}` is listed twice", part.book));
        }
        is_new.then_some(part)
    })?;
    if parts.len() > MOST_COPIES {
        let found = parts.len();
        field.refuse(format_args!(
            "expected at most {MOST_COPIES} books, found {found}"
        ));
        return None;
    }
    Some(parts)
}

fn part(item: &Field<'_>) -> Option<Part> {
    if item.value().is_some_and(Value::is_string) {
        return Some(Part {
            book: book_id(item)?,
            files: Files::All,
        });
    }
    let expected = "the id of a book, or {\"book\": \"wip\", \"files\": [\"pdf\"]}";
    let part = item.fields(expected, &["book", "files"])?;
    let book = part.field("book").required("the id of a book");
    let files = part.field("files");
    let names = file_names(&files);
    let book = book_id(&book)?;
    let files = match (files.value(), names) {
        (None, _) => Files::All,
        (Some(_), names) => Files::Only(names?),
    };
    Some(Part { book, files })
}

fn file_names(field: &Field<'_>) -> Option<BTreeSet<FileName>> {
    let expected = "names of files of the book, such as [\"pdf\"]";
    let name = |item: &Field<'_>| item.text("the name of a file, such as \"pdf\"", FileName::parse);
    let names = field.each_item(expected, name)?;
    Some(names.into_iter().collect())
}

fn price(field: &Field<'_>) -> Option<Price> {
    let text = match field.value()? {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => {
            field.refuse("expected a price, such as \"29.00 USD\"");
            return None;
        }
    };
    let price = Price::parse(&text).map_err(|problem| without_secrets(&problem.to_string()));
    let price = price.and_then(|price| {
        price.chargeable().map_err(|refusal| refusal.to_string())?;
        Ok(price)
    });
    price.map_err(|problem| field.refuse(problem)).ok()
}

fn tax_code(field: &Field<'_>) -> Option<TaxCode> {
    let expected = "a tax code of Stripe, `txcd_` and eight digits, such as \"txcd_10302000\"";
    field.text(expected, TaxCode::parse)
}

fn tax_behavior(field: &Field<'_>) -> Option<TaxBehavior> {
    field.text("\"inclusive\" or \"exclusive\"", TaxBehavior::parse)
}

fn downloads(field: &Field<'_>) -> Option<u32> {
    let expected = format!("a whole number of downloads from 1 to {MOST_DOWNLOADS}");
    field.read(&expected, |value| {
        let downloads = u32::try_from(value.as_u64()?).ok()?;
        (1..=MOST_DOWNLOADS)
            .contains(&downloads)
            .then_some(downloads)
    })
}
