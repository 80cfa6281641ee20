//! The secret of Secrets Manager that holds Stripe's keys.
//!
//! The functions read it (`shared/src/adapters/stripe/keys.rs`). It is always written whole, so that
//! one write switches the shop from one set of keys to another.

use aws_config::SdkConfig;
use aws_sdk_cloudformation::types::Stack;
use aws_sdk_secretsmanager::{Client, error::ProvideErrorMetadata};
use bookstall::domain::stripe_keys::{KeyKind, StripeKeys};
use serde_json::{Map, Value};

use crate::{error::CliError, shop::Shop};

/// The secret's name, where the stack names no other.
pub(crate) const DEFAULT_NAME: &str = "bookstall/stripe";

/// The parameter of the stack that names the secret.
pub(crate) const NAME_PARAMETER: &str = "StripeSecret";

/// The field with the id of the webhook's endpoint at Stripe, which the functions do not read.
const WEBHOOK_ENDPOINT: &str = "webhook_endpoint";

/// The secret with Stripe's keys.
pub(crate) struct KeySecret {
    client: Client,
    name: String,
}

/// What the secret holds. It has no `Debug`, so that no key is printed.
#[derive(Clone)]
pub(crate) struct HeldKeys {
    /// The keys.
    pub(crate) keys: StripeKeys,
    /// The id of the webhook endpoint that `keys.webhook_secret` belongs to, `we_…`. `None` if
    /// the secret was written by hand.
    pub(crate) webhook_endpoint: Option<String>,
    /// Fields that are the author's own.
    others: Map<String, Value>,
}

impl KeySecret {
    /// Makes an adapter for the secret of this name.
    pub(crate) fn new(config: &SdkConfig, name: impl Into<String>) -> Self {
        Self {
            client: Client::new(config),
            name: name.into(),
        }
    }

    /// Finds the secret that the stack of the shop reads.
    pub(crate) async fn of_shop(shop: &Shop) -> Result<Self, CliError> {
        let stack = shop.described_stack().await?;
        let parameters = stack.as_ref().map(Stack::parameters);
        let name = parameters
            .unwrap_or_default()
            .iter()
            .find(|parameter| parameter.parameter_key() == Some(NAME_PARAMETER))
            .and_then(|parameter| parameter.parameter_value());
        Ok(Self::new(&shop.config, name.unwrap_or(DEFAULT_NAME)))
    }

    /// Returns the secret's name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Reads the keys. `None` if there is no secret of this name, or it has no value yet. The keys
    /// are not checked: [`HeldKeys::problems`] does that.
    pub(crate) async fn read(&self) -> Result<Option<HeldKeys>, CliError> {
        let read = self.client.get_secret_value().secret_id(&self.name);
        let value = match read.send().await {
            Ok(value) => value,
            Err(error) if error.code() == Some("ResourceNotFoundException") => return Ok(None),
            Err(error) => {
                let step = format!("Failed to read the secret `{}`", self.name);
                return Err(CliError::of_aws(&step, error));
            }
        };
        HeldKeys::parse(value.secret_string().unwrap_or_default())
            .map(Some)
            .ok_or_else(|| {
                CliError::Refused(format!(
                    "The secret `{}` is no JSON object with a secret_key. Delete it, or write it \
                     anew: docs/configuration.md says what it holds.",
                    self.name
                ))
            })
    }

    /// Writes all keys with one `PutSecretValue`, and makes the secret if it is not there.
    pub(crate) async fn write(&self, held: &HeldKeys) -> Result<(), CliError> {
        let step = format!("Failed to write the secret `{}`", self.name);
        let text = held.text();
        let put = self.client.put_secret_value().secret_id(&self.name);
        match put.secret_string(&text).send().await {
            Ok(_) => return Ok(()),
            Err(error) if error.code() == Some("ResourceNotFoundException") => {}
            Err(error) => return Err(CliError::of_aws(&step, error)),
        }
        let create = self.client.create_secret().name(&self.name);
        let create = create.description("Stripe's keys, which the shop's functions read.");
        create
            .secret_string(text)
            .send()
            .await
            .map_err(|error| CliError::of_aws(&step, error))?;
        Ok(())
    }
}

impl HeldKeys {
    /// Makes the content of a secret that is not there yet.
    pub(crate) fn new(keys: StripeKeys) -> Self {
        Self {
            keys,
            webhook_endpoint: None,
            others: Map::new(),
        }
    }

    /// Returns these keys with other ones of Stripe in their place, and the author's own fields kept.
    pub(crate) fn with(&self, keys: StripeKeys, webhook_endpoint: Option<String>) -> Self {
        Self {
            keys,
            webhook_endpoint,
            others: self.others.clone(),
        }
    }

    /// Returns what is wrong with the keys, by the name of the field, in words that quote no key.
    pub(crate) fn problems(&self) -> Vec<String> {
        let problem = |(kind, problem)| match kind {
            KeyKind::Secret => format!("the secret key {problem}"),
            KeyKind::Publishable => format!("the publishable key {problem}"),
            KeyKind::Webhook => format!("the webhook's secret {problem}"),
        };
        self.keys.problems().into_iter().map(problem).collect()
    }

    /// Reads the secret's text as the functions do: with blanks around values, and with empty
    /// values as absent ones.
    fn parse(text: &str) -> Option<Self> {
        let mut fields: Map<String, Value> = serde_json::from_str(text).ok()?;
        let mut take = |name: &str| match fields.remove(name) {
            Some(Value::String(value)) => {
                let value = value.trim().to_owned();
                Some(value).filter(|value| !value.is_empty())
            }
            _ => None,
        };
        let keys = StripeKeys {
            secret_key: take("secret_key")?,
            publishable_key: take("publishable_key"),
            webhook_secret: take("webhook_secret"),
        };
        Some(Self {
            keys,
            webhook_endpoint: take(WEBHOOK_ENDPOINT),
            others: fields,
        })
    }

    fn text(&self) -> String {
        let mut fields = self.others.clone();
        let StripeKeys {
            secret_key,
            publishable_key,
            webhook_secret,
        } = self.keys.clone();
        let values = [
            ("secret_key", Some(secret_key)),
            ("publishable_key", publishable_key),
            ("webhook_secret", webhook_secret),
            (WEBHOOK_ENDPOINT, self.webhook_endpoint.clone()),
        ];
        for (name, value) in values {
            if let Some(value) = value {
                fields.insert(name.to_owned(), Value::String(value));
            }
        }
        Value::Object(fields).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_foreign_fields_stay() {
        let text = r#"{"note": "2026", "secret_key": " sk_test_1\n", "webhook_secret": ""}"#;
        let held = HeldKeys::parse(text).unwrap();
        let keys = StripeKeys {
            webhook_secret: Some("whsec_1".to_owned()),
            ..held.keys.clone()
        };
        assert_eq!(keys.secret_key, "sk_test_1");
        let written = held.with(keys.clone(), Some("we_1".to_owned())).text();
        assert_eq!(
            written,
            r#"{"note":"2026","secret_key":"sk_test_1","webhook_endpoint":"we_1","webhook_secret":"whsec_1"}"#
        );
        let read = HeldKeys::parse(&written).unwrap();
        assert!(read.keys == keys && read.webhook_endpoint.as_deref() == Some("we_1"));
    }

    #[test]
    fn a_text_without_a_secret_key_is_none() {
        for text in ["", "sk_test_1", "[]", "{}", r#"{"secret_key": ""}"#] {
            assert!(HeldKeys::parse(text).is_none(), "{text}");
        }
    }
}
