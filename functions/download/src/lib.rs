//! `GET /{purchase_id}` and `POST /{purchase_id}`: the private page and the counted download. And
//! `/{purchase_id}/unsubscribe`: whether its buyer wants mail about new editions.
//!
//! Looking costs nothing, because mail scanners and link previews look. Only the button's `POST`
//! takes a download: one DynamoDB call, no other network.

use std::sync::Arc;

use bookstall::{
    adapters::{
        aws::Aws,
        presigned_urls::PresignedUrls,
        products::Products,
        purchases::{Purchases, UpdateOutcome},
    },
    domain::{
        claim::RequestId,
        file_name::file_name,
        link::ShopUrl,
        notes::Notes,
        product::{BookFile, Format, Product},
        purchase::{Closed, Purchase},
        purchase_id::PurchaseId,
        timestamp::Timestamp,
    },
    runtime::{
        config::{self, ConfigError, Environment},
        failure::Failure,
        timeouts::{DOWNLOAD, with_timeout},
    },
    web::{
        contact::ShopContact,
        pages::{FormatChoice, PrivatePage, SubscriptionPage},
        refusals::{Error, Explanation, FailedAt, Refusal},
        request::{RequestInfo, form, path_parameter},
        response::{Answer, Page, respond},
    },
};
use lambda_http::{Body, Request, RequestExt, Response, http::Method, tracing};
use serde_json::json;

/// What `download` may touch.
pub struct Shop {
    products: Products,
    purchases: Purchases,
    presigned_urls: PresignedUrls,
    contact: ShopContact,
    shop_url: Option<ShopUrl>,
    downloads_per_purchase: u32,
}

impl Shop {
    /// Opens the shop, or names everything that its environment lacks.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let shop = Self {
            products: Products::open(aws, environment.required(config::PRODUCTS_TABLE)),
            purchases: Purchases::open(aws, environment.required(config::PURCHASES_TABLE)),
            presigned_urls: PresignedUrls::open(aws, &environment.required(config::BOOKS_BUCKET)),
            contact: ShopContact::read(environment),
            shop_url: environment.shop_url(),
            downloads_per_purchase: environment.downloads_per_purchase(),
        };
        environment.complete()?;
        Ok(shop)
    }

    /// Reads the catalogue while Lambda starts the function, when it has a whole processor: the
    /// first buyer waits neither for that nor for the connection. If it fails, their request tries
    /// again, and tells.
    pub async fn warm_up(&self, now: Timestamp) {
        drop(self.products.catalogue(now).await);
    }
}

/// Shows the private page, or gives the book and counts that.
pub async fn handle(shop: &Shop, request: Request, now: Timestamp) -> Response<Body> {
    let request_info = RequestInfo::new(&request, shop.shop_url.as_ref());
    // By the route: each has its own limits.
    let is_about_mail = request.raw_http_path().ends_with("/unsubscribe");
    let answer = async {
        match (request.method(), is_about_mail) {
            (&Method::GET | &Method::HEAD, false) => show(shop, &request, now).await,
            (&Method::POST, false) => give(shop, &request_info, &request, now).await,
            (&Method::GET, true) => show_subscription(shop, &request_info, &request, now).await,
            (&Method::POST, true) => change_subscription(shop, &request_info, &request, now).await,
            _ => Err(Refusal::MethodNotAllowed.into()),
        }
    };
    let outcome = with_timeout(DOWNLOAD, "Failed to answer in time", answer).await;
    respond(
        &request_info,
        &shop.contact,
        outcome,
        FailedAt::AfterPayment,
    )
}

/// `GET /{purchase_id}`: which book, which edition, what is left, a button for each format. Where
/// nothing is left, the page says what to do, and is refused as a download would be.
async fn show(shop: &Shop, request: &Request, now: Timestamp) -> Result<Answer, Error> {
    let id = purchase_id(request)?;
    let purchase = shop.purchases.find(id).await?.ok_or(Refusal::NoSuchPage)?;
    let is_used_up = match purchase.closed() {
        None => false,
        Some(Closed::NoDownloadsLeft) => true,
        Some(closed @ (Closed::Refunded | Closed::Disputed)) => return Err(closed.into()),
    };
    let product = product_of(shop, &purchase, now).await?;
    let html = page(shop, &purchase, &product);
    Ok(Answer::Page(if is_used_up {
        let refusal = Refusal::Closed(Closed::NoDownloadsLeft);
        let Explanation { status, json, .. } = refusal.explain();
        Page {
            status,
            ..Page::new(html, json)
        }
    } else {
        Page {
            form_redirects_to: Some(shop.presigned_urls.origin().to_owned()),
            ..Page::new(html, as_json(&purchase, &product))
        }
    }))
}

/// `POST /{purchase_id}` with `format`: takes one download and leads to the file.
async fn give(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    now: Timestamp,
) -> Result<Answer, Error> {
    let id = purchase_id(request)?;
    let format = format(request)?;
    let (purchase, product, file) = take(shop, id, &format, request_info.request_id(), now).await?;
    let file_name = file_name(&product, &format);
    let address = shop.presigned_urls.get(&file, &file_name, now);
    let left = purchase.downloads_left;
    tracing::info!(purchase = id.reference(), product = %product.id, %format, left, "download taken");
    Ok(Answer::SeeOther(address))
}

