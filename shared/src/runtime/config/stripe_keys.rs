//! Stripe's keys, where variables hold them in place of a secret.

use super::{Environment, STRIPE_PUBLISHABLE_KEY, STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET};
use crate::domain::stripe_keys::{KeyKind, StripeKeys};

impl Environment {
    /// Returns the keys of [`STRIPE_SECRET_KEY`], [`STRIPE_PUBLISHABLE_KEY`] and
    /// [`STRIPE_WEBHOOK_SECRET`]. `None` if none of them is given. The last two without the first
    /// are a problem, because keys of a variable and of a secret could be of two accounts.
    pub(crate) fn stripe_keys(&self) -> Option<StripeKeys> {
        let publishable_key = self.optional(STRIPE_PUBLISHABLE_KEY);
        let webhook_secret = self.optional(STRIPE_WEBHOOK_SECRET);
        if publishable_key.is_none() && webhook_secret.is_none() {
            self.optional(STRIPE_SECRET_KEY)?;
        }
        let secret_key = self.required(STRIPE_SECRET_KEY);
        let is_given = !secret_key.is_empty();
        let keys = StripeKeys {
            secret_key,
            publishable_key,
            webhook_secret,
        };
        if is_given {
            for (kind, problem) in keys.problems() {
                let variable = match kind {
                    KeyKind::Secret => STRIPE_SECRET_KEY,
                    KeyKind::Publishable => STRIPE_PUBLISHABLE_KEY,
                    KeyKind::Webhook => STRIPE_WEBHOOK_SECRET,
                };
                self.problem(variable, problem);
            }
        }
        Some(keys)
    }
}

#[cfg(test)]
mod tests {
    use crate::runtime::config::tests::environment;

    #[test]
    fn what_is_copied_from_the_wrong_place_at_stripe_is_refused() {
        let environment = environment(&[
            ("STRIPE_SECRET_KEY", "whsec_a"),
            ("STRIPE_PUBLISHABLE_KEY", "sk_b"),
            ("STRIPE_WEBHOOK_SECRET", "we_c"),
        ]);
        environment.stripe_keys();
        let message = environment.complete().unwrap_err().to_string();
        for part in [
            "STRIPE_SECRET_KEY begins with neither sk_ nor rk_",
            "STRIPE_PUBLISHABLE_KEY does not begin with pk_",
            "STRIPE_WEBHOOK_SECRET is the webhook's id; copy its signing secret",
            "whsec_…",
        ] {
            assert!(message.contains(part), "{message}");
        }
        for key in ["whsec_a", "sk_b", "we_c"] {
            assert!(!message.contains(key), "{message}");
        }
    }

    #[test]
    fn stripes_keys_are_given_together_or_not_at_all() {
        let nothing = environment(&[("STRIPE_SECRET_KEY", "")]);
        assert_eq!(nothing.stripe_keys(), None);
        assert_eq!(nothing.complete(), Ok(()));

        let all = environment(&[
            ("STRIPE_SECRET_KEY", "sk_test_1"),
            ("STRIPE_PUBLISHABLE_KEY", "pk_test_1"),
            ("STRIPE_WEBHOOK_SECRET", "whsec_1"),
        ]);
        let keys = all.stripe_keys().unwrap();
        assert_eq!(all.complete(), Ok(()));
        assert_eq!(keys.secret_key, "sk_test_1");
        assert_eq!(keys.publishable_key.as_deref(), Some("pk_test_1"));
        assert_eq!(keys.webhook_secret.as_deref(), Some("whsec_1"));

        let one = environment(&[("STRIPE_WEBHOOK_SECRET", "whsec_1")]);
        one.stripe_keys();
        let message = one.complete().unwrap_err().to_string();
        assert!(
            message.contains("STRIPE_SECRET_KEY is missing"),
            "{message}"
        );
    }
}
