//! Holds the keys of the account, and reads them again when they may have changed.
//!
//! One secret of Secrets Manager holds all of them, so that one write switches the shop from test
//! mode to live mode. A function reads it while Lambda starts it, and again at a use when:
//!
//! - it was read five minutes ago;
//! - Stripe does not accept the secret key;
//! - a webhook's signature is of this moment, and does not fit the webhook's secret;
//! - a buyer comes back from a checkout of the other mode.
//!
//! Anybody can bring about the last two, so the secret is read at most once a minute. If it cannot be
//! read, the function goes on with the keys that it has. While it has none, it reads at most once in
//! five seconds.

use std::sync::Arc;

use lambda_http::tracing;
use miniserde::{Deserialize, json};
use tokio::sync::Mutex;

use crate::{
    adapters::{aws::Aws, secrets::Secrets},
    domain::{
        stripe_keys::{KeyKind, StripeKeys},
        timestamp::Timestamp,
    },
    runtime::failure::{Failure, FailureKind},
};

/// How old the keys become before they are read again, in seconds.
const LIFE: u64 = 300;
/// The pause between two attempts to read the keys, in seconds.
const PAUSE: u64 = 60;
/// The pause between two attempts of a function that has no keys, in seconds.
const PAUSE_WITHOUT_KEYS: u64 = 5;

const STEP: &str = "Failed to read Stripe's keys";

/// The keys of one account, and where they come from.
pub(super) enum Keys {
    /// They are of the environment, and stay as they are.
    Fixed(Arc<StripeKeys>),
    /// They are of this secret.
    Secret(Box<Secret>),
}

/// A secret of Secrets Manager, and what was read of it.
pub(super) struct Secret {
    secrets: Secrets,
    name: String,
    held: Mutex<Held>,
}

/// What was read of a secret, and when.
#[derive(Default)]
struct Held {
    keys: Option<(Arc<StripeKeys>, Timestamp)>,
    /// The last attempt to read it, and the failure if it failed.
    tried_at: Option<Timestamp>,
    failure: Option<Failure>,
}

/// The secret's text: a JSON object with these fields. Others are left alone.
#[derive(Deserialize)]
struct SecretText {
    secret_key: Option<String>,
    publishable_key: Option<String>,
    webhook_secret: Option<String>,
}

impl Keys {
    /// The keys of the secret of this name. Reads nothing yet.
    pub(super) fn of_secret(aws: &Aws, name: String) -> Self {
        Self::Secret(Box::new(Secret {
            secrets: Secrets::open(aws),
            name,
            held: Mutex::default(),
        }))
    }

    /// Returns the keys, which are read if they were not yet, or five minutes ago. Fails if there are
    /// none.
    pub(super) async fn current(&self, now: Timestamp) -> Result<Arc<StripeKeys>, Failure> {
        match self {
            Self::Fixed(keys) => Ok(Arc::clone(keys)),
            Self::Secret(secret) => secret.keys(None, now).await,
        }
    }

    /// Returns newer keys in place of these, which Stripe does not accept or which no signature fits.
    /// `None` if there are no others, or they cannot be read now.
    pub(super) async fn in_place_of(
        &self,
        doubted: &StripeKeys,
        now: Timestamp,
    ) -> Option<Arc<StripeKeys>> {
        let Self::Secret(secret) = self else {
            return None;
        };
        let keys = secret.keys(Some(doubted), now).await.ok();
        keys.filter(|keys| **keys != *doubted)
    }

    /// Says how the author changes the keys, in words that end a sentence.
    pub(super) fn how_to_change(&self) -> String {
        match self {
            Self::Fixed(_) => "the keys are in the function's environment".to_owned(),
            Self::Secret(secret) => write_again(&secret.name),
        }
    }
}

impl Secret {
    async fn keys(
        &self,
        doubted: Option<&StripeKeys>,
        now: Timestamp,
    ) -> Result<Arc<StripeKeys>, Failure> {
        // While one request reads, the others wait for what it reads.
        let mut held = self.held.lock().await;
        if held.is_due(doubted, now) {
            held.tried_at = Some(now);
            let text = self.secrets.text(STEP, &self.name, now).await;
            match text.and_then(|text| read(&text, &self.name)) {
                Ok(keys) => {
                    held.failure = None;
                    held.keys = Some((Arc::new(keys), now));
                }
                Err(failure) => {
                    if held.keys.is_some() {
                        log_unread(&failure);
                    }
                    held.failure = Some(failure);
                }
            }
        }
        match (&held.keys, &held.failure) {
            (Some((keys, _)), _) => Ok(Arc::clone(keys)),
            (None, Some(failure)) => Err(failure.clone()),
            // Lambda's time was up while another request read them.
            (None, None) => Err(Failure::unavailable(STEP, "they are being read")),
        }
    }
}

/// Logs that keys could not be read again. The function goes on with those that it has, and one that
/// starts now has none.
fn log_unread(failure: &Failure) {
    if failure.kind() == FailureKind::Refused {
        tracing::error!(
            needs_mending = true,
            "{failure}; the function goes on with those of before"
        );
    } else {
        tracing::warn!("{failure}; the function goes on with those of before");
    }
}

impl Held {
    /// Whether the secret has to be read now. `doubted` are keys that seem to have been replaced.
    fn is_due(&self, doubted: Option<&StripeKeys>, now: Timestamp) -> bool {
        let seconds_since = |then: Timestamp| then.unix().abs_diff(now.unix());
        let Some(tried_at) = self.tried_at else {
            return true;
        };
        let since_attempt = seconds_since(tried_at);
        let Some((keys, read_at)) = &self.keys else {
            return since_attempt >= PAUSE_WITHOUT_KEYS;
        };
        let may_have_changed = match doubted {
            // Another request may have read the new keys meanwhile.
            Some(doubted) => **keys == *doubted,
            None => seconds_since(*read_at) >= LIFE,
        };
        may_have_changed && since_attempt >= PAUSE
    }
}

