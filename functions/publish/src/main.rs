//! Runs `publish` on AWS Lambda.

use bookstall::lambda;
use lambda_http::Error;
use publish::{Shop, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda::serve_events(Shop::open, |shop, event| handle(shop, event.payload)).await
}
