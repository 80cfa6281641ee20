//! The figures as a page: tables, and charts beside them. It runs no script and loads nothing.

use std::{borrow::Borrow, sync::LazyLock};

use askama::Template;
use base64::{Engine, prelude::BASE64_STANDARD};
use bookstall::{
    domain::{
        money::{Currency, Money},
        timestamp::Date,
    },
    runtime::failure::Failure,
    web::pages,
};
use sha2::{Digest, Sha256};

use crate::{
    charts::{self, Chart, Mark},
    experiment::RevenuePerView,
    figures::{CampaignLine, DayLine, Figures},
    numbers::{grouped, percent},
    statistics::whole,
};

/// More days than this are drawn as weeks: a phone shows no narrower bars.
const MOST_BARS: usize = 62;

/// The most currencies of which a chart is drawn: those of most sales.
const MOST_CURRENCIES: usize = 3;

/// The most campaigns that are drawn; the table has all.
const MOST_CAMPAIGNS: usize = 8;

/// The whole style, exactly as it stands in the page, so that its policy can name it.
static STYLE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{}{}",
        pages::style(),
        include_str!("../templates/report.css")
    )
});

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    title: &'a str,
    figures: &'a Figures,
    days: Vec<CurrencyChart>,
    /// What one bar stands for.
    bar: &'static str,
    conversions: Option<Chart>,
    campaigns: Option<Chart>,
    csv: Option<&'a str>,
    most_rows: u64,
    made_at: String,
    links_end_at: String,
}

/// The revenue of one currency.
struct CurrencyChart {
    currency: String,
    chart: Chart,
}

/// What stands in the page beside the figures.
pub(crate) struct Frame<'a> {
    /// The product's name, or all of them.
    pub(crate) title: &'a str,
    /// The link to the table; absent where there is none.
    pub(crate) csv: Option<&'a str>,
    /// How many purchases the table can hold.
    pub(crate) most_rows: u64,
    /// When the figures were read.
    pub(crate) made_at: String,
    /// When the links end.
    pub(crate) links_end_at: String,
}

/// The page.
pub(crate) fn page(figures: &Figures, frame: Frame<'_>) -> Result<String, Failure> {
    let page = Page {
        title: frame.title,
        figures,
        days: revenue_by_day(figures)?,
        bar: if figures.by_day.len() > MOST_BARS {
            "week"
        } else {
            "day"
        },
        conversions: conversions(figures)?,
        campaigns: campaigns(figures)?,
        csv: frame.csv,
        most_rows: frame.most_rows,
        made_at: frame.made_at,
        links_end_at: frame.links_end_at,
    };
    page.render()
        .map_err(|error| Failure::new("Failed to write the page", error.to_string()))
}

/// Nothing but this page's own style.
fn policy() -> String {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; \
         form-action 'none'"
    )
}

fn revenue_by_day(figures: &Figures) -> Result<Vec<CurrencyChart>, Failure> {
    let mut currencies: Vec<_> = figures.total.revenue.by_currency.iter().collect();
    currencies.sort_by_key(|revenue| std::cmp::Reverse(revenue.sales));
    currencies
        .into_iter()
        .filter(|revenue| revenue.net > 0)
        .take(MOST_CURRENCIES)
        .map(|revenue| {
            let code = &revenue.currency;
            let chart = charts::vertical_bars(&bars(figures, code), &|value| axis(value, code))?;
            Ok(CurrencyChart {
                currency: code.to_ascii_uppercase(),
                chart,
            })
        })
        .collect()
}

/// A bar for each day, or for each seven of them.
fn bars(figures: &Figures, code: &str) -> Vec<Mark> {
    let days_of_bar = if figures.by_day.len() > MOST_BARS {
        7
    } else {
        1
    };
    let of_bar = |days: &[DayLine]| {
        let revenues = days.iter().flat_map(|day| &day.traffic.revenue.by_currency);
        let net: u64 = revenues
            .filter(|revenue| revenue.currency == code)
            .map(|revenue| revenue.net)
            .sum();
        let first = days.first().and_then(|line| Date::parse(&line.day));
        Mark {
            name: first.map_or(String::new(), Date::short),
            value: float(net),
            text: String::new(),
            interval: None,
        }
    };
    figures.by_day.chunks(days_of_bar).map(of_bar).collect()
}

