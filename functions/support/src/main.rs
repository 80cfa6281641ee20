//! Runs `support` on AWS Lambda.

use bookstall::{lambda, runtime::clock};
use lambda_http::Error;
use support::{Shop, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda::serve_events(Shop::open, |shop, event| {
        handle(shop, event.payload, clock::now())
    })
    .await
}
