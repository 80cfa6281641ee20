//! The figures of the answer. Amounts are whole minor units. Amounts of two currencies are
//! never added up.

use std::{cmp::Reverse, collections::BTreeMap};

use bookstall::domain::{
    catalogue::Catalogue,
    import::Platform,
    product::{Product, ProductId},
};
use serde::Serialize;

use crate::{
    experiment::{Experiment, conversion, experiment},
    question::Question,
    statistics::Interval,
    totals::{MailCounts, RefundCounts, Totals, Traffic},
    traffic_figures::{RevenueFigures, TrafficFigures},
};

/// The largest number of campaigns that are listed, because anybody can make campaigns up. Those
/// with most sales come first, then those with most views.
const MOST_CAMPAIGNS: usize = 50;

/// The figures of a report, as the author gets them.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// The first day, in the author's time zone: `2026-11-22`.
    pub from: String,
    /// The last day, in the author's time zone: `2026-11-22`. It is included.
    pub to: String,
    /// The id of the product that was asked for; absent if the report is about all of them.
    pub product_id: Option<String>,
    /// The totals of all these days.
    #[serde(flatten)]
    pub total: TrafficFigures,
    /// Sales per view, from 0 to 1; absent if there are no views, or more sales than views.
    pub conversion: Option<Interval>,
    /// The figures of as many days just before these, to compare with.
    pub before: EarlierFigures,
    /// Every day, including those without a view or a sale.
    pub by_day: Vec<DayLine>,
    /// Every product that was sold, most sales first.
    pub by_product: Vec<ProductLine>,
    /// Every edition that was sold, in the order of product and edition.
    pub by_edition: Vec<EditionLine>,
    /// The campaigns, most sales first. If there are more than fifty, one more line sums up the rest.
    pub by_campaign: Vec<CampaignLine>,
    /// The number of downloads, until now, of the purchases of these days.
    pub downloads: u64,
    /// The number of sales in Stripe's test mode, which are left out here and in the table.
    pub test_sales: u64,
    /// The purchases that were imported from other platforms, whenever that was, which are left out of
    /// everything else. Empty if the report is about one product.
    pub imported: Vec<ImportedLine>,
    /// The mails with the link, of the purchases of these days.
    pub mails: MailCounts,
    /// The refunds and disputes of the purchases of these days.
    pub refunds: RefundCounts,
    /// The A/B test.
    pub test: Experiment,
}

/// The purchases that were imported from a platform.
#[derive(Debug, Serialize)]
pub struct ImportedLine {
    /// The name of the platform.
    pub platform: String,
    /// How many purchases there are that it did not take back: one for each book and address.
    pub purchases: u64,
}

/// The figures of the days before those of the report.
#[derive(Debug, Serialize)]
pub struct EarlierFigures {
    /// The first day.
    pub from: String,
    /// The last day, which is the one before the report's first.
    pub to: String,
    /// The totals of these days. Views and checkouts are 0 if their counters are not kept any more.
    #[serde(flatten)]
    pub total: TrafficFigures,
    /// Sales per view, from 0 to 1; absent if there are no views, or more sales than views.
    pub conversion: Option<Interval>,
    /// The number of downloads, until now, of the purchases of these days.
    pub downloads: u64,
    /// The mails with the link, of the purchases of these days.
    pub mails: MailCounts,
    /// The refunds and disputes of the purchases of these days.
    pub refunds: RefundCounts,
}

/// The traffic of a day.
#[derive(Debug, Serialize)]
pub struct DayLine {
    /// The day: of sales in the author's time zone, of views and checkouts in UTC: `2026-11-22`.
    pub day: String,
    /// Views, checkouts and sales on this day.
    #[serde(flatten)]
    pub traffic: TrafficFigures,
}

/// The sales of a product.
#[derive(Debug, Serialize)]
pub struct ProductLine {
    /// The product's id.
    pub product_id: String,
    /// The product's name in the catalogue; absent if the catalogue does not have it.
    pub name: Option<String>,
    /// The sales and their revenue.
    #[serde(flatten)]
    pub revenue: RevenueFigures,
}

/// The sales of an edition.
#[derive(Debug, Serialize)]
pub struct EditionLine {
    /// The product's id.
    pub product_id: String,
    /// The product's name in the catalogue; absent if the catalogue does not have it.
    pub name: Option<String>,
    /// The number of the edition at the time of the sale.
    pub edition: u32,
    /// The edition's name, such as "2nd edition"; absent if the catalogue does not tell it.
    pub version: Option<String>,
    /// The sales and their revenue.
    #[serde(flatten)]
    pub revenue: RevenueFigures,
}

/// The traffic of a campaign.
#[derive(Debug, Serialize)]
pub struct CampaignLine {
    /// The campaign's name; absent for the traffic without a campaign, and for the rest.
    pub source: Option<String>,
    /// Whether this line sums up all the campaigns that are not listed, also those that were so many
    /// on one day that they got no counter of their own.
    pub is_rest: bool,
    /// Views, checkouts and sales.
    #[serde(flatten)]
    pub traffic: TrafficFigures,
}

/// What people call a product.
pub(crate) struct Names {
    /// Its name.
    pub(crate) product: String,
    /// The names of the editions of its first book, by their numbers, as far as they are known.
    versions: BTreeMap<u32, String>,
}

impl Names {
    /// Returns the names of every product in the catalogue.
    pub(crate) fn of_all(catalogue: &Catalogue) -> BTreeMap<ProductId, Self> {
        let products = catalogue.products.values();
        products
            .map(|product| (product.id.clone(), Self::of(catalogue, product)))
            .collect()
    }

