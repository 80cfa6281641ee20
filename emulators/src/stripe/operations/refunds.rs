//! Refunds payments.

use serde_json::json;

use super::events;
use crate::stripe::database::{
    Charge, ChargeStatus, Metadata, Refund, RefundStatus, Tables, found, found_mut,
};
use crate::stripe::error::ApiError;
use crate::stripe::expansion::Expansion;
use crate::stripe::identifiers::identifier;
use crate::stripe::json;

/// A request to refund a payment intent or a charge.
#[derive(Debug, Default)]
pub(crate) struct RefundRequest {
    pub(crate) payment_intent: Option<String>,
    pub(crate) charge: Option<String>,
    /// In minor units; all that is left if `None`.
    pub(crate) amount: Option<i64>,
    pub(crate) reason: Option<String>,
    pub(crate) metadata: Metadata,
}

/// Refunds all or a part of a charge.
pub(crate) fn create(
    tables: &mut Tables,
    request: RefundRequest,
    now: i64,
) -> Result<Refund, ApiError> {
    let id = charge_to_refund(tables, &request)?;
    let is_contested = tables
        .disputes
        .newest_first()
        .any(|dispute| dispute.charge == id && dispute.status.holds_the_money());
    let charge = found_mut(tables.charges.get_mut(&id), &id)?;
    let amount = amount_to_refund(charge, is_contested, request.amount)?;
    let previous = json!({
        "amount_refunded": charge.amount_refunded,
        "refunded": false,
    });
    charge.amount_refunded += amount;
    let refund = Refund {
        id: identifier("re"),
        created: now,
        charge: charge.id.clone(),
        payment_intent: charge.payment_intent.clone(),
        amount,
        currency: charge.currency.clone(),
        reason: request.reason,
        metadata: request.metadata,
        status: charge.method.first_refund_status(),
    };
    tables.refunds.put(refund.clone());
    let charge = found(tables.charges.get(&id), &id)?;
    let object = json::charge(tables, charge, &Expansion::default());
    events::record_update(tables, now, "charge.refunded", object, Some(previous));
    let object = json::refund(tables, &refund, &Expansion::default());
    events::record(tables, now, "refund.created", object);
    Ok(refund)
}

/// Changes what became of a refund, as the bank would, perhaps days later. Where it is undone, the
/// charge has so much less given back.
pub(crate) fn update(
    tables: &mut Tables,
    id: &str,
    status: RefundStatus,
    now: i64,
) -> Result<Refund, ApiError> {
    let refund = found_mut(tables.refunds.get_mut(id), id)?;
    if refund.status.is_undone() {
        return Err(ApiError::invalid_request(
            "resource_invalid_state",
            "This refund has come to its end.",
        ));
    }
    refund.status = status;
    let refund = refund.clone();
    if status.is_undone() {
        let charge = found_mut(tables.charges.get_mut(&refund.charge), &refund.charge)?;
        charge.amount_refunded -= refund.amount;
    }
    let object = json::refund(tables, &refund, &Expansion::default());
    for kind in ["refund.updated", "charge.refund.updated"] {
        events::record(tables, now, kind, object.clone());
    }
    if status == RefundStatus::Failed {
        events::record(tables, now, "refund.failed", object);
    }
    Ok(refund)
}

fn charge_to_refund(tables: &Tables, request: &RefundRequest) -> Result<String, ApiError> {
    match (&request.charge, &request.payment_intent) {
        (Some(charge), None) if tables.charges.get(charge).is_none() => {
            Err(ApiError::resource_missing("charge", "charge", charge))
        }
        (Some(charge), None) => Ok(charge.clone()),
        (None, Some(payment_intent)) => tables.latest_charge(payment_intent).map(str::to_owned),
        _ => Err(ApiError::parameter(
            "parameter_missing",
            "payment_intent",
            "One, and only one, of the following params should be provided for this request: \
             payment_intent or charge.",
        )),
    }
}

fn amount_to_refund(
    charge: &Charge,
    is_contested: bool,
    amount: Option<i64>,
) -> Result<i64, ApiError> {
    let refuse = |code, message: String| Err(ApiError::invalid_request(code, message));
    let id = &charge.id;
    let left = charge.amount - charge.amount_refunded;
    if charge.status != ChargeStatus::Succeeded {
        let message = format!("Charge {id} has not succeeded and cannot be refunded.");
        return refuse("charge_not_refundable", message);
    }
    if is_contested {
        let message = format!("Charge {id} has been charged back; cannot issue a refund.");
        return refuse("charge_disputed", message);
    }
    if left == 0 {
        let message = format!("Charge {id} has already been refunded.");
        return refuse("charge_already_refunded", message);
    }
    match amount.unwrap_or(left) {
        amount if amount < 1 => Err(ApiError::parameter(
            "parameter_invalid_integer",
            "amount",
            "This value must be greater than or equal to 1.",
        )),
        amount if amount > left => Err(ApiError::invalid_request(
            "amount_too_large",
            format!(
                "Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
            ),
        )
        .with("param", "amount")),
        amount => Ok(amount),
    }
}
