//! What a restricted key may do. Stripe has no route that tells, so each right is tried.

use futures::future::try_join_all;

use super::connection::{Connection, Method};
use crate::error::CliError;

/// A right that the shop needs, by the names that Stripe's dashboard has for them.
/// <https://docs.stripe.com/keys/restricted-api-keys>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// Selling.
    WriteCheckoutSessions,
    /// Finding out what was paid.
    ReadPaymentIntents,
    ReadCharges,
    ReadDisputes,
    /// Finding sales whose webhook was lost.
    ReadEvents,
    /// Giving money back. A second key may have it instead.
    WriteRefunds,
    /// Finding the invoice of a sale, where the shop has them made.
    ReadInvoices,
    /// Having the credit note of a refund issued, where the shop has invoices made.
    WriteCreditNotes,
    /// `setup` alone needs it.
    WriteWebhookEndpoints,
}

impl Right {
    /// All rights.
    pub(crate) const ALL: [Self; 9] = [
        Self::WriteCheckoutSessions,
        Self::ReadPaymentIntents,
        Self::ReadCharges,
        Self::ReadDisputes,
        Self::ReadEvents,
        Self::WriteRefunds,
        Self::ReadInvoices,
        Self::WriteCreditNotes,
        Self::WriteWebhookEndpoints,
    ];

    /// Whether a shop needs it, whose parameter `Invoices` is this; `off` where it is absent.
    pub(crate) fn is_needed_with(self, invoices: Option<&str>) -> bool {
        let has_invoices = !matches!(invoices, None | Some("" | "off"));
        has_invoices || !matches!(self, Self::ReadInvoices | Self::WriteCreditNotes)
    }

    /// Returns the resource and the access, as the page of a restricted key has them.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::WriteCheckoutSessions => "Checkout Sessions: Write",
            Self::ReadPaymentIntents => "PaymentIntents: Read",
            Self::ReadCharges => "Charges and Refunds: Read",
            Self::ReadDisputes => "Disputes: Read",
            Self::ReadEvents => "Events: Read",
            Self::WriteRefunds => "Charges and Refunds: Write",
            Self::ReadInvoices => "Invoices: Read",
            Self::WriteCreditNotes => "Credit notes: Write",
            Self::WriteWebhookEndpoints => "Webhook Endpoints: Write",
        }
    }

    /// Returns a request that tells whether the key has the right, and changes nothing. Stripe
    /// checks the key before the parameters, so a `POST` that lacks all that are required is answered
    /// 400 if the right is there, and 403 if it is not.
    fn probe(self) -> (Method, &'static str) {
        match self {
            Self::WriteCheckoutSessions => (Method::Post, "checkout/sessions"),
            Self::ReadPaymentIntents => (Method::Get, "payment_intents"),
            Self::ReadCharges => (Method::Get, "charges"),
            Self::ReadDisputes => (Method::Get, "disputes"),
            Self::ReadEvents => (Method::Get, "events"),
            Self::WriteRefunds => (Method::Post, "refunds"),
            Self::ReadInvoices => (Method::Get, "invoices"),
            Self::WriteCreditNotes => (Method::Post, "credit_notes"),
            Self::WriteWebhookEndpoints => (Method::Post, "webhook_endpoints"),
        }
    }
}

/// Returns the rights that the key lacks, in the order of [`Right::ALL`].
pub(super) async fn missing(connection: &Connection) -> Result<Vec<Right>, CliError> {
    let tried = try_join_all(Right::ALL.map(|right| is_missing(connection, right))).await?;
    let rights = Right::ALL.into_iter().zip(tried);
    Ok(rights
        .filter_map(|(right, is_missing)| is_missing.then_some(right))
        .collect())
}

async fn is_missing(connection: &Connection, right: Right) -> Result<bool, CliError> {
    let (method, path) = right.probe();
    let parameters: &[_] = match method {
        Method::Get => &[("limit", "1")],
        Method::Post | Method::Delete => &[],
    };
    match connection.send(method, path, parameters).await? {
        Ok(_) => Ok(false),
        Err(refusal) if refusal.is_missing_right() => Ok(true),
        Err(refusal) if refusal.is_wrong_parameter() => Ok(false),
        Err(refusal) => Err(refusal.into_error(&format!("try the right \"{}\"", right.name()))),
    }
}
