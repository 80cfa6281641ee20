//! Credit notes, which Stripe issues for the refunds of a payment with an invoice.
//!
//! A refund makes none by itself. The author can make one in Stripe's dashboard, together with the
//! refund or later. So the shop first asks which there are.
//!
//! ```text
//! list those of the invoice ─▶ issue one for each refund that has none
//!        ▲                           │
//!        └── Stripe refused, or ◀────┤ another call, or the author, may have issued it meanwhile
//!                                    │
//! crash:                             └ the next call finds it in the list
//! ```

use std::collections::BTreeMap;

use miniserde::Deserialize;
use serde::Serialize;
use stripe_client_core::{RequestBuilder, StripeMethod, StripeRequest};

use super::{account::Stripe, connection::StripeError, objects::List};
use crate::{
    domain::{
        invoice::{CreditNote, PdfLink, served_until},
        receipt_url::ReceiptUrl,
        stripe_ids::{CreditNoteId, InvoiceId, RefundId},
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};

const STEP: &str = "Failed to issue a credit note at Stripe";

/// The credit note of each refund, or the reason for which Stripe refuses to issue it.
type Issued = BTreeMap<RefundId, Result<CreditNote, String>>;

/// A credit note (<https://docs.stripe.com/api/credit_notes/object>).
#[derive(Deserialize)]
struct CreditNoteObject {
    id: String,
    created: i64,
    pdf: Option<String>,
    status: String,
    refunds: Option<Vec<LinkedRefund>>,
}

/// A refund that a credit note is about.
#[derive(Deserialize)]
struct LinkedRefund {
    refund: Option<String>,
}

/// Lists the credit notes of an invoice (<https://docs.stripe.com/api/credit_notes/list>).
#[derive(Serialize)]
struct ListCreditNotes<'a> {
    invoice: &'a str,
    limit: u8,
}

/// Issues a credit note (<https://docs.stripe.com/api/credit_notes/create>). Stripe mails nothing about
/// it, because the shop's mail about the refund leads to it.
#[derive(Serialize)]
struct NewCreditNote<'a> {
    invoice: &'a str,
    /// The sum of the refund with its tax, in minor units.
    amount: u64,
    refunds: [NewLinkedRefund<'a>; 1],
    email_type: &'static str,
}

#[derive(Serialize)]
struct NewLinkedRefund<'a> {
    refund: &'a str,
}

const PATH: &str = "/credit_notes";

impl StripeRequest for ListCreditNotes<'_> {
    type Output = List<CreditNoteObject>;

    fn build(&self) -> RequestBuilder {
        RequestBuilder::new(StripeMethod::Get, PATH).query(self)
    }
}

impl StripeRequest for NewCreditNote<'_> {
    type Output = CreditNoteObject;

    fn build(&self) -> RequestBuilder {
        RequestBuilder::new(StripeMethod::Post, PATH).form(self)
    }
}

impl CreditNoteObject {
    /// Whether it is about this refund, and in force.
    fn is_of(&self, refund: &RefundId) -> bool {
        let mut refunds = self.refunds.iter().flatten();
        self.status != "void" && refunds.any(|one| one.refund.as_deref() == Some(refund.as_str()))
    }

    /// Returns what a purchase has to know of it; `None` if Stripe gave it an unusual id.
    fn read(&self, is_served: impl Fn(&ReceiptUrl) -> bool) -> Option<CreditNote> {
        let url = self.pdf.as_deref().and_then(ReceiptUrl::parse);
        let made_at = Timestamp::from_unix(self.created)?;
        Some(CreditNote {
            id: Some(CreditNoteId::parse(&self.id)?),
            pdf: url.filter(is_served).map(|url| PdfLink {
                url,
                until: served_until(made_at),
            }),
        })
    }
}

