//! The textbook statistics of an A/B test. They need counts, sums and sums of squares alone.

/// A value and the 95 % interval around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Interval {
    pub(crate) estimate: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// How many of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) of: u64,
    pub(crate) successes: u64,
}

/// The standard normal distribution's point with 2.5 % above it: 95 % in two tails.
const Z_95: f64 = 1.959_963_984_540_054;

/// The point with 20 % above it: a test that finds four of five differences that are there.
pub(crate) const Z_POWER_80: f64 = 0.841_621_233_572_914_3;

/// The points for one to five comparisons that share the 5 % among them (Bonferroni).
const Z_SHARED: [f64; 5] = [
    Z_95,
    2.241_402_728,
    2.393_979_8,
    2.497_705_474,
    2.575_829_304,
];

/// How far apart, in standard errors, two shares must be when this many comparisons are made and
/// one in twenty may be wrong by chance alone; as for five where there are more.
pub(crate) fn critical(comparisons: usize) -> f64 {
    Z_SHARED[comparisons.clamp(1, Z_SHARED.len()) - 1]
}

impl Share {
    /// None where nothing was counted, or more successes than tries.
    pub(crate) fn new(successes: u64, of: u64) -> Option<Self> {
        (of > 0 && successes <= of).then_some(Self { of, successes })
    }

    pub(crate) fn rate(self) -> f64 {
        float(self.successes) / float(self.of)
    }

    /// Wilson's score interval, which holds at small counts and never leaves 0 to 1.
    ///
    /// E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal
    /// of the American Statistical Association 22 (1927), 209–212.
    pub(crate) fn wilson(self) -> Interval {
        let (n, p, z2) = (float(self.of), self.rate(), Z_95 * Z_95);
        let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = Z_95 / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        Interval {
            estimate: p,
            low: (middle - half).clamp(0.0, p),
            high: (middle + half).clamp(p, 1.0),
        }
    }

    /// Whether the normal approximation may be used for two shares: at least five successes and
    /// five failures are expected in each, were they the same.
    ///
    /// W. G. Cochran, "Some methods for strengthening the common χ² tests", Biometrics 10 (1954).
    pub(crate) fn is_comparable(self, other: Self) -> bool {
        const LEAST_EXPECTED: f64 = 5.0;
        let pooled = self.pooled(other);
        [self.of, other.of].into_iter().all(|of| {
            float(of) * pooled >= LEAST_EXPECTED && float(of) * (1.0 - pooled) >= LEAST_EXPECTED
        })
    }

    /// By how many standard errors this share is above another: the two-proportion test with the
    /// pooled variance. Zero where both are the same.
    ///
    /// J. L. Fleiss, B. Levin, M. C. Paik, "Statistical Methods for Rates and Proportions", 3rd
    /// edition (2003), section 3.1, without the correction for continuity.
    pub(crate) fn standard_errors_above(self, other: Self) -> f64 {
        let pooled = self.pooled(other);
        let variance = pooled * (1.0 - pooled) * (float(self.of).recip() + float(other.of).recip());
        if variance <= 0.0 {
            return 0.0;
        }
        (self.rate() - other.rate()) / variance.sqrt()
    }

    fn pooled(self, other: Self) -> f64 {
        float(self.successes.saturating_add(other.successes))
            / float(self.of.saturating_add(other.of))
    }
}

/// How many tries in each of two groups it takes to tell these two rates apart: in two tails beyond
/// `critical`, as often as `power` says. None where they are too near to each other.
///
/// Fleiss, Levin, Paik (2003), section 4.2, without the correction for continuity.
pub(crate) fn needed_in_each(one: f64, other: f64, critical: f64, power: f64) -> Option<u64> {
    /// More than anybody's page is seen.
    const MOST: f64 = 1e9;
    let mean = f64::midpoint(one, other);
    let spread = critical * (2.0 * mean * (1.0 - mean)).sqrt()
        + power * (one * (1.0 - one) + other * (1.0 - other)).sqrt();
    let needed = (spread / (one - other)).powi(2).ceil();
    (needed <= MOST).then(|| whole(needed))
}

