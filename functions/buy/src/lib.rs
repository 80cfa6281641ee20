//! `POST /buy`: a visitor becomes a buyer.
//!
//! Nothing is written but a number: until Stripe says "paid", a purchase is only an id in Stripe's
//! metadata, and the checkouts begun are counted beside the sale, never in its way.

use std::{collections::BTreeMap, time::Duration};

use bookstall::{
    adapters::{
        aws::Aws,
        products::Products,
        stripe::{Checkout, Stripe, UiMode},
        views::Views,
    },
    domain::{
        attribution::Attribution,
        link::ShopUrl,
        product::{Product, ProductId},
        purchase_id::PurchaseId,
        timestamp::Timestamp,
        view::{Shard, Step},
    },
    runtime::config::{self, ConfigError, Environment},
    web::{
        contact::ShopContact,
        refusals::{Error, FailedAt, Refusal},
        request::{RequestInfo, form},
        response::{Answer, respond},
        visitor,
    },
};
use lambda_http::{Body, Request, Response, http::Method, tracing};
use serde_json::{Value, json};

/// What `buy` may touch.
pub struct Shop {
    products: Products,
    stripe: Stripe,
    views: Views,
    contact: ShopContact,
    shop_url: Option<ShopUrl>,
    publishable_key: Option<String>,
}

impl Shop {
    /// Opens the shop, or names everything that its environment lacks.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        Ok(Self {
            products: Products::open(aws, environment.required(config::PRODUCTS_TABLE)),
            views: Views::open(aws, environment.required(config::VIEWS_TABLE)),
            contact: ShopContact::read(environment),
            shop_url: environment.shop_url(),
            publishable_key: environment.optional(config::STRIPE_PUBLISHABLE_KEY),
            stripe: Stripe::open(environment)?,
        })
    }

    /// Connects to DynamoDB and to Stripe while Lambda starts the function, when it has a whole
    /// processor: the first buyer does not wait for that.
    pub async fn warm_up(&self) {
        tokio::join!(self.products.connect(), self.stripe.connect());
    }
}

/// Answers one Buy Now with the way to Stripe's checkout.
///
/// The fields are `product_id`, and optionally `variant` and `source`, as a form or as JSON. A
/// form is answered `303` to Stripe's page; a program, `{"client_secret", "publishable_key"}` to
/// open the overlay with, or `{"url"}` where no publishable key is configured. Beside it stands
/// what a page's statistics want to know: `product` (the book's name), `value` (its price in whole
/// units, `"29.00"`), `currency` (`"USD"`) and `reference`, the name that the shop's log has for
/// the purchase, which opens nothing.
///
/// A page that asks for `on_completion=stay` is told `return_url`, too: Stripe then leaves it to
/// the page to send the buyer there after the payment.
pub async fn handle(
    shop: &Shop,
    request: Request,
    new_id: PurchaseId,
    now: Timestamp,
    shard: Shard,
) -> Response<Body> {
    let request_info = RequestInfo::new(&request, shop.shop_url.as_ref());
    let outcome = buy(shop, &request_info, &request, new_id, now, shard).await;
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
    new_id: PurchaseId,
    now: Timestamp,
    shard: Shard,
) -> Result<Answer, Error> {
    if request.method() != Method::POST {
        return Err(Refusal::MethodNotAllowed.into());
    }
    let form = form(request)?;
    let product_id = product_id(&form)?;
    let attribution = Attribution::from_form(&form);

    let product = shop
        .products
        .find(&product_id)
        .await?
        .ok_or(Refusal::NoSuchProduct)?;
    if !product.is_active {
        return Err(Refusal::NotForSale.into());
    }

    let publishable_key = shop
        .publishable_key
        .as_ref()
        .filter(|_| request_info.wants_json());
    let stays = form.get("on_completion").is_some_and(|text| text == "stay");
    let surface = match publishable_key {
        None => UiMode::Hosted,
        Some(_) if stays => UiMode::Embedded { redirect: false },
        Some(_) => UiMode::Embedded { redirect: true },
    };
    let shop_url = request_info.shop_url()?;
    let book_page = &shop.contact.book_page_url;
    let opened = Box::pin(shop.stripe.open_checkout(
        &product,
        new_id,
        &attribution,
        shop_url,
        book_page,
        surface,
    ));
    let counted = async {
        if visitor::is_counted(request) {
            count(shop, &product, &attribution, now, shard).await;
        }
    };
    let (checkout, ()) = tokio::join!(opened, counted);
    let checkout = checkout?;
    tracing::info!(purchase = new_id.reference(), product = %product.id, "checkout opened");

    let mut answer = for_statistics(&product, new_id);
    Ok(match checkout {
        Checkout::Page(url) if !request_info.wants_json() => Answer::SeeOther(url),
        Checkout::Page(url) => {
            answer["url"] = json!(url);
            Answer::Json(answer)
        }
        Checkout::Embedded {
            client_secret,
            session,
        } => {
            answer["client_secret"] = json!(client_secret);
            answer["publishable_key"] = json!(publishable_key);
            if stays {
                answer["return_url"] = json!(shop_url.return_address_of(&session));
            }
            Answer::Json(answer)
        }
    })
}

/// Counts a checkout begun, while Stripe opens it. A sale waits for nothing that is slower than
/// Stripe by more than this, and never fails because of it.
async fn count(
    shop: &Shop,
    product: &Product,
    attribution: &Attribution,
    now: Timestamp,
    shard: Shard,
) {
    const TIMEOUT: Duration = Duration::from_secs(2);
    let counted = shop
        .views
        .count(Step::Checkout, &product.id, attribution, now, shard);
    match tokio::time::timeout(TIMEOUT, counted).await {
        Ok(Ok(())) => {}
        Ok(Err(failure)) => tracing::warn!(product = %product.id, "{failure}; the sale goes on"),
        Err(_) => {
            tracing::warn!(product = %product.id, "Failed to count: no answer in time; the sale goes on");
        }
    }
}

/// What a page tells its statistics of a checkout: nothing that leads to the purchase.
fn for_statistics(product: &Product, id: PurchaseId) -> Value {
    let price = product.price.money();
    json!({
        "product": product.name,
        "value": price.decimal(),
        "currency": price.currency.code().to_ascii_uppercase(),
        "reference": id.reference(),
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
