//! A sale whose function is killed on the way is finished by the next call: no second purchase, no
//! missing mail, and a second mail only where the first was sent and not yet noted.

use std::collections::HashMap;

use bookstall::{
    adapters::aws::Aws,
    domain::timestamp::Timestamp,
    runtime::{clock, invocation::Invocation},
};
use emulators::faults::{Effect, Service};
use lambda_http::{
    Body, Context, Request, RequestExt,
    http::{self, Method, StatusCode},
};
use serde_json::json;
use stripe_webhook::Webhook;

use tests::world::{World, completed};

/// A call that lets `fulfil` handle a sale.
#[derive(Clone, Copy, Debug)]
enum Call {
    /// The buyer's return from Stripe.
    Return,
    /// Stripe's webhook.
    Webhook,
}

impl Call {
    fn request(self, session: &str, id: &str, now: Timestamp) -> Request {
        let request = http::Request::builder();
        let request = match self {
            Self::Return => request
                .uri(format!("/paid/{session}"))
                .body(Body::Empty)
                .unwrap()
                .with_path_parameters(HashMap::from([(
                    "session_id".to_owned(),
                    vec![session.to_owned()],
                )])),
            Self::Webhook => {
                let body = completed(session).to_string();
                let signed = Webhook::generate_test_header(&body, "whsec_local", Some(now.unix()));
                request
                    .method(Method::POST)
                    .uri("/stripe")
                    .header("stripe-signature", signed)
                    .body(Body::Text(body))
                    .unwrap()
            }
        };
        let mut context = Context::default();
        id.clone_into(&mut context.request_id);
        request.with_lambda_context(context)
    }

    fn done(self) -> StatusCode {
        match self {
            Self::Return => StatusCode::SEE_OTHER,
            Self::Webhook => StatusCode::OK,
        }
    }
}

/// Calls `fulfil` at a given time.
async fn fulfil_at(
    world: &World,
    call: Call,
    session: &str,
    id: &str,
    now: Timestamp,
) -> StatusCode {
    let aws = Aws::at(world.shop.emulators().aws.clone());
    let shop = fulfil::Shop::open(&world.shop.environment(), &aws).unwrap();
    let request = call.request(session, id, now);
    fulfil::handle(&shop, request, now).await.status()
}

