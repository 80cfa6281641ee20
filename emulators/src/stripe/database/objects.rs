//! The objects of the account as they are kept: sessions, payments, refunds, disputes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::table::rows;
use crate::stripe::cards::{BankDecision, Card};
use crate::stripe::presentment::Presentment;

pub(crate) type Metadata = BTreeMap<String, String>;

/// A Checkout Session.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the parameters of a session are flags"
)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) expires_at: i64,
    pub(crate) status: SessionStatus,
    pub(crate) payment_status: PaymentStatus,
    pub(crate) ui_mode: UiMode,
    pub(crate) line_items: Vec<LineItem>,
    pub(crate) currency: String,
    pub(crate) metadata: Metadata,
    pub(crate) payment_metadata: Metadata,
    pub(crate) payment_description: Option<String>,
    pub(crate) success_url: Option<String>,
    pub(crate) cancel_url: Option<String>,
    pub(crate) return_url: Option<String>,
    pub(crate) redirect_on_completion: Option<RedirectOnCompletion>,
    pub(crate) client_secret: Option<String>,
    pub(crate) client_reference_id: Option<String>,
    /// The buyer's address if the shop sent it. The buyer cannot change it.
    pub(crate) customer_email: Option<String>,
    pub(crate) customer_creation: CustomerCreation,
    /// The language of the page, if the shop named it.
    pub(crate) locale: Option<String>,
    pub(crate) automatic_tax: bool,
    /// Whether Stripe is the merchant of record.
    pub(crate) is_managed: bool,
    /// The buyer's country (`DE`), once the session is complete.
    pub(crate) country: Option<String>,
    /// What the buyer paid the total with, if it was in another currency.
    pub(crate) presentment: Option<Presentment>,
    pub(crate) allow_promotion_codes: Option<bool>,
    /// Whether Stripe makes an invoice once it is paid.
    pub(crate) invoice_creation: bool,
    /// Whether the page asks for a tax number.
    pub(crate) tax_id_collection: bool,
    /// What the buyer typed about their company.
    pub(crate) company: Option<Company>,
    pub(crate) invoice: Option<String>,
    pub(crate) promotion_code: Option<PromotionCode>,
    /// The buyer's address, once the session is complete.
    pub(crate) email: Option<String>,
    pub(crate) customer: Option<String>,
    pub(crate) payment_intent: Option<String>,
    /// The attempt to pay that waits for 3-D Secure.
    pub(crate) challenge: Option<Challenge>,
}

impl Session {
    /// Returns the amount before the promotion code, in minor units.
    pub(crate) fn subtotal(&self) -> i64 {
        self.line_items.iter().map(LineItem::amount).sum()
    }

    /// Returns the discount by the promotion code, in minor units.
    pub(crate) fn discount(&self) -> i64 {
        self.line_items
            .iter()
            .map(|item| self.discount_on(item))
            .sum()
    }

    /// Returns the discount on one line item, in minor units.
    pub(crate) fn discount_on(&self, item: &LineItem) -> i64 {
        let percent = self.promotion_code.map_or(0, PromotionCode::percent);
        (item.amount() * percent + 50) / 100
    }

    /// Returns the tax on one line item, in minor units.
    pub(crate) fn tax_on(&self, item: &LineItem) -> i64 {
        let percent = match &self.country {
            Some(country) if self.automatic_tax => tax_on_e_books(country),
            _ => 0,
        };
        let amount = item.amount() - self.discount_on(item);
        let whole = match item.tax_behavior {
            TaxBehavior::Inclusive => 100 + percent,
            TaxBehavior::Exclusive => 100,
        };
        (amount * percent + whole / 2) / whole
    }

    /// Returns the tax, in minor units.
    pub(crate) fn tax(&self) -> i64 {
        self.line_items.iter().map(|item| self.tax_on(item)).sum()
    }

    /// Returns the amount that the buyer pays for one line item, in minor units.
    pub(crate) fn total_of(&self, item: &LineItem) -> i64 {
        let added = match item.tax_behavior {
            TaxBehavior::Inclusive => 0,
            TaxBehavior::Exclusive => self.tax_on(item),
        };
        item.amount() - self.discount_on(item) + added
    }

    /// Returns the amount that the buyer pays, in minor units.
    pub(crate) fn total(&self) -> i64 {
        self.line_items.iter().map(|item| self.total_of(item)).sum()
    }

    /// Returns the URL that the buyer is sent to after payment, with the session's id filled in.
    pub(crate) fn destination(&self) -> Option<String> {
        let template = match self.ui_mode {
            UiMode::HostedPage => self.success_url.as_ref(),
            UiMode::EmbeddedPage => self.return_url.as_ref(),
        };
        template.map(|url| url.replace("{CHECKOUT_SESSION_ID}", &self.id))
    }
}

/// A company that a buyer buys for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Company {
    pub(crate) name: String,
    pub(crate) tax_id: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LineItem {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) tax_behavior: TaxBehavior,
    pub(crate) unit_amount: i64,
    pub(crate) quantity: i64,
}

/// Whether a price includes the tax. Where the line does not say, the account's preset decides; here
/// that is `Exclusive`, as it is at Stripe for sellers in the United States.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TaxBehavior {
    Inclusive,
    Exclusive,
}

/// The tax on e-books in per cent, in the countries that the emulator knows.
fn tax_on_e_books(country: &str) -> i64 {
    match country {
        "AT" => 10,
        "DE" => 7,
        _ => 0,
    }
}

