//! Medians, and how far the middle half lies apart.

use std::time::Duration;

/// A figure of many rounds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figure {
    /// Half of the rounds are below.
    pub median: f64,
    /// A quarter of the rounds is below.
    pub low: f64,
    /// A quarter of the rounds is above.
    pub high: f64,
}

impl Figure {
    /// The figure of these rounds; zero of none.
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

/// The number that this share of the sorted numbers is below, between two of them if need be.
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

/// Milliseconds.
pub fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Megabytes of 1024 × 1024 bytes, as Lambda counts.
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
pub fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}
