//! Reads one purchase of the table, and changes it under a condition.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure},
};

use super::item::{key, read_or_fail};
use crate::{
    adapters::{
        attributes::Item,
        aws::{Aws, failed},
    },
    domain::{purchase::Purchase, purchase_id::PurchaseId},
    runtime::failure::Failure,
};

/// The table of purchases.
pub struct Purchases {
    pub(super) client: Client,
    pub(super) table: String,
    pub(super) counts_test_sales: bool,
}

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

    /// Changes a purchase under a condition. One `UpdateItem`.
    pub(super) async fn change(
        &self,
        id: PurchaseId,
        change: Change<'_>,
    ) -> Result<UpdateOutcome, Failure> {
        let Change {
            step,
            update,
            condition,
            values,
            names,
        } = change;
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
