//! `POST /buy`: a visitor becomes a buyer.
//!
//! Nothing is written: until Stripe says "paid", a purchase is only an id in Stripe's metadata.

use std::collections::BTreeMap;

use bookstall::{
    aws::Aws,
    config::{self, ConfigError, Environment},
    http::{Answer, Author, Comfort, Visit, form},
    link::ShopUrl,
    payments::{Checkout, Payments, Surface},
    product::ProductId,
    products::Products,
    purchase::PurchaseId,
    refusal::{Error, Refusal},
    sale::{Label, Origin},
};
use lambda_http::{Body, Request, Response, http::Method, tracing};
use serde_json::json;

/// What `buy` may touch.
pub struct Shop {
    products: Products,
    payments: Payments,
    author: Author,
    shop_url: Option<ShopUrl>,
    publishable_key: Option<String>,
}

impl Shop {
    /// Opens the shop, or names everything that its environment lacks.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        Ok(Self {
            products: Products::open(aws, environment.required(config::PRODUCTS_TABLE)),
            author: Author::read(environment),
            shop_url: environment.shop_url(),
            publishable_key: environment.optional(config::STRIPE_PUBLISHABLE_KEY),
            payments: Payments::open(environment)?,
        })
    }

    /// Connects to `DynamoDB` while Lambda starts the function, when it has a whole processor: the
    /// first buyer does not wait for that.
    pub async fn warm_up(&self) {
        self.products.connect().await;
    }
}

/// Answers one Buy Now with the way to Stripe's checkout.
///
/// The fields are `product_id`, and optionally `variant` and `source`, as a form or as JSON. A
/// form is answered `303` to Stripe's page; a program, `{"client_secret", "publishable_key"}` to
/// open the overlay with, or `{"url"}` where no publishable key is configured.
pub async fn handle(shop: &Shop, request: Request, new_id: PurchaseId) -> Response<Body> {
    let visit = Visit::of(&request, shop.shop_url.as_ref());
    let outcome = buy(shop, &visit, &request, new_id).await;
    shop.author.answer(&visit, outcome, Comfort::NothingCharged)
}

async fn buy(
    shop: &Shop,
    visit: &Visit,
    request: &Request,
    new_id: PurchaseId,
) -> Result<Answer, Error> {
    if request.method() != Method::POST {
        return Err(Refusal::MethodNotAllowed.into());
    }
    let form = form(request)?;
    let product_id = product_id(&form)?;
    let origin = origin(&form);

    let product = shop
        .products
        .find(&product_id)
        .await?
        .ok_or(Refusal::NoSuchProduct)?;
    if !product.is_active {
        return Err(Refusal::NotForSale.into());
    }

    let publishable_key = shop.publishable_key.as_ref().filter(|_| visit.wants_json());
    let surface = if publishable_key.is_some() {
        Surface::Overlay
    } else {
        Surface::Hosted
    };
    let book_page = &shop.author.book_page_url;
    let checkout = shop
        .payments
        .open_checkout(
            &product,
            new_id,
            &origin,
            visit.shop_url()?,
            book_page,
            surface,
        )
        .await?;
    tracing::info!(purchase = new_id.reference(), product = %product.id, "checkout opened");

    Ok(match checkout {
        Checkout::Page(url) => Answer::SeeOther(url),
        Checkout::Overlay(client_secret) => Answer::Json(
            json!({"client_secret": client_secret, "publishable_key": publishable_key}),
        ),
    })
}

fn product_id(form: &BTreeMap<String, String>) -> Result<ProductId, Refusal> {
    form.get("product_id")
        .and_then(|text| ProductId::parse(text))
        .ok_or(Refusal::BadField {
            field: "product_id",
            expected: "the id of a product, as it stands on the book page",
        })
}

/// A label that makes no sense is left out: it must never cost a sale.
fn origin(form: &BTreeMap<String, String>) -> Origin {
    let label = |name| form.get(name).and_then(|text| Label::parse(text));
    Origin {
        variant: label("variant"),
        source: label("source"),
    }
}
