//! The page on which a buyer turns mail about new editions off or on.

use bookstall::{
    adapters::{catalogue::not_in_catalogue, purchases::UpdateOutcome},
    domain::{purchase::Purchase, purchase_id::PurchaseId, timestamp::Timestamp},
    web::{
        pages::SubscriptionPage,
        refusals::{Error, Refusal},
        request::{RequestInfo, form},
        response::{Answer, Page},
    },
};
use lambda_http::{Request, tracing};
use serde_json::json;

use crate::{books::catalogue_of, shop::Shop};

/// `GET /{purchase_id}/unsubscribe`: shows whether the buyer gets mail about new editions, and a
/// button that changes it.
pub(crate) async fn show_subscription(
    shop: &Shop,
    request_info: &RequestInfo,
    id: PurchaseId,
    now: Timestamp,
) -> Result<Answer, Error> {
    let purchase = shop.purchases.find(id).await?.ok_or(Refusal::NoSuchPage)?;
    subscription(shop, request_info, &purchase, now).await
}

/// `POST /{purchase_id}/unsubscribe`: starts or stops mail about new editions. The page's button
/// sends `subscription` as `on` or `off`. A mail program's own button sends
/// `List-Unsubscribe=One-Click`, perhaps as `multipart/form-data` (RFC 8058, section 3.1), so
/// everything that does not say `on` stops the mail.
pub(crate) async fn change_subscription(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    id: PurchaseId,
    now: Timestamp,
) -> Result<Answer, Error> {
    let form = form(request).unwrap_or_default();
    let wants_mail = form.get("subscription").is_some_and(|text| text == "on");
    let UpdateOutcome::Done(purchase) = shop.purchases.subscribe(id, wants_mail, now).await? else {
        return Err(Refusal::NoSuchPage.into());
    };
    tracing::info!(
        purchase = id.reference(),
        wants_mail,
        "subscription changed"
    );
    subscription(shop, request_info, &purchase, now).await
}

async fn subscription(
    shop: &Shop,
    request_info: &RequestInfo,
    purchase: &Purchase,
    now: Timestamp,
) -> Result<Answer, Error> {
    let catalogue = catalogue_of(shop, std::slice::from_ref(purchase), now).await?;
    let book = catalogue.books.get(&purchase.book_id);
    let book = book.ok_or_else(|| not_in_catalogue(&purchase.book_id))?;
    let language = catalogue.language(book);
    request_info.is_about(language, catalogue.accent(book));
    let wants_mail = purchase.unsubscribed_at.is_none();
    let page = SubscriptionPage {
        book: &book.name,
        language,
        accent: request_info.accent(),
        wants_mail,
        reference: &purchase.id.reference(),
        private_link: &request_info.shop_url()?.private_link(&purchase.id),
        contact: &shop.contact,
        words: request_info.words(),
    };
    let json = json!({"book": book.name, "wants_mail": wants_mail});
    Ok(Answer::Page(Page::new(page.to_string(), json)))
}