/// `GET /{purchase_id}/unsubscribe`: whether the buyer gets mail about new editions, and a button.
/// It changes nothing: mail scanners follow this link, too.
async fn show_subscription(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    now: Timestamp,
) -> Result<Answer, Error> {
    let id = purchase_id(request)?;
    let purchase = shop.purchases.find(id).await?.ok_or(Refusal::NoSuchPage)?;
    subscription(shop, request_info, &purchase, now).await
}

/// `POST /{purchase_id}/unsubscribe`: from the button (`subscription` is `off` or `on`), or from a
/// mail program's own, which may write `List-Unsubscribe=One-Click` as `multipart/form-data` (RFC
/// 8058, section 3.1): whatever does not say `on` means off.
async fn change_subscription(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    now: Timestamp,
) -> Result<Answer, Error> {
    let id = purchase_id(request)?;
    let wish = form(request).ok();
    let wish = wish.as_ref().and_then(|form| form.get("subscription"));
    let wants_mail = wish.is_some_and(|wish| wish == "on");
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
    let product = product_of(shop, purchase, now).await?;
    let wants_mail = purchase.unsubscribed_at.is_none();
    let page = SubscriptionPage {
        book: &product.name,
        wants_mail,
        private_link: &request_info.shop_url()?.private_link(&purchase.id),
        contact: &shop.contact,
    };
    let json = json!({"book": product.name, "wants_mail": wants_mail});
    Ok(Answer::Page(Page::new(page.to_string(), json)))
}

/// Takes a download, if the purchase has one and its product this format.
async fn take(
    shop: &Shop,
    id: PurchaseId,
    format: &Format,
    by: &RequestId,
    now: Timestamp,
) -> Result<(Purchase, Arc<Product>, BookFile), Error> {
    let mut catalogue = shop.products.catalogue(now).await?;
    let mut is_second_look = false;
    loop {
        let in_format: Vec<_> = catalogue.with_format(format).collect();
        match shop.purchases.take_download(id, &in_format, by).await? {
            UpdateOutcome::Done(purchase) => {
                let known = catalogue.find(&purchase.product_id);
                let product = product_of(shop, &purchase, now).await?;
                // A new edition may have dropped a format in this very minute: then the buyer
                // has the one that they were shown.
                let file = [Some(&product), known.as_ref()]
                    .into_iter()
                    .find_map(|product| product?.files.get(format).cloned())
                    .ok_or_else(|| {
                        Failure::new(
                            "Failed to find the book's file",
                            "it is gone from the catalogue",
                        )
                    })?;
                return Ok((*purchase, product, file));
            }
            UpdateOutcome::NotFound => return Err(Refusal::NoSuchPage.into()),
            UpdateOutcome::Refused(purchase) => {
                if let Some(closed) = purchase.closed() {
                    return Err(closed.into());
                }
                if is_second_look {
                    let product = product_of(shop, &purchase, now).await?;
                    return Err(Refusal::NoSuchFormat {
                        asked: format.clone(),
                        offered: product.files.keys().cloned().collect(),
                    }
                    .into());
                }
                // The format may be newer than our catalogue.
                catalogue = shop.products.fresh_catalogue(now).await?;
                is_second_look = true;
            }
        }
    }
}

/// The product of a purchase, at least as new as the edition that its buyer was told of: who
/// comes from the mail of a new edition gets that edition, whatever this function remembers.
async fn product_of(
    shop: &Shop,
    purchase: &Purchase,
    now: Timestamp,
) -> Result<Arc<Product>, Failure> {
    let recorded = shop
        .products
        .catalogue(now)
        .await?
        .find(&purchase.product_id);
    if let Some(product) = recorded.filter(|product| product.edition >= purchase.edition) {
        return Ok(product);
    }
    shop.products
        .fresh_catalogue(now)
        .await?
        .find(&purchase.product_id)
        .ok_or_else(|| {
            let cause = format!(
                "`{}` is not in the catalogue; publish it again",
                purchase.product_id
            );
            Failure::new("Failed to find the product of a purchase", cause)
        })
}

fn purchase_id(request: &Request) -> Result<PurchaseId, Refusal> {
    path_parameter(request, "purchase_id")
        .and_then(PurchaseId::parse)
        .ok_or(Refusal::NoSuchPage)
}

fn format(request: &Request) -> Result<Format, Refusal> {
    form(request)?
        .get("format")
        .and_then(|text| Format::parse(text))
        .ok_or(Refusal::BadField {
            field: "format",
            expected: "one of the formats on the page, such as “pdf”",
        })
}

fn page(shop: &Shop, purchase: &Purchase, product: &Product) -> String {
    let formats = product.files.keys().map(|format| FormatChoice {
        format: format.as_str(),
        label: format.label(),
        hint: format.hint(),
    });
    let notes = product.notes.as_ref().map(Notes::html);
    let page = PrivatePage {
        book: &product.name,
        version: &product.version,
        downloads_left: purchase.downloads_left,
        downloads_in_full: shop.downloads_per_purchase,
        formats: formats.collect(),
        notes: notes.as_deref(),
        is_mailed: !purchase.awaits_its_mail(),
        contact: &shop.contact,
    };
    page.to_string()
}

fn as_json(purchase: &Purchase, product: &Product) -> serde_json::Value {
    json!({
        "book": product.name,
        "version": product.version,
        "edition": product.edition,
        "formats": product.files.keys().map(Format::as_str).collect::<Vec<_>>(),
        "downloads_left": purchase.downloads_left,
    })
}
