//! The result of one run.

use serde::Serialize;

/// The result of one run.
#[derive(Debug, Default, Serialize)]
pub struct Reconciled {
    /// The number of sales that the run checked.
    pub checked: u64,
    /// The number of sales that the run repaired.
    pub repaired: u64,
    /// The sales that could not be repaired.
    pub unrepairable: Vec<Unrepairable>,
    /// The sales whose buyers may not have got the mail with their link. The log has an error for
    /// each. Every run lists them until the author mails the link again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub undelivered: Vec<Unrepairable>,
    /// Whether the run was out of time before the end of the lists. Another run does the rest.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub remaining: bool,
}

/// A sale that could not be repaired. It does not contain the id of the session, which would lead
/// to the private link.
#[derive(Debug, Serialize)]
pub struct Unrepairable {
    /// The first eight digits of the purchase's id; absent if the purchase is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purchase: Option<String>,
    /// The id of Stripe's payment, `pi_…`; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment: Option<String>,
    /// The reason why the sale could not be repaired.
    pub why: String,
}
