//! `/{purchase_id}` and `/{purchase_id}/unsubscribe`: serves the private link. Every path that no
//! other function serves is answered here, too.
//!
//! `GET` changes nothing, because mail scanners and link previews follow links. Only the `POST` of
//! the button takes a download, in one call to DynamoDB.

use std::{collections::BTreeMap, sync::Arc};

use bookstall::{
    adapters::{
        aws::Aws,
        presigned_urls::PresignedUrls,
        products::{Products, not_in_catalogue},
        purchases::{Purchases, TakeOutcome, UpdateOutcome},
    },
    domain::{
        file_name::file_name,
        link::ShopUrl,
        notes::Notes,
        product::{BookFile, Catalogue, Format, Product},
        purchase::{Closed, Purchase},
        purchase_id::PurchaseId,
        takes::{PageToken, Press},
        timestamp::Timestamp,
    },
    runtime::{
        config::{self, ConfigError, Environment},
        failure::Failure,
        timeouts::{DOWNLOAD, with_timeout},
    },
    web::{
        contact::ShopContact,
        pages::{DownloadsLeft, FormatChoice, PRIVATE_PAGE_SCRIPT, PrivatePage, SubscriptionPage},
        refusals::{Error, Explanation, FailedAt, Refusal},
        request::{RequestInfo, form, path, path_parameter},
        response::{Answer, Page, respond},
    },
};
use lambda_http::{Body, Request, Response, http::Method, tracing};
use serde_json::{Value, json};

/// The adapters and settings that `download` uses.
pub struct Shop {
    products: Products,
    purchases: Purchases,
    presigned_urls: PresignedUrls,
    contact: ShopContact,
    shop_url: Option<ShopUrl>,
    downloads_per_purchase: u32,
}

impl Shop {
    /// Opens the adapters. The error names every environment variable that is missing or wrong.
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

    /// Reads the catalogue while Lambda starts the function, so that the first buyer waits neither
    /// for the catalogue nor for the connection. If it fails, the first request reads the catalogue
    /// again and reports a failure.
    pub async fn warm_up(&self, now: Timestamp) {
        drop(self.products.catalogue(now).await);
    }
}

/// Answers every request of the private link, and requests for unknown paths. `token` is the unique
/// token of the page, if this request shows a private page.
pub async fn handle(
    shop: &Shop,
    request: Request,
    now: Timestamp,
    token: PageToken,
) -> Response<Body> {
    let request_info = RequestInfo::new(&request, shop.shop_url.as_ref());
    let answer = answer(shop, &request_info, &request, now, token);
    let outcome = with_timeout(DOWNLOAD, "Failed to answer in time", answer).await;
    respond(
        &request_info,
        &shop.contact,
        outcome,
        FailedAt::AfterPayment,
    )
}

async fn answer(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    now: Timestamp,
    token: PageToken,
) -> Result<Answer, Error> {
    let Ok(id) = purchase_id(request) else {
        return unknown_path(request_info, request);
    };
    match request_info.route() {
        "GET /{purchase_id}" | "HEAD /{purchase_id}" => show(shop, id, now, token).await,
        "POST /{purchase_id}" => take_and_redirect(shop, request_info, request, id, now).await,
        "GET /{purchase_id}/unsubscribe" => show_subscription(shop, request_info, id, now).await,
        "POST /{purchase_id}/unsubscribe" => {
            change_subscription(shop, request_info, request, id, now).await
        }
        _ => Err(Refusal::MethodNotAllowed.into()),
    }
}

/// Answers a request for an unknown path. If the path is a private link that a mail program
/// lengthened or capitalised, the answer redirects to the link. This takes no call to DynamoDB, so
/// the answer does not reveal whether the purchase exists.
fn unknown_path(request_info: &RequestInfo, request: &Request) -> Result<Answer, Error> {
    let looks = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = path(request);
    let link = request_info
        .shop_url()
        .ok()
        .and_then(|shop| shop.mended(path));
    // A correct path gets here if it has no route for the method. A redirect would be an endless
    // loop.
    match link.filter(|link| looks && !link.ends_with(path)) {
        Some(link) => Ok(Answer::SeeOther(link)),
        None => Err(Refusal::NoSuchPage.into()),
    }
}

