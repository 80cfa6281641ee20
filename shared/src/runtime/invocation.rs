//! Invocations by the author or a schedule: their time, their answers and their errors.

use std::fmt;

use lambda_http::{Context, lambda_runtime::Diagnostic, tracing};
use serde::Serialize;

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
    /// Returns the word by which programs tell errors apart.
    fn kind(&self) -> &'static str {
        match self {
            Self::Wrong { .. } => "WrongEvent",
            Self::Conflict => "Conflict",
            Self::Unchanged(_) | Self::Failed(_) => "Failed",
        }
    }

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
        Self {
            error_type: error.kind().to_owned(),
            error_message: error.to_string(),
        }
    }
}

/// What a function answers to an event.
///
/// A refused event is an answer. It is no error of the function, because Lambda counts errors and the
/// function's alarm rings for one, while whoever sent the event reads at once what is wrong with it. The
/// state machine that pushes an update, to which nobody listens, fails at a refusal and rings itself.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Answer<T> {
    /// The event was carried out.
    Done(T),
    /// The event was refused, and nothing was changed.
    Refused(Refusal),
}

/// A refused event, with the fields that Lambda gives to a function's error
/// (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-invokeerror>).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Refusal {
    /// `WrongEvent` or `Conflict`.
    error_type: &'static str,
    /// What is wrong, in sentences for the author.
    error_message: String,
}

/// Hides the message, which shows an example of the author's own.
impl fmt::Debug for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Refusal({})", self.error_type)
    }
}

impl<T> Answer<T> {
    /// Makes the answer of a handled event, and logs a refusal. What failed stays an error.
    pub fn of(handled: Result<T, EventError>) -> Result<Self, EventError> {
        match handled {
            Ok(done) => Ok(Self::Done(done)),
            Err(error @ (EventError::Wrong { .. } | EventError::Conflict)) => {
                tracing::info!("the event was refused: {error:?}");
                Ok(Self::Refused(Refusal {
                    error_type: error.kind(),
                    error_message: error.to_string(),
                }))
            }
            Err(failed @ (EventError::Unchanged(_) | EventError::Failed(_))) => Err(failed),
        }
    }
}
