//! Runs `withdraw` on AWS Lambda.

use bookstall::{lambda, runtime::clock};
use lambda_http::Error;
use withdraw::{FLOOR, Shop, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda::serve_requests(
        Shop::open,
        |_| async {},
        |shop, request| handle(shop, request, clock::now(), FLOOR),
    )
    .await
}
