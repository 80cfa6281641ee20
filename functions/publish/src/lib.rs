//! `publish` writes products into the catalogue, either all of them or none. The author invokes it.

pub mod event;

use std::collections::BTreeMap;

use bookstall::{
    adapters::{
        aws::Aws,
        books::Books,
        products::{Expected, Products},
    },
    domain::{file_content::beginning, product::Product},
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

/// The adapters that `publish` uses.
pub struct Shop {
    products: Products,
    books: Books,
}

impl Shop {
    /// Opens the adapters. The error names every environment variable that is missing or wrong.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let shop = Self {
            products: Products::open(aws, environment.required(config::PRODUCTS_TABLE)),
            books: Books::open(aws, environment.required(config::BOOKS_BUCKET)),
        };
        environment.complete()?;
        Ok(shop)
    }
}

/// The answer: what was done with each product.
#[derive(Debug, Default, Serialize)]
pub struct Published {
    /// The ids of the products that were not in the catalogue before.
    pub new: Vec<String>,
    /// The ids of the products that were changed, each with the names of the fields that changed.
    pub changed: BTreeMap<String, Vec<&'static str>>,
    /// The ids of the products that were left as they were.
    pub unchanged: Vec<String>,
    /// The problems that the author should check, one sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Writes the event's products into the catalogue. Before, it checks all their fields, and that
/// each of their files is in the bucket and has the content that its ending says.
///
/// The newest version of each file is what buyers get from now on, whatever is uploaded or deleted
/// later, until the product is published again. The `edition` of a product stays as it is, because
/// `push-update` makes new editions. Sending the same event again changes nothing, unless a file
/// was uploaded meanwhile.
pub async fn handle(shop: &Shop, event: Value) -> Result<Published, EventError> {
    let listed = event::read(event)?;
    let warnings = warnings(&listed);
    let found = with_timeout(FILES, "Failed to find the files", find_files(shop, listed));
    let products = found.await.map_err(EventError::before_any_change)?;
    let published = publish(shop, products);
    // The catalogue is written in one transaction, so a timeout leaves all of it written or
    // nothing.
    let published = with_timeout(CATALOGUE, "Failed to write the catalogue", published).await?;
    Ok(Published {
        warnings,
        ..published
    })
}

/// Returns a warning for each file whose content the shop cannot check.
fn warnings(products: &[Product]) -> Vec<String> {
    let mut warnings = Vec::new();
    for (index, product) in products.iter().enumerate() {
        let unknown = product.files.keys();
        let unknown = unknown.filter(|format| beginning(format).is_none());
        warnings.extend(unknown.map(|format| {
            format!(
                "`products[{index}].files.{format}`: the shop does not know files that end in \
                 `.{format}`, and looked only whether this one is empty"
            )
        }));
    }
    warnings
}

/// Returns the products with the newest version of each of their files. The error names every file
/// that is not in the bucket, is empty, or is not what its ending says.
async fn find_files(shop: &Shop, mut products: Vec<Product>) -> Result<Vec<Product>, EventError> {
    let files = products.iter().flat_map(|product| &product.files);
    let keys: Vec<_> = files.map(|(format, file)| (format, &file.key)).collect();
    let mut found = shop.books.newest_of(&keys).await?.into_iter();
    let mut problems = Vec::new();
    for (index, product) in products.iter_mut().enumerate() {
        for (format, file) in &mut product.files {
            match found.next() {
                Some(Ok(newest)) => *file = newest,
                Some(Err(unfit)) => {
                    problems.push(format!("`products[{index}].files.{format}`: {unfit}"));
                }
                None => {}
            }
        }
    }
    if problems.is_empty() {
        Ok(products)
    } else {
        Err(event::wrong(problems))
    }
}

/// Writes the products that are new or changed. If another call writes one of them meanwhile,
/// nothing is written, and the products are compared and written again, in five attempts at most.
async fn publish(shop: &Shop, products: Vec<Product>) -> Result<Published, EventError> {
    const TRIES: u32 = 5;
    for _ in 0..TRIES {
        let mut published = Published::default();
        let mut writes = Vec::new();
        let ids: Vec<_> = products.iter().map(|product| &product.id).collect();
        let known = shop.products.find_each(&ids).await?;
        for (product, known) in products.iter().zip(known) {
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
                    let fields = changed_fields(&known, &product);
                    if fields.is_empty() {
                        published.unchanged.push(product.id.to_string());
                    } else {
                        published.changed.insert(product.id.to_string(), fields);
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
        "other calls kept writing the same products",
    )))
}

/// Returns the names of the event's fields in which two products differ.
fn changed_fields(known: &Product, product: &Product) -> Vec<&'static str> {
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
