//! Changes a buyer's data: subscription, address, erasure. Also reads all of it for an export.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Map, Value};

use super::{
    conditions::{EXISTS, NOT_ERASED},
    item::email_typed,
    table::{Change, Purchases, UpdateOutcome},
};
use crate::{
    adapters::attributes::{text, timestamp},
    domain::{email_address::EmailAddress, purchase_id::PurchaseId, timestamp::Timestamp},
    runtime::failure::Failure,
};

impl Purchases {
    /// Records whether the buyer wants mail about new editions. It can be repeated.
    pub async fn subscribe(
        &self,
        id: PurchaseId,
        wants_mail: bool,
        now: Timestamp,
    ) -> Result<UpdateOutcome, Failure> {
        const STEP: &str = "Failed to record whether mail is wanted";
        let change = if wants_mail {
            Change::new(STEP, "REMOVE unsubscribed_at", EXISTS)
        } else {
            let update = "SET unsubscribed_at = if_not_exists(unsubscribed_at, :now)";
            Change::new(STEP, update, EXISTS).with([(":now", timestamp(now))])
        };
        self.change(id, change).await
    }

    /// Records that the link was mailed to this address, which becomes the purchase's address. An
    /// earlier refusal of mail is removed. Returns `Refused` if the purchase was erased.
    pub async fn mailed_to(
        &self,
        id: PurchaseId,
        to: &EmailAddress,
        now: Timestamp,
    ) -> Result<UpdateOutcome, Failure> {
        let typed = email_typed(to);
        let (also_set, also_remove) = match typed {
            Some(_) => (", email_typed = :typed", ""),
            None => ("", ", email_typed"),
        };
        let update = format!(
            "SET email = :to, mailed_at = :now{also_set} REMOVE mail_refused_at, \
             mail_uncertain_at, receipt_claimed_by, receipt_free_at, receipt_tries{also_remove}"
        );
        let step = "Failed to note where the link was mailed";
        let change = Change::new(step, &update, NOT_ERASED)
            .with([(":to", text(to.as_str())), (":now", timestamp(now))])
            .with(typed.map(|typed| (":typed", typed)));
        self.change(id, change).await
    }

    /// Erases the buyer's personal data and keeps the sale. Returns `Refused` if it was erased
    /// before.
    ///
    /// The item stays under its id, so that a repeated webhook finds it instead of recording the
    /// purchase again. It is marked as unsubscribed, because the index of an update holds that
    /// attribute and not `erased_at`. The times of downloads are personal data; the map that holds
    /// them stays, because the next download writes into it.
    pub async fn erase(&self, id: PurchaseId, now: Timestamp) -> Result<UpdateOutcome, Failure> {
        let change = Change::new(
            "Failed to erase the buyer's data",
            "SET erased_at = :now, unsubscribed_at = :now, takes = :none \
             REMOVE email, email_typed, mailed_at, mail_refused_at, mail_uncertain_at, \
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

    /// Returns all attributes of a purchase by name, or `None` if there is no such purchase. One
    /// `GetItem`.
    pub async fn everything(&self, id: PurchaseId) -> Result<Option<Map<String, Value>>, Failure> {
        let item = self
            .item_of("Failed to read all data of the purchase", id)
            .await?;
        Ok(item.map(|item| {
            item.into_iter()
                .map(|(name, value)| (name, plain(value)))
                .collect()
        }))
    }
}

/// Turns an attribute into JSON.
fn plain(value: AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => text.into(),
        AttributeValue::N(number) => number
            .parse::<u64>()
            .map_or_else(|_| number.into(), Value::from),
        AttributeValue::Bool(answer) => answer.into(),
        AttributeValue::Ss(texts) => texts.into(),
        AttributeValue::L(values) => values.into_iter().map(plain).collect(),
        AttributeValue::M(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, plain(value)))
            .collect(),
        other => format!("{other:?}").into(),
    }
}
