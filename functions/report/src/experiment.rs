//! The A/B test: the figures of each arm, and whether the difference between two arms is significant.

use std::cmp::Reverse;

use serde::Serialize;

use crate::{
    numbers::{grouped, percent, two_digits},
    statistics::{Interval, Proportion, Z_POWER_80, critical_z, mean_interval, sample_size, whole},
    totals::{CurrencyRevenue, Traffic},
    traffic_figures::{TrafficFigures, rough_worth},
};

/// The largest number of arms that are reported, because anybody can make arms up. Those with most
/// views are kept.
const MOST_ARMS: usize = 6;

/// The A/B test of the report.
#[derive(Debug, Serialize)]
pub struct Experiment {
    /// The arms, in the order of their names.
    pub arms: Vec<Arm>,
    /// The comparison of each other arm with the first.
    pub verdicts: Vec<Verdict>,
}

/// An arm of the test: one version of the page.
#[derive(Debug, Serialize)]
pub struct Arm {
    /// The name of the arm.
    pub variant: String,
    /// Views, checkouts and sales.
    #[serde(flatten)]
    pub traffic: TrafficFigures,
    /// Sales per view, from 0 to 1; absent if there are no views, or more sales than views.
    pub conversion: Option<Interval>,
    /// The net revenue of a thousand views, in each currency, the dearest first.
    pub revenue_per_1000_views: Vec<RevenuePer1000Views>,
}

/// The net revenue of a thousand views in one currency, in whole minor units, with the normal 95 %
/// interval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RevenuePer1000Views {
    /// The currency's code: `usd`.
    pub currency: String,
    /// The net revenue of a thousand views.
    pub estimate: u64,
    /// The interval's lower end; absent below ten sales, and if there are more sales than views.
    pub low: Option<u64>,
    /// The interval's upper end; absent below ten sales, and if there are more sales than views.
    pub high: Option<u64>,
}

/// Whether the difference between two arms is significant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Significance {
    /// The difference is significant: if both arms sold equally well, chance alone would make it so
    /// large less than one time in twenty.
    Real,
    /// The difference is not significant yet.
    NotYet,
    /// There are too few sales for a comparison.
    TooFew,
    /// There are more sales than views, so the views were not counted.
    NotCounted,
}

/// The comparison of an arm with the first.
#[derive(Debug, Serialize)]
pub struct Verdict {
    /// The name of the arm.
    pub variant: String,
    /// The name of the first arm.
    pub against: String,
    /// Whether the difference is significant.
    pub outcome: Significance,
    /// About how many more views both arms need together to show a difference of this size. Given
    /// only if the outcome is `not_yet`, and absent if the difference is too small to be shown.
    pub more_views: Option<u64>,
    /// The outcome in sentences, in English.
    pub words: String,
}

/// Compares the arms with most views; `arms` are their names and their traffic.
pub(crate) fn experiment<'a>(arms: impl Iterator<Item = (&'a String, &'a Traffic)>) -> Experiment {
    let mut arms: Vec<_> = arms.collect();
    arms.sort_by_key(|(_, traffic)| Reverse((traffic.views, traffic.revenue.sales)));
    arms.truncate(MOST_ARMS);
    arms.sort_by_key(|(name, _)| *name);
    let comparisons = arms.len().saturating_sub(1);
    let verdicts = arms.first().map_or(Vec::new(), |first| {
        let others = arms.iter().skip(1);
        others
            .map(|other| verdict(*first, *other, comparisons))
            .collect()
    });
    let arms = arms
        .into_iter()
        .map(|(name, traffic)| arm(name, traffic))
        .collect();
    Experiment { arms, verdicts }
}

fn conversion_rate(traffic: &Traffic) -> Option<Proportion> {
    Proportion::new(traffic.revenue.sales, traffic.views)
}

/// Returns the sales per view with their 95 % interval; `None` if there are no views, or more sales
/// than views.
pub(crate) fn conversion(traffic: &Traffic) -> Option<Interval> {
    conversion_rate(traffic).map(Proportion::wilson_interval)
}

fn arm(name: &str, traffic: &Traffic) -> Arm {
    Arm {
        variant: name.to_owned(),
        traffic: TrafficFigures::from(traffic),
        conversion: conversion(traffic),
        revenue_per_1000_views: revenue_per_1000_views(traffic),
    }
}