/// The mean of something that was tried `of` times and gave `sum` in all, with the normal interval
/// around it; what gave nothing counts. None where nothing was tried; without an interval (both
/// ends are the mean) it is never given.
///
/// L. Wasserman, "All of Statistics" (2004), section 6.3.2: mean ± 1.96 · s / √n, with the sample
/// variance s² = (Σx² − (Σx)² / n) / (n − 1).
pub(crate) fn mean(of: u64, sum: u64, sum_of_squares: u128) -> Option<Interval> {
    if of < 2 {
        return None;
    }
    let (n, sum) = (float(of), float(sum));
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

/// The nearest whole number, zero or more.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is bounded first"
)]
pub(crate) fn whole(number: f64) -> u64 {
    number.round().clamp(0.0, 9e15) as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn share(successes: u64, of: u64) -> Share {
        Share::new(successes, of).unwrap()
    }

    fn near(one: f64, other: f64, by: f64) {
        assert!((one - other).abs() < by, "{one} is not {other}");
    }

    /// R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in
    /// Medicine 17 (1998), 857–872, table I, method 3.
    #[test]
    fn wilsons_intervals_are_newcombes() {
        for (successes, of, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0000, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let interval = share(successes, of).wilson();
            near(interval.low, low, 5e-5);
            near(interval.high, high, 5e-5);
        }
    }

    /// Pennsylvania State University, STAT 415, lesson 9.4: 351 of 605 against 41 of 195, z = 8.99.
    #[test]
    fn the_test_of_two_shares_is_the_textbooks() {
        let z = share(351, 605).standard_errors_above(share(41, 195));
        near(z, 8.99, 5e-3);
        near(
            share(41, 195).standard_errors_above(share(351, 605)),
            -z,
            1e-12,
        );
    }

    /// The documentation of R's `power.prop.test`: 0.50 against 0.75 with power 0.90 takes 76.7;
    /// and 0.10 against 0.15 with 0.80 takes 685.6. In each group, rounded up.
    #[test]
    fn the_sample_that_is_needed_is_that_of_r() {
        let z_power_90 = 1.281_551_565_544_6;
        assert_eq!(needed_in_each(0.5, 0.75, Z_95, z_power_90), Some(77));
        assert_eq!(needed_in_each(0.10, 0.15, Z_95, Z_POWER_80), Some(686));
        assert_eq!(needed_in_each(0.1, 0.1, Z_95, Z_POWER_80), None);
    }

    /// NIST/SEMATECH, e-Handbook of Statistical Methods, table of the normal distribution: 0.975 at
    /// 1.96, 0.9875 at 2.24, 0.99167 at 2.39, 0.99375 at 2.50, 0.995 at 2.58.
    #[test]
    fn more_comparisons_ask_for_more() {
        for (comparisons, z) in [(1, 1.96), (2, 2.24), (3, 2.39), (4, 2.50), (5, 2.58)] {
            near(critical(comparisons), z, 6e-3);
        }
        near(critical(9), critical(5), 1e-12);
    }

    /// Ten that are 1 and ninety that are 0, by hand: mean 0.1, s² = (10 − 1) / 99.
    #[test]
    fn the_interval_of_a_mean_is_worked_out_by_hand() {
        let interval = mean(100, 10, 10).unwrap();
        near(interval.estimate, 0.1, 1e-12);
        near(
            interval.high - 0.1,
            1.96 * (9.0_f64 / 99.0).sqrt() / 10.0,
            1e-5,
        );
        assert_eq!(mean(0, 0, 0), None);
        assert_eq!(mean(1, 7, 49), None);
    }

    #[test]
    fn few_sales_are_not_compared() {
        assert!(!share(2, 40).is_comparable(share(5, 40)));
        assert!(share(5, 40).is_comparable(share(5, 40)));
        assert!(!share(39, 40).is_comparable(share(38, 40)));
        assert_eq!(Share::new(0, 0), None);
        assert_eq!(Share::new(2, 1), None);
    }

    proptest! {
        #[test]
        fn an_interval_holds_its_estimate_and_stays_a_share(
            successes in 0..5_000_u64, more in 0..5_000_u64,
        ) {
            prop_assume!(successes + more > 0);
            let interval = share(successes, successes + more).wilson();
            prop_assert!(0.0 <= interval.low && interval.low <= interval.estimate);
            prop_assert!(interval.estimate <= interval.high && interval.high <= 1.0);
        }

        #[test]
        fn ten_times_as_many_narrow_the_interval(successes in 0..500_u64, more in 1..500_u64) {
            let width = |factor: u64| {
                let interval = share(successes * factor, (successes + more) * factor).wilson();
                interval.high - interval.low
            };
            prop_assert!(width(10) < width(1));
        }

        /// With as many as are said to be needed, the same difference is seen to be real.
        #[test]
        fn what_is_needed_is_enough(one in 0.01..0.5_f64, other in 0.01..0.5_f64) {
            prop_assume!((one - other).abs() > 0.005);
            let needed = needed_in_each(one, other, Z_95, Z_POWER_80).unwrap();
            let seen = |rate: f64| share(whole(rate * float(needed)), needed);
            prop_assert!(seen(one).standard_errors_above(seen(other)).abs() > Z_95);
        }

        #[test]
        fn a_mean_lies_in_its_interval(amounts in prop::collection::vec(0..100_000_u64, 2..50)) {
            let sum: u64 = amounts.iter().sum();
            let squares = amounts.iter().map(|amount| u128::from(amount * amount)).sum();
            let interval = mean(amounts.len() as u64, sum, squares).unwrap();
            prop_assert!(interval.low <= interval.estimate && interval.estimate <= interval.high);
            prop_assert!(interval.low >= 0.0);
        }
    }
}
