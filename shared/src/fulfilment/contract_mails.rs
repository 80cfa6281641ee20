//! Confirms the agreements and acknowledges the withdrawals whose mail failed, and tells the author of
//! presses for the money.

use super::Fulfilment;
use crate::{
    delivery::{Acknowledgement, Confirmation, PressNotice},
    domain::{delivery::Claim, link::ShopUrl, purchase_id::PurchaseId},
    runtime::failure::Failure,
};

impl Fulfilment {
    /// Returns the purchases that owe the mail which confirms an agreement.
    pub async fn owed_agreement_mails(&self) -> Result<Vec<PurchaseId>, Failure> {
        self.purchases.owed_agreement_mails().await
    }

    /// Mails the confirmation that a purchase owes. Returns whether this call sent it.
    pub async fn confirm_agreement(
        &self,
        id: PurchaseId,
        shop_url: &ShopUrl,
        claim: &Claim,
    ) -> Result<bool, Failure> {
        let Some(purchase) = self.purchases.find(id).await? else {
            return Ok(false);
        };
        let confirmation = Confirmation {
            catalogue: &self.catalogue,
            purchases: &self.purchases,
            mailer: &self.mailer,
            shop_url,
            support_email: &self.support_email,
        };
        confirmation.deliver(&purchase, claim).await
    }

    /// Returns the purchases of which the author is owed a mail about a press for the money.
    pub async fn owed_return_notices(&self) -> Result<Vec<PurchaseId>, Failure> {
        self.purchases.owed_return_notices().await
    }

    /// Mails the author about the press of which they are owed to be told. Returns whether this call
    /// sent it.
    pub async fn tell_of_press(&self, id: PurchaseId, claim: &Claim) -> Result<bool, Failure> {
        let (Some(author), Some(purchase)) = (&self.author, self.purchases.find(id).await?) else {
            return Ok(false);
        };
        let notice = PressNotice {
            catalogue: &self.catalogue,
            purchases: &self.purchases,
            mailer: &self.mailer,
            author,
        };
        notice.deliver(&purchase, claim).await
    }

    /// Returns the purchases that owe the mail which acknowledges a withdrawal.
    pub async fn owed_withdrawal_mails(&self) -> Result<Vec<PurchaseId>, Failure> {
        self.purchases.owed_withdrawal_mails().await
    }

    /// Mails the acknowledgement that a purchase owes. Returns whether this call sent it.
    pub async fn acknowledge_withdrawal(
        &self,
        id: PurchaseId,
        shop_url: &ShopUrl,
        claim: &Claim,
    ) -> Result<bool, Failure> {
        let Some(purchase) = self.purchases.find(id).await? else {
            return Ok(false);
        };
        let acknowledgement = Acknowledgement {
            catalogue: &self.catalogue,
            purchases: &self.purchases,
            mailer: &self.mailer,
            shop_url,
            support_email: &self.support_email,
        };
        acknowledgement.deliver(&purchase, claim).await
    }
}
