//! The keys that the API accepts, and what each may do.

use std::sync::{Mutex, PoisonError};

use super::error::ApiError;

/// A key of the account, secret or restricted.
#[derive(Clone)]
pub struct ApiKey {
    /// The key, `sk_…` or `rk_…`.
    pub key: String,
    /// What it may do.
    pub rights: KeyRights,
}

/// What a key may do. An operation is written `POST /v1/refunds`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyRights {
    /// Everything.
    All,
    /// This operation only.
    Only(&'static str),
    /// Everything but this operation.
    AllBut(&'static str),
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

    /// Checks whether this key may do this operation.
    pub(crate) fn check(&self, key: &str, operation: &str) -> Result<(), ApiError> {
        let keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(known) = keys.iter().find(|known| known.key == key) else {
            return Err(ApiError::unauthorized("Invalid API Key provided."));
        };
        let is_allowed = match known.rights {
            KeyRights::All => true,
            KeyRights::Only(one) => operation == one,
            KeyRights::AllBut(one) => operation != one,
        };
        if is_allowed {
            Ok(())
        } else {
            Err(ApiError::forbidden(
                "The provided key does not have the required permissions for this endpoint.",
            ))
        }
    }
}