/// Reads the text of the secret of this name. The failure quotes nothing of the text.
fn read(text: &str, name: &str) -> Result<StripeKeys, Failure> {
    let wrong =
        |what: &str| Failure::refused(STEP, format!("`{name}` {what}; {}", write_again(name)));
    let given = |key: Option<String>| {
        key.map(|key| key.trim().to_owned())
            .filter(|key| !key.is_empty())
    };
    let text =
        json::from_str::<SecretText>(text).map_err(|_| wrong("is no JSON object of texts"))?;
    let keys = StripeKeys {
        secret_key: given(text.secret_key).ok_or_else(|| wrong("has no secret_key"))?,
        publishable_key: given(text.publishable_key),
        webhook_secret: given(text.webhook_secret),
    };
    let problems: Vec<_> = keys
        .problems()
        .into_iter()
        .map(|(kind, problem)| {
            let field = match kind {
                KeyKind::Secret => "secret_key",
                KeyKind::Publishable => "publishable_key",
                KeyKind::Webhook => "webhook_secret",
            };
            format!("the {field} in it {problem}")
        })
        .collect();
    if problems.is_empty() {
        Ok(keys)
    } else {
        Err(wrong(&format!("is wrong: {}", problems.join(", "))))
    }
}

fn write_again(name: &str) -> String {
    format!(
        "`aws secretsmanager put-secret-value --secret-id {name} --secret-string \
         file:///dev/stdin` changes it"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_366_800;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(NOW + seconds).unwrap()
    }

    fn keys(secret_key: &str) -> StripeKeys {
        StripeKeys {
            secret_key: secret_key.to_owned(),
            publishable_key: None,
            webhook_secret: None,
        }
    }

    /// Keys that were read and tried at these times.
    fn held(read_at: i64, tried_at: i64) -> Held {
        Held {
            keys: Some((Arc::new(keys("sk_test_1")), at(read_at))),
            tried_at: Some(at(tried_at)),
            failure: None,
        }
    }

    #[test]
    fn keys_are_read_at_once_and_then_when_they_are_five_minutes_old() {
        assert!(Held::default().is_due(None, at(0)));
        for (age, is_due) in [(0, false), (299, false), (300, true), (100_000, true)] {
            assert_eq!(held(0, 0).is_due(None, at(age)), is_due, "{age}");
        }
    }

    #[test]
    fn doubted_keys_are_read_again_once_a_minute() {
        let doubted = keys("sk_test_1");
        for (since_attempt, is_due) in [(0, false), (59, false), (60, true), (299, true)] {
            assert_eq!(
                held(0, 0).is_due(Some(&doubted), at(since_attempt)),
                is_due,
                "{since_attempt}"
            );
        }
    }

    #[test]
    fn keys_that_were_replaced_meanwhile_are_not_read_again() {
        assert!(!held(0, 0).is_due(Some(&keys("sk_test_0")), at(299)));
    }

    #[test]
    fn a_failed_reading_is_repeated_after_a_minute_or_after_five_seconds_without_keys() {
        for (since_attempt, is_due) in [(0, false), (59, false), (60, true)] {
            let held = held(-1000, 0);
            assert_eq!(held.is_due(None, at(since_attempt)), is_due);
        }
        let without_keys = Held {
            keys: None,
            ..held(0, 0)
        };
        for (since_attempt, is_due) in [(0, false), (4, false), (5, true)] {
            assert_eq!(without_keys.is_due(None, at(since_attempt)), is_due);
        }
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_keep_keys_for_ever() {
        assert!(held(0, 0).is_due(None, at(-300)));
    }

    #[test]
    fn a_secret_is_read_with_blanks_and_without_what_is_not_there_yet() {
        let text = r#"{"secret_key": " sk_test_1\n", "webhook_secret": "", "note": "2026"}"#;
        assert_eq!(read(text, "bookstall/stripe").unwrap(), keys("sk_test_1"));
    }

    #[test]
    fn what_is_wrong_with_a_secret_is_said_with_the_command_and_without_a_key() {
        for (text, part) in [
            ("sk_live_1", "`shop/keys` is no JSON object of texts; `aws"),
            (r#"{"secret_key": 1}"#, "is no JSON object of texts"),
            (r#"{"webhook_secret": "whsec_1"}"#, "has no secret_key"),
            (r#"{"secret_key": " "}"#, "has no secret_key"),
            (
                r#"{"secret_key": "sk_live_1", "publishable_key": "sk_live_1", "webhook_secret": "we_1"}"#,
                "is wrong: the publishable_key in it does not begin with pk_, the webhook_secret \
                 in it is the webhook's id",
            ),
            (
                r#"{"secret_key": "sk_live_1", "publishable_key": "pk_test_1"}"#,
                "the publishable_key in it is of another mode",
            ),
        ] {
            let failure = read(text, "shop/keys").unwrap_err();
            assert_eq!(failure.kind(), FailureKind::Refused);
            let message = failure.to_string();
            let command = "`aws secretsmanager put-secret-value --secret-id shop/keys ";
            assert!(message.contains(part), "{message}");
            assert!(message.contains(command), "{message}");
            for key in ["live_1", "whsec_1", "we_1"] {
                assert!(!message.contains(key), "{message}");
            }
        }
    }
}