impl LineItem {
    pub(crate) fn amount(&self) -> i64 {
        self.unit_amount * self.quantity
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SessionStatus {
    Open,
    Complete,
    Expired,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaymentStatus {
    Paid,
    Unpaid,
    NoPaymentRequired,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UiMode {
    HostedPage,
    EmbeddedPage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RedirectOnCompletion {
    Always,
    IfRequired,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CustomerCreation {
    Always,
    IfRequired,
}

/// The promotion codes of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PromotionCode {
    #[serde(rename = "FRIENDS20")]
    Friends20,
    #[serde(rename = "FREE100")]
    Free100,
}

impl PromotionCode {
    /// Reads a code as Stripe does: in any case, without spaces around it.
    pub(crate) fn read(text: &str) -> Option<Self> {
        match text.trim().to_ascii_uppercase().as_str() {
            "FRIENDS20" => Some(Self::Friends20),
            "FREE100" => Some(Self::Free100),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Friends20 => "FRIENDS20",
            Self::Free100 => "FREE100",
        }
    }

    pub(crate) fn percent(self) -> i64 {
        match self {
            Self::Friends20 => 20,
            Self::Free100 => 100,
        }
    }
}

/// An attempt to pay that waits for 3-D Secure.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Challenge {
    pub(crate) email: String,
    pub(crate) card: Card,
    /// The decision of the bank once the buyer has authenticated.
    pub(crate) then: BankDecision,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PaymentIntent {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) session: String,
    pub(crate) status: PaymentIntentStatus,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) metadata: Metadata,
    pub(crate) description: Option<String>,
    pub(crate) customer: Option<String>,
    pub(crate) client_secret: String,
    pub(crate) latest_charge: Option<String>,
    pub(crate) last_payment_error: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaymentIntentStatus {
    RequiresPaymentMethod,
    RequiresAction,
    Processing,
    Succeeded,
    Canceled,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Charge {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) payment_intent: String,
    pub(crate) status: ChargeStatus,
    pub(crate) method: Method,
    pub(crate) amount: i64,
    pub(crate) amount_refunded: i64,
    pub(crate) currency: String,
    pub(crate) email: String,
    pub(crate) metadata: Metadata,
    pub(crate) description: Option<String>,
    pub(crate) customer: Option<String>,
    /// Whether there was a dispute. As at Stripe, it stays true when the dispute is won.
    pub(crate) disputed: bool,
    pub(crate) failure_code: Option<String>,
    pub(crate) failure_message: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChargeStatus {
    Pending,
    Succeeded,
    Failed,
}

/// The method that the buyer pays by.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Method {
    Card(Card),
    /// A bank debit, which stays processing until it is settled.
    BankDebit,
}

impl Method {
    /// Returns the status that a refund begins with. Banks take their time, and so does one of
    /// Stripe's test cards.
    pub(crate) fn first_refund_status(&self) -> RefundStatus {
        match self {
            Self::Card(card) if card.last4 != "7726" => RefundStatus::Succeeded,
            Self::Card(_) | Self::BankDebit => RefundStatus::Pending,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) charge: String,
    pub(crate) payment_intent: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) reason: Option<String>,
    pub(crate) metadata: Metadata,
    pub(crate) status: RefundStatus,
}

/// Whether the money of a refund has arrived. Until it has not, Stripe counts it as given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundStatus {
    Pending,
    RequiresAction,
    Succeeded,
    Failed,
    Canceled,
}

impl RefundStatus {
    /// Whether the money stays with the seller.
    pub(crate) fn is_undone(self) -> bool {
        matches!(self, Self::Failed | Self::Canceled)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Dispute {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) charge: String,
    pub(crate) payment_intent: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) reason: String,
    pub(crate) status: DisputeStatus,
    /// The time until which evidence is taken; 0 if the bank takes none.
    pub(crate) due_by: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DisputeStatus {
    NeedsResponse,
    UnderReview,
    Won,
    Lost,
    WarningNeedsResponse,
    WarningUnderReview,
    WarningClosed,
    Prevented,
    AppealNeedsResponse,
    AppealUnderReview,
}

impl DisputeStatus {
    /// Whether it takes the money, so that nothing can be refunded.
    pub(crate) fn holds_the_money(self) -> bool {
        match self {
            Self::NeedsResponse
            | Self::UnderReview
            | Self::Lost
            | Self::AppealNeedsResponse
            | Self::AppealUnderReview => true,
            Self::Won
            | Self::WarningNeedsResponse
            | Self::WarningUnderReview
            | Self::WarningClosed
            | Self::Prevented => false,
        }
    }

    /// Whether the bank waits for evidence.
    pub(crate) fn wants_evidence(self) -> bool {
        matches!(
            self,
            Self::NeedsResponse | Self::WarningNeedsResponse | Self::AppealNeedsResponse
        )
    }

    /// Whether the bank only asks, and takes no money.
    pub(crate) fn is_inquiry(self) -> bool {
        matches!(
            self,
            Self::WarningNeedsResponse | Self::WarningUnderReview | Self::WarningClosed
        )
    }

    /// Whether the bank has decided.
    pub(crate) fn is_closed(self) -> bool {
        matches!(
            self,
            Self::Won | Self::Lost | Self::WarningClosed | Self::Prevented
        )
    }
}

rows! {
    Session: "checkout.session",
    PaymentIntent: "payment_intent",
    Charge: "charge",
    Refund: "refund",
    Dispute: "dispute",
}
