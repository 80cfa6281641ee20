//! What a buyer or the author changes about the buyer, and all that is held of them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Map, Value};

use super::{
    conditions::{EXISTS, NOT_ERASED},
    table::{Change, Purchases, UpdateOutcome},
};
use crate::{
    adapters::attributes::{text, timestamp},
    domain::{email_address::EmailAddress, purchase_id::PurchaseId, timestamp::Timestamp},
    runtime::failure::Failure,
};

impl Purchases {
    /// Notes whether the buyer wants mail about new editions. Repeated at will.
    pub async fn subscribe(
        &self,
        id: PurchaseId,
        wants_mail: bool,
        now: Timestamp,
    ) -> Result<UpdateOutcome, Failure> {
        const STEP: &str = "Failed to note whether mail is wanted";
        let change = if wants_mail {
            Change::new(STEP, "REMOVE unsubscribed_at", EXISTS)
        } else {
            let update = "SET unsubscribed_at = if_not_exists(unsubscribed_at, :now)";
            Change::new(STEP, update, EXISTS).with([(":now", timestamp(now))])
        };
        self.change(id, change).await
    }

    /// Notes that the link was mailed to this address, which is the purchase's own from now on: it
    /// took mail, so an earlier refusal is forgotten. Refused where the purchase was erased.
    pub async fn mailed_to(
        &self,
        id: PurchaseId,
        to: &EmailAddress,
        now: Timestamp,
    ) -> Result<UpdateOutcome, Failure> {
        let change = Change::new(
            "Failed to note where the link was mailed",
            "SET email = :to, mailed_at = :now REMOVE mail_refused_at, mail_uncertain_at, \
             receipt_claimed_by, receipt_free_at, receipt_tries",
            NOT_ERASED,
        )
        .with([(":to", text(to.as_str())), (":now", timestamp(now))]);
        self.change(id, change).await
    }

    /// Erases whatever tells of a person, and keeps the sale. Refused where that was done before.
    ///
    /// The item stays under its id, so that a webhook that comes again finds it instead of
    /// recording it anew. It counts as unsubscribed, because that is how the index of an update
    /// knows whom not to mail. Which page took a download is random and names nobody, but when it
    /// did tells of a person; the map itself stays, because the next download writes into it.
    pub async fn erase(&self, id: PurchaseId, now: Timestamp) -> Result<UpdateOutcome, Failure> {
        let change = Change::new(
            "Failed to erase the buyer's data",
            "SET erased_at = :now, unsubscribed_at = :now, takes = :none \
             REMOVE email, mailed_at, mail_refused_at, mail_uncertain_at, \
             receipt_claimed_by, receipt_free_at, receipt_tries, \
             update_claimed_by, update_free_at, update_tries, \
             lost_links_claimed_by, lost_links_free_at, lost_links_tries, #variant, #source",
            NOT_ERASED,
        )
        .with([
            (":now", timestamp(now)),
            (":none", AttributeValue::M(HashMap::new())),
        ])
        .with_names(&[("#variant", "variant"), ("#source", "source")]);
        self.change(id, change).await
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
