//! `reconcile` on AWS Lambda.

use bookstall::{
    aws::Aws,
    clock::{self, Moment},
    config::Environment,
    log,
    purchase::RequestId,
};
use lambda_http::{
    Error, LambdaEvent,
    lambda_runtime::{run, service_fn},
};
use reconcile::{Run, Shop, handle};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let environment = Environment::of_process();
    log::start(&environment);
    let shop = &Shop::open(&environment, &Aws::of(&environment))?;
    run(service_fn(async |event: LambdaEvent<Value>| {
        let began = clock::now();
        let id = RequestId(event.context.request_id);
        let deadline = Moment::from_unix_millis(event.context.deadline);
        handle(
            shop,
            event.payload,
            &Run {
                id,
                began,
                deadline,
                clock: clock::now,
            },
        )
        .await
    }))
    .await
}
