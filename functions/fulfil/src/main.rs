//! Runs `fulfil` on AWS Lambda.

use bookstall::{lambda, runtime::clock};
use fulfil::{Shop, handle};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda::serve_requests(
        Shop::open,
        |shop| shop.warm_up(clock::now()),
        |shop, request| handle(shop, request, clock::now()),
    )
    .await
}
