//! Every page and mail says where to withdraw, and nothing says it where it is off.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::json;
use tests::world::{World, location, whole_location};

use super::{AUTHOR, JANE, mails_to, refunds, says};

/// The law wants the function to be found on every page and in every mail.
#[tokio::test]
async fn every_page_and_mail_says_where_to_withdraw() {
    let world = World::open_in_the_eu().await;
    let site = world.get(&world.url("/")).await.text().await.unwrap();
    assert!(
        site.contains("<a href=\"/withdraw\">Withdraw from contract here</a>"),
        "{site}"
    );
    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, "jnae@example.com").await;
    let arrival = world.get(&back).await;
    let paid = whole_location(&arrival);
    let link = location(&arrival);
    let correct = world.url(&format!("/paid/{session}/address"));
    let corrected = world.post(&correct, &[("address", JANE)]).await;
    assert!(corrected.status().is_success() || corrected.status().is_redirection());
    for page in [&paid, &link] {
        let page = world.get(page).await.text().await.unwrap();
        assert!(
            page.contains(&format!("href=\"{link}/withdraw\"")),
            "{page}"
        );
    }
    location(&world.agree(&link).await);
    world.post(&world.url("/resend"), &[("email", JANE)]).await;
    let push = json!({
        "book": "wip", "version": "2.1",
        "files": [{"key": "writing-idiomatic-python/2e-2.1.pdf"}],
    });
    world.invoke("PushUpdateFunction", &push).await.unwrap();
    for amount in [Some(500), None] {
        world.refund(&link, amount).await;
        world.stripe().idle().await;
    }
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert_eq!(mails_to(&world, JANE, "Your refund").len(), 2);
    let mut told = BTreeSet::new();
    for mail in world.mails().iter().filter(|mail| mail.to != [AUTHOR]) {
        let is_said = mail.text.contains("Withdraw from contract here:\n")
            && mail.html.contains("/withdraw\"");
        // The refund of everything leaves nothing to withdraw from.
        let text = mail.text.replace('\n', " ");
        let is_over = mail.subject.starts_with("Your refund") && text.contains("link is closed");
        assert_eq!(is_said, !is_over, "{}: {}", mail.subject, mail.text);
        told.insert(
            mail.subject
                .split(' ')
                .take(2)
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    assert!(told.len() >= 5, "{told:?}");
}

#[tokio::test]
async fn what_is_off_is_not_there() {
    let off = World::open().await;
    let link = off.purchase("wip-2e", JANE).await;
    let page = off.get(&link).await.text().await.unwrap();
    assert!(
        !page.contains("/withdraw") && !page.contains("/refund"),
        "{page}"
    );
    let pages = [
        off.url("/withdraw"),
        format!("{link}/withdraw"),
        format!("{link}/refund"),
    ];
    for url in &pages {
        assert_eq!(off.get(url).await.status(), StatusCode::NOT_FOUND, "{url}");
        let (status, _) = says(&off, url, &[("buyer", JANE)]).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{url}");
    }
    assert!(refunds(&off).await.is_empty());
    let eu = World::open_in_the_eu().await;
    let link = eu.purchase("wip-2e", JANE).await;
    let (status, _) = says(&eu, &format!("{link}/refund"), &[]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(
        !eu.get(&link)
            .await
            .text()
            .await
            .unwrap()
            .contains("/refund")
    );
}
