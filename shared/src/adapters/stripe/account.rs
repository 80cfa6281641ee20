//! The shop's account at Stripe, and the requests to it.

use miniserde::Deserialize;
use stripe_client_core::{IdempotencyKey, RequestStrategy, StripeRequest};

use super::connection::{self, Connection, StripeError};
use crate::runtime::{
    config::{ConfigError, Environment, SHOP_ID, STRIPE_API_URL, STRIPE_SECRET_KEY, STRIPE_TAX},
    failure::Failure,
    timeouts::{STRIPE_ATTEMPTS, STRIPE_PAUSE},
};

/// A client for the shop's Stripe account.
pub struct Stripe {
    connection: Connection,
    pub(super) adds_tax: bool,
    /// The shop's id, which each of its checkouts carries in its metadata.
    pub(super) shop_id: String,
}

impl Stripe {
    /// Opens the account that the secret key in the environment belongs to. Sends nothing yet.
    pub fn open(environment: &Environment) -> Result<Self, ConfigError> {
        let secret_key = environment.stripe_secret_key();
        let shop_id = environment.required(SHOP_ID);
        let address = environment.optional(STRIPE_API_URL);
        let adds_tax = environment
            .optional(STRIPE_TAX)
            .is_some_and(|text| text == "on");
        environment.complete()?;
        let address = address.as_deref().unwrap_or(connection::STRIPE);
        let connection = Connection::new(address, &secret_key)
            .map_err(|error| ConfigError::because(STRIPE_SECRET_KEY, &error.to_string()))?;
        Ok(Self {
            connection,
            adds_tax,
            shop_id,
        })
    }

    /// Connects to Stripe ahead of the first request. If this fails, the first request connects.
    pub async fn connect(&self) {
        self.connection.open().await;
    }

    /// Sends a request, twice at most, with the same idempotency key both times. Returns what `T`
    /// needs of the answer, or `None` if Stripe answers 404.
    pub(super) async fn ask<T: Deserialize>(
        &self,
        step: &'static str,
        request: &impl StripeRequest,
        idempotency_key: Option<&str>,
    ) -> Result<Option<T>, Failure> {
        let mut attempt = 1;
        loop {
            match self.ask_once(request, idempotency_key).await {
                Ok(answer) => return Ok(Some(answer)),
                Err(StripeError::Refused(404, _)) => return Ok(None),
                Err(error) if attempt < STRIPE_ATTEMPTS && error.may_pass() => {
                    attempt += 1;
                    tokio::time::sleep(STRIPE_PAUSE).await;
                }
                Err(error) => return Err(error.failure(step)),
            }
        }
    }

    pub(super) async fn ask_once<T: Deserialize>(
        &self,
        request: &impl StripeRequest,
        idempotency_key: Option<&str>,
    ) -> Result<T, StripeError> {
        let strategy = match idempotency_key.map(IdempotencyKey::new) {
            Some(key) => RequestStrategy::Idempotent(
                key.map_err(|error| StripeError::Unasked(error.to_string()))?,
            ),
            None => RequestStrategy::Once,
        };
        request
            .build()
            .customize()
            .request_strategy(strategy)
            .send(&self.connection)
            .await
    }
}
