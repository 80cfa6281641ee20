//! Makes the invoices of paid sessions, and issues credit notes for their refunds.

use super::{
    events,
    refunds::{self, RefundRequest},
};
use crate::stripe::database::{CreditNote, CreditedRefund, Invoice, Metadata, Tables, found_mut};
use crate::stripe::error::ApiError;
use crate::stripe::expansion::Expansion;
use crate::stripe::identifiers::identifier;
use crate::stripe::json;

/// A request for a credit note.
#[derive(Debug, Default)]
pub(crate) struct CreditNoteRequest {
    pub(crate) invoice: String,
    /// In minor units, with the tax.
    pub(crate) amount: i64,
    /// The refunds that exist already, each with as much of it as belongs to the credit note; all of it
    /// if `None`.
    pub(crate) refunds: Vec<(String, Option<i64>)>,
    /// How much is refunded together with the credit note, in minor units.
    pub(crate) refund_amount: Option<i64>,
    /// How much was given back outside of Stripe, in minor units.
    pub(crate) out_of_band_amount: Option<i64>,
    pub(crate) memo: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) metadata: Metadata,
}

/// Makes the invoice of a session that asks for one, once it is paid. A session with an invoice has a
/// customer (<https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-customer_creation>).
pub(super) fn create(tables: &mut Tables, session: &str, now: i64) -> Result<(), ApiError> {
    let number = tables.invoices.newest_first().count() + 1;
    let session = found_mut(tables.sessions.get_mut(session), session)?;
    if !session.invoice_creation || session.invoice.is_some() {
        return Ok(());
    }
    let id = identifier("in");
    let customer = session.customer.get_or_insert_with(|| identifier("cus"));
    let invoice = Invoice {
        id: id.clone(),
        created: now,
        number: format!("BOOKS-{number:04}"),
        session: session.id.clone(),
        payment_intent: session.payment_intent.clone(),
        customer: customer.clone(),
        total: session.total(),
        currency: session.currency.clone(),
    };
    session.invoice = Some(id);
    tables.invoices.put(invoice.clone());
    let object = json::invoice(tables, &invoice, &Expansion::default());
    for kind in [
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
    ] {
        events::record(tables, now, kind, object.clone());
    }
    Ok(())
}

/// Issues a credit note. Of a paid invoice, all of its amount has to be refunded
/// (<https://docs.stripe.com/api/credit_notes/create>). What Stripe's own sentences say is public for
/// the sum only.
pub(crate) fn create_credit_note(
    tables: &mut Tables,
    request: CreditNoteRequest,
    now: i64,
) -> Result<CreditNote, ApiError> {
    let invoice = tables.invoices.get(&request.invoice);
    let invoice = invoice
        .ok_or_else(|| ApiError::resource_missing("invoice", "invoice", &request.invoice))?;
    let invoice = invoice.clone();
    let notes = tables.credit_notes.newest_first();
    let notes = notes.filter(|note| note.invoice == invoice.id);
    let count = notes.count();
    let left = invoice.total - tables.credited(&invoice.id);
    if !(1..=left).contains(&request.amount) {
        let message = format!("The credit note amount has to be between 1 and {left}.");
        return Err(ApiError::invalid_request("amount_too_large", message).with("param", "amount"));
    }
    let mut refunds = Vec::new();
    for (index, (id, part)) in request.refunds.iter().enumerate() {
        let name = format!("refunds[{index}][refund]");
        refunds.push(linked_refund(tables, &invoice, id, *part, &name)?);
    }
    let linked: i64 = refunds.iter().map(|refund| refund.amount).sum();
    let outside = request.out_of_band_amount.unwrap_or(0);
    let refunded = linked + request.refund_amount.unwrap_or(0) + outside;
    if refunded != request.amount {
        let message = format!(
            "The sum of credit amount, refund amount and out of band amount ({refunded}) must equal the \
             credit note amount ({}).",
            request.amount
        );
        return Err(ApiError::without_code(message));
    }
    if let Some(amount) = request.refund_amount {
        let refund = RefundRequest {
            payment_intent: invoice.payment_intent.clone(),
            amount: Some(amount),
            ..RefundRequest::default()
        };
        let refund = refunds::create(tables, refund, now)?;
        refunds.push(CreditedRefund {
            id: refund.id,
            amount,
        });
    }
    let note = CreditNote {
        id: identifier("cn"),
        created: now,
        number: format!("{}-CN-{:02}", invoice.number, count + 1),
        invoice: invoice.id,
        amount: request.amount,
        out_of_band_amount: request.out_of_band_amount,
        refunds,
        memo: request.memo,
        reason: request.reason,
        metadata: request.metadata,
    };
    tables.credit_notes.put(note.clone());
    let object = json::credit_note(tables, &note, &Expansion::default());
    events::record(tables, now, "credit_note.created", object);
    Ok(note)
}

/// Returns a refund as a credit note has it. Refuses one of another payment, one that failed, and more
/// of it than other credit notes have left.
fn linked_refund(
    tables: &Tables,
    invoice: &Invoice,
    id: &str,
    part: Option<i64>,
    name: &str,
) -> Result<CreditedRefund, ApiError> {
    let missing = || ApiError::resource_missing("refund", name, id);
    let refund = tables.refunds.get(id).ok_or_else(missing)?;
    let refuse = |message: String| {
        Err(ApiError::invalid_request("parameter_invalid", message).with("param", name))
    };
    if invoice.payment_intent.as_ref() != Some(&refund.payment_intent) {
        return refuse(format!(
            "The refund {id} is not of a payment of this invoice."
        ));
    }
    if refund.status.is_undone() {
        return refuse(format!("The refund {id} did not succeed."));
    }
    let notes = tables.credit_notes.newest_first();
    let linked = notes.flat_map(|note| &note.refunds);
    let linked = linked.filter(|one| one.id == id).map(|one| one.amount);
    let left = refund.amount - linked.sum::<i64>();
    match part.unwrap_or(left) {
        amount if (1..=left).contains(&amount) => Ok(CreditedRefund {
            id: id.to_owned(),
            amount,
        }),
        _ => refuse(format!(
            "The refund {id} is linked to another credit note already."
        )),
    }
}
