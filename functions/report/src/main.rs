//! `report` on AWS Lambda.

use bookstall::{aws::Aws, clock, config::Environment, log, purchase::RequestId};
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
