//! The `Stripe-Signature` header.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::fault_settings::BogusSignature;

/// Returns the `Stripe-Signature` of a body, signed at `time` in seconds since the epoch. Like
/// Stripe in test mode it adds a `v0`, which receivers ignore.
pub(super) fn sign(body: &str, time: i64, secret: &str, bogus: Option<BogusSignature>) -> String {
    let signature = match Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
        Ok(mut mac) => {
            mac.update(format!("{time}.{body}").as_bytes());
            hex::encode(mac.finalize().into_bytes())
        }
        // HMAC takes keys of any length.
        Err(_) => String::new(),
    };
    let unrelated = "0".repeat(64);
    match bogus {
        None => format!("t={time},v1={signature},v0={unrelated}"),
        Some(BogusSignature::Before) => format!("t={time},v1={unrelated},v1={signature}"),
        Some(BogusSignature::After) => format!("t={time},v1={signature},v1={unrelated}"),
    }
}
