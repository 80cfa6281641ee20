//! Runs `import` on AWS Lambda.

use bookstall::{
    lambda,
    runtime::{clock, random},
};
use import::{Shop, handle};
use lambda_http::Error;

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
