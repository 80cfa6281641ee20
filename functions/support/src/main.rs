//! `support` on AWS Lambda.

use bookstall::{
    adapters::aws::Aws,
    runtime::{clock, config::Environment, log},
};
use lambda_http::{
    Error, LambdaEvent,
    lambda_runtime::{run, service_fn},
};
use serde_json::Value;
use support::{Shop, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let environment = Environment::of_process();
    log::start(&environment);
    let shop = &Shop::open(&environment, &Aws::of(&environment))?;
    run(service_fn(async |event: LambdaEvent<Value>| {
        handle(shop, event.payload, clock::now()).await
    }))
    .await
}
