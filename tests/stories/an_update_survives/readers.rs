//! What a buyer gets of an update, whatever they bought and wished.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{BOOK, World};

use crate::an_update_reaches_every_buyer_once::{PRODUCT, push, update};

#[tokio::test]
async fn who_bought_twice_gets_one_mail_and_both_links_their_downloads() {
    let world = World::open().await;
    let first = world.purchase(PRODUCT, "jane@example.com").await;
    let second = world.purchase(PRODUCT, "Jane@Example.com").await;
    for link in [&first, &second] {
        world.download(link, "pdf").await;
    }
    let pushed = push(&world).await;
    assert_eq!(
        (&pushed["sent"], &pushed["skipped"], &pushed["owed"]),
        (&json!(1), &json!({"another_purchase": 1}), &json!(0))
    );
    for link in [&first, &second] {
        assert_eq!(world.find_purchase(link).await.unwrap().downloads_left, 5);
    }
}

#[tokio::test]
async fn who_unsubscribed_gets_no_mail_and_the_new_edition_all_the_same() {
    let world = World::open().await;
    let link = world.purchase(PRODUCT, "jane@example.com").await;
    let unsubscribe = format!("{link}/unsubscribe");
    let unsubscribed_at = async || world.find_purchase(&link).await.unwrap().unsubscribed_at;

    // A mail scanner follows the link. Only the page's button, or that of the mail program, counts.
    let page = world.get(&unsubscribe).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(
        page.text()
            .await
            .unwrap()
            .contains("Send me no more of these")
    );
    assert!(unsubscribed_at().await.is_none());
    let one_click = world
        .post(&unsubscribe, &[("List-Unsubscribe", "One-Click")])
        .await;
    assert_eq!(one_click.status(), StatusCode::OK);
    assert!(unsubscribed_at().await.is_some());
    world.post(&unsubscribe, &[("subscription", "on")]).await;
    assert!(unsubscribed_at().await.is_none());
    let part = "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
    let request = world
        .http
        .post(&unsubscribe)
        .header("content-type", "multipart/form-data; boundary=x")
        .body(part);
    let in_parts = request.send().await.unwrap();
    assert_eq!(in_parts.status(), StatusCode::OK);
    assert!(unsubscribed_at().await.is_some());

    world.download(&link, "pdf").await;
    let pushed = push(&world).await;
    assert_eq!(
        pushed,
        json!({"edition": 2, "sent": 0, "mailed": 0, "failed": 0, "skipped": {"unsubscribed": 1}, "owed": 0})
    );
    assert_eq!(
        world.private_page(&link).await["books"][0]["downloads_left"],
        5
    );
    assert_eq!(
        world.private_page(&link).await["books"][0]["version"],
        "2nd edition, 2.1"
    );

    let again = world.post(&unsubscribe, &[("subscription", "on")]).await;
    assert!(
        again
            .text()
            .await
            .unwrap()
            .contains("Send me no more of these")
    );
    let newer = json!({"book": BOOK, "version": "3rd edition"});
    assert_eq!(
        world.invoke("PushUpdateFunction", &newer).await.unwrap()["sent"],
        1
    );
}

#[tokio::test]
async fn an_unknown_link_cannot_be_unsubscribed() {
    let world = World::open().await;
    let url = world.url("/00000000-0000-4000-8000-000000000000/unsubscribe");
    assert_eq!(world.get(&url).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(world.post(&url, &[]).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(world.purchases().await, 0);
}

#[tokio::test]
async fn the_mail_can_be_unsubscribed_with_one_click_and_says_what_is_new() {
    let world = World::open().await;
    let link = world.purchase(PRODUCT, "jane@example.com").await;
    push(&world).await;
    let mail = world.mails().pop().unwrap();
    assert_eq!(
        mail.header("List-Unsubscribe"),
        Some(&*format!("<{link}/unsubscribe>"))
    );
    assert_eq!(
        mail.header("List-Unsubscribe-Post"),
        Some("List-Unsubscribe=One-Click")
    );
    assert!(
        mail.text.contains("- A new chapter on match."),
        "{}",
        mail.text
    );
    assert!(
        mail.html
            .contains("<li>A new chapter on <code>match</code>.</li>")
    );
    let page = world.get(&link).await.text().await.unwrap();
    assert!(page.contains("New in this edition") && page.contains("<code>match</code>"));
}

#[tokio::test]
async fn a_dry_run_and_a_test_mail_change_nothing() {
    let world = World::open().await;
    let link = world.purchase(PRODUCT, "jane@example.com").await;
    let unsubscribed = world.purchase(PRODUCT, "joe@example.com").await;
    world
        .post(&format!("{unsubscribed}/unsubscribe"), &[])
        .await;
    let refunded = world.purchase(PRODUCT, "jim@example.com").await;
    world.refund(&refunded, None).await;
    let before = world.find_purchase(&link).await;

    let mut event = update();
    event["dry_run"] = json!(true);
    event["test_to"] = json!("ada@bookstall.example");
    let tried: Value = world.invoke("PushUpdateFunction", &event).await.unwrap();
    let preflight = &tried["dry_run"];
    assert_eq!(
        (
            &preflight["edition"],
            &preflight["purchases"],
            &preflight["addresses"]
        ),
        (&json!(2), &json!(3), &json!(1))
    );
    assert_eq!(
        preflight["not_mailed"],
        json!({"refunded": 1, "unsubscribed": 1})
    );
    assert_eq!(preflight["account"]["in_sandbox"], false);
    assert!(
        preflight["mail"]["subject"]
            .as_str()
            .unwrap()
            .contains("2nd edition, 2.1")
    );
    assert_eq!(tried["test_sent"], true);

    let mail = world.mails().pop().unwrap();
    assert_eq!(mail.to, ["ada@bookstall.example"]);
    assert!(!mail.text.contains(&link));
    assert_eq!(world.find_purchase(&link).await, before);
    assert_eq!(
        world.private_page(&link).await["books"][0]["version"],
        "2nd edition"
    );
}
