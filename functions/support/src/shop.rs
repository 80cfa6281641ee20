//! The adapters and settings of `support`.

use bookstall::{
    adapters::{
        aws::Aws, catalogue::CatalogueTable, mailer::Mailer, purchases::Purchases, stripe::Stripe,
    },
    domain::{agreement::Withdrawal, link::ShopUrl},
    runtime::config::{self, ConfigError, Environment},
};

/// The adapters and settings that `support` uses.
pub struct Shop {
    pub(crate) catalogue: CatalogueTable,
    pub(crate) purchases: Purchases,
    pub(crate) mailer: Mailer,
    pub(crate) stripe: Stripe,
    pub(crate) shop_url: ShopUrl,
    pub(crate) support_email: String,
    pub(crate) withdrawal: Withdrawal,
}

impl Shop {
    /// Opens the adapters. The error names every environment variable that is missing or wrong.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        Ok(Self {
            catalogue: CatalogueTable::open(aws, environment.required(config::CATALOGUE_TABLE)),
            purchases: Purchases::open(aws, environment.required(config::PURCHASES_TABLE)),
            mailer: Mailer::open(aws, environment),
            shop_url: environment.required_shop_url(),
            support_email: environment.required(config::SUPPORT_EMAIL),
            withdrawal: environment.withdrawal(),
            stripe: Stripe::open_for_refunds(environment, aws)?,
        })
    }
}
