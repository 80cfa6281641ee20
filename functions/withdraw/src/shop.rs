//! The adapters and settings of `withdraw`.

use bookstall::{
    adapters::{
        aws::Aws, catalogue::CatalogueTable, mailer::Mailer, purchases::Purchases, stripe::Stripe,
    },
    domain::{email_address::EmailAddress, link::ShopUrl, returns::ReturnTerms},
    runtime::config::{self, ConfigError, Environment},
    web::contact::ShopContact,
};

/// The adapters and settings that `withdraw` uses.
pub struct Shop {
    pub(crate) catalogue: CatalogueTable,
    pub(crate) purchases: Purchases,
    pub(crate) mailer: Mailer,
    pub(crate) stripe: Stripe,
    pub(crate) terms: ReturnTerms,
    pub(crate) author: Option<EmailAddress>,
    pub(crate) contact: ShopContact,
    pub(crate) shop_url: Option<ShopUrl>,
}

impl Shop {
    /// Opens the adapters. The error names every environment variable that is missing or wrong.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let shop = Self {
            catalogue: CatalogueTable::open(aws, environment.required(config::CATALOGUE_TABLE)),
            purchases: Purchases::open(aws, environment.required(config::PURCHASES_TABLE)),
            mailer: Mailer::open(aws, environment),
            terms: environment.return_terms(),
            author: environment.author_email(),
            contact: ShopContact::read(environment),
            shop_url: environment.shop_url(),
            stripe: Stripe::open_for_refunds(environment, aws)?,
        };
        environment.complete()?;
        Ok(shop)
    }
}
