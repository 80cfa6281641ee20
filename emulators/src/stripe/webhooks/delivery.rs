//! The record of one attempt to send a webhook.

use serde::Serialize;

/// One attempt to send an event, and its outcome.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Delivery {
    /// The event's id.
    pub(crate) event: String,
    /// The event's type, such as `charge.refunded`.
    pub(crate) kind: String,
    /// The id of the endpoint, `we_…`, or `first` for the one that the emulator was opened with.
    pub(crate) endpoint: String,
    /// When the attempt ended, in seconds since the epoch.
    pub(crate) at: i64,
    pub(crate) outcome: DeliveryOutcome,
}

/// The outcome of one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryOutcome {
    /// The shop answered.
    Answered { status: u16, body: String },
    /// The shop did not answer.
    NoAnswer { reason: String },
    /// A fault kept the event from being sent.
    Dropped,
}

impl DeliveryOutcome {
    /// Returns whether the shop accepted the event with a 2xx.
    pub(super) fn is_success(&self) -> bool {
        matches!(
            self,
            Self::Answered {
                status: 200..=299,
                ..
            }
        )
    }
}
