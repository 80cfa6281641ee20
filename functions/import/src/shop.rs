//! The adapters and settings of `import`.

use bookstall::{
    adapters::{aws::Aws, catalogue::CatalogueTable, purchases::Purchases},
    domain::import::ImportSecret,
    runtime::{
        config::{self, ConfigError, Environment},
        failure::Failure,
    },
};
use tokio::sync::OnceCell;

/// The adapters and settings that `import` uses.
pub struct Shop {
    pub(crate) catalogue: CatalogueTable,
    pub(crate) purchases: Purchases,
    /// The secret of the ids, read once in the life of the process: it never changes.
    secret: OnceCell<ImportSecret>,
}

impl Shop {
    /// Opens the adapters. The error names every environment variable that is missing or wrong.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let shop = Self {
            catalogue: CatalogueTable::open(aws, environment.required(config::CATALOGUE_TABLE)),
            purchases: Purchases::open(aws, environment.required(config::PURCHASES_TABLE))
                .counting_test_sales(environment.counts_test_sales()),
            secret: OnceCell::new(),
        };
        environment.complete()?;
        Ok(shop)
    }

    /// Returns the secret, and makes it of the new one if the shop has none. A dry run makes none:
    /// `None` then, because nothing was imported before.
    pub(crate) async fn secret(
        &self,
        new: &ImportSecret,
        dry_run: bool,
    ) -> Result<Option<ImportSecret>, Failure> {
        if let Some(known) = self.secret.get() {
            return Ok(Some(known.clone()));
        }
        let secret = match self.purchases.import_secret().await? {
            Some(secret) => secret,
            None if dry_run => return Ok(None),
            None => self.purchases.import_secret_or(new).await?,
        };
        Ok(Some(self.secret.get_or_init(async || secret).await.clone()))
    }
}
