//! Invocations by the author or a schedule: their time and their errors.

use std::fmt;

use lambda_http::{Context, lambda_runtime::Diagnostic};

use crate::{
    domain::{request_id::RequestId, timestamp::Timestamp},
    runtime::failure::Failure,
};

/// One invocation of a function that may run until shortly before its deadline.
pub struct Invocation<Clock> {
    /// Its unique id.
    pub id: RequestId,
    /// When it began.
    pub began: Timestamp,
    /// When Lambda stops the function, which must end before.
    pub deadline: Timestamp,
    /// Returns the current time.
    pub clock: Clock,
}

impl<Clock: Fn() -> Timestamp> Invocation<Clock> {
    /// An invocation that begins now, with the id and the deadline of Lambda's context.
    pub fn new(context: Context, clock: Clock) -> Self {
        Self {
            id: RequestId(context.request_id),
            began: clock(),
            deadline: Timestamp::from_unix_millis(context.deadline),
            clock,
        }
    }
}

/// Why an event was not carried out. Its `Display` is the answer to the author.
pub enum EventError {
    /// The event is wrong, and the author can mend it. Nothing was changed.
    Wrong {
        /// What is wrong, a sentence for each field, with the field's name.
        problems: Vec<String>,
        /// A right event, as JSON.
        example: &'static str,
    },
    /// Somebody else changed what the event was about, between reading and writing it. Nothing was
    /// changed.
    Conflict,
    /// A step failed before anything was changed.
    Unchanged(Failure),
    /// A step failed after something may have been changed. The same event can be sent again: it
    /// finds what was done and does the rest.
    Failed(Failure),
}

impl EventError {
    /// Turns [`Failed`](Self::Failed) into [`Unchanged`](Self::Unchanged), for a step that changes
    /// nothing and comes before any change.
    #[must_use]
    pub fn before_any_change(self) -> Self {
        match self {
            Self::Failed(failure) => Self::Unchanged(failure),
            error => error,
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
            Self::Conflict => formatter.write_str(
                "Somebody else changed the catalogue meanwhile; nothing was changed. See with \
                 `dry_run` what the event would change now, and send it again.",
            ),
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

/// Writes the text of `Display` without the example. Lambda's runtime logs an error's `Debug`, and
/// the example is a file of `events/`, where the author may have put a buyer's address.
impl fmt::Debug for EventError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong { problems, .. } => {
                write!(formatter, "Nothing was changed. {}", problems.join(". "))
            }
            Self::Conflict | Self::Unchanged(_) | Self::Failed(_) => {
                fmt::Display::fmt(self, formatter)
            }
        }
    }
}

impl std::error::Error for EventError {}

impl From<EventError> for Diagnostic {
    fn from(error: EventError) -> Self {
        let error_type = match error {
            EventError::Wrong { .. } => "WrongEvent",
            EventError::Conflict => "Conflict",
            EventError::Unchanged(_) | EventError::Failed(_) => "Failed",
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: error.to_string(),
        }
    }
}
