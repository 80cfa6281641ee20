//! Runs `download` on AWS Lambda.

use bookstall::{
    lambda,
    runtime::{clock, random},
};
use download::{Shop, handle};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda::serve_requests(
        Shop::open,
        |shop| shop.warm_up(clock::now()),
        |shop, request| handle(shop, request, clock::now(), random::new_page_token()),
    )
    .await
}
