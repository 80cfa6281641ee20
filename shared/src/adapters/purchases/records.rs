//! Records purchases, and applies refunds and disputes to them.

use aws_sdk_dynamodb::{
    operation::put_item::PutItemError, types::ReturnValuesOnConditionCheckFailure,
};

use super::{
    conditions::EXISTS,
    item::{item, read_or_fail},
    table::{Change, Purchases, UpdateOutcome},
};
use crate::{
    adapters::{
        attributes::{number, timestamp},
        aws::failed,
    },
    domain::{purchase::Purchase, purchase_id::PurchaseId, sale::Correction, timestamp::Timestamp},
    runtime::failure::Failure,
};

/// What [`Purchases::record`] did.
#[derive(Debug)]
pub enum PutOutcome {
    /// The purchase was written, and the caller holds the claim on its mail.
    New,
    /// The purchase was recorded before; here it is as it was stored.
    Already(Box<Purchase>),
}

impl Purchases {
    /// Records a purchase once. The first of several callers writes it, and holds the claim on its
    /// mail; the others get the purchase that was written. One `PutItem`.
    pub async fn record(&self, purchase: &Purchase) -> Result<PutOutcome, Failure> {
        const STEP: &str = "Failed to record the purchase";
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item(purchase)))
            .condition_expression("attribute_not_exists(id)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = answer else {
            return Ok(PutOutcome::New);
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                let item = refused.item().ok_or_else(|| {
                    Failure::unknown_outcome(STEP, "DynamoDB did not return the existing item")
                })?;
                let known = read_or_fail(STEP, item)?;
                let claim = |purchase: &Purchase| purchase.deliveries.receipt.claimed_by.clone();
                let is_ours = claim(&known).is_some() && claim(&known) == claim(purchase);
                Ok(if is_ours {
                    PutOutcome::New
                } else {
                    PutOutcome::Already(Box::new(known))
                })
            }
            _ => Err(failed(STEP, &error)),
        }
    }

    /// Applies a correction. One `UpdateItem`, which can be repeated. The refunded amount only
    /// grows, so the order in which webhooks arrive does not matter.
    ///
    /// Returns `Refused` if as much or more was refunded before.
    pub async fn apply(
        &self,
        id: PurchaseId,
        correction: Correction,
        now: Timestamp,
    ) -> Result<UpdateOutcome, Failure> {
        let at_now = || [(":now", timestamp(now))];
        let change = match correction {
            Correction::GaveBack(amount) => Change::new(
                "Failed to note the refund",
                "SET amount_refunded = :amount",
                "attribute_exists(id) \
                 AND (attribute_not_exists(amount_refunded) OR amount_refunded < :amount)",
            )
            .with([(":amount", number(amount))]),
            Correction::Refund => Change::new(
                "Failed to close the link after the refund",
                "SET refunded_at = if_not_exists(refunded_at, :now)",
                EXISTS,
            )
            .with(at_now()),
            Correction::Suspend => Change::new(
                "Failed to suspend the link",
                "SET suspended_at = if_not_exists(suspended_at, :now)",
                EXISTS,
            )
            .with(at_now()),
            Correction::Reopen => {
                Change::new("Failed to reopen the link", "REMOVE suspended_at", EXISTS)
            }
        };
        self.change(id, change).await
    }
}
