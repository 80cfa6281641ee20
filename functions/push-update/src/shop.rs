//! The adapters and settings of `push-update`.

use bookstall::{
    adapters::{
        aws::Aws, books::Books, catalogue::CatalogueTable, mailer::Mailer, purchases::Purchases,
    },
    delivery::Update,
    domain::{agreement::Withdrawal, book::Book, link::ShopUrl},
    runtime::config::{self, ConfigError, Environment},
};

/// The adapters and settings that `push-update` uses.
pub struct Shop {
    pub(crate) catalogue: CatalogueTable,
    pub(crate) purchases: Purchases,
    pub(crate) books: Books,
    pub(crate) mailer: Mailer,
    pub(crate) shop_url: ShopUrl,
    pub(crate) support_email: String,
    pub(crate) withdrawal: Withdrawal,
}

impl Shop {
    /// Opens the adapters. The error names every environment variable that is missing or wrong.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let shop = Self {
            catalogue: CatalogueTable::open(aws, environment.required(config::CATALOGUE_TABLE)),
            purchases: Purchases::open(aws, environment.required(config::PURCHASES_TABLE))
                .counting_test_sales(environment.counts_test_sales()),
            books: Books::open(aws, environment.required(config::BOOKS_BUCKET)),
            mailer: Mailer::open(aws, environment),
            shop_url: environment.required_shop_url(),
            support_email: environment.required(config::SUPPORT_EMAIL),
            withdrawal: environment.withdrawal(),
        };
        environment.complete()?;
        Ok(shop)
    }

    /// Returns the update that notifies buyers of the book's newest edition.
    pub(crate) fn update<'a>(&'a self, book: &'a Book) -> Update<'a> {
        Update {
            purchases: &self.purchases,
            book,
            shop_url: &self.shop_url,
            support_email: &self.support_email,
            withdrawal: self.withdrawal,
        }
    }
}
