//! The products table.

use std::sync::Arc;

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, Put, TransactWriteItem},
};
use tokio::sync::RwLock;

use crate::{
    adapters::{
        attributes::{Attributes, Item, number, text},
        aws::{Aws, all_of, failed},
    },
    domain::{
        money::{Currency, Price},
        notes::Notes,
        product::{BookFile, BookKey, Catalogue, FileVersion, Files, Format, Product, ProductId},
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};

/// How long a catalogue is kept in memory, in seconds. A changed price still applies at once,
/// because `buy` does not use the kept catalogue. A withdrawn book can still be downloaded by its
/// buyers.
const CATALOGUE_SECONDS: i64 = 60;

/// The products table, in DynamoDB.
pub struct Products {
    client: Client,
    table: String,
    catalogue: RwLock<Option<(Timestamp, Arc<Catalogue>)>>,
}

/// The condition of a write.
pub enum Expected {
    /// The table has no product of this id.
    Nothing,
    /// The product is still at the edition at which it was read.
    Edition(u32),
}

impl Products {
    /// Opens this table.
    #[must_use]
    pub fn open(aws: &Aws, table: String) -> Self {
        Self {
            client: aws.dynamodb(),
            table,
            catalogue: RwLock::default(),
        }
    }

    /// Opens the connection ahead of the first request, with one `GetItem` of a product that does
    /// not exist. Ignores errors: the first request will report them.
    pub async fn connect(&self) {
        let request = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("id", AttributeValue::S("-".to_owned()))
            .send();
        drop(request.await);
    }

    /// Returns the current product of this id. Makes one `GetItem`.
    pub async fn find(&self, id: &ProductId) -> Result<Option<Product>, Failure> {
        const STEP: &str = "Failed to read the product";
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("id", AttributeValue::S(id.as_str().to_owned()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| failed(STEP, &error))?;
        answer
            .item
            .map(|item| read(&item).ok_or_else(|| unreadable(STEP, &item)))
            .transpose()
    }

    /// Returns a product that was bought. Fails if it was removed from the catalogue.
    pub async fn find_sold(&self, id: &ProductId) -> Result<Product, Failure> {
        self.find(id).await?.ok_or_else(|| not_in_catalogue(id))
    }

    /// Returns the current products of these ids, in the order of the ids, with `None` for each
    /// that does not exist. Makes one `GetItem` for each id, sixteen at a time.
    pub async fn find_each(&self, ids: &[&ProductId]) -> Result<Vec<Option<Product>>, Failure> {
        all_of(ids.iter().map(|id| self.find(id)).collect()).await
    }

    /// Returns all products, as they were at most a minute ago. If the copy in memory is older, it
    /// makes one `Scan`: an author's catalogue fits on one page of answers.
    pub async fn catalogue(&self, now: Timestamp) -> Result<Arc<Catalogue>, Failure> {
        if let Some((read_at, catalogue)) = &*self.catalogue.read().await
            && now < read_at.plus_seconds(CATALOGUE_SECONDS)
        {
            return Ok(Arc::clone(catalogue));
        }
        self.fresh_catalogue(now).await
    }

    /// Returns all current products.
    pub async fn fresh_catalogue(&self, now: Timestamp) -> Result<Arc<Catalogue>, Failure> {
        const STEP: &str = "Failed to read the catalogue";
        let mut products = Vec::new();
        let mut pages = self
            .client
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| failed(STEP, &error))?;
            products.push(read(&item).ok_or_else(|| unreadable(STEP, &item))?);
        }
        let catalogue: Arc<Catalogue> = Arc::new(products.into_iter().collect());
        *self.catalogue.write().await = Some((now, Arc::clone(&catalogue)));
        Ok(catalogue)
    }

    /// Writes either all of these products or none. Returns `false` if a condition did not hold:
    /// nothing is written, and the caller has to read again. Takes at most 100 products (DynamoDB's
    /// limit for a transaction).
    pub async fn write(&self, products: &[(Product, Expected)]) -> Result<bool, Failure> {
        const STEP: &str = "Failed to write the products";
        let mut transaction = self.client.transact_write_items();
        for (product, expected) in products {
            let put = Put::builder()
                .table_name(&self.table)
                .set_item(Some(item(product)));
            let put = match expected {
                Expected::Nothing => put.condition_expression("attribute_not_exists(id)"),
                Expected::Edition(edition) => put
                    .condition_expression("edition = :edition")
                    .expression_attribute_values(
                        ":edition",
                        AttributeValue::N(edition.to_string()),
                    ),
            };
            let put = put
                .build()
                .map_err(|error| Failure::refused(STEP, error.to_string()))?;
            transaction = transaction.transact_items(TransactWriteItem::builder().put(put).build());
        }
        match transaction.send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(refused) if refused.is_transaction_canceled_exception() => Ok(false),
                _ => Err(failed(STEP, &error)),
            },
        }
    }
}

