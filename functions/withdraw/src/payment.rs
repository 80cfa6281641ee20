//! The payment that a private link leads to.

use bookstall::{
    domain::{
        book::Book, link::ShopUrl, purchase::Purchase, purchase_id::PurchaseId, returns::Ground,
        timestamp::Timestamp,
    },
    web::{
        pages::AboutPurchase,
        refusals::{Error, Refusal},
        request::RequestInfo,
    },
};

use crate::shop::Shop;

/// A payment of which money may go back.
pub(crate) struct Payment {
    /// The purchase that holds the sum.
    pub(crate) first: Purchase,
    /// The other copies.
    pub(crate) others: Vec<Purchase>,
    /// The book of the first, with its language; absent if it is not in the catalogue.
    pub(crate) book: Option<Book>,
    /// What its pages say of it.
    pub(crate) about: AboutPurchase,
}

/// Reads the payment of a private link, and answers in the language of its book from now on. The link
/// of a further copy leads to the whole payment.
pub(crate) async fn payment_of(
    shop: &Shop,
    request_info: &RequestInfo,
    id: PurchaseId,
    now: Timestamp,
) -> Result<Payment, Error> {
    let purchase = shop.purchases.find(id).await?.ok_or(Refusal::NoSuchPage)?;
    let first = match purchase.part_of {
        None => purchase,
        Some(first) => {
            let first = shop.purchases.find(first).await?;
            first.ok_or(Refusal::NoSuchPage)?
        }
    };
    let others = shop.purchases.find_each(&first.others).await?;
    let copies = std::iter::once(&first).chain(&others);
    let ids: Vec<_> = copies.map(|copy| &copy.book_id).collect();
    let mut books = shop.catalogue.sold_books(&ids).await?.books.into_iter();
    let book = books.next().flatten();
    let other_names = books.zip(&others).map(|(book, copy)| match book {
        Some(book) => book.name,
        None => copy.book_id.as_str().to_owned(),
    });
    if let Some(book) = &book {
        request_info.is_about(book.language.as_ref(), book.accent);
    }
    let about = AboutPurchase {
        book: book.as_ref().map(|book| book.name.clone()),
        others: other_names.collect(),
        reference: first.id.reference(),
        documents: Box::new(first.documents(now)),
    };
    Ok(Payment {
        first,
        others,
        book,
        about,
    })
}

/// Returns the page that still gives this payment back by the author's own terms, where they do.
pub(crate) fn refund_link(
    shop: &Shop,
    shop_url: &ShopUrl,
    payment: &Payment,
    now: Timestamp,
) -> Option<String> {
    let terms = shop.terms.refund?;
    let Payment { first, others, .. } = payment;
    let refused = Ground::Refund(terms).refuses(first, others, now);
    refused.is_none().then(|| shop_url.refund_link(&first.id))
}
