//! The mails about a contract whose first try failed: each confirms an agreement, acknowledges a
//! withdrawal, or tells the author of a press for the money.

use super::Fulfilment;
use crate::{
    delivery::{Acknowledgement, Confirmation, PressNotice},
    domain::{delivery::Claim, link::ShopUrl, purchase_id::PurchaseId},
    runtime::failure::Failure,
};

/// A mail about a contract, which the purchase owes until it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContractMail {
    /// It confirms to the buyer what they agreed to before the first download.
    Agreement,
    /// It acknowledges to the buyer that they withdrew.
    Withdrawal,
    /// It tells the author of a buyer's press for the money.
    PressNotice,
}

impl Fulfilment {
    /// Returns the purchases that owe this mail.
    pub async fn owed_contract_mails(
        &self,
        mail: ContractMail,
    ) -> Result<Vec<PurchaseId>, Failure> {
        match mail {
            ContractMail::Agreement => self.purchases.owed_agreement_mails().await,
            ContractMail::Withdrawal => self.purchases.owed_withdrawal_mails().await,
            ContractMail::PressNotice => self.purchases.owed_return_notices().await,
        }
    }

    /// Mails what a purchase owes, if it owes this mail. Returns whether this call sent it.
    pub async fn deliver_contract_mail(
        &self,
        mail: ContractMail,
        id: PurchaseId,
        shop_url: &ShopUrl,
        claim: &Claim,
    ) -> Result<bool, Failure> {
        let Some(purchase) = self.purchases.find(id).await? else {
            return Ok(false);
        };
        let Self {
            catalogue,
            purchases,
            mailer,
            support_email,
            author,
            ..
        } = self;
        match (mail, author) {
            (ContractMail::Agreement, _) => {
                let confirmation = Confirmation {
                    catalogue,
                    purchases,
                    mailer,
                    shop_url,
                    support_email,
                };
                confirmation.deliver(&purchase, claim).await
            }
            (ContractMail::Withdrawal, _) => {
                let acknowledgement = Acknowledgement {
                    catalogue,
                    purchases,
                    mailer,
                    shop_url,
                    support_email,
                };
                acknowledgement.deliver(&purchase, claim).await
            }
            (ContractMail::PressNotice, Some(author)) => {
                let notice = PressNotice {
                    catalogue,
                    purchases,
                    mailer,
                    author,
                };
                notice.deliver(&purchase, claim).await
            }
            (ContractMail::PressNotice, None) => Ok(false),
        }
    }
}
