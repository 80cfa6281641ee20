//! The keys of an account at Stripe.

use std::fmt;

use crate::domain::stripe_ids::SessionId;

/// The keys of an account at Stripe. All are of test mode, or all of live mode. Its `Debug` shows
/// none of them.
#[derive(Clone, PartialEq, Eq)]
pub struct StripeKeys {
    /// The secret key, `sk_…`, or a restricted one, `rk_…`.
    pub secret_key: String,
    /// The publishable key, `pk_…`, without which no checkout opens on the author's page.
    pub publishable_key: Option<String>,
    /// The signing secret of the webhook, `whsec_…`, without which no webhook is accepted.
    pub webhook_secret: Option<String>,
}

/// Which key something is said about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// [`StripeKeys::secret_key`].
    Secret,
    /// [`StripeKeys::publishable_key`].
    Publishable,
    /// [`StripeKeys::webhook_secret`].
    Webhook,
}

impl StripeKeys {
    /// Returns what is wrong with the keys, in words that follow a key's name and quote no key.
    /// Empty if nothing is wrong.
    #[must_use]
    pub fn problems(&self) -> Vec<(KeyKind, &'static str)> {
        let Self {
            secret_key,
            publishable_key,
            webhook_secret,
        } = self;
        let secret = (KeyKind::Secret, problem_of_secret_key(secret_key));
        let publishable = publishable_key.as_deref().map(|key| {
            (
                KeyKind::Publishable,
                problem_of_publishable_key(key, secret_key),
            )
        });
        let webhook = webhook_secret
            .as_deref()
            .map(|secret| (KeyKind::Webhook, problem_of_webhook_secret(secret)));
        [Some(secret), publishable, webhook]
            .into_iter()
            .flatten()
            .filter_map(|(kind, problem)| Some((kind, problem?)))
            .collect()
    }

    /// Whether a session is of test mode and the keys are live, or the other way round.
    #[must_use]
    pub fn is_of_other_mode(&self, session: &SessionId) -> bool {
        let modes = mode(session.secret()).zip(mode(&self.secret_key));
        modes.is_some_and(|(session, keys)| session != keys)
    }
}

impl fmt::Debug for StripeKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("StripeKeys(…)")
    }
}

fn problem_of_secret_key(key: &str) -> Option<&'static str> {
    if !key.starts_with("sk_") && !key.starts_with("rk_") {
        Some("begins with neither sk_ nor rk_")
    } else if key.bytes().all(|byte| byte.is_ascii_graphic()) {
        None
    } else {
        Some("has a character that no key has")
    }
}

fn problem_of_publishable_key(key: &str, secret_key: &str) -> Option<&'static str> {
    if !key.starts_with("pk_") {
        return Some("does not begin with pk_");
    }
    let modes = mode(key).zip(mode(secret_key));
    let differ = modes.is_some_and(|(publishable, secret)| publishable != secret);
    differ.then_some("is of another mode than the secret key: one is of test mode, one is live")
}

fn problem_of_webhook_secret(secret: &str) -> Option<&'static str> {
    if secret.starts_with("we_") {
        Some("is the webhook's id; copy its signing secret in its place")
    } else if secret.starts_with("whsec_") {
        None
    } else {
        Some("does not begin with whsec_")
    }
}

/// The mode of a key such as `sk_test_…`, or of a session such as `cs_test_…`. `None` if it does not
/// say so.
fn mode(key: &str) -> Option<&str> {
    let mode = key.split('_').nth(1)?;
    matches!(mode, "test" | "live").then_some(mode)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secret: &str, publishable: &str, webhook: &str) -> StripeKeys {
        StripeKeys {
            secret_key: secret.to_owned(),
            publishable_key: Some(publishable.to_owned()),
            webhook_secret: Some(webhook.to_owned()),
        }
    }

    #[test]
    fn keys_of_one_mode_are_right() {
        for keys in [
            keys("sk_test_1", "pk_test_1", "whsec_1"),
            keys("rk_live_1", "pk_live_1", "whsec_1"),
            StripeKeys {
                publishable_key: None,
                webhook_secret: None,
                ..keys("rk_live_1", "", "")
            },
        ] {
            assert_eq!(keys.problems(), []);
        }
    }

    #[test]
    fn what_is_copied_from_the_wrong_place_at_stripe_is_said() {
        let mixed = "is of another mode than the secret key: one is of test mode, one is live";
        for (keys, expected) in [
            (
                keys("pk_test_1", "sk_test_1", "we_1QxWebhook"),
                [
                    (KeyKind::Secret, "begins with neither sk_ nor rk_"),
                    (KeyKind::Publishable, "does not begin with pk_"),
                    (
                        KeyKind::Webhook,
                        "is the webhook's id; copy its signing secret in its place",
                    ),
                ]
                .to_vec(),
            ),
            (
                keys("sk_live_1", "pk_test_1", "sk_live_1"),
                [
                    (KeyKind::Publishable, mixed),
                    (KeyKind::Webhook, "does not begin with whsec_"),
                ]
                .to_vec(),
            ),
            (
                keys("sk_live_1\u{a0}", "pk_live_1", "whsec_1"),
                [(KeyKind::Secret, "has a character that no key has")].to_vec(),
            ),
        ] {
            assert_eq!(keys.problems(), expected);
        }
    }

    #[test]
    fn a_session_tells_the_mode_that_it_was_opened_in() {
        let test = keys("sk_test_1", "pk_test_1", "whsec_1");
        let live = keys("rk_live_1", "pk_live_1", "whsec_1");
        for (session, is_other_for_test, is_other_for_live) in [
            ("cs_test_a1", false, true),
            ("cs_live_a1", true, false),
            ("cs_a1", false, false),
        ] {
            let session = SessionId::parse(session).unwrap();
            assert_eq!(test.is_of_other_mode(&session), is_other_for_test);
            assert_eq!(live.is_of_other_mode(&session), is_other_for_live);
        }
    }

    #[test]
    fn no_key_is_shown() {
        let keys = keys("sk_live_1", "pk_live_1", "whsec_1");
        assert_eq!(format!("{keys:?}"), "StripeKeys(…)");
    }
}
