//! The figures of traffic: views, checkouts and sales, with the revenue of each currency.

use std::cmp::Reverse;

use bookstall::domain::money::{Currency, Money};
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
    /// The revenue of each currency, the dearest first: in the order of what it is roughly worth.
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
        let mut by_currency: Vec<_> = revenue.by_currency.iter().map(currency_figures).collect();
        by_currency.sort_by_key(|revenue| Reverse(rough_worth(revenue.net, &revenue.currency)));
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

/// Returns roughly what an amount is worth, for putting currencies in order. A currency of which that
/// is unknown comes last.
pub(crate) fn rough_worth(minor_units: u64, code: &str) -> Option<u128> {
    let currency = Currency::parse(code)?;
    Money {
        minor_units,
        currency,
    }
    .rough_worth()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::totals::tests::sale;

    #[test]
    fn the_dearest_currency_comes_first() {
        let mut totals = crate::totals::Totals::default();
        for (minor_units, code) in [
            (2700, "eur"),
            (290_000, "krw"),
            (3000, "jpy"),
            (2900, "usd"),
        ] {
            let sale = sale(minor_units, code);
            totals.add_sale(&sale, sale.bought_at.date());
        }
        let figures = RevenueFigures::from(&totals.total.revenue);
        let codes: Vec<_> = figures
            .by_currency
            .iter()
            .map(|one| &*one.currency)
            .collect();
        assert_eq!(codes, ["jpy", "usd", "eur", "krw"]);
    }
}
