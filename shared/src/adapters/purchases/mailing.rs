//! Who mails the private link: one at a time, and whoever dies at it is followed by another.

use aws_sdk_dynamodb::types::AttributeValue;

use super::{
    Purchases, UpdateOutcome,
    item::{text, timestamp},
};
use crate::{
    domain::{
        claim::{Claim, MAIL_CLAIM_SECONDS},
        purchase_id::PurchaseId,
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};

impl Purchases {
    /// Claims the mailing of the link for a minute, if it is still owed and nobody else is at it.
    pub async fn claim_mail(
        &self,
        id: PurchaseId,
        claim: &Claim,
    ) -> Result<UpdateOutcome, Failure> {
        let owed = "attribute_exists(id) AND attribute_not_exists(mailed_at) \
                    AND attribute_not_exists(erased_at)";
        self.claim("Failed to claim the mail", id, owed, [], claim)
            .await
    }

    /// Marks the link as mailed. A crash before this costs a second mail, never a missing one.
    pub async fn mailed(&self, id: PurchaseId, now: Timestamp) -> Result<(), Failure> {
        self.change(
            "Failed to mark the purchase as mailed",
            id,
            "SET mailed_at = if_not_exists(mailed_at, :now) REMOVE mail_claimed_at, mail_claimed_by",
            "attribute_exists(id) AND attribute_not_exists(erased_at)",
            [(":now", timestamp(now))],
        )
        .await
        .map(drop)
    }

    /// Gives a claim back after a mail that was not sent, so that the next one need not wait.
    pub async fn release_mail(&self, id: PurchaseId) -> Result<(), Failure> {
        self.change(
            "Failed to release the mail",
            id,
            "REMOVE mail_claimed_at, mail_claimed_by",
            "attribute_exists(id)",
            [],
        )
        .await
        .map(drop)
    }

    /// Notes that the address of a purchase will never take mail.
    pub async fn address_refused(&self, id: PurchaseId, now: Timestamp) -> Result<(), Failure> {
        self.change(
            "Failed to note that the address was refused",
            id,
            "SET mail_refused_at = :now REMOVE mail_claimed_at, mail_claimed_by",
            "attribute_exists(id) AND attribute_not_exists(erased_at)",
            [(":now", timestamp(now))],
        )
        .await
        .map(drop)
    }

    pub(super) async fn claim<'a>(
        &self,
        step: &'static str,
        id: PurchaseId,
        owed: &str,
        values: impl IntoIterator<Item = (&'a str, AttributeValue)>,
        claim: &Claim,
    ) -> Result<UpdateOutcome, Failure> {
        let stale = claim.at.plus_seconds(-MAIL_CLAIM_SECONDS);
        let claiming = [
            (":now", timestamp(claim.at)),
            (":stale", timestamp(stale)),
            (":by", text(&claim.by.0)),
        ];
        let written = self
            .change(
                step,
                id,
                "SET mail_claimed_at = :now, mail_claimed_by = :by",
                &format!(
                    "{owed} AND (attribute_not_exists(mail_claimed_at) OR mail_claimed_at < :stale)"
                ),
                claiming.into_iter().chain(values),
            )
            .await?;
        Ok(match written {
            UpdateOutcome::Refused(current) if current.mail_claim.as_ref() == Some(claim) => {
                UpdateOutcome::Done(current)
            }
            written => written,
        })
    }
}
