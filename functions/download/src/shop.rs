//! The adapters and settings of the function.

use bookstall::{
    adapters::{
        aws::Aws, catalogue::CatalogueTable, presigned_urls::PresignedUrls, purchases::Purchases,
    },
    domain::{link::ShopUrl, returns::ReturnTerms, timestamp::Timestamp},
    runtime::config::{self, ConfigError, Environment},
    web::contact::ShopContact,
};

/// The adapters and settings that `download` uses.
pub struct Shop {
    pub(crate) catalogue: CatalogueTable,
    pub(crate) purchases: Purchases,
    pub(crate) presigned_urls: PresignedUrls,
    pub(crate) terms: ReturnTerms,
    pub(crate) contact: ShopContact,
    pub(crate) shop_url: Option<ShopUrl>,
}

impl Shop {
    /// Opens the adapters. The error names every environment variable that is missing or wrong.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let terms = environment.return_terms();
        let shop = Self {
            catalogue: CatalogueTable::open(aws, environment.required(config::CATALOGUE_TABLE)),
            purchases: Purchases::open(aws, environment.required(config::PURCHASES_TABLE))
                .with_withdrawal(terms.withdrawal),
            presigned_urls: PresignedUrls::open(aws, &environment.required(config::BOOKS_BUCKET)),
            terms,
            contact: ShopContact::read(environment),
            shop_url: environment.shop_url(),
        };
        environment.complete()?;
        Ok(shop)
    }

    /// Reads the catalogue while Lambda starts the function, so that the first buyer waits neither
    /// for the catalogue nor for the connection. If it fails, the first request reads the catalogue
    /// again and reports a failure.
    pub async fn warm_up(&self, now: Timestamp) {
        drop(self.catalogue.kept(now).await);
    }
}