/// The smallest number of sales for which an interval of the revenue is given: fewer do not show how
/// their amounts are spread.
const LEAST_SALES: u64 = 10;

fn revenue_per_1000_views(traffic: &Traffic) -> Vec<RevenuePer1000Views> {
    let per_1000_views = |(code, revenue): (&String, &CurrencyRevenue)| {
        let interval = mean_interval(traffic.views, revenue.net(), revenue.sum_of_squares)?;
        let thousand = |value: f64| whole(value * 1000.0);
        let has_interval = revenue.sales >= LEAST_SALES && traffic.views >= traffic.revenue.sales;
        Some(RevenuePer1000Views {
            currency: code.clone(),
            estimate: thousand(interval.estimate),
            low: has_interval.then(|| thousand(interval.low)),
            high: has_interval.then(|| thousand(interval.high)),
        })
    };
    let currencies = traffic.revenue.by_currency.iter();
    let mut revenues: Vec<_> = currencies.filter_map(per_1000_views).collect();
    revenues.sort_by_key(|revenue| Reverse(rough_worth(revenue.estimate, &revenue.currency)));
    revenues
}

/// Compares an arm with the first.
fn verdict(
    (against, first): (&String, &Traffic),
    (variant, other): (&String, &Traffic),
    comparisons: usize,
) -> Verdict {
    let (outcome, more_views, words) = conversion_rate(first)
        .zip(conversion_rate(other))
        .map_or_else(
            || no_comparison((against, first), (variant, other)),
            |(first, other)| compare((against, first), (variant, other), comparisons),
        );
    Verdict {
        variant: variant.clone(),
        against: against.clone(),
        outcome,
        more_views,
        words,
    }
}

/// Says why two arms are not compared: one has no views, or more sales than views.
fn no_comparison(
    (against, first): (&str, &Traffic),
    (variant, other): (&str, &Traffic),
) -> (Significance, Option<u64>, String) {
    let is_uncounted = |arm: &Traffic| arm.revenue.sales > arm.views;
    if is_uncounted(first) || is_uncounted(other) {
        let words = "The versions cannot be compared: one has more sales than views, so its views \
                     were not counted.";
        (Significance::NotCounted, None, words.to_owned())
    } else {
        let words = format!(
            "There is nothing to compare yet: version {against} or version {variant} has no views."
        );
        (Significance::TooFew, None, words)
    }
}

