//! Runs `buy` on AWS Lambda.

use bookstall::{
    lambda,
    runtime::{clock, random},
};
use buy::{Shop, handle};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda::serve_requests(Shop::open, Shop::warm_up, |shop, request| {
        let (id, shard) = (random::new_purchase_id(), random::any_shard());
        handle(shop, request, id, clock::now(), shard)
    })
    .await
}
