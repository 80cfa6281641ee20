//! Requests to Stripe's API, and what is said of those that fail.

use std::{fmt, time::Duration};

use regex_lite::Regex;
use serde_json::Value;
use url::Url;
use uuid::Uuid;

use crate::error::CliError;

/// The version of the API that the shop reads webhooks in. It is that of `async-stripe` 1.0.0-rc.10.
pub(crate) const API_VERSION: &str = "2026-09-30.endive";

/// Whether a key moves money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Test cards only. A sandbox's keys are of this mode as well.
    Test,
    Live,
}

/// How long Stripe has for an answer. Its own servers give up after 80 seconds.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The pauses before the second and the third attempt.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(2)];

/// A method of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Post,
    Delete,
}

/// A key's way to Stripe.
pub(super) struct Connection {
    client: reqwest::Client,
    /// Without a slash at its end, and without `/v1`.
    url: String,
    key: Key,
}

/// A secret or restricted key. It is in no Debug output.
struct Key(String);

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Connection({} {:?})", self.url, self.key)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Key(…)")
    }
}

impl Connection {
    pub(super) fn new(url: &str, key: &str) -> Self {
        Self {
            client: reqwest::Client::new(),
            url: url.trim_end_matches('/').to_owned(),
            key: Key(key.to_owned()),
        }
    }

    pub(super) fn mode(&self) -> Mode {
        let kind = self.key.0.split('_').nth(1);
        if kind == Some("live") {
            Mode::Live
        } else {
            Mode::Test
        }
    }

