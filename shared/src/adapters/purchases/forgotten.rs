//! Remembers which addresses were erased, so that no import brings one of them back. Each has an item of
//! its own in the table of purchases, under a keyed digest. The item holds the day and no address, and is
//! in none of the indexes.
//!
//! ```text
//! note the digest of the address ─▶ erase the purchase
//!                                 │
//! crash:                          the purchase still has its address, and the same event notes it again
//! ```

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;

use super::{
    item::{key, read},
    table::Purchases,
};
use crate::{
    adapters::{
        attributes::{Attributes, Item, text},
        aws::failed,
        batch,
    },
    domain::{import::AddressDigest, purchase::Purchase, purchase_id::PurchaseId, timestamp::Date},
    runtime::failure::Failure,
};

/// What the key of an item begins with. No private link has it, because it begins no purchase's id.
const KEY_PREFIX: &str = "forgotten-";
const FORGOTTEN_ON: &str = "forgotten_on";

/// What was found of purchases that are imported.
#[derive(Debug, Default)]
pub struct ImportedBefore {
    /// The purchases that are there, by their ids.
    pub purchases: HashMap<PurchaseId, Purchase>,
    /// The days on which addresses were erased, the latest of each.
    pub forgotten: HashMap<AddressDigest, Date>,
}

impl Purchases {
    /// Notes that the address with this digest was erased on this day, unless a later day is noted. One
    /// `UpdateItem`.
    pub async fn forget(&self, address: &AddressDigest, day: Date) -> Result<(), Failure> {
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key_of(address)))
            .update_expression("SET forgotten_on = :day")
            .condition_expression("attribute_not_exists(forgotten_on) OR forgotten_on < :day")
            .expression_attribute_values(":day", text(&day.to_string()))
            .send()
            .await;
        let Err(error) = answer else { return Ok(()) };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
            _ => Err(failed("Failed to note that an address is erased", &error)),
        }
    }

    /// Returns the purchases of these ids and the days on which addresses with these digests were
    /// erased, without those that are not there or cannot be read. One consistent `BatchGetItem` for
    /// each hundred of both, and more if DynamoDB leaves some of them out.
    pub async fn imported_before(
        &self,
        ids: &[PurchaseId],
        addresses: &BTreeSet<AddressDigest>,
    ) -> Result<ImportedBefore, Failure> {
        const STEP: &str = "Failed to read what was imported";
        let ids = ids.iter().map(|id| key(*id));
        let keys = ids.chain(addresses.iter().map(key_of)).collect();
        let mut found = ImportedBefore::default();
        for item in batch::items(&self.client, STEP, &self.table, keys).await? {
            if let Some((address, day)) = read_forgotten(&item) {
                found.forgotten.insert(address, day);
            } else if let Some(purchase) = read(&item) {
                found.purchases.insert(purchase.id, purchase);
            }
        }
        Ok(found)
    }
}

fn key_of(address: &AddressDigest) -> Item {
    let key = format!("{KEY_PREFIX}{}", address.as_str());
    Item::from([("id".to_owned(), text(&key))])
}

fn read_forgotten(item: &Item) -> Option<(AddressDigest, Date)> {
    let item = Attributes(item);
    let address = |id: &str| AddressDigest::parse(id.strip_prefix(KEY_PREFIX)?);
    Some((
        item.parse("id", address)?,
        item.parse(FORGOTTEN_ON, Date::parse)?,
    ))
}
