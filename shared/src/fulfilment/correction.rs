//! Corrects the address that a buyer mistyped at the checkout.

use super::{Fulfilment, RecordedSale};
use crate::{
    adapters::purchases::UpdateOutcome,
    domain::{delivery::Claim, email_address::EmailAddress, purchase::Purchase},
    runtime::{
        failure::Failure,
        timeouts::{CLAIM, RECORD, with_timeout},
    },
};

impl Fulfilment {
    /// Corrects the address of all purchases of a sale, if the buyer may still do it. Returns the sale
    /// with its new address, whose receipt and notice are owed then, or `None` if the address stays.
    /// A repeated correction to the same address changes nothing more and is answered alike.
    pub async fn correct_address(
        &self,
        mut recorded: RecordedSale,
        to: &EmailAddress,
        claim: &Claim,
    ) -> Result<Option<RecordedSale>, Failure> {
        let is_already = |purchase: &Purchase| purchase.has_correction_of(to, claim.at);
        for is_last in [false, true] {
            if is_already(&recorded.purchase) {
                return Ok(Some(recorded));
            }
            if !recorded.purchase.can_correct_address(claim.at) {
                return Ok(None);
            }
            let corrected = self
                .purchases
                .correct_address(&recorded.purchase, to, claim);
            match with_timeout(RECORD, "Failed to correct the address", corrected).await? {
                UpdateOutcome::NotFound => return Ok(None),
                UpdateOutcome::Done(purchase) => {
                    let reference = purchase.id.reference();
                    tracing::info!(purchase = reference, "address corrected by the buyer");
                    recorded.purchase = *purchase;
                    // The correction ended the claim that the recording held.
                    recorded.is_claimed = false;
                    return Ok(Some(recorded));
                }
                UpdateOutcome::Refused(current) => recorded.purchase = *current,
            }
            if is_last || self.is_another_copy_downloaded(&recorded.purchase).await? {
                break;
            }
            // A request is mailing the link to the old address just now, and would record that the
            // new one has it.
            self.wait_for_mail(recorded.purchase.id).await?;
            let current = self.find(recorded.purchase.id);
            let current = with_timeout(CLAIM, "Failed to read the purchase", current).await?;
            match current {
                Some(current) => recorded.purchase = current,
                None => return Ok(None),
            }
        }
        Ok(is_already(&recorded.purchase).then_some(recorded))
    }

    async fn is_another_copy_downloaded(&self, purchase: &Purchase) -> Result<bool, Failure> {
        let others = self.purchases.find_each(&purchase.others);
        let others = with_timeout(CLAIM, "Failed to read the other purchases", others).await?;
        Ok(others.iter().any(|other| other.downloads > 0))
    }
}
