//! What the event changes, as the answer tells it, and the rows to write.

mod fields;
mod sentences;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::Arc};

use bookstall::{
    adapters::catalogue::RowChange,
    domain::{
        book::Book,
        catalogue::{BookCover, Catalogue},
        product::Product,
    },
};
pub use fields::{Change, Changes};
use fields::{book_changes, product_changes, shop_changes};
use sentences::{
    adjusted_accent, correction, lost_files, steep_price, unknown_endings, withdrawal,
};
use serde::Serialize;

use crate::event::Event;

/// The answer: what the event changes in the catalogue, or would change.
#[derive(Debug, Default, Serialize)]
pub struct Published {
    /// Whether nothing was changed, because the event asked for that.
    pub dry_run: bool,
    /// The changes that the author should confirm, a sentence each: a price that changes by more
    /// than half, a product that is withdrawn, a file that buyers lose.
    pub attention: Vec<String>,
    /// The changed fields of the shop.
    #[serde(skip_serializing_if = "Changes::is_empty")]
    pub shop: Changes,
    /// The changed fields of each changed book.
    pub books: BTreeMap<String, Changes>,
    /// The changed fields of each changed product.
    pub products: BTreeMap<String, Changes>,
    /// What the event names and does not change: `shop`, `books.wip`, `products.wip-2e`.
    pub unchanged: Vec<String>,
    /// What the author should know, a sentence each.
    pub warnings: Vec<String>,
}

/// Compares two catalogues where the event names them, and returns the answer and the rows to write.
///
/// The rows include each book that a product begins to sell, though it stays as it is: a change of
/// its files at the same time, which was checked without that product, is refused then.
pub(crate) fn difference(
    current: &Catalogue,
    next: &Catalogue,
    event: &Event,
) -> (Published, Vec<RowChange>) {
    let mut published = Published {
        dry_run: event.dry_run,
        ..Published::default()
    };
    let mut rows = Vec::new();
    if event.shop.is_named() {
        published.shop = shop_changes(&current.shop, &next.shop);
        if published.shop.is_empty() {
            published.unchanged.push("shop".to_owned());
        } else {
            let (was, is) = (current.shop.accent, next.shop.accent);
            published.warnings.extend(adjusted_accent("shop", was, is));
            rows.push(RowChange::Shop(next.shop.clone()));
        }
    }
    let mut books = BTreeMap::new();
    for id in event.books.keys() {
        let (was, Some(is)) = (current.books.get(id), next.books.get(id)) else {
            continue;
        };
        published.warnings.extend(unknown_endings(is));
        let covers = [current.cover(id), next.cover(id)];
        let new_cover = next.covers.get(id).filter(|_| covers[0] != covers[1]);
        if was == Some(is) && new_cover.is_none() {
            published.unchanged.push(format!("books.{id}"));
            continue;
        }
        rows.extend(new_cover.map(|cover| RowChange::Cover(BookCover::clone(cover))));
        let is_changed = was != Some(is);
        let was = was.map(Arc::as_ref);
        published.attention.extend(lost_files(was, is));
        published.warnings.extend(correction(was, is));
        let of = format!("books.{id}");
        let accent_before = was.and_then(|was| was.accent);
        let adjusted = adjusted_accent(&of, accent_before, is.accent);
        published.warnings.extend(adjusted);
        published
            .books
            .insert(id.to_string(), book_changes(was, is, covers));
        if is_changed {
            books.insert(id, is);
        }
    }
    let mut products = Vec::new();
    for id in event.products.keys() {
        let (was, Some(is)) = (current.products.get(id), next.products.get(id)) else {
            continue;
        };
        if was == Some(is) {
            published.unchanged.push(format!("products.{id}"));
            continue;
        }
        let was = was.map(Arc::as_ref);
        published.attention.extend(steep_price(was, is));
        published.attention.extend(withdrawal(was, is));
        published
            .products
            .insert(id.to_string(), product_changes(was, is));
        let begins_to_sell = was.is_none_or(|was| was.parts != is.parts);
        let sold = is.parts.iter().filter(|_| begins_to_sell);
        books.extend(sold.filter_map(|part| next.books.get_key_value(&part.book)));
        products.push(RowChange::Product(Product::clone(is)));
    }
    rows.extend(
        books
            .into_values()
            .map(|book| RowChange::Book(Book::clone(book))),
    );
    rows.extend(products);
    (published, rows)
}
