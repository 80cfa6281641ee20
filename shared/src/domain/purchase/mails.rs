//! The mails that a purchase owes, and how each delivery stands.

use std::{collections::BTreeSet, fmt};

use super::Purchase;
use crate::domain::{
    delivery::{Delivery, DeliveryState},
    dispute::{Dispute, DisputeNoticeId, DisputeStage},
    email_address::EmailAddress,
    stripe_ids::RefundId,
};

/// Whether the buyer gets mail about new editions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditionMail {
    /// The buyer gets it.
    Sent,
    /// The buyer turned it off.
    TurnedOff,
    /// There is no address that takes mail.
    NotPossible,
}

/// The reason why the buyer may not have got the mail with their link. Only the author can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undelivered {
    /// Stripe has no address of the buyer that can be mailed.
    NoAddress,
    /// The address was refused for good.
    AddressRefused,
    /// It is unknown whether a mail was sent.
    Uncertain,
}

impl fmt::Display for Undelivered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NoAddress => {
                "Stripe has no address of its buyer's that a mail could go to; the link is not \
                 sent; mail it with the action resend and `to`"
            }
            Self::AddressRefused => "its mail was refused for good; the link is not sent",
            Self::Uncertain => {
                "nobody knows whether its mail was sent; ask the buyer, or mail the link again"
            }
        })
    }
}

impl Purchase {
    /// Whether the mail that confirms the buyer's agreement is owed to this address.
    #[must_use]
    pub fn owes_agreement_mail_to(&self, address: &EmailAddress) -> bool {
        self.owes_agreement_mail
            && self.email.as_ref() == Some(address)
            && self.mail_refused_at.is_none()
    }

    /// Whether the mail that acknowledges a withdrawal is owed to this address.
    #[must_use]
    pub fn owes_withdrawal_mail_to(&self, address: &EmailAddress) -> bool {
        self.owes_withdrawal_mail
            && self.email.as_ref() == Some(address)
            && self.mail_refused_at.is_none()
    }

    /// Whether the mail with its link is still owed: its delivery has not ended, the buyer can be
    /// mailed, and the link gives the book. An imported one owes none: the next update brings the link.
    #[must_use]
    pub fn owes_receipt(&self) -> bool {
        self.part_of.is_none()
            && self.imported.is_none()
            && self.mailed_at.is_none()
            && self.email.is_some()
            && self.mail_refused_at.is_none()
            && self.mail_uncertain_at.is_none()
            && self.erased_at.is_none()
            && self.is_paid_for()
    }

    /// Whether the former address is owed the mail that the link went elsewhere.
    #[must_use]
    pub fn owes_correction_notice(&self) -> bool {
        self.corrected_from.is_some()
    }

    /// Returns the refunds of which the buyer is to be mailed; `None` if there are none, or no address
    /// accepts mail.
    #[must_use]
    pub fn owed_refund_mail(&self) -> Option<BTreeSet<RefundId>> {
        let can_be_mailed = self.email.is_some() && self.mail_refused_at.is_none();
        let owed = can_be_mailed.then(|| self.refunds.besides(&self.refunds_mailed));
        owed.filter(|owed| !owed.is_empty())
    }

    /// Returns what the author is owed to be told of this dispute, if anything is.
    #[must_use]
    pub fn owed_dispute_notice(
        &self,
        dispute: Option<&Dispute>,
    ) -> Option<(DisputeNoticeId, DisputeStage)> {
        let (notice, stage) = dispute?.notice()?;
        let is_told = self.disputes_told.contains(notice.as_str());
        (!is_told).then_some((notice, stage))
    }

    /// Returns the address that has the mail with the link, as far as the shop knows.
    #[must_use]
    pub fn mailed_to(&self) -> Option<&EmailAddress> {
        let has_it = self.mailed_at.is_some()
            && self.mail_refused_at.is_none()
            && self.mail_uncertain_at.is_none();
        self.email.as_ref().filter(|_| has_it)
    }

    /// Returns why its buyer may not have got the mail with their link, if no retry helps.
    #[must_use]
    pub fn undelivered(&self) -> Option<Undelivered> {
        let is_no_sale = self.part_of.is_some() || self.imported.is_some();
        if is_no_sale || self.erased_at.is_some() || !self.is_paid_for() {
            None
        } else if self.mail_uncertain_at.is_some() {
            Some(Undelivered::Uncertain)
        } else if self.mailed_at.is_some() {
            None
        } else if self.email.is_none() {
            Some(Undelivered::NoAddress)
        } else {
            self.mail_refused_at.map(|_| Undelivered::AddressRefused)
        }
    }

    /// Whether the receipt's claim has work to do: mailing the link, or logging that it cannot be
    /// mailed. The claim is released when the log has it.
    #[must_use]
    pub fn awaits_receipt(&self) -> bool {
        let is_unsaid = self.deliveries.receipt.claimed_by.is_some();
        self.owes_receipt() || is_unsaid && self.undelivered() == Some(Undelivered::NoAddress)
    }

    /// Returns whether its buyer gets mail about new editions.
    #[must_use]
    pub fn edition_mail(&self) -> EditionMail {
        if self.email.is_none() || self.mail_refused_at.is_some() {
            EditionMail::NotPossible
        } else if self.unsubscribed_at.is_some() {
            EditionMail::TurnedOff
        } else {
            EditionMail::Sent
        }
    }

    /// Whether everything that follows from its payment is done, as far as possible.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        !self.awaits_receipt()
            && self.missed_updates_since.is_none()
            && !self.owes_correction_notice()
            && !self.owes_sale_mail
            && self.owed_refund_mail().is_none()
            && self.owed_credit_notes().is_empty()
    }

    /// Whether it owes its buyer this mail.
    #[must_use]
    pub fn owes(&self, delivery: &Delivery) -> bool {
        match delivery {
            Delivery::Receipt => self.owes_receipt(),
            Delivery::Update { edition } => self.is_paid_for() && self.edition < *edition,
            Delivery::LostLinks { address } => self.email.as_ref() == Some(address),
            Delivery::Withdrawal { address } => self.owes_withdrawal_mail_to(address),
            Delivery::Return { press } => {
                let owed = self.return_notice.as_ref();
                owed.is_some_and(|owed| owed.press == *press)
            }
            Delivery::Refund { refunds } => self
                .owed_refund_mail()
                .is_some_and(|owed| !owed.is_disjoint(refunds)),
            Delivery::CorrectedAddress => self.owes_correction_notice(),
            Delivery::Sale => self.owes_sale_mail,
            Delivery::Dispute { notice } => !self.disputes_told.contains(notice.as_str()),
            Delivery::Agreement { address } => self.owes_agreement_mail_to(address),
        }
    }

    /// Returns the state of this mail's delivery.
    #[must_use]
    pub fn delivery_state(&self, delivery: &Delivery) -> &DeliveryState {
        match delivery {
            Delivery::Receipt => &self.deliveries.receipt,
            Delivery::Update { .. } => &self.deliveries.update,
            Delivery::LostLinks { .. } => &self.deliveries.lost_links,
            Delivery::Withdrawal { .. } => &self.deliveries.withdrawal,
            Delivery::Return { .. } => &self.deliveries.return_notice,
            Delivery::Refund { .. } => &self.deliveries.refund,
            Delivery::CorrectedAddress => &self.deliveries.corrected_address,
            Delivery::Sale => &self.deliveries.sale,
            Delivery::Dispute { .. } => &self.deliveries.dispute,
            Delivery::Agreement { .. } => &self.deliveries.agreement,
        }
    }
}
