//! Everything that the shop does for its own buyers it does for those who were imported.

use reqwest::StatusCode;
use serde_json::json;

use crate::{
    an_update_reaches_every_buyer_once::{notified, push},
    buyers_from_elsewhere_are_imported_once::{import, link_of, only_purchase_of, row, with},
};
use emulators::ses::Mail;
use tests::world::{BOOK, World, location};

const JANE: &str = "jane@example.com";
const JOE: &str = "joe@example.com";

/// A shop into which a purchase of Jane's was imported, and its private link.
async fn world_with_jane() -> (World, String) {
    let world = World::open().await;
    import(&world, "Gumroad", &[row(JANE, "2023-05-03", "G-1")]).await;
    let link = link_of(&world, JANE).await;
    (world, link)
}

fn mails_to(world: &World, email: &str) -> Vec<Mail> {
    let mut mails = world.mails();
    mails.retain(|mail| mail.to == [email]);
    mails
}

#[tokio::test]
async fn the_private_page_says_where_the_book_was_bought_and_gives_it() {
    let (world, link) = world_with_jane().await;
    let page = world.get(&format!("{link}?paid=cs_test_1")).await;
    assert_eq!(page.status(), StatusCode::OK);
    let page = page.text().await.unwrap();
    assert!(page.contains("Bought on Gumroad on 3 May 2023"), "{page}");
    for absent in ["Paid", "Wrong address", "mail with", "USD"] {
        assert!(!page.contains(absent), "{absent} is in: {page}");
    }
    for _ in 0..5 {
        location(&world.download(&link, "pdf").await);
    }
    let none_left = world.download(&link, "pdf").await;
    assert_eq!(none_left.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_author_helps_them() {
    let (world, link) = world_with_jane().await;
    let found = world
        .support(json!({"action": "find", "email": JANE}))
        .await;
    let entry = &found["purchases"][0];
    assert_eq!(
        entry["imported"],
        json!({"platform": "Gumroad", "order": "G-1", "copies": 1})
    );
    assert_eq!(
        (&entry["paid"], &entry["product_id"]),
        (&json!(null), &json!(null))
    );

    let resent = world
        .support(json!({"action": "resend", "email": JANE}))
        .await;
    assert_eq!(resent["done"], true);
    let mail = &mails_to(&world, JANE)[0];
    assert!(mail.text.contains(&link), "{}", mail.text);
    assert!(
        mail.text.contains("Bought on Gumroad on 3 May 2023"),
        "{}",
        mail.text
    );

    let given = json!({"action": "give", "purchase": link, "downloads": 9});
    assert_eq!(world.support(given).await["done"], true);
    assert_eq!(only_purchase_of(&world, JANE).await.downloads_left, 9);

    let refund = world
        .support(json!({"action": "refund", "purchase": link}))
        .await;
    assert_eq!(refund["done"], false);
    let message = refund["message"].as_str().unwrap();
    assert!(
        message.contains("the money was taken on Gumroad"),
        "{message}"
    );

    let export = world
        .support(json!({"action": "export", "email": JANE}))
        .await;
    assert_eq!(export["purchases"][0]["held"]["imported_order"], "G-1");
    let elsewhere = export["elsewhere"].to_string();
    assert!(
        elsewhere.contains("Gumroad") && !elsewhere.contains("Stripe"),
        "{elsewhere}"
    );

    let erased = world
        .support(json!({"action": "erase", "email": JANE}))
        .await;
    assert_eq!(erased["done"], true);
    let to_do = erased["still_to_do"].to_string();
    assert!(to_do.contains("Gumroad still holds"), "{to_do}");
    let held = world
        .support(json!({"action": "export", "purchase": link}))
        .await;
    assert!(!held.to_string().contains("G-1") && !held.to_string().contains(JANE));
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_receipt_says_where_the_book_was_bought_before() {
    let (world, _) = world_with_jane().await;
    world.purchase("wip-2e", JANE).await;
    let receipt = mails_to(&world, JANE)[0].text.replace('\n', " ");
    let said = "You bought this book on Gumroad on 3 May 2023, too.";
    assert!(receipt.contains(said), "{receipt}");
}

#[tokio::test]
async fn an_address_that_the_author_corrected_is_still_the_same_purchase() {
    let (world, link) = world_with_jane().await;
    let resend = json!({"action": "resend", "purchase": link, "to": "jane.doe@example.com"});
    assert_eq!(world.support(resend).await["done"], true);
    for email in [JANE, "jane.doe@example.com"] {
        let answer = import(&world, "Gumroad", &[row(email, "2023-05-03", "G-1")]).await;
        assert_eq!(answer["unchanged"], 1, "{answer}");
    }
    assert_eq!(world.purchases().await, 1);
}

#[tokio::test]
async fn a_lost_link_comes_again() {
    let (world, link) = world_with_jane().await;
    world.post(&world.url("/resend"), &[("email", JANE)]).await;
    let mails = mails_to(&world, JANE);
    assert_eq!(mails.len(), 1);
    assert!(mails[0].text.contains(&link));
}

#[tokio::test]
async fn a_link_that_the_platform_took_back_says_so_and_can_be_opened() {
    let (world, link) = world_with_jane().await;
    let refunded = with(&row(JANE, "2023-05-03", "G-1"), "taken_back", "refunded");
    import(&world, "Gumroad", &[refunded]).await;
    let page = world.get(&link).await;
    assert_eq!(page.status(), StatusCode::GONE);
    let page = page.text().await.unwrap();
    assert!(page.contains("was refunded or taken back there"), "{page}");
    assert_eq!(
        world.download(&link, "pdf").await.status(),
        StatusCode::GONE
    );
    let resend = world
        .support(json!({"action": "resend", "email": JANE}))
        .await;
    assert_eq!(resend["done"], false);
    let found = world
        .support(json!({"action": "find", "email": JANE}))
        .await;
    assert_eq!(found["purchases"][0]["link_is"], "taken back elsewhere");

    // An edition that appears meanwhile is told after the link was opened.
    push(&world).await;
    assert!(notified(&world).is_empty());
    let reopen = json!({"action": "reopen", "purchase": link});
    assert_eq!(world.support(reopen.clone()).await["done"], true);
    assert_eq!(world.support(reopen).await["done"], false);
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);
    push(&world).await;
    assert_eq!(notified(&world), [JANE]);
}

#[tokio::test]
async fn the_first_mail_says_why_it_comes_and_how_to_stop_it() {
    let (world, link) = world_with_jane().await;
    assert!(world.mails().is_empty());
    assert_eq!(push(&world).await["sent"], 1);
    let mail = &mails_to(&world, JANE)[0];
    let text = mail.text.replace('\n', " ");
    for part in [
        "on Gumroad in 2023. The new edition is here",
        "because you bought the book on Gumroad",
        &link,
    ] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
    assert!(
        mail.html
            .contains("on Gumroad in 2023. The new edition is here")
    );

    let next = json!({"book": BOOK, "version": "Third"});
    world.invoke("PushUpdateFunction", &next).await.unwrap();
    let second = &mails_to(&world, JANE)[1];
    assert!(!second.text.contains("in 2023"), "{}", second.text);

    let off = [("List-Unsubscribe", "One-Click")];
    let off = world.post(&format!("{link}/unsubscribe"), &off).await;
    assert_eq!(off.status(), StatusCode::OK);
    assert!(
        only_purchase_of(&world, JANE)
            .await
            .unsubscribed_at
            .is_some()
    );
}

#[tokio::test]
async fn reports_and_repairs_leave_them_out_and_count_them_apart() {
    let (world, _) = world_with_jane().await;
    let today = bookstall::runtime::clock::now().date().to_string();
    let rows = [
        row(JOE, &today, "P-1"),
        row("mary@example.com", &today, "P-2"),
    ];
    import(&world, "Payhip", &rows).await;
    let refunded = with(&rows[1], "taken_back", "refunded");
    import(&world, "Payhip", &[refunded]).await;
    world.purchase("wip-2e", "tom@example.com").await;
    let report = world.invoke("ReportFunction", &json!({})).await.unwrap();
    assert_eq!(
        (&report["sales"], &report["refunds"]["full"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(
        report["imported"],
        json!([{"platform": "Gumroad", "purchases": 1}, {"platform": "Payhip", "purchases": 1}])
    );
    let page = world.get(report["page"].as_str().unwrap()).await;
    let page = page.text().await.unwrap();
    assert!(
        page.contains("1 purchase was imported from Gumroad"),
        "{page}"
    );
    let product = json!({"product_id": "wip-2e"});
    let report = world.invoke("ReportFunction", &product).await.unwrap();
    assert_eq!(report["imported"], json!([]));

    let repaired = world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert_eq!(repaired["checked"], 1);
    assert_eq!(mails_to(&world, JANE).len(), 0);
}

#[tokio::test]
async fn who_is_owed_the_edition_hears_of_it_from_the_next_push_of_it() {
    let world = World::open().await;
    push(&world).await;
    let mut event = json!({
        "platform": "Gumroad", "owe_update": true, "purchases": [row(JANE, "2023-05-03", "G-1")],
    });
    world.invoke("ImportFunction", &event).await.unwrap();
    import(&world, "Gumroad", &[row(JOE, "2023-05-04", "G-2")]).await;
    // Pushed again, the edition is told to those who are still owed it, and to nobody else.
    assert_eq!(push(&world).await["sent"], 1);
    assert_eq!(notified(&world), [JANE]);
    // What was imported without `owe_update` can be imported with it.
    event["purchases"] = json!([
        row(JANE, "2023-05-03", "G-1"),
        row(JOE, "2023-05-04", "G-2")
    ]);
    let answer = world.invoke("ImportFunction", &event).await.unwrap();
    assert_eq!(
        (&answer["changed"], &answer["unchanged"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(push(&world).await["sent"], 1);
    assert_eq!(notified(&world), [JANE, JOE]);
}

#[tokio::test]
async fn a_dry_run_shows_the_mail_that_imported_buyers_get() {
    let world = World::open().await;
    let owed = json!({
        "platform": "Gumroad", "owe_update": true, "purchases": [row(JANE, "2023-05-03", "G-1")],
    });
    world.invoke("ImportFunction", &owed).await.unwrap();
    let dry_run = async || {
        let event = json!({"book": BOOK, "catch_up": true, "dry_run": true});
        let mut answer = world.invoke("PushUpdateFunction", &event).await.unwrap();
        answer["dry_run"].take()
    };
    let says_where = |mail: &serde_json::Value| {
        let text = mail["text"].as_str().unwrap().replace('\n', " ");
        text.contains("on Gumroad in 2023. The new edition is here")
    };
    let alone = dry_run().await;
    assert!(says_where(&alone["mail"]), "{alone}");
    assert!(alone["first_mail"].is_null(), "{alone}");
    // With a buyer of the shop's own who is owed the edition, too.
    push(&world).await;
    world.record_purchase("wip-2e", JOE).await;
    import(
        &world,
        "Gumroad",
        &[row("mary@example.com", "2023-05-03", "G-2")],
    )
    .await;
    let event = json!({"book": BOOK, "version": "Third", "dry_run": true});
    let mut both = world.invoke("PushUpdateFunction", &event).await.unwrap();
    let both = both["dry_run"].take();
    assert!(
        !says_where(&both["mail"]) && says_where(&both["first_mail"]),
        "{both}"
    );
}

/// Three platforms, one push: nobody hears twice, nobody is missed, and who was refunded hears nothing.
#[tokio::test]
async fn three_platforms_and_one_push_reach_everyone_once() {
    let world = World::open().await;
    let buyer = |number: usize| format!("b{number}@example.com");
    // Every address bought on one to three of the platforms, and some of them here, too.
    for (platform, step) in [("Gumroad", 2), ("Payhip", 3), ("Polar", 5)] {
        let rows: Vec<_> = (0..60)
            .filter(|number| number % step == 0)
            .map(|number| {
                let date = format!("202{step}-05-03");
                let row = row(&buyer(number), &date, &format!("{platform}-{number}"));
                match number {
                    // Refunded there.
                    0 | 45 => with(&row, "taken_back", "refunded"),
                    // Who wants no mail.
                    6 => with(&row, "unsubscribed", true),
                    _ => row,
                }
            })
            .collect();
        import(&world, platform, &rows).await;
    }
    for number in [10, 7] {
        world.record_purchase("wip-2e", &buyer(number)).await;
    }
    let answer = push(&world).await;
    let is_told = |number: &usize| {
        let bought = number.is_multiple_of(2)
            || number.is_multiple_of(3)
            || number.is_multiple_of(5)
            || *number == 7;
        bought && ![0, 45, 6].contains(number)
    };
    let mut expected: Vec<_> = (0..60).filter(is_told).map(buyer).collect();
    expected.sort();
    assert_eq!(notified(&world), expected);
    assert_eq!(answer["owed"], 0);
}
