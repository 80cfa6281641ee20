//! The figures as an HTML page of tables and charts. The page runs no script and loads nothing.

use std::{borrow::Borrow, sync::LazyLock};

use askama::Template;
use base64::{Engine, prelude::BASE64_STANDARD};
use bookstall::{domain::timestamp::Date, runtime::failure::Failure, web::pages};
use sha2::{Digest, Sha256};

use crate::{
    charts::{self, Chart, Mark},
    experiment::RevenuePer1000Views,
    figures::{CampaignLine, DayLine, Figures},
    key_figures::{KeyFigure, key_figures},
    numbers::{amount, grouped, percent},
    statistics::whole,
};

/// The largest number of days that are drawn as one bar each, because a phone shows no narrower
/// bars. More days are drawn as weeks.
const MOST_BARS: usize = 62;

/// The largest number of currencies that have a chart. The dearest come first.
const MOST_CURRENCIES: usize = 3;

/// The largest number of campaigns in the chart. The table lists more.
const MOST_CAMPAIGNS: usize = 8;

/// The page's style sheet, byte for byte as the page contains it, because the page's policy contains
/// its hash.
static STYLE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{}{}",
        pages::STYLE.text,
        include_str!("../templates/report.css")
    )
});

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    figures: &'a Figures,
    info: PageInfo<'a>,
    key_figures: Vec<KeyFigure>,
    revenue_charts: Vec<CurrencyChart>,
    /// The time that one bar of these charts stands for: `day` or `week`.
    bar: &'static str,
    conversion_chart: Option<Chart>,
    campaign_chart: Option<Chart>,
}

/// The chart of the revenue in one currency.
struct CurrencyChart {
    /// The currency's code in capitals: `USD`.
    currency: String,
    chart: Chart,
}

/// What the page says beside the figures.
pub(crate) struct PageInfo<'a> {
    /// The product's name, or "All books".
    pub(crate) title: &'a str,
    /// The link to the CSV file; absent if there is none.
    pub(crate) csv: Option<&'a str>,
    /// The largest number of purchases in a CSV file.
    pub(crate) most_rows: u64,
    /// The time zone in which days begin and end.
    pub(crate) time_zone: &'a str,
    /// Whether it is UTC, in which page views are counted.
    pub(crate) is_utc: bool,
    /// Why page views are left out; absent if they are counted.
    pub(crate) views_note: Option<&'a str>,
    /// The time at which the figures were read, in UTC.
    pub(crate) made_at: String,
    /// The time at which the links end, in UTC.
    pub(crate) links_end_at: String,
}

/// Writes the page as HTML.
pub(crate) fn page(figures: &Figures, info: PageInfo<'_>) -> Result<String, Failure> {
    let page = Page {
        figures,
        info,
        key_figures: key_figures(figures),
        revenue_charts: revenue_charts(figures)?,
        bar: if figures.by_day.len() > MOST_BARS {
            "week"
        } else {
            "day"
        },
        conversion_chart: conversion_chart(figures)?,
        campaign_chart: campaign_chart(figures)?,
    };
    page.render()
        .map_err(|error| Failure::refused("Failed to write the page", error.to_string()))
}

/// Returns the page's Content-Security-Policy: its own style sheet and images in `data:` URLs are
/// allowed, and nothing else.
fn policy() -> String {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; img-src data:; base-uri 'none'; \
         form-action 'none'"
    )
}

/// Whether marks make a chart: a single bar shows nothing that its number does not.
fn is_chart(marks: &[Mark]) -> bool {
    marks.iter().filter(|mark| mark.value > 0.0).count() > 1
}

