//! Remembers which buyers were told that their bank did not pay. No purchase exists that could hold
//! the state of that mail, so it has an item of its own in the table of purchases. The item holds no
//! personal data and is in none of the indexes, and a purchase can still be recorded beside it.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};

use super::table::Purchases;
use crate::{
    adapters::{
        attributes::{Attributes, Item, number, text, timestamp},
        aws::failed,
    },
    domain::{
        delivery::{Claim, MOST_TRIES},
        purchase_id::PurchaseId,
    },
    runtime::failure::Failure,
};

/// How long a claim of the mail lasts, in seconds: nobody waits for it, and a try whose outcome is
/// unknown is followed by the next an hour later.
const CLAIM_SECONDS: i64 = 60 * 60;

/// A condition that only the holder of the claim meets.
const IS_OURS: &str = "claimed_by = :by";

impl Purchases {
    /// Claims the mail about a failed debit. Returns whether the caller shall send it: it was not
    /// sent, it was not tried too often, and no other call holds its claim. One `UpdateItem`.
    ///
    /// A second attempt after a lost answer recognises its own claim.
    pub async fn claim_failed_debit(&self, id: PurchaseId, claim: &Claim) -> Result<bool, Failure> {
        let change = DebitChange {
            step: "Failed to claim the mail about a debit",
            update: "SET claimed_by = :by, free_at = :until ADD tries :one",
            condition: "attribute_not_exists(ended_at) \
                        AND (attribute_not_exists(free_at) OR free_at <= :now) \
                        AND (attribute_not_exists(tries) OR tries < :most)",
        };
        let values = [
            (":now", timestamp(claim.at)),
            (":until", timestamp(claim.at.plus_seconds(CLAIM_SECONDS))),
            (":one", number(1_u32)),
            (":most", number(MOST_TRIES)),
        ];
        self.change_debit(id, claim, change, values).await
    }

    /// Releases the claim after a mail that was certainly not sent. One `UpdateItem`.
    pub async fn release_failed_debit(&self, id: PurchaseId, claim: &Claim) -> Result<(), Failure> {
        let change = DebitChange {
            step: "Failed to release the mail about a debit",
            update: "REMOVE claimed_by, free_at ADD tries :less",
            condition: IS_OURS,
        };
        let values = [(":less", AttributeValue::N("-1".to_owned()))];
        self.change_debit(id, claim, change, values).await.map(drop)
    }

    /// Notes that the mail was sent, or never can be. One `UpdateItem`.
    pub async fn finish_failed_debit(&self, id: PurchaseId, claim: &Claim) -> Result<(), Failure> {
        let change = DebitChange {
            step: "Failed to note the mail about a debit",
            update: "SET ended_at = :now REMOVE claimed_by, free_at, tries",
            condition: IS_OURS,
        };
        let values = [(":now", timestamp(claim.at))];
        self.change_debit(id, claim, change, values).await.map(drop)
    }

    /// Changes the item of a failed debit. Returns whether the condition held, or the claim is the
    /// caller's already.
    async fn change_debit<const N: usize>(
        &self,
        id: PurchaseId,
        claim: &Claim,
        change: DebitChange,
        values: [(&str, AttributeValue); N],
    ) -> Result<bool, Failure> {
        let values: HashMap<_, _> = values
            .into_iter()
            .chain([(":by", text(&claim.by.0))])
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(debit_key(id)))
            .update_expression(change.update)
            .condition_expression(change.condition)
            .set_expression_attribute_values(Some(values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = answer else {
            return Ok(true);
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                let holder = refused
                    .item()
                    .and_then(|item| Attributes(item).text("claimed_by"));
                Ok(holder == Some(claim.by.0.as_str()))
            }
            _ => Err(failed(change.step, &error)),
        }
    }
}

/// A conditional change of the item of a failed debit.
struct DebitChange {
    step: &'static str,
    update: &'static str,
    condition: &'static str,
}

/// The key of the item. No private link has it, because it is no purchase's id.
fn debit_key(id: PurchaseId) -> Item {
    let key = format!("failed-debit-{}", id.secret());
    Item::from([("id".to_owned(), text(&key))])
}
