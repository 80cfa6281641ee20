//! Reads one purchase of the table, and changes it under a condition.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    error::BuildError,
    operation::{
        transact_write_items::TransactWriteItemsError,
        update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    },
    types::{
        AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
    },
};

use super::item::{key, read, read_or_fail};
use crate::{
    adapters::{
        attributes::Item,
        aws::{Aws, all_of, failed, is_refused_by_a_condition},
        batch,
    },
    domain::{agreement::Withdrawal, purchase::Purchase, purchase_id::PurchaseId},
    runtime::failure::Failure,
};

/// The table of purchases.
pub struct Purchases {
    pub(super) client: Client,
    pub(super) table: String,
    pub(super) counts_test_sales: bool,
    pub(super) withdrawal: Withdrawal,
}

/// The pauses between the attempts at a transaction that conflicts with another one. Both last a few
/// milliseconds, so that one of two webhooks of a payment waits for the other, and a buyer who comes
/// back meanwhile does not notice.
const CONFLICT_PAUSES: [Duration; 3] = [
    Duration::from_millis(50),
    Duration::from_millis(150),
    Duration::from_millis(400),
];

/// What a conditional write did.
#[derive(Debug)]
pub enum UpdateOutcome {
    /// The condition held; the purchase after the write.
    Done(Box<Purchase>),
    /// The condition did not hold; the purchase, unchanged.
    Refused(Box<Purchase>),
    /// There is no such purchase.
    NotFound,
}

impl Purchases {
    /// Opens the table of this name.
    #[must_use]
    pub fn open(aws: &Aws, table: String) -> Self {
        Self {
            client: aws.dynamodb(),
            table,
            counts_test_sales: true,
            withdrawal: Withdrawal::Off,
        }
    }

    /// Leaves sales of Stripe's test mode out of the work list of an update, or not.
    #[must_use]
    pub fn counting_test_sales(self, counts_test_sales: bool) -> Self {
        Self {
            counts_test_sales,
            ..self
        }
    }

    /// Whether an update is not about this purchase, because it was sold in Stripe's test mode.
    #[must_use]
    pub fn leaves_out(&self, purchase: &Purchase) -> bool {
        purchase.is_test && !self.counts_test_sales
    }

    /// Returns the purchase, or `None` if there is none with this id. One consistent `GetItem`.
    pub async fn find(&self, id: PurchaseId) -> Result<Option<Purchase>, Failure> {
        const STEP: &str = "Failed to read the purchase";
        let item = self.item_of(STEP, id).await?;
        item.map(|item| read_or_fail(STEP, &item)).transpose()
    }

    /// Returns the purchases of these ids, in their order, without those that do not exist. One
    /// consistent `GetItem` each, sixteen at a time.
    pub async fn find_each(&self, ids: &[PurchaseId]) -> Result<Vec<Purchase>, Failure> {
        let found = all_of(ids.iter().map(|id| self.find(*id)).collect()).await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Returns the purchases of these ids by id, without those that do not exist or cannot be read:
    /// [`find`](Self::find) tells what is wrong with one. One consistent `BatchGetItem` for each
    /// hundred ids, and more if DynamoDB leaves some of them out.
    pub async fn find_many(
        &self,
        ids: &[PurchaseId],
    ) -> Result<HashMap<PurchaseId, Purchase>, Failure> {
        const STEP: &str = "Failed to read the purchases";
        let keys = ids.iter().map(|id| key(*id)).collect();
        let items = batch::items(&self.client, STEP, &self.table, keys).await?;
        let purchases = items.iter().filter_map(read);
        Ok(purchases.map(|purchase| (purchase.id, purchase)).collect())
    }

    pub(super) async fn item_of(
        &self,
        step: &'static str,
        id: PurchaseId,
    ) -> Result<Option<Item>, Failure> {
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

    /// The request that makes this change.
    fn update(&self, id: PurchaseId, change: Change<'_>) -> UpdateItemFluentBuilder {
        let Change {
            step: _,
            update,
            condition,
            values,
            names,
        } = change;
        self.client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(id)))
            .update_expression(update)
            .condition_expression(condition)
            .set_expression_attribute_values((!values.is_empty()).then_some(values))
            .set_expression_attribute_names((!names.is_empty()).then_some(names))
    }

    /// Changes a purchase under a condition, and returns whether the condition held. It does not if
    /// there is no such purchase. One `UpdateItem`, whose answer is empty.
    pub(super) async fn write(&self, id: PurchaseId, change: Change<'_>) -> Result<bool, Failure> {
        let step = change.step;
        let Err(error) = self.update(id, change).send().await else {
            return Ok(true);
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
            _ => Err(failed(step, &error)),
        }
    }

