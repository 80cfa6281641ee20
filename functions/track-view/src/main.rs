//! `track-view` on AWS Lambda.

use std::convert::Infallible;

use bookstall::{
    adapters::aws::Aws,
    runtime::{clock, config::Environment, log, random},
};
use lambda_http::{Error, run, service_fn};
use track_view::{Shop, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let environment = Environment::of_process();
    log::start(&environment);
    let shop = &Shop::open(&environment, &Aws::of(&environment))?;
    run(service_fn(async |request| {
        Ok::<_, Infallible>(handle(shop, request, clock::now(), random::any_shard()).await)
    }))
    .await
}
