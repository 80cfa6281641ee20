//! The mail that confirms an agreement, and what is kept of it.

use bookstall::{
    domain::{agreement::Agreement, language::Language},
    runtime::clock,
};
use emulators::faults::{Rule, Service};
use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::json;
use tests::world::{LOG, World, location, purchases_of};

use super::{JANE, TEXT, confirmations, found, html, paid_for};
use crate::a_buyer_withdraws::seconds_pass;

#[tokio::test]
async fn what_was_agreed_is_mailed_with_its_text_and_its_second() {
    let world = World::open_in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.agree(&link).await;
    let purchase = found(&world, &link).await;
    let agreed = purchase.agreed.unwrap();
    assert_eq!(agreed.confirmed_at, Some(agreed.at));
    assert!(!purchase.owes_agreement_mail);
    let mails = confirmations(&world, JANE);
    let [mail] = &mails[..] else {
        panic!("{mails:?}");
    };
    let in_one_line = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [TEXT, &agreed.at.time_of_day(), &purchase.id.reference()] {
        assert!(
            in_one_line.contains(part),
            "{part} is not in: {in_one_line}"
        );
    }
    for part in [&mail.text, &mail.html] {
        assert!(!part.contains(&purchase.id.secret()), "{part}");
    }
    let log = LOG.text();
    assert!(log.contains("agreement confirmed by mail"));
    assert!(!log.contains(&purchase.id.secret()));
}

#[tokio::test]
async fn a_second_press_keeps_the_first_time_and_mails_nothing() {
    let world = World::open_in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    let answers = join_all((0..20).map(|_| world.agree(&link))).await;
    assert!(answers.iter().all(|answer| location(answer) == link));
    let first = found(&world, &link).await.agreed;
    assert_eq!(location(&world.agree(&link).await), link);
    assert_eq!(found(&world, &link).await.agreed, first);
    assert_eq!(confirmations(&world, JANE).len(), 1);
}

#[tokio::test]
async fn a_mail_that_fails_is_owed_and_reconcile_sends_it_once() {
    let world = World::open_in_the_eu().await;
    // Stripe's lists do not have this sale, as those of an old one do not.
    let link = paid_for(&world, JANE).await;
    world.faults().add(Rule::ses_throttled().times(1));
    assert_eq!(location(&world.agree(&link).await), link);
    let purchase = found(&world, &link).await;
    assert!(purchase.owes_agreement_mail && confirmations(&world, JANE).is_empty());
    location(&world.download(&link, "pdf").await);
    seconds_pass(&world, &link, "first_download_at", 5).await;
    for _ in 0..2 {
        world.invoke("ReconcileFunction", &json!({})).await.unwrap();
        assert_eq!(confirmations(&world, JANE).len(), 1);
    }
    // A confirmation after the download does not end the right of withdrawal.
    let page = html(world.get(&format!("{link}/withdraw")).await).await;
    assert!(page.contains("the author checks whether"), "{page}");
    let purchase = found(&world, &link).await;
    assert!(!purchase.owes_agreement_mail);
    assert!(purchase.agreed.unwrap().confirmed_at.is_some());
}

/// Lambda stopped the function between the record and the mail.
#[tokio::test]
async fn an_agreement_whose_function_died_is_confirmed_later() {
    let world = World::open_in_the_eu().await;
    let link = paid_for(&world, JANE).await;
    let agreed = Agreement {
        version: 1,
        language: Language::parse("de").unwrap(),
        at: clock::now(),
        confirmed_at: None,
    };
    let first = found(&world, &link).await;
    purchases_of(&world.shop)
        .agree(&first, &agreed)
        .await
        .unwrap();
    assert!(confirmations(&world, JANE).is_empty());
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    // It quotes the text that was read, in its language.
    let mails = confirmations(&world, JANE);
    assert!(mails[0].subject.starts_with("Ihre Zustimmung"), "{mails:?}");
    assert!(mails[0].text.contains("Widerrufsfrist"), "{mails:?}");
}

