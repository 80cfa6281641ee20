//! A sale of long ago: what there is of it moves into the past.

use super::error::ApiError;
use super::ledger::{Ledger, found, found_mut};
use super::model::Session;
use super::table::{Row, Table};

/// Makes a session, and everything that came of it so far, older by so many seconds.
pub(super) fn age(ledger: &mut Ledger, id: &str, seconds: i64) -> Result<Session, ApiError> {
    let session = found_mut(ledger.sessions.get_mut(id), id)?;
    session.created -= seconds;
    session.expires_at -= seconds;
    let intent = session.payment_intent.clone();
    let is_of_sale = |object: &serde_json::Value| {
        object["id"] == id
            || intent
                .as_deref()
                .is_some_and(|intent| object["id"] == intent || object["payment_intent"] == intent)
    };
    let is_intent = |other: &str| intent.as_deref() == Some(other);
    change(
        &mut ledger.payment_intents,
        |row| is_intent(&row.id),
        |row| row.created -= seconds,
    );
    change(
        &mut ledger.charges,
        |row| is_intent(&row.payment_intent),
        |row| row.created -= seconds,
    );
    change(
        &mut ledger.refunds,
        |row| is_intent(&row.payment_intent),
        |row| row.created -= seconds,
    );
    change(
        &mut ledger.disputes,
        |row| is_intent(&row.payment_intent),
        |row| row.created -= seconds,
    );
    change(
        &mut ledger.events,
        |row| is_of_sale(&row.object),
        |row| row.created -= seconds,
    );
    found(ledger.sessions.get(id), id).cloned()
}

fn change<T: Row>(table: &mut Table<T>, is_wanted: impl Fn(&T) -> bool, act: impl Fn(&mut T)) {
    let wanted = table.newest_first().filter(|row| is_wanted(row));
    let wanted: Vec<_> = wanted.map(|row| row.id().to_owned()).collect();
    for id in wanted {
        if let Some(row) = table.get_mut(&id) {
            act(row);
        }
    }
}
