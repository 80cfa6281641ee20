//! The figures of traffic: views, checkouts and sales, with the revenue of each currency.

use serde::Serialize;

use crate::totals::{CurrencyRevenue, Revenue, Traffic};

/// Views, checkouts and sales.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TrafficFigures {
    /// The number of page views.
    pub views: u64,
    /// The number of checkouts begun.
    pub checkouts: u64,
    /// The sales and their revenue.
    #[serde(flatten)]
    pub revenue: RevenueFigures,
}

/// Sales and their revenue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RevenueFigures {
    /// The number of purchases.
    pub sales: u64,
    /// The revenue of each currency, in the order of the currencies' codes.
    #[serde(rename = "revenue")]
    pub by_currency: Vec<CurrencyFigures>,
}

/// The revenue in one currency. Amounts are whole minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CurrencyFigures {
    /// The currency's code: `usd`.
    pub currency: String,
    /// The number of purchases in this currency.
    pub sales: u64,
    /// The amount that was paid.
    pub gross: u64,
    /// The amount that was refunded since.
    pub refunded: u64,
    /// The amount that is left: `gross` minus `refunded`.
    pub net: u64,
}

impl From<&Traffic> for TrafficFigures {
    fn from(traffic: &Traffic) -> Self {
        Self {
            views: traffic.views,
            checkouts: traffic.checkouts,
            revenue: RevenueFigures::from(&traffic.revenue),
        }
    }
}

impl From<&Revenue> for RevenueFigures {
    fn from(revenue: &Revenue) -> Self {
        let by_currency = revenue.by_currency.iter().map(currency_figures).collect();
        Self {
            sales: revenue.sales,
            by_currency,
        }
    }
}

fn currency_figures((code, revenue): (&String, &CurrencyRevenue)) -> CurrencyFigures {
    CurrencyFigures {
        currency: code.clone(),
        sales: revenue.sales,
        gross: revenue.gross,
        refunded: revenue.refunded,
        net: revenue.net(),
    }
}
