//! What the author is mailed about sales.

use std::collections::BTreeMap;

use crate::domain::{
    country::Country, email_address::EmailAddress, money::Money, product::ProductId,
};

/// Whether the author is mailed about sales, and at which address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SaleMail {
    /// No mail.
    #[default]
    Off,
    /// One mail for each sale.
    Each(EmailAddress),
    /// One mail for each day on which something was sold, when the day is over.
    Daily(EmailAddress),
}

impl SaleMail {
    /// Returns the address that is mailed about each sale.
    #[must_use]
    pub fn of_each(&self) -> Option<&EmailAddress> {
        match self {
            Self::Each(author) => Some(author),
            Self::Off | Self::Daily(_) => None,
        }
    }

    /// Returns the address that is mailed about each day.
    #[must_use]
    pub fn of_days(&self) -> Option<&EmailAddress> {
        match self {
            Self::Daily(author) => Some(author),
            Self::Off | Self::Each(_) => None,
        }
    }
}

/// How many sales there were, and for how much.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SalesTally {
    /// The number of sales.
    pub count: u32,
    /// What was paid, by the code of its currency.
    sums: BTreeMap<String, Money>,
}

impl SalesTally {
    /// Adds a sale.
    pub fn add(&mut self, paid: Money) {
        self.count = self.count.saturating_add(1);
        let nothing = Money {
            minor_units: 0,
            ..paid
        };
        let sum = self.sums.entry(paid.currency.code()).or_insert(nothing);
        sum.minor_units = sum.minor_units.saturating_add(paid.minor_units);
    }

    /// Returns what was paid, a sum for each currency.
    pub fn sums(&self) -> impl Iterator<Item = Money> {
        self.sums.values().copied()
    }
}

/// The sales of a day, added up. They hold nothing of a buyer but the country.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DaySales {
    /// All sales.
    pub total: SalesTally,
    /// The sales of each product.
    pub products: BTreeMap<ProductId, SalesTally>,
    /// How many sales came from each campaign, as far as that is known.
    pub campaigns: BTreeMap<String, u32>,
    /// How many sales went to each country, as far as that is known.
    pub countries: BTreeMap<String, u32>,
}

impl DaySales {
    /// Adds a sale.
    pub fn add(
        &mut self,
        product: &ProductId,
        paid: Money,
        campaign: Option<&str>,
        country: Option<Country>,
    ) {
        self.total.add(paid);
        self.products.entry(product.clone()).or_default().add(paid);
        if let Some(campaign) = campaign {
            *self.campaigns.entry(campaign.to_owned()).or_default() += 1;
        }
        if let Some(country) = country {
            *self.countries.entry(country.to_string()).or_default() += 1;
        }
    }
}
