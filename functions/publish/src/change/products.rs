//! What an event makes of a product, and whether it has what it sells.

use bookstall::{
    domain::{
        book_file::list_of_names,
        catalogue::Catalogue,
        product::{Files, LONGEST_PARTS, Part, Product, ProductId, USUAL_DOWNLOADS, write_parts},
        tax::Taxation,
    },
    runtime::event::Problems,
};

use crate::event::{Books, Event, ProductEvent};

/// Makes a product of the event alone. `None` if a field is missing or wrong.
pub(super) fn new_product(
    id: &ProductId,
    change: &ProductEvent,
    problem: impl Fn(&str, &str),
) -> Option<Product> {
    for (field, is_there) in [
        ("book", change.books.is_some()),
        ("price", change.price.is_some()),
    ] {
        if !is_there {
            problem(
                field,
                "is missing; a new product needs `book` or `books`, and `price`",
            );
        }
    }
    let parts = change
        .books
        .as_ref()
        .and_then(|_| parts(&[], change, &problem));
    let product = Product {
        id: id.clone(),
        name: change.name.apply(None),
        parts: parts?,
        price: change.price?,
        taxation: taxation(Taxation::default(), change),
        downloads: change.downloads.apply_or(USUAL_DOWNLOADS, USUAL_DOWNLOADS),
        for_sale: change.for_sale.apply_or(true, true),
        revision: 0,
    };
    check_product(&product, problem);
    Some(product)
}

/// Changes a product. `None` if a field is wrong.
pub(super) fn changed_product(
    known: &Product,
    change: &ProductEvent,
    problem: impl Fn(&str, &str),
) -> Option<Product> {
    let product = Product {
        name: change.name.apply(known.name.clone()),
        parts: parts(&known.parts, change, &problem)?,
        price: change.price.unwrap_or(known.price),
        taxation: taxation(known.taxation, change),
        downloads: change.downloads.apply_or(known.downloads, USUAL_DOWNLOADS),
        for_sale: change.for_sale.apply_or(known.for_sale, true),
        ..known.clone()
    };
    check_product(&product, problem);
    Some(product)
}

fn taxation(known: Taxation, change: &ProductEvent) -> Taxation {
    let usual = Taxation::default();
    Taxation {
        code: change.tax_code.apply_or(known.code, usual.code),
        behavior: change.tax_behavior.apply_or(known.behavior, usual.behavior),
    }
}

/// Returns what a product consists of. `None` if the event names files of a product with several
/// books, and so does not say of which.
fn parts(known: &[Part], change: &ProductEvent, problem: impl Fn(&str, &str)) -> Option<Vec<Part>> {
    let book = match (&change.books, known) {
        (Some(Books::Several(parts)), _) => return Some(parts.clone()),
        (Some(Books::One(book)), _) => book,
        (None, [part]) => &part.book,
        (None, parts) => {
            let files = change.files.apply(None);
            if files.is_some() {
                problem(
                    "files",
                    "the product has several books; say `files` in the book that they belong to, \
                     in `books`",
                );
            }
            return files.is_none().then(|| parts.to_vec());
        }
    };
    let files = match known {
        [
            Part {
                files: Files::Only(names),
                ..
            },
        ] => Some(names.clone()),
        _ => None,
    };
    let files = change.files.apply(files).map_or(Files::All, Files::Only);
    let book = book.clone();
    Some(vec![Part { book, files }])
}

/// Checks what the checkout needs of a product.
fn check_product(product: &Product, problem: impl Fn(&str, &str)) {
    if product.parts.len() > 1 && product.name.is_none() {
        problem(
            "name",
            "is missing; the checkout needs a name for several books, such as \"Both books\"",
        );
    }
    let length = write_parts(&product.parts).len();
    if length > LONGEST_PARTS {
        problem(
            "books",
            &format!(
                "the ids of its books and files have {length} letters together, and Stripe keeps \
                 {LONGEST_PARTS}; sell fewer at once, or give them shorter ids"
            ),
        );
    }
}

/// Checks that each product has only books and files that there are: the products of the event, and
/// those that sell a book of the event.
pub(super) fn check_parts(next: &Catalogue, event: &Event, problems: &Problems) {
    for product in next.products.values() {
        for part in &product.parts {
            check_part(product, part, next, event, problems);
        }
    }
}

fn check_part(
    product: &Product,
    part: &Part,
    next: &Catalogue,
    event: &Event,
    problems: &Problems,
) {
    let (id, book_id) = (&product.id, &part.book);
    let is_product_named = event.products.contains_key(id);
    let is_book_named = event.books.contains_key(book_id);
    if !is_product_named && !is_book_named {
        return;
    }
    let Some(book) = next.books.get(book_id) else {
        if !is_book_named {
            let problem = format!("there is no book `{book_id}`; put it into the event, too");
            problems.add(&format!("products.{id}"), problem);
        }
        // What is wrong with a book of the event was told.
        return;
    };
    let sold = part.files.names();
    let missing: Vec<_> = sold.filter(|name| book.file(name).is_none()).collect();
    if missing.is_empty() {
        return;
    }
    if is_product_named {
        let names: Vec<_> = book.files.iter().map(|file| &file.name).collect();
        let problem = format!(
            "`{book_id}` has no file {}; it has {}",
            list_of_names(missing),
            list_of_names(names)
        );
        problems.add(&format!("products.{id}"), problem);
    } else {
        let problem = format!(
            "the product `{id}` sells the file {}; keep it, or change the product in this event, \
             too",
            list_of_names(missing)
        );
        problems.add(&format!("books.{book_id}.files"), problem);
    }
}
