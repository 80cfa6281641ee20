//! Buyers have their money back by their own press, by a withdrawal or by the author's own terms, once.
//! Nobody has both the book and the money.

use bookstall::domain::purchase::Closed;
use emulators::faults::{CannedResponse, Effect, Rule, Service};
use futures::future::{join, join_all, join3};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use tests::{
    state::alone,
    world::{LOG, World, completed, id_of, location},
};

use crate::a_buyer_withdraws::{AUTHOR, JANE, mails_to, refunds, says, seconds_pass};

const REFUND: &str = "POST /v1/refunds";

#[tokio::test]
async fn a_refund_is_had_by_the_authors_terms_and_no_longer() {
    let world =
        World::open_with_variables(&[("REFUND_DAYS", "30"), ("REFUND_DOWNLOADS", "1")]).await;
    let link = world.purchase("wip-2e", JANE).await;
    let refund = format!("{link}/refund");
    world.download(&link, "pdf").await;
    let page = world.get(&link).await.text().await.unwrap();
    assert!(page.contains(&refund), "{page}");
    assert_eq!(world.get(&refund).await.status(), StatusCode::OK);
    let reason = "<script>alert(1)</script> not for me";
    let (status, page) = says(&world, &refund, &[("reason", reason)]).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    world.stripe().idle().await;
    assert_eq!(refunds(&world).await, [2900]);
    assert_eq!(world.get(&link).await.status(), StatusCode::GONE);
    let told = mails_to(&world, AUTHOR, "A buyer had a refund");
    assert_eq!(told.len(), 1);
    assert!(told[0].text.contains("not for me") && !told[0].html.contains("<script"));
    assert_eq!(mails_to(&world, JANE, "Your refund").len(), 1);
    assert!(!LOG.text().contains("not for me"));

    let taken = world.purchase("wip-2e", JANE).await;
    for _ in 0..2 {
        world.download(&taken, "pdf").await;
    }
    let late = world.purchase("wip-2e", JANE).await;
    seconds_pass(&world, &late, "bought_at", 30 * 86_400).await;
    for link in [taken, late] {
        let page = world.get(&link).await.text().await.unwrap();
        assert!(!page.contains("/refund"), "{page}");
        let refund = format!("{link}/refund");
        assert_eq!(world.get(&refund).await.status(), StatusCode::FORBIDDEN);
        assert_eq!(says(&world, &refund, &[]).await.0, StatusCode::FORBIDDEN);
    }
    assert_eq!(refunds(&world).await, [2900]);
}

/// Stripe did not answer: the link stays closed, the buyer is never told that it was declined, and a
/// later press finishes it.
#[tokio::test]
async fn a_refund_whose_outcome_is_unknown_is_finished_by_a_later_press() {
    let world = World::open_in_the_eu().await;
    world.drop_webhooks();
    let link = world.purchase("wip-2e", JANE).await;
    let withdraw = format!("{link}/withdraw");
    world
        .faults()
        .add(Rule::not_json(Service::Stripe).on(REFUND));
    let (status, page) = says(&world, &withdraw, &[]).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let received = world.find_purchase(&link).await.unwrap();
    let received = received.withdrawn_at.unwrap().time_of_day();
    let reference = id_of(&link).reference();
    for part in [
        "Nothing is lost",
        "We received your withdrawal",
        "your link is closed meanwhile",
        "in three minutes",
        &received,
        &reference,
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("could not"), "{page}");
    assert_eq!(
        mails_to(&world, JANE, "We received your withdrawal").len(),
        1
    );
    world.faults().clear();
    let closed = world.find_purchase(&link).await.unwrap().closed();
    assert_eq!(closed, Some(Closed::Returning));
    let agreed = world.agree(&link).await;
    assert_eq!(agreed.status(), StatusCode::FORBIDDEN);
    let refused = world.download(&link, "pdf").await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert_eq!(location(&world.get(&link).await), withdraw);
    // The time of the first press is told from now on.
    seconds_pass(&world, &link, "withdrawn_at", 90).await;
    let received = world.find_purchase(&link).await.unwrap();
    let received = received.withdrawn_at.unwrap().time_of_day();
    let (status, page) = says(&world, &withdraw, &[]).await;
    assert_eq!(status, StatusCode::ACCEPTED, "the reservation holds");
    assert!(page.contains(&received), "{received}: {page}");
    seconds_pass(&world, &link, "refund_free_at", 1).await;
    let (status, page) = says(&world, &withdraw, &[]).await;
    assert!(
        status == StatusCode::OK && page.contains("on its way back"),
        "{page}"
    );
    assert!(page.contains(&received), "{received}: {page}");
    assert_eq!(
        mails_to(&world, JANE, "We received your withdrawal").len(),
        1
    );
    assert_eq!(refunds(&world).await, [2900]);
    assert_eq!(world.get(&link).await.status(), StatusCode::GONE);
}

