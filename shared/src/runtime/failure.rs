//! The failure of a step that the author has to deal with, and not the caller.

use std::fmt;

/// A step that failed through no fault of the caller. It holds the step, the kind of failure, and
/// what the service said.
///
/// It is logged once, where the request or the event is answered. So neither the step nor the cause
/// may contain an address, a link or a key.
#[derive(Clone, Debug)]
pub struct Failure {
    step: &'static str,
    kind: FailureKind,
    cause: String,
}

/// The kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// It is unknown whether the service did the step: no answer came in time, the connection
    /// broke, or the answer was unreadable. Repeat the step only if a repetition changes nothing,
    /// or ask the service for its state.
    UnknownOutcome,
    /// The service, or the shop's own data, does not allow the step. It certainly was not done, and
    /// a repetition fails until something is corrected.
    Refused,
    /// The service did not do the step now, and may do it later: it is throttling, or cannot be
    /// reached.
    Unavailable,
}

impl Failure {
    /// Makes the failure of a step (`"Failed to record the purchase"`) with an unknown outcome.
    #[must_use]
    pub fn unknown_outcome(step: &'static str, cause: impl Into<String>) -> Self {
        Self::new(step, FailureKind::UnknownOutcome, cause)
    }

    /// Makes the failure of a step that is not possible until something is corrected.
    #[must_use]
    pub fn refused(step: &'static str, cause: impl Into<String>) -> Self {
        Self::new(step, FailureKind::Refused, cause)
    }

    /// Makes the failure of a step that was not done, and may be possible later.
    #[must_use]
    pub fn unavailable(step: &'static str, cause: impl Into<String>) -> Self {
        Self::new(step, FailureKind::Unavailable, cause)
    }

    /// Makes the failure of a step, of the given kind.
    #[must_use]
    pub fn new(step: &'static str, kind: FailureKind, cause: impl Into<String>) -> Self {
        Self {
            step,
            kind,
            cause: cause.into(),
        }
    }

    /// Adds what the author does about it.
    #[must_use]
    pub fn with_remedy(self, remedy: &str) -> Self {
        Self {
            cause: format!("{}; {remedy}", self.cause),
            ..self
        }
    }

    /// Returns what the service said, without the step.
    #[must_use]
    pub fn cause(&self) -> &str {
        &self.cause
    }

    /// Returns the kind of failure.
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
