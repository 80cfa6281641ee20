//! The author refunds a purchase, once, however often the event is sent and whatever is lost.

use emulators::{
    faults::{CannedResponse, Effect, Rule, Service},
    stripe::ApiFault,
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use tests::world::{World, location, until_held};

const REFUND: &str = "POST /v1/refunds";

/// The amounts of Stripe's refunds, newest first.
async fn refunds(world: &World) -> Vec<i64> {
    let list = world.ask_stripe("refunds").await;
    let list = list["data"].as_array().unwrap();
    list.iter()
        .map(|refund| refund["amount"].as_i64().unwrap())
        .collect()
}

fn event(link: &str) -> Value {
    json!({"action": "refund", "purchase": link})
}

fn says(answer: &Value, part: &str) {
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains(part), "{part} is not in: {message}");
}

/// Stripe acts, but a proxy answers with an error page.
fn lost_answer() -> Rule {
    let page = CannedResponse {
        status: 502,
        content_type: "text/html".to_owned(),
        body: "<html><body><h1>502 Bad Gateway</h1></body></html>".to_owned(),
    };
    Rule::new(Service::Stripe, Effect::ActThenAnswer(page)).on(REFUND)
}

#[tokio::test]
async fn all_of_it_goes_back_once_and_the_link_is_closed() {
    let world = World::open().await;
    // Without webhooks, the function itself has to close the link.
    world.drop_webhooks();
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let first = world.support(event(&link)).await;
    assert_eq!(first["done"], true);
    says(
        &first,
        "29.00 USD of 29.00 USD have gone back, and the link is closed",
    );
    assert_eq!(first["purchases"][0]["link_is"], "refunded");
    assert_eq!(world.get(&link).await.status(), StatusCode::GONE);

    let second = world.support(event(&link)).await;
    assert_eq!(second["done"], false);
    says(&second, "all was given back before");
    assert_eq!(second["purchases"], first["purchases"]);
    assert_eq!(refunds(&world).await, [2900]);
}

#[tokio::test]
async fn a_part_goes_back_once_and_leaves_the_link_open() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let payment = world.payment(&link).await;
    let part = |amount: u64| json!({"action": "refund", "payment": payment, "amount": amount});
    let first = world.support(part(500)).await;
    says(
        &first,
        "5.00 USD of 29.00 USD have gone back, and the link is still open",
    );
    assert_eq!(first["purchases"][0]["link_is"], "open");
    let found = world
        .support(json!({"action": "find", "purchase": link}))
        .await;
    let found = &found["purchases"][0];
    assert_eq!(found["paid"], "29.00 USD");
    assert_eq!(
        (&found["given_back"], &found["amount_given_back"]),
        (&json!("5.00 USD"), &json!(500))
    );
    assert_eq!(found["refunded_at"], json!(null));
    let second = world.support(part(500)).await;
    assert_eq!(second["done"], false);
    says(&second, "`amount` is how much shall have gone back in all");
    assert_eq!(refunds(&world).await, [500]);
    world.stripe().idle().await;
    location(&world.download(&link, "pdf").await);

    says(&world.support(part(2901)).await, "only 29.00 USD was paid");
    says(&world.support(part(800)).await, "8.00 USD of 29.00 USD");
    says(&world.support(event(&link)).await, "29.00 USD of 29.00 USD");
    assert_eq!(refunds(&world).await, [2100, 300, 500]);
    assert_eq!(world.get(&link).await.status(), StatusCode::GONE);
}

#[tokio::test]
async fn a_refund_made_at_stripe_is_known_here() {
    let world = World::open().await;
    world.drop_webhooks();
    let link = world.purchase("wip-2e", "jane@example.com").await;
    world.refund(&link, None).await;
    let answer = world.support(event(&link)).await;
    assert_eq!(answer["done"], false);
    assert_eq!(answer["purchases"][0]["link_is"], "refunded");
    assert_eq!(refunds(&world).await, [2900]);
}

#[tokio::test]
async fn a_stripe_that_stumbles_before_or_after_it_acts_refunds_once() {
    for (fault, times) in [
        (ApiFault::FailBefore, 1),
        (ApiFault::FailBefore, 3),
        (ApiFault::FailAfter, 1),
    ] {
        let world = World::open().await;
        let link = world.purchase("wip-2e", "jane@example.com").await;
        let part = json!({"action": "refund", "purchase": link, "amount": 500});
        world.stripe().api_faults().fail_next(fault, times);
        assert_eq!(world.support(part.clone()).await["done"], true, "{fault:?}");
        assert_eq!(world.support(part).await["done"], false, "{fault:?}");
        assert_eq!(refunds(&world).await, [500], "{fault:?}");
    }
}

