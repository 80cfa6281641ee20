//! A shop that keeps the right of withdrawal of the European Union, and asks before the first download.

use bookstall::domain::{
    book::BookId, purchase::Purchase, purchase_id::PurchaseId, stripe_ids::PaymentId,
};
use local::shop::{LocalShop, Options};
use tests::world::{purchase, purchases_of};

use crate::buyer::{EMAIL, eventually};

/// The selector of the box.
pub(crate) const BOX: &str = "[name=agree]";
/// The selector of the button below it.
pub(crate) const BUTTON: &str = ".agreement button";

/// Opens a shop that keeps the right of withdrawal.
pub(crate) async fn shop_in_the_eu() -> LocalShop {
    let variables = [("WITHDRAWAL".to_owned(), "eu".to_owned())].into();
    let options = Options {
        variables,
        ..Options::default()
    };
    LocalShop::open(options).await.unwrap()
}

/// Records a purchase of this book that was paid for, and returns its id and its link.
pub(crate) async fn paid_for(shop: &LocalShop, book: &str) -> (PurchaseId, String) {
    let purchase = Purchase {
        book_id: BookId::parse(book).unwrap(),
        payment: PaymentId::parse("pi_3MadeUpForTests000000000"),
        ..purchase("wip-2e", EMAIL)
    };
    let link = format!("{}/{}", shop.url(), purchase.id.secret());
    let id = purchase.id;
    purchases_of(shop).record(&[purchase]).await.unwrap();
    (id, link)
}

/// Waits until the purchase was agreed to.
pub(crate) async fn has_agreed(shop: &LocalShop, id: PurchaseId) {
    eventually("the agreement", async || {
        let found = purchases_of(shop).find(id).await.unwrap();
        found.unwrap().agreed
    })
    .await;
}
