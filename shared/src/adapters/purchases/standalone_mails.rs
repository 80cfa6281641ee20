//! Remembers what became of mails of which no purchase could hold the state: buyers who were told that
//! their bank did not pay, and the author who was mailed the sales of a day. Each has an item of its own
//! in the table of purchases. The item holds no personal data and is in none of the indexes, and the
//! purchase of a failed debit can still be recorded beside it.

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
        timestamp::Date,
    },
    runtime::failure::Failure,
};

/// A mail of which no purchase can hold the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandaloneMail {
    /// The mail to a buyer whose bank did not pay what would have been this purchase.
    FailedDebit(PurchaseId),
    /// The mail to the author with the sales of this day.
    SalesOfDay(Date),
}

/// How long a claim of the mail lasts, in seconds: nobody waits for it, and a try whose outcome is
/// unknown is followed by the next an hour later.
const CLAIM_SECONDS: i64 = 60 * 60;

/// A condition that only the holder of the claim meets.
const IS_OURS: &str = "claimed_by = :by";

impl Purchases {
    /// Claims the mail. Returns whether the caller shall send it: it was not
    /// sent, it was not tried too often, and no other call holds its claim. One `UpdateItem`.
    ///
    /// A second attempt after a lost answer recognises its own claim.
    pub async fn claim_standalone(
        &self,
        mail: StandaloneMail,
        claim: &Claim,
    ) -> Result<bool, Failure> {
        let change = StandaloneChange {
            step: "Failed to claim a mail",
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
        self.change_standalone(mail, claim, change, values).await
    }

    /// Releases the claim after a mail that was certainly not sent. One `UpdateItem`.
    pub async fn release_standalone(
        &self,
        mail: StandaloneMail,
        claim: &Claim,
    ) -> Result<(), Failure> {
        let change = StandaloneChange {
            step: "Failed to release a mail",
            update: "REMOVE claimed_by, free_at ADD tries :less",
            condition: IS_OURS,
        };
        let values = [(":less", AttributeValue::N("-1".to_owned()))];
        self.change_standalone(mail, claim, change, values)
            .await
            .map(drop)
    }

    /// Notes that the mail was sent, or never will be. One `UpdateItem`.
    pub async fn finish_standalone(
        &self,
        mail: StandaloneMail,
        claim: &Claim,
    ) -> Result<(), Failure> {
        let change = StandaloneChange {
            step: "Failed to note what became of a mail",
            update: "SET ended_at = :now REMOVE claimed_by, free_at, tries",
            condition: IS_OURS,
        };
        let values = [(":now", timestamp(claim.at))];
        self.change_standalone(mail, claim, change, values)
            .await
            .map(drop)
    }

    /// Changes the item of the mail. Returns whether the condition held, or the claim is the
    /// caller's already.
    async fn change_standalone<const N: usize>(
        &self,
        mail: StandaloneMail,
        claim: &Claim,
        change: StandaloneChange,
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
            .set_key(Some(key(mail)))
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

/// A conditional change of the item of a mail.
struct StandaloneChange {
    step: &'static str,
    update: &'static str,
    condition: &'static str,
}

/// The key of the item. No private link has it, because it is no purchase's id.
fn key(mail: StandaloneMail) -> Item {
    let key = match mail {
        StandaloneMail::FailedDebit(id) => format!("failed-debit-{}", id.secret()),
        StandaloneMail::SalesOfDay(day) => format!("sales-of-day-{day}"),
    };
    Item::from([("id".to_owned(), text(&key))])
}
