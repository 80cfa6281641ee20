//! Computes how many mails an update may send, per second and per day, from the account's limits at
//! SES, and when a slow push may go on.

use std::{num::NonZeroU32, time::Duration};

use bookstall::adapters::mailer::Account;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::{
    event::{SoFar, Update},
    outcome::Stop,
};

/// The divisor of the share that is reserved for receipts: one mail in ten, of each second and of
/// each day, so that buyers get their links at once even while an update is mailed.
const RECEIPTS_DIVISOR: u32 = 10;

/// Returns how many mails an update may send per second, at least 0.1.
pub(crate) fn mails_per_second(account: &Account) -> f64 {
    let share = 1.0 - 1.0 / f64::from(RECEIPTS_DIVISOR);
    (account.per_second * share).max(0.1)
}

/// Returns how many mails an update may send in 24 hours. `None` means that there is no limit.
pub(crate) fn mails_a_day(account: &Account) -> Option<u64> {
    let for_receipts = |per_day: u64| per_day.div_ceil(RECEIPTS_DIVISOR.into());
    account
        .per_day
        .map(|per_day| per_day - for_receipts(per_day))
}

/// Returns how many more mails an update may send today. `None` means that there is no limit.
pub(crate) fn left_today(account: &Account) -> Option<u64> {
    mails_a_day(account).map(|mails| mails.saturating_sub(account.sent_last_day))
}

/// Returns how many mails are sent concurrently, from 1 to 64. With 64, each mail can take a third
/// of a second at 200 mails per second. The limiter lets this number of mails through in 20
/// seconds, so that no mail waits longer than its claim lasts.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped in the same line"
)]
pub(crate) fn at_once(account: &Account) -> usize {
    (mails_per_second(account) * 20.0).clamp(1.0, 64.0) as usize
}

/// Returns a rate limiter that lets mails through at the update's share of the account's rate.
pub(crate) fn limiter(account: &Account) -> DefaultDirectRateLimiter {
    let rate = mails_per_second(account);
    let period = Duration::from_secs_f64(1.0 / rate).max(Duration::from_nanos(1));
    let quota = Quota::with_period(period).unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN));
    RateLimiter::direct(quota.allow_burst(burst(rate)))
}

/// Returns the number of mails that the limiter may let through at once: those of a tenth of a
/// second. With a smaller number, the resolution of timers would slow down a fast account. `rate`
/// is in mails per second.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bounded in the line before"
)]
fn burst(rate: f64) -> NonZeroU32 {
    let burst = (rate / 10.0).clamp(1.0, 1000.0) as u32;
    NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN)
}

/// The time between two runs of a slow push, in seconds. SES answers most mails to addresses that do
/// not exist within it, and CloudWatch shows them a few minutes later.
pub(crate) const SECONDS_BETWEEN_RUNS: u32 = 30 * 60;
/// The largest number of runs of a slow push in one execution of the state machine. A run is fourteen
/// events, and an execution has 25,000
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>). The rest is for runs
/// that are tried again. `template.yaml` has the same number.
pub(crate) const MOST_RUNS: u64 = 1_700;
/// The share of bounced mails at which a slow push stops, in percent. AWS reviews an account at 5 %
/// and stops it at 10 % (<https://docs.aws.amazon.com/ses/latest/dg/faqs-enforcement.html>).
const MOST_BOUNCED_PERCENT: u64 = 3;
/// The smallest number of bounces that says anything about a list of addresses.
const FEWEST_BOUNCES: u64 = 5;

/// Returns how many mails a run of a slow push may send. A run begins [`SECONDS_BETWEEN_RUNS`] after
/// the end of the run before, so that no hour has more than `per_hour` mails.
pub(crate) fn mails_per_run(per_hour: u32) -> u64 {
    u64::from(per_hour) * u64::from(SECONDS_BETWEEN_RUNS) / 3600
}

/// Returns how many runs a slow push of so many mails has.
pub(crate) fn runs(mails: u64, per_hour: u32) -> u64 {
    mails.div_ceil(mails_per_run(per_hour).max(1))
}

/// Returns how many hours pass between the runs of a slow push of so many mails.
#[expect(clippy::cast_precision_loss, reason = "an estimate for people")]
pub(crate) fn hours_of_waiting(mails: u64, per_hour: u32) -> f64 {
    let waits = runs(mails, per_hour).saturating_sub(1);
    waits as f64 * f64::from(SECONDS_BETWEEN_RUNS) / 3600.0
}

/// Returns why the next run of a slow push must not begin, with a sentence for the author. `None` if
/// it may, or if the push is not slow.
pub(crate) fn brake(update: &Update) -> Option<(Stop, String)> {
    let per_hour = update.per_hour?;
    let SoFar {
        mailed,
        counted,
        bounced,
        ..
    } = update.so_far;
    let book = &update.book;
    if bounced >= FEWEST_BOUNCES && bounced * 100 >= counted * MOST_BOUNCED_PERCENT {
        let percent = percent(bounced, counted);
        let reason = format!(
            "{percent} % of the mails bounced: {bounced} of {counted}, and the push stops at \
             {MOST_BOUNCED_PERCENT} %. The mails about bounces that SES sent you name the addresses. \
             Remove addresses that are old or mistyped, and then `bookstall push {book} --catch-up \
             --slowly` mails the rest."
        );
        return Some((Stop::Bounces, reason));
    }
    // The mails of the last run may not be counted yet.
    if counted == 0 && mailed > mails_per_run(per_hour) {
        let reason = format!(
            "SES counts none of the {mailed} mails that were sent, so nobody knows how many bounced. \
             `bookstall setup` restores the shop's settings at SES, and then `bookstall push {book} \
             --catch-up --slowly` mails the rest."
        );
        return Some((Stop::Unmeasured, reason));
    }
    None
}

