//! Opens and closes disputes.

use super::events;
use crate::stripe::database::{ChargeStatus, Dispute, DisputeStatus, Tables, found, found_mut};
use crate::stripe::error::ApiError;
use crate::stripe::expansion::Expansion;
use crate::stripe::identifiers::identifier;
use crate::stripe::json;

const DAY: i64 = 24 * 60 * 60;

/// What the holder of the card says, and how the bank takes it.
pub(crate) struct NewDispute {
    /// So many minor units of the payment, or all that is left.
    pub(crate) amount: Option<i64>,
    pub(crate) reason: String,
    pub(crate) status: DisputeStatus,
}

impl Default for NewDispute {
    fn default() -> Self {
        Self {
            amount: None,
            reason: "fraudulent".to_owned(),
            status: DisputeStatus::NeedsResponse,
        }
    }
}

/// Disputes a payment, as the holder of the card would.
pub(crate) fn open(
    tables: &mut Tables,
    payment_intent: &str,
    new: NewDispute,
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
        amount: new.amount.unwrap_or(left).min(left),
        currency: charge.currency.clone(),
        reason: new.reason,
        status: new.status,
        due_by: due_by(new.status, now),
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
    if status.wants_evidence() {
        dispute.due_by = due_by(status, now);
    }
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

/// Returns the end of the seventh day from now, or 0 if the bank takes no evidence.
fn due_by(status: DisputeStatus, now: i64) -> i64 {
    if status.wants_evidence() {
        (now / DAY + 8) * DAY - 1
    } else {
        0
    }
}

fn record(tables: &mut Tables, dispute: &Dispute, kind: &str, now: i64) {
    let object = json::dispute(tables, dispute, &Expansion::default());
    events::record(tables, now, kind, object);
}
