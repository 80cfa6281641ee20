//! The purchases table: every write is conditional and can be repeated.
//!
//! ```text
//! paid ──record──▶ mail claimed ──mail──▶ mailed ──take download──▶ … ──▶ none left
//!                   │        ▲
//!                   └ released, or stale after a minute: the next one claims it
//! ```

mod item;
mod mailing;
mod notices;
mod resending;
mod sale_rows;
mod support;

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    operation::{put_item::PutItemError, update_item::UpdateItemError},
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};

use self::item::{Item, item, key, number, read_or_say, text, timestamp};
use crate::{
    adapters::aws::{Aws, failed},
    domain::{
        claim::RequestId, product::ProductId, purchase::Purchase, purchase_id::PurchaseId,
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};

pub use notices::{AudienceCount, ExclusiveStartKey, Notice, OwedPage, PurchaseSummary};
pub use sale_rows::SaleRow;

/// The purchases, in DynamoDB.
pub struct Purchases {
    client: Client,
    table: String,
}

/// What [`Purchases::record`] found.
#[derive(Debug)]
pub enum PutOutcome {
    /// It is new, and its mail is claimed for the caller.
    New,
    /// It was there already.
    Already(Box<Purchase>),
}

/// What a conditional write did.
#[derive(Debug)]
pub enum UpdateOutcome {
    /// It was done; this is the purchase after it.
    Done(Box<Purchase>),
    /// The condition did not hold; this is the purchase as it is.
    Refused(Box<Purchase>),
    /// There is no such purchase.
    NotFound,
}

impl Purchases {
    /// The purchases in this table.
    #[must_use]
    pub fn open(aws: &Aws, table: String) -> Self {
        Self {
            client: aws.dynamodb(),
            table,
        }
    }

    /// The purchase of this link, as it is now. One `GetItem`.
    pub async fn find(&self, id: PurchaseId) -> Result<Option<Purchase>, Failure> {
        const STEP: &str = "Failed to read the purchase";
        let item = self.item_of(STEP, id).await?;
        item.map(|item| read_or_say(STEP, &item)).transpose()
    }

    async fn item_of(&self, step: &'static str, id: PurchaseId) -> Result<Option<Item>, Failure> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(id)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| failed(step, &error))?;
        Ok(answer.item)
    }

    /// Remembers a purchase, once: the first of any number of callers writes it, and its mail is
    /// theirs to send; all others find it. One `PutItem`.
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
                let item = refused
                    .item()
                    .ok_or_else(|| Failure::new(STEP, "the item there was not shown"))?;
                let known = read_or_say(STEP, item)?;
                let is_ours = known.mail_claim.is_some() && known.mail_claim == purchase.mail_claim;
                Ok(if is_ours {
                    PutOutcome::New
                } else {
                    PutOutcome::Already(Box::new(known))
                })
            }
            _ => Err(failed(STEP, &error)),
        }
    }

    /// Takes one download of a purchase of any of these products (those that have the format
    /// asked for, so that asking for a missing one costs nothing). One `UpdateItem`, whatever the
    /// answer; two hundred at once take exactly what is left.
    ///
    /// If the answer to the first attempt is lost, the second finds it done `by` the same request
    /// and takes none. Only when another request of the same purchase came in between does it
    /// take one more.
    pub async fn take_download(
        &self,
        id: PurchaseId,
        products: &[&ProductId],
        by: &RequestId,
    ) -> Result<UpdateOutcome, Failure> {
        if products.is_empty() {
            let found = self.find(id).await?;
            return Ok(found.map_or(UpdateOutcome::NotFound, |purchase| {
                UpdateOutcome::Refused(Box::new(purchase))
            }));
        }
        let names: Vec<String> = (0..products.len())
            .map(|index| format!(":product{index}"))
            .collect();
        let one_of: Vec<String> = names
            .chunks(MOST_OPERANDS_OF_IN)
            .map(|names| format!("product_id IN ({})", names.join(", ")))
            .collect();
        let products = products.iter().map(|product| text(product.as_str()));
        let written = self
            .change(
                "Failed to take a download",
                id,
                "SET downloads_left = downloads_left - :one, last_download_by = :by \
                 ADD downloads :one",
                &format!(
                    "downloads_left >= :one AND attribute_not_exists(refunded_at) \
                     AND attribute_not_exists(suspended_at) \
                     AND (attribute_not_exists(last_download_by) OR last_download_by <> :by) \
                     AND ({})",
                    one_of.join(" OR ")
                ),
                names
                    .iter()
                    .map(String::as_str)
                    .zip(products)
                    .chain([(":one", number(1_u32)), (":by", text(&by.0))]),
            )
            .await?;
        Ok(match written {
            UpdateOutcome::Refused(current) if current.last_download_by.as_ref() == Some(by) => {
                UpdateOutcome::Done(current)
            }
            written => written,
        })
    }

    /// Notes how much of the money went back so far. It only grows: what is known to be more
    /// stays, so that webhooks in any order end with the same.
    pub async fn gave_back(&self, id: PurchaseId, amount_refunded: u64) -> Result<(), Failure> {
        self.change(
            "Failed to note the refund",
            id,
            "SET amount_refunded = :amount",
            "attribute_exists(id) \
             AND (attribute_not_exists(amount_refunded) OR amount_refunded < :amount)",
            [(":amount", number(amount_refunded))],
        )
        .await
        .map(drop)
    }

    /// Closes the link for good: all the money went back.
    pub async fn refunded(&self, id: PurchaseId, now: Timestamp) -> Result<(), Failure> {
        self.change(
            "Failed to close the link after the refund",
            id,
            "SET refunded_at = if_not_exists(refunded_at, :now)",
            "attribute_exists(id)",
            [(":now", timestamp(now))],
        )
        .await
        .map(drop)
    }

    /// Closes the link while a dispute holds the money.
    pub async fn suspend(&self, id: PurchaseId, now: Timestamp) -> Result<(), Failure> {
        self.change(
            "Failed to suspend the link",
            id,
            "SET suspended_at = if_not_exists(suspended_at, :now)",
            "attribute_exists(id)",
            [(":now", timestamp(now))],
        )
        .await
        .map(drop)
    }

    /// Opens the link again: the dispute was won.
    pub async fn reopen(&self, id: PurchaseId) -> Result<(), Failure> {
        self.change(
            "Failed to reopen the link",
            id,
            "REMOVE suspended_at",
            "attribute_exists(id)",
            [],
        )
        .await
        .map(drop)
    }

    /// Notes whether the buyer wants mail about new editions. Done however often it is asked.
    pub async fn subscribe(
        &self,
        id: PurchaseId,
        wants_mail: bool,
        now: Timestamp,
    ) -> Result<UpdateOutcome, Failure> {
        const STEP: &str = "Failed to note whether mail is wanted";
        if wants_mail {
            self.change(
                STEP,
                id,
                "REMOVE unsubscribed_at",
                "attribute_exists(id)",
                [],
            )
            .await
        } else {
            let update = "SET unsubscribed_at = if_not_exists(unsubscribed_at, :now)";
            self.change(
                STEP,
                id,
                update,
                "attribute_exists(id)",
                [(":now", timestamp(now))],
            )
            .await
        }
    }

    /// One conditional `UpdateItem`.
    async fn change<'a>(
        &self,
        step: &'static str,
        id: PurchaseId,
        update: &str,
        condition: &str,
        values: impl IntoIterator<Item = (&'a str, AttributeValue)>,
    ) -> Result<UpdateOutcome, Failure> {
        self.change_named(step, id, update, condition, values, &[])
            .await
    }

    /// The same, for attributes whose names DynamoDB reserves: `("#source", "source")`.
    async fn change_named<'a>(
        &self,
        step: &'static str,
        id: PurchaseId,
        update: &str,
        condition: &str,
        values: impl IntoIterator<Item = (&'a str, AttributeValue)>,
        names: &[(&str, &str)],
    ) -> Result<UpdateOutcome, Failure> {
        let values: Item = values
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let names: HashMap<_, _> = names
            .iter()
            .map(|(alias, name)| ((*alias).to_owned(), (*name).to_owned()))
            .collect();
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(id)))
            .update_expression(update)
            .condition_expression(condition)
            .set_expression_attribute_values((!values.is_empty()).then_some(values))
            .set_expression_attribute_names((!names.is_empty()).then_some(names))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let error = match answer {
            Ok(done) => {
                let item = done.attributes.unwrap_or_default();
                return Ok(UpdateOutcome::Done(Box::new(read_or_say(step, &item)?)));
            }
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => match refused.item()
            {
                Some(item) => Ok(UpdateOutcome::Refused(Box::new(read_or_say(step, item)?))),
                None => Ok(UpdateOutcome::NotFound),
            },
            _ => Err(failed(step, &error)),
        }
    }
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html>
const MOST_OPERANDS_OF_IN: usize = 100;
