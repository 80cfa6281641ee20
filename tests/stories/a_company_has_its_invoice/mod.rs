//! Stripe makes an invoice of a sale where the author wants it, and a credit note of its refund. Both are
//! linked where the buyer looks for them, as long as Stripe serves them.

mod checkout;
mod credit_notes;
mod documents;

use reqwest::header::ACCEPT;
use serde_json::{Value, json};
use tests::world::{GOOD_CARD, World, location};

const JANE: &str = "jane.of.the.invoice@example.com";

/// Opens a shop with this value of the parameter `Invoices`.
async fn open(invoices: &str) -> World {
    World::open_with_variables(&[("INVOICES", invoices)]).await
}

/// Presses Buy Now with the box for companies as it is, on Stripe's page or in the overlay, and returns
/// Stripe's session.
async fn begin(world: &World, company: Option<&str>, in_overlay: bool) -> Value {
    let mut fields = vec![("product_id", "wip-2e")];
    fields.extend(company.map(|company| ("company", company)));
    let session = if in_overlay {
        let request = world.http.post(world.url("/buy")).form(&fields);
        let request = request.header(ACCEPT, "application/json");
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        let secret = answer["client_secret"].as_str().unwrap();
        secret.split_once("_secret_").unwrap().0.to_owned()
    } else {
        let page = location(&world.post(&world.url("/buy"), &fields).await);
        page.rsplit('/').next().unwrap().to_owned()
    };
    session_at_stripe(world, &session).await
}

async fn session_at_stripe(world: &World, id: &str) -> Value {
    world.ask_stripe(&format!("checkout/sessions/{id}")).await
}

/// Pays a session as a company does, and returns the private link.
async fn pay_for_company(world: &World, session: &Value) -> String {
    let id = session["id"].as_str().unwrap();
    let page = world.stripe_url(&format!("/test/checkout/{id}/pay"));
    let fields = [
        ("email", JANE),
        ("card", GOOD_CARD),
        ("business_name", "Winters & Daughters"),
        ("tax_id", "DE123456789"),
    ];
    let back = location(&world.post(&page, &fields).await);
    let link = location(&world.get(&back).await);
    world.stripe().idle().await;
    link
}

async fn text(world: &World, url: &str) -> String {
    world.get(url).await.text().await.unwrap()
}

/// Returns a text attribute of a purchase.
async fn held(world: &World, link: &str, name: &str) -> Option<String> {
    let item = world.raw_item(link).await;
    item.get(name).map(|value| value.as_s().unwrap().clone())
}

/// Returns the credit notes of a purchase's invoice at Stripe.
async fn credit_notes(world: &World, link: &str) -> Vec<Value> {
    let invoice = held(world, link, "invoice_id").await.unwrap();
    let path = format!("credit_notes?invoice={invoice}");
    let notes = world.ask_stripe(&path).await;
    notes["data"].as_array().unwrap().clone()
}

/// Returns the address of the newest credit note, as a page or a mail in HTML has it.
fn pdf_of(notes: &[Value]) -> String {
    notes[0]["pdf"].as_str().unwrap().to_owned()
}

async fn reconcile(world: &World) -> Value {
    let answer = world.invoke("ReconcileFunction", &json!({})).await;
    answer.unwrap()
}

/// Returns the last event of this type.
async fn event(world: &World, kind: &str) -> Value {
    let path = format!("events?type={kind}&limit=1");
    let events = world.ask_stripe(&path).await;
    events["data"][0].clone()
}
