//! The ids of the emulator, and its clock. No other module of it reads the time or randomness.

use time::OffsetDateTime;
use uuid::Uuid;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The id of the emulator's one account.
pub(crate) const ACCOUNT_ID: &str = "acct_1EmulatedByBookst";

/// Returns the current time in seconds since the epoch.
#[expect(clippy::disallowed_methods, reason = "Stripe has a clock of its own")]
pub(crate) fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

/// Returns a new id in Stripe's form: `pi_3f…`.
pub(crate) fn identifier(prefix: &str) -> String {
    format!("{prefix}_{}", random(24))
}

/// Returns a new id for a session, about as long as Stripe's.
pub(crate) fn session_identifier() -> String {
    format!("cs_test_{}", random(62))
}

/// Returns a new client secret, by which a browser may open the embedded page of this object.
pub(crate) fn client_secret(identifier: &str) -> String {
    format!("{identifier}_secret_{}", random(25))
}

/// Returns a new signing secret of a webhook endpoint, about as long as Stripe's.
pub(crate) fn signing_secret() -> String {
    format!("whsec_{}", random(32))
}

#[expect(clippy::disallowed_methods, reason = "Stripe makes ids of its own")]
fn random(length: usize) -> String {
    std::iter::repeat_with(|| Uuid::new_v4().into_bytes())
        .flatten()
        .enumerate()
        // Bytes 6 and 8 of a version 4 UUID hold its version and variant.
        .filter(|(place, _)| !matches!(place % 16, 6 | 8))
        .map(|(_, byte)| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]))
        .take(length)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_look_like_those_of_stripe() {
        let session = session_identifier();
        let random = session.strip_prefix("cs_test_").expect("a test session");
        assert!(
            random.len() >= 58
                && random
                    .chars()
                    .all(|character| character.is_ascii_alphanumeric())
        );
        assert_ne!(session, session_identifier());
        assert!(client_secret(&session).starts_with(&format!("{session}_secret_")));
    }
}
