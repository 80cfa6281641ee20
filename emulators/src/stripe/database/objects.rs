//! What Stripe remembers: sessions, payments, and what came of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::cards::{Card, Verdict};
use super::table::Row;

pub(super) type Metadata = BTreeMap<String, String>;

/// A Checkout Session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) created: i64,
    pub(super) expires_at: i64,
    pub(super) status: SessionStatus,
    pub(super) payment_status: PaymentStatus,
    pub(super) ui_mode: UiMode,
    pub(super) line_items: Vec<LineItem>,
    pub(super) currency: String,
    pub(super) metadata: Metadata,
    pub(super) payment_metadata: Metadata,
    pub(super) payment_description: Option<String>,
    pub(super) success_url: Option<String>,
    pub(super) cancel_url: Option<String>,
    pub(super) return_url: Option<String>,
    pub(super) redirect_on_completion: Option<RedirectOnCompletion>,
    pub(super) client_secret: Option<String>,
    pub(super) client_reference_id: Option<String>,
    /// The address that the shop gave; the buyer cannot change it.
    pub(super) customer_email: Option<String>,
    pub(super) customer_creation: CustomerCreation,
    pub(super) automatic_tax: bool,
    pub(super) allow_promotion_codes: Option<bool>,
    pub(super) promotion_code: Option<PromotionCode>,
    /// The buyer's address, known once the session is complete.
    pub(super) email: Option<String>,
    pub(super) customer: Option<String>,
    pub(super) payment_intent: Option<String>,
    /// The attempt that waits for the buyer to authenticate (3-D Secure).
    pub(super) challenge: Option<Challenge>,
}

impl Session {
    /// The sum before any promotion.
    pub(super) fn subtotal(&self) -> i64 {
        self.line_items.iter().map(LineItem::amount).sum()
    }

    /// What the promotion code takes off.
    pub(super) fn discount(&self) -> i64 {
        self.line_items
            .iter()
            .map(|item| self.discount_on(item))
            .sum()
    }

    /// What the promotion code takes off one line.
    pub(super) fn discount_on(&self, item: &LineItem) -> i64 {
        let percent = self.promotion_code.map_or(0, PromotionCode::percent);
        (item.amount() * percent + 50) / 100
    }

    /// What the buyer pays.
    pub(super) fn total(&self) -> i64 {
        self.subtotal() - self.discount()
    }

    /// Where the browser goes after success, with the session's identifier put in.
    pub(super) fn destination(&self) -> Option<String> {
        let template = match self.ui_mode {
            UiMode::HostedPage => self.success_url.as_ref(),
            UiMode::EmbeddedPage => self.return_url.as_ref(),
        };
        template.map(|url| url.replace("{CHECKOUT_SESSION_ID}", &self.id))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct LineItem {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) unit_amount: i64,
    pub(super) quantity: i64,
}

impl LineItem {
    pub(super) fn amount(&self) -> i64 {
        self.unit_amount * self.quantity
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SessionStatus {
    Open,
    Complete,
    Expired,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PaymentStatus {
    Paid,
    Unpaid,
    NoPaymentRequired,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum UiMode {
    HostedPage,
    EmbeddedPage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RedirectOnCompletion {
    Always,
    IfRequired,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CustomerCreation {
    Always,
    IfRequired,
}

/// The promotion codes that this account "has".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum PromotionCode {
    #[serde(rename = "FRIENDS20")]
    Friends20,
    #[serde(rename = "FREE100")]
    Free100,
}

impl PromotionCode {
    /// Codes are read as Stripe reads them: in any case, spaces around them ignored.
    pub(super) fn read(text: &str) -> Option<Self> {
        match text.trim().to_ascii_uppercase().as_str() {
            "FRIENDS20" => Some(Self::Friends20),
            "FREE100" => Some(Self::Free100),
            _ => None,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Friends20 => "FRIENDS20",
            Self::Free100 => "FREE100",
        }
    }

    pub(super) fn percent(self) -> i64 {
        match self {
            Self::Friends20 => 20,
            Self::Free100 => 100,
        }
    }
}

/// An attempt to pay that waits for the buyer's bank.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Challenge {
    pub(super) email: String,
    pub(super) card: Card,
    /// What the bank says once the buyer has authenticated.
    pub(super) then: Verdict,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PaymentIntent {
    pub(super) id: String,
    pub(super) created: i64,
    pub(super) session: String,
    pub(super) status: PaymentIntentStatus,
    pub(super) amount: i64,
    pub(super) currency: String,
    pub(super) metadata: Metadata,
    pub(super) description: Option<String>,
    pub(super) customer: Option<String>,
    pub(super) client_secret: String,
    pub(super) latest_charge: Option<String>,
    pub(super) last_payment_error: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PaymentIntentStatus {
    RequiresPaymentMethod,
    RequiresAction,
    Processing,
    Succeeded,
    Canceled,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Charge {
    pub(super) id: String,
    pub(super) created: i64,
    pub(super) payment_intent: String,
    pub(super) status: ChargeStatus,
    pub(super) method: Method,
    pub(super) amount: i64,
    pub(super) amount_refunded: i64,
    pub(super) currency: String,
    pub(super) email: String,
    pub(super) metadata: Metadata,
    pub(super) description: Option<String>,
    pub(super) customer: Option<String>,
    /// Stays true when the dispute is won, as with Stripe.
    pub(super) disputed: bool,
    pub(super) failure_code: Option<String>,
    pub(super) failure_message: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ChargeStatus {
    Pending,
    Succeeded,
    Failed,
}

/// How the buyer pays.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Method {
    Card(Card),
    /// Answers days later, as bank debits do.
    BankDebit,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Refund {
    pub(super) id: String,
    pub(super) created: i64,
    pub(super) charge: String,
    pub(super) payment_intent: String,
    pub(super) amount: i64,
    pub(super) currency: String,
    pub(super) reason: Option<String>,
    pub(super) metadata: Metadata,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Dispute {
    pub(super) id: String,
    pub(super) created: i64,
    pub(super) charge: String,
    pub(super) payment_intent: String,
    pub(super) amount: i64,
    pub(super) currency: String,
    pub(super) reason: String,
    pub(super) status: DisputeStatus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum DisputeStatus {
    NeedsResponse,
    Won,
    Lost,
}

/// Something that happened, with the object as it was at that moment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) created: i64,
    pub(super) kind: String,
    pub(super) object: Value,
    pub(super) previous_attributes: Option<Value>,
    pub(super) delivery: EventDelivery,
}

/// How far the shop has been told of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum EventDelivery {
    /// The shop does not listen for this kind.
    Unwanted,
    Pending,
    Delivered,
    GivenUp,
}

macro_rules! rows {
    ($($row:ident: $object:literal,)*) => {$(
        impl Row for $row {
            const OBJECT: &'static str = $object;
            fn id(&self) -> &str {
                &self.id
            }
            fn created(&self) -> i64 {
                self.created
            }
        }
    )*};
}

rows! {
    Session: "checkout.session",
    PaymentIntent: "payment_intent",
    Charge: "charge",
    Refund: "refund",
    Dispute: "dispute",
    Event: "event",
}
