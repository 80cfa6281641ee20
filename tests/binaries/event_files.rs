//! Every file in `events/` is an event that its function accepts.

use std::{fs, path::Path};

use bookstall::domain::{purchase::Purchase, purchase_id::PurchaseId, stripe_ids::PaymentId};
use local::functions::Function;
use serde_json::{Value, json};
use tests::world::{purchase, purchases_of};

use crate::{deployment::Deployment, event::Event};

/// The ids and buyers of the purchases that the files name.
const PURCHASES: [(&str, &str); 2] = [
    ("3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10", "jane@example.com"),
    ("8c1d2e3f-0a1b-4c2d-9e3f-4a5b6c7d8e9f", "joe@example.com"),
];

/// The answer to a file in `events/`.
fn expected(file: &str) -> Option<Expected> {
    use Expected::{Json, Status};
    Some(match file {
        "agree" | "buy-form" | "download-take" => Status(303),
        "buy-json" | "download-page" | "download-head" | "resend" | "withdraw"
        | "withdraw-page" => Status(200),
        "track-view" => Status(204),
        // Stripe's emulator does not know the payment, so no money goes back.
        "refund" => Status(409),
        // Stripe's emulator knows neither the session nor the payments of the files.
        "paid" | "correct-address" => Status(404),
        "stripe-checkout-completed" | "stripe-charge-refunded" | "stripe-dispute-created" => {
            Status(200)
        }
        "import" => Json(
            Function::Import,
            json!({
                "dry_run": false, "added": 2, "changed": 0, "unchanged": 1, "sold_here": 0,
                "closed": 0, "erased": 0, "refused": [],
            }),
        ),
        "publish" => Json(
            Function::Publish,
            json!({
                "attention": [], "products": {},
                "unchanged": ["shop", "products.wip-2e", "products.wip-2e-pdf"],
            }),
        ),
        "push-update" => Json(
            Function::PushUpdate,
            json!({"edition": 2, "sent": 3, "owed": 0}),
        ),
        // Everyone was mailed by the event before.
        "push-update-catch-up" => Json(
            Function::PushUpdate,
            json!({"edition": 2, "sent": 0, "owed": 0}),
        ),
        "support-erase" | "support-find" | "support-give" | "support-resend"
        | "support-resend-to" => Json(Function::Support, json!({"done": true})),
        "support-export" => Json(
            Function::Support,
            json!({"contact": "ada@bookstall.example"}),
        ),
        "support-reopen" => Json(
            Function::Support,
            json!({"action": "reopen", "done": false}),
        ),
        "support-refund" => Json(
            Function::Support,
            json!({"action": "refund", "done": false}),
        ),
        "support-evidence" => Json(
            Function::Support,
            json!({"action": "evidence", "done": false}),
        ),
        "report" => Json(
            Function::Report,
            json!({"from": "2026-11-01", "to": "2026-11-30", "product_id": "wip-2e"}),
        ),
        "push-update-try" => Json(Function::PushUpdate, json!({"test_sent": false})),
        "reconcile" | "reconcile-schedule" => Json(
            Function::Reconcile,
            json!({"checked": 0, "repaired": 0, "unrepairable": []}),
        ),
        _ => return None,
    })
}

enum Expected {
    /// The file is an event of API Gateway, and the answer has this status.
    Status(u64),
    /// The file is an event of the author's, and the answer has these fields.
    Json(Function, Value),
}

#[tokio::test]
async fn every_event_in_the_repository_is_taken_by_its_function() {
    let deployment = Deployment::open().await;
    for (id, email) in PURCHASES {
        record_purchase(&deployment, id, email).await;
    }
    for (file, event) in files() {
        let expected = expected(&file)
            .unwrap_or_else(|| panic!("say here what events/{file}.json is answered"));
        match expected {
            Expected::Status(status) => {
                let event = Event::recorded(event);
                let event = match event.route() {
                    "POST /stripe" => event.signed_anew(),
                    _ => event,
                };
                let answer = deployment.call(event).await;
                assert_eq!(answer.status, status, "{file}: {answer:?}");
            }
            Expected::Json(function, fields) => {
                let answer = deployment.process(function).invoke(event).await.unwrap();
                for (name, value) in fields.as_object().unwrap() {
                    assert_eq!(&answer[name], value, "{file}: {answer}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_webhook_signed_too_long_ago_is_refused() {
    let deployment = Deployment::open().await;
    let recorded = files()
        .into_iter()
        .filter(|(file, _)| file.starts_with("stripe-"));
    for (file, event) in recorded {
        let answer = deployment.call(Event::recorded(event)).await;
        assert_eq!(answer.status, 400, "{file}: {answer:?}");
    }
}

/// The name and the event of each file, sorted by name: the downloads come before the update.
fn files() -> Vec<(String, Value)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events");
    let mut files: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|file| {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let event = serde_json::from_slice(&fs::read(&path).unwrap())
                .unwrap_or_else(|error| panic!("events/{name}.json: {error}"));
            (name, event)
        })
        .collect();
    files.sort_by(|(a, _), (b, _)| a.cmp(b));
    assert!(!files.is_empty());
    files
}

/// Records the purchase that the files name.
async fn record_purchase(deployment: &Deployment, id: &str, email: &str) {
    let purchase = Purchase {
        id: PurchaseId::parse(id).unwrap(),
        payment: PaymentId::parse("pi_3MadeUpForTests000000000"),
        ..purchase("wip-2e", email)
    };
    let purchases = purchases_of(&deployment.shop);
    purchases.record(&[purchase]).await.unwrap();
}
