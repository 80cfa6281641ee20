//! The adapters and settings of `reconcile`.

use bookstall::{
    adapters::{aws::Aws, stripe::Stripe},
    domain::{invoice::Invoices, link::ShopUrl, returns::ReturnTerms},
    fulfilment::Fulfilment,
    runtime::{
        calendar::Calendar,
        config::{self, ConfigError, Environment},
    },
};

/// The adapters and settings that `reconcile` uses.
pub struct Shop {
    pub(crate) fulfilment: Fulfilment,
    pub(crate) stripe: Stripe,
    pub(crate) shop_url: ShopUrl,
    pub(crate) book_page_url: String,
    pub(crate) calendar: Calendar,
    pub(crate) terms: ReturnTerms,
}

impl Shop {
    /// Opens the adapters. The error names every environment variable that is missing or wrong.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let reads_invoices = environment.invoices() != Invoices::Off;
        Ok(Self {
            fulfilment: Fulfilment::open(environment, aws),
            shop_url: environment.required_shop_url(),
            book_page_url: environment.book_page_url(),
            terms: environment.return_terms(),
            calendar: Calendar::open(environment.optional(config::TIME_ZONE).as_deref())?,
            stripe: Stripe::open(environment, aws)?.reading_invoices(reads_invoices),
        })
    }
}
