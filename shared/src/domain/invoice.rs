//! Invoices of payments and credit notes of refunds, which Stripe makes and serves.

use std::collections::BTreeMap;

use crate::domain::{
    receipt_url::ReceiptUrl,
    stripe_ids::{CreditNoteId, InvoiceId, RefundId},
    timestamp::{Date, Timestamp},
};

/// How long Stripe serves an invoice at its address after it was made, in seconds
/// (<https://docs.stripe.com/invoicing/hosted-invoice-page#invoice-urls>). Stripe says no time for a
/// credit note, for which the shop takes the same.
const SERVED_SECONDS: i64 = 30 * 24 * 60 * 60;

/// Which buyers get an invoice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Invoices {
    /// Nobody.
    #[default]
    Off,
    /// Everybody.
    On,
    /// Those who say on the author's page that they buy for a company.
    Companies,
}

impl Invoices {
    /// Reads the value of the parameter `Invoices`: `off`, `on` or `companies`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Off, Self::On, Self::Companies]
            .into_iter()
            .find(|invoices| invoices.as_str() == text)
    }

    /// Returns the value of the parameter `Invoices`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::On => "on",
            Self::Companies => "companies",
        }
    }

    /// Whether a buyer gets an invoice, who buys for a company or does not.
    #[must_use]
    pub fn includes(self, for_company: bool) -> bool {
        match self {
            Self::Off => false,
            Self::On => true,
            Self::Companies => for_company,
        }
    }
}

/// The invoice of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    /// Its id at Stripe.
    pub id: InvoiceId,
    /// Where it is; absent before Stripe has finalised it, and after the buyer's data was erased.
    pub links: Option<InvoiceLinks>,
}

/// Where Stripe serves an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceLinks {
    /// Its page
    /// (<https://docs.stripe.com/api/invoices/object#invoice_object-hosted_invoice_url>).
    pub page: ReceiptUrl,
    /// Its PDF.
    pub pdf: ReceiptUrl,
    /// The time until which Stripe serves both.
    pub until: Timestamp,
}

/// The credit note of a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditNote {
    /// Its id at Stripe; absent if Stripe refuses to issue one.
    pub id: Option<CreditNoteId>,
    /// Its PDF; absent if there is none, and after the buyer's data was erased.
    pub pdf: Option<PdfLink>,
}

/// Where Stripe serves a PDF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PdfLink {
    /// Its address.
    pub url: ReceiptUrl,
    /// The time until which Stripe serves it.
    pub until: Timestamp,
}

/// The credit notes of a payment, by their refunds.
pub type CreditNotes = BTreeMap<RefundId, CreditNote>;

/// Returns the time until which Stripe serves what it made at this time.
#[must_use]
pub fn served_until(made_at: Timestamp) -> Timestamp {
    made_at.plus_seconds(SERVED_SECONDS)
}

/// The documents of a payment that Stripe serves at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Documents {
    /// Its invoice.
    pub invoice: Option<InvoiceLinks>,
    /// Whether it has an invoice that Stripe serves no more.
    pub has_ended: bool,
    /// The credit notes of the refunds that stand.
    pub credit_notes: Vec<PdfLink>,
}

impl Documents {
    /// Whether there is nothing to say of them.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the date until which Stripe serves all of them; `None` if there are none.
    #[must_use]
    pub fn until(&self) -> Option<Date> {
        let invoice = self.invoice.iter().map(|links| links.until);
        let notes = self.credit_notes.iter().map(|pdf| pdf.until);
        invoice.chain(notes).min().map(Timestamp::date)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::domain::purchase::{Purchase, tests::purchase};

    /// Returns the links of an invoice that was made at this time.
    pub(crate) fn links(made_at: Timestamp) -> InvoiceLinks {
        let url = |text| ReceiptUrl::parse(text).unwrap();
        InvoiceLinks {
            page: url("https://invoice.stripe.com/i/acct_1/test_1?s=ap"),
            pdf: url("https://pay.stripe.com/invoice/acct_1/test_1/pdf?s=ap"),
            until: served_until(made_at),
        }
    }

    /// Returns the credit note of a refund that was made at this time.
    pub(crate) fn credit_note(made_at: Timestamp) -> CreditNote {
        CreditNote {
            id: CreditNoteId::parse("cn_1"),
            pdf: Some(PdfLink {
                url: ReceiptUrl::parse("https://pay.stripe.com/credit_notes/acct_1/test_1/pdf")
                    .unwrap(),
                until: served_until(made_at),
            }),
        }
    }

    #[test]
    fn the_parameter_says_who_gets_an_invoice() {
        for (text, for_company, expected) in [
            ("off", true, false),
            ("on", false, true),
            ("on", true, true),
            ("companies", false, false),
            ("companies", true, true),
        ] {
            let invoices = Invoices::parse(text).unwrap();
            assert_eq!(invoices.as_str(), text);
            assert_eq!(invoices.includes(for_company), expected, "{text}");
        }
        assert_eq!(Invoices::parse("On"), None);
    }

    #[test]
    fn documents_are_shown_as_long_as_stripe_serves_them() {
        let at = |days: i64| {
            let day = 24 * 60 * 60;
            Timestamp::from_unix(1_795_366_800 + days * day).unwrap()
        };
        let [refund, failed] = ["re_1", "re_2"].map(|id| RefundId::parse(id).unwrap());
        let purchase = Purchase {
            invoice: Some(Invoice {
                id: InvoiceId::parse("in_1").unwrap(),
                links: Some(links(at(0))),
            }),
            refunds: [(refund.clone(), 500)].into_iter().collect(),
            credit_notes: [(refund, credit_note(at(5))), (failed, credit_note(at(4)))].into(),
            ..purchase()
        };
        for (day, has_invoice, notes, until) in [
            (0, true, 1, Some(at(30).date())),
            (29, true, 1, Some(at(30).date())),
            (30, false, 1, Some(at(35).date())),
            (35, false, 0, None),
        ] {
            let documents = purchase.documents(at(day));
            assert_eq!(documents.invoice.is_some(), has_invoice, "day {day}");
            assert_eq!(documents.has_ended, !has_invoice, "day {day}");
            assert_eq!(documents.credit_notes.len(), notes, "day {day}");
            assert_eq!(documents.until(), until, "day {day}");
        }
    }
}
