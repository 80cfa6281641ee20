//! `POST /seen`: the book page says that somebody looks at it.
//!
//! One number grows: that of the day, the product, the arm and the campaign. Nothing is kept of
//! who looked. Whatever is wrong, the page is answered as if all were well: it must never be
//! disturbed.

use std::{collections::BTreeMap, time::Duration};

use bookstall::{
    adapters::{aws::Aws, products::Products, views::Views},
    domain::{
        attribution::Attribution,
        product::ProductId,
        timestamp::Timestamp,
        view::{Shard, Step},
    },
    runtime::{
        config::{self, ConfigError, Environment},
        failure::Failure,
    },
    web::{refusals::Refusal, request::beacon, visitor},
};
use lambda_http::{
    Body, Request, Response,
    http::{HeaderValue, StatusCode, header},
    tracing,
};

/// What `seen` may touch.
pub struct Shop {
    products: Products,
    views: Views,
}

impl Shop {
    /// Opens the shop, or names everything that its environment lacks.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let shop = Self {
            products: Products::open(aws, environment.required(config::PRODUCTS_TABLE)),
            views: Views::open(aws, environment.required(config::VIEWS_TABLE)),
        };
        environment.complete()?;
        Ok(shop)
    }
}

/// Counts one view of the page.
///
/// The fields are `product_id`, and optionally `variant` and `source`, as a form or as JSON, in
/// whatever type `navigator.sendBeacon` gives them. Answered `204`, counted or not; `413` above
/// 1 KB.
pub async fn handle(shop: &Shop, request: Request, now: Timestamp, shard: Shard) -> Response<Body> {
    /// A view that takes longer to count is not worth what the waiting costs.
    const TIMEOUT: Duration = Duration::from_secs(5);
    let fields = match beacon(&request) {
        Ok(fields) => fields,
        Err(Refusal::BodyTooLarge) => return answer(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => return answer(StatusCode::NO_CONTENT),
    };
    if visitor::is_counted(&request) {
        match tokio::time::timeout(TIMEOUT, count(shop, &fields, now, shard)).await {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => tracing::warn!("{failure}; a view is not counted"),
            Err(_) => tracing::warn!("Failed to count: no answer in time; a view is not counted"),
        }
    }
    answer(StatusCode::NO_CONTENT)
}

/// Counts a view of a product's page, if there is that product: as of a minute ago, so that made-up
/// ids cost nothing.
async fn count(
    shop: &Shop,
    fields: &BTreeMap<String, String>,
    now: Timestamp,
    shard: Shard,
) -> Result<(), Failure> {
    let Some(id) = fields.get("product_id").and_then(|id| ProductId::parse(id)) else {
        return Ok(());
    };
    let Some(product) = shop.products.catalogue(now).await?.find(&id) else {
        return Ok(());
    };
    let attribution = Attribution::from_form(fields);
    shop.views
        .count(Step::View, &product.id, &attribution, now, shard)
        .await
}

fn answer(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status;
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}
