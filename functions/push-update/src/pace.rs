//! Computes how many mails an update may send, per second and per day, from the account's limits at
//! SES.

use std::{num::NonZeroU32, time::Duration};

use bookstall::adapters::mailer::Account;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
