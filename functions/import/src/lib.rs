//! `import` brings purchases into the shop that were made on other platforms, a batch at a time. The
//! author invokes it. It sends no mail.
//!
//! A purchase has the id that the shop's secret makes of its book and address. So the same batch again
//! adds nothing, two batches at once make each purchase once, and a batch that was cut off is sent
//! again and goes on where it stopped. [`bookstall::domain::import_revision`] says what a row changes
//! in a purchase that is there.

pub mod event;
mod outcome;
mod row_groups;
mod shop;

use bookstall::{
    domain::{import::ImportSecret, timestamp::Timestamp},
    runtime::{
        invocation::EventError,
        timeouts::{IMPORT, with_timeout},
    },
};
use lambda_http::tracing;
use serde_json::Value;

pub use outcome::{Counts, Fate, Imported};
pub use shop::Shop;

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
    let import = row_groups::import(shop, batch, new_secret, now);
    let imported = with_timeout(IMPORT, "Failed to import all of the batch in time", import);
    let imported = imported.await.map_err(|failure| {
        if dry_run {
            EventError::Unchanged(failure)
        } else {
            EventError::Failed(failure)
        }
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
