//! Runs `agree` on AWS Lambda.

use agree::{Shop, handle};
use bookstall::{lambda, runtime::clock};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda::serve_requests(
        Shop::open,
        |_| async {},
        |shop, request| handle(shop, request, clock::now()),
    )
    .await
}