impl Stripe {
    /// Returns the credit note of each of these refunds of an invoice, and has Stripe issue those that
    /// are missing. A refund has its sum in minor units. Makes one request, and one or two for each that
    /// is missing.
    pub async fn credit_notes(
        &self,
        invoice: &InvoiceId,
        refunds: &[(RefundId, u64)],
        now: Timestamp,
    ) -> Result<Issued, Failure> {
        let mut known = self.credit_notes_of(invoice, now).await?;
        let mut issued = Issued::new();
        for (refund, amount) in refunds {
            let find = |notes: &[CreditNoteObject]| {
                let note = notes.iter().find(|note| note.is_of(refund))?;
                note.read(|url| self.serves(url))
            };
            if let Some(note) = find(&known) {
                issued.insert(refund.clone(), Ok(note));
                continue;
            }
            let request = NewCreditNote {
                invoice: invoice.as_str(),
                amount: *amount,
                refunds: [NewLinkedRefund {
                    refund: refund.as_str(),
                }],
                email_type: "none",
            };
            let key = format!("credit-note-{}", refund.as_str());
            let answer = self.ask_with_keys(&request, Some(&key), now).await;
            let outcome = match answer {
                Ok(Some((note, _))) => find(&[note]).ok_or_else(|| "an unusual answer".to_owned()),
                Ok(None) => Err("Stripe does not know the invoice".to_owned()),
                Err(refusal @ StripeError::Refused(400 | 402, _)) => {
                    known = self.credit_notes_of(invoice, now).await?;
                    find(&known).ok_or_else(|| refusal.to_string())
                }
                Err(error) => return Err(error.failure(STEP)),
            };
            issued.insert(refund.clone(), outcome);
        }
        Ok(issued)
    }

    async fn credit_notes_of(
        &self,
        invoice: &InvoiceId,
        now: Timestamp,
    ) -> Result<Vec<CreditNoteObject>, Failure> {
        let request = ListCreditNotes {
            invoice: invoice.as_str(),
            limit: 100,
        };
        let list: Option<List<CreditNoteObject>> = self.ask(STEP, &request, None, now).await?;
        Ok(list.map_or_else(Vec::new, |list| list.data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_links_the_refund_and_has_stripe_mail_nothing() {
        let request = NewCreditNote {
            invoice: "in_1",
            amount: 2900,
            refunds: [NewLinkedRefund { refund: "re_1" }],
            email_type: "none",
        };
        let body = request.build().body.unwrap();
        let form: Vec<_> = form_urlencoded::parse(body.as_bytes()).collect();
        let form: Vec<_> = form
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        let expected = [
            ("invoice", "in_1"),
            ("amount", "2900"),
            ("refunds[0][refund]", "re_1"),
            ("email_type", "none"),
        ];
        assert_eq!(form, expected);
        // `.ci/stripe-types` holds this file against Stripe's own types of this API version.
        let requests = serde_json::json!({ "refund": request });
        let requests = serde_json::to_string_pretty(&requests).unwrap();
        insta::assert_snapshot!("credit_note_requests", requests);
    }

    #[test]
    fn a_void_credit_note_is_none() {
        let note = |status: &str| {
            let text = format!(
                r#"{{"id": "cn_1", "created": 1795366800, "status": "{status}",
                    "pdf": "https://pay.stripe.com/credit_notes/acct_1/test_1/pdf?s=ap",
                    "refunds": [{{"amount_refunded": 500, "refund": "re_1", "type": "refund"}}]}}"#
            );
            miniserde::json::from_str::<CreditNoteObject>(&text).unwrap()
        };
        let [one, two] = ["re_1", "re_2"].map(|id| RefundId::parse(id).unwrap());
        assert!(note("issued").is_of(&one) && !note("issued").is_of(&two));
        assert!(!note("void").is_of(&one));
        let read = note("issued").read(ReceiptUrl::is_of_stripe).unwrap();
        let made_at = Timestamp::from_unix(1_795_366_800).unwrap();
        assert_eq!(read.pdf.unwrap().until, served_until(made_at));
        assert_eq!(note("issued").read(|_| false).unwrap().pdf, None);
    }
}