/// Stripe keeps its own failures under their idempotency keys for a day. The next event must not
/// meet them again.
#[tokio::test]
async fn a_stripe_that_fails_through_a_whole_event_refunds_at_the_next_one() {
    for (failures, events_in_vain) in [(4, 1), (6, 1), (9, 2)] {
        let world = World::open().await;
        let link = world.purchase("wip-2e", "jane@example.com").await;
        let part = json!({"action": "refund", "purchase": link, "amount": 500});
        let stripe = world.stripe().api_faults();
        stripe.fail_next(ApiFault::FailBefore, failures);
        for _ in 0..events_in_vain {
            let error = world.invoke("SupportFunction", &part).await.unwrap_err();
            let message = error["errorMessage"].as_str().unwrap();
            assert!(message.contains("outcome unknown"), "{message}");
            assert!(!message.contains(".."), "{message}");
        }
        assert!(refunds(&world).await.is_empty());
        assert_eq!(world.support(part.clone()).await["done"], true);
        assert_eq!(world.support(part).await["done"], false);
        assert_eq!(refunds(&world).await, [500], "{failures} failures");
    }
}

#[tokio::test]
async fn two_events_at_once_after_failures_of_stripe_refund_once() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let part = json!({"action": "refund", "purchase": link, "amount": 500});
    let stripe = world.stripe().api_faults();
    stripe.fail_next(ApiFault::FailBefore, 6);
    let event = || world.invoke("SupportFunction", &part);
    let _ = futures::join!(event(), event());
    let _ = futures::join!(event(), event());
    assert_eq!(world.support(part.clone()).await["done"], false);
    assert_eq!(refunds(&world).await, [500]);
}

/// A crash loses at most the count of the spoilt keys, and the next event counts them again.
#[tokio::test]
async fn a_count_of_spoilt_keys_that_was_not_written_is_made_again() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let part = json!({"action": "refund", "purchase": link, "amount": 500});
    let stripe = world.stripe().api_faults();
    stripe.fail_next(ApiFault::FailBefore, 4);
    let table_fails = async {
        until_pending(&world, 1).await;
        world
            .faults()
            .add(Rule::dynamodb_throttled().on("UpdateItem"));
    };
    let (failed, ()) = futures::join!(world.invoke("SupportFunction", &part), table_fails);
    failed.unwrap_err();
    world.faults().clear();
    world.invoke("SupportFunction", &part).await.unwrap_err();
    assert_eq!(world.support(part).await["done"], true);
    assert_eq!(refunds(&world).await, [500]);
}

/// Waits until Stripe's fault strikes no more than `left` requests.
async fn until_pending(world: &World, left: u32) {
    let pending = || world.stripe().api_faults().pending();
    while pending().is_some_and(|(_, times)| times > left) {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_refund_whose_answer_is_lost_is_found() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let part = json!({"action": "refund", "purchase": link, "amount": 500});
    world.faults().add(lost_answer().times(1));
    assert_eq!(world.support(part).await["done"], true);
    assert_eq!(refunds(&world).await, [500]);
}

#[tokio::test]
async fn an_unknown_outcome_is_said_and_the_same_event_brings_it_to_its_end() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    world
        .faults()
        .add(Rule::not_json(Service::Stripe).on(REFUND));
    let error = world
        .invoke("SupportFunction", &event(&link))
        .await
        .unwrap_err();
    assert_eq!(error["errorType"], "Failed");
    let message = error["errorMessage"].as_str().unwrap();
    for part in ["outcome unknown", "It is safe to send the same event again"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(refunds(&world).await.is_empty());
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);
    world.faults().clear();
    assert_eq!(world.support(event(&link)).await["done"], true);
    assert_eq!(refunds(&world).await, [2900]);
}

