//! The invoices of sessions and the credit notes of refunds, as they are kept.

use serde::{Deserialize, Serialize};

use super::objects::Metadata;
use super::table::rows;

/// The invoice of a paid session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Invoice {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) number: String,
    pub(crate) session: String,
    pub(crate) payment_intent: Option<String>,
    pub(crate) customer: String,
    pub(crate) total: i64,
    pub(crate) currency: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CreditNote {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) number: String,
    pub(crate) invoice: String,
    pub(crate) amount: i64,
    pub(crate) out_of_band_amount: Option<i64>,
    pub(crate) refunds: Vec<CreditedRefund>,
    pub(crate) memo: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) metadata: Metadata,
}

/// A refund of a credit note, with as much of it as belongs to that.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CreditedRefund {
    pub(crate) id: String,
    pub(crate) amount: i64,
}

rows! {
    Invoice: "invoice",
    CreditNote: "credit_note",
}
