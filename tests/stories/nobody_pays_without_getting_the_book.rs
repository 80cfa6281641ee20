//! Nobody pays without getting the book.

use bookstall::runtime::config::BOOK_PAGE_URL;
use emulators::faults::{Rule, Service};
use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::json;

use tests::world::{World, completed, debit_failed, location};

#[tokio::test]
async fn the_buyer_is_sent_from_paying_to_the_private_link_and_the_link_comes_by_mail() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;

    let page = world.get(&link).await;
    assert_eq!(page.status(), StatusCode::OK);
    let page = page.text().await.unwrap();
    assert!(page.contains("Writing Idiomatic Python") && page.contains("5 of 5 downloads left"));

    let mails = world.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, ["jane@example.com"]);
    assert!(mails[0].text.contains(&link) && mails[0].html.contains(&link));
}

#[tokio::test]
async fn closing_the_browser_after_paying_still_brings_the_mail() {
    let world = World::open().await;
    let session = world.buy("wip-2e").await;
    let _never_followed = world.pay(&session, "jane@example.com").await;
    world.stripe().idle().await;
    assert_eq!(world.purchases().await, 1);
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn without_any_webhook_the_return_alone_brings_the_book_and_the_mail() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, "jane@example.com").await;
    let link = location(&world.get(&back).await);
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn the_return_opened_twenty_times_at_once_makes_one_purchase_and_one_mail() {
    let world = World::open().await;
    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, "jane@example.com").await;
    let answers = join_all((0..20).map(|_| world.get(&back))).await;
    let links: Vec<_> = answers.iter().map(location).collect();
    world.stripe().idle().await;

    assert!(links.iter().all(|link| *link == links[0]));
    assert_eq!(world.purchases().await, 1);
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn a_webhook_told_twenty_times_at_once_makes_one_purchase_and_one_mail() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy("wip-2e").await;
    world.pay(&session, "jane@example.com").await;
    let event = completed(&session);
    let answers = join_all((0..20).map(|_| world.webhook(&event))).await;

    assert!(
        answers
            .iter()
            .all(|answer| answer.status() == StatusCode::OK)
    );
    assert_eq!(world.purchases().await, 1);
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn when_the_mail_fails_the_buyer_has_the_link_and_the_webhook_brings_the_mail() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, "jane@example.com").await;

    world.faults().add(Rule::ses_throttled());
    let link = location(&world.get(&back).await);
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);
    assert_eq!(
        world.webhook(&completed(&session)).await.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(world.mails().len(), 0);

    world.faults().clear();
    assert_eq!(
        world.webhook(&completed(&session)).await.status(),
        StatusCode::OK
    );
    assert_eq!(world.mails().len(), 1);
    assert!(world.mails()[0].text.contains(&link));
}

#[tokio::test]
async fn when_the_answer_to_the_recording_is_lost_the_second_attempt_knows_its_own_work() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, "jane@example.com").await;

    world
        .faults()
        .add(Rule::answer_lost(Service::DynamoDb).on("PutItem").times(1));
    location(&world.get(&back).await);
    assert_eq!(world.purchases().await, 1);
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn a_payment_that_is_still_processing_is_never_called_failed() {
    let world = World::open().await;
    let session = world.buy("wip-2e").await;
    let back = world.pay_by_bank(&session, "jane@example.com").await;
    let page = world.get(&back).await;
    assert_eq!(page.status(), StatusCode::OK);
    let page = page.text().await.unwrap();
    assert!(page.contains("being confirmed") && page.contains("http-equiv=\"refresh\""));
    assert!(!page.to_lowercase().contains("fail"));
    assert_eq!(world.purchases().await, 0);

    world.settle(&session, "succeeded").await;
    world.stripe().idle().await;
    assert_eq!(world.mails().len(), 1);
    assert!(location(&world.get(&back).await).len() > world.url("/").len());
}

#[tokio::test]
async fn a_debit_that_the_bank_refused_days_later_is_not_waited_for_any_longer() {
    let world = World::open().await;
    let session = world.buy("wip-2e").await;
    let back = world.pay_by_bank(&session, "jane@example.com").await;
    world.settle(&session, "failed").await;
    world.stripe().idle().await;
    let page = world.get(&back).await;
    assert_eq!(page.status(), StatusCode::PAYMENT_REQUIRED);
    let page = page.text().await.unwrap();
    assert!(page.contains("nothing was charged") && page.contains("start again"));
    assert!(!page.contains("http-equiv=\"refresh\""));
    assert_eq!(world.purchases().await, 0);
    let [mail] = &world.mails()[..] else {
        panic!("the buyer hears of it once");
    };
    assert_eq!(mail.to, ["jane@example.com"]);
    assert!(mail.subject.contains("did not go through"));
    assert!(
        mail.text
            .contains(&world.shop.environment().required(BOOK_PAGE_URL))
    );

    // The webhook comes twice more at once, and no further mail is sent.
    let again = debit_failed(&session);
    let (one, other) = futures::join!(world.webhook(&again), world.webhook(&again));
    assert_eq!(
        [one.status(), other.status()],
        [StatusCode::OK, StatusCode::OK]
    );
    assert_eq!(world.mails().len(), 1);

    // An earlier event of the checkout comes late, and no further mail is sent.
    let late = world.webhook(&completed(&session)).await;
    assert_eq!(late.status(), StatusCode::OK);
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn a_failed_debit_told_twenty_times_at_once_makes_one_mail() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy("wip-2e").await;
    world.pay_by_bank(&session, "jane@example.com").await;
    world.settle(&session, "failed").await;
    world.stripe().idle().await;
    let event = debit_failed(&session);
    let answers = join_all((0..20).map(|_| world.webhook(&event))).await;
    assert!(
        answers
            .iter()
            .all(|answer| answer.status() == StatusCode::OK)
    );
    assert_eq!(world.mails().len(), 1);
}