#[tokio::test]
async fn a_refund_that_was_made_while_stripe_was_lost_is_not_made_again() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let part = json!({"action": "refund", "purchase": link, "amount": 500});
    world
        .faults()
        .add(Rule::answer_lost(Service::Stripe).on(REFUND));
    let silence = async {
        until_held(world.faults(), 1).await;
        world.faults().add(Rule::not_json(Service::Stripe));
    };
    let (lost, ()) = futures::join!(world.invoke("SupportFunction", &part), silence);
    let message = lost.unwrap_err()["errorMessage"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(message.contains("outcome unknown"), "{message}");
    world.faults().clear();
    assert_eq!(world.support(part).await["done"], false);
    assert_eq!(refunds(&world).await, [500]);
}

#[tokio::test]
async fn two_events_at_once_refund_once() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let part = json!({"action": "refund", "purchase": link, "amount": 500});
    // Both ask Stripe what was refunded before either refunds anything.
    let stripe = world.stripe().api_faults();
    stripe.hold();
    let both_ask = async {
        stripe.held(2).await;
        stripe.release();
    };
    let slow = Effect::Delay { milliseconds: 500 };
    world
        .faults()
        .add(Rule::new(Service::Stripe, slow).on(REFUND));
    let (one, other, ()) =
        futures::join!(world.support(part.clone()), world.support(part), both_ask);
    for answer in [one, other] {
        says(&answer, "5.00 USD of 29.00 USD have gone back");
    }
    assert_eq!(refunds(&world).await, [500]);
}

#[tokio::test]
async fn what_stripe_refuses_is_said_in_its_words() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    world.dispute(&link).await;
    let answer = world.support(event(&link)).await;
    assert_eq!(answer["done"], false);
    says(&answer, "No money went back: 400");
    let message = answer["message"].as_str().unwrap();
    assert!(
        message.ends_with("charged back; cannot issue a refund."),
        "{message}"
    );
    assert_eq!(answer["purchases"][0]["link_is"], "paused by a dispute");
}

/// Stripe knows of a dispute, and of its end, before its webhook comes.
#[tokio::test]
async fn a_dry_run_promises_no_money_that_a_dispute_holds() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    world.drop_webhooks();
    let tried = async || {
        let mut event = event(&link);
        event["dry_run"] = json!(true);
        world.support(event).await
    };
    let dispute = world.dispute(&link).await;
    let update = async |status| {
        let url = world.stripe_url(&format!("/test/disputes/{dispute}/update"));
        let answer = world.post(&url, &[("status", status)]).await;
        assert!(answer.status().is_success(), "{answer:?}");
    };
    for status in ["under_review", "lost"] {
        update(status).await;
        let answer = tried().await;
        assert_eq!(answer["would"], Value::Null, "{status}");
        says(
            &answer,
            "Nothing can be given back: the payment is disputed",
        );
        assert_eq!(world.support(event(&link)).await["done"], false);
    }
    // An inquiry leaves the money with the author, and so does a dispute that was won.
    for status in ["warning_under_review", "won"] {
        update(status).await;
        let plan = tried().await["would"].as_str().unwrap().to_owned();
        assert!(plan.starts_with("give 29.00 USD back"), "{plan}");
    }
    assert!(refunds(&world).await.is_empty());
    assert_eq!(world.support(event(&link)).await["done"], true);
}

#[tokio::test]
async fn a_link_that_was_not_closed_in_time_is_closed_by_the_same_event() {
    let world = World::open().await;
    world.drop_webhooks();
    let link = world.purchase("wip-2e", "jane@example.com").await;
    world
        .faults()
        .add(Rule::dynamodb_throttled().on("UpdateItem").times(3));
    let error = world
        .invoke("SupportFunction", &event(&link))
        .await
        .unwrap_err();
    assert_eq!(error["errorType"], "Failed");
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);
    let answer = world.support(event(&link)).await;
    assert_eq!(answer["purchases"][0]["link_is"], "refunded");
    assert_eq!(refunds(&world).await, [2900]);
}

/// Pays with this card, and has the private link.
async fn purchase_with(world: &World, card: &str) -> String {
    let session = world.buy("wip-2e").await;
    let paid = world.try_to_pay(&session, "jane@example.com", card).await;
    if card == "bank_debit" {
        world.settle(&session, "succeeded").await;
    }
    let link = location(&world.get(&location(&paid)).await);
    world.stripe().idle().await;
    link
}

