//! Runs `buy` on AWS Lambda.

use bookstall::{
    lambda,
    runtime::{clock, random},
};
use buy::{NewIds, Shop, handle};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda::serve_requests(
        Shop::open,
        |shop| shop.warm_up(clock::now()),
        |shop, request| {
            let new = NewIds {
                purchase_id: random::new_purchase_id(),
                seed: random::new_seed(),
            };
            handle(shop, request, new, clock::now(), random::any_shard())
        },
    )
    .await
}
