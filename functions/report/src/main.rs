//! Runs `report` on AWS Lambda.

use bookstall::{domain::request_id::RequestId, lambda, runtime::clock};
use lambda_http::Error;
use report::{Shop, handle};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda::serve_events(Shop::open, |shop, event| async move {
        let id = RequestId(event.context.request_id);
        handle(shop, event.payload, &id, clock::now()).await
    })
    .await
}
