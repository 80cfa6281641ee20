//! The book of a purchase, and what a refusal says of it.

use std::sync::Arc;

use bookstall::{
    adapters::catalogue::not_in_catalogue,
    domain::{
        book::Book,
        catalogue::Catalogue,
        purchase::{Closed, Purchase},
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
    web::{
        pages::AboutPurchase,
        refusals::{Error, Refusal},
        request::RequestInfo,
    },
};

use crate::shop::Shop;

/// Notes in which language the book of the purchase is written, and returns what a refusal says of the
/// purchase. Without the catalogue the answer is in the language that the browser asks for, and names
/// no book.
pub(crate) async fn about(
    shop: &Shop,
    request_info: &RequestInfo,
    purchase: &Purchase,
    now: Timestamp,
) -> AboutPurchase {
    let catalogue = shop.catalogue.kept(now).await.ok();
    let book = catalogue.as_ref().and_then(|catalogue| {
        let book = catalogue.books.get(&purchase.book_id)?;
        request_info.is_about(catalogue.language(book), catalogue.accent(book));
        Some(book.name.clone())
    });
    AboutPurchase {
        book,
        others: vec![],
        reference: purchase.id.reference(),
        documents: Box::new(purchase.documents(now)),
    }
}

/// Returns the refusal of a purchase that does not give its book.
pub(crate) async fn is_closed(
    shop: &Shop,
    request_info: &RequestInfo,
    purchase: &Purchase,
    closed: Closed,
    now: Timestamp,
) -> Error {
    let about = about(shop, request_info, purchase, now).await;
    match (&purchase.imported, closed) {
        (Some(import), Closed::Refunded) => {
            Refusal::TakenBack(import.platform.clone(), about).into()
        }
        _ => Refusal::Closed(closed, about).into(),
    }
}

/// Returns the book of a purchase.
pub(crate) async fn book_of(
    shop: &Shop,
    purchase: &Purchase,
    now: Timestamp,
) -> Result<Arc<Book>, Failure> {
    let catalogue = catalogue_of(shop, std::slice::from_ref(purchase), now).await?;
    let book = catalogue.book(&purchase.book_id);
    book.ok_or_else(|| not_in_catalogue(&purchase.book_id))
}

/// Returns the catalogue. If the one in memory is older than an edition that a buyer was notified
/// of, it is read again, so that a buyer who follows the link in the mail about a new edition gets
/// that edition.
pub(crate) async fn catalogue_of(
    shop: &Shop,
    purchases: &[Purchase],
    now: Timestamp,
) -> Result<Arc<Catalogue>, Failure> {
    let kept = shop.catalogue.kept(now).await?;
    let is_new_enough = purchases.iter().all(|purchase| {
        let book = kept.books.get(&purchase.book_id);
        book.is_some_and(|book| book.edition >= purchase.edition)
    });
    if is_new_enough {
        return Ok(kept);
    }
    shop.catalogue.fresh(now).await
}
