//! The answer to an event.

use std::collections::BTreeSet;

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
    /// The places in the event, from 0, of the purchases whose buyers an update is mailed to.
    pub mailed: BTreeSet<usize>,
    /// The purchases that cannot be imported.
    pub refused: Vec<Refused>,
    /// The books of the catalogue, if some purchases are refused because theirs is none of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub books: Option<Vec<String>>,
}

/// What became of a purchase of the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was imported for the first time.
    Added,
    /// It was imported before, and the event corrected something.
    Changed,
    /// It was imported before, or was taken back before it could be.
    Unchanged,
    /// The shop itself has sold the whole book to the address.
    SoldHere,
    /// It was imported before, and the platform has taken it back.
    Closed,
    /// The buyer's data was erased, and stays so.
    Erased,
}

/// How many purchases of an event became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// [`Fate::Added`].
    pub added: u64,
    /// [`Fate::Changed`].
    pub changed: u64,
    /// [`Fate::Unchanged`].
    pub unchanged: u64,
    /// [`Fate::SoldHere`].
    pub sold_here: u64,
    /// [`Fate::Closed`].
    pub closed: u64,
    /// [`Fate::Erased`].
    pub erased: u64,
}

impl<'a> FromIterator<&'a Fate> for Counts {
    fn from_iter<I: IntoIterator<Item = &'a Fate>>(fates: I) -> Self {
        let mut counts = Self::default();
        for fate in fates {
            *match fate {
                Fate::Added => &mut counts.added,
                Fate::Changed => &mut counts.changed,
                Fate::Unchanged => &mut counts.unchanged,
                Fate::SoldHere => &mut counts.sold_here,
                Fate::Closed => &mut counts.closed,
                Fate::Erased => &mut counts.erased,
            } += 1;
        }
        counts
    }
}
