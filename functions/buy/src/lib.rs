//! `POST /buy`: opens a checkout at Stripe.
//!
//! The function records no purchase. Until Stripe reports the payment, a purchase is only an id in
//! the metadata of Stripe's session. The checkout is counted while it is being opened, so that
//! counting hardly delays a sale.

use std::{collections::BTreeMap, time::Duration};

use bookstall::{
    adapters::{
        aws::Aws,
        catalogue::{CatalogueTable, OfferedBook, not_in_catalogue},
        stripe::{Checkout, NewCheckout, Stripe, Terms, UiMode},
        views::Views,
    },
    domain::{
        attribution::Attribution,
        link::ShopUrl,
        product::{Product, ProductId},
        purchase_id::{PurchaseId, Seed},
        sale::Order,
        timestamp::Timestamp,
        view::{Shard, Step},
    },
    runtime::{
        config::{self, ConfigError, Environment},
        failure::Failure,
        timeouts::with_timeout,
    },
    web::{
        contact::ShopContact,
        refusals::{Error, FailedAt, Field, Refusal},
        request::{RequestInfo, form},
        response::{Answer, respond},
        visitor,
    },
};
use lambda_http::{Body, Request, Response, http::Method, tracing};
use serde_json::{Value, json};

/// The adapters and settings that `buy` uses.
pub struct Shop {
    catalogue: CatalogueTable,
    stripe: Stripe,
    terms: Terms,
    views: Views,
    contact: ShopContact,
    shop_url: Option<ShopUrl>,
}

impl Shop {
    /// Opens the adapters. The error names every environment variable that is missing or wrong.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let (seller, adds_tax) = environment.seller_and_tax();
        Ok(Self {
            catalogue: CatalogueTable::open(aws, environment.required(config::CATALOGUE_TABLE)),
            views: Views::open(aws, environment.required(config::VIEWS_TABLE)),
            contact: ShopContact::read(environment),
            shop_url: environment.shop_url(),
            terms: Terms {
                seller,
                adds_tax,
                invoices: environment.invoices_of(seller),
            },
            stripe: Stripe::open(environment, aws)?,
        })
    }

    /// Connects to DynamoDB and to Stripe and reads Stripe's keys while Lambda starts the function, so
    /// that the first buyer does not wait for it. Lambda gives a starting function a whole processor.
    pub async fn warm_up(&self, now: Timestamp) {
        tokio::join!(self.catalogue.connect(), self.stripe.connect(now));
    }
}

/// The random ids of a new checkout.
#[derive(Clone, Copy, Debug)]
pub struct NewIds {
    /// The id of its first purchase.
    pub purchase_id: PurchaseId,
    /// The word from which the ids of further copies are made.
    pub seed: Seed,
}

/// Opens a checkout at Stripe and answers with its URL or its client secret.
///
/// The fields are `product_id`, and optionally `company` (`yes`, if the buyer buys for a company),
/// `variant`, `source` and `on_completion`, as a form or as JSON.
///
/// - A form is answered with `303` and the URL of Stripe's page.
/// - A request for JSON is answered with `200`. The fields `client_secret` and `publishable_key`
///   open the overlay on the author's page. If there is no publishable key, there is the field
///   `url` in their place. If `on_completion` is `stay`, Stripe does not redirect the buyer after
///   the payment; the page does, to `return_url`. For the page's statistics there are `product`
///   (its name), `value` (its price in major units, `"29.00"`), `currency` (`"USD"`) and
///   `reference` (the first eight digits of the purchase's id, which open nothing).
/// - A missing or malformed field is refused with `400`, an unknown product with `404` and a
///   product that is not sold any more with `410`. `company` in a shop that makes no invoices is refused
///   with `409`, because the buyer needs one and would miss it only after the payment.
pub async fn handle(
    shop: &Shop,
    request: Request,
    new: NewIds,
    now: Timestamp,
    shard: Shard,
) -> Response<Body> {
    let request_info = RequestInfo::new(&request, shop.shop_url.as_ref());
    let outcome = buy(shop, &request_info, &request, new, now, shard).await;
    respond(
        &request_info,
        &shop.contact,
        outcome,
        FailedAt::BeforePayment,
    )
}

