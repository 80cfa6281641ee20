//! How the emulator is opened.

use std::path::PathBuf;
use std::str::FromStr;

use url::Url;

/// What Stripe has switched on for the account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StripeAccount {
    /// Nothing beside what every account has: Managed Payments (Stripe as the merchant of record) is
    /// not available.
    #[default]
    Ordinary,
    /// Managed Payments for every session that asks for it, as on an account whose owner has accepted
    /// its terms.
    ManagedOnRequest,
    /// Managed Payments for every session that does not switch it off, as for some new accounts since July 2026.
    ManagedByDefault,
}

impl FromStr for StripeAccount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "ordinary" => Ok(Self::Ordinary),
            "managed-on-request" => Ok(Self::ManagedOnRequest),
            "managed-by-default" => Ok(Self::ManagedByDefault),
            _ => {
                Err("expected `ordinary`, `managed-on-request` or `managed-by-default`".to_owned())
            }
        }
    }
}

/// How the emulator is opened: its URL, the shop's, and the secrets that both know.
#[derive(Clone)]
pub struct StripeOptions {
    /// The file that keeps everything over a restart. Without one, nothing is kept.
    pub state_file: Option<PathBuf>,
    /// The key that authorizes the shop's API calls (`sk_test_…`), until others are accepted.
    pub secret_key: String,
    /// The key that the shop's pages call `Stripe(…)` with (`pk_test_…`).
    pub publishable_key: String,
    /// The secret that webhooks are signed with (`whsec_…`).
    pub webhook_secret: String,
    /// The URL at which the emulator's router is served.
    pub public_url: Url,
    /// The shop's webhook endpoint. Without one, no webhooks are sent.
    pub webhook_url: Option<Url>,
    /// What Stripe has switched on for the account.
    pub account: StripeAccount,
}
