//! What can go wrong: the caller can mend it ([`Refusal`]), or we must ([`Failure`]).

use crate::{
    domain::{product::Format, purchase::Closed},
    runtime::failure::Failure,
};

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

impl From<Closed> for Error {
    fn from(closed: Closed) -> Self {
        Self::Refused(Refusal::Closed(closed))
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// What a buyer, or their browser, can mend. What it says to them is in [`crate::web::pages`].
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
    /// The purchase does not give its book.
    Closed(Closed),
    /// A webhook that Stripe did not sign, or not within the last five minutes.
    BadSignature,
}
