//! `report` on AWS Lambda.

use bookstall::{
    adapters::aws::Aws,
    domain::claim::RequestId,
    runtime::{clock, config::Environment, log},
};
use lambda_http::{
    Error, LambdaEvent,
    lambda_runtime::{run, service_fn},
};
use report::{Shop, handle};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let environment = Environment::of_process();
    log::start(&environment);
    let shop = &Shop::open(&environment, &Aws::of(&environment))?;
    run(service_fn(async |event: LambdaEvent<Value>| {
        let id = RequestId(event.context.request_id);
        handle(shop, event.payload, &id, clock::now()).await
    }))
    .await
}
