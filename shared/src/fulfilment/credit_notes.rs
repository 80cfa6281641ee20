//! Has Stripe issue the credit notes of refunds.
//!
//! ```text
//! record the refund ─▶ issue the credit note at Stripe ─▶ note it
//!                    │                                  │
//! crash:             └──────────────────────────────────┴ the credit note is owed: Stripe's next
//!                      webhook or `reconcile` finds it at Stripe, or has it issued
//! ```
//!
//! Whoever records a refund first leaves the purchase owing the credit note, as it does the mail: there
//! are refunds without one. It is made no matter who made the refund.

use super::{Fulfilment, RecordedSale};
use crate::{
    adapters::{purchases::UpdateOutcome, stripe::Stripe},
    domain::{
        invoice::CreditNote, purchase::Purchase, stripe_ids::PaymentId, timestamp::Timestamp,
    },
    runtime::{
        failure::Failure,
        timeouts::{CREDIT_NOTES, with_timeout},
    },
};

impl Fulfilment {
    /// Has Stripe issue the credit notes that the purchase of a sale owes, and notes them. Returns
    /// whether it owed any. Makes no request if it owes none, which is so where there is no invoice.
    ///
    /// One that Stripe refuses for good is an error in the log, which raises an alarm, and is not tried
    /// again: the author makes it in Stripe's dashboard.
    pub async fn issue_credit_notes(
        &self,
        stripe: &Stripe,
        recorded: &mut RecordedSale,
        now: Timestamp,
    ) -> Result<bool, Failure> {
        if recorded.purchase.owed_credit_notes().is_empty() {
            return Ok(false);
        }
        let noted = self.issue(stripe, &recorded.purchase, now);
        let noted = with_timeout(CREDIT_NOTES, "Failed to issue a credit note", noted);
        if let Some(current) = noted.await? {
            recorded.purchase = current;
        }
        Ok(true)
    }

    /// Has Stripe issue the credit notes that a purchase owes, and returns it with them. `None` if it is
    /// not there any more, or has no invoice.
    async fn issue(
        &self,
        stripe: &Stripe,
        purchase: &Purchase,
        now: Timestamp,
    ) -> Result<Option<Purchase>, Failure> {
        let Some(invoice) = &purchase.invoice else {
            return Ok(None);
        };
        let owed = purchase.owed_credit_notes();
        let mut credit_notes = purchase.credit_notes.clone();
        let reference = purchase.id.reference();
        let payment = purchase.payment.as_ref().map(PaymentId::as_str);
        for (refund, issued) in stripe.credit_notes(&invoice.id, &owed, now).await? {
            let note = issued.unwrap_or_else(|why| {
                tracing::error!(
                    purchase = reference,
                    payment,
                    refund = refund.as_str(),
                    "Stripe issues no credit note: {why}. Make it in Stripe's dashboard"
                );
                CreditNote {
                    id: None,
                    pdf: None,
                }
            });
            credit_notes.insert(refund, note);
        }
        let noted = self.purchases.note_credit_notes(purchase.id, &credit_notes);
        let noted = noted.await?;
        tracing::info!(purchase = reference, payment, "credit notes noted");
        Ok(match noted {
            UpdateOutcome::Done(current) | UpdateOutcome::Refused(current) => Some(*current),
            UpdateOutcome::NotFound => None,
        })
    }
}
