//! Step 6: the webhook, by which Stripe tells the shop what was paid.
//!
//! ```text
//! make the endpoint ── write its secret ── delete older ones of ours
//!                   ^1                  ^2
//! ```
//!
//! Stopped at 1, there is an endpoint whose secret nobody has: its id is not in the secret, so the
//! next run makes another one, and deletes it. Stopped at 2, the shop works and an older endpoint
//! still sends: the next run deletes it. An endpoint that does not carry this shop's id is never
//! touched.

use super::{
    context::Context,
    stack,
    step::{About, State},
};
use crate::{
    error::CliError,
    keys::HeldKeys,
    stripe::{API_VERSION, Stripe, WebhookEndpoint},
    terminal::note,
};

pub(super) const ABOUT: About = About {
    name: "webhook",
    title: "Stripe's webhook",
    takes: "a few seconds",
    what: "Makes the webhook at Stripe, with the events that the shop handles, and puts its secret \
           beside the keys. An older one of this shop is deleted.",
};

/// What the stack says the webhook should be.
pub(super) struct Wanted {
    url: String,
    events: Vec<String>,
    shop_id: String,
}

impl Wanted {
    /// Reads the stack's outputs. `None` if it is not there.
    pub(super) async fn read(context: &Context<'_>) -> Result<Option<Self>, CliError> {
        let Some(stack) = stack::describe(context).await? else {
            return Ok(None);
        };
        let output = |name| stack::output(&stack, name);
        let read = || {
            Some(Self {
                url: output("StripeWebhookUrl")?,
                events: output("StripeWebhookEvents")?
                    .split(',')
                    .map(|event| event.trim().to_owned())
                    .collect(),
                shop_id: output("PurchasesTableName")?,
            })
        };
        Ok(read())
    }

    /// Whether an endpoint is as it should be.
    fn is(&self, endpoint: &WebhookEndpoint) -> bool {
        let mut wanted = self.events.clone();
        let mut has = endpoint.enabled_events.clone();
        wanted.sort();
        has.sort();
        endpoint.url == self.url
            && endpoint.is_enabled()
            && endpoint.api_version.as_deref() == Some(API_VERSION)
            && has == wanted
    }

    /// Whether the endpoint whose secret is held is there and as it should be.
    pub(super) async fn is_served(
        &self,
        stripe: &Stripe,
        held: &HeldKeys,
    ) -> Result<bool, CliError> {
        let endpoints = stripe.webhook_endpoints().await?;
        Ok(self.current(held, &endpoints).is_some())
    }

    /// Returns the endpoint whose secret is held, if it is as it should be.
    fn current<'a>(
        &self,
        held: &HeldKeys,
        endpoints: &'a [WebhookEndpoint],
    ) -> Option<&'a WebhookEndpoint> {
        held.keys.webhook_secret.as_ref()?;
        let id = held.webhook_endpoint.as_deref()?;
        let is_it = |endpoint: &&WebhookEndpoint| endpoint.id == id && self.is(endpoint);
        endpoints.iter().find(is_it)
    }

    /// Makes an endpoint, and returns the keys with its secret.
    pub(super) async fn create(
        &self,
        stripe: &Stripe,
        held: &HeldKeys,
    ) -> Result<HeldKeys, CliError> {
        let events: Vec<_> = self.events.iter().map(String::as_str).collect();
        let description = "Bookstall: made by `bookstall setup`.";
        let (endpoint, secret) = stripe
            .create_webhook_endpoint(&self.url, &events, &self.shop_id, description)
            .await?;
        let mut keys = held.keys.clone();
        keys.webhook_secret = Some(secret);
        Ok(held.with(keys, Some(endpoint.id)))
    }

    /// Deletes this shop's endpoints but the one whose secret is held.
    pub(super) async fn delete_others(
        &self,
        stripe: &Stripe,
        held: &HeldKeys,
    ) -> Result<(), CliError> {
        for endpoint in stripe.webhook_endpoints().await? {
            if self.is_superseded(&endpoint, held) {
                stripe.delete_webhook_endpoint(&endpoint.id).await?;
                note(&format!("   Deleted the older webhook {}.", endpoint.id));
            } else if endpoint.url == self.url && !endpoint.is_of_shop(&self.shop_id) {
                note(&format!(
                    "   Another webhook, {}, leads to {}, and was not made by this command. Its \
                     events come with a signature that the shop refuses. Delete it by hand if \
                     nothing needs it.",
                    endpoint.id, self.url
                ));
            }
        }
        Ok(())
    }

    fn is_superseded(&self, endpoint: &WebhookEndpoint, held: &HeldKeys) -> bool {
        endpoint.is_of_shop(&self.shop_id)
            && held.webhook_endpoint.as_deref() != Some(&*endpoint.id)
    }
}

pub(super) async fn state(context: &Context<'_>) -> Result<State, CliError> {
    let Some(wanted) = Wanted::read(context).await? else {
        return Ok(State::ToDo(
            "its address is known when the shop is deployed".to_owned(),
        ));
    };
    let Some(held) = context.key_secret().read().await? else {
        return Ok(State::ToDo("there are no keys yet".to_owned()));
    };
    let endpoints = Stripe::new(&held.keys.secret_key)
        .webhook_endpoints()
        .await?;
    if wanted.current(&held, &endpoints).is_none() {
        return Ok(State::ToDo(format!("there is none for {}", wanted.url)));
    }
    if endpoints
        .iter()
        .any(|endpoint| wanted.is_superseded(endpoint, &held))
    {
        return Ok(State::ToDo("an older one is to be deleted".to_owned()));
    }
    Ok(State::Done(format!(
        "{}, with {} kinds of event",
        wanted.url,
        wanted.events.len()
    )))
}

pub(super) async fn run(context: &mut Context<'_>) -> Result<(), CliError> {
    let secret = context.key_secret();
    let wanted = Wanted::read(context).await?;
    let (Some(wanted), Some(held)) = (wanted, secret.read().await?) else {
        return Err(CliError::Refused(
            "The webhook needs a deployed shop and Stripe's keys.".to_owned(),
        ));
    };
    let stripe = Stripe::new(&held.keys.secret_key);
    let held = if wanted.is_served(&stripe, &held).await? {
        held
    } else {
        let new = wanted.create(&stripe, &held).await?;
        secret.write(&new).await?;
        new
    };
    wanted.delete_others(&stripe, &held).await
}