    /// Changes a purchase under a condition. One `UpdateItem`.
    pub(super) async fn change(
        &self,
        id: PurchaseId,
        change: Change<'_>,
    ) -> Result<UpdateOutcome, Failure> {
        let step = change.step;
        let answer = self
            .update(id, change)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let error = match answer {
            Ok(done) => {
                let item = done.attributes.unwrap_or_default();
                return Ok(UpdateOutcome::Done(Box::new(read_or_fail(step, &item)?)));
            }
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                match refused.item() {
                    Some(item) => Ok(UpdateOutcome::Refused(Box::new(read_or_fail(step, item)?))),
                    None => Ok(UpdateOutcome::NotFound),
                }
            }
            _ => Err(failed(step, &error)),
        }
    }

    /// Changes a purchase and the others of its payment, all of them or none. One `UpdateItem` if
    /// there are no others, or nothing is to be changed in them; else one transaction and a
    /// `GetItem`. `Refused` if a condition did not hold.
    pub(super) async fn change_payment(
        &self,
        purchase: &Purchase,
        change: Change<'_>,
        of_others: Option<Change<'_>>,
    ) -> Result<UpdateOutcome, Failure> {
        let of_others = match of_others {
            Some(of_others) if !purchase.others.is_empty() => of_others,
            _ => return self.change(purchase.id, change).await,
        };
        let step = change.step;
        let others = purchase.others.iter();
        let changes: Result<Vec<_>, _> = std::iter::once(change.on(&self.table, purchase.id))
            .chain(others.map(|id| of_others.on(&self.table, *id)))
            .collect();
        let changes = changes.map_err(|error| Failure::refused(step, error.to_string()))?;
        let is_done = self.transact(step, changes).await?;
        Ok(match self.find(purchase.id).await? {
            None => UpdateOutcome::NotFound,
            Some(current) if is_done => UpdateOutcome::Done(Box::new(current)),
            Some(current) => UpdateOutcome::Refused(Box::new(current)),
        })
    }

    /// Makes all of these changes or none. Returns `false` if a condition did not hold. DynamoDB
    /// refuses a transaction while another is changing one of its items, and the SDK does not repeat
    /// it, so this tries again after each of [`CONFLICT_PAUSES`] and fails then.
    pub(super) async fn transact(
        &self,
        step: &'static str,
        changes: Vec<TransactWriteItem>,
    ) -> Result<bool, Failure> {
        let mut pauses = CONFLICT_PAUSES.iter();
        loop {
            let request = self.client.transact_write_items();
            let request = request.set_transact_items(Some(changes.clone()));
            let Err(error) = request.send().await else {
                return Ok(true);
            };
            match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    if is_refused_by_a_condition(cancelled) {
                        return Ok(false);
                    }
                }
                _ => return Err(failed(step, &error)),
            }
            let Some(pause) = pauses.next() else {
                let why = "other requests kept changing the same purchases";
                return Err(Failure::unavailable(step, why));
            };
            tokio::time::sleep(*pause).await;
        }
    }
}

/// A conditional change of one purchase.
pub(super) struct Change<'a> {
    step: &'static str,
    update: &'a str,
    condition: &'a str,
    values: Item,
    names: HashMap<String, String>,
}

impl<'a> Change<'a> {
    pub(super) fn new(step: &'static str, update: &'a str, condition: &'a str) -> Self {
        Self {
            step,
            update,
            condition,
            values: Item::new(),
            names: HashMap::new(),
        }
    }

    /// Returns the change of this purchase as a part of a transaction.
    fn on(&self, table: &str, id: PurchaseId) -> Result<TransactWriteItem, BuildError> {
        let values = (!self.values.is_empty()).then(|| self.values.clone());
        let names = (!self.names.is_empty()).then(|| self.names.clone());
        let update = Update::builder()
            .table_name(table)
            .set_key(Some(key(id)))
            .update_expression(self.update)
            .condition_expression(self.condition)
            .set_expression_attribute_values(values)
            .set_expression_attribute_names(names)
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// Adds values for placeholders: `(":now", …)`.
    pub(super) fn with<'v>(
        mut self,
        values: impl IntoIterator<Item = (&'v str, AttributeValue)>,
    ) -> Self {
        let values = values.into_iter();
        self.values
            .extend(values.map(|(name, value)| (name.to_owned(), value)));
        self
    }

    /// Adds aliases for attribute names that DynamoDB reserves: `("#source", "source")`.
    pub(super) fn with_names(mut self, names: &[(&str, &str)]) -> Self {
        let names = names.iter();
        self.names
            .extend(names.map(|(alias, name)| ((*alias).to_owned(), (*name).to_owned())));
        self
    }
}