fn conversions(figures: &Figures) -> Result<Option<Chart>, Failure> {
    let marks: Vec<_> = figures
        .test
        .arms
        .iter()
        .filter_map(|arm| {
            let conversion = arm.conversion?;
            Some(Mark {
                name: arm.variant.clone(),
                value: conversion.estimate,
                text: String::new(),
                interval: Some((conversion.low, conversion.high)),
            })
        })
        .collect();
    if marks.is_empty() {
        return Ok(None);
    }
    charts::intervals(&marks, &|share| short_percent(share)).map(Some)
}

fn campaigns(figures: &Figures) -> Result<Option<Chart>, Failure> {
    let marks: Vec<_> = figures
        .by_campaign
        .iter()
        .filter(|line| line.traffic.revenue.sales > 0)
        .take(MOST_CAMPAIGNS)
        .map(|line| Mark {
            name: campaign(line).to_owned(),
            value: float(line.traffic.revenue.sales),
            text: grouped(line.traffic.revenue.sales),
            interval: None,
        })
        .collect();
    if marks.is_empty() {
        return Ok(None);
    }
    charts::horizontal_bars(&marks).map(Some)
}

fn campaign(line: &CampaignLine) -> &str {
    match &line.source {
        Some(source) => source,
        None if line.is_rest => "all others",
        None => "no campaign",
    }
}

/// `12,345`
fn count(number: impl Borrow<u64>) -> String {
    grouped(*number.borrow())
}

/// `3.4 %`
fn share(share: impl Borrow<f64>) -> String {
    percent(*share.borrow())
}

/// `1,234.50 USD`
fn money(minor_units: impl Borrow<u64>, code: &str) -> String {
    let amount = amount(*minor_units.borrow(), code);
    format!("{amount} {}", code.to_ascii_uppercase())
}

/// `1,100.00 to 1,300.00 USD`, where it is known.
fn span(revenue: &RevenuePerView) -> Option<String> {
    let (low, high) = revenue.low.zip(revenue.high)?;
    let code = &revenue.currency;
    Some(format!("{} to {}", amount(low, code), money(high, code)))
}

/// `1,234.50`: the currency's own decimals.
fn amount(minor_units: u64, code: &str) -> String {
    let Some(currency) = Currency::parse(code) else {
        return grouped(minor_units);
    };
    let decimal = Money {
        minor_units,
        currency,
    }
    .decimal();
    match decimal.split_once('.') {
        Some((whole, rest)) => format!("{}.{rest}", grouped(whole.parse().unwrap_or(0))),
        None => grouped(minor_units),
    }
}

/// The same at the side of a chart, where round numbers have no decimals.
fn axis(value: f64, code: &str) -> String {
    let amount = amount(whole(value), code);
    match amount.split_once('.') {
        Some((whole, rest)) if rest.bytes().all(|digit| digit == b'0') => whole.to_owned(),
        _ => amount,
    }
}

/// `3 %`, `3.5 %`
fn short_percent(share: f64) -> String {
    let tenths = (share * 1000.0).round() / 10.0;
    format!("{tenths} %")
}

#[expect(clippy::cast_precision_loss, reason = "a place in a chart")]
fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_in_its_currencys_own_decimals() {
        assert_eq!(money(123_450, "usd"), "1,234.50 USD");
        assert_eq!(money(123_450, "jpy"), "123,450 JPY");
        assert_eq!(money(1_234_500, "kwd"), "1,234.500 KWD");
        assert_eq!(axis(5000.0, "usd"), "50");
        assert_eq!(axis(5050.0, "usd"), "50.50");
        assert_eq!(axis(5000.0, "jpy"), "5,000");
    }
}
