//! The textbook statistics of an A/B test. They are computed from counts, sums and sums of squares,
//! so that no single sale has to be kept.

use serde::Serialize;

/// An estimate and its 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The estimate.
    pub estimate: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

/// A binomial proportion: the successes among a number of trials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Proportion {
    pub(crate) trials: u64,
    pub(crate) successes: u64,
}

/// The point of the standard normal distribution with 2.5 % above it, for intervals of 95 %.
const Z_95: f64 = 1.959_963_984_540_054;

/// The point of the standard normal distribution with 20 % above it, for a power of 80 %: the test
/// finds a difference that exists four times in five.
pub(crate) const Z_POWER_80: f64 = 0.841_621_233_572_914_3;

/// The critical z-scores for one to five comparisons, which share an error of 5 % (Bonferroni).
const Z_BONFERRONI: [f64; 5] = [
    Z_95,
    2.241_402_728,
    2.393_979_8,
    2.497_705_474,
    2.575_829_304,
];

/// Returns the z-score from which a difference is significant at 5 %, in two tails, if this number of
/// comparisons is made. More than five comparisons are treated as five.
pub(crate) fn critical_z(comparisons: usize) -> f64 {
    Z_BONFERRONI[comparisons.clamp(1, Z_BONFERRONI.len()) - 1]
}

impl Proportion {
    /// Returns `None` if there are no trials, or more successes than trials.
    pub(crate) fn new(successes: u64, trials: u64) -> Option<Self> {
        (trials > 0 && successes <= trials).then_some(Self { trials, successes })
    }

    /// Returns the share of successes, from 0 to 1.
    pub(crate) fn rate(self) -> f64 {
        float(self.successes) / float(self.trials)
    }

    /// Returns Wilson's score interval, which holds for small counts and stays between 0 and 1.
    ///
    /// E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal
    /// of the American Statistical Association 22 (1927), 209–212.
    pub(crate) fn wilson_interval(self) -> Interval {
        let (n, p, z2) = (float(self.trials), self.rate(), Z_95 * Z_95);
        let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = Z_95 / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        Interval {
            estimate: p,
            low: (middle - half).clamp(0.0, p),
            high: (middle + half).clamp(p, 1.0),
        }
    }

    /// Whether the two proportions can be compared by the normal approximation: at least five
    /// successes and five failures must be expected in each if both have the same rate.
    ///
    /// W. G. Cochran, "Some methods for strengthening the common χ² tests", Biometrics 10 (1954).
    pub(crate) fn is_comparable(self, other: Self) -> bool {
        const LEAST_EXPECTED: f64 = 5.0;
        let rate = self.pooled_rate(other);
        [self.trials, other.trials].into_iter().all(|trials| {
            let trials = float(trials);
            trials * rate >= LEAST_EXPECTED && trials * (1.0 - rate) >= LEAST_EXPECTED
        })
    }

    /// Returns the z-score of the two-proportion test with pooled variance: how many standard errors
    /// this rate is above the other, negative if it is below. Equal rates give 0.
    ///
    /// J. L. Fleiss, B. Levin, M. C. Paik, "Statistical Methods for Rates and Proportions", 3rd
    /// edition (2003), section 3.1, without the correction for continuity.
    pub(crate) fn z_score(self, other: Self) -> f64 {
        let rate = self.pooled_rate(other);
        let variance =
            rate * (1.0 - rate) * (float(self.trials).recip() + float(other.trials).recip());
        if variance <= 0.0 {
            return 0.0;
        }
        (self.rate() - other.rate()) / variance.sqrt()
    }

    fn pooled_rate(self, other: Self) -> f64 {
        float(self.successes.saturating_add(other.successes))
            / float(self.trials.saturating_add(other.trials))
    }
}

/// Returns how many trials each of two groups needs for the two-sided test to tell these two rates
/// apart. `z_critical` is the z-score from which a difference is significant; `z_power` stands for
/// the power of the test, as [`Z_POWER_80`] does. Returns `None` if the rates are too close: more
/// than a billion trials would be needed.
///
/// Fleiss, Levin, Paik (2003), section 4.2, without the correction for continuity.
pub(crate) fn sample_size(one: f64, other: f64, z_critical: f64, z_power: f64) -> Option<u64> {
    const MOST: f64 = 1e9;
    let mean = f64::midpoint(one, other);
    let spread = z_critical * (2.0 * mean * (1.0 - mean)).sqrt()
        + z_power * (one * (1.0 - one) + other * (1.0 - other)).sqrt();
    let needed = (spread / (one - other)).powi(2).ceil();
    (needed <= MOST).then(|| whole(needed))
}

