//! Stripe makes an invoice of a sale where the author wants it, and a credit note of its refund. Both are
//! linked where the buyer looks for them, as long as Stripe serves them.

use aws_sdk_dynamodb::types::AttributeValue::S;
use emulators::{
    dynamodb::PURCHASES_TABLE,
    faults::{Effect, Service},
    stripe::{ApiKey, KeyRights},
};
use futures::future::join_all;
use local::shop::Options;
use reqwest::{StatusCode, header::ACCEPT};
use serde_json::{Value, json};

use tests::world::{GOOD_CARD, LOG, World, aws_client, id_of, location};

const JANE: &str = "jane.of.the.invoice@example.com";
const CREDIT_NOTES: &str = "POST /v1/credit_notes";

/// Opens a shop with this value of the parameter `Invoices`.
async fn open(invoices: &str) -> World {
    World::open_with(Options {
        variables: [("INVOICES".to_owned(), invoices.to_owned())].into(),
        ..Options::default()
    })
    .await
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

/// Gives an attribute of a purchase another value, or takes it away.
async fn change(world: &World, link: &str, update: &str, value: Option<&str>) {
    let request = aws_client(&world.shop.emulators().aws)
        .update_item()
        .table_name(PURCHASES_TABLE)
        .key("id", S(id_of(link).secret()))
        .update_expression(update);
    let request = match value {
        Some(value) => request.expression_attribute_values(":value", S(value.to_owned())),
        None => request,
    };
    request.send().await.unwrap();
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

#[tokio::test]
async fn every_sale_has_an_invoice_on_the_page_and_in_the_mail() {
    let world = open("on").await;
    let link = world.purchase("wip-both", JANE).await;
    let [page_url, pdf] = ["invoice_url", "invoice_pdf"].map(|name| held(&world, &link, name));
    let (page_url, pdf) = (page_url.await.unwrap(), pdf.await.unwrap());
    let page = text(&world, &link).await;
    for (url, label) in [
        (&page_url, "Invoice from Stripe"),
        (&pdf, "Invoice as a PDF"),
    ] {
        let anchor = format!("<a href=\"{url}\">{label}</a>");
        assert!(page.contains(&anchor), "{page}");
        let mail = &world.mails()[0];
        assert!(
            mail.html.contains(&format!("href=\"{url}\"")),
            "{}",
            mail.html
        );
        assert!(
            mail.text.contains(&format!("{label}\n{url}\n")),
            "{}",
            mail.text
        );
        assert_eq!(world.get(url).await.status(), StatusCode::OK);
    }
    assert!(
        page.contains("Stripe keeps this document online until "),
        "{page}"
    );
    assert!(text(&world, &page_url).await.contains("45.00"));

    // The sum is that of the first purchase, and so is the invoice.
    let first = world.find_purchase(&link).await.unwrap();
    let other = world.url(&format!("/{}", first.others[0].secret()));
    assert_eq!(held(&world, &other, "invoice_id").await, None);
    assert!(!text(&world, &other).await.contains("Invoice"));
}

#[tokio::test]
async fn of_companies_alone_who_ticks_the_box_has_an_invoice_wherever_they_pay() {
    let world = open("companies").await;
    for in_overlay in [false, true] {
        for company in [None, Some("")] {
            let session = begin(&world, company, in_overlay).await;
            assert_eq!(session["invoice_creation"]["enabled"], false);
            assert_eq!(session["tax_id_collection"]["enabled"], false);
            let link = pay_for_company(&world, &session).await;
            assert_eq!(held(&world, &link, "invoice_id").await, None);
            assert!(!text(&world, &link).await.contains("Invoice"));
        }
        let session = begin(&world, Some("yes"), in_overlay).await;
        assert_eq!(session["invoice_creation"]["enabled"], true);
        assert_eq!(session["tax_id_collection"]["enabled"], true);
        let link = pay_for_company(&world, &session).await;
        let url = held(&world, &link, "invoice_url").await.unwrap();
        let invoice = text(&world, &url).await;
        assert!(invoice.contains("DE123456789"), "{invoice}");
        assert!(text(&world, &link).await.contains(&url));
    }
}

#[tokio::test]
async fn what_the_box_cannot_say_is_refused_by_its_name() {
    let world = open("companies").await;
    let fields = [("product_id", "wip-2e"), ("company", "Winters & Daughters")];
    let request = world.http.post(world.url("/buy")).form(&fields);
    let request = request.header(ACCEPT, "application/json");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["error"]["field"], "company");
}

/// Whoever needs an invoice must not learn after the payment that there is none.
#[tokio::test]
async fn a_box_on_the_page_of_a_shop_without_invoices_is_answered_before_the_payment() {
    let world = open("off").await;
    world.faults().clear_calls();
    let fields = [("product_id", "wip-2e"), ("company", "yes")];
    let answer = world.post(&world.url("/buy"), &fields).await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    let page = answer.text().await.unwrap();
    for words in [
        "makes no invoices",
        "Nothing was charged",
        "ada@bookstall.example",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(world.calls(Service::Stripe).is_empty());
}

/// A key that may not read invoices is all that a shop without them needs.
#[tokio::test]
async fn where_they_are_off_nothing_is_asked_of_stripe() {
    let world = open("off").await;
    world.stripe().accept_keys(vec![ApiKey {
        key: "sk_test_local".to_owned(),
        rights: KeyRights::AllBut("GET /v1/invoices"),
    }]);
    let session = begin(&world, None, false).await;
    assert_eq!(session["invoice_creation"]["enabled"], false);
    world.faults().clear_calls();
    let link = pay_for_company(&world, &session).await;
    world.refund(&link, None).await;
    let calls = world.calls(Service::Stripe);
    assert!(
        !calls.iter().any(|call| call.contains("credit")),
        "{calls:?}"
    );
    assert!(
        !world
            .raw_item(&link)
            .await
            .keys()
            .any(|name| name.contains("invoice"))
    );
    assert_eq!(world.get(&link).await.status(), StatusCode::GONE);
}

#[tokio::test]
async fn it_costs_no_call_to_stripe() {
    let world = open("on").await;
    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, JANE).await;
    world.stripe().idle().await;
    world.faults().clear_calls();
    let link = location(&world.get(&back).await);
    assert_eq!(world.calls(Service::Stripe).len(), 1);
    world.faults().clear_calls();
    world.get(&link).await;
    assert_eq!(world.calls(Service::Stripe), [""; 0]);
}

#[tokio::test]
async fn each_refund_has_its_credit_note_on_the_page_and_in_its_mail() {
    let world = open("on").await;
    let link = world.purchase("wip-2e", JANE).await;
    let part = json!({"action": "refund", "purchase": link, "amount": "9.00 USD"});
    world.support(part).await;
    world.stripe().idle().await;
    let notes = credit_notes(&world, &link).await;
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert_eq!(notes[0]["amount"], 900);
    let first = pdf_of(&notes);
    let page = text(&world, &link).await;
    let anchor = format!("<a href=\"{first}\">Credit note as a PDF</a>");
    assert!(
        page.contains(&anchor) && page.contains("Invoice from Stripe"),
        "{page}"
    );
    let mail = world.mails().pop().unwrap();
    assert!(mail.subject.starts_with("Your refund"), "{}", mail.subject);
    assert!(
        mail.html.contains(&format!("href=\"{first}\"")),
        "{}",
        mail.html
    );
    assert!(
        mail.text
            .contains(&format!("Credit note as a PDF\n{first}\n")),
        "{}",
        mail.text
    );

    world
        .support(json!({"action": "refund", "purchase": link}))
        .await;
    world.stripe().idle().await;
    let notes = credit_notes(&world, &link).await;
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert_eq!(notes[0]["amount"], 2000);
    let second = pdf_of(&notes);
    let closed = world.get(&link).await;
    assert_eq!(closed.status(), StatusCode::GONE);
    let closed = closed.text().await.unwrap();
    for url in [
        &first,
        &second,
        &held(&world, &link, "invoice_url").await.unwrap(),
    ] {
        assert!(closed.contains(&format!("href=\"{url}\"")), "{closed}");
        assert_eq!(world.get(url).await.status(), StatusCode::OK);
    }
    let mail = world.mails().pop().unwrap();
    assert!(
        mail.text.contains(&second) && !mail.text.contains(&first),
        "{}",
        mail.text
    );

    // Nothing is made twice.
    let mails = world.mails().len();
    let refunded = event(&world, "charge.refunded").await;
    assert_eq!(world.webhook(&refunded).await.status(), StatusCode::OK);
    assert_eq!(reconcile(&world).await["repaired"], 0);
    assert_eq!(credit_notes(&world, &link).await.len(), 2);
    assert_eq!(world.mails().len(), mails);
}

#[tokio::test]
async fn a_refund_in_stripes_dashboard_has_one_too_though_no_webhook_came() {
    let world = open("companies").await;
    let session = begin(&world, Some("yes"), false).await;
    let link = pay_for_company(&world, &session).await;
    world.drop_webhooks();
    world.refund(&link, Some(500)).await;
    assert_eq!(credit_notes(&world, &link).await.len(), 0);
    assert_eq!(reconcile(&world).await["repaired"], 1);
    let notes = credit_notes(&world, &link).await;
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(world.mails().pop().unwrap().text.contains(&pdf_of(&notes)));
    assert_eq!(reconcile(&world).await["repaired"], 0);
    assert_eq!(credit_notes(&world, &link).await.len(), 1);
}

#[tokio::test]
async fn a_credit_note_of_the_authors_own_is_found_and_not_made_again() {
    let world = open("on").await;
    let link = world.purchase("wip-2e", JANE).await;
    let invoice = held(&world, &link, "invoice_id").await.unwrap();
    let fields = [
        ("invoice", &*invoice),
        ("amount", "500"),
        ("refund_amount", "500"),
    ];
    let (status, note) = world.tell_stripe("credit_notes", &fields).await;
    assert_eq!(status, StatusCode::OK, "{note}");
    world.stripe().idle().await;
    let notes = credit_notes(&world, &link).await;
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(text(&world, &link).await.contains(&pdf_of(&notes)));
    assert!(world.mails().pop().unwrap().text.contains(&pdf_of(&notes)));
}

#[tokio::test]
async fn fifty_webhooks_at_once_make_one_credit_note() {
    let world = open("on").await;
    let link = world.purchase("wip-2e", JANE).await;
    world.drop_webhooks();
    world.refund(&link, Some(500)).await;
    let refunded = event(&world, "charge.refunded").await;
    let answers = join_all((0..50).map(|_| world.webhook(&refunded))).await;
    assert!(
        answers
            .iter()
            .any(|answer| answer.status() == StatusCode::OK)
    );
    assert_eq!(world.webhook(&refunded).await.status(), StatusCode::OK);
    assert_eq!(credit_notes(&world, &link).await.len(), 1);
    assert!(world.find_purchase(&link).await.unwrap().is_settled());
}

#[tokio::test]
async fn a_function_that_dies_beside_the_credit_note_leaves_one() {
    for effect in [Effect::NoAnswer, Effect::ActThenNoAnswer] {
        let world = open("on").await;
        let link = world.purchase("wip-2e", JANE).await;
        world.drop_webhooks();
        world.refund(&link, None).await;
        let refunded = event(&world, "charge.refunded").await;
        let killed = (Service::Stripe, CREDIT_NOTES, effect);
        world.kill_at(killed, world.webhook(&refunded)).await;
        assert_eq!(world.webhook(&refunded).await.status(), StatusCode::OK);
        let notes = credit_notes(&world, &link).await;
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert!(text(&world, &link).await.contains(&pdf_of(&notes)));
        assert!(world.mails().pop().unwrap().text.contains(&pdf_of(&notes)));
    }
}

/// The refund is mailed all the same, and Stripe comes again until the key has the right.
#[tokio::test]
async fn a_key_without_the_right_delays_the_credit_note_and_nothing_else() {
    let world = open("on").await;
    let link = world.purchase("wip-2e", JANE).await;
    let with = |rights| {
        world.stripe().accept_keys(vec![ApiKey {
            key: "sk_test_local".to_owned(),
            rights,
        }]);
    };
    world.drop_webhooks();
    world.refund(&link, Some(500)).await;
    let refunded = event(&world, "charge.refunded").await;
    with(KeyRights::AllBut(CREDIT_NOTES));
    let answer = world.webhook(&refunded).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let mail = world.mails().pop().unwrap();
    assert!(mail.subject.starts_with("Your refund"), "{}", mail.subject);
    assert!(!mail.text.contains("Credit note"), "{}", mail.text);
    let listed = reconcile(&world).await;
    let why = listed["unrepairable"][0]["why"].as_str().unwrap();
    assert!(why.contains("rak_credit_note_write"), "{why}");

    with(KeyRights::All);
    assert_eq!(world.webhook(&refunded).await.status(), StatusCode::OK);
    let notes = credit_notes(&world, &link).await;
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(text(&world, &link).await.contains(&pdf_of(&notes)));
}

/// Stripe refuses for good what the author has credited already. That rings once.
#[tokio::test]
async fn a_credit_note_that_stripe_refuses_rings_and_is_not_tried_without_end() {
    let world = open("on").await;
    let link = world.purchase("wip-2e", JANE).await;
    let invoice = held(&world, &link, "invoice_id").await.unwrap();
    let fields = [
        ("invoice", &*invoice),
        ("amount", "2900"),
        ("out_of_band_amount", "2900"),
    ];
    let (status, note) = world.tell_stripe("credit_notes", &fields).await;
    assert_eq!(status, StatusCode::OK, "{note}");
    world.refund(&link, Some(500)).await;
    let reference = id_of(&link).reference();
    let rang = || {
        let log = LOG.text();
        let is_of = |line: &&str| line.contains(&reference) && line.contains("no credit note");
        log.lines().filter(is_of).count()
    };
    assert_eq!(rang(), 1, "{}", LOG.text());
    assert!(world.find_purchase(&link).await.unwrap().is_settled());
    world.faults().clear_calls();
    let refunded = event(&world, "charge.refunded").await;
    assert_eq!(world.webhook(&refunded).await.status(), StatusCode::OK);
    assert_eq!(reconcile(&world).await["repaired"], 0);
    let calls = world.calls(Service::Stripe);
    assert!(
        !calls.iter().any(|call| call.contains("credit")),
        "{calls:?}"
    );
    assert_eq!(rang(), 1);
}

#[tokio::test]
async fn an_invoice_that_stripe_makes_late_is_noted_by_the_next_who_looks() {
    let world = open("on").await;
    let link = world.purchase("wip-2e", JANE).await;
    let url = held(&world, &link, "invoice_url").await.unwrap();
    let all = "REMOVE invoice_id, invoice_url, invoice_pdf, invoice_until";
    for taken in [all, "REMOVE invoice_url, invoice_pdf, invoice_until"] {
        change(&world, &link, taken, None).await;
        assert!(!text(&world, &link).await.contains("Invoice"));
        assert_eq!(reconcile(&world).await["repaired"], 1);
        assert!(text(&world, &link).await.contains(&url));
        assert_eq!(reconcile(&world).await["repaired"], 0);
    }
    change(&world, &link, all, None).await;
    let completed = event(&world, "checkout.session.completed").await;
    assert_eq!(world.webhook(&completed).await.status(), StatusCode::OK);
    assert!(text(&world, &link).await.contains(&url));
}

#[tokio::test]
async fn a_bank_debit_has_its_invoice_once_it_is_paid() {
    let world = open("on").await;
    let session = world.buy("wip-2e").await;
    world.pay_by_bank(&session, JANE).await;
    world.stripe().idle().await;
    assert_eq!(
        session_at_stripe(&world, &session).await["invoice"],
        Value::Null
    );
    world.settle(&session, "succeeded").await;
    world.stripe().idle().await;
    let mail = world.mails().pop().unwrap();
    assert!(mail.text.contains("Invoice from Stripe"), "{}", mail.text);
}

#[tokio::test]
async fn what_stripe_serves_no_more_is_not_shown() {
    let world = open("on").await;
    let link = world.purchase("wip-2e", JANE).await;
    world.refund(&link, Some(500)).await;
    let url = held(&world, &link, "invoice_url").await.unwrap();
    let pdf = pdf_of(&credit_notes(&world, &link).await);
    change(
        &world,
        &link,
        "SET invoice_until = :value",
        Some("2026-01-01T00:00:00Z"),
    )
    .await;
    let page = text(&world, &link).await;
    assert!(!page.contains(&url), "{page}");
    assert!(
        page.contains("Stripe does not keep your invoice online any more."),
        "{page}"
    );
    assert!(page.contains(&pdf), "{page}");
    world
        .support(json!({"action": "resend", "purchase": link}))
        .await;
    let mail = world.mails().pop().unwrap();
    assert!(
        !mail.text.contains(&url) && mail.text.contains(&pdf),
        "{}",
        mail.text
    );

    // That is when Stripe shows neither.
    let purchase = world.find_purchase(&link).await.unwrap();
    let payment = purchase.payment.unwrap();
    let sessions = format!("checkout/sessions?payment_intent={}", payment.as_str());
    let session = world.ask_stripe(&sessions).await["data"][0]["id"].clone();
    let age = format!("/test/checkout/{}/age", session.as_str().unwrap());
    world.post(&world.stripe_url(&age), &[("days", "31")]).await;
    for gone in [&url, &pdf] {
        assert_eq!(world.get(gone).await.status(), StatusCode::GONE);
    }
}

#[tokio::test]
async fn it_is_exported_and_erased_and_never_logged() {
    let world = open("on").await;
    let link = world.purchase("wip-2e", JANE).await;
    world.refund(&link, Some(500)).await;
    let url = held(&world, &link, "invoice_url").await.unwrap();
    let invoice = held(&world, &link, "invoice_id").await.unwrap();
    let notes = credit_notes(&world, &link).await;
    let (pdf, note) = (pdf_of(&notes), notes[0]["id"].as_str().unwrap());
    let by_address = |action| json!({"action": action, "email": JANE});
    let export = world.support(by_address("export")).await.to_string();
    for part in [&*url, &invoice, &pdf, note, "the tax number"] {
        assert!(export.contains(part), "{part}: {export}");
    }
    let found = world.support(by_address("find")).await.to_string();
    assert!(!found.contains(&url) && !found.contains(&pdf), "{found}");

    let erased = world.support(by_address("erase")).await.to_string();
    assert!(erased.contains(&format!("{invoice}, {note}")), "{erased}");
    let item = format!("{:?}", world.raw_item(&link).await);
    assert!(!item.contains(&url) && !item.contains(&pdf), "{item}");
    assert!(item.contains(&invoice) && item.contains(note), "{item}");
    let page = text(&world, &link).await;
    assert!(
        !page.contains("Invoice") && !page.contains("Credit note"),
        "{page}"
    );

    // What comes later keeps to it.
    world.refund(&link, None).await;
    assert_eq!(credit_notes(&world, &link).await.len(), 2);
    let completed = event(&world, "checkout.session.completed").await;
    assert_eq!(world.webhook(&completed).await.status(), StatusCode::OK);
    let item = world.raw_item(&link).await;
    assert!(!item.contains_key("invoice_url") && !item.contains_key("credit_note_pdfs"));
    assert_eq!(item["credit_notes"].as_m().unwrap().len(), 2);
    let log = LOG.text();
    assert!(!log.contains(&url) && !log.contains(&pdf));
}
