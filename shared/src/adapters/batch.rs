//! Reads many items of a table of DynamoDB at once.

use aws_sdk_dynamodb::{Client, types::KeysAndAttributes};

use crate::{
    adapters::{attributes::Item, aws::failed},
    runtime::failure::Failure,
};

/// The most keys of a `BatchGetItem`
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html>).
const MOST_OF_A_BATCH: usize = 100;
/// How often the keys that DynamoDB left out of a batch are asked for again.
const BATCH_TRIES: u32 = 5;

/// Returns the items of these keys in any order, without those that do not exist. No key may be there
/// twice. One consistent `BatchGetItem` for each hundred keys, and more if DynamoDB leaves some of them
/// out.
pub(super) async fn items(
    client: &Client,
    step: &'static str,
    table: &str,
    mut keys: Vec<Item>,
) -> Result<Vec<Item>, Failure> {
    let mut found = Vec::new();
    while !keys.is_empty() {
        let rest = keys.split_off(keys.len().min(MOST_OF_A_BATCH));
        read_batch(client, step, table, keys, &mut found).await?;
        keys = rest;
    }
    Ok(found)
}

async fn read_batch(
    client: &Client,
    step: &'static str,
    table: &str,
    mut wanted: Vec<Item>,
    found: &mut Vec<Item>,
) -> Result<(), Failure> {
    for _ in 0..BATCH_TRIES {
        let keys = KeysAndAttributes::builder()
            .set_keys(Some(wanted))
            .consistent_read(true)
            .build()
            .map_err(|error| Failure::refused(step, error.to_string()))?;
        let answer = client
            .batch_get_item()
            .request_items(table, keys)
            .send()
            .await
            .map_err(|error| failed(step, &error))?;
        let items = answer.responses.unwrap_or_default();
        found.extend(items.into_values().flatten());
        let left_out = answer.unprocessed_keys.unwrap_or_default();
        let left_out = left_out.into_values().next();
        wanted = left_out.map(|keys| keys.keys).unwrap_or_default();
        if wanted.is_empty() {
            return Ok(());
        }
    }
    let why = "DynamoDB kept leaving some of them out";
    Err(Failure::unavailable(step, why))
}
