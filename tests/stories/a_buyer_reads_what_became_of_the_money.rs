//! What was paid stands in the receipt and on the private page, and a refund is mailed once.

use aws_sdk_dynamodb::types::AttributeValue::S;
use emulators::{dynamodb::PURCHASES_TABLE, ses::Mail};
use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::json;

use tests::world::{World, aws_client, completed, id_of};

const JANE: &str = "jane@example.com";

/// The mails about refunds.
fn of_refunds(world: &World) -> Vec<Mail> {
    let mails = world.mails().into_iter();
    let of_refund = mails.filter(|mail| mail.subject.starts_with("Your refund"));
    of_refund.collect()
}

#[tokio::test]
async fn a_receipt_tells_what_was_paid_to_whom_and_by_which_reference() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    let mails = world.mails();
    let reference = id_of(&link).reference();
    for part in [&mails[0].text, &mails[0].html] {
        for words in [
            "Paid 29.00 USD on ",
            "Sold by Ada Winters, ",
            &format!("Reference: {reference}"),
            "it pays for the next edition",
        ] {
            assert!(part.contains(words), "{words}: {part}");
        }
    }
    assert_eq!(mails[0].header("auto-submitted"), Some("auto-generated"));

    let page = world.get(&link).await.text().await.unwrap();
    for words in [
        "Paid 29.00 USD on ",
        "We mailed this link to ",
        "j•••@e•••.com",
        &reference,
        "it pays for the next edition",
        &link,
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains(JANE), "{page}");
}

#[tokio::test]
async fn who_bought_a_book_twice_is_asked_whether_that_was_a_mistake() {
    let world = World::open().await;
    let first = world.purchase("wip-2e", JANE).await;
    let in_may = "2026-05-03T10:00:00Z".to_owned();
    aws_client(&world.shop.emulators().aws)
        .update_item()
        .table_name(PURCHASES_TABLE)
        .key("id", S(id_of(&first).secret()))
        .update_expression("SET bought_at = :then")
        .expression_attribute_values(":then", S(in_may))
        .send()
        .await
        .unwrap();
    world.purchase("wip-1e", JANE).await;
    world.purchase("wip-2e", "joe@example.com").await;
    world.purchase("wip-2e-pdf", JANE).await;
    world.refund(&first, None).await;
    world.purchase("wip-2e", "ann@example.com").await;
    let text = |mail: &Mail| mail.text.replace('\n', " ");
    let asks = |mail: &Mail| text(mail).contains("If that was a mistake, answer this mail");
    let mails = world.mails();
    let asked: Vec<_> = mails.iter().filter(|mail| asks(mail)).collect();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].to, [JANE]);
    assert!(text(asked[0]).contains("You bought this book on 3 May 2026, too."));
}

#[tokio::test]
async fn a_refund_is_mailed_once_however_often_its_webhook_comes() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.refund(&link, None).await;
    let payment = world.payment(&link).await;
    let event = json!({
        "id": "evt_1", "type": "charge.refunded",
        "data": {"object": {"id": "ch_1", "payment_intent": payment}},
    });
    let again = join_all((0..8).map(|_| world.webhook(&event))).await;
    assert!(again.iter().all(|answer| answer.status() == StatusCode::OK));
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    let mails = of_refunds(&world);
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, [JANE]);
    let text = mails[0].text.replace('\n', " ");
    assert!(text.contains("29.00 USD are on their way back"), "{text}");
    assert!(text.contains("the link is closed"), "{text}");
    assert!(!text.contains(&id_of(&link).secret()), "{text}");
}

#[tokio::test]
async fn each_part_that_goes_back_is_mailed_with_its_own_sum() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.refund(&link, Some(900)).await;
    world.refund(&link, Some(2000)).await;
    let texts: Vec<_> = of_refunds(&world)
        .iter()
        .map(|mail| mail.text.replace('\n', " "))
        .collect();
    assert_eq!(texts.len(), 2);
    assert!(
        texts[0].contains("9.00 USD of what you paid"),
        "{}",
        texts[0]
    );
    assert!(texts[0].contains("the link stays open"), "{}", texts[0]);
    assert!(
        texts[1].contains("20.00 USD are on their way"),
        "{}",
        texts[1]
    );
    assert!(texts[1].contains("the link is closed"), "{}", texts[1]);
}

