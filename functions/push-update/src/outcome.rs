//! The result of one run of a push.

use std::collections::BTreeMap;

use bookstall::domain::delivery::NotMailed;
use serde::{Serialize, Serializer};

/// The result of one run. While `owed` is not zero, the author or the state machine sends the same
/// event again to continue the push.
#[derive(Debug, Default, Serialize)]
pub struct Pushed {
    /// The number of the edition that buyers are notified of; 0 if a newer edition was pushed
    /// before the run began.
    pub edition: u32,
    /// The number of mails that this run sent.
    pub sent: u64,
    /// The number of mails that this run and the runs before it sent, as far as the state machine
    /// tells of those.
    pub mailed: u64,
    /// The number of mails that failed in this run. They are still owed.
    pub failed: u64,
    /// The purchases that this run skipped.
    pub skipped: Reasons,
    /// The number of purchases that count as notified although it is unknown whether their mail was
    /// sent, because SES did not answer three attempts. The log has the reference of each.
    #[serde(skip_serializing_if = "is_zero")]
    pub uncertain: u64,
    /// The number of purchases that are still owed a mail after the run.
    pub owed: u64,
    /// Why the run ended before the end of the work list; absent if it reached the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stop>,
    /// Why the push must not go on by itself, and what the author can do, as sentences; absent if
    /// it may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The time until the next run of a slow push, in seconds; absent if the push is not slow or
    /// nobody is owed a mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_seconds: Option<u32>,
    /// What the author should know, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// The numbers of purchases that get no mail, by reason. Reasons without a purchase are left out:
/// `{"unsubscribed": 2, "another_purchase": 1}`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reasons(BTreeMap<NotMailed, u64>);

impl Reasons {
    /// Counts purchases with this reason.
    pub(crate) fn add(&mut self, reason: NotMailed, purchases: u64) {
        if purchases > 0 {
            *self.0.entry(reason).or_default() += purchases;
        }
    }

    /// Returns how many purchases have this reason.
    #[must_use]
    pub fn of(&self, reason: NotMailed) -> u64 {
        self.0.get(&reason).copied().unwrap_or_default()
    }

    /// Returns how many purchases there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }
}

impl From<BTreeMap<NotMailed, u64>> for Reasons {
    fn from(counts: BTreeMap<NotMailed, u64>) -> Self {
        Self(counts)
    }
}

impl Serialize for Reasons {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            self.0
                .iter()
                .map(|(reason, count)| (reason.as_str(), count)),
        )
    }
}

/// The reason why a run ended before the end of the work list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stop {
    /// The function had nearly reached its timeout.
    Time,
    /// The update's share of the account's daily quota is used up. SES accepts more mails within 24
    /// hours.
    Quota,
    /// SES does not let the account send mail until the author solves a problem with the account.
    Blocked,
    /// A newer edition was pushed meanwhile. The run of that edition mails all buyers.
    Superseded,
    /// SES did not answer the last mails. Each of them may have been sent.
    Unanswered,
    /// The run of a slow push has sent its share of an hour's mails.
    Pace,
    /// Too many mails of a slow push bounced.
    Bounces,
    /// SES counts no mails of a slow push, so nobody knows how many bounce.
    Unmeasured,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
