//! `reconcile` on AWS Lambda.

use bookstall::{
    adapters::aws::Aws,
    runtime::{clock, config::Environment, invocation::Invocation, log},
};
use lambda_http::{
    Error, LambdaEvent,
    lambda_runtime::{run, service_fn},
};
use reconcile::{Shop, handle};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let environment = Environment::of_process();
    log::start(&environment);
    let shop = &Shop::open(&environment, &Aws::of(&environment))?;
    run(service_fn(async |event: LambdaEvent<Value>| {
        let invocation = Invocation::new(event.context, clock::now);
        handle(shop, event.payload, &invocation).await
    }))
    .await
}
