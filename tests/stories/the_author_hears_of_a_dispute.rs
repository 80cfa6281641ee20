//! A dispute costs money if nobody answers it: the author hears of each stage once, and `support`
//! gathers what the bank wants to know.

use aws_sdk_dynamodb::types::AttributeValue::S;
use emulators::{
    dynamodb::PURCHASES_TABLE,
    faults::{Effect, Rule, Service},
};
use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};

use tests::{
    author::text_of,
    world::{LOG, World, aws_client, id_of},
};

const JANE: &str = "jane@example.com";

fn subjects(world: &World) -> Vec<String> {
    let mails = world.mails_to_author().into_iter();
    mails.map(|mail| mail.subject).collect()
}

/// Disputes the payment at Stripe with these fields, and returns the dispute.
async fn dispute_as(world: &World, link: &str, fields: &[(&str, &str)]) -> Value {
    let payment = world.payment(link).await;
    let url = world.stripe_url(&format!("/test/payments/{payment}/dispute"));
    let answer = world.post(&url, fields).await;
    assert!(answer.status().is_success(), "{answer:?}");
    world.stripe().idle().await;
    answer.json().await.unwrap()
}

/// Changes the dispute at Stripe.
async fn update(world: &World, dispute: &str, status: &str) {
    let url = world.stripe_url(&format!("/test/disputes/{dispute}/update"));
    let answer = world.post(&url, &[("status", status)]).await;
    assert!(answer.status().is_success(), "{answer:?}");
    world.stripe().idle().await;
}

/// The event of a dispute that was opened.
fn opened(dispute: &str, payment: &str) -> Value {
    json!({
        "id": "evt_1", "type": "charge.dispute.created",
        "data": {"object": {"id": dispute, "payment_intent": payment}},
    })
}

#[tokio::test]
async fn a_dispute_is_told_once_with_its_deadline_and_nothing_of_the_buyer() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    let fields = [("reason", "product_not_received"), ("amount", "1000")];
    let dispute = dispute_as(&world, &link, &fields).await;
    let payment = world.payment(&link).await;
    for _ in 0..2 {
        let event = opened(dispute["id"].as_str().unwrap(), &payment);
        let answer = world.webhook(&event).await;
        assert_eq!(answer.status(), StatusCode::OK);
        world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    }
    let mails = world.mails_to_author();
    assert_eq!(mails.len(), 1, "{:?}", subjects(&world));
    let mail = &mails[0];
    let subject = &mail.subject;
    let begin = "A payment is disputed (Stripe’s test mode), answer by ";
    assert!(subject.starts_with(begin), "{subject}");
    let text = text_of(mail);
    for words in [
        "The buyer says that they did not get the book",
        "Disputed: 10.00 USD",
        "Paid: 29.00 USD",
        ", 23:59 UTC",
        "The shop has paused the buyer’s link",
        &format!("bookstall dispute {payment}"),
        &format!("https://dashboard.stripe.com/test/payments/{payment}"),
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    for part in [&mail.text, &mail.html, &mail.subject] {
        for secret in [&id_of(&link).secret(), JANE, world.shop.url()] {
            assert!(!part.contains(secret), "{secret}: {part}");
        }
    }
    assert!(LOG.text().contains("author told of a dispute"));
}

#[tokio::test]
async fn webhooks_of_one_dispute_at_once_make_one_mail() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.drop_webhooks();
    let dispute = world.dispute(&link).await;
    let event = opened(&dispute, &world.payment(&link).await);
    let webhooks = join_all((0..8).map(|_| world.webhook(&event))).await;
    assert!(webhooks.iter().all(|one| one.status() == StatusCode::OK));
    world.webhook(&event).await;
    assert_eq!(world.mails_to_author().len(), 1);
}

#[tokio::test]
async fn each_stage_is_told_and_what_the_author_does_is_not() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    let asked = dispute_as(&world, &link, &[("status", "warning_needs_response")]).await;
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);
    let dispute = asked["id"].as_str().unwrap();
    for status in [
        "warning_under_review",
        "needs_response",
        "under_review",
        "lost",
        "appeal_needs_response",
        "won",
        "won",
    ] {
        update(&world, dispute, status).await;
    }
    let labels: Vec<_> = subjects(&world)
        .iter()
        .map(|subject| subject.split(" (").next().unwrap().to_owned())
        .collect();
    assert_eq!(
        labels,
        [
            "A bank asks about a payment",
            "A payment is disputed",
            "You lost a dispute",
            "A dispute goes on",
            "You won a dispute",
        ]
    );
    assert!(
        world.mails_to_author()[0]
            .text
            .contains("The buyer’s link is open.")
    );
}

