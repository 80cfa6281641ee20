//! The figures that are answered: whole minor units of each currency, never a sum of two.

use std::{cmp::Reverse, collections::BTreeMap};

use bookstall::domain::product::ProductId;
use serde::Serialize;

use crate::{
    experiment::{Experiment, experiment},
    question::Question,
    totals::{Mails, Refunds, Totals, Traffic},
    traffic_figures::{RevenueFigures, TrafficFigures},
};

/// The most campaigns that are listed: those that sold most, then those that were seen most.
/// Anybody can make campaigns up.
const MOST_CAMPAIGNS: usize = 50;

/// What sold, and how.
#[derive(Debug, Serialize)]
pub struct Figures {
    /// The first day, in UTC.
    pub from: String,
    /// The last day, in UTC.
    pub to: String,
    /// The product that was asked for; absent where it is all of them.
    pub product_id: Option<String>,
    /// All of it.
    #[serde(flatten)]
    pub total: TrafficFigures,
    /// Every day, also those without a sale.
    pub by_day: Vec<DayLine>,
    /// Every product that sold.
    pub by_product: Vec<ProductLine>,
    /// Every edition that sold.
    pub by_edition: Vec<EditionLine>,
    /// The campaigns, most sales first.
    pub by_campaign: Vec<CampaignLine>,
    /// Downloads taken until now of what was sold in these days.
    pub downloads: u64,
    /// The mails with the link.
    pub mails: MailFigures,
    /// Of what was sold in these days.
    pub refunds: RefundFigures,
    /// The A/B test.
    pub test: Experiment,
}

/// A day.
#[derive(Debug, Serialize)]
pub struct DayLine {
    /// `2026-11-22`, in UTC.
    pub day: String,
    /// What was seen, begun and sold on it.
    #[serde(flatten)]
    pub traffic: TrafficFigures,
}

/// A product.
#[derive(Debug, Serialize)]
pub struct ProductLine {
    /// Its id.
    pub product_id: String,
    /// Its name in the catalogue.
    pub name: Option<String>,
    /// What was sold of it.
    #[serde(flatten)]
    pub revenue: RevenueFigures,
}

/// An edition.
#[derive(Debug, Serialize)]
pub struct EditionLine {
    /// The product's id.
    pub product_id: String,
    /// The edition at the time of the sale; absent where that was not kept.
    pub edition: Option<u32>,
    /// What was sold of it.
    #[serde(flatten)]
    pub revenue: RevenueFigures,
}

/// A campaign.
#[derive(Debug, Serialize)]
pub struct CampaignLine {
    /// Its name; absent for what no campaign brought.
    pub source: Option<String>,
    /// Whether these are all the campaigns that are not listed.
    pub is_rest: bool,
    /// What was seen, begun and sold.
    #[serde(flatten)]
    pub traffic: TrafficFigures,
}

/// The mails with the link.
#[derive(Debug, Serialize)]
pub struct MailFigures {
    /// Sent.
    pub sent: u64,
    /// Not yet: something failed, or is under way.
    pub owed: u64,
    /// The address was refused for good.
    pub refused: u64,
    /// Stripe had no address that mail could reach.
    pub no_address: u64,
}

/// The sales of which money went back.
#[derive(Debug, Serialize)]
pub struct RefundFigures {
    /// All of it.
    pub full: u64,
    /// Part of it.
    pub partial: u64,
    /// Held or lost in a dispute; it still counts as revenue.
    pub disputed: u64,
}

/// The figures of these totals; `names` are the catalogue's.
pub(crate) fn figures(
    question: &Question,
    totals: &Totals,
    names: &BTreeMap<ProductId, String>,
) -> Figures {
    let Mails {
        sent,
        owed,
        refused,
        no_address,
    } = totals.mails;
    let Refunds {
        full,
        partial,
        disputed,
    } = totals.refunds;
    let arms = totals.by_arm.iter();
    Figures {
        from: question.from.to_string(),
        to: question.to.to_string(),
        product_id: question.product_id.as_ref().map(ToString::to_string),
        total: TrafficFigures::from(&totals.total),
        by_day: by_day(question, totals),
        by_product: by_product(totals, names),
        by_edition: by_edition(totals),
        by_campaign: by_campaign(totals),
        downloads: totals.downloads,
        mails: MailFigures {
            sent,
            owed,
            refused,
            no_address,
        },
        refunds: RefundFigures {
            full,
            partial,
            disputed,
        },
        test: experiment(arms.filter_map(|(name, traffic)| Some((name.as_ref()?, traffic)))),
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

fn by_product(totals: &Totals, names: &BTreeMap<ProductId, String>) -> Vec<ProductLine> {
    let mut lines: Vec<_> = totals
        .by_product
        .iter()
        .map(|(id, revenue)| ProductLine {
            product_id: id.to_string(),
            name: names.get(id).cloned(),
            revenue: RevenueFigures::from(revenue),
        })
        .collect();
    lines.sort_by_key(|line| Reverse(line.revenue.sales));
    lines
}

fn by_edition(totals: &Totals) -> Vec<EditionLine> {
    let line = |((id, edition), revenue): (&(ProductId, Option<u32>), _)| EditionLine {
        product_id: id.to_string(),
        edition: *edition,
        revenue: RevenueFigures::from(revenue),
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
    if !others.is_empty() {
        let mut rest = Traffic::default();
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
}
