//! The A/B test: each arm's figures, and in words whether their difference is real yet.

use serde::Serialize;

use crate::{
    numbers::{grouped, percent, two_digits},
    statistics::{Interval, Share, Z_POWER_80, critical, mean, needed_in_each, whole},
    totals::Traffic,
    traffic_figures::TrafficFigures,
};

/// The most arms that are reported: those with most views. Anybody can make arms up.
const MOST_ARMS: usize = 6;

/// The arms of the test, and what can be said of them.
#[derive(Debug, Serialize)]
pub struct Experiment {
    /// In the order of their names.
    pub arms: Vec<Arm>,
    /// Each arm against the first.
    pub verdicts: Vec<Verdict>,
}

/// One version of the page.
#[derive(Debug, Serialize)]
pub struct Arm {
    /// Its name.
    pub variant: String,
    /// What was seen, begun and sold.
    #[serde(flatten)]
    pub traffic: TrafficFigures,
    /// Sales of views; absent where there were none, or more sales than views.
    pub conversion: Option<Conversion>,
    /// What is left of the money, in each currency.
    pub revenue_per_1000_views: Vec<RevenuePerView>,
}

/// A share with its 95 % interval (Wilson), from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Conversion {
    /// Sales of views.
    pub estimate: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

/// What a thousand views bring, in minor units, with its 95 % interval (normal).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RevenuePerView {
    /// The currency's code.
    pub currency: String,
    /// What they brought.
    pub estimate: u64,
    /// The interval's lower end; absent below ten sales.
    pub low: Option<u64>,
    /// The interval's upper end; absent below ten sales.
    pub high: Option<u64>,
}

/// What can be said of the difference of two arms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Significance {
    /// Chance alone would do that less than one time in twenty.
    Real,
    /// Chance alone does that more often.
    NotYet,
    /// Nothing can be said of so few sales.
    TooFew,
    /// More sales than views: the views were not counted.
    NotCounted,
}

/// One arm against the first.
#[derive(Debug, Serialize)]
pub struct Verdict {
    /// The arm.
    pub variant: String,
    /// The first one.
    pub against: String,
    /// What can be said.
    pub outcome: Significance,
    /// About how many more views, of both together, would tell a difference of this size; absent
    /// where it is told, and where it is too small ever to be.
    pub more_views: Option<u64>,
    /// The same in a sentence.
    pub words: String,
}

/// The arms with most views, and what can be said of them.
pub(crate) fn experiment<'a>(arms: impl Iterator<Item = (&'a String, &'a Traffic)>) -> Experiment {
    let mut arms: Vec<_> = arms.collect();
    arms.sort_by_key(|(_, traffic)| std::cmp::Reverse((traffic.views, traffic.revenue.sales)));
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

fn share(traffic: &Traffic) -> Option<Share> {
    Share::new(traffic.revenue.sales, traffic.views)
}

fn arm(name: &str, traffic: &Traffic) -> Arm {
    let conversion = share(traffic).map(|share| {
        let Interval {
            estimate,
            low,
            high,
        } = share.wilson();
        Conversion {
            estimate,
            low,
            high,
        }
    });
    Arm {
        variant: name.to_owned(),
        traffic: TrafficFigures::from(traffic),
        conversion,
        revenue_per_1000_views: revenue_per_1000_views(traffic),
    }
}

/// Fewer sales than this say nothing of how their amounts are spread.
const LEAST_SALES: u64 = 10;

fn revenue_per_1000_views(traffic: &Traffic) -> Vec<RevenuePerView> {
    let of_currency = |code: &String, of_currency: &crate::totals::CurrencyRevenue| {
        let interval = mean(traffic.views, of_currency.net(), of_currency.squares)?;
        let thousand = |value: f64| whole(value * 1000.0);
        let is_known = of_currency.sales >= LEAST_SALES && traffic.views >= traffic.revenue.sales;
        Some(RevenuePerView {
            currency: code.clone(),
            estimate: thousand(interval.estimate),
            low: is_known.then(|| thousand(interval.low)),
            high: is_known.then(|| thousand(interval.high)),
        })
    };
    let currencies = traffic.revenue.by_currency.iter();
    currencies
        .filter_map(|(code, revenue)| of_currency(code, revenue))
        .collect()
}

