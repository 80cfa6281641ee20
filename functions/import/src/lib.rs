//! `import` brings purchases into the shop that were made on other platforms, a batch at a time. The
//! author invokes it. It sends no mail.
//!
//! A purchase has the id that the shop's secret makes of its book and address. So the same batch again
//! adds nothing, two batches at once make each purchase once, and a batch that was cut off is sent
//! again and goes on where it stopped. [`bookstall::domain::import_revision`] says what a row changes
//! in a purchase that is there.

mod copies;
pub mod event;
mod shop;

use std::{iter::Sum, ops::Add};

use bookstall::{
    domain::{import::ImportSecret, timestamp::Timestamp},
    runtime::{
        invocation::EventError,
        timeouts::{IMPORT, with_timeout},
    },
};
use lambda_http::tracing;
use serde::Serialize;
use serde_json::Value;

use event::Refused;
pub use shop::Shop;

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

/// Imports the purchases of the event, and answers what became of them. With `dry_run` in the event,
/// only answers. `new_secret` becomes the shop's secret if it has none.
///
/// While DynamoDB is busy, what it refused is tried again until the time is over. The error then says
/// that the event can be sent again: what was imported stays, and is not imported twice.
pub async fn handle(
    shop: &Shop,
    event: Value,
    new_secret: ImportSecret,
    now: Timestamp,
) -> Result<Imported, EventError> {
    let batch = event::read(&event, now.date())?;
    let dry_run = batch.dry_run;
    let import = copies::import(shop, batch, new_secret, now);
    let imported = with_timeout(IMPORT, "Failed to import all of the batch in time", import);
    let imported = imported.await.map_err(|failure| match dry_run {
        true => EventError::Unchanged(failure),
        false => EventError::Failed(failure),
    })?;
    let Counts {
        added,
        changed,
        unchanged,
        sold_here,
        closed,
        erased,
    } = imported.counts;
    let refused = imported.refused.len();
    tracing::info!(
        dry_run,
        added,
        changed,
        unchanged,
        sold_here,
        closed,
        erased,
        refused,
        "purchases imported"
    );
    Ok(imported)
}