/// Returns the mean of `count` values and its normal interval. Values of zero count; `sum` and
/// `sum_of_squares` are those of all values. Returns `None` below two values, which have no variance.
///
/// L. Wasserman, "All of Statistics" (2004), section 6.3.2: mean ± 1.96 · s / √n, with the sample
/// variance s² = (Σx² − (Σx)² / n) / (n − 1).
pub(crate) fn mean_interval(count: u64, sum: u64, sum_of_squares: u128) -> Option<Interval> {
    if count < 2 {
        return None;
    }
    let (n, sum) = (float(count), float(sum));
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    let variance = ((sum_of_squares as f64 - sum * sum / n) / (n - 1.0)).max(0.0);
    let (mean, half) = (sum / n, Z_95 * (variance / n).sqrt());
    Some(Interval {
        estimate: mean,
        low: (mean - half).max(0.0),
        high: mean + half,
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "an estimate; exact to 2^53 in any case"
)]
fn float(count: u64) -> f64 {
    count as f64
}

/// Rounds to the nearest whole number from 0 to 9e15.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is clamped first"
)]
pub(crate) fn whole(number: f64) -> u64 {
    number.round().clamp(0.0, 9e15) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn proportion(successes: u64, trials: u64) -> Proportion {
        Proportion::new(successes, trials).unwrap()
    }

    fn near(one: f64, other: f64, by: f64) {
        assert!((one - other).abs() < by, "{one} is not {other}");
    }

    /// R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in
    /// Medicine 17 (1998), 857–872, table I, method 3.
    #[test]
    fn wilsons_intervals_are_newcombes() {
        for (successes, trials, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0000, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let interval = proportion(successes, trials).wilson_interval();
            near(interval.low, low, 5e-5);
            near(interval.high, high, 5e-5);
        }
    }

    /// Pennsylvania State University, STAT 415, lesson 9.4: 351 of 605 against 41 of 195, z = 8.99.
    #[test]
    fn the_z_score_is_the_textbooks() {
        let z = proportion(351, 605).z_score(proportion(41, 195));
        near(z, 8.99, 5e-3);
        near(proportion(41, 195).z_score(proportion(351, 605)), -z, 1e-12);
    }

    /// R's `power.prop.test` gives 76.7 in each group for 0.50 against 0.75 with power 0.90
    /// (in its documentation), and 685.6 for 0.10 against 0.15 with power 0.80.
    #[test]
    fn the_sample_size_is_that_of_r() {
        let z_power_90 = 1.281_551_565_544_6;
        assert_eq!(sample_size(0.5, 0.75, Z_95, z_power_90), Some(77));
        assert_eq!(sample_size(0.10, 0.15, Z_95, Z_POWER_80), Some(686));
        assert_eq!(sample_size(0.1, 0.1, Z_95, Z_POWER_80), None);
    }

    /// NIST/SEMATECH, e-Handbook of Statistical Methods, table of the normal distribution: 0.975 at
    /// 1.96, 0.9875 at 2.24, 0.99167 at 2.39, 0.99375 at 2.50, 0.995 at 2.58.
    #[test]
    fn more_comparisons_need_a_higher_z_score() {
        for (comparisons, z) in [(1, 1.96), (2, 2.24), (3, 2.39), (4, 2.50), (5, 2.58)] {
            near(critical_z(comparisons), z, 6e-3);
        }
        near(critical_z(9), critical_z(5), 1e-12);
    }

    /// Ten values of 1 and ninety of 0, calculated by hand: mean 0.1, s² = (10 − 1) / 99.
    #[test]
    fn the_interval_of_a_mean_is_that_calculated_by_hand() {
        let interval = mean_interval(100, 10, 10).unwrap();
        near(interval.estimate, 0.1, 1e-12);
        near(
            interval.high - 0.1,
            1.96 * (9.0_f64 / 99.0).sqrt() / 10.0,
            1e-5,
        );
        assert_eq!(mean_interval(0, 0, 0), None);
        assert_eq!(mean_interval(1, 7, 49), None);
    }

    #[test]
    fn few_sales_are_not_compared() {
        assert!(!proportion(2, 40).is_comparable(proportion(5, 40)));
        assert!(proportion(5, 40).is_comparable(proportion(5, 40)));
        assert!(!proportion(39, 40).is_comparable(proportion(38, 40)));
        assert_eq!(Proportion::new(0, 0), None);
        assert_eq!(Proportion::new(2, 1), None);
    }

    proptest! {
        #[test]
        fn an_interval_contains_its_estimate_and_stays_between_0_and_1(
            successes in 0..5_000_u64, more in 0..5_000_u64,
        ) {
            prop_assume!(successes + more > 0);
            let interval = proportion(successes, successes + more).wilson_interval();
            prop_assert!(0.0 <= interval.low && interval.low <= interval.estimate);
            prop_assert!(interval.estimate <= interval.high && interval.high <= 1.0);
        }

        #[test]
        fn ten_times_as_many_narrow_the_interval(successes in 0..500_u64, more in 1..500_u64) {
            let width = |factor: u64| {
                let interval = proportion(successes * factor, (successes + more) * factor).wilson_interval();
                interval.high - interval.low
            };
            prop_assert!(width(10) < width(1));
        }

        /// With the sample size, the same two rates differ significantly.
        #[test]
        fn the_sample_size_is_large_enough(one in 0.01..0.5_f64, other in 0.01..0.5_f64) {
            prop_assume!((one - other).abs() > 0.005);
            let size = sample_size(one, other, Z_95, Z_POWER_80).unwrap();
            let group = |rate: f64| proportion(whole(rate * float(size)), size);
            prop_assert!(group(one).z_score(group(other)).abs() > Z_95);
        }

        #[test]
        fn a_mean_lies_in_its_interval(amounts in prop::collection::vec(0..100_000_u64, 2..50)) {
            let sum: u64 = amounts.iter().sum();
            let squares = amounts.iter().map(|amount| u128::from(amount * amount)).sum();
            let interval = mean_interval(amounts.len() as u64, sum, squares).unwrap();
            prop_assert!(interval.low <= interval.estimate && interval.estimate <= interval.high);
            prop_assert!(interval.low >= 0.0);
        }
    }
}