fn verdict(
    (against, first): (&String, &Traffic),
    (variant, other): (&String, &Traffic),
    comparisons: usize,
) -> Verdict {
    let (outcome, more_views, words) = share(first).zip(share(other)).map_or_else(
        || uncounted((against, first), (variant, other)),
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

/// A version that was not seen, or sold more often than it was seen.
fn uncounted(
    (against, first): (&str, &Traffic),
    (variant, other): (&str, &Traffic),
) -> (Significance, Option<u64>, String) {
    let is_uncounted = |arm: &Traffic| arm.revenue.sales > arm.views;
    if is_uncounted(first) || is_uncounted(other) {
        let words = "Nothing can be said: more sales than views, so the views were not counted.";
        (Significance::NotCounted, None, words.to_owned())
    } else {
        let words = format!("Nothing to compare yet: {against} or {variant} has not been seen.");
        (Significance::TooFew, None, words)
    }
}

fn compare(
    (against, first): (&str, Share),
    (variant, other): (&str, Share),
    comparisons: usize,
) -> (Significance, Option<u64>, String) {
    let rates = format!(
        "version {variant} sold to {} of its views, version {against} to {}",
        percent(other.rate()),
        percent(first.rate())
    );
    if !first.is_comparable(other) {
        let words = format!(
            "Too few to say anything: {rates}, of {} sales in all. Wait until each version has \
             had views enough for at least five.",
            first.successes + other.successes
        );
        return (Significance::TooFew, None, words);
    }
    let critical = critical(comparisons);
    if other.standard_errors_above(first).abs() >= critical {
        let better = if other.rate() > first.rate() {
            variant
        } else {
            against
        };
        let words = format!(
            "Real: {better} sells better: {rates}. Were they the same, chance alone would set \
             them this far apart less than one time in twenty."
        );
        return (Significance::Real, None, words);
    }
    let needed = needed_in_each(first.rate(), other.rate(), critical, Z_POWER_80);
    let more_views = needed.map(|needed| {
        needed.saturating_sub(first.of).max(1) + needed.saturating_sub(other.of).max(1)
    });
    let how_long = match more_views {
        Some(more) => format!(
            "If that is the true difference, about {} more views of the two together would show \
             it (four times in five).",
            grouped(two_digits(more))
        ),
        None => "At so small a difference no number of views would show it.".to_owned(),
    };
    let words = format!(
        "Not real yet: {rates}, and chance alone sets two equal versions this far apart more \
         often than one time in twenty. {how_long}"
    );
    (Significance::NotYet, more_views, words)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::totals::{CurrencyRevenue, Revenue};

    fn arm_of(views: u64, sales: u64) -> Traffic {
        let of_currency = CurrencyRevenue {
            sales,
            gross: sales * 2900,
            refunded: 0,
            squares: u128::from(sales) * 2900 * 2900,
        };
        Traffic {
            views,
            checkouts: sales,
            revenue: Revenue {
                sales,
                by_currency: BTreeMap::from([("usd".to_owned(), of_currency)]),
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
    fn a_verdict_is_real_not_yet_or_none_at_all() {
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
    fn the_same_in_both_is_never_told() {
        let experiment = experiment_of(&[("a", 1000, 40), ("b", 1000, 40)]);
        assert_eq!(experiment.verdicts[0].outcome, Significance::NotYet);
        assert_eq!(experiment.verdicts[0].more_views, None);
    }

    /// z = 2.08 is beyond 1.96, and not beyond the 2.24 of two comparisons.
    #[test]
    fn a_third_version_asks_for_more() {
        let (a, b) = (("a", 1000, 30), ("b", 1000, 48));
        assert_eq!(outcome_of(&[a, b]), Significance::Real);
        assert_eq!(outcome_of(&[a, b, ("c", 1000, 31)]), Significance::NotYet);
    }

    #[test]
    fn made_up_versions_do_not_drown_the_others() {
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
    fn revenue_is_told_for_a_thousand_views_in_whole_minor_units() {
        let experiment = experiment_of(&[("a", 1000, 40)]);
        let revenue = &experiment.arms[0].revenue_per_1000_views[0];
        assert_eq!(revenue.estimate, 116_000);
        let few = experiment_of(&[("a", 1000, 4)]);
        assert_eq!(few.arms[0].revenue_per_1000_views[0].low, None);
    }
}
