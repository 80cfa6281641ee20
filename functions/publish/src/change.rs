//! What an event makes of the catalogue.

mod books;
mod products;
#[cfg(test)]
pub(crate) mod tests;

use std::{collections::BTreeMap, sync::Arc};

use books::{changed_book, changed_cover, new_book};
use bookstall::{
    adapters::books::Unfit,
    domain::{
        book::BookId,
        book_file::BookFile,
        catalogue::{Catalogue, ShopDetails},
    },
    runtime::event::Problems,
};
use products::{changed_product, check_parts, new_product};

use crate::event::{Event, ShopEvent};

/// The files of the event's books, as they were found in the bucket. A book is absent if the event
/// names none of its files, or one of them is unfit.
pub(crate) type FoundFiles = BTreeMap<BookId, Vec<BookFile>>;

/// Sorts the files of the bucket, which come in the order of the event, by books. Each file that is
/// not in the bucket, is empty, or is not what its ending says is a problem.
pub(crate) fn fit_files(
    event: &Event,
    uploads: Vec<Result<BookFile, Unfit>>,
    problems: &Problems,
) -> FoundFiles {
    let mut uploads = uploads.into_iter();
    let mut found = FoundFiles::new();
    for (id, files) in event.listed_files() {
        let uploads = uploads.by_ref().take(files.len()).enumerate();
        let fit = uploads.filter_map(|(index, upload)| {
            let path = format!("books.{id}.files[{index}]");
            upload.map_err(|unfit| problems.add(&path, unfit)).ok()
        });
        let fit: Vec<_> = fit.collect();
        if fit.len() == files.len() {
            found.insert(id.clone(), fit);
        }
    }
    found
}

/// Returns the catalogue that the event makes of the current one. Adds what the event may not do to
/// the problems; the catalogue is of no use then.
pub(crate) fn apply(
    current: &Catalogue,
    event: &Event,
    files: &FoundFiles,
    problems: &Problems,
) -> Catalogue {
    let mut next = Catalogue {
        shop: shop(&current.shop, &event.shop),
        ..current.clone()
    };
    for (id, change) in &event.books {
        let problem = |field: &str, problem: &str| {
            problems.add(&format!("books.{id}.{field}"), problem);
        };
        let files = files.get(id);
        let book = match current.books.get(id) {
            Some(known) => Some(changed_book(known, change, files, problem)),
            None => new_book(id, change, files, problem),
        };
        next.books
            .extend(book.map(|book| (id.clone(), Arc::new(book))));
        let cover = changed_cover(current, id, change);
        next.covers.insert(id.clone(), Arc::new(cover));
    }
    for (id, change) in &event.products {
        let problem = |field: &str, problem: &str| {
            problems.add(&format!("products.{id}.{field}"), problem);
        };
        let product = match current.products.get(id) {
            Some(known) => changed_product(known, change, problem),
            None => new_product(id, change, problem),
        };
        next.products
            .extend(product.map(|product| (id.clone(), Arc::new(product))));
    }
    check_parts(&next, event, problems);
    next
}

fn shop(known: &ShopDetails, change: &ShopEvent) -> ShopDetails {
    ShopDetails {
        author: change.author.apply(known.author.clone()),
        language: change.language.apply(known.language.clone()),
        accent: change.accent.apply(known.accent),
        revision: known.revision,
    }
}
