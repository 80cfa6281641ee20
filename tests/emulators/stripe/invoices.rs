//! Invoices of checkouts, and credit notes of refunds.

use serde_json::{Value, json};
use stripe_checkout::CheckoutSession;
use stripe_checkout::checkout_session::{
    CreateCheckoutSessionInvoiceCreation, CreateCheckoutSessionTaxIdCollection,
    RetrieveCheckoutSession,
};
use stripe_core::refund::CreateRefund;

use crate::stripe::world::{EMAIL, GOOD, SECRET_KEY, World, hosted};

/// Opens a session with an invoice.
async fn open(world: &World) -> CheckoutSession {
    let request = hosted()
        .invoice_creation(CreateCheckoutSessionInvoiceCreation::new(true))
        .tax_id_collection(CreateCheckoutSessionTaxIdCollection::new(true));
    request.send(&world.client).await.expect("a session")
}

/// Buys a book of 19.00 EUR with an invoice. Returns the payment and the invoice.
async fn buy(world: &World) -> (String, String) {
    let session = open(world).await;
    world.pay(&session.id, GOOD).await.expect("paid");
    let session = world
        .api(&format!("/checkout/sessions/{}", session.id))
        .await;
    let id = |name: &str| session[name].as_str().expect(name).to_owned();
    (id("payment_intent"), id("invoice"))
}

/// Refunds so much of a payment, and returns the refund.
async fn refund(world: &World, payment: &str, amount: i64) -> String {
    let refund = CreateRefund::new().payment_intent(payment).amount(amount);
    refund
        .send(&world.client)
        .await
        .expect("a refund")
        .id
        .to_string()
}

/// Posts to the API, and returns the status and the answer.
async fn post(world: &World, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let request = world.browser.post(format!("{}/v1{path}", world.url));
    let request = request.bearer_auth(SECRET_KEY).form(form);
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.json().await.expect("JSON"))
}

/// Issues a credit note of an invoice with these parameters.
async fn credit(world: &World, invoice: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let form = [&[("invoice", invoice)], form].concat();
    post(world, "/credit_notes", &form).await
}

#[tokio::test]
async fn a_paid_session_has_its_invoice_and_its_customer_if_it_asks_for_one() {
    let world = World::new().await;
    let without = world.open_session().await;
    world.pay(&without.id, GOOD).await.expect("paid");
    let without = world.session(&without.id).await;
    assert!(without.invoice.is_none() && without.customer.is_none());

    let session = open(&world).await;
    assert!(session.invoice_creation.expect("said").enabled && session.invoice.is_none());
    assert!(session.tax_id_collection.expect("said").enabled);
    let form = [
        ("email", EMAIL),
        ("card", GOOD),
        ("business_name", "Winters & Daughters"),
        ("tax_id", "DE123456789"),
    ];
    world.pay_with(&session.id, &form).await.expect("paid");
    let session = RetrieveCheckoutSession::new(session.id)
        .expand(["invoice".to_owned()])
        .send(&world.client)
        .await
        .expect("the session");
    let customer = session.customer.expect("a customer").into_id().to_string();
    // It has all that the types of Stripe's client expect.
    let invoice = session.invoice.expect("an invoice");
    let invoice = invoice.into_object().expect("expanded");
    let id = invoice.id.expect("an id").to_string();
    let invoice = world.api(&format!("/invoices/{id}")).await;
    assert_eq!(invoice["customer"], json!(customer));
    assert_eq!(invoice["total"], 1900);
    assert_eq!(invoice["customer_name"], "Winters & Daughters");
    assert_eq!(invoice["customer_tax_ids"][0]["value"], "DE123456789");
    let events = world.api("/events?type=invoice.paid").await;
    assert_eq!(events["data"][0]["data"]["object"]["id"], json!(id));
    for url in ["hosted_invoice_url", "invoice_pdf"] {
        let url = invoice[url].as_str().expect("a URL");
        let path = url.strip_prefix(&world.url).expect("of the emulator");
        assert_eq!(world.get(path).await.status(), 200);
    }
}

