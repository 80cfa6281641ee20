//! The author mails a link again, to the address that it has or to a corrected one.

use emulators::faults::{Rule, Service};
use reqwest::StatusCode;
use serde_json::json;

use tests::{
    author::links_of,
    world::{BOOK, World},
};

const JANE: &str = "jane@example.com";

#[tokio::test]
async fn the_link_is_mailed_again_as_often_as_it_is_asked() {
    let world = World::open().await;
    let first = world.purchase("wip-2e", JANE).await;
    let second = world.purchase("wip-1e", JANE).await;
    world.purchase("wip-2e", "joe@example.com").await;
    for round in 1..=2 {
        let answer = world
            .support(json!({"action": "resend", "email": JANE}))
            .await;
        assert_eq!(answer["done"], true);
        assert_eq!(answer["message"], "The link of 2 purchases was mailed.");
        let mails = world.mails();
        let again = &mails[3 + 2 * (round - 1)..];
        assert_eq!(again.len(), 2);
        for link in [&first, &second] {
            let brings = |mail: &&emulators::ses::Mail| mail.text.contains(link.as_str());
            assert_eq!(again.iter().filter(brings).count(), 1);
        }
        assert!(again.iter().all(|mail| mail.to == [JANE]));
    }
}

#[tokio::test]
async fn a_link_that_gives_nothing_is_not_mailed() {
    let world = World::open().await;
    let refunded = world.purchase("wip-2e", JANE).await;
    let disputed = world.purchase("wip-2e", JANE).await;
    world.refund(&refunded, None).await;
    world.dispute(&disputed).await;
    let answer = world
        .support(json!({"action": "resend", "email": JANE}))
        .await;
    assert_eq!(answer["done"], false);
    let did: Vec<_> = answer["purchases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["did"].as_str().unwrap())
        .collect();
    assert!(did.iter().any(|did| did.contains("refunded")), "{did:?}");
    assert!(did.iter().any(|did| did.contains("dispute")), "{did:?}");
    // Two receipts and a refund.
    assert_eq!(world.mailed_buyers().len(), 3);
}

#[tokio::test]
async fn an_address_that_refused_mail_is_forgiven_when_it_takes_some() {
    let world = World::open().await;
    world
        .faults()
        .add(Rule::ses_refused("Address is on the suppression list").times(1));
    let link = world.purchase("wip-2e", JANE).await;
    assert!(world.raw_item(&link).await.contains_key("mail_refused_at"));
    let page = async || world.get(&link).await.text().await.unwrap();
    let no_mail = "We have no address of yours that takes our mail";
    assert!(page().await.contains(no_mail));
    world
        .faults()
        .add(Rule::ses_refused("Address is on the suppression list").times(1));
    let event = json!({"action": "resend", "email": JANE});
    let refused = world.support(event.clone()).await;
    assert_eq!(refused["done"], false);
    let did = refused["purchases"][0]["did"].as_str().unwrap();
    assert!(did.contains("the address is refused for good"), "{did}");

    let sent = world.support(event).await;
    assert_eq!(sent["done"], true);
    let item = world.raw_item(&link).await;
    assert!(item.contains_key("mailed_at") && !item.contains_key("mail_refused_at"));
    assert!(!page().await.contains(no_mail));
    assert!(page().await.contains("we write to you"));
}

#[tokio::test]
async fn who_turned_off_mail_about_editions_is_promised_none() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    let unsubscribe = format!("{link}/unsubscribe");
    let off = world.post(&unsubscribe, &[("subscription", "off")]);
    assert_eq!(off.await.status(), StatusCode::OK);
    let page = world.get(&link).await.text().await.unwrap();
    assert!(
        page.contains("You turned off our mail about them"),
        "{page}"
    );

    let to = "jane.doe@example.com";
    let answer = world
        .support(json!({"action": "resend", "purchase": link, "to": to}))
        .await;
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("turned off mail"), "{message}");
    let mails = world.mails();
    let [first, second] = &mails[..] else {
        panic!("a receipt, and the same again");
    };
    assert!(first.text.contains("we will write to you"));
    assert!(!second.text.contains("we will write to you"));
}

#[tokio::test]
async fn a_mail_that_fails_is_an_error_that_can_be_sent_again() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    let before = world.raw_item(&link).await;
    let event = json!({"action": "resend", "purchase": link, "to": "jane.doe@example.com"});
    world
        .faults()
        .add(Rule::close_connection(Service::Ses).times(1));
    let error = world.invoke("SupportFunction", &event).await.unwrap_err();
    assert_eq!(error["errorType"], "Failed");
    let message = error["errorMessage"].as_str().unwrap();
    assert!(
        message.contains("It is safe to send the same event again"),
        "{message}"
    );
    assert_eq!(world.raw_item(&link).await, before);
    assert_eq!(world.support(event).await["done"], true);
}

#[tokio::test]
async fn a_corrected_address_gets_the_link_and_the_updates() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jnae@example.com").await;
    let event = json!({"action": "resend", "email": "jnae@example.com", "to": JANE});
    let answer = world.support(event.clone()).await;
    assert_eq!(answer["done"], true);
    assert_eq!(answer["purchases"][0]["email"], JANE);
    assert_eq!(world.mailed_buyers(), ["jnae@example.com", JANE]);
    assert!(world.mails()[1].text.contains(&link));

    let again = world.support(event).await;
    assert_eq!(again["done"], false);
    let found = world
        .support(json!({"action": "find", "email": JANE}))
        .await;
    assert_eq!(links_of(&found), [&link]);

    let update = json!({"book": BOOK, "version": "3rd edition"});
    let pushed = world.invoke("PushUpdateFunction", &update).await.unwrap();
    assert_eq!(pushed["sent"], 1);
    assert_eq!(world.mailed_buyers(), ["jnae@example.com", JANE, JANE]);
}
