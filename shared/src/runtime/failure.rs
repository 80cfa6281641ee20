//! What we must mend.

use std::fmt;

/// What we must mend: which step failed, and what the service said of it.
///
/// It is logged once, where the request is answered, so neither text holds an address, a link or
/// a key.
#[derive(Debug)]
pub struct Failure {
    step: &'static str,
    cause: String,
}

impl Failure {
    /// A step ("Failed to record the purchase") and what the service said.
    #[must_use]
    pub fn new(step: &'static str, cause: impl Into<String>) -> Self {
        Self {
            step,
            cause: cause.into(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.step, self.cause)
    }
}

impl std::error::Error for Failure {}
