//! What the tables hold.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Config,
    config::{Credentials, Region},
    types::AttributeValue,
};
use bookstall::{
    adapters::{
        aws::{Aws, Endpoints},
        catalogue::CatalogueTable,
        purchases::Purchases,
    },
    domain::{
        book::{Book, BookId},
        email_address::EmailAddress,
        money::{Currency, Money},
        product::{ProductId, USUAL_DOWNLOADS},
        purchase::Purchase,
    },
    runtime::{clock, random},
};
use emulators::dynamodb::{CATALOGUE_TABLE, PURCHASES_TABLE};
use local::shop::LocalShop;

use super::{BOOK, World, id_of};

impl World {
    /// Records a purchase without a sale at Stripe, which takes less time.
    pub async fn record_purchase(&self, product: &str, email: &str) {
        let purchase = purchase(product, email);
        purchases_of(&self.shop).record(&[purchase]).await.unwrap();
    }

    /// The purchase of a private link, if there is one.
    pub async fn find_purchase(&self, link: &str) -> Option<Purchase> {
        purchases_of(&self.shop).find(id_of(link)).await.unwrap()
    }

    /// The item of a purchase in DynamoDB.
    pub async fn raw_item(&self, link: &str) -> HashMap<String, AttributeValue> {
        let answer = aws_client(&self.shop.emulators().aws)
            .get_item()
            .table_name(PURCHASES_TABLE)
            .key("id", AttributeValue::S(id_of(link).secret()))
            .send()
            .await
            .unwrap();
        answer.item.unwrap()
    }

    /// A book in the catalogue, as it is now.
    pub async fn book(&self, id: &str) -> Book {
        let aws = Aws::at(self.shop.emulators().aws.clone());
        let catalogue = CatalogueTable::open(&aws, CATALOGUE_TABLE.to_owned());
        let id = BookId::parse(id).unwrap();
        catalogue.book(&id).await.unwrap().unwrap()
    }

    /// How many purchases are in the table.
    pub async fn purchases(&self) -> usize {
        let endpoints = &self.shop.emulators().aws;
        let client = aws_client(endpoints);
        let answer = client
            .scan()
            .table_name(PURCHASES_TABLE)
            // The table also remembers debits that failed, and the secret of imports.
            .filter_expression("attribute_exists(book_id)")
            .send()
            .await
            .unwrap();
        answer.items().len()
    }
}

/// A purchase of the first edition of [`BOOK`] that was just made and mailed.
pub fn purchase(product: &str, email: &str) -> Purchase {
    let (id, book, now) = (random::new_purchase_id(), BookId::parse(BOOK), clock::now());
    Purchase {
        product_id: ProductId::parse(product),
        email: EmailAddress::parse(email),
        paid: Some(Money {
            minor_units: 2900,
            currency: Currency::parse("usd").unwrap(),
        }),
        mailed_at: Some(now),
        ..Purchase::new(id, book.unwrap(), 1, USUAL_DOWNLOADS, now)
    }
}

/// The purchases of a shop, as its functions read and write them.
pub fn purchases_of(shop: &LocalShop) -> Purchases {
    let aws = Aws::at(shop.emulators().aws.clone());
    Purchases::open(&aws, PURCHASES_TABLE.to_owned())
}

/// The SDK's client for DynamoDB's emulator.
pub fn aws_client(endpoints: &Endpoints) -> aws_sdk_dynamodb::Client {
    let (key, secret) = (&endpoints.access_key, &endpoints.secret_key);
    let config = Config::builder()
        .behavior_version_latest()
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new(key, secret, None, None, "tests"))
        .endpoint_url(&endpoints.dynamodb);
    aws_sdk_dynamodb::Client::from_conf(config.build())
}
