//! What happens to a payment after it was made: refunds and disputes.

use serde_json::json;

use super::answers;
use super::error::ApiError;
use super::expansion::Expansion;
use super::identifiers::identifier;
use super::ledger::{Ledger, found, found_mut};
use super::model::{Charge, ChargeStatus, Dispute, DisputeStatus, Metadata, Refund};

/// What the shop asks to be paid back.
#[derive(Debug, Default)]
pub(super) struct RefundRequest {
    pub(super) payment_intent: Option<String>,
    pub(super) charge: Option<String>,
    /// All that is left, if not said.
    pub(super) amount: Option<i64>,
    pub(super) reason: Option<String>,
    pub(super) metadata: Metadata,
}

/// Pays back all or a part of a charge.
pub(super) fn refund(
    ledger: &mut Ledger,
    request: RefundRequest,
    now: i64,
) -> Result<Refund, ApiError> {
    let id = charge_to_refund(ledger, &request)?;
    let is_contested = ledger
        .disputes
        .newest_first()
        .any(|dispute| dispute.charge == id && dispute.status != DisputeStatus::Won);
    let charge = found_mut(ledger.charges.get_mut(&id), &id)?;
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
    };
    ledger.refunds.put(refund.clone());
    let charge = found(ledger.charges.get(&id), &id)?;
    let object = answers::charge(ledger, charge, &Expansion::default());
    ledger.record_change(now, "charge.refunded", object, Some(previous));
    let object = answers::refund(ledger, &refund, &Expansion::default());
    ledger.record_event(now, "refund.created", object);
    Ok(refund)
}

/// The holder of the card disputes a payment.
pub(super) fn dispute(
    ledger: &mut Ledger,
    payment_intent: &str,
    now: i64,
) -> Result<Dispute, ApiError> {
    let charge = latest_charge(ledger, payment_intent)?;
    let charge = found_mut(ledger.charges.get_mut(&charge), &charge)?;
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
        amount: left,
        currency: charge.currency.clone(),
        reason: "fraudulent".to_owned(),
        status: DisputeStatus::NeedsResponse,
    };
    ledger.disputes.put(dispute.clone());
    record(ledger, &dispute, "charge.dispute.created", now);
    Ok(dispute)
}

/// The card's bank decides a dispute.
pub(super) fn close_dispute(
    ledger: &mut Ledger,
    id: &str,
    is_won: bool,
    now: i64,
) -> Result<Dispute, ApiError> {
    let dispute = found_mut(ledger.disputes.get_mut(id), id)?;
    if dispute.status != DisputeStatus::NeedsResponse {
        return Err(ApiError::invalid_request(
            "resource_invalid_state",
            "This dispute is already closed.",
        ));
    }
    dispute.status = if is_won {
        DisputeStatus::Won
    } else {
        DisputeStatus::Lost
    };
    let dispute = dispute.clone();
    record(ledger, &dispute, "charge.dispute.closed", now);
    Ok(dispute)
}

fn record(ledger: &mut Ledger, dispute: &Dispute, kind: &str, now: i64) {
    let object = answers::dispute(ledger, dispute, &Expansion::default());
    ledger.record_event(now, kind, object);
}

fn latest_charge(ledger: &Ledger, payment_intent: &str) -> Result<String, ApiError> {
    let intent = ledger.payment_intents.get(payment_intent).ok_or_else(|| {
        ApiError::resource_missing("payment_intent", "payment_intent", payment_intent)
    })?;
    intent.latest_charge.clone().ok_or_else(|| {
        ApiError::invalid_request(
            "resource_missing",
            format!("This PaymentIntent ({payment_intent}) does not have a successful charge."),
        )
    })
}

fn charge_to_refund(ledger: &Ledger, request: &RefundRequest) -> Result<String, ApiError> {
    match (&request.charge, &request.payment_intent) {
        (Some(charge), None) if ledger.charges.get(charge).is_none() => {
            Err(ApiError::resource_missing("charge", "charge", charge))
        }
        (Some(charge), None) => Ok(charge.clone()),
        (None, Some(payment_intent)) => latest_charge(ledger, payment_intent),
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