/// What `fulfil` is doing when it is killed.
type Step = (Service, &'static str, Effect);

/// Runs `fulfil` and kills it when it is about to read the response to this call.
async fn killed_at(world: &World, call: Call, session: &str, step: Step) {
    let running = Box::pin(fulfil_at(world, call, session, "killed", clock::now()));
    world.kill_at(step, running).await;
}

fn later() -> Timestamp {
    clock::now().plus_seconds(61)
}

/// A product, the call that writes its purchases, and how many those are.
#[derive(Clone, Copy, Debug)]
struct Sold {
    product: &'static str,
    put: &'static str,
    copies: usize,
}

const ONE_BOOK: Sold = Sold {
    product: "wip-2e",
    put: "PutItem",
    copies: 1,
};
const TWO_BOOKS: Sold = Sold {
    product: "wip-both",
    put: "TransactWriteItems",
    copies: 2,
};

async fn paid(world: &World, sold: Sold) -> String {
    world.drop_webhooks();
    let session = world.buy(sold.product).await;
    world.pay(&session, "jane@example.com").await;
    session
}

/// The number of steps at which a sale is killed.
const STEPS: usize = 8;

/// Each step of a sale, and the number of mails after it was killed at that step and finished.
fn steps(Sold { put, .. }: Sold) -> [(&'static str, Step, usize); STEPS] {
    use Effect::{ActThenNoAnswer, NoAnswer};
    use Service::{DynamoDb, Ses, Stripe};
    [
        (
            "asking Stripe",
            (Stripe, "GET /v1/checkout/sessions/{id}", NoAnswer),
            1,
        ),
        ("reading the books", (DynamoDb, "BatchGetItem", NoAnswer), 1),
        ("before the put", (DynamoDb, put, NoAnswer), 1),
        ("after the put", (DynamoDb, put, ActThenNoAnswer), 1),
        ("before the mail", (Ses, "SendEmail", NoAnswer), 1),
        ("after the mail", (Ses, "SendEmail", ActThenNoAnswer), 2),
        ("before the mark", (DynamoDb, "UpdateItem", NoAnswer), 2),
        (
            "after the mark",
            (DynamoDb, "UpdateItem", ActThenNoAnswer),
            1,
        ),
    ]
}

#[tokio::test]
async fn killed_at_any_step_the_next_call_finishes_the_sale() {
    for (killed, next, sold) in [
        (Call::Return, Call::Webhook, ONE_BOOK),
        (Call::Webhook, Call::Return, ONE_BOOK),
        (Call::Return, Call::Webhook, TWO_BOOKS),
        (Call::Webhook, Call::Return, TWO_BOOKS),
    ] {
        for (step, at, mails) in steps(sold) {
            let told = format!(
                "{} by {killed:?} killed {step}, then {next:?}",
                sold.product
            );
            let world = World::open().await;
            let session = paid(&world, sold).await;
            killed_at(&world, killed, &session, at).await;
            let status = fulfil_at(&world, next, &session, "next", later()).await;
            assert_eq!(status, next.done(), "{told}");
            assert_eq!(world.purchases().await, sold.copies, "{told}");
            assert_eq!(world.mails().len(), mails, "{told}");

            // Stripe may repeat its webhook.
            let again = fulfil_at(&world, Call::Webhook, &session, "again", later()).await;
            assert_eq!(again, StatusCode::OK, "{told}");
            assert_eq!(world.mails().len(), mails, "{told}");
        }
    }
}

#[tokio::test]
async fn killed_after_the_put_the_buyer_who_reloads_at_once_has_the_link() {
    let world = World::open().await;
    let session = paid(&world, TWO_BOOKS).await;
    let (_, at, _) = steps(TWO_BOOKS)[3].clone();
    killed_at(&world, Call::Webhook, &session, at).await;
    let status = fulfil_at(&world, Call::Return, &session, "reload", clock::now()).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    // The killed call's claim has not run out yet, so nobody else sends the mail.
    assert_eq!(world.mails().len(), 0);
    let status = fulfil_at(&world, Call::Webhook, &session, "retry", later()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn killed_again_and_again_it_is_finished_in_the_end() {
    let world = World::open().await;
    let session = paid(&world, TWO_BOOKS).await;
    // The steps up to the put. After it, the killed call's claim stops the next calls for a minute.
    for (_, at, _) in steps(TWO_BOOKS).into_iter().take(4) {
        killed_at(&world, Call::Webhook, &session, at).await;
    }
    let status = fulfil_at(&world, Call::Webhook, &session, "last", later()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((world.purchases().await, world.mails().len()), (2, 1));
}

#[tokio::test]
async fn killed_before_the_mail_and_never_called_again_reconcile_finishes_it() {
    let world = World::open().await;
    let session = paid(&world, TWO_BOOKS).await;
    let (_, at, _) = steps(TWO_BOOKS)[4].clone();
    killed_at(&world, Call::Return, &session, at).await;

    // Until the claim runs out, somebody may still be sending the mail.
    let at_once = world.invoke("ReconcileFunction", &json!({})).await;
    assert_eq!(at_once.unwrap()["repaired"], 0);
    let aws = Aws::at(world.shop.emulators().aws.clone());
    let shop = reconcile::Shop::open(&world.shop.environment(), &aws).unwrap();
    let run = Invocation {
        id: bookstall::domain::request_id::RequestId("reconcile".to_owned()),
        began: later(),
        deadline: later().plus_seconds(900),
        clock: later,
    };
    let reconciled = reconcile::handle(&shop, json!({}), &run).await.unwrap();
    assert_eq!((reconciled.checked, reconciled.repaired), (1, 1));
    assert_eq!((world.purchases().await, world.mails().len()), (2, 1));
}
