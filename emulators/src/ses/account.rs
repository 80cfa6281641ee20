//! What the account may do, and what it has done.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

/// What the account may do: unlimited where nothing is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Recipients a second; `None` does not limit.
    pub max_send_rate: Option<f64>,
    /// Recipients in 24 hours; `None` does not limit.
    pub max_24_hour_send: Option<u64>,
    /// Whether the account has left the sandbox. Only reported.
    pub production_access: bool,
    /// Whether sending is paused: every mail is refused.
    pub paused: bool,
    /// Recipients that are refused for good: an address, or a domain and
    /// everybody there.
    pub refused: Vec<String>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_send_rate: None,
            max_24_hour_send: None,
            production_access: true,
            paused: false,
            refused: vec!["refused.example".to_owned()],
        }
    }
}

impl Limits {
    /// A new account of SES, in the sandbox: one mail a second, 200 a day.
    #[must_use]
    pub fn sandbox() -> Self {
        Self {
            max_send_rate: Some(1.0),
            max_24_hour_send: Some(200),
            production_access: false,
            ..Self::default()
        }
    }

    pub(super) fn refuses(&self, mailbox: &str) -> bool {
        let domain = mailbox.rsplit_once('@').map(|(_, domain)| domain);
        self.refused.iter().any(|refused| {
            refused.eq_ignore_ascii_case(mailbox)
                || domain.is_some_and(|domain| refused.eq_ignore_ascii_case(domain))
        })
    }
}

/// Which limit a mail would break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exceeded {
    Rate,
    DailyQuota,
}

pub(super) struct Account {
    limits: Limits,
    /// Recipients by the hour: exact enough for a day, and never more than 25.
    hours: VecDeque<(i64, u64)>,
    /// A bucket of sends that fills at the account's rate, one second deep.
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

    /// Takes what sending to so many recipients costs, or nothing.
    pub(super) fn take(&mut self, now: OffsetDateTime, recipients: usize) -> Result<(), Exceeded> {
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
            // A mail to more than the bucket ever holds is let through when it
            // is full, as otherwise it could never be sent.
            if self.available < cost.min(full) {
                return Err(Exceeded::Rate);
            }
            self.available -= cost;
        }
        self.sent(now, now, recipients);
        Ok(())
    }

    /// Counts recipients sent to at some time.
    pub(super) fn sent(&mut self, at: OffsetDateTime, now: OffsetDateTime, recipients: usize) {
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
