//! Runs `support` on AWS Lambda.

use bookstall::{
    lambda,
    runtime::{clock, random},
};
use lambda_http::Error;
use support::{Shop, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda::serve_events(Shop::open, |shop, event| {
        handle(
            shop,
            event.payload,
            random::new_import_secret(),
            clock::now(),
        )
    })
    .await
}
