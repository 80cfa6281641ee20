//! The keys that the API accepts, and what each may do.

use std::sync::{Mutex, PoisonError};

use super::error::ApiError;
use super::identifiers::ACCOUNT_ID;

/// A key of the account, secret or restricted.
#[derive(Clone)]
pub struct ApiKey {
    /// The key, `sk_…` or `rk_…`.
    pub key: String,
    /// What it may do.
    pub rights: KeyRights,
}

/// What a key may do. An operation is written `POST /v1/refunds`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyRights {
    /// Everything.
    All,
    /// This operation only.
    Only(&'static str),
    /// Everything but this operation.
    AllBut(&'static str),
    /// What these permissions allow, by Stripe's names for them: `charge_read`, `webhook_write`. A
    /// right to write is also one to read.
    Restricted(Vec<String>),
}

/// Whether a key is one of test mode or of live mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyMode {
    Test,
    Live,
}

impl KeyMode {
    /// Returns the mode of a key, which its prefix tells.
    pub(crate) fn of(key: &str) -> Self {
        if key.starts_with("sk_live_") || key.starts_with("rk_live_") {
            Self::Live
        } else {
            Self::Test
        }
    }

    pub(crate) fn is_live(self) -> bool {
        self == Self::Live
    }
}

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "ApiKey(… {:?})", self.rights)
    }
}

/// The keys that the API accepts.
pub(crate) struct ApiKeys(Mutex<Vec<ApiKey>>);

impl ApiKeys {
    /// Accepts this secret key only.
    pub(crate) fn new(secret_key: &str) -> Self {
        Self(Mutex::new(vec![ApiKey {
            key: secret_key.to_owned(),
            rights: KeyRights::All,
        }]))
    }

    /// Accepts these keys, and no others any more.
    pub(crate) fn set(&self, keys: Vec<ApiKey>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// Accepts this key as well, with these rights from now on.
    pub(crate) fn add(&self, key: ApiKey) {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.retain(|known| known.key != key.key);
        keys.push(key);
    }

    /// Checks whether this key may do this operation.
    pub(crate) fn check(&self, key: &str, operation: &str) -> Result<(), ApiError> {
        let keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = keys.iter().find(|known| known.key == key) else {
            return Err(ApiError::unauthorized("Invalid API Key provided."));
        };
        let permission = permission_of(operation);
        let is_allowed = match &known.rights {
            KeyRights::All => true,
            KeyRights::Only(one) => operation == *one,
            KeyRights::AllBut(one) => operation != *one,
            KeyRights::Restricted(permissions) => {
                let to_write = permission.replace("_read", "_write");
                permissions
                    .iter()
                    .any(|held| *held == permission || *held == to_write)
            }
        };
        if is_allowed {
            Ok(())
        } else {
            Err(ApiError::forbidden(&format!(
                "The provided key '{}' does not have the required permissions for this endpoint on \
                 account '{ACCOUNT_ID}'. Having the 'rak_{permission}' permission would allow this \
                 request to continue.",
                redacted(key)
            )))
        }
    }
}

/// Returns the permission that an operation needs, as Stripe's error names it after `rak_`.
fn permission_of(operation: &str) -> String {
    let (method, path) = operation.split_once(' ').unwrap_or_default();
    let path = path.trim_start_matches("/v1/");
    let resource = match path.split('/').next().unwrap_or_default() {
        "checkout" => "checkout_session",
        "payment_intents" => "payment_intent",
        // Refunds have no permission of their own.
        "charges" | "refunds" => "charge",
        "disputes" => "dispute",
        "invoices" => "invoice",
        "credit_notes" => "credit_note",
        "events" => "event",
        "webhook_endpoints" => "webhook",
        "account" => "accounts_kyc_basic",
        other => other,
    };
    let access = if method == "GET" { "read" } else { "write" };
    format!("{resource}_{access}")
}

/// Returns a key as Stripe's errors show it: its prefix and its last six characters.
fn redacted(key: &str) -> String {
    let characters: Vec<char> = key.chars().collect();
    let prefix = key.match_indices('_').nth(1).map_or(0, |(end, _)| end + 1);
    let last = characters.len().saturating_sub(6).max(prefix);
    let place = |(index, character): (usize, &char)| {
        if index < prefix || index >= last {
            *character
        } else {
            '*'
        }
    };
    characters.iter().enumerate().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_to_write_is_one_to_read_and_no_other() {
        let keys = ApiKeys::new("sk_test_1");
        keys.add(ApiKey {
            key: "rk_test_abcdefghij".to_owned(),
            rights: KeyRights::Restricted(vec!["charge_write".to_owned(), "event_read".to_owned()]),
        });
        let check = |operation| keys.check("rk_test_abcdefghij", operation);
        for operation in ["POST /v1/refunds", "GET /v1/charges", "GET /v1/events"] {
            check(operation).expect("allowed");
        }
        for (operation, permission) in [
            ("POST /v1/webhook_endpoints", "'rak_webhook_write'"),
            ("GET /v1/account", "'rak_accounts_kyc_basic_read'"),
        ] {
            let message = check(operation).expect_err("refused").message;
            assert!(message.contains(permission), "{message}");
            assert!(message.contains("'rk_test_****efghij'"), "{message}");
        }
    }
}
