//! `POST /seen`: counts a view of the book page.
//!
//! The function adds one to the counter of the day, the product, the arm and the campaign. It
//! stores nothing about the visitor. A request that cannot be counted gets the usual answer, too,
//! because counting must never disturb the page.

use std::{collections::BTreeMap, time::Duration};

use bookstall::{
    adapters::{aws::Aws, catalogue::CatalogueTable, views::Views},
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

/// The adapters that `track-view` uses.
pub struct Shop {
    catalogue: CatalogueTable,
    views: Views,
}

impl Shop {
    /// Opens the adapters. The error names every environment variable that is missing or wrong.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let shop = Self {
            catalogue: CatalogueTable::open(aws, environment.required(config::CATALOGUE_TABLE)),
            views: Views::open(aws, environment.required(config::VIEWS_TABLE)),
        };
        environment.complete()?;
        Ok(shop)
    }
}

/// Counts one view of the book page.
///
/// The body has the field `product_id` and optionally `variant` and `source`, as a form or as JSON,
/// with any content type that `navigator.sendBeacon` sets. The answer is `204`, whether the view
/// was counted or not, and `413` for a body of more than 1 KB.
pub async fn handle(shop: &Shop, request: Request, now: Timestamp, shard: Shard) -> Response<Body> {
    /// The longest time that the function waits for DynamoDB. A lost view costs less than a longer
    /// wait.
    const TIMEOUT: Duration = Duration::from_secs(5);
    let fields = match beacon(&request) {
        Ok(fields) => fields,
        Err(Refusal::BodyTooLarge) => return answer(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => return answer(StatusCode::NO_CONTENT),
    };
    if visitor::is_counted(&request) {
        match tokio::time::timeout(TIMEOUT, count(shop, &fields, now, shard)).await {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => tracing::warn!("a view was not counted: {failure}"),
            Err(_) => tracing::warn!("a view was not counted: no answer in time"),
        }
    }
    answer(StatusCode::NO_CONTENT)
}

/// Counts a view, if the product is in the catalogue. The catalogue is read once a minute at most,
/// so that requests with made-up ids cost no call to DynamoDB.
async fn count(
    shop: &Shop,
    fields: &BTreeMap<String, String>,
    now: Timestamp,
    shard: Shard,
) -> Result<(), Failure> {
    let Some(id) = fields.get("product_id").and_then(|id| ProductId::parse(id)) else {
        return Ok(());
    };
    if !shop.catalogue.kept(now).await?.products.contains_key(&id) {
        return Ok(());
    }
    let attribution = Attribution::from_form(fields);
    shop.views
        .count(Step::View, &id, &attribution, now, shard)
        .await
}

/// Returns an empty answer that is not cached.
fn answer(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status;
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}
