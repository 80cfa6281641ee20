//! Records purchases, and applies refunds and disputes to them.

use aws_sdk_dynamodb::{
    operation::put_item::PutItemError,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
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

/// How long a refund reserves a purchase, in seconds: longer than its function may run, so that
/// whatever a dead invocation sent to Stripe has ended there.
const REFUND_RESERVED_SECONDS: i64 = 180;

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

    /// Applies a correction. Repeated at will. One `UpdateItem`.
    ///
    /// Webhooks come in any order, but each correction is of what Stripe said just now. Two that were
    /// worked on in the same moment can end in the wrong order all the same: `reconcile` compares both
    /// the money and the link with Stripe's list within the hour.
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
            Correction::PartRefund(amount) => Change::new(
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
            Correction::RefundFailed(amount) => Change::new(
                "Failed to reopen the link after the refund failed",
                "SET amount_refunded = :amount, missed_updates_since = :now REMOVE refunded_at",
                EXISTS,
            )
            .with([(":amount", number(amount))])
            .with(at_now()),
            Correction::Suspend => Change::new(
                "Failed to suspend the link",
                "SET suspended_at = if_not_exists(suspended_at, :now)",
                "attribute_exists(id) AND attribute_not_exists(reopened_at)",
            )
            .with(at_now()),
            Correction::Reopen => Change::new(
                "Failed to reopen the link",
                "SET missed_updates_since = :now REMOVE suspended_at",
                EXISTS,
            )
            .with(at_now()),
        };
        self.change(id, change).await
    }

    /// Notes that a purchase whose link was opened again missed no update. Repeated at will. A push
    /// that begins meanwhile finds it on its work list, like every other.
    pub async fn missed_no_update(&self, id: PurchaseId) -> Result<(), Failure> {
        let step = "Failed to note that no update was missed";
        let change = Change::new(step, "REMOVE missed_updates_since", EXISTS);
        self.change(id, change).await.map(drop)
    }

    /// Opens a link that a dispute closed, by the author's order, whatever becomes of the dispute.
    /// `Refused` where no dispute closed it. One `UpdateItem`.
    pub async fn reopen(&self, id: PurchaseId, now: Timestamp) -> Result<UpdateOutcome, Failure> {
        let change = Change::new(
            "Failed to open the link",
            "SET reopened_at = :now, missed_updates_since = :now REMOVE suspended_at",
            "attribute_exists(id) AND attribute_exists(suspended_at) \
             AND attribute_not_exists(refunded_at)",
        )
        .with([(":now", timestamp(now))]);
        self.change(id, change).await
    }

    /// Reserves the purchase for giving money back until `total` minor units have gone back in all, or
    /// everything. Whoever wants the same may go on beside it: Stripe's idempotency key is theirs, too.
    /// Whoever wants another sum has to wait, because each would give the rest of what it saw.
    ///
    /// A call that died leaves the reservation, which runs out by itself. `Refused` while another sum
    /// is reserved. One `UpdateItem`.
    pub async fn reserve_refund(
        &self,
        id: PurchaseId,
        total: Option<u64>,
        now: Timestamp,
    ) -> Result<UpdateOutcome, Failure> {
        let change = Change::new(
            "Failed to reserve the purchase for the refund",
            "SET refund_total = :total, refund_free_at = :free_at",
            "attribute_exists(id) AND (attribute_not_exists(refund_free_at) \
             OR refund_free_at <= :now OR refund_total = :total)",
        )
        .with([
            (":total", refund_total(total)),
            (":now", timestamp(now)),
            (
                ":free_at",
                timestamp(now.plus_seconds(REFUND_RESERVED_SECONDS)),
            ),
        ]);
        self.change(id, change).await
    }

    /// Notes how many idempotency keys of the reserved refund are spoilt, so that the next call does
    /// not meet them again. A smaller number changes nothing. One `UpdateItem`.
    pub async fn note_spoilt_refund_keys(&self, id: PurchaseId, keys: u32) -> Result<(), Failure> {
        let change = Change::new(
            "Failed to note which keys of the refund are spoilt",
            "SET spoilt_refund_keys = :keys",
            "attribute_exists(id) \
             AND (attribute_not_exists(spoilt_refund_keys) OR spoilt_refund_keys < :keys)",
        )
        .with([(":keys", number(keys))]);
        self.change(id, change).await.map(drop)
    }

    /// Ends the reservation of this sum. One `UpdateItem`. `Refused` if another is reserved.
    pub async fn release_refund(
        &self,
        id: PurchaseId,
        total: Option<u64>,
    ) -> Result<UpdateOutcome, Failure> {
        let change = Change::new(
            "Failed to end the reservation for the refund",
            "REMOVE refund_total, refund_free_at, spoilt_refund_keys",
            "attribute_exists(id) AND refund_total = :total",
        )
        .with([(":total", refund_total(total))]);
        self.change(id, change).await
    }
}

/// A number, and 0 for everything: nobody gives back nothing.
fn refund_total(total: Option<u64>) -> AttributeValue {
    number(total.unwrap_or(0))
}
