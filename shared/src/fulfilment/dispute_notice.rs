//! The mails to the author about a dispute: one for each stage of it.
//!
//! ```text
//! Stripe says how the dispute stands ─▶ claim ─▶ send ─▶ note that the author was told of this stage
//!                                    │        │       │
//! crash:                             │        │       └ after the claim has expired, a second mail is sent
//!                                    │        └ after the claim has expired, the mail is sent
//!                                    └ Stripe sends the webhook again, or `reconcile` finds its event
//! ```
//!
//! Money is at stake, so whoever sends the mail returns its failure: the webhook is answered with an
//! error, and comes again.

use std::fmt::Display;

use super::{Fulfilment, RecordedSale};
use crate::{
    delivery::{Claimed, Delivered, DeliveryRun},
    domain::{
        delivery::{Claim, Delivery},
        dispute::Dispute,
    },
    emails::DisputeNotice,
    runtime::{
        failure::Failure,
        timeouts::{CLAIM, MARK, with_timeout},
    },
};

const REFUSED: &str = "mail to the author about a dispute refused for good; mend AuthorEmail, and answer \
                       the dispute in Stripe's dashboard";
const UNCERTAIN: &str = "nobody knows whether the mail to the author about a dispute was sent; look at the \
                         dispute in Stripe's dashboard";

/// What became of a mail to the author about a dispute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DisputeNoticeState {
    /// None is owed, or another call is sending it.
    NotOwed,
    /// It was sent by this call.
    Sent,
    /// It will never be known to have arrived, for this reason. This call has logged that.
    Lost(&'static str),
}

impl RecordedSale {
    /// Whether the author was not mailed how the newest dispute of its payment stands.
    #[must_use]
    pub fn owes_dispute_notice(&self) -> bool {
        let dispute = self.dispute.as_ref();
        self.purchase.owed_dispute_notice(dispute).is_some()
    }
}

impl Fulfilment {
    /// Mails the author how the dispute of this sale stands, if they were not told of this stage and no
    /// other call is telling them.
    pub async fn tell_of_dispute(
        &self,
        recorded: &RecordedSale,
        claim: &Claim,
    ) -> Result<DisputeNoticeState, Failure> {
        let RecordedSale {
            purchase,
            books,
            dispute,
            ..
        } = recorded;
        let owed = purchase.owed_dispute_notice(dispute.as_ref());
        let (Some((notice, stage)), Some(dispute)) = (owed, dispute) else {
            return Ok(DisputeNoticeState::NotOwed);
        };
        let (Some(author), Some(book), Some(payment), Some(paid)) = (
            &self.author,
            books.first(),
            &purchase.payment,
            purchase.paid,
        ) else {
            return Ok(DisputeNoticeState::NotOwed);
        };
        let reference = purchase.id.reference();
        let run = DeliveryRun::new(&self.purchases, Delivery::Dispute { notice }, claim.clone());
        let claimed = run.claim(purchase.id);
        let claimed = match with_timeout(CLAIM, "Failed to claim a mail", claimed).await? {
            Claimed::Ours(claimed) => claimed,
            Claimed::UnderWay | Claimed::NotOwed => return Ok(DisputeNoticeState::NotOwed),
            Claimed::GaveUp => {
                let cause = "its last try ended in a crash";
                return Ok(lost(&reference, dispute, UNCERTAIN, &cause));
            }
        };
        let message = DisputeNotice {
            book: &book.name,
            version: &book.version,
            language: book.language.as_ref(),
            accent: book.accent.unwrap_or_default(),
            dispute,
            stage,
            paid,
            payment,
            reference: &reference,
            link: claimed.closed(),
            is_test: claimed.is_test,
        }
        .message();
        let sent = self.mailer.send(author, &message).await;
        let concluded = run.conclude(&claimed, sent);
        let delivered =
            with_timeout(MARK, "Failed to note what became of a mail", concluded).await?;
        Ok(match delivered {
            Delivered::Sent => {
                let (purchase, dispute) = (reference, dispute.id.as_str());
                tracing::info!(purchase, dispute, "author told of a dispute");
                DisputeNoticeState::Sent
            }
            Delivered::AddressRefused(failure) => lost(&reference, dispute, REFUSED, &failure),
            Delivered::Uncertain(failure) => lost(&reference, dispute, UNCERTAIN, &failure),
        })
    }
}

/// Logs that only an alarm can tell the author.
fn lost(
    purchase: &str,
    dispute: &Dispute,
    why: &'static str,
    failure: &dyn Display,
) -> DisputeNoticeState {
    let dispute = dispute.id.as_str();
    tracing::error!(purchase, dispute, %failure, "{why}");
    DisputeNoticeState::Lost(why)
}
