//! Whoever finds that a buyer's press gave the money back, the author is told of it once, and every mail has
//! the sum that went back by it.

use emulators::faults::{Rule, Service};
use futures::future::{join, join_all};
use reqwest::StatusCode;
use serde_json::json;
use tests::world::{World, until_held};

use crate::a_buyer_withdraws::{AUTHOR, JANE, mails_to, says, seconds_pass};

const REFUND: &str = "POST /v1/refunds";

/// Stripe gives the money back and its answer is lost, and so is the link to Stripe until that was asked.
async fn press_whose_answer_is_lost(world: &World, url: &str, fields: &[(&str, &str)]) {
    world
        .faults()
        .add(Rule::answer_lost(Service::Stripe).on(REFUND));
    let silence = async {
        until_held(world.faults(), 1).await;
        world.faults().add(Rule::not_json(Service::Stripe));
    };
    let (answer, ()) = join(world.post(url, fields), silence).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    world.faults().clear();
}

/// Has somebody find that the money went back: a later press, Stripe's webhook, or the author's own refund.
async fn find_out(world: &World, finder: &str, link: &str, url: &str) {
    match finder {
        "press" => {
            let (status, told) = says(world, url, &[]).await;
            assert_eq!(status, StatusCode::OK, "{told}");
        }
        "webhook" => {
            let payment = world.payment(link).await;
            let event = json!({
                "id": "evt_1", "type": "charge.refunded",
                "data": {"object": {"id": "ch_1", "payment_intent": payment}},
            });
            assert_eq!(world.webhook(&event).await.status(), StatusCode::OK);
        }
        "author" => {
            let refund = json!({"action": "refund", "purchase": link});
            let answer = world.support(refund).await;
            assert_eq!(answer["already"], true, "{answer}");
        }
        _ => {
            world.invoke("ReconcileFunction", &json!({})).await.unwrap();
        }
    }
}

async fn is_told_once(finder: &str, page: &str, to_author: &str) {
    let world = World::open_with_variables(&[("WITHDRAWAL", "eu"), ("REFUND_DAYS", "30")]).await;
    let link = world.purchase("wip-both", JANE).await;
    world.refund(&link, Some(500)).await;
    world.drop_webhooks();
    let url = format!("{link}/{page}");
    let reason = [("reason", "not for me")];
    press_whose_answer_is_lost(&world, &url, &reason).await;
    assert!(mails_to(&world, AUTHOR, "A ").is_empty(), "{finder}");
    seconds_pass(&world, &link, "refund_free_at", 1).await;
    find_out(&world, finder, &link, &url).await;
    let told_by_press = mails_to(&world, AUTHOR, to_author).len();
    assert_eq!(told_by_press == 1, ["press", "reconcile"].contains(&finder));
    for _ in 0..2 {
        world.invoke("ReconcileFunction", &json!({})).await.unwrap();
        says(&world, &url, &reason).await;
    }
    let [mail] = &mails_to(&world, AUTHOR, "A ")[..] else {
        panic!("{finder}, {page}: {:?}", world.mails());
    };
    assert!(mail.subject.starts_with(to_author), "{}", mail.subject);
    assert!(mail.text.contains("40.00 USD"), "{}", mail.text);
    assert!(mail.text.contains("not for me"), "{}", mail.text);
    let item = world.raw_item(&link).await;
    let left = item.keys().filter(|name| name.contains("return"));
    let left: Vec<_> = left.collect();
    assert!(left.is_empty(), "{finder}, {page}: {left:?}");
}

/// Whoever finds that the money went back, the author is told of it once, with the sum and the reason.
#[tokio::test]
async fn the_author_hears_of_a_refund_whose_outcome_was_unknown() {
    let told = ["press", "reconcile", "webhook", "author"].map(|finder| {
        join(
            is_told_once(finder, "withdraw", "A buyer withdrew"),
            is_told_once(finder, "refund", "A buyer had a refund"),
        )
    });
    join_all(told).await;
}

/// What is acknowledged late names the sum that the withdrawal gave back, and not what went before it.
#[tokio::test]
async fn a_late_acknowledgement_names_what_the_withdrawal_gave_back() {
    let world = World::open_in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    world.refund(&link, Some(500)).await;
    world.drop_webhooks();
    world.faults().add(Rule::ses_throttled().times(1));
    let (status, page) = says(&world, &format!("{link}/withdraw"), &[]).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    assert!(mails_to(&world, JANE, "We received your withdrawal").is_empty());
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    let [mail] = &mails_to(&world, JANE, "We received your withdrawal")[..] else {
        panic!("{:?}", world.mails());
    };
    let text = mail.text.replace('\n', " ");
    assert!(text.contains("24.00 USD go back"), "{text}");
    assert!(!text.contains("29.00 USD go back"), "{text}");
}