/// What moves by itself for days, nobody can stop (WCAG 2.2.1).
#[tokio::test]
async fn a_page_that_waits_looks_again_for_a_minute_and_then_by_its_button() {
    let world = World::open().await;
    let session = world.buy("wip-2e").await;
    let back = world.pay_by_bank(&session, "jane@example.com").await;
    let mut query = String::new();
    let mut seconds = 0;
    loop {
        let page = world
            .get(&format!("{back}{query}"))
            .await
            .text()
            .await
            .unwrap();
        let Some((_, refresh)) = page.split_once("http-equiv=\"refresh\" content=\"") else {
            assert!(page.contains(">Look again</a>"), "{page}");
            break;
        };
        let (refresh, _) = refresh.split_once('"').unwrap();
        let (pause, next) = refresh.split_once("; url=").unwrap();
        seconds += pause.parse::<u32>().unwrap();
        query = next.to_owned();
        assert!(seconds <= 60, "{page}");
    }
    assert_eq!(seconds, 60);
}

#[tokio::test]
async fn a_book_for_nothing_is_a_purchase_like_any_other() {
    let world = World::open().await;
    let session = world.buy("wip-2e").await;
    let page = world.stripe_url(&format!("/test/checkout/{session}/pay"));
    let fields = [
        ("email", "jane@example.com"),
        ("card", "4242424242424242"),
        ("promotion_code", "FREE100"),
    ];
    let back = location(&world.post(&page, &fields).await);
    let link = location(&world.get(&back).await);
    assert_eq!(
        world
            .find_purchase(&link)
            .await
            .unwrap()
            .paid
            .unwrap()
            .minor_units,
        0
    );
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);
}

/// The name is the author's own, and SES takes ASCII alone.
#[tokio::test]
async fn whatever_the_author_is_called_the_mail_goes_out_in_their_name() {
    for (name, in_the_mail) in [
        ("Jos\u{e9} Garc\u{ed}a", "=?UTF-8?B?Sm9zw6kgR2FyY8OtYQ==?="),
        ("J. R. R. Tolkien", "\"J. R. R. Tolkien\""),
        ("\"Doe, Jane\"", "\"Doe, Jane\""),
        ("O\u{2019}Brien", "=?UTF-8?B?T+KAmUJyaWVu?="),
    ] {
        let from = format!("{name} <books@example.com>");
        let world = World::open_with_variables(&[("MAIL_FROM", &from)]).await;
        world.purchase("wip-2e", "jane@example.com").await;
        let mails = world.mails();
        assert_eq!(mails.len(), 1, "{name}");
        assert_eq!(mails[0].from, format!("{in_the_mail} <books@example.com>"));
    }
}

/// Docomo and ezweb gave out such addresses, and Stripe takes them.
#[tokio::test]
async fn an_address_against_the_rfc_is_mailed_found_and_mailed_again() {
    for (typed, in_the_mail) in [
        ("taro..yamada@docomo.ne.jp", "\"taro..yamada\"@docomo.ne.jp"),
        ("abc.@ezweb.ne.jp", "\"abc.\"@ezweb.ne.jp"),
    ] {
        let world = World::open().await;
        let link = world.purchase("wip-2e", typed).await;
        let mails = world.mails();
        assert_eq!(mails.len(), 1, "{typed}");
        assert_eq!(mails[0].to, [in_the_mail]);
        assert!(mails[0].text.contains(&link));
        let found = world
            .support(json!({"action": "find", "email": typed}))
            .await;
        assert_eq!(found["purchases"][0]["link"], json!(link), "{typed}");
        let again = world.post(&world.url("/resend"), &[("email", typed)]).await;
        assert_eq!(again.status(), StatusCode::OK, "{typed}");
        assert_eq!(world.mails().len(), 2, "{typed}");
    }
}

/// The log says so once, which rings; `reconcile` lists it until the author has mailed the link.
#[tokio::test]
async fn a_sale_without_an_address_is_listed_until_the_author_has_mailed_the_link() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "\"jane\"@example.com").await;
    let reference = &link.rsplit('/').next().unwrap()[..8];
    assert!(world.mails().is_empty());
    for _ in 0..2 {
        let run = world.invoke("ReconcileFunction", &json!({})).await.unwrap();
        assert_eq!(run["unrepairable"], json!([]));
        let listed = run["undelivered"].as_array().unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0]["purchase"], reference);
        let why = listed[0]["why"].as_str().unwrap();
        assert!(why.contains("has no address of its buyer's"), "{why}");
    }
    let resend = json!({"action": "resend", "purchase": link, "to": "jane@example.com"});
    assert_eq!(world.support(resend).await["done"], true);
    assert_eq!(world.mails().len(), 1);
    let run = world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert!(run.get("undelivered").is_none(), "{run}");
}
