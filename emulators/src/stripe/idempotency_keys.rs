//! The idempotency keys of requests that are not answered yet.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The idempotency keys of requests that are not answered yet.
#[derive(Debug, Default)]
pub(crate) struct KeysInUse(Mutex<HashSet<String>>);

impl KeysInUse {
    /// Claims a key until the result is dropped. Returns `None` if the key is in use.
    pub(crate) fn claim(self: &Arc<Self>, key: &str) -> Option<ClaimedKey> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert(key.to_owned()).then(|| ClaimedKey {
            key: key.to_owned(),
            keys: Arc::clone(self),
        })
    }
}

/// A key in use, until it is dropped.
pub(crate) struct ClaimedKey {
    key: String,
    keys: Arc<KeysInUse>,
}

impl Drop for ClaimedKey {
    fn drop(&mut self) {
        let mut keys = self.keys.0.lock().unwrap_or_else(PoisonError::into_inner);
        keys.remove(&self.key);
    }
}