#[tokio::test]
async fn a_dispute_that_wants_no_answer_says_so() {
    let world = World::open().await;
    for status in ["prevented", "lost"] {
        let link = world.purchase("wip-2e", JANE).await;
        dispute_as(&world, &link, &[("status", status)]).await;
        let mail = world.mails_to_author().pop().unwrap();
        assert!(
            mail.text.contains("Answer: none is asked for"),
            "{}",
            mail.text
        );
        assert!(!mail.text.contains("bookstall dispute"), "{}", mail.text);
    }
}

#[tokio::test]
async fn a_dispute_of_which_no_webhook_told_is_told_by_reconcile() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.drop_webhooks();
    // An inquiry changes nothing of the purchase, so that only its mail is owed.
    dispute_as(&world, &link, &[("status", "warning_needs_response")]).await;
    for repaired in [1, 0] {
        let answer = world.invoke("ReconcileFunction", &json!({})).await.unwrap();
        assert_eq!(answer["repaired"], repaired, "{answer}");
        assert_eq!(world.mails_to_author().len(), 1);
    }
}

#[tokio::test]
async fn a_mail_that_fails_is_sent_when_stripe_sends_the_webhook_again() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.drop_webhooks();
    let dispute = world.dispute(&link).await;
    let event = opened(&dispute, &world.payment(&link).await);
    let throttled = world.faults().add(Rule::ses_throttled());
    let answer = world.webhook(&event).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    // The link is closed whatever becomes of the mail.
    assert_eq!(world.get(&link).await.status(), StatusCode::FORBIDDEN);
    let answer = world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert_eq!(
        answer["unrepairable"][0]["payment"],
        world.payment(&link).await
    );
    world.faults().remove(throttled);
    assert_eq!(world.webhook(&event).await.status(), StatusCode::OK);
    assert_eq!(world.mails_to_author().len(), 1);
}

#[tokio::test]
async fn a_killed_mail_is_sent_after_its_claim_has_expired() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.drop_webhooks();
    let dispute = world.dispute(&link).await;
    let event = opened(&dispute, &world.payment(&link).await);
    let killed = (Service::Ses, "SendEmail", Effect::NoAnswer);
    world.kill_at(killed, world.webhook(&event)).await;
    world.webhook(&event).await;
    assert_eq!(world.mails_to_author().len(), 0);
    world.claim_expires(&link, "dispute_mail_free_at").await;
    world.webhook(&event).await;
    world.webhook(&event).await;
    assert_eq!(world.mails_to_author().len(), 1);
}

/// A crash between the mail and its mark costs a second mail, never a missing one.
#[tokio::test]
async fn a_mail_whose_mark_is_lost_is_sent_again() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.drop_webhooks();
    let dispute = world.dispute(&link).await;
    let event = opened(&dispute, &world.payment(&link).await);
    world.webhook(&event).await;
    assert_eq!(world.mails_to_author().len(), 1);
    // The function died before it noted that the mail was sent, and its claim has run out.
    aws_client(&world.shop.emulators().aws)
        .update_item()
        .table_name(PURCHASES_TABLE)
        .key("id", S(id_of(&link).secret()))
        .update_expression("REMOVE disputes_told")
        .send()
        .await
        .unwrap();
    world.webhook(&event).await;
    world.webhook(&event).await;
    assert_eq!(world.mails_to_author().len(), 2);
}

