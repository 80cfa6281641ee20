//! What can go wrong: the caller can mend it ([`Refusal`]), or we must ([`Failure`]).

use std::fmt;

use crate::product::Format;

/// Why a step of the sale did not happen.
#[derive(Debug)]
pub enum Error {
    /// The caller can do something about it.
    Refused(Refusal),
    /// We must do something about it.
    Failed(Failure),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// What a buyer, or their browser, can mend. What it says to them is in [`crate::pages`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// An unknown, malformed or foreign link: all look the same from outside.
    NoSuchPage,
    /// The form named a product that is not in the catalogue.
    NoSuchProduct,
    /// The product is not sold any more.
    NotForSale,
    /// A field of the form is missing or malformed.
    BadField {
        /// The field's name in the form.
        field: &'static str,
        /// What it should have been, in words that end the sentence "The field should be …".
        expected: &'static str,
    },
    /// The body is neither a form nor a JSON object of texts.
    UnreadableBody,
    /// The body is larger than any form of ours.
    BodyTooLarge,
    /// The address is right and the method is not.
    MethodNotAllowed,
    /// The book is not there in this format.
    NoSuchFormat {
        /// What was asked for.
        asked: Format,
        /// What there is.
        offered: Vec<Format>,
    },
    /// All downloads of this purchase are taken.
    NoDownloadsLeft,
    /// The purchase was refunded in full.
    Refunded,
    /// A dispute holds the purchase.
    Suspended,
    /// A webhook that Stripe did not sign, or not within the last five minutes.
    BadSignature,
}

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
