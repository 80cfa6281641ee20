//! Runs `track-view` on AWS Lambda.

use bookstall::{
    lambda,
    runtime::{clock, random},
};
use lambda_http::Error;
use track_view::{Shop, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda::serve_requests(
        Shop::open,
        |_| async {},
        |shop, request| handle(shop, request, clock::now(), random::any_shard()),
    )
    .await
}
