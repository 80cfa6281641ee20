//! Runs `push-update` on AWS Lambda.

use bookstall::{
    lambda,
    runtime::{clock, invocation::Invocation},
};
use lambda_http::Error;
use push_update::{Shop, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda::serve_events(Shop::open, |shop, event| async move {
        let invocation = Invocation::new(event.context, clock::now);
        handle(shop, event.payload, &invocation).await
    })
    .await
}