/// The sum is the one that this press gives back, on every page and in every mail.
#[tokio::test]
async fn after_a_partial_refund_the_rest_goes_back_and_is_named() {
    let world = World::open_with_variables(&[("WITHDRAWAL", "eu"), ("REFUND_DAYS", "30")]).await;
    for (page, to_author) in [
        ("withdraw", "A buyer withdrew"),
        ("refund", "A buyer had a refund"),
    ] {
        let address = format!("{page}@example.com");
        let link = world.purchase("wip-2e", &address).await;
        world.refund(&link, Some(500)).await;
        world.stripe().idle().await;
        let url = format!("{link}/{page}");
        let shown = world.get(&url).await.text().await.unwrap();
        let (status, told) = says(&world, &url, &[]).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        world.stripe().idle().await;
        let author = mails_to(&world, AUTHOR, to_author);
        let mut texts = vec![shown, told, author[0].text.clone()];
        let buyer = mails_to(&world, &address, "We received your withdrawal");
        texts.extend(buyer.iter().map(|mail| mail.text.clone()));
        let refund = mails_to(&world, &address, "Your refund");
        texts.push(refund.last().unwrap().text.clone());
        for text in texts {
            assert!(text.contains("24.00 USD"), "{text}");
        }
    }
}

/// Stripe knows of a dispute before its webhook comes.
#[tokio::test]
async fn a_payment_that_stripe_calls_disputed_is_left_to_the_bank() {
    let world = World::open_with_variables(&[("WITHDRAWAL", "eu"), ("REFUND_DAYS", "30")]).await;
    let refusal = r#"{"error": {"type": "invalid_request_error", "code": "charge_disputed", "message": "Charge ch_1 has been charged back; cannot issue a refund."}}"#;
    let refusal = CannedResponse::json(400, refusal);
    let refusal = Rule::new(Service::Stripe, Effect::Answer(refusal));
    let link = world.purchase("wip-2e", JANE).await;
    world.faults().add(refusal.on(REFUND));
    let (status, page) = says(&world, &format!("{link}/refund"), &[]).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(
        page.contains("The bank has questioned the payment"),
        "{page}"
    );
    let (status, page) = says(&world, &format!("{link}/withdraw"), &[]).await;
    assert_eq!(status, StatusCode::OK);
    for part in ["We received your withdrawal", "The bank has questioned"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("/refund"), "{page}");
    let [mail] = &mails_to(&world, JANE, "We received your withdrawal")[..] else {
        panic!("{:?}", world.mails());
    };
    assert!(
        mail.text.contains("The bank has questioned"),
        "{}",
        mail.text
    );
    let [mail] = &mails_to(&world, AUTHOR, "A ")[..] else {
        panic!("{:?}", world.mails());
    };
    let text = mail.text.replace('\n', " ");
    assert!(text.contains("the bank decides"), "{text}");
}

/// Stripe keeps a refusal under its idempotency key for a day. A later press must not meet it again.
#[tokio::test]
async fn once_a_dispute_is_won_the_press_gives_the_money_back() {
    let world = World::open_with_variables(&[("REFUND_DAYS", "30")]).await;
    let link = world.purchase("wip-2e", JANE).await;
    world.drop_webhooks();
    let dispute = world.dispute(&link).await;
    let refund = format!("{link}/refund");
    for _ in 0..2 {
        let (status, page) = says(&world, &refund, &[]).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{page}");
    }
    let won = world.stripe_url(&format!("/test/disputes/{dispute}/close"));
    let answer = world.post(&won, &[("status", "won")]).await;
    assert!(answer.status().is_success(), "{answer:?}");
    let (status, page) = says(&world, &refund, &[]).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert_eq!(refunds(&world).await, [2900]);
}

/// A withdrawal that comes while the author's terms give the money back is acknowledged.
#[tokio::test]
async fn a_withdrawal_during_a_refund_is_not_lost() {
    let world = World::open_with_variables(&[("WITHDRAWAL", "eu"), ("REFUND_DAYS", "30")]).await;
    let link = world.purchase("wip-2e", JANE).await;
    let silent = Rule::not_json(Service::Stripe).on(REFUND);
    world.faults().add(silent);
    let (status, page) = says(&world, &format!("{link}/refund"), &[]).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.contains("has not answered yet"), "{page}");
    let (status, page) = says(&world, &format!("{link}/withdraw"), &[]).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert!(page.contains("We received your withdrawal"), "{page}");
    assert_eq!(
        mails_to(&world, JANE, "We received your withdrawal").len(),
        1
    );
    let purchase = world.find_purchase(&link).await.unwrap();
    assert!(purchase.withdrawn_at.is_some());
}