fn compare(
    (against, first): (&str, Proportion),
    (variant, other): (&str, Proportion),
    comparisons: usize,
) -> (Significance, Option<u64>, String) {
    let rates = format!(
        "version {variant} led to a sale in {} of its views, version {against} in {}",
        percent(other.rate()),
        percent(first.rate())
    );
    if !first.is_comparable(other) {
        let words = format!(
            "There are too few sales for a comparison: {rates}, with {} sales in all. Wait until \
             each version has enough views for at least five sales to be expected.",
            first.successes + other.successes
        );
        return (Significance::TooFew, None, words);
    }
    let critical = critical_z(comparisons);
    if other.z_score(first).abs() >= critical {
        let better = if other.rate() > first.rate() {
            variant
        } else {
            against
        };
        let words = format!(
            "Real: {better} sells better: {rates}. If both sold equally well, chance alone would \
             set them this far apart less than one time in twenty."
        );
        return (Significance::Real, None, words);
    }
    let size = sample_size(first.rate(), other.rate(), critical, Z_POWER_80);
    let more_views = size.map(|size| {
        size.saturating_sub(first.trials).max(1) + size.saturating_sub(other.trials).max(1)
    });
    let how_long = match more_views {
        Some(more) => format!(
            "If this is the true difference, about {} more views of both versions together would \
             show it four times in five.",
            grouped(two_digits(more))
        ),
        None => "The difference is too small for any number of views to show it.".to_owned(),
    };
    let words = format!(
        "Not real yet: {rates}. Chance alone sets two versions that sell equally well this far \
         apart more often than one time in twenty. {how_long}"
    );
    (Significance::NotYet, more_views, words)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::totals::Revenue;

    fn arm_of(views: u64, sales: u64) -> Traffic {
        let revenue = CurrencyRevenue {
            sales,
            gross: sales * 2900,
            refunded: 0,
            sum_of_squares: u128::from(sales) * 2900 * 2900,
        };
        Traffic {
            views,
            checkouts: sales,
            revenue: Revenue {
                sales,
                by_currency: BTreeMap::from([("usd".to_owned(), revenue)]),
            },
        }
    }

    fn experiment_of(arms: &[(&str, u64, u64)]) -> Experiment {
        let arms: BTreeMap<String, Traffic> = arms
            .iter()
            .map(|(name, views, sales)| ((*name).to_owned(), arm_of(*views, *sales)))
            .collect();
        experiment(arms.iter())
    }

    fn outcome_of(arms: &[(&str, u64, u64)]) -> Significance {
        experiment_of(arms).verdicts[0].outcome
    }

    #[test]
    fn every_outcome_is_reached() {
        // 15 and 40 of 1000: z = 3.42.
        let experiment = experiment_of(&[("a", 1000, 15), ("b", 1000, 40)]);
        assert_eq!(experiment.verdicts[0].outcome, Significance::Real);
        assert!(
            experiment.verdicts[0]
                .words
                .starts_with("Real: b sells better")
        );
        // 20 and 25 of 1000: z = 0.75.
        let experiment = experiment_of(&[("a", 1000, 20), ("b", 1000, 25)]);
        let verdict = &experiment.verdicts[0];
        assert_eq!(verdict.outcome, Significance::NotYet);
        // R: power.prop.test(p1 = .020, p2 = .025, power = .8) takes 13,809 in each.
        assert_eq!(verdict.more_views, Some(2 * (13_809 - 1000)));
        assert!(
            verdict.words.contains("about 26,000 more views"),
            "{}",
            verdict.words
        );
        for few in [
            [("a", 0, 0), ("b", 0, 0)],
            [("a", 0, 0), ("b", 100, 9)],
            [("a", 10, 1), ("b", 10, 4)],
            [("a", 40, 0), ("b", 40, 8)],
        ] {
            assert_eq!(outcome_of(&few), Significance::TooFew, "{few:?}");
        }
        let uncounted = [("a", 0, 3), ("b", 1000, 40)];
        assert_eq!(outcome_of(&uncounted), Significance::NotCounted);
    }

    #[test]
    fn equal_rates_are_never_significant() {
        let experiment = experiment_of(&[("a", 1000, 40), ("b", 1000, 40)]);
        assert_eq!(experiment.verdicts[0].outcome, Significance::NotYet);
        assert_eq!(experiment.verdicts[0].more_views, None);
    }

    /// The z-score 2.08 is above the 1.96 of one comparison and below the 2.24 of two.
    #[test]
    fn a_third_version_raises_the_critical_z_score() {
        let (a, b) = (("a", 1000, 30), ("b", 1000, 48));
        assert_eq!(outcome_of(&[a, b]), Significance::Real);
        assert_eq!(outcome_of(&[a, b, ("c", 1000, 31)]), Significance::NotYet);
    }

    #[test]
    fn made_up_versions_do_not_displace_those_with_views() {
        let names: Vec<String> = (0..100).map(|index| format!("x{index}")).collect();
        let made_up = names.iter().map(|name| (name.as_str(), 1, 0));
        let all: Vec<_> = [("a", 500, 10), ("b", 500, 12)]
            .into_iter()
            .chain(made_up)
            .collect();
        let experiment = experiment_of(&all);
        assert_eq!(experiment.arms.len(), MOST_ARMS);
        assert_eq!(
            (&*experiment.arms[0].variant, &*experiment.arms[1].variant),
            ("a", "b")
        );
    }

    #[test]
    fn revenue_per_1000_views_is_in_whole_minor_units() {
        let experiment = experiment_of(&[("a", 1000, 40)]);
        let revenue = &experiment.arms[0].revenue_per_1000_views[0];
        assert_eq!(revenue.estimate, 116_000);
        let few = experiment_of(&[("a", 1000, 4)]);
        assert_eq!(few.arms[0].revenue_per_1000_views[0].low, None);
    }
}
