//! What the shop itself must mend.

use std::fmt;

/// A step that failed through no fault of the caller: which step, what kind of failure, and what
/// the service said.
///
/// It is logged once, where the request or the event is answered. So neither text may hold an
/// address, a link or a key.
#[derive(Debug)]
pub struct Failure {
    step: &'static str,
    kind: FailureKind,
    cause: String,
}

/// What is known about a failed step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// Nobody knows whether the service did what it was asked: no answer came in time, the
    /// connection broke, or the answer was unreadable. Only a repetition that changes nothing, or
    /// a question, can tell.
    UnknownOutcome,
    /// The service, or the shop's own data, does not allow the step. It certainly was not done,
    /// and repeating it does not help until somebody mends something.
    Refused,
    /// The service did not do it now, and may do it later: it is throttling, or cannot be reached.
    Unavailable,
}

impl Failure {
    /// A step (`"Failed to record the purchase"`) whose outcome nobody knows.
    #[must_use]
    pub fn unknown_outcome(step: &'static str, cause: impl Into<String>) -> Self {
        Self::new(step, FailureKind::UnknownOutcome, cause)
    }

    /// A step that is not possible until something is mended.
    #[must_use]
    pub fn refused(step: &'static str, cause: impl Into<String>) -> Self {
        Self::new(step, FailureKind::Refused, cause)
    }

    /// A step that was not done, and may be possible later.
    #[must_use]
    pub fn unavailable(step: &'static str, cause: impl Into<String>) -> Self {
        Self::new(step, FailureKind::Unavailable, cause)
    }

    /// A step that failed in the given way.
    #[must_use]
    pub fn new(step: &'static str, kind: FailureKind, cause: impl Into<String>) -> Self {
        Self {
            step,
            kind,
            cause: cause.into(),
        }
    }

    /// What the service said, without the step.
    #[must_use]
    pub fn cause(&self) -> &str {
        &self.cause
    }

    /// What is known about it.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        self.kind
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            FailureKind::UnknownOutcome => "outcome unknown: ",
            FailureKind::Refused | FailureKind::Unavailable => "",
        };
        write!(formatter, "{}: {kind}{}", self.step, self.cause)
    }
}

impl std::error::Error for Failure {}