/// Draws the net revenue over time, in a chart for each currency that has more than one bar.
fn revenue_charts(figures: &Figures) -> Result<Vec<CurrencyChart>, Failure> {
    let currencies = figures.total.revenue.by_currency.iter();
    currencies
        .map(|revenue| (&revenue.currency, bars(figures, &revenue.currency)))
        .filter(|(_, bars)| is_chart(bars))
        .take(MOST_CURRENCIES)
        .map(|(code, bars)| {
            Ok(CurrencyChart {
                currency: code.to_ascii_uppercase(),
                chart: charts::vertical_bars(&bars, &|value| axis_label(value, code))?,
            })
        })
        .collect()
}

/// Returns the bars of a currency's chart: one for each day, or for each seven days.
fn bars(figures: &Figures, code: &str) -> Vec<Mark> {
    let days_of_bar = if figures.by_day.len() > MOST_BARS {
        7
    } else {
        1
    };
    let bar = |days: &[DayLine]| {
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
    figures.by_day.chunks(days_of_bar).map(bar).collect()
}

/// Draws the conversion of each arm with its interval, if there is more than one.
fn conversion_chart(figures: &Figures) -> Result<Option<Chart>, Failure> {
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
    if marks.len() < 2 {
        return Ok(None);
    }
    charts::intervals(&marks, &|share| short_percent(share)).map(Some)
}

/// Draws the sales of the campaigns that have any, if there is more than one.
fn campaign_chart(figures: &Figures) -> Result<Option<Chart>, Failure> {
    let marks: Vec<_> = figures
        .by_campaign
        .iter()
        .filter(|line| line.traffic.revenue.sales > 0)
        .take(MOST_CAMPAIGNS)
        .map(|line| Mark {
            name: campaign_name(line).to_owned(),
            value: float(line.traffic.revenue.sales),
            text: grouped(line.traffic.revenue.sales),
            interval: None,
        })
        .collect();
    if !is_chart(&marks) {
        return Ok(None);
    }
    charts::horizontal_bars(&marks).map(Some)
}

fn campaign_name(line: &CampaignLine) -> &str {
    match &line.source {
        Some(source) => source,
        None if line.is_rest => "all others",
        None => "no campaign",
    }
}

/// Writes a count: `12,345`.
fn count(number: impl Borrow<u64>) -> String {
    grouped(*number.borrow())
}

/// Writes a share from 0 to 1: `3.4 %`.
fn percentage(share: impl Borrow<f64>) -> String {
    percent(*share.borrow())
}

/// Writes the interval of a revenue, if it has one: `1,100.00 to 1,300.00 USD`.
fn revenue_interval(revenue: &RevenuePer1000Views) -> Option<String> {
    let (low, high) = revenue.low.zip(revenue.high)?;
    let code = &revenue.currency;
    Some(format!("{} to {}", amount(low, code), money(high, code)))
}

/// Writes an amount with its currency: `1,234.50 USD`.
fn money(minor_units: impl Borrow<u64>, code: &str) -> String {
    crate::numbers::money(*minor_units.borrow(), code)
}

/// Writes a count with what is counted, in the singular or the plural: `1 sale`, `2 sales`.
fn counted(number: impl Borrow<u64>, one: &str, many: &str) -> String {
    crate::numbers::counted(*number.borrow(), one, many)
}

/// Writes an amount in minor units for the axis of a chart, without decimals that are all zero:
/// `1,234`, `50.50`.
fn axis_label(value: f64, code: &str) -> String {
    let amount = amount(whole(value), code);
    match amount.split_once('.') {
        Some((whole, rest)) if rest.bytes().all(|digit| digit == b'0') => whole.to_owned(),
        _ => amount,
    }
}

/// Writes a share from 0 to 1 with one decimal at most: `3 %`, `3.5 %`.
fn short_percent(share: f64) -> String {
    let tenths = (share * 1000.0).round() / 10.0;
    format!("{tenths} %")
}

#[expect(clippy::cast_precision_loss, reason = "a position in a chart")]
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
        assert_eq!(axis_label(5000.0, "usd"), "50");
        assert_eq!(axis_label(5050.0, "usd"), "50.50");
        assert_eq!(axis_label(5000.0, "jpy"), "5,000");
    }
}