/// A refund fails and the author makes another one before the shop hears of either. Whether the total
/// falls, rises or stays, the buyer is mailed about the later one, once, with its own sum.
#[tokio::test]
async fn a_refund_that_is_made_as_another_one_fails_is_mailed_with_its_own_sum() {
    for (later, sum) in [(500, "5.00 USD"), (900, "9.00 USD"), (1200, "12.00 USD")] {
        let world = World::open().await;
        let link = world.purchase("wip-2e", JANE).await;
        world.refund(&link, Some(900)).await;
        assert_eq!(of_refunds(&world).len(), 1);
        world.drop_webhooks();
        let first = world.ask_stripe("refunds").await["data"][0]["id"].clone();
        let path = format!("/test/refunds/{}/update", first.as_str().unwrap());
        let failed = [("status", "failed")];
        let answer = world.post(&world.stripe_url(&path), &failed).await;
        assert!(answer.status().is_success());
        world.refund(&link, Some(later)).await;
        for _ in 0..3 {
            world.invoke("ReconcileFunction", &json!({})).await.unwrap();
        }
        let mails = of_refunds(&world);
        assert_eq!(mails.len(), 2, "{later}");
        let text = mails[1].text.replace('\n', " ");
        assert!(text.contains(&format!("{sum} of what you paid")), "{text}");
        let purchase = world.find_purchase(&link).await.unwrap();
        assert_eq!(purchase.amount_refunded, later);
    }
}

#[tokio::test]
async fn a_refund_that_fails_before_its_mail_is_not_mailed() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.drop_webhooks();
    world.refund(&link, Some(900)).await;
    let first = world.ask_stripe("refunds").await["data"][0]["id"].clone();
    world.refund(&link, Some(500)).await;
    let path = format!("/test/refunds/{}/update", first.as_str().unwrap());
    let failed = [("status", "failed")];
    let answer = world.post(&world.stripe_url(&path), &failed).await;
    assert!(answer.status().is_success());
    for _ in 0..2 {
        world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    }
    let mails = of_refunds(&world);
    assert_eq!(mails.len(), 1);
    let text = mails[0].text.replace('\n', " ");
    assert!(text.contains("5.00 USD of what you paid"), "{text}");
}

#[tokio::test]
async fn a_refund_by_the_author_is_mailed_though_no_webhook_comes() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.drop_webhooks();
    world
        .support(json!({"action": "refund", "purchase": link}))
        .await;
    assert_eq!(of_refunds(&world).len(), 0);
    for _ in 0..2 {
        world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    }
    assert_eq!(of_refunds(&world).len(), 1);
}

#[tokio::test]
async fn a_mail_about_a_refund_that_fails_is_sent_later() {
    let world = World::open().await;
    let session = world.buy("wip-2e").await;
    world.pay(&session, JANE).await;
    world.stripe().idle().await;
    let answer = world.get(&world.url(&format!("/paid/{session}"))).await;
    let link = tests::world::location(&answer);
    world.switch_on("ses-paused", "").await;
    world.try_webhooks_once();
    world.refund(&link, None).await;
    assert_eq!(world.get(&link).await.status(), StatusCode::GONE);
    world.all_off().await;
    assert_eq!(of_refunds(&world).len(), 0);
    world.webhook(&completed(&session)).await;
    assert_eq!(of_refunds(&world).len(), 1);
}

#[tokio::test]
async fn a_page_that_gives_nothing_names_the_book_and_the_reference() {
    let world = World::open().await;
    let refunded = world.purchase("wip-2e", JANE).await;
    world.refund(&refunded, None).await;
    let disputed = world.purchase("wip-2e", JANE).await;
    world.dispute(&disputed).await;
    let used_up = world.purchase("wip-1e", JANE).await;
    for _ in 0..5 {
        world.download_of("wip-1e", &used_up, "pdf").await;
    }
    for link in [refunded, disputed, used_up] {
        let reference = id_of(&link).reference();
        let answers = [
            world.get(&link).await,
            world.download_of("wip", &link, "pdf").await,
            world.download_of("wip-1e", &link, "pdf").await,
        ];
        for answer in answers {
            if answer.status() == StatusCode::BAD_REQUEST {
                continue;
            }
            let page = answer.text().await.unwrap();
            assert!(page.contains("Writing Idiomatic Python"), "{page}");
            let subject = format!("subject=Writing%20Idiomatic%20Python%20%28{reference}%29");
            assert!(page.contains(&subject), "{page}");
        }
    }
}
