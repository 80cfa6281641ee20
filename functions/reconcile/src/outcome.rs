//! What a run led to.

use serde::Serialize;

/// How a run ended.
#[derive(Debug, Default, Serialize)]
pub struct Reconciled {
    /// How many sales were checked.
    pub checked: u64,
    /// How many of them were repaired.
    pub repaired: u64,
    /// The sales that could not be repaired.
    pub unrepairable: Vec<Unrepairable>,
    /// The sales whose buyers may be without the mail with their link. Each was an error in the log
    /// before, and is listed on every run until the author mails the link again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub undelivered: Vec<Unrepairable>,
    /// Whether the run ended before the end of the lists, for lack of time. Another run does the
    /// rest.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub remaining: bool,
}

/// A sale that could not be repaired. It is named without its session's id, which would lead to the
/// private link.
#[derive(Debug, Serialize)]
pub struct Unrepairable {
    /// The first eight digits of its purchase's id, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purchase: Option<String>,
    /// Stripe's payment, `pi_…`, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment: Option<String>,
    /// Why it could not be repaired.
    pub why: String,
}
