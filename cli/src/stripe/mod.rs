//! Stripe's API, as far as `setup`, `live` and `doctor` need it. The shop's own adapter
//! (`shared/src/adapters/stripe`) sells; this one looks after the account.
//!
//! | module | contents |
//! |---|---|
//! | `connection` | requests, attempts, errors |
//! | `objects` | what Stripe answers |
//! | `rights` | what a restricted key may do |

mod connection;
mod objects;
mod rights;
#[cfg(test)]
mod tests;

use bookstall::runtime::config::{Environment, STRIPE_API_URL};
use serde_json::Value;

pub(crate) use self::{
    connection::{API_VERSION, Mode},
    objects::{Account, CheckoutSession, Event, WebhookEndpoint},
    rights::Right,
};
use self::{
    connection::{Connection, Method, Refusal},
    objects::SHOP_METADATA,
};
use crate::error::CliError;

/// The account that a secret or restricted key belongs to.
#[derive(Debug)]
pub(crate) struct Stripe(Connection);

impl Stripe {
    /// Opens the account of this key, at `STRIPE_API_URL` if the environment has it. Sends nothing
    /// yet.
    pub(crate) fn new(secret_key: &str) -> Self {
        let url = Environment::of_process().optional(STRIPE_API_URL);
        Self::at(
            url.as_deref().unwrap_or("https://api.stripe.com"),
            secret_key,
        )
    }

    /// Opens the account of this key at an emulator. The URL has no `/v1`.
    pub(crate) fn at(url: &str, secret_key: &str) -> Self {
        Self(Connection::new(url, secret_key.trim()))
    }

    /// Returns the mode that the key's prefix names: `sk_test_…`, `rk_live_…`.
    pub(crate) fn mode(&self) -> Mode {
        self.0.mode()
    }

    /// Returns the account, or `None` if the restricted key may not read it. Stripe gives that right
    /// to few keys, and the shop does without it.
    ///
    /// <https://docs.stripe.com/api/accounts/retrieve>
    pub(crate) async fn account(&self) -> Result<Option<Account>, CliError> {
        let step = "read the account";
        match self.0.send(Method::Get, "account", &[]).await? {
            Ok(account) => Account::read(&account)
                .map(Some)
                .ok_or_else(|| unread(step)),
            Err(refusal) if refusal.is_missing_right() => Ok(None),
            Err(refusal) => Err(refusal.into_error(step)),
        }
    }

    /// Returns all webhook endpoints of the key's mode, newest first.
    ///
    /// <https://docs.stripe.com/api/webhook_endpoints/list>
    pub(crate) async fn webhook_endpoints(&self) -> Result<Vec<WebhookEndpoint>, CliError> {
        let step = "list the webhook endpoints";
        self.list(step, "webhook_endpoints", &[], WebhookEndpoint::read)
            .await
    }

    /// Makes a webhook endpoint that gets these types of event as the shop reads them, and carries
    /// the shop's id. Returns it with its signing secret, which Stripe tells only this once.
    ///
    /// <https://docs.stripe.com/api/webhook_endpoints/create>
    pub(crate) async fn create_webhook_endpoint(
        &self,
        url: &str,
        events: &[&str],
        shop_id: &str,
        description: &str,
    ) -> Result<(WebhookEndpoint, String), CliError> {
        let step = "make the webhook endpoint";
        let stamp = format!("metadata[{SHOP_METADATA}]");
        let mut parameters = vec![
            ("url", url),
            ("api_version", API_VERSION),
            ("description", description),
            (stamp.as_str(), shop_id),
        ];
        parameters.extend(events.iter().map(|event| ("enabled_events[]", *event)));
        let created = self
            .ask(step, Method::Post, "webhook_endpoints", &parameters)
            .await?;
        let secret = created["secret"].as_str().map(str::to_owned);
        WebhookEndpoint::read(&created)
            .zip(secret)
            .ok_or_else(|| unread(step))
    }

    /// Deletes a webhook endpoint. One that is gone already is no error.
    ///
    /// <https://docs.stripe.com/api/webhook_endpoints/delete>
    pub(crate) async fn delete_webhook_endpoint(&self, id: &str) -> Result<(), CliError> {
        let path = format!("webhook_endpoints/{id}");
        match self.0.send(Method::Delete, &path, &[]).await? {
            Err(refusal) if !refusal.is_missing_object() => {
                Err(refusal.into_error("delete the webhook endpoint"))
            }
            _ => Ok(()),
        }
    }

    /// Returns the rights that this key lacks, of all that a shop and `setup` can need. Changes nothing.
    pub(crate) async fn missing_rights(&self) -> Result<Vec<Right>, CliError> {
        rights::missing(&self.0).await
    }

    /// Returns the events of which a webhook is still owed, or was given up, newest first: those
    /// since this time, in seconds since the epoch. Stripe keeps events for 30 days.
    ///
    /// <https://docs.stripe.com/api/events/list>
    pub(crate) async fn undelivered_events(&self, since: i64) -> Result<Vec<Event>, CliError> {
        let since = since.to_string();
        let parameters = [
            ("delivery_success", "false"),
            ("created[gte]", since.as_str()),
        ];
        let step = "list the events that were not delivered";
        self.list(step, "events", &parameters, Event::read).await
    }

    /// Returns the events of this type, such as `checkout.session.completed`, newest first: those
    /// since this time, in seconds since the epoch. [`Event::pending_webhooks`] becomes zero when
    /// every endpoint has answered 2xx.
    pub(crate) async fn events_of(&self, kind: &str, since: i64) -> Result<Vec<Event>, CliError> {
        let since = since.to_string();
        let parameters = [("type", kind), ("created[gte]", since.as_str())];
        self.list("list the events", "events", &parameters, Event::read)
            .await
    }

    /// Returns the checkout sessions since this time, in seconds since the epoch, newest first.
    ///
    /// <https://docs.stripe.com/api/checkout/sessions/list>
    pub(crate) async fn checkout_sessions(
        &self,
        since: i64,
    ) -> Result<Vec<CheckoutSession>, CliError> {
        let since = since.to_string();
        let parameters = [("created[gte]", since.as_str())];
        let step = "list the checkouts";
        self.list(
            step,
            "checkout/sessions",
            &parameters,
            CheckoutSession::read,
        )
        .await
    }

    /// Sends a request whose refusal is an error.
    async fn ask(
        &self,
        step: &str,
        method: Method,
        path: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Value, CliError> {
        let answer = self.0.send(method, path, parameters).await?;
        answer.map_err(|refusal: Refusal| refusal.into_error(step))
    }

    /// Reads a list to its end, a hundred at a time.
    async fn list<T>(
        &self,
        step: &str,
        path: &str,
        filters: &[(&str, &str)],
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Vec<T>, CliError> {
        let mut rows = Vec::new();
        let mut last: Option<String> = None;
        loop {
            let mut parameters = filters.to_vec();
            parameters.push(("limit", "100"));
            parameters.extend(last.as_deref().map(|last| ("starting_after", last)));
            let page = self.ask(step, Method::Get, path, &parameters).await?;
            let data = page["data"].as_array().ok_or_else(|| unread(step))?;
            for row in data {
                rows.push(read(row).ok_or_else(|| unread(step))?);
            }
            last = data
                .last()
                .and_then(|row| row["id"].as_str())
                .map(str::to_owned);
            if page["has_more"] != true || last.is_none() {
                return Ok(rows);
            }
        }
    }
}

fn unread(step: &str) -> CliError {
    CliError::Failed(format!(
        "Failed to {step}. Stripe's answer has not the form that this version of `bookstall` knows."
    ))
}
