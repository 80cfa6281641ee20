//! Imported purchases: the secret of their ids, and how they are written and counted.
//!
//! ```text
//! make the secret ─▶ put the purchase, or revise the one that is there
//!                 │                 │
//! crash:          the next call     the same batch again finds what was written under the same id, and
//!                 reads it          does the rest
//! ```

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{
    primitives::Blob,
    types::{AttributeValue, ReturnValue},
};

use super::{
    conditions::NOT_ERASED,
    import_attributes::{IMPORTED, IMPORTED_FROM, import_attributes},
    records::PutOutcome,
    table::{Change, Purchases, UpdateOutcome},
};
use crate::{
    adapters::{
        attributes::{Attributes, Item, number, text, timestamp},
        aws::failed,
    },
    domain::{
        import::{ImportSecret, Platform},
        purchase::Purchase,
        purchase_id::PurchaseId,
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};

/// The key of the item that holds the secret. It is in none of the indexes.
const SECRET_KEY: &str = "import-secret";
const SECRET: &str = "secret";

impl Purchases {
    /// Returns the secret from which the ids of imported purchases are made, or `None` if nothing was
    /// imported and nobody erased yet. One consistent `GetItem`.
    pub async fn import_secret(&self) -> Result<Option<ImportSecret>, Failure> {
        const STEP: &str = "Failed to read the secret of imports";
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("id", text(SECRET_KEY))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| failed(STEP, &error))?;
        answer.item.map(|item| read_secret(STEP, &item)).transpose()
    }

    /// Returns the shop's secret, which is the new one if it had none. Of several callers one writes
    /// its own, and the others get that one. One `UpdateItem`.
    pub async fn import_secret_or(&self, new: &ImportSecret) -> Result<ImportSecret, Failure> {
        const STEP: &str = "Failed to make the secret of imports";
        let new = AttributeValue::B(Blob::new(new.bytes().to_vec()));
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("id", text(SECRET_KEY))
            .update_expression("SET #secret = if_not_exists(#secret, :new)")
            .expression_attribute_names("#secret", SECRET)
            .expression_attribute_values(":new", new)
            .return_values(ReturnValue::AllNew)
            .send()
            .await
            .map_err(|error| failed(STEP, &error))?;
        let none = || Failure::unknown_outcome(STEP, "DynamoDB did not return the secret");
        read_secret(STEP, &answer.attributes.ok_or_else(none)?)
    }

    /// Writes an imported purchase once. The first of several callers writes it, and the others get it
    /// as it is. One `PutItem`.
    pub async fn record_import(&self, purchase: &Purchase) -> Result<PutOutcome, Failure> {
        let known = self.put("Failed to import a purchase", purchase).await?;
        Ok(match known {
            None => PutOutcome::New,
            Some(known) => PutOutcome::Already(Box::new(known)),
        })
    }

    /// Changes an imported purchase from what it was to what an import makes of it, if nothing of that
    /// was changed since it was read, and its buyer was not erased. `Refused` holds the purchase as it
    /// is now. One `UpdateItem`.
    pub async fn revise_import(
        &self,
        from: &Purchase,
        to: &Purchase,
    ) -> Result<UpdateOutcome, Failure> {
        let id = from.id;
        let (from, to) = (revised_attributes(from), revised_attributes(to));
        let mut conditions = vec![NOT_ERASED.to_owned()];
        let (mut sets, mut removes) = (Vec::new(), Vec::new());
        let mut values = Vec::new();
        for ((name, old), (_, new)) in from.into_iter().zip(to) {
            conditions.push(match &old {
                Some(_) => format!("{name} = :old_{name}"),
                None => format!("attribute_not_exists({name})"),
            });
            match &new {
                _ if new == old => {}
                Some(_) => sets.push(format!("{name} = :new_{name}")),
                None => removes.push(name.to_owned()),
            }
            let new = new.filter(|new| Some(new) != old.as_ref());
            values.extend(old.map(|old| (format!(":old_{name}"), old)));
            values.extend(new.map(|new| (format!(":new_{name}"), new)));
        }
        let clause = |verb: &str, parts: &[String]| {
            (!parts.is_empty()).then(|| format!("{verb} {}", parts.join(", ")))
        };
        let clauses = [clause("SET", &sets), clause("REMOVE", &removes)];
        let update = clauses.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let condition = conditions.join(" AND ");
        let change = Change::new("Failed to change an imported purchase", &update, &condition);
        let values = values.iter();
        let values = values.map(|(name, value)| (name.as_str(), value.clone()));
        self.change(id, change.with(values)).await
    }

    /// Opens the link of an imported purchase that its platform took back, by the author's order. No
    /// import closes it after that. The editions that it missed are still on the work list. `Refused`
    /// if it was not imported or is open. One `UpdateItem`.
    pub async fn reopen_import(
        &self,
        id: PurchaseId,
        now: Timestamp,
    ) -> Result<UpdateOutcome, Failure> {
        let change = Change::new(
            "Failed to open the link",
            "SET reopened_at = :now REMOVE refunded_at",
            "attribute_exists(imported_from) AND attribute_exists(refunded_at)",
        )
        .with([(":now", timestamp(now))]);
        self.change(id, change).await
    }

    /// Counts the imported purchases that their platforms did not take back, by platform. Reads all
    /// imported purchases in the index, which may be a second behind the table: one `Query` for each
    /// page (1 MB, some 5,000 purchases).
    pub async fn count_imports(&self) -> Result<BTreeMap<Platform, u64>, Failure> {
        const STEP: &str = "Failed to count what was imported";
        let mut items = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("by_month")
            // DynamoDB reserves the word `month`.
            .key_condition_expression("#month = :month")
            .filter_expression("attribute_not_exists(refunded_at)")
            .projection_expression(IMPORTED_FROM)
            .expression_attribute_names("#month", "month")
            .expression_attribute_values(":month", text(IMPORTED))
            .into_paginator()
            .items()
            .send();
        let mut counts = BTreeMap::new();
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| failed(STEP, &error))?;
            let platform = Attributes(&item).parse(IMPORTED_FROM, Platform::parse);
            let none = || Failure::refused(STEP, "a purchase lacks its platform");
            *counts.entry(platform.ok_or_else(none)?).or_default() += 1;
        }
        Ok(counts)
    }
}

/// Returns the attributes that an import can change, with their values.
fn revised_attributes(purchase: &Purchase) -> Vec<(&'static str, Option<AttributeValue>)> {
    let mut attributes = vec![
        ("bought_at", Some(timestamp(purchase.bought_at))),
        (
            "downloads_per_edition",
            Some(number(purchase.downloads_per_edition)),
        ),
        ("downloads_left", Some(number(purchase.downloads_left))),
        ("edition", Some(number(purchase.edition))),
        ("edition_bought", Some(number(purchase.edition_bought))),
        ("unsubscribed_at", purchase.unsubscribed_at.map(timestamp)),
        ("refunded_at", purchase.refunded_at.map(timestamp)),
        ("reopened_at", purchase.reopened_at.map(timestamp)),
    ];
    attributes.extend(import_attributes(purchase.imported.as_ref()));
    attributes
}

fn read_secret(step: &'static str, item: &Item) -> Result<ImportSecret, Failure> {
    let secret = item.get(SECRET).and_then(|secret| secret.as_b().ok());
    let secret = secret.and_then(|bytes| ImportSecret::parse(bytes.as_ref()));
    secret.ok_or_else(|| Failure::refused(step, "it is damaged"))
}