#[tokio::test]
async fn a_session_says_whether_something_is_enabled_that_it_names() {
    let world = World::new().await;
    for (parameter, missing) in [
        (
            "invoice_creation[invoice_data][footer]",
            "invoice_creation[enabled]",
        ),
        ("tax_id_collection[required]", "tax_id_collection[enabled]"),
    ] {
        let form = [
            ("mode", "payment"),
            ("success_url", "http://127.0.0.1:1/"),
            ("line_items[0][quantity]", "1"),
            ("line_items[0][price_data][currency]", "eur"),
            ("line_items[0][price_data][unit_amount]", "1900"),
            ("line_items[0][price_data][product_data][name]", "A book"),
            (parameter, "never"),
        ];
        let (status, answer) = post(&world, "/checkout/sessions", &form).await;
        assert_eq!(status, 400, "{answer}");
        assert_eq!(answer["error"]["param"], missing);
    }
}

#[tokio::test]
async fn a_credit_note_is_of_refunds_and_of_all_of_its_amount() {
    let world = World::new().await;
    let (payment, invoice) = buy(&world).await;
    let (other_payment, _) = buy(&world).await;
    let part = refund(&world, &payment, 500).await;
    let other = refund(&world, &other_payment, 500).await;
    for (form, param) in [
        (vec![("amount", "500")], Value::Null),
        (
            vec![("amount", "600"), ("refunds[0][refund]", &*part)],
            Value::Null,
        ),
        (
            vec![("amount", "1901"), ("refund_amount", "1901")],
            json!("amount"),
        ),
        (vec![("refunds[0][refund]", &part)], json!("amount")),
        (
            vec![("amount", "500"), ("refunds[0][refund]", &other)],
            json!("refunds[0][refund]"),
        ),
        (
            vec![
                ("amount", "500"),
                ("refunds[0][refund]", &part),
                ("email_type", "all"),
            ],
            json!("email_type"),
        ),
        (vec![("amount", "500"), ("refund", &part)], json!("refund")),
    ] {
        let (status, answer) = credit(&world, &invoice, &form).await;
        assert_eq!(status, 400, "{form:?}: {answer}");
        assert_eq!(answer["error"]["param"], param, "{form:?}");
    }
    let (status, answer) = credit(&world, "in_none", &[("amount", "500")]).await;
    assert_eq!(
        (status, &answer["error"]["param"]),
        (404, &json!("invoice"))
    );

    let of_part = [("amount", "500"), ("refunds[0][refund]", &*part)];
    let (status, note) = credit(&world, &invoice, &of_part).await;
    assert_eq!(status, 200, "{note}");
    assert_eq!(note["refunds"][0]["refund"], json!(part));
    assert_eq!(note["status"], "issued");
    let (status, again) = credit(&world, &invoice, &of_part).await;
    assert_eq!(status, 400, "{again}");
    assert_eq!(again["error"]["param"], "refunds[0][refund]");

    // A credit note refunds by itself, too, up to what is left.
    let rest = [("amount", "1400"), ("refund_amount", "1400")];
    let (status, note) = credit(&world, &invoice, &rest).await;
    assert_eq!(status, 200, "{note}");
    let listed = world.api(&format!("/credit_notes?invoice={invoice}")).await;
    assert_eq!(listed["data"].as_array().expect("a list").len(), 2);
    let charges = world
        .api(&format!("/charges?payment_intent={payment}"))
        .await;
    assert_eq!(charges["data"][0]["refunded"], true);
    let invoice = world.api(&format!("/invoices/{invoice}")).await;
    assert_eq!(invoice["post_payment_credit_notes_amount"], 1900);
}

#[tokio::test]
async fn what_was_credited_outside_of_stripe_cannot_be_credited_again() {
    let world = World::new().await;
    let (payment, invoice) = buy(&world).await;
    let outside = [("amount", "1900"), ("out_of_band_amount", "1900")];
    let (status, note) = credit(&world, &invoice, &outside).await;
    assert_eq!(status, 200, "{note}");
    let part = refund(&world, &payment, 500).await;
    let of_part = [("amount", "500"), ("refunds[0][refund]", &*part)];
    let (status, answer) = credit(&world, &invoice, &of_part).await;
    assert_eq!((status, &answer["error"]["param"]), (400, &json!("amount")));
}