    fn of(catalogue: &Catalogue, product: &Product) -> Self {
        let mut versions = BTreeMap::new();
        let book = product.parts.first().map(|part| &part.book);
        if let Some(book) = book.and_then(|id| catalogue.book(id)) {
            // A version that was renamed after its push stands there twice, and shifts the others.
            if u32::try_from(book.pushed.len()) == Ok(book.edition) {
                versions.extend((1..).zip(book.pushed.iter().cloned()));
            }
            versions.insert(book.edition, book.version.clone());
        }
        Self {
            product: catalogue.name_of(product).to_owned(),
            versions,
        }
    }
}

/// Makes the figures out of the totals of the report's days and of those before. `names` are those
/// of the catalogue's products.
pub(crate) fn figures(
    question: &Question,
    totals: &Totals,
    before: &Totals,
    names: &BTreeMap<ProductId, Names>,
    imported: BTreeMap<Platform, u64>,
) -> Figures {
    let arms = totals.by_arm.iter();
    Figures {
        from: question.from.to_string(),
        to: question.to.to_string(),
        product_id: question.product_id.as_ref().map(ToString::to_string),
        total: TrafficFigures::from(&totals.total),
        conversion: conversion(&totals.total),
        before: earlier(&question.before(), before),
        by_day: by_day(question, totals),
        by_product: by_product(totals, names),
        by_edition: by_edition(totals, names),
        by_campaign: by_campaign(totals),
        downloads: totals.downloads,
        test_sales: totals.test_sales,
        imported: imported
            .into_iter()
            .map(|(platform, purchases)| ImportedLine {
                platform: platform.to_string(),
                purchases,
            })
            .collect(),
        mails: totals.mails,
        refunds: totals.refunds,
        test: experiment(arms.filter_map(|(name, traffic)| Some((name.as_ref()?, traffic)))),
    }
}

fn earlier(question: &Question, totals: &Totals) -> EarlierFigures {
    EarlierFigures {
        from: question.from.to_string(),
        to: question.to.to_string(),
        total: TrafficFigures::from(&totals.total),
        conversion: conversion(&totals.total),
        downloads: totals.downloads,
        mails: totals.mails,
        refunds: totals.refunds,
    }
}

fn by_day(question: &Question, totals: &Totals) -> Vec<DayLine> {
    let nothing = Traffic::default();
    (0..=question.from.days_until(question.to))
        .map(|offset| question.from.plus_days(offset))
        .map(|day| DayLine {
            day: day.to_string(),
            traffic: TrafficFigures::from(totals.by_day.get(&day).unwrap_or(&nothing)),
        })
        .collect()
}

fn by_product(totals: &Totals, names: &BTreeMap<ProductId, Names>) -> Vec<ProductLine> {
    let mut lines: Vec<_> = totals
        .by_product
        .iter()
        .map(|(id, revenue)| ProductLine {
            product_id: id.to_string(),
            name: names.get(id).map(|names| names.product.clone()),
            revenue: RevenueFigures::from(revenue),
        })
        .collect();
    lines.sort_by_key(|line| Reverse(line.revenue.sales));
    lines
}

fn by_edition(totals: &Totals, names: &BTreeMap<ProductId, Names>) -> Vec<EditionLine> {
    let line = |((id, edition), revenue): (&(ProductId, u32), _)| {
        let names = names.get(id);
        EditionLine {
            product_id: id.to_string(),
            name: names.map(|names| names.product.clone()),
            edition: *edition,
            version: names.and_then(|names| names.versions.get(edition).cloned()),
            revenue: RevenueFigures::from(revenue),
        }
    };
    totals.by_edition.iter().map(line).collect()
}

fn by_campaign(totals: &Totals) -> Vec<CampaignLine> {
    let mut campaigns: Vec<_> = totals.by_campaign.iter().collect();
    campaigns.sort_by_key(|(_, traffic)| Reverse((traffic.revenue.sales, traffic.views)));
    let (listed, others) = campaigns.split_at(campaigns.len().min(MOST_CAMPAIGNS));
    let mut lines: Vec<_> = listed
        .iter()
        .map(|&(source, traffic)| CampaignLine {
            source: source.clone(),
            is_rest: false,
            traffic: TrafficFigures::from(traffic),
        })
        .collect();
    let uncounted = &totals.rest_of_campaigns;
    if !others.is_empty() || uncounted.views + uncounted.checkouts > 0 {
        let mut rest = uncounted.clone();
        for (_, traffic) in others {
            rest.merge(traffic);
        }
        lines.push(CampaignLine {
            source: None,
            is_rest: true,
            traffic: TrafficFigures::from(&rest),
        });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn campaigns_beyond_fifty_are_one_line_and_none_is_lost() {
        let mut totals = Totals::default();
        for views in 0..60 {
            let traffic = totals
                .by_campaign
                .entry(Some(format!("c{views}")))
                .or_default();
            traffic.views = views;
        }
        let lines = by_campaign(&totals);
        assert_eq!(lines.len(), MOST_CAMPAIGNS + 1);
        assert_eq!(lines[0].source.as_deref(), Some("c59"));
        let rest = lines.last().unwrap();
        assert!(rest.is_rest && rest.traffic.views == 45);
        assert_eq!(
            lines.iter().map(|line| line.traffic.views).sum::<u64>(),
            1770
        );
    }

    #[test]
    fn campaigns_without_a_counter_are_part_of_the_rest() {
        let mut totals = Totals::default();
        totals.rest_of_campaigns.views = 7;
        let lines = by_campaign(&totals);
        assert_eq!(lines.len(), 1);
        assert!(lines[0].is_rest && lines[0].traffic.views == 7);
    }
}
