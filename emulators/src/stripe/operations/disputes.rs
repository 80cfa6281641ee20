//! Opens and closes disputes.

use super::events;
use crate::stripe::database::{ChargeStatus, Dispute, DisputeStatus, Tables, found, found_mut};
use crate::stripe::error::ApiError;
use crate::stripe::expansion::Expansion;
use crate::stripe::identifiers::identifier;
use crate::stripe::json;

/// Disputes a payment, as the holder of the card would: so many minor units of it, or all that is
/// left.
pub(crate) fn open(
    tables: &mut Tables,
    payment_intent: &str,
    amount: Option<i64>,
    now: i64,
) -> Result<Dispute, ApiError> {
    let charge = tables.latest_charge(payment_intent)?.to_owned();
    let charge = found_mut(tables.charges.get_mut(&charge), &charge)?;
    let left = charge.amount - charge.amount_refunded;
    if charge.status != ChargeStatus::Succeeded || charge.disputed || left == 0 {
        return Err(ApiError::invalid_request(
            "charge_not_disputable",
            "Only a payment that succeeded, was not refunded in full and was not disputed before \
             can be disputed.",
        ));
    }
    charge.disputed = true;
    let dispute = Dispute {
        id: identifier("du"),
        created: now,
        charge: charge.id.clone(),
        payment_intent: charge.payment_intent.clone(),
        amount: amount.unwrap_or(left).min(left),
        currency: charge.currency.clone(),
        reason: "fraudulent".to_owned(),
        status: DisputeStatus::NeedsResponse,
    };
    tables.disputes.put(dispute.clone());
    record(tables, &dispute, "charge.dispute.created", now);
    Ok(dispute)
}

/// Changes a dispute, as the bank of the card or the seller would. What is closed can be appealed.
pub(crate) fn update(
    tables: &mut Tables,
    id: &str,
    status: DisputeStatus,
    now: i64,
) -> Result<Dispute, ApiError> {
    let dispute = found_mut(tables.disputes.get_mut(id), id)?;
    dispute.status = status;
    let dispute = dispute.clone();
    let kind = if status.is_closed() {
        "charge.dispute.closed"
    } else {
        "charge.dispute.updated"
    };
    record(tables, &dispute, kind, now);
    Ok(dispute)
}

/// Closes a dispute, as the bank of the card would.
pub(crate) fn close(
    tables: &mut Tables,
    id: &str,
    is_won: bool,
    now: i64,
) -> Result<Dispute, ApiError> {
    let dispute = found(tables.disputes.get(id), id)?;
    if dispute.status.is_closed() {
        return Err(ApiError::invalid_request(
            "resource_invalid_state",
            "This dispute is already closed.",
        ));
    }
    let status = if is_won {
        DisputeStatus::Won
    } else {
        DisputeStatus::Lost
    };
    update(tables, id, status, now)
}

fn record(tables: &mut Tables, dispute: &Dispute, kind: &str, now: i64) {
    let object = json::dispute(tables, dispute, &Expansion::default());
    events::record(tables, now, kind, object);
}
