//! When a document appears, and when it goes.

use aws_sdk_dynamodb::types::AttributeValue::S;
use emulators::dynamodb::PURCHASES_TABLE;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{LOG, World, aws_client, id_of};

use super::{JANE, credit_notes, event, held, open, pdf_of, reconcile, session_at_stripe, text};

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
