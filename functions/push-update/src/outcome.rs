//! What a run of a push led to.

use serde::Serialize;

/// How a run ended. While `owed` is not zero, the same event goes on with it.
#[derive(Debug, Default, Serialize)]
pub struct Pushed {
    /// The edition that buyers are told of; 0 where a newer one was pushed before the run began.
    pub edition: u32,
    /// Mails sent in this run.
    pub sent: u64,
    /// Mails that failed in this run; they are still owed.
    pub failed: u64,
    /// Buyers passed over in this run: they want no mail, have no address that takes it, another
    /// purchase of theirs brings it, or another run was at them.
    pub skipped: u64,
    /// Buyers who count as told from now on though nobody knows whether their mail was sent: SES did
    /// not answer three tries. The log names each.
    #[serde(skip_serializing_if = "is_zero")]
    pub uncertain: u64,
    /// Buyers who have still to hear of it.
    pub owed: u64,
    /// Why the run ended before the end of the list, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stop>,
}

/// Why a run ended before the end of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stop {
    /// The function's time was nearly up.
    Time,
    /// The account's mails of the day are used up; more can be sent within 24 hours.
    Quota,
    /// SES does not let the account send until the author mends something.
    Blocked,
    /// A newer edition was pushed meanwhile, and its run tells everyone.
    Superseded,
    /// SES answered none of the last mails. Each of them may have been sent.
    Unanswered,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
