//! `fulfil` on AWS Lambda.

use std::convert::Infallible;

use bookstall::{
    adapters::aws::Aws,
    runtime::{clock, config::Environment, log},
};
use fulfil::{Shop, handle};
use lambda_http::{Error, run, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let environment = Environment::of_process();
    log::start(&environment);
    let shop = &Shop::open(&environment, &Aws::of(&environment))?;
    shop.warm_up().await;
    run(service_fn(async |request| {
        Ok::<_, Infallible>(handle(shop, request, clock::now()).await)
    }))
    .await
}