/// Writes a share in percent with one decimal, such as `3.4`.
fn percent(part: u64, whole: u64) -> String {
    let tenths = part * 1000 / whole.max(1);
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use bookstall::domain::book::BookId;

    use super::*;
    use crate::event::{LEAST_PER_HOUR, MOST_PER_HOUR};

    fn account(per_second: f64) -> Account {
        Account {
            is_in_sandbox: false,
            is_sending_enabled: true,
            per_second,
            per_day: None,
            sent_last_day: 0,
        }
    }

    #[test]
    fn a_tenth_of_the_rate_is_reserved_for_receipts() {
        assert!((mails_per_second(&account(200.0)) - 180.0).abs() < 0.001);
    }

    #[test]
    fn a_tenth_of_the_days_quota_is_reserved_for_receipts() {
        let left = |per_day, sent_last_day| {
            left_today(&Account {
                per_day,
                sent_last_day,
                ..account(14.0)
            })
        };
        assert_eq!(left(None, 1_000_000), None);
        assert_eq!(left(Some(50_000), 1_000), Some(44_000));
        assert_eq!(left(Some(50_000), 45_001), Some(0));
        assert_eq!((left(Some(1), 0), left(Some(0), 0)), (Some(0), Some(0)));
    }

    #[test]
    fn no_mail_waits_for_the_pace_longer_than_its_claim_lasts() {
        assert_eq!(at_once(&account(200.0)), 64);
        assert_eq!(at_once(&account(1.0)), 18);
        assert_eq!(at_once(&account(f64::NAN)), 2);
        assert_eq!(at_once(&account(f64::INFINITY)), 64);
    }

    #[test]
    fn every_rate_makes_a_limiter() {
        for rate in [
            0.0,
            0.5,
            1.0,
            14.0,
            200.0,
            100_000.0,
            f64::INFINITY,
            f64::NAN,
        ] {
            assert!(limiter(&account(rate)).check().is_ok(), "{rate}");
        }
    }

    fn slow(per_hour: Option<u32>, mailed: u64, counted: u64, bounced: u64) -> Update {
        Update {
            book: BookId::parse("wip").unwrap(),
            new_edition: None,
            per_hour,
            so_far: SoFar {
                mailed,
                counted,
                bounced,
                ..SoFar::default()
            },
            dry_run: None,
            resume: true,
        }
    }

    #[test]
    fn a_slow_push_stops_at_three_percent_and_five_bounces() {
        let stop = |counted, bounced| {
            brake(&slow(Some(200), counted, counted, bounced)).map(|(stop, _)| stop)
        };
        assert_eq!(stop(0, 0), None);
        for (counted, bounced) in [(10, 4), (100, 4), (200, 5), (1_000, 29)] {
            assert_eq!(stop(counted, bounced), None, "{bounced} of {counted}");
        }
        for (counted, bounced) in [(5, 5), (100, 5), (1_000, 30), (1_000, 1_000)] {
            let expected = Some(Stop::Bounces);
            assert_eq!(stop(counted, bounced), expected, "{bounced} of {counted}");
        }
        let (_, reason) = brake(&slow(Some(200), 500, 500, 17)).unwrap();
        assert!(
            reason.starts_with("3.4 % of the mails bounced: 17 of 500"),
            "{reason}"
        );
        assert!(
            reason.contains("`bookstall push wip --catch-up --slowly`"),
            "{reason}"
        );
        assert_eq!(brake(&slow(None, 500, 500, 500)), None);
    }

    #[test]
    fn a_slow_push_whose_mails_nobody_counts_stops_after_two_runs() {
        let stop =
            |mailed, counted| brake(&slow(Some(200), mailed, counted, 0)).map(|(stop, _)| stop);
        assert_eq!((stop(100, 0), stop(200, 100)), (None, None));
        assert_eq!(stop(101, 0), Some(Stop::Unmeasured));
    }

    #[test]
    fn no_hour_of_a_slow_push_has_more_mails_than_its_pace() {
        for per_hour in [LEAST_PER_HOUR, 11, 200, 999, MOST_PER_HOUR] {
            let runs_an_hour = u64::from(3600 / SECONDS_BETWEEN_RUNS);
            assert!(mails_per_run(per_hour) * runs_an_hour <= per_hour.into());
            assert!(mails_per_run(per_hour) > 0);
        }
        assert_eq!(
            (runs(1_000, 200), runs(1_001, 200), runs(0, 200)),
            (10, 11, 0)
        );
        assert!((hours_of_waiting(1_000, 200) - 4.5).abs() < 1e-9);
        assert!(hours_of_waiting(0, 200).abs() < 1e-9);
    }

    /// An execution has 25,000 events and lasts a year at most.
    #[test]
    fn a_slow_push_to_a_hundred_thousand_fits_into_one_execution() {
        const EVENTS_A_RUN: u64 = 14;
        const TEMPLATE: &str = include_str!("../../../template.yaml");
        assert!(TEMPLATE.contains(&format!("$runs >= {MOST_RUNS} ")));
        assert!(runs(100_000, 200) <= MOST_RUNS);
        const { assert!(MOST_RUNS * EVENTS_A_RUN < 25_000) };
        assert!(MOST_RUNS * u64::from(SECONDS_BETWEEN_RUNS) < 365 * 24 * 60 * 60);
    }
}
