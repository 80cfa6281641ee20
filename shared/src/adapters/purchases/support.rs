//! What the author changes for one buyer, and all that is held of them.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Map, Value};

use super::{
    Purchases, UpdateOutcome,
    item::{number, text, timestamp},
};
use crate::{
    domain::{email_address::EmailAddress, purchase_id::PurchaseId, timestamp::Timestamp},
    runtime::failure::Failure,
};

impl Purchases {
    /// Notes that the link was mailed to this address, which is the purchase's own from now on: it
    /// took mail, so an earlier refusal is forgotten. Refused where the purchase was erased.
    pub async fn mailed_to(
        &self,
        id: PurchaseId,
        to: &EmailAddress,
        now: Timestamp,
    ) -> Result<UpdateOutcome, Failure> {
        self.change(
            "Failed to note where the link was mailed",
            id,
            "SET email = :to, mailed_at = :now REMOVE mail_refused_at",
            "attribute_exists(id) AND attribute_not_exists(erased_at)",
            [(":to", text(to.as_str())), (":now", timestamp(now))],
        )
        .await
    }

    /// Sets how many downloads are left, so that a second attempt adds none. Refused where the
    /// purchase was refunded.
    pub async fn set_downloads(
        &self,
        id: PurchaseId,
        downloads: u32,
    ) -> Result<UpdateOutcome, Failure> {
        self.change(
            "Failed to give downloads",
            id,
            "SET downloads_left = :downloads",
            "attribute_exists(id) AND attribute_not_exists(refunded_at)",
            [(":downloads", number(downloads))],
        )
        .await
    }

    /// Erases whatever tells of a person, and keeps the sale. Refused where that was done before.
    ///
    /// The item stays under its id, so that a webhook that comes again finds it instead of
    /// recording it anew. It counts as unsubscribed, because that is how the index of an update
    /// knows whom not to mail.
    pub async fn erase(&self, id: PurchaseId, now: Timestamp) -> Result<UpdateOutcome, Failure> {
        self.change_named(
            "Failed to erase the buyer's data",
            id,
            "SET erased_at = :now, unsubscribed_at = :now \
             REMOVE email, mailed_at, mail_refused_at, mail_claimed_at, mail_claimed_by, \
             links_mailed_at, links_mailed_by, last_download_by, #variant, #source",
            "attribute_exists(id) AND attribute_not_exists(erased_at)",
            [(":now", timestamp(now))],
            &[("#variant", "variant"), ("#source", "source")],
        )
        .await
    }

    /// Everything that is held of a purchase, each attribute by its name. One `GetItem`.
    pub async fn everything(&self, id: PurchaseId) -> Result<Option<Map<String, Value>>, Failure> {
        let item = self
            .item_of("Failed to read all that is held of the purchase", id)
            .await?;
        Ok(item.map(|item| {
            item.into_iter()
                .map(|(name, value)| (name, plain(value)))
                .collect()
        }))
    }
}

/// An attribute as JSON has it. The shop writes texts and numbers.
fn plain(value: AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => text.into(),
        AttributeValue::N(number) => number
            .parse::<u64>()
            .map_or_else(|_| number.into(), Value::from),
        AttributeValue::Bool(answer) => answer.into(),
        AttributeValue::L(values) => values.into_iter().map(plain).collect(),
        AttributeValue::M(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, plain(value)))
            .collect(),
        other => format!("{other:?}").into(),
    }
}
