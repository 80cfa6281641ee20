//! Each refund has one credit note, whatever breaks on the way.

use emulators::{
    faults::{Effect, Service},
    stripe::{ApiKey, KeyRights},
};
use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::json;
use tests::world::{LOG, id_of};

use super::{
    JANE, begin, credit_notes, event, held, open, pay_for_company, pdf_of, reconcile, text,
};

const CREDIT_NOTES: &str = "POST /v1/credit_notes";

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
