//! The invoice of a purchase and the credit notes of its refunds.

use std::collections::BTreeSet;

use super::Purchase;
use crate::domain::{
    invoice::{Documents, Invoice},
    stripe_ids::RefundId,
    timestamp::Timestamp,
};

impl Purchase {
    /// Returns the refunds, each with its sum in minor units, for which Stripe has to issue a credit
    /// note: those that stand of a payment with an invoice.
    #[must_use]
    pub fn owed_credit_notes(&self) -> Vec<(RefundId, u64)> {
        let refunds = self.invoice.iter().flat_map(|_| self.refunds.iter());
        let owed = refunds.filter(|(id, _)| !self.credit_notes.contains_key(id));
        owed.map(|(id, amount)| (id.clone(), amount)).collect()
    }

    /// Returns the credit notes of these refunds that Stripe serves at this time, without the invoice.
    #[must_use]
    pub fn credit_notes_of(&self, refunds: &BTreeSet<RefundId>, now: Timestamp) -> Documents {
        let notes = refunds
            .iter()
            .filter_map(|id| self.credit_notes.get(id)?.pdf.as_ref());
        Documents {
            credit_notes: notes.filter(|pdf| now < pdf.until).cloned().collect(),
            ..Documents::default()
        }
    }

    /// Whether an invoice of its payment is still to be noted, or where it is.
    #[must_use]
    pub fn lacks_invoice(&self) -> bool {
        let has_links = |invoice: &Invoice| invoice.links.is_some();
        self.erased_at.is_none() && !self.invoice.as_ref().is_some_and(has_links)
    }

    /// Returns the documents of its payment that Stripe serves at this time.
    #[must_use]
    pub fn documents(&self, now: Timestamp) -> Documents {
        let links = self
            .invoice
            .as_ref()
            .and_then(|invoice| invoice.links.as_ref());
        let invoice = links.filter(|links| now < links.until);
        let refunds = self.refunds.iter().map(|(id, _)| id.clone()).collect();
        Documents {
            invoice: invoice.cloned(),
            has_ended: links.is_some() && invoice.is_none(),
            ..self.credit_notes_of(&refunds, now)
        }
    }
}
