//! What fails stops nobody else, and the next run does the rest.

use emulators::faults::{Rule, Service};
use reqwest::StatusCode;
use serde_json::json;
use tests::world::completed;

use super::{PRODUCT, cut_off, grow_old, link_of, reconcile, repaired, sell_and_close, status};

#[tokio::test]
async fn a_book_that_is_gone_cannot_be_repaired_and_stops_nobody() {
    let world = cut_off().await;
    sell_and_close(&world, PRODUCT, "jane@example.com").await;
    let session = sell_and_close(&world, "wip-1e", "joe@example.com").await;
    sell_and_close(&world, PRODUCT, "jim@example.com").await;
    world.delete_from_catalogue("book/wip-1e").await;

    let payment = world.payment_of_session(&session).await;
    let link = link_of(&world, &session).await;
    let reference = &link.rsplit('/').next().unwrap()[..8];
    for repaired in [2, 0] {
        let answer = reconcile(&world).await;
        let expected = json!([{
            "purchase": reference, "payment": payment,
            "why": "Failed to find the book of a purchase: `wip-1e` is not in the catalogue; \
                    publish it again",
        }]);
        assert_eq!(answer["unrepairable"], expected);
        assert_eq!(
            (&answer["checked"], &answer["repaired"]),
            (&json!(3), &json!(repaired))
        );
    }
    assert_eq!((world.purchases().await, world.mails().len()), (2, 2));
}

#[tokio::test]
async fn when_a_list_fails_what_was_repaired_stays_and_the_next_run_does_the_rest() {
    let world = cut_off().await;
    let debit = world.buy(PRODUCT).await;
    world.pay_by_bank(&debit, "jane@example.com").await;
    grow_old(&world, &debit, "14").await;
    world.settle(&debit, "succeeded").await;
    world.stripe().idle().await;
    let sale = sell_and_close(&world, PRODUCT, "joe@example.com").await;

    // Stripe lists the sessions, but not the events.
    let rule = Rule::stripe_5xx().on("GET /v1/events");
    let rule = world.faults().add(rule);
    let error = world.invoke("ReconcileFunction", &json!({})).await;
    let message = error.unwrap_err()["errorMessage"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        message.contains("Failed to list Stripe's events: outcome unknown: 500"),
        "{message}"
    );
    assert!(message.contains("It is safe to send the same event again"));
    let link = link_of(&world, &sale).await;
    assert_eq!(status(&world, &link).await, StatusCode::OK);
    assert_eq!((world.purchases().await, world.mails().len()), (1, 1));

    world.faults().remove(rule);
    assert_eq!(reconcile(&world).await, repaired(2, 1));
    assert_eq!(world.mails().len(), 2);
}

#[tokio::test]
async fn when_stripe_does_not_answer_for_one_sale_the_others_are_repaired() {
    let world = cut_off().await;
    for email in ["jane@example.com", "joe@example.com"] {
        sell_and_close(&world, PRODUCT, email).await;
    }
    let rule = Rule::stripe_5xx().on_path("/v1/checkout/sessions/cs_");
    world.faults().add(rule.times(2));
    let answer = reconcile(&world).await;
    assert_eq!(
        (&answer["checked"], &answer["repaired"]),
        (&json!(2), &json!(1))
    );
    let why = answer["unrepairable"][0]["why"].as_str().unwrap();
    assert!(
        why.contains("Failed to ask Stripe for the checkout: outcome unknown: 500"),
        "{why}"
    );
    assert_eq!(reconcile(&world).await, repaired(2, 1));
    assert_eq!(world.mails().len(), 2);
}

#[tokio::test]
async fn when_ses_fails_the_sale_counts_as_not_repaired_and_the_next_run_mails() {
    let world = cut_off().await;
    let session = sell_and_close(&world, PRODUCT, "jane@example.com").await;
    let rule = world.faults().add(Rule::close_connection(Service::Ses));
    let answer = reconcile(&world).await;
    assert_eq!(answer["repaired"], 0);
    let why = answer["unrepairable"][0]["why"].as_str().unwrap();
    assert!(why.starts_with("Failed to send the mail"), "{why}");
    // The private link works without the mail.
    let link = link_of(&world, &session).await;
    assert_eq!(status(&world, &link).await, StatusCode::OK);

    world.faults().remove(rule);
    world.an_hour_passes(&link).await;
    assert_eq!(reconcile(&world).await, repaired(1, 1));
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn when_ses_never_answers_the_shop_does_and_mails_an_hour_later() {
    let world = cut_off().await;
    let session = sell_and_close(&world, PRODUCT, "jane@example.com").await;
    let rule = world.faults().add(Rule::no_answer(Service::Ses));
    let webhook = world.webhook(&completed(&session)).await;
    assert_eq!(webhook.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(webhook.text().await.unwrap().contains("Sorry"));
    let link = link_of(&world, &session).await;
    let purchase = world.find_purchase(&link).await.unwrap();
    let receipt = purchase.deliveries.receipt;
    assert_eq!((receipt.claimed_by, purchase.mailed_at), (None, None));

    world.faults().remove(rule);
    assert_eq!(reconcile(&world).await, repaired(1, 0));
    world.an_hour_passes(&link).await;
    assert_eq!(reconcile(&world).await, repaired(1, 1));
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn an_address_that_takes_no_mail_rings_once_and_stays_listed() {
    let world = cut_off().await;
    let session = sell_and_close(&world, PRODUCT, "gone@refused.example").await;
    let answer = reconcile(&world).await;
    let why = answer["unrepairable"][0]["why"].as_str().unwrap();
    assert!(why.contains("refused for good"), "{why}");
    // It has rung; from now on it is listed.
    for _ in 0..2 {
        let mut again = reconcile(&world).await;
        let listed = again.as_object_mut().unwrap().remove("undelivered");
        assert_eq!(listed.unwrap()[0]["why"], why);
        assert_eq!(again, repaired(1, 0));
    }
    let link = link_of(&world, &session).await;
    assert_eq!(status(&world, &link).await, StatusCode::OK);
}