#[tokio::test]
async fn a_lost_answer_of_dynamodb_records_one_agreement() {
    let world = World::open_in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    let lost = Rule::answer_lost(Service::DynamoDb).on("UpdateItem");
    world.faults().add(lost.times(1));
    assert_eq!(location(&world.agree(&link).await), link);
    assert!(found(&world, &link).await.agreed.is_some());
    assert_eq!(confirmations(&world, JANE).len(), 1);
}

/// A confirmation at a mistyped address confirms nothing to the buyer.
#[tokio::test]
async fn a_corrected_address_has_the_confirmation_at_once() {
    let world = World::open_in_the_eu().await;
    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, "jnae@example.com").await;
    let link = location(&world.get(&back).await);
    world.stripe().idle().await;
    world.agree(&link).await;
    assert_eq!(confirmations(&world, "jnae@example.com").len(), 1);
    let correction = world.url(&format!("/paid/{session}/address"));
    let answer = world.post(&correction, &[("address", JANE)]).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(confirmations(&world, JANE).len(), 1);
    let purchase = found(&world, &link).await;
    assert!(!purchase.owes_agreement_mail);
    assert!(purchase.agreed.unwrap().confirmed_at.is_some());
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert_eq!(confirmations(&world, JANE).len(), 1);
    assert_eq!(confirmations(&world, "jnae@example.com").len(), 1);
}

#[tokio::test]
async fn an_address_that_refuses_mail_is_owed_it_until_the_author_corrects_it() {
    let world = World::open_in_the_eu().await;
    let link = paid_for(&world, JANE).await;
    let refused = Rule::ses_refused("Address is on the suppression list");
    world.faults().add(refused.times(1));
    assert_eq!(location(&world.agree(&link).await), link);
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert!(found(&world, &link).await.mail_refused_at.is_some());
    let resend = json!({"action": "resend", "purchase": link, "to": "jane.d@example.com"});
    assert_eq!(world.support(resend).await["done"], true);
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert_eq!(confirmations(&world, "jane.d@example.com").len(), 1);
    assert!(!found(&world, &link).await.owes_agreement_mail);
}

/// One mail confirms the agreement to all books of a payment.
#[tokio::test]
async fn each_book_of_a_payment_shows_the_author_when_it_was_confirmed() {
    let world = World::open_in_the_eu().await;
    let link = world.purchase("wip-both", JANE).await;
    world.agree(&link).await;
    let of_jane = |action| json!({"action": action, "email": JANE});
    let found = world.support(of_jane("find")).await;
    let export = world.support(of_jane("export")).await;
    for book in 0..2 {
        let shown = &found["purchases"][book];
        let confirmed_at = &shown["agreement_confirmed_at"];
        assert!(
            shown["agreed_at"].is_string() && confirmed_at.is_string(),
            "{shown}"
        );
        assert_eq!(
            &export["purchases"][book]["agreement_confirmed_at"],
            confirmed_at
        );
    }
    let erased = world.support(of_jane("erase")).await;
    let message = erased["message"].as_str().unwrap();
    assert!(
        message.ends_with("The shop keeps when the buyer agreed to the download, because you may have to prove it."),
        "{message}"
    );
}

#[tokio::test]
async fn an_export_has_what_was_agreed_and_an_erasure_keeps_it() {
    let world = World::open_in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.faults().add(Rule::ses_throttled().times(1));
    world.agree(&link).await;
    let export = world
        .support(json!({"action": "export", "purchase": link}))
        .await;
    let held = &export["purchases"][0];
    let agreed = &held["held"]["agreed"];
    assert_eq!(
        (&agreed["version"], &agreed["language"]),
        (&json!(1), &json!("en"))
    );
    assert!(agreed["at"].is_string(), "{held}");
    assert!(
        held["agreed_text"].as_str().unwrap().contains(TEXT),
        "{held}"
    );

    world
        .support(json!({"action": "erase", "purchase": link}))
        .await;
    let purchase = found(&world, &link).await;
    assert!(purchase.agreed.is_some() && !purchase.owes_agreement_mail);
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert!(confirmations(&world, JANE).is_empty());
    location(&world.download(&link, "pdf").await);
}
