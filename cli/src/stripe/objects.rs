//! What Stripe answers, as far as the command reads it.

use std::collections::BTreeMap;

use serde_json::Value;

/// The metadata of a webhook endpoint that holds the id of the shop that made it.
pub(super) const SHOP_METADATA: &str = "bookstall_shop";

/// An account. <https://docs.stripe.com/api/accounts/object>
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    /// `acct_…`
    pub(crate) id: String,
    /// Two letters, such as `DE`.
    pub(crate) country: Option<String>,
    pub(crate) email: Option<String>,
    /// The name of the business as customers know it, or as the dashboard shows it.
    pub(crate) name: Option<String>,
    /// Whether it may take money. In test mode it may always.
    pub(crate) charges_enabled: bool,
    /// Whether Stripe pays out.
    pub(crate) payouts_enabled: bool,
    /// Whether everything that Stripe asks of an account is answered.
    pub(crate) details_submitted: bool,
}

impl Account {
    pub(super) fn read(json: &Value) -> Option<Self> {
        Some(Self {
            id: text(&json["id"])?,
            country: text(&json["country"]),
            email: text(&json["email"]),
            name: text(&json["business_profile"]["name"])
                .or_else(|| text(&json["settings"]["dashboard"]["display_name"])),
            charges_enabled: json["charges_enabled"] == true,
            payouts_enabled: json["payouts_enabled"] == true,
            details_submitted: json["details_submitted"] == true,
        })
    }
}

/// A webhook endpoint. <https://docs.stripe.com/api/webhook_endpoints/object>
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WebhookEndpoint {
    /// `we_…`
    pub(crate) id: String,
    pub(crate) url: String,
    /// `enabled` or `disabled`.
    pub(crate) status: String,
    /// Types of event, or `*` alone for all.
    pub(crate) enabled_events: Vec<String>,
    /// The version that its events have, or `None` for the account's.
    pub(crate) api_version: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) livemode: bool,
}

impl WebhookEndpoint {
    pub(super) fn read(json: &Value) -> Option<Self> {
        Some(Self {
            id: text(&json["id"])?,
            url: text(&json["url"])?,
            status: text(&json["status"])?,
            enabled_events: json["enabled_events"]
                .as_array()?
                .iter()
                .filter_map(text)
                .collect(),
            api_version: text(&json["api_version"]),
            description: text(&json["description"]),
            metadata: metadata(&json["metadata"]),
            livemode: json["livemode"] == true,
        })
    }

    /// Whether the shop of this id made it.
    pub(crate) fn is_of_shop(&self, shop_id: &str) -> bool {
        self.metadata.get(SHOP_METADATA).map(String::as_str) == Some(shop_id)
    }

    /// Whether it is switched on.
    pub(crate) fn is_enabled(&self) -> bool {
        self.status == "enabled"
    }
}

/// An event, without its object. <https://docs.stripe.com/api/events/object>
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// `evt_…`
    pub(crate) id: String,
    /// Such as `checkout.session.completed`.
    pub(crate) kind: String,
    /// In seconds since the epoch.
    pub(crate) created: i64,
    /// How many endpoints have not answered 2xx yet.
    pub(crate) pending_webhooks: u64,
    /// The id of the object that it is about: `cs_…`, `ch_…`.
    pub(crate) object_id: Option<String>,
}

impl Event {
    pub(super) fn read(json: &Value) -> Option<Self> {
        Some(Self {
            id: text(&json["id"])?,
            kind: text(&json["type"])?,
            created: json["created"].as_i64()?,
            pending_webhooks: json["pending_webhooks"].as_u64()?,
            object_id: text(&json["data"]["object"]["id"]),
        })
    }
}

/// A checkout. <https://docs.stripe.com/api/checkout/sessions/object>
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CheckoutSession {
    /// `cs_…`
    pub(crate) id: String,
    /// In seconds since the epoch.
    pub(crate) created: i64,
    /// `open`, `complete` or `expired`.
    pub(crate) status: Option<String>,
    /// `paid`, `unpaid` or `no_payment_required`.
    pub(crate) payment_status: String,
    /// `pi_…`, once there is a payment.
    pub(crate) payment_intent: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    /// Whether Stripe is the merchant of record, as some accounts have it unless a session switches
    /// it off.
    pub(crate) is_managed: bool,
}

impl CheckoutSession {
    pub(super) fn read(json: &Value) -> Option<Self> {
        Some(Self {
            id: text(&json["id"])?,
            created: json["created"].as_i64()?,
            status: text(&json["status"]),
            payment_status: text(&json["payment_status"])?,
            payment_intent: text(&json["payment_intent"]),
            metadata: metadata(&json["metadata"]),
            is_managed: json["managed_payments"]["enabled"] == true,
        })
    }
}

fn text(json: &Value) -> Option<String> {
    json.as_str().map(str::to_owned)
}

fn metadata(json: &Value) -> BTreeMap<String, String> {
    let entries = json.as_object().into_iter().flatten();
    entries
        .filter_map(|(key, value)| Some((key.clone(), text(value)?)))
        .collect()
}