/// Returns the failure of a step that needs a product which was bought and later removed.
#[must_use]
pub fn not_in_catalogue(id: &ProductId) -> Failure {
    Failure::refused(
        "Failed to find the product of a purchase",
        format!("`{id}` is not in the catalogue; publish it again"),
    )
}

fn item(product: &Product) -> Item {
    let money = product.price.money();
    let files = product.files.iter().map(|(format, file)| {
        let version = file.version.as_ref();
        let file = [
            ("key", Some(text(file.key.as_str()))),
            ("version", version.map(|version| text(version.as_str()))),
        ];
        let attributes = file
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        (format.to_string(), AttributeValue::M(attributes.collect()))
    });
    let pushed = product.pushed.iter().map(|version| text(version));
    [
        ("id", Some(text(product.id.as_str()))),
        ("name", Some(text(&product.name))),
        ("version", Some(text(&product.version))),
        ("edition", Some(number(product.edition))),
        ("price", Some(number(money.minor_units))),
        ("currency", Some(text(&money.currency.code()))),
        ("files", Some(AttributeValue::M(files.collect()))),
        (
            "notes",
            product.notes.as_ref().map(|notes| text(notes.text())),
        ),
        ("pushed", Some(AttributeValue::L(pushed.collect()))),
        ("is_active", Some(AttributeValue::Bool(product.is_active))),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}

fn read(item: &Item) -> Option<Product> {
    let attributes = Attributes(item);
    Some(Product {
        id: attributes.parse("id", ProductId::parse)?,
        name: attributes.text("name")?.to_owned(),
        version: attributes.text("version")?.to_owned(),
        edition: attributes.number("edition")?,
        price: Price::new(
            attributes.number("price")?,
            attributes.parse("currency", Currency::parse)?,
        )?,
        files: files(item)?,
        notes: attributes.parse("notes", Notes::parse),
        pushed: pushed(item)?,
        is_active: attributes.flag("is_active")?,
    })
}

fn files(item: &Item) -> Option<Files> {
    let files = item.get("files")?.as_m().ok()?;
    files
        .iter()
        .map(|(format, file)| {
            let file = Attributes(file.as_m().ok()?);
            let version = match file.text("version") {
                Some(version) => Some(FileVersion::parse(version)?),
                None if file.has("version") => return None,
                None => None,
            };
            let key = file.parse("key", BookKey::parse)?;
            Some((Format::parse(format)?, BookFile { key, version }))
        })
        .collect()
}

fn pushed(item: &Item) -> Option<Vec<String>> {
    let versions = item.get("pushed")?.as_l().ok()?;
    versions
        .iter()
        .map(|version| version.as_s().ok().cloned())
        .collect()
}

fn unreadable(step: &'static str, item: &Item) -> Failure {
    let id = Attributes(item).text("id").unwrap_or("unknown");
    Failure::refused(
        step,
        format!("the product `{id}` lacks an attribute or has a wrong one; publish it again"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product() -> Product {
        let format = |text| Format::parse(text).unwrap();
        let key = |text| BookKey::parse(text).unwrap();
        Product {
            id: ProductId::parse("wip-2e").unwrap(),
            name: "Writing Idiomatic Python".to_owned(),
            version: "2nd edition".to_owned(),
            edition: 3,
            price: Price::new(2900, Currency::parse("usd").unwrap()).unwrap(),
            files: Files::from([
                (
                    format("pdf"),
                    BookFile {
                        key: key("a.pdf"),
                        version: FileVersion::parse("3sL4kqtJ"),
                    },
                ),
                (format("epub"), BookFile::newest(key("a.epub"))),
            ]),
            notes: Notes::parse("New."),
            pushed: vec!["2nd edition".to_owned()],
            is_active: false,
        }
    }

    #[test]
    fn a_product_is_read_as_it_was_written() {
        let product = product();
        assert_eq!(read(&item(&product)), Some(product.clone()));
        let optional = ["notes"];
        for name in item(&product)
            .keys()
            .filter(|name| !optional.contains(&name.as_str()))
        {
            let mut lacking = item(&product);
            lacking.remove(name);
            assert_eq!(read(&lacking), None, "without {name}");
        }
    }

    #[test]
    fn a_price_that_stripe_refuses_is_read_all_the_same_and_can_be_mended() {
        let mut product = product();
        product.price = Price::new(4990, Currency::parse("isk").unwrap()).unwrap();
        assert_eq!(read(&item(&product)), Some(product));
    }

    #[test]
    fn a_version_that_s3_cannot_have_answered_is_damage() {
        for wrong in [text("null"), number(7_u32)] {
            let mut damaged = item(&product());
            let Some(AttributeValue::M(files)) = damaged.get_mut("files") else {
                panic!("no files");
            };
            let Some(AttributeValue::M(pdf)) = files.get_mut("pdf") else {
                panic!("no PDF");
            };
            pdf.insert("version".to_owned(), wrong.clone());
            assert_eq!(read(&damaged), None, "{wrong:?}");
        }
    }
}