    /// Sends a request, up to three times if Stripe cannot be reached, fails, or is too busy: a
    /// `POST` has one idempotency key for all attempts, so it is carried out once. Returns what
    /// Stripe answers to it, or why it refuses it.
    ///
    /// <https://docs.stripe.com/error-low-level>
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Result<Value, Refusal>, CliError> {
        let idempotency_key = idempotency_key();
        let mut pauses = PAUSES.into_iter();
        loop {
            let attempt = self
                .attempt(method, path, parameters, &idempotency_key)
                .await;
            let failure = match attempt {
                Ok((status, answer)) if (200..300).contains(&status) => return Ok(Ok(answer)),
                Ok((status, answer)) if !is_worth_another_attempt(status) => {
                    return Ok(Err(Refusal::read(status, &answer)));
                }
                Ok((429, _)) => "Stripe has too many requests of this account at once".to_owned(),
                Ok((status, _)) => format!("Stripe has a failure of its own (status {status})"),
                Err(error) => format!("Stripe cannot be reached: {}", innermost(&error)),
            };
            let Some(pause) = pauses.next() else {
                return Err(CliError::Failed(format!(
                    "{failure}. Try again in a minute; https://status.stripe.com tells how Stripe is."
                )));
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Sends a request once. Returns the status and the answer, which is null where it is no JSON.
    async fn attempt(
        &self,
        method: Method,
        path: &str,
        parameters: &[(&str, &str)],
        idempotency_key: &str,
    ) -> reqwest::Result<(u16, Value)> {
        let url = format!("{}/v1/{path}", self.url);
        let request = match method {
            Method::Get => self.client.get(with_query(&url, parameters)),
            Method::Delete => self.client.delete(url),
            Method::Post => self
                .client
                .post(url)
                .header("Idempotency-Key", idempotency_key)
                .form(parameters),
        };
        let request = request
            .bearer_auth(&self.key.0)
            .header("Stripe-Version", API_VERSION)
            .timeout(TIMEOUT);
        let response = request.send().await.map_err(reqwest::Error::without_url)?;
        let status = response.status().as_u16();
        let body = response
            .bytes()
            .await
            .map_err(reqwest::Error::without_url)?;
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    }
}

/// Returns the URL with these parameters. One that is no URL stays as it is, for the client to refuse.
fn with_query(url: &str, parameters: &[(&str, &str)]) -> String {
    Url::parse_with_params(url, parameters).map_or_else(|_| url.to_owned(), Into::into)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a request's idempotency key is its own, and nothing depends on it"
)]
fn idempotency_key() -> String {
    Uuid::new_v4().to_string()
}

/// Whether a later attempt may be answered otherwise: another request with the idempotency key is
/// under way, there were too many requests, or Stripe failed.
fn is_worth_another_attempt(status: u16) -> bool {
    matches!(status, 409 | 429 | 500..)
}

/// Returns what went wrong, without the steps that led to it.
fn innermost(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it did not answer in time".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// Why Stripe refuses a request. <https://docs.stripe.com/api/errors>
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    /// Stripe's sentence, without keys.
    message: String,
}

impl Refusal {
    fn read(status: u16, answer: &Value) -> Self {
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        Self {
            status,
            message: without_keys(message),
        }
    }

    /// Whether the key lacks a right.
    pub(super) fn is_missing_right(&self) -> bool {
        self.status == 403
    }

    /// Whether Stripe does not know the object.
    pub(super) fn is_missing_object(&self) -> bool {
        self.status == 404
    }

    /// Whether a parameter is missing, unknown or wrong.
    pub(super) fn is_wrong_parameter(&self) -> bool {
        self.status == 400
    }

    /// Returns the error of the step that was refused, such as `list the webhook endpoints`.
    pub(super) fn into_error(self, step: &str) -> CliError {
        let message = self.message.trim().trim_end_matches('.');
        CliError::Refused(match self.status {
            401 => format!(
                "Stripe does not know this key: {message}. It was rolled or deleted, or not copied \
                 whole. https://dashboard.stripe.com/apikeys shows the keys that there are."
            ),
            403 => match missing_right(message) {
                Some(right) => format!(
                    "Stripe's key may not {step}: it lacks the right {right}. Give it that right at \
                     https://dashboard.stripe.com/apikeys, and try again."
                ),
                None => format!("Stripe's key may not {step}: {message}."),
            },
            _ => format!("Stripe refuses to {step}: {message}."),
        })
    }
}

/// Returns the right that Stripe's sentence names, as the dashboard has it where Stripe says so.
/// There are two forms: `Having the 'rak_charge_read' permission would allow …`, and
/// `Enabling "Charges Read" ('charge_read') permissions on this key would allow …`.
fn missing_right(message: &str) -> Option<String> {
    let (_, sentence) = message
        .split_once("Enabling ")
        .or_else(|| message.split_once("Having the "))?;
    let (right, _) = sentence.split_once(" permission")?;
    Some(right.to_owned())
}

/// Replaces every key and signing secret, whole or in part.
fn without_keys(message: &str) -> String {
    match Regex::new(r"\b((?:[srp]k_(?:test|live)|whsec)_)[\w*]+") {
        Ok(keys) => keys.replace_all(message, "$1…").into_owned(),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: &str = "The provided key 'rk_test_*****qs8Kgd' does not have the required \
        permissions for this endpoint on account 'acct_1'. Having the 'rak_webhook_write' \
        permission would allow this request to continue.";

    #[test]
    fn both_of_stripes_sentences_name_the_right() {
        assert_eq!(
            missing_right(REFUSED).as_deref(),
            Some("'rak_webhook_write'")
        );
        let newer = "Permission denied. The provided key 'rk_live_***j4va7j' does not have the \
            required permissions for this endpoint on account 'acct_123'. Enabling \"Prices Read\" \
            ('plan_read') permissions on this key would allow this request to continue.";
        assert_eq!(
            missing_right(newer).as_deref(),
            Some("\"Prices Read\" ('plan_read')")
        );
        assert_eq!(missing_right("Only Connect platforms may."), None);
    }

    #[test]
    fn no_sentence_quotes_a_key() {
        for (message, expected) in [
            (
                "Invalid API Key provided: sk_test_4eC39HqLyjWDarjt",
                "Invalid API Key provided: sk_test_…",
            ),
            ("'rk_live_***j4va7j' may not", "'rk_live_…' may not"),
            ("whsec_wRNftLajMZ", "whsec_…"),
            ("the task_test of pi_3f", "the task_test of pi_3f"),
        ] {
            assert_eq!(without_keys(message), expected);
        }
    }

    #[test]
    fn no_debug_output_shows_a_key() {
        let connection = Connection::new("http://localhost/", "sk_test_secret");
        let shown = format!("{connection:?}");
        assert!(!shown.contains("sk_test"), "{shown}");
    }
}