#[tokio::test]
async fn money_that_is_still_on_its_way_is_not_said_to_be_back() {
    for card in ["4000000000007726", "bank_debit"] {
        let world = World::open().await;
        let link = purchase_with(&world, card).await;
        let answer = world.support(event(&link)).await;
        assert_eq!(answer["done"], true);
        says(&answer, "29.00 USD of 29.00 USD are on their way back");
        says(
            &answer,
            "closed meanwhile. If the refund fails, it opens again",
        );
        assert_eq!(answer["purchases"][0]["link_is"], "refunded");

        let update = async |status| {
            let list = world.ask_stripe("refunds").await;
            let id = list["data"][0]["id"].as_str().unwrap();
            let url = world.stripe_url(&format!("/test/refunds/{id}/update"));
            world.post(&url, &[("status", status)]).await;
            world.stripe().idle().await;
        };
        update("requires_action").await;
        let again = world.support(event(&link)).await;
        assert_eq!(again["done"], false);
        says(&again, "Stripe waits for something");
        update("succeeded").await;
        says(
            &world.support(event(&link)).await,
            "have gone back, and the link is closed",
        );
        assert_eq!(refunds(&world).await, [2900]);
    }
}

/// The failed refund's idempotency key gets its first answer, a success, for a day.
#[tokio::test]
async fn a_refund_that_failed_can_be_made_again_on_the_same_day() {
    for status in ["failed", "canceled"] {
        let world = World::open().await;
        let link = purchase_with(&world, "4000000000007726").await;
        assert_eq!(world.support(event(&link)).await["done"], true);
        let list = world.ask_stripe("refunds").await;
        let id = list["data"][0]["id"].as_str().unwrap();
        let url = world.stripe_url(&format!("/test/refunds/{id}/update"));
        world.post(&url, &[("status", status)]).await;
        world.stripe().idle().await;
        assert_eq!(world.get(&link).await.status(), StatusCode::OK);

        let again = world.support(event(&link)).await;
        assert_eq!(again["done"], true, "{again}");
        says(&again, "29.00 USD of 29.00 USD are on their way back");
        assert_eq!(refunds(&world).await, [2900, 2900]);
        assert_eq!(world.support(event(&link)).await["done"], false);
        assert_eq!(refunds(&world).await.len(), 2);
    }
}

#[tokio::test]
async fn two_events_of_different_sums_at_once_give_no_more_than_the_larger() {
    for _ in 0..5 {
        let world = World::open().await;
        let link = world.purchase("wip-2e", "jane@example.com").await;
        let part = |amount: u64| json!({"action": "refund", "purchase": link, "amount": amount});
        let slow = Effect::Delay { milliseconds: 200 };
        world
            .faults()
            .add(Rule::new(Service::Stripe, slow).on(REFUND));
        let (one, other) = futures::join!(world.support(part(500)), world.support(part(800)));
        let went_back: i64 = refunds(&world).await.iter().sum();
        let told = [(500, &one), (800, &other)];
        let done = told.iter().filter(|(_, answer)| answer["done"] == true);
        assert_eq!(done.map(|(sum, _)| *sum).max(), Some(went_back));
        for (_, answer) in told.iter().filter(|(_, answer)| answer["done"] == false) {
            says(answer, "Nothing was changed");
        }
        world.faults().clear();
        // Whoever had to wait is served afterwards.
        world.support(part(800)).await;
        assert_eq!(refunds(&world).await.iter().sum::<i64>(), 800);
    }
}

#[tokio::test]
async fn after_a_refund_whose_outcome_is_unknown_another_sum_waits() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let part = |amount: u64| json!({"action": "refund", "purchase": link, "amount": amount});
    world
        .faults()
        .add(Rule::not_json(Service::Stripe).on(REFUND));
    world
        .invoke("SupportFunction", &part(500))
        .await
        .unwrap_err();
    world.faults().clear();
    // The dry run says what the event says.
    for dry_run in [true, false] {
        let mut other = part(800);
        other["dry_run"] = json!(dry_run);
        let other = world.support(other).await;
        assert_eq!(other["done"], false);
        says(&other, "a refund of another sum is under way");
    }
    let mut same = part(500);
    same["dry_run"] = json!(true);
    let same = world.support(same).await;
    says(&same, "The shop would give 5.00 USD of the 29.00 USD back");
    assert_eq!(world.support(part(500)).await["done"], true);
    assert_eq!(world.support(part(800)).await["done"], true);
    assert_eq!(refunds(&world).await, [300, 500]);
}