/// `GET /{purchase_id}`: shows the book, its edition, how many downloads are left, and a button for
/// each format. If no download is left, the page says what to do, and its status and its JSON are
/// identical to those of a refused download.
async fn show(
    shop: &Shop,
    id: PurchaseId,
    now: Timestamp,
    token: PageToken,
) -> Result<Answer, Error> {
    let purchase = shop.purchases.find(id).await?.ok_or(Refusal::NoSuchPage)?;
    let is_used_up = match purchase.closed() {
        None => false,
        Some(Closed::NoDownloadsLeft) => true,
        Some(closed @ (Closed::Refunded | Closed::Disputed)) => return Err(closed.into()),
    };
    let product = product_of(shop, &purchase, now).await?;
    let html = private_page(shop, &purchase, &product, token);
    Ok(Answer::Page(if is_used_up {
        let refusal = Refusal::Closed(Closed::NoDownloadsLeft);
        let Explanation { status, json, .. } = refusal.explain();
        Page {
            status,
            ..Page::new(html, json)
        }
    } else {
        Page {
            script: Some(PRIVATE_PAGE_SCRIPT),
            form_redirects_to: Some(shop.presigned_urls.origin().to_owned()),
            ..Page::new(html, as_json(&purchase, &product, token))
        }
    }))
}

/// `POST /{purchase_id}` with `format`: takes one download and answers with `303` and the URL of
/// the file. With the `token` of a page, a second press within an hour takes no further download.
/// Without a token, each request takes one.
async fn take_and_redirect(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    id: PurchaseId,
    now: Timestamp,
) -> Result<Answer, Error> {
    let form = form(request)?;
    let format = format(&form)?;
    let press = match form.get("token") {
        None => Press::from(request_info.request_id()),
        Some(text) => PageToken::parse(text)
            .ok_or(Refusal::BadField {
                field: "token",
                expected: "what the page’s own button sends",
            })?
            .into(),
    };
    let (purchase, catalogue) = take(shop, id, &format, &press, now).await?;
    let product = product_of(shop, &purchase, now).await?;
    let shown = catalogue.find(&purchase.product_id);
    let file = file(&product, shown.as_deref(), &format)?;
    let url = shop
        .presigned_urls
        .get(file, &format, &file_name(&product, &format), now);
    let downloads = downloads(shop, &purchase);
    let fields = json!({
        "downloads_left": downloads.left,
        "downloads_in_full": downloads.in_full(),
        "count": downloads.count(),
    });
    Ok(Answer::SeeOtherWith(url, fields))
}

/// `GET /{purchase_id}/unsubscribe`: shows whether the buyer gets mail about new editions, and a
/// button that changes it.
async fn show_subscription(
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
async fn change_subscription(
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

/// Takes a download, if the purchase is open and its product has this format. A press that is
/// repeated takes none. Returns the purchase as it is afterwards, and the catalogue in which the
/// format was found.
async fn take(
    shop: &Shop,
    id: PurchaseId,
    format: &Format,
    press: &Press,
    now: Timestamp,
) -> Result<(Purchase, Arc<Catalogue>), Error> {
    let mut catalogue = shop.products.catalogue(now).await?;
    let mut outcome = take_from(shop, &catalogue, id, format, press, now).await?;
    if let TakeOutcome::Refused(purchase) = &outcome
        && purchase.closed().is_none()
    {
        // The format may be newer than the catalogue in memory.
        catalogue = shop.products.fresh_catalogue(now).await?;
        outcome = take_from(shop, &catalogue, id, format, press, now).await?;
    }
    match outcome {
        TakeOutcome::Taken(purchase) => {
            let left = purchase.downloads_left;
            tracing::info!(purchase = id.reference(), %format, left, "download taken");
            Ok((*purchase, catalogue))
        }
        TakeOutcome::Again(purchase) => {
            let left = purchase.downloads_left;
            tracing::info!(purchase = id.reference(), %format, left, "the same press again");
            Ok((*purchase, catalogue))
        }
        TakeOutcome::NotFound => Err(Refusal::NoSuchPage.into()),
        TakeOutcome::Refused(purchase) => Err(match purchase.closed() {
            Some(closed) => closed.into(),
            None => no_such_format(format, &*product_of(shop, &purchase, now).await?).into(),
        }),
    }
}

async fn take_from(
    shop: &Shop,
    catalogue: &Catalogue,
    id: PurchaseId,
    format: &Format,
    press: &Press,
    now: Timestamp,
) -> Result<TakeOutcome, Failure> {
    let in_format: Vec<_> = catalogue.with_format(format).collect();
    let taken = shop
        .purchases
        .take_download(id, &in_format, format, press, now);
    taken.await
}

fn no_such_format(asked: &Format, product: &Product) -> Refusal {
    Refusal::NoSuchFormat {
        asked: asked.clone(),
        offered: product.files.keys().cloned().collect(),
    }
}

/// Returns the file of the product in this format. If a new edition has just dropped the format,
/// returns the file of the product as the page showed it.
fn file<'a>(
    product: &'a Product,
    shown: Option<&'a Product>,
    format: &Format,
) -> Result<&'a BookFile, Failure> {
    [Some(product), shown]
        .into_iter()
        .find_map(|product| product?.files.get(format))
        .ok_or_else(|| {
            Failure::refused(
                "Failed to find the book's file",
                "it is gone from the catalogue",
            )
        })
}

