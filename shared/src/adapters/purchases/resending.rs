//! Who mails the links of an address once more: one request in ten minutes.
//!
//! The note of it belongs to the address, and its oldest purchase keeps it, so that an address
//! needs no table of its own. That is why it is no part of a
//! [`Purchase`](crate::domain::purchase::Purchase).

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError, types::ReturnValuesOnConditionCheckFailure,
};

use super::{
    Purchases,
    item::{key, text, timestamp},
};
use crate::{
    adapters::aws::failed,
    domain::{
        claim::{Claim, LINKS_AGAIN_SECONDS},
        email_address::EmailAddress,
        purchase_id::PurchaseId,
    },
    runtime::failure::Failure,
};

impl Purchases {
    /// Claims the mailing of an address's links, by its oldest purchase: `false` if another
    /// request claimed it less than ten minutes ago, or if that purchase has another address by
    /// now, of which the index does not know yet. One `UpdateItem`.
    ///
    /// ```text
    /// claim ─▶ send
    ///        │      │
    /// crash: │      the mail is sent, and the next goes out after ten minutes, as it should
    ///        no mail, and none for ten minutes; then it works again
    /// ```
    ///
    /// A purchase that is recorded late, and was made before the others, takes the note's place:
    /// that is a second mail.
    pub async fn claim_links(
        &self,
        oldest: PurchaseId,
        email: &EmailAddress,
        claim: &Claim,
    ) -> Result<bool, Failure> {
        let free_since = claim.at.plus_seconds(-LINKS_AGAIN_SECONDS);
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(oldest)))
            .update_expression("SET links_mailed_at = :now, links_mailed_by = :by")
            .condition_expression(
                "email = :email \
                 AND (attribute_not_exists(links_mailed_at) OR links_mailed_at <= :free_since)",
            )
            .expression_attribute_values(":now", timestamp(claim.at))
            .expression_attribute_values(":by", text(&claim.by.0))
            .expression_attribute_values(":email", text(email.as_str()))
            .expression_attribute_values(":free_since", timestamp(free_since))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = answer else {
            return Ok(true);
        };
        match error.as_service_error() {
            // Its own, if the answer to the first attempt was lost.
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => Ok(refused
                .item()
                .and_then(|item| item.get("links_mailed_by"))
                .is_some_and(|by| *by == text(&claim.by.0))),
            _ => Err(failed("Failed to claim the mail with the links", &error)),
        }
    }

    /// Gives a claim back after a mail that was certainly not sent.
    pub async fn release_links(&self, oldest: PurchaseId, claim: &Claim) -> Result<(), Failure> {
        self.change(
            "Failed to release the mail with the links",
            oldest,
            "REMOVE links_mailed_at, links_mailed_by",
            "links_mailed_by = :by",
            [(":by", text(&claim.by.0))],
        )
        .await
        .map(drop)
    }
}
