//! Medians, quartiles and units.

use std::time::Duration;

/// A figure over many rounds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figure {
    /// The median.
    pub median: f64,
    /// The lower quartile.
    pub low: f64,
    /// The upper quartile.
    pub high: f64,
}

impl Figure {
    /// Makes the figure of these rounds; zeros if there are none.
    pub fn of(rounds: impl IntoIterator<Item = f64>) -> Self {
        let mut rounds: Vec<f64> = rounds.into_iter().collect();
        rounds.sort_by(f64::total_cmp);
        Self {
            median: quantile(&rounds, 0.5),
            low: quantile(&rounds, 0.25),
            high: quantile(&rounds, 0.75),
        }
    }
}

/// Returns a quantile of sorted numbers (`share` 0.5 is the median), interpolated between two of
/// them; 0 if there are none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a rank among a few thousand"
)]
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let rank = sorted.len().saturating_sub(1) as f64 * share;
    let below = sorted
        .get(rank.floor() as usize)
        .copied()
        .unwrap_or_default();
    let above = sorted
        .get(rank.ceil() as usize)
        .copied()
        .unwrap_or_default();
    below + (above - below) * rank.fract()
}

/// Converts a duration to milliseconds.
pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Converts bytes to megabytes of 1024 × 1024 bytes, as Lambda counts.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
pub fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}
