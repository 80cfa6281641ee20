//! The answer to an event.

use std::{iter::Sum, ops::Add};

use serde::Serialize;

use crate::event::Refused;

/// The answer: what became of the purchases of the event. The numbers and the refused ones add up to
/// all of them.
#[derive(Debug, Serialize)]
pub struct Imported {
    /// Whether nothing was written. The numbers say what would be.
    pub dry_run: bool,
    /// What became of the purchases that are not refused.
    #[serde(flatten)]
    pub counts: Counts,
    /// The purchases that cannot be imported.
    pub refused: Vec<Refused>,
}

/// How many purchases of an event became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// They were imported for the first time.
    pub added: u64,
    /// They were imported before, and the event corrected something.
    pub changed: u64,
    /// They were imported before, or were taken back before they could be.
    pub unchanged: u64,
    /// The shop itself has sold the whole book to the address.
    pub sold_here: u64,
    /// They were imported before, and the platform has taken them back.
    pub closed: u64,
    /// The buyer's data was erased, and stays so.
    pub erased: u64,
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            added: self.added + other.added,
            changed: self.changed + other.changed,
            unchanged: self.unchanged + other.unchanged,
            sold_here: self.sold_here + other.sold_here,
            closed: self.closed + other.closed,
            erased: self.erased + other.erased,
        }
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), Add::add)
    }
}
