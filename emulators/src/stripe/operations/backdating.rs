//! Moves a sale into the past, so that tests have old sales.

use crate::stripe::database::{Row, Session, Table, Tables, found, found_mut};
use crate::stripe::error::ApiError;

/// Moves a session and everything that it led to into the past by so many seconds.
pub(crate) fn backdate(tables: &mut Tables, id: &str, seconds: i64) -> Result<Session, ApiError> {
    let session = found_mut(tables.sessions.get_mut(id), id)?;
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
        &mut tables.payment_intents,
        |row| is_intent(&row.id),
        |row| row.created -= seconds,
    );
    change(
        &mut tables.charges,
        |row| is_intent(&row.payment_intent),
        |row| row.created -= seconds,
    );
    change(
        &mut tables.refunds,
        |row| is_intent(&row.payment_intent),
        |row| row.created -= seconds,
    );
    change(
        &mut tables.disputes,
        |row| is_intent(&row.payment_intent),
        |row| row.created -= seconds,
    );
    change(
        &mut tables.invoices,
        |row| row.session == id,
        |row| row.created -= seconds,
    );
    let invoices = tables.invoices.newest_first();
    let invoices = invoices.filter(|row| row.session == id);
    let invoices: Vec<_> = invoices.map(|row| row.id.clone()).collect();
    change(
        &mut tables.credit_notes,
        |row| invoices.contains(&row.invoice),
        |row| row.created -= seconds,
    );
    change(
        &mut tables.events,
        |row| is_of_sale(&row.object),
        |row| row.created -= seconds,
    );
    found(tables.sessions.get(id), id).cloned()
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