/// The right of withdrawal has ended, and the author's terms still give the money back.
#[tokio::test]
async fn who_cannot_withdraw_is_led_to_the_refund() {
    let world = World::open_with_variables(&[
        ("WITHDRAWAL", "eu"),
        ("REFUND_DAYS", "30"),
        ("REFUND_DOWNLOADS", "1"),
    ])
    .await;
    let link = world.purchase("wip-2e", JANE).await;
    location(&world.agree(&link).await);
    location(&world.download(&link, "pdf").await);
    let (withdraw, refund) = (format!("{link}/withdraw"), format!("{link}/refund"));
    let shown = world.get(&withdraw).await.text().await.unwrap();
    let (_, told) = says(&world, &withdraw, &[]).await;
    for page in [shown, told] {
        assert!(page.contains(&format!("href=\"{refund}\"")), "{page}");
    }
    location(&world.download(&link, "epub").await);
    let shown = world.get(&withdraw).await.text().await.unwrap();
    assert!(!shown.contains(&refund), "{shown}");
}

#[tokio::test]
async fn where_stripe_refuses_the_link_opens_again() {
    let world = World::open_in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    let refusal =
        r#"{"error": {"type": "invalid_request_error", "message": "Insufficient funds."}}"#;
    let refusal = CannedResponse::json(400, refusal);
    let refusal = Rule::new(Service::Stripe, Effect::Answer(refusal));
    world.faults().add(refusal.on(REFUND));
    let (status, page) = says(&world, &format!("{link}/withdraw"), &[]).await;
    assert_eq!(status, StatusCode::CONFLICT, "{page}");
    assert!(
        page.contains("We received your withdrawal") && page.contains("still open"),
        "{page}"
    );
    // The mail does not say that the money goes back and the link closes.
    let [mail] = &mails_to(&world, JANE, "We received your withdrawal")[..] else {
        panic!("{:?}", world.mails());
    };
    let text = mail.text.replace('\n', " ");
    assert!(
        text.contains("when you press the button") && !text.contains("the link closes"),
        "{text}"
    );
    assert_eq!(
        mails_to(&world, AUTHOR, "A refund that Stripe refused").len(),
        1
    );
    world.faults().clear();
    location(&world.agree(&link).await);
    location(&world.download(&link, "pdf").await);
}

/// The number of presses and downloads of one purchase at once.
const PRESSES: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 16)]
async fn a_hundred_presses_and_a_hundred_downloads_give_the_money_or_the_book() {
    let _alone = alone().await;
    let world = World::open_with_variables(&[("WITHDRAWAL", "eu"), ("REFUND_DAYS", "14")]).await;
    for product in ["wip-2e", "wip-both"] {
        for page in ["withdraw", "refund"] {
            let before = refunds(&world).await.len();
            let link = world.purchase(product, JANE).await;
            location(&world.agree(&link).await);
            let url = format!("{link}/{page}");
            let presses = join_all((0..PRESSES).map(|_| world.post(&url, &[])));
            let downloads = join_all((0..PRESSES).map(|_| world.download(&link, "pdf")));
            let (_, downloads) = join(presses, downloads).await;
            world.stripe().idle().await;
            let is_given = |answer: &&Response| answer.status() == StatusCode::SEE_OTHER;
            let given = downloads.iter().filter(is_given).count();
            let returned = refunds(&world).await.len() - before;
            assert!(returned <= 1, "{product} {page}: {returned} refunds");
            let purchase = world.find_purchase(&link).await.unwrap();
            assert_eq!(usize::try_from(purchase.downloads).unwrap(), given);
            let told = format!("{product} {page}: {given} and {returned}");
            assert_eq!(given == 0, returned == 1, "{told}");
            assert_eq!(purchase.refunded_at.is_some(), returned == 1);
            assert_eq!(purchase.returning_at, None);
        }
    }
}

/// The number of sales, and of presses and webhooks for each.
const SALES: usize = 20;
const AT_ONCE: usize = 10;

/// The buyer presses, the author refunds it, and Stripe's webhooks come, all at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn whoever_gives_it_back_at_once_gives_it_back_once() {
    let _alone = alone().await;
    let world = World::open_in_the_eu().await;
    for _ in 0..SALES {
        let before = refunds(&world).await.len();
        let session = world.buy("wip-2e").await;
        let back = world.pay(&session, JANE).await;
        let link = location(&world.get(&back).await);
        let withdraw = format!("{link}/withdraw");
        let refund = json!({"action": "refund", "purchase": link});
        let event = completed(&session);
        let presses = join_all((0..AT_ONCE).map(|_| world.post(&withdraw, &[])));
        let webhooks = join_all((0..AT_ONCE).map(|_| world.webhook(&event)));
        let (_, webhooks, _): (_, _, Value) = join3(presses, webhooks, world.support(refund)).await;
        assert!(
            webhooks
                .iter()
                .all(|answer| answer.status() != StatusCode::BAD_REQUEST)
        );
        world.stripe().idle().await;
        assert_eq!(refunds(&world).await.len() - before, 1);
        let purchase = world.find_purchase(&link).await.unwrap();
        assert_eq!(purchase.closed(), Some(Closed::Refunded));
        assert_eq!(purchase.returning_at, None);
    }
}
