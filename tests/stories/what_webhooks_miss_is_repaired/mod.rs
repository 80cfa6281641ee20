//! What webhooks miss is repaired.

mod failures;
mod later_events;
mod runs;
mod sales;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::World;

const PRODUCT: &str = "wip-2e";

/// Opens a shop that Stripe's webhooks do not reach.
async fn cut_off() -> World {
    let world = World::open().await;
    world.drop_webhooks();
    world
}

/// Buys, pays and closes the browser. Returns the id of Stripe's session.
async fn sell_and_close(world: &World, product: &str, email: &str) -> String {
    let session = world.buy(product).await;
    world.pay(&session, email).await;
    session
}

async fn reconcile(world: &World) -> Value {
    let answer = world.invoke("ReconcileFunction", &json!({})).await;
    answer.unwrap()
}

/// The answer of a run that repaired all that it found.
fn repaired(checked: u64, repaired: u64) -> Value {
    json!({"checked": checked, "repaired": repaired, "unrepairable": []})
}

/// The private link of a session's purchase.
async fn link_of(world: &World, session: &str) -> String {
    let session = world
        .ask_stripe(&format!("checkout/sessions/{session}"))
        .await;
    let id = session["metadata"]["purchase_id"].as_str().unwrap();
    world.url(&format!("/{id}"))
}

/// Posts to a test route of Stripe's emulator, whose webhooks do not arrive.
async fn unseen(world: &World, path: &str, fields: &[(&str, &str)]) -> Value {
    world.drop_webhooks();
    let answer = world.post(&world.stripe_url(path), fields).await;
    assert!(answer.status().is_success(), "{answer:?}");
    world.stripe().idle().await;
    answer.json().await.unwrap()
}

async fn grow_old(world: &World, session: &str, days: &str) {
    let path = format!("/test/checkout/{session}/age");
    unseen(world, &path, &[("days", days)]).await;
}

async fn status(world: &World, link: &str) -> StatusCode {
    world.get(link).await.status()
}
