//! Runs a function on AWS Lambda: it opens its shop once, then handles requests or events.

use std::convert::Infallible;

use futures::FutureExt;
use lambda_http::{Body, Error, LambdaEvent, Request, Response, lambda_runtime, service_fn};
use serde::Serialize;
use serde_json::Value;

use crate::{
    adapters::aws::Aws,
    runtime::{
        config::{ConfigError, Environment},
        invocation::EventError,
        log,
    },
};

/// Runs a function behind API Gateway. It opens its shop, warms it up while Lambda gives it a whole
/// processor, and answers requests until Lambda ends the process.
///
/// Returns an error at once if the environment lacks a variable.
pub async fn serve_requests<Shop: Sync + 'static, WarmUp, Answer>(
    open: impl FnOnce(&Environment, &Aws) -> Result<Shop, ConfigError>,
    warm_up: impl FnOnce(&'static Shop) -> WarmUp,
    answer: impl Fn(&'static Shop, Request) -> Answer + Send,
) -> Result<(), Error>
where
    WarmUp: Future<Output = ()>,
    Answer: Future<Output = Response<Body>> + Send,
{
    let shop = open_shop(open)?;
    warm_up(shop).await;
    let answer = |request| answer(shop, request).map(Ok::<_, Infallible>);
    lambda_http::run(service_fn(answer)).await
}

/// Runs a function that the author or a schedule invokes. It opens its shop, and handles events
/// until Lambda ends the process.
///
/// Returns an error at once if the environment lacks a variable.
pub async fn serve_events<Shop: Sync + 'static, Handled, Answer>(
    open: impl FnOnce(&Environment, &Aws) -> Result<Shop, ConfigError>,
    handle: impl Fn(&'static Shop, LambdaEvent<Value>) -> Handled,
) -> Result<(), Error>
where
    Handled: Future<Output = Result<Answer, EventError>>,
    Answer: Serialize,
{
    let shop = open_shop(open)?;
    lambda_runtime::run(service_fn(|event| handle(shop, event))).await
}

/// Starts the log and opens the shop, which lives as long as the process.
fn open_shop<Shop: 'static>(
    open: impl FnOnce(&Environment, &Aws) -> Result<Shop, ConfigError>,
) -> Result<&'static Shop, ConfigError> {
    let environment = Environment::of_process();
    log::start(&environment);
    let shop = open(&environment, &Aws::of(&environment))?;
    Ok(Box::leak(Box::new(shop)))
}