/// Returns the product of a purchase. If the catalogue in memory is older than the edition that the
/// buyer was notified of, the catalogue is read again, so that a buyer who follows the link in the
/// mail about a new edition gets that edition.
async fn product_of(
    shop: &Shop,
    purchase: &Purchase,
    now: Timestamp,
) -> Result<Arc<Product>, Failure> {
    let cached = shop
        .products
        .catalogue(now)
        .await?
        .find(&purchase.product_id);
    if let Some(product) = cached.filter(|product| product.edition >= purchase.edition) {
        return Ok(product);
    }
    shop.products
        .fresh_catalogue(now)
        .await?
        .find(&purchase.product_id)
        .ok_or_else(|| not_in_catalogue(&purchase.product_id))
}

fn purchase_id(request: &Request) -> Result<PurchaseId, Refusal> {
    path_parameter(request, "purchase_id")
        .and_then(PurchaseId::parse)
        .ok_or(Refusal::NoSuchPage)
}

fn format(form: &BTreeMap<String, String>) -> Result<Format, Refusal> {
    form.get("format")
        .and_then(|text| Format::parse(text))
        .ok_or(Refusal::BadField {
            field: "format",
            expected: "one of the formats on the page, such as “pdf”",
        })
}

fn downloads(shop: &Shop, purchase: &Purchase) -> DownloadsLeft {
    DownloadsLeft {
        left: purchase.downloads_left,
        usual: shop.downloads_per_purchase,
    }
}

fn private_page(shop: &Shop, purchase: &Purchase, product: &Product, token: PageToken) -> String {
    let formats = product.files.keys().map(|format| FormatChoice {
        format: format.as_str(),
        label: format.label(),
        hint: format.hint(),
    });
    let notes = product.notes.as_ref().map(Notes::html);
    let page = PrivatePage {
        book: &product.name,
        version: &product.version,
        downloads: downloads(shop, purchase),
        token,
        formats: formats.collect(),
        notes: notes.as_deref(),
        is_mailed: !purchase.owes_receipt(),
        edition_mail: purchase.edition_mail(),
        contact: &shop.contact,
    };
    page.to_string()
}

fn as_json(purchase: &Purchase, product: &Product, token: PageToken) -> Value {
    json!({
        "book": product.name,
        "version": product.version,
        "edition": product.edition,
        "formats": product.files.keys().map(Format::as_str).collect::<Vec<_>>(),
        "downloads_left": purchase.downloads_left,
        "token": token.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use bookstall::domain::{
        money::{Currency, Price},
        product::{BookKey, Files, ProductId},
    };

    use super::*;

    /// Returns a product with one file in each of these formats, named like `first.pdf`.
    fn product(name: &str, formats: &[&str]) -> Product {
        let file = |format: &&str| {
            let key = BookKey::parse(&format!("{name}.{format}")).unwrap();
            (Format::parse(format).unwrap(), BookFile::newest(key))
        };
        Product {
            id: ProductId::parse("wip-2e").unwrap(),
            name: name.to_owned(),
            version: name.to_owned(),
            edition: 1,
            price: Price::new(2900, Currency::parse("usd").unwrap()).unwrap(),
            files: formats.iter().map(file).collect::<Files>(),
            notes: None,
            pushed: vec![],
            is_active: true,
        }
    }

    #[test]
    fn a_format_that_was_just_dropped_is_given_as_it_was_shown() {
        let (first, second) = (
            product("first", &["epub", "pdf"]),
            product("second", &["pdf"]),
        );
        let key = |format, shown| {
            let format = Format::parse(format).unwrap();
            file(&second, shown, &format).map(|file| file.key.as_str())
        };
        assert_eq!(key("pdf", Some(&first)).unwrap(), "second.pdf");
        assert_eq!(key("epub", Some(&first)).unwrap(), "first.epub");
        assert!(key("epub", None).is_err());
    }
}
