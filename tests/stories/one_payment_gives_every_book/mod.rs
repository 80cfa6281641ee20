//! One payment for several books gives each of them: its own link, its own downloads, its own
//! updates, and one mail for all.

mod links;
mod money;
mod products;
mod recording;
mod returns;
mod support;
mod updates;

use bookstall::domain::purchase::Purchase;
use emulators::ses::Mail;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::{state::ShopState, world::World};

const JANE: &str = "jane@example.com";

/// A product of two books, [`BOOK`] and [`OTHER_BOOK`].
const BOTH: &str = "wip-both";

const OTHER_BOOK: &str = "wip-de";

/// The price of [`BOTH`], in minor units.
const PRICE: i64 = 4500;

/// The state after one sale of [`BOTH`] to each of these buyers.
fn after_sales_to(buyers: &[&str]) -> ShopState {
    ShopState {
        purchases: 2 * buyers.len(),
        charges: vec![PRICE; buyers.len()],
        downloads_left: vec![5; 2 * buyers.len()],
        ..ShopState::after_sales_to(buyers)
    }
}

/// The links of both copies, that of the payment first.
async fn links(world: &World, first: &str) -> [String; 2] {
    let purchase = world.find_purchase(first).await.unwrap();
    let [other] = purchase.others[..] else {
        panic!("{purchase:?}");
    };
    [first.to_owned(), world.url(&format!("/{}", other.secret()))]
}

/// Buys both books, and returns the links of the copies.
async fn buy_both(world: &World, email: &str) -> [String; 2] {
    let first = world.purchase(BOTH, email).await;
    links(world, &first).await
}

async fn copies(world: &World, links: &[String; 2]) -> [Purchase; 2] {
    let [first, other] = links;
    let (first, other) = (world.find_purchase(first), world.find_purchase(other));
    [first.await.unwrap(), other.await.unwrap()]
}

async fn downloads_left(world: &World, links: &[String; 2]) -> [u32; 2] {
    let copies = copies(world, links).await;
    copies.map(|copy| copy.downloads_left)
}

async fn statuses(world: &World, links: &[String; 2]) -> [StatusCode; 2] {
    let [first, other] = links;
    let (first, other) = (world.get(first).await, world.get(other).await);
    [first.status(), other.status()]
}

async fn push(world: &World, book: &str, version: &str) -> Value {
    let event = json!({"book": book, "version": version});
    world.invoke("PushUpdateFunction", &event).await.unwrap()
}

/// The mails with this in their subject.
fn mails_about(world: &World, words: &str) -> Vec<Mail> {
    let mut mails = world.mails();
    mails.retain(|mail| mail.subject.contains(words));
    mails
}

async fn win(world: &World, dispute: &str) {
    let url = world.stripe_url(&format!("/test/disputes/{dispute}/close"));
    let answer = world.post(&url, &[("status", "won")]).await;
    assert!(answer.status().is_success());
    world.stripe().idle().await;
}

async fn reconcile(world: &World) -> Value {
    world.invoke("ReconcileFunction", &json!({})).await.unwrap()
}