#[tokio::test]
async fn an_author_whose_address_is_refused_is_told_by_an_alarm_and_not_without_end() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.drop_webhooks();
    let dispute = world.dispute(&link).await;
    let event = opened(&dispute, &world.payment(&link).await);
    let refused = Rule::ses_refused("Address is on the suppression list");
    let rule = world.faults().add(refused);
    assert_eq!(world.webhook(&event).await.status(), StatusCode::OK);
    world.faults().remove(rule);
    assert!(
        LOG.text()
            .contains("mend AuthorEmail, and answer the dispute")
    );
    world.webhook(&event).await;
    assert_eq!(world.mails_to_author().len(), 0);
    // `reconcile`, whose own log rings by what it lists, lists it.
    let other = world.purchase("wip-2e", "joe@example.com").await;
    let dispute = world.dispute(&other).await;
    let payment = world.payment(&other).await;
    let rule = world
        .faults()
        .add(Rule::ses_refused("Address is on the suppression list"));
    let answer = world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    world.faults().remove(rule);
    assert_eq!(answer["unrepairable"][0]["payment"], *payment, "{answer}");
    let answer = world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert_eq!(answer["unrepairable"], json!([]), "{dispute}");
    // What SES said of the author's address says nothing of the buyer's.
    let purchase = world.find_purchase(&link).await.unwrap();
    assert!(purchase.mail_refused_at.is_none() && purchase.mailed_at.is_some());
}

#[tokio::test]
async fn the_first_and_the_last_download_are_kept_without_another_call() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    assert_eq!(
        world.find_purchase(&link).await.unwrap().first_download_at,
        None
    );
    world.download(&link, "pdf").await;
    let first = world.find_purchase(&link).await.unwrap().first_download_at;
    assert!(first.is_some());
    world.faults().clear_calls();
    world.download(&link, "epub").await;
    let calls = world.calls(Service::DynamoDb);
    let updates = calls.iter().filter(|call| *call == "UpdateItem").count();
    assert_eq!(updates, 1, "{calls:?}");
    assert_eq!(
        world.find_purchase(&link).await.unwrap().first_download_at,
        first
    );
}

#[tokio::test]
async fn the_evidence_has_what_a_bank_wants_and_no_link() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.download(&link, "pdf").await;
    world.download(&link, "epub").await;
    let payment = world.payment(&link).await;
    let none = world
        .support(json!({"action": "evidence", "payment": payment}))
        .await;
    assert_eq!(none["dispute"], Value::Null);
    let dispute = world.dispute(&link).await;
    for selector in [
        json!({"action": "evidence", "payment": payment}),
        json!({"action": "evidence", "email": JANE}),
        json!({"action": "evidence", "purchase": link}),
    ] {
        let facts = world.support(selector).await;
        assert_eq!(facts["done"], true);
        assert_eq!(facts["payment"]["id"], *payment);
        assert_eq!(facts["payment"]["paid"], "29.00 USD");
        assert_eq!(facts["dispute"]["id"], *dispute);
        assert_eq!(facts["dispute"]["wants_an_answer"], true);
        let due_by = facts["dispute"]["due_by"].as_str().unwrap();
        assert!(due_by.ends_with("T23:59:59Z"), "{due_by}");
        assert_eq!(facts["mail"]["to"], JANE);
        assert!(facts["mail"]["accepted_at"].is_string());
        let purchase = &facts["purchases"][0];
        assert_eq!(purchase["downloads"], 2);
        assert!(purchase["first_download_at"].is_string());
        assert!(purchase["last_download_at"].is_string());
        assert_eq!(purchase["last_of_each_file"][1]["file"], "pdf");
        assert_eq!(purchase["link_closed"], "paused by the dispute");
        assert!(!facts.to_string().contains(&id_of(&link).secret()));
    }
}

#[tokio::test]
async fn evidence_is_of_one_payment_that_was_made() {
    let world = World::open().await;
    world.purchase("wip-2e", JANE).await;
    world.purchase("wip-1e", JANE).await;
    let answer = world
        .support(json!({"action": "evidence", "email": JANE}))
        .await;
    assert_eq!(answer["done"], false);
    assert_eq!(answer["purchases"].as_array().unwrap().len(), 2);
    let answer = world
        .support(json!({"action": "evidence", "email": "joe@example.com"}))
        .await;
    assert_eq!(answer["done"], false);
}

#[tokio::test]
async fn an_erasure_takes_the_time_of_the_first_download() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.download(&link, "pdf").await;
    world
        .support(json!({"action": "erase", "purchase": link}))
        .await;
    let facts = world
        .support(json!({"action": "evidence", "purchase": link}))
        .await;
    assert_eq!(facts["mail"]["to"], Value::Null);
    assert_eq!(facts["purchases"][0]["first_download_at"], Value::Null);
}
