//! `resend` on AWS Lambda.

use std::convert::Infallible;

use bookstall::{
    adapters::aws::Aws,
    runtime::{clock, config::Environment, log},
};
use lambda_http::{Error, run, service_fn};
use resend::{FLOOR, Shop, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let environment = Environment::of_process();
    log::start(&environment);
    let shop = &Shop::open(&environment, &Aws::of(&environment))?;
    run(service_fn(async |request| {
        Ok::<_, Infallible>(handle(shop, request, clock::now(), FLOOR).await)
    }))
    .await
}
