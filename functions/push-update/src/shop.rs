//! The adapters and settings of `push-update`.

use bookstall::{
    adapters::{aws::Aws, books::Books, mailer::Mailer, products::Products, purchases::Purchases},
    delivery::Update,
    domain::{link::ShopUrl, product::Product},
    runtime::config::{self, ConfigError, Environment},
};

/// The adapters and settings that `push-update` uses.
pub struct Shop {
    pub(crate) products: Products,
    pub(crate) purchases: Purchases,
    pub(crate) books: Books,
    pub(crate) mailer: Mailer,
    pub(crate) shop_url: ShopUrl,
    pub(crate) support_email: String,
    pub(crate) downloads_per_purchase: u32,
}

impl Shop {
    /// Opens the adapters. The error names every environment variable that is missing or wrong.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let shop = Self {
            products: Products::open(aws, environment.required(config::PRODUCTS_TABLE)),
            purchases: Purchases::open(aws, environment.required(config::PURCHASES_TABLE))
                .counting_test_sales(environment.counts_test_sales()),
            books: Books::open(aws, environment.required(config::BOOKS_BUCKET)),
            mailer: Mailer::open(aws, environment),
            shop_url: environment.required_shop_url(),
            support_email: environment.required(config::SUPPORT_EMAIL),
            downloads_per_purchase: environment.downloads_per_purchase(),
        };
        environment.complete()?;
        Ok(shop)
    }

    /// Returns the update that notifies buyers of the product's newest edition.
    pub(crate) fn update<'a>(&'a self, product: &'a Product) -> Update<'a> {
        Update {
            purchases: &self.purchases,
            product,
            shop_url: &self.shop_url,
            support_email: &self.support_email,
            downloads: self.downloads_per_purchase,
        }
    }
}
