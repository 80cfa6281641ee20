//! The limits of the account, and how much it has sent.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// What the account may send. By default rate and quota are unlimited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Recipients a second; unlimited if `None`.
    pub max_send_rate: Option<f64>,
    /// Recipients in 24 hours; unlimited if `None`.
    pub max_24_hour_send: Option<u64>,
    /// Whether the account has left the sandbox. It is reported and has no other effect.
    pub production_access: bool,
    /// Whether sending is paused, so that every mail is refused.
    pub paused: bool,
    /// Recipients that are refused for good. Each entry is an address, or a domain with all its
    /// addresses.
    pub refused: Vec<String>,
    /// The account's suppression list: addresses to which mail bounced, or whose owner complained. Mail
    /// to them is accepted and reaches nobody.
    pub suppressed: Vec<String>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_send_rate: None,
            max_24_hour_send: None,
            production_access: true,
            paused: false,
            refused: vec!["refused.example".to_owned()],
            suppressed: Vec::new(),
        }
    }
}

impl Limits {
    /// Returns the limits of a new account in the sandbox: one mail a second, 200 a day.
    #[must_use]
    pub fn sandbox() -> Self {
        Self {
            max_send_rate: Some(1.0),
            max_24_hour_send: Some(200),
            production_access: false,
            ..Self::default()
        }
    }

    pub(super) fn suppresses(&self, mailbox: &str) -> bool {
        let mut suppressed = self.suppressed.iter();
        suppressed.any(|suppressed| suppressed.eq_ignore_ascii_case(mailbox))
    }

    pub(super) fn refuses(&self, mailbox: &str) -> bool {
        let domain = mailbox.rsplit_once('@').map(|(_, domain)| domain);
        self.refused.iter().any(|refused| {
            refused.eq_ignore_ascii_case(mailbox)
                || domain.is_some_and(|domain| refused.eq_ignore_ascii_case(domain))
        })
    }
}

/// The limit that a mail would exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exceeded {
    Rate,
    DailyQuota,
}

pub(super) struct Account {
    limits: Limits,
    /// Recipients by hour since the epoch, for the last 24 hours: 25 entries at most.
    hours: VecDeque<(i64, u64)>,
    /// How many recipients the rate allows now: a token bucket that holds one second's worth.
    available: f64,
    filled_at: Option<OffsetDateTime>,
}

impl Account {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            hours: VecDeque::new(),
            available: 0.0,
            filled_at: None,
        }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(super) fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
        self.filled_at = None;
    }

    /// Counts a mail to so many recipients against rate and quota. Counts nothing if it exceeds one.
    pub(super) fn send(&mut self, now: OffsetDateTime, recipients: usize) -> Result<(), Exceeded> {
        let quota = self.limits.max_24_hour_send;
        if quota.is_some_and(|quota| self.sent_last_24_hours(now) + count(recipients) > quota) {
            return Err(Exceeded::DailyQuota);
        }
        if let Some(rate) = self.limits.max_send_rate {
            let full = rate.max(1.0);
            self.available = match self.filled_at {
                None => full,
                Some(then) => {
                    let earned = (now - then).max(Duration::ZERO).as_seconds_f64() * rate;
                    (self.available + earned).min(full)
                }
            };
            self.filled_at = Some(now);
            let cost = f64::from(u32::try_from(recipients).unwrap_or(u32::MAX));
            // A mail to more recipients than the bucket can hold passes when the bucket is full,
            // or it could never be sent.
            if self.available < cost.min(full) {
                return Err(Exceeded::Rate);
            }
            self.available -= cost;
        }
        self.count_sent(now, now, recipients);
        Ok(())
    }

    /// Counts a mail that was sent to so many recipients at `at`.
    pub(super) fn count_sent(
        &mut self,
        at: OffsetDateTime,
        now: OffsetDateTime,
        recipients: usize,
    ) {
        if now - at > Duration::DAY {
            return;
        }
        let hour = at.unix_timestamp().div_euclid(3600);
        match self.hours.iter_mut().find(|(known, _)| *known == hour) {
            Some((_, sent)) => *sent += count(recipients),
            None => self.hours.push_back((hour, count(recipients))),
        }
    }

    pub(super) fn sent_last_24_hours(&mut self, now: OffsetDateTime) -> u64 {
        let oldest = (now - Duration::DAY).unix_timestamp().div_euclid(3600);
        self.hours.retain(|(hour, _)| *hour > oldest);
        self.hours.iter().map(|(_, sent)| sent).sum()
    }
}

fn count(recipients: usize) -> u64 {
    u64::try_from(recipients).unwrap_or(u64::MAX)
}
