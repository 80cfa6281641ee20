//! The author's edge: an event, and what its function answers.

use std::fmt;

use lambda_http::{Context, lambda_runtime::Diagnostic};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    domain::{request_id::RequestId, timestamp::Timestamp},
    runtime::{failure::Failure, log::without_secrets},
};

/// One invocation of a function that can need all the time it has.
pub struct Invocation<Clock> {
    /// Its id, which no other has.
    pub id: RequestId,
    /// When it began.
    pub began: Timestamp,
    /// When Lambda stops it; it ends by itself well before.
    pub deadline: Timestamp,
    /// What time it is.
    pub clock: Clock,
}

impl<Clock: Fn() -> Timestamp> Invocation<Clock> {
    /// An invocation that begins now, as Lambda describes it.
    pub fn new(context: Context, clock: Clock) -> Self {
        Self {
            id: RequestId(context.request_id),
            began: clock(),
            deadline: Timestamp::from_unix_millis(context.deadline),
            clock,
        }
    }
}

/// Why an event was not carried out. Nothing has changed, unless it says otherwise.
pub enum EventError {
    /// The event is wrong; here is why, each with the field's name, and what a right one is.
    Wrong {
        /// What is wrong with it.
        problems: Vec<String>,
        /// A right event, as JSON.
        example: &'static str,
    },
    /// We must mend something, and nothing was changed before it failed.
    Unchanged(Failure),
    /// We must mend something. What was changed before, the same event finds when it is sent again.
    Failed(Failure),
}

impl EventError {
    /// The same, of a step before which and by which nothing is changed.
    #[must_use]
    pub fn before_any_change(self) -> Self {
        match self {
            Self::Failed(failure) => Self::Unchanged(failure),
            told => told,
        }
    }
}

impl From<Failure> for EventError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl fmt::Display for EventError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong { problems, example } => {
                write!(
                    formatter,
                    "Nothing was changed. {}. A right event: {}",
                    problems.join(". "),
                    example.trim()
                )
            }
            Self::Unchanged(failure) => write!(
                formatter,
                "Nothing was changed. {failure}. It is safe to send the same event again."
            ),
            Self::Failed(failure) => write!(
                formatter,
                "{failure}. It is safe to send the same event again."
            ),
        }
    }
}

/// The same words without the right event: Lambda's runtime writes an error's `Debug` to the log,
/// and the example is a file of `events/`, where the author may have put a buyer's address.
impl fmt::Debug for EventError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong { problems, .. } => {
                write!(formatter, "Nothing was changed. {}", problems.join(". "))
            }
            Self::Unchanged(_) | Self::Failed(_) => fmt::Display::fmt(self, formatter),
        }
    }
}

impl std::error::Error for EventError {}

impl From<EventError> for Diagnostic {
    fn from(error: EventError) -> Self {
        let error_type = match error {
            EventError::Wrong { .. } => "WrongEvent",
            EventError::Unchanged(_) | EventError::Failed(_) => "Failed",
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: error.to_string(),
        }
    }
}

/// Reads an event, or names the field that is missing, unknown or of the wrong kind. What it says
/// of it is logged, too, so that no address is quoted.
pub fn read_event<T: DeserializeOwned>(
    event: Value,
    example: &'static str,
) -> Result<T, EventError> {
    serde_path_to_error::deserialize(event).map_err(|error| {
        let path = error.path().to_string();
        let problem = match path.as_str() {
            "." => error.inner().to_string(),
            path => format!("`{path}`: {}", error.inner()),
        };
        EventError::Wrong {
            problems: vec![without_secrets(&problem)],
            example,
        }
    })
}
