//! Confirms the agreements whose mail failed.

use super::Fulfilment;
use crate::{
    delivery::Confirmation,
    domain::{delivery::Claim, purchase_id::PurchaseId},
    runtime::failure::Failure,
};

impl Fulfilment {
    /// Returns the purchases that owe the mail which confirms an agreement.
    pub async fn owed_agreement_mails(&self) -> Result<Vec<PurchaseId>, Failure> {
        self.purchases.owed_agreement_mails().await
    }

    /// Mails the confirmation that a purchase owes. Returns whether this call sent it.
    pub async fn confirm_agreement(&self, id: PurchaseId, claim: &Claim) -> Result<bool, Failure> {
        let Some(purchase) = self.purchases.find(id).await? else {
            return Ok(false);
        };
        let confirmation = Confirmation {
            catalogue: &self.catalogue,
            purchases: &self.purchases,
            mailer: &self.mailer,
            support_email: &self.support_email,
        };
        confirmation.deliver(&purchase, claim).await
    }
}