async fn buy(
    shop: &Shop,
    request_info: &RequestInfo,
    request: &Request,
    new: NewIds,
    now: Timestamp,
    shard: Shard,
) -> Result<Answer, Error> {
    if request.method() != Method::POST {
        return Err(Refusal::MethodNotAllowed { allowed: "POST" }.into());
    }
    let form = form(request)?;
    let for_company = is_for_company(&form)?;
    if for_company && !shop.terms.invoices.includes(for_company) {
        tracing::warn!(
            "a form has the box `company`, and INVOICES is `off`: switch invoices on, or take the box away"
        );
        return Err(Refusal::NoInvoices.into());
    }
    let (product, book) = product_for_sale(shop, request_info, &product_id(&form)?).await?;
    let order = Order {
        product_id: product.id.clone(),
        parts: product.parts.clone(),
        downloads: product.downloads,
        seed: new.seed,
    };
    let attribution = Attribution::from_form(&form);
    let ui_mode = ui_mode(request_info, &form);
    let new_checkout = NewCheckout {
        name: name_of(&product, &book),
        // The edition of one book says nothing of several.
        description: (product.parts.len() == 1).then_some(&*book.version),
        price: product.price,
        taxation: product.taxation,
        terms: shop.terms,
        for_company,
        language: book.language.as_ref(),
        order: &order,
        purchase_id: new.purchase_id,
        attribution: &attribution,
        shop_url: request_info.shop_url()?,
        book_page_url: &shop.contact.book_page_url,
        ui_mode,
    };
    let (checkout, ()) = tokio::join!(
        Box::pin(shop.stripe.open_checkout(new_checkout, now)),
        count(shop, request, &product, &attribution, now, shard),
    );
    let checkout = checkout?;
    tracing::info!(purchase = new.purchase_id.reference(), product = %product.id, "checkout opened");
    let statistics = for_statistics(&product, name_of(&product, &book), new.purchase_id);
    Ok(answer(request_info, ui_mode, checkout, statistics)?)
}

fn product_id(form: &BTreeMap<String, String>) -> Result<ProductId, Refusal> {
    form.get("product_id")
        .and_then(|text| ProductId::parse(text))
        .ok_or(Refusal::BadField(Field::ProductId))
}

/// Whether the buyer ticked the box that they buy for a company. What a form leaves empty is not said.
fn is_for_company(form: &BTreeMap<String, String>) -> Result<bool, Refusal> {
    match form.get("company").map(String::as_str) {
        None | Some("") => Ok(false),
        Some("yes") => Ok(true),
        Some(_) => Err(Refusal::BadField(Field::Company)),
    }
}

/// Returns the product and its first book, as they are now. A checkout whose other books are missing
/// would be paid before that is found, so it is refused.
async fn product_for_sale(
    shop: &Shop,
    request_info: &RequestInfo,
    id: &ProductId,
) -> Result<(Product, OfferedBook), Error> {
    let offer = shop.catalogue.offer(id).await?;
    let offer = offer.ok_or(Refusal::NoSuchProduct)?;
    if let Some(book) = &offer.book {
        request_info.is_about(book.language.as_ref(), book.accent);
    }
    if !offer.product.for_sale {
        return Err(Refusal::NotForSale.into());
    }
    match (offer.book, offer.missing) {
        (Some(book), None) => Ok((offer.product, book)),
        (_, Some(missing)) => Err(not_in_catalogue(&missing).into()),
        (None, None) => Err(Refusal::NoSuchProduct.into()),
    }
}

/// Returns what Stripe's page calls the product.
fn name_of<'a>(product: &'a Product, book: &'a OfferedBook) -> &'a str {
    product.name.as_deref().unwrap_or(&book.name)
}

/// Returns the overlay for a request for JSON, and otherwise Stripe's page.
fn ui_mode(request_info: &RequestInfo, form: &BTreeMap<String, String>) -> UiMode {
    if request_info.wants_json() {
        let stays = form.get("on_completion").is_some_and(|text| text == "stay");
        UiMode::Embedded { redirect: !stays }
    } else {
        UiMode::Hosted
    }
}

/// Counts the checkout, unless the visitor objects to being counted. A sale waits for this at most
/// two seconds, and never fails because of it.
async fn count(
    shop: &Shop,
    request: &Request,
    product: &Product,
    attribution: &Attribution,
    now: Timestamp,
    shard: Shard,
) {
    const TIMEOUT: Duration = Duration::from_secs(2);
    if !visitor::is_counted(request) {
        return;
    }
    let counted = shop
        .views
        .count(Step::Checkout, &product.id, attribution, now, shard);
    if let Err(failure) = with_timeout(TIMEOUT, "Failed to count", counted).await {
        tracing::warn!(product = %product.id, "{failure}; the sale goes on");
    }
}

/// Returns the fields for the page's statistics. None of them leads to the purchase.
fn for_statistics(product: &Product, name: &str, id: PurchaseId) -> Value {
    let price = product.price.money();
    json!({
        "product": name,
        "value": price.decimal(),
        "currency": price.currency.code().to_ascii_uppercase(),
        "reference": id.reference(),
    })
}

/// Returns the answer: a redirect to Stripe's page, or the fields that open the checkout, with the
/// `statistics`.
fn answer(
    request_info: &RequestInfo,
    ui_mode: UiMode,
    checkout: Checkout,
    statistics: Value,
) -> Result<Answer, Failure> {
    let mut json = statistics;
    match checkout {
        Checkout::Page(url) if !request_info.wants_json() => return Ok(Answer::SeeOther(url)),
        Checkout::Page(url) => json["url"] = json!(url),
        Checkout::Embedded {
            client_secret,
            session,
            publishable_key,
        } => {
            json["client_secret"] = json!(client_secret);
            json["publishable_key"] = json!(publishable_key);
            if ui_mode == (UiMode::Embedded { redirect: false }) {
                let shop_url = request_info.shop_url()?;
                json["return_url"] = json!(shop_url.return_address_of(&session));
            }
        }
    }
    Ok(Answer::Json(json))
}
