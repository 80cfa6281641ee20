//! The acknowledgement is mailed whatever breaks on the way, and what was declared is kept.

use bookstall::{
    adapters::purchases::UpdateOutcome,
    domain::{declaration::Declaration, email_address::EmailAddress},
    runtime::clock,
};
use emulators::{faults::Rule, ses::Mail};
use reqwest::StatusCode;
use serde_json::json;
use tests::world::{LOG, World, id_of, purchases_of};

use super::{JANE, acknowledgements, mails_to, refunds, says};

/// The acknowledgements that an address has.
fn acknowledged(world: &World, address: &str) -> Vec<String> {
    let mails = mails_to(world, address, "We received your withdrawal");
    let in_one_line = |mail: &Mail| mail.text.replace('\n', " ");
    mails.iter().map(in_one_line).collect()
}

#[tokio::test]
async fn an_acknowledgement_that_fails_is_owed_and_reconcile_sends_it_once() {
    let world = World::open_in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.purchase("wip-2e", "jim@example.com").await;
    // The mail about the refund would meet the fault.
    world.drop_webhooks();
    world.faults().add(Rule::ses_throttled().times(1));
    let (status, page) = says(&world, &format!("{link}/withdraw"), &[]).await;
    assert!(
        status == StatusCode::OK && page.contains("on its way back"),
        "{page}"
    );
    let of_link = world.find_purchase(&link).await.unwrap().declaration;
    let declared_at = of_link.unwrap().at.time_of_day();
    world.faults().add(Rule::ses_throttled().times(1));
    let typed = [("buyer", "Jim@example.com"), ("name", "Jim Doe")];
    let (status, _) = says(&world, &world.url("/withdraw"), &typed).await;
    assert_eq!(status, StatusCode::OK);
    // Whoever asks again is mailed one of what they declared first.
    says(&world, &world.url("/withdraw"), &typed[..1]).await;
    assert!(acknowledged(&world, JANE).is_empty());
    assert!(acknowledged(&world, "jim@example.com").is_empty());
    assert!(
        world
            .find_purchase(&link)
            .await
            .unwrap()
            .owes_withdrawal_mail
    );
    assert!(
        LOG.text()
            .contains("`reconcile` acknowledges the withdrawal")
    );

    for _ in 0..2 {
        world.invoke("ReconcileFunction", &json!({})).await.unwrap();
        let [of_jane] = &acknowledged(&world, JANE)[..] else {
            panic!("{:?}", world.mails());
        };
        for part in [
            declared_at.as_str(),
            "Declared with the private link",
            "29.00 USD go back",
        ] {
            assert!(of_jane.contains(part), "{part}: {of_jane}");
        }
        let [of_jim] = &acknowledged(&world, "jim@example.com")[..] else {
            panic!("{:?}", world.mails());
        };
        for part in ["Name: Jim Doe", "when you press the button on this page"] {
            assert!(of_jim.contains(part), "{part}: {of_jim}");
        }
    }
    let purchase = world.find_purchase(&link).await.unwrap();
    assert!(!purchase.owes_withdrawal_mail);
    assert!(purchase.declaration.unwrap().acknowledged_at.is_some());
}

/// Nobody mends an address that takes no mail but the author, so it rings, and is not tried again.
#[tokio::test]
async fn an_acknowledgement_that_is_refused_for_good_rings() {
    let world = World::open_in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    // The mail about the refund would meet the fault.
    world.drop_webhooks();
    world
        .faults()
        .add(Rule::ses_refused("Address is on the suppression list").times(1));
    let (status, _) = says(&world, &format!("{link}/withdraw"), &[]).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        LOG.text()
            .contains("acknowledgement of a withdrawal refused for good")
    );
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert!(acknowledged(&world, JANE).is_empty());
    assert_eq!(refunds(&world).await, [2900]);
}

/// Lambda stopped the function between the record and the mail.
#[tokio::test]
async fn a_withdrawal_whose_function_died_is_acknowledged_later() {
    let world = World::open_in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    let declared = Declaration {
        at: clock::now(),
        address: Some(JANE.to_owned()),
        name: None,
        described: Some("the Python book".to_owned()),
        acknowledged_at: None,
    };
    let jane = EmailAddress::parse(JANE).unwrap();
    let purchases = purchases_of(&world.shop);
    let recorded = purchases.declare(id_of(&link), &jane, &declared).await;
    assert!(matches!(recorded.unwrap(), UpdateOutcome::Done(_)));
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    let mails = acknowledged(&world, JANE);
    assert!(mails[0].contains("described: the Python book"), "{mails:?}");
    // It is in time from then on.
    let purchase = world.find_purchase(&link).await.unwrap();
    assert_eq!(purchase.withdrawn_at, Some(declared.at));
}

#[tokio::test]
async fn what_was_declared_is_exported_and_its_name_is_erased() {
    let world = World::open_in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    let typed = [
        ("buyer", JANE),
        ("name", "Jane Doe"),
        ("purchase", "the book"),
    ];
    says(&world, &world.url("/withdraw"), &typed).await;
    let export = world
        .support(json!({"action": "export", "purchase": link}))
        .await;
    let held = &export["purchases"][0]["held"];
    assert_eq!(held["declaration"]["name"], "Jane Doe", "{export}");
    assert_eq!(held["declaration"]["described"], "the book");
    assert!(held["withdrawn_at"].is_string());
    assert!(!LOG.text().contains("Jane Doe"));

    world
        .support(json!({"action": "erase", "purchase": link}))
        .await;
    let item = world.raw_item(&link).await;
    let names: Vec<_> = item
        .keys()
        .filter(|name| name.contains("withdraw"))
        .collect();
    assert_eq!(names, ["withdrawn_at"], "{item:?}");
    assert!(!format!("{item:?}").contains("Doe"));
    // What is erased has no address to which anything is acknowledged, and gives the money back.
    let (status, page) = says(&world, &format!("{link}/withdraw"), &[]).await;
    assert!(
        status == StatusCode::OK && page.contains("on its way back"),
        "{page}"
    );
    assert_eq!(acknowledgements(&world).len(), 1);
}
