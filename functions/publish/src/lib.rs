//! `publish`, invoked by the author: the catalogue, all or none of it.

pub mod event;

use std::collections::BTreeMap;

use bookstall::{
    adapters::{
        aws::Aws,
        books::Books,
        products::{Expected, Products},
    },
    domain::product::Product,
    runtime::{
        config::{self, ConfigError, Environment},
        failure::Failure,
        invocation::EventError,
        timeouts::{CATALOGUE, FILES, with_timeout},
    },
};
use lambda_http::tracing;
use serde::Serialize;
use serde_json::Value;

/// What `publish` may touch.
pub struct Shop {
    products: Products,
    books: Books,
}

impl Shop {
    /// Opens the shop, or names everything that its environment lacks.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let shop = Self {
            products: Products::open(aws, environment.required(config::PRODUCTS_TABLE)),
            books: Books::open(aws, environment.required(config::BOOKS_BUCKET)),
        };
        environment.complete()?;
        Ok(shop)
    }
}

/// What was done with each product.
#[derive(Debug, Default, Serialize)]
pub struct Published {
    /// The ids of those that were not there before.
    pub new: Vec<String>,
    /// The ids of those that were, with the fields that differ now.
    pub changed: BTreeMap<String, Vec<&'static str>>,
    /// The ids of those that were just so already.
    pub unchanged: Vec<String>,
}

/// Puts the event's products into the catalogue, after checking every field of all of them and
/// that each file is in the bucket. What lies there now is what buyers are given from now on,
/// whatever is uploaded or deleted later, until this is done again. A product's `edition` is left as
/// it is: it is `push-update` that tells buyers of a new one. Sending the same event again changes
/// nothing, unless a file was uploaded meanwhile.
pub async fn handle(shop: &Shop, event: Value) -> Result<Published, EventError> {
    let listed = event::read(event)?;
    let found = with_timeout(FILES, "Failed to find the files", find_files(shop, listed));
    let with_files = found.await.map_err(EventError::before_any_change)?;
    let published = publish(shop, with_files);
    // All of it is one transaction: whoever is cut off here has written everything or nothing.
    with_timeout(CATALOGUE, "Failed to write the catalogue", published).await
}

/// The products with the newest version of each of their files.
async fn find_files(shop: &Shop, mut products: Vec<Product>) -> Result<Vec<Product>, EventError> {
    let files = products.iter().flat_map(|product| product.files.values());
    let keys: Vec<_> = files.map(|file| &file.key).collect();
    let mut found = shop.books.newest_of(&keys).await?.into_iter();
    let mut problems = Vec::new();
    for (index, product) in products.iter_mut().enumerate() {
        for (format, file) in &mut product.files {
            if let Some(newest) = found.next().flatten() {
                *file = newest;
            } else {
                let key = file.key.as_str();
                problems.push(format!("`products[{index}].files.{format}`: there is no `{key}` in the bucket; upload it first"));
            }
        }
    }
    if problems.is_empty() {
        Ok(products)
    } else {
        Err(event::wrong(problems))
    }
}

/// Writes what is new or differs. If another call writes the same products meanwhile, nothing is
/// written and all is looked at again.
async fn publish(shop: &Shop, listed: Vec<Product>) -> Result<Published, EventError> {
    const TRIES: u32 = 5;
    for _ in 0..TRIES {
        let mut published = Published::default();
        let mut writes = Vec::new();
        let ids: Vec<_> = listed.iter().map(|product| &product.id).collect();
        let known = shop.products.find_each(&ids).await?;
        for (product, known) in listed.iter().zip(known) {
            match known {
                None => {
                    published.new.push(product.id.to_string());
                    writes.push((product.clone(), Expected::Nothing));
                }
                Some(known) => {
                    let product = Product {
                        edition: known.edition,
                        notes: known.notes.clone(),
                        pushed: known.pushed.clone(),
                        ..product.clone()
                    };
                    let differing = differing(&known, &product);
                    if differing.is_empty() {
                        published.unchanged.push(product.id.to_string());
                    } else {
                        published.changed.insert(product.id.to_string(), differing);
                        writes.push((product, Expected::Edition(known.edition)));
                    }
                }
            }
        }
        if writes.is_empty() || shop.products.write(&writes).await? {
            tracing::info!(
                new = published.new.len(),
                changed = published.changed.len(),
                "catalogue published"
            );
            return Ok(published);
        }
    }
    Err(EventError::Failed(Failure::unavailable(
        "Failed to write the catalogue",
        "others kept writing the same products",
    )))
}

fn differing(known: &Product, product: &Product) -> Vec<&'static str> {
    [
        ("name", known.name != product.name),
        ("version", known.version != product.version),
        (
            "price",
            known.price.money().minor_units != product.price.money().minor_units,
        ),
        (
            "currency",
            known.price.money().currency != product.price.money().currency,
        ),
        ("files", known.files != product.files),
        ("is_active", known.is_active != product.is_active),
    ]
    .into_iter()
    .filter_map(|(field, differs)| differs.then_some(field))
    .collect()
}
