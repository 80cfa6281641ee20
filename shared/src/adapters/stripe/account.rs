//! The shop's account at Stripe, and the requests to it.

use std::sync::Arc;

use miniserde::Deserialize;
use stripe_client_core::{IdempotencyKey, RequestStrategy, StripeRequest};

use super::{
    connection::{self, Connection, StripeError},
    keys::Keys,
};
use crate::{
    adapters::aws::Aws,
    domain::{stripe_keys::StripeKeys, timestamp::Timestamp},
    runtime::{
        config::{
            ConfigError, Environment, SHOP_ID, STRIPE_API_URL, STRIPE_REFUND_SECRET_NAME,
            STRIPE_SECRET_NAME,
        },
        failure::Failure,
        timeouts::{STRIPE_ATTEMPTS, STRIPE_PAUSE},
    },
};

/// A client for the shop's Stripe account.
pub struct Stripe {
    pub(super) connection: Connection,
    pub(super) keys: Keys,
    /// The restricted key for refunds; absent where they are made with the secret key.
    refund_keys: Option<Keys>,
    /// The shop's id, which each of its checkouts carries in its metadata.
    pub(super) shop_id: String,
    /// Whether a sale is read with its invoice, which a restricted key needs a right for.
    pub(super) reads_invoices: bool,
}

impl Stripe {
    /// Opens the account whose keys are in the environment, or in the secret that the environment
    /// names. Sends nothing yet.
    pub fn open(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let fixed = environment.stripe_keys();
        let keys = match fixed {
            Some(keys) => Keys::Fixed(Arc::new(keys)),
            None => Keys::of_secret(aws, environment.required(STRIPE_SECRET_NAME)),
        };
        let shop_id = environment.required(SHOP_ID);
        let address = environment.optional(STRIPE_API_URL);
        environment.complete()?;
        let address = address.as_deref().unwrap_or(connection::STRIPE);
        Ok(Self {
            connection: Connection::new(address),
            keys,
            refund_keys: None,
            shop_id,
            reads_invoices: false,
        })
    }

    /// Opens the account for a function that gives money back, with the restricted key for refunds of
    /// the secret that the environment names, if it does. Sends nothing yet.
    pub fn open_for_refunds(environment: &Environment, aws: &Aws) -> Result<Self, ConfigError> {
        let secret = environment.optional(STRIPE_REFUND_SECRET_NAME);
        let account = Self::open(environment, aws)?;
        let refund_keys = match account.keys {
            Keys::Fixed(_) => None,
            Keys::Secret(_) => secret.map(|name| Keys::of_secret(aws, name)),
        };
        Ok(Self {
            refund_keys,
            ..account
        })
    }

    /// Reads each sale with its invoice, or does not.
    #[must_use]
    pub fn reading_invoices(self, reads_invoices: bool) -> Self {
        Self {
            reads_invoices,
            ..self
        }
    }

    /// Connects to Stripe and reads the keys ahead of the first request. What fails here is tried
    /// again by a request that needs it.
    pub async fn connect(&self, now: Timestamp) {
        let (_, ()) = tokio::join!(self.keys.current(now), self.connection.open());
    }

    /// The keys for refunds.
    pub(super) fn refund_keys(&self) -> &Keys {
        self.refund_keys.as_ref().unwrap_or(&self.keys)
    }

    /// Sends a request, twice at most, with the same idempotency key both times. Returns what `T`
    /// needs of the answer, or `None` if Stripe answers 404.
    pub(super) async fn ask<T: Deserialize>(
        &self,
        step: &'static str,
        request: &impl StripeRequest,
        idempotency_key: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<T>, Failure> {
        let answered = self.ask_with_keys(request, idempotency_key, now).await;
        let answered = answered.map_err(|error| error.failure(step))?;
        Ok(answered.map(|(answer, _)| answer))
    }

    /// Sends a request as [`ask`](Self::ask) does. Returns the keys that Stripe accepted beside the
    /// answer.
    pub(super) async fn ask_with_keys<T: Deserialize>(
        &self,
        request: &impl StripeRequest,
        idempotency_key: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<(T, Arc<StripeKeys>)>, StripeError> {
        let mut attempt = 1;
        loop {
            match self
                .ask_once(&self.keys, request, idempotency_key, now)
                .await
            {
                Ok(answer) => return Ok(Some(answer)),
                Err(StripeError::Refused(404, _)) => return Ok(None),
                Err(error) if attempt < STRIPE_ATTEMPTS && error.may_pass() => {
                    attempt += 1;
                    tokio::time::sleep(STRIPE_PAUSE).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Sends a request once, or twice if Stripe did not accept the first key and there is a newer
    /// one. Returns the keys that Stripe accepted beside the answer.
    pub(super) async fn ask_once<T: Deserialize>(
        &self,
        keys: &Keys,
        request: &impl StripeRequest,
        idempotency_key: Option<&str>,
        now: Timestamp,
    ) -> Result<(T, Arc<StripeKeys>), StripeError> {
        let mut current = keys.current(now).await.map_err(StripeError::NoKeys)?;
        let mut answer = self.send(&current, request, idempotency_key).await;
        if let Err(StripeError::Refused(401, _)) = answer {
            if let Some(newer) = keys.in_place_of(&current, now).await {
                current = newer;
                answer = self.send(&current, request, idempotency_key).await;
            }
            if let Err(StripeError::Refused(401, _)) = answer {
                return Err(StripeError::KeyRefused(keys.how_to_change()));
            }
        }
        answer.map(|answer| (answer, current))
    }

    async fn send<T: Deserialize>(
        &self,
        keys: &StripeKeys,
        request: &impl StripeRequest,
        idempotency_key: Option<&str>,
    ) -> Result<T, StripeError> {
        let unasked = |error: &dyn std::error::Error| StripeError::Unasked(error.to_string());
        let strategy = match idempotency_key.map(IdempotencyKey::new) {
            Some(key) => RequestStrategy::Idempotent(key.map_err(|error| unasked(&error))?),
            None => RequestStrategy::Once,
        };
        let client = self
            .connection
            .with_key(&keys.secret_key)
            .map_err(|error| unasked(&error))?;
        request
            .build()
            .customize()
            .request_strategy(strategy)
            .send(&client)
            .await
    }
}
