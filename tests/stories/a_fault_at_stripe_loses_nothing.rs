//! A fault at Stripe loses nothing: the buyer has not paid, or has the book, and is never told
//! "declined" where nobody knows.

use futures::future::join_all;
use local::fault_console::switches;
use reqwest::StatusCode;
use serde_json::json;

use tests::look::{Look, NOTHING_CHARGED, PAYMENT_SAFE, alone, assert_apology};
use tests::world::{World, completed, location};

const JANE: &str = "jane@example.com";

/// What a fault makes of Buy Now.
struct Case {
    fault: &'static str,
    /// Whether the buyer sees it if it strikes once: a key that answers 500 does so for good.
    is_seen_once: bool,
    /// Checkouts that it leaves at Stripe; nobody has their address, so nobody pays them.
    left_behind: usize,
}

const fn case(fault: &'static str, is_seen_once: bool, left_behind: usize) -> Case {
    Case {
        fault,
        is_seen_once,
        left_behind,
    }
}

/// The faults that strike a question, too: a key is spoilt only where there is one.
fn questions() -> impl Iterator<Item = &'static Case> {
    CASES.iter().filter(|case| !case.is_seen_once)
}

const CASES: [Case; 10] = [
    case("stripe-no-answer", false, 0),
    case("stripe-answer-lost", false, 1),
    case("stripe-closes", false, 0),
    case("stripe-5xx", false, 0),
    case("stripe-not-json", false, 0),
    case("stripe-nonsense", false, 0),
    case("stripe-key-in-use", false, 0),
    case("stripe-too-many", false, 0),
    case("stripe-fails-before", true, 0),
    case("stripe-fails-after", true, 1),
];

#[test]
fn every_fault_of_stripes_is_tried() {
    let tried: Vec<_> = CASES.iter().map(|case| case.fault).collect();
    let all: Vec<_> = switches()
        .into_iter()
        .filter(|switch| switch.service == "Stripe")
        .map(|switch| switch.name)
        .collect();
    assert_eq!(tried, all);
}

#[tokio::test]
async fn a_fault_that_strikes_once_is_not_seen_by_who_presses_buy_now() {
    let _alone = alone().await;
    let story = async |case: &Case| {
        let world = World::open().await;
        world.switch_on(case.fault, "1").await;
        let fields = [("product_id", "wip-2e")];
        let answer = world.post(&world.url("/buy"), &fields).await;
        if case.is_seen_once {
            assert_apology(answer, NOTHING_CHARGED).await;
            assert_eq!(world.look().await.sessions, case.left_behind);
        } else {
            assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", case.fault);
            assert_eq!(world.look().await.sessions, 1, "{}", case.fault);
        }
    };
    join_all(CASES.iter().map(story)).await;
}

#[tokio::test]
async fn a_fault_that_stays_is_an_apology_at_buy_now_and_the_next_press_is_one_sale() {
    let _alone = alone().await;
    let story = async |case: &Case| {
        let world = World::open().await;
        world.switch_on(case.fault, "").await;
        let fields = [("product_id", "wip-2e")];
        let answer = world.post(&world.url("/buy"), &fields).await;
        assert_apology(answer, NOTHING_CHARGED).await;
        world.all_off().await;
        let nothing = Look {
            sessions: case.left_behind,
            ..Look::of_nothing()
        };
        assert_eq!(world.look().await, nothing, "{}", case.fault);

        world.purchase("wip-2e", JANE).await;
        let one_sale = Look {
            sessions: case.left_behind + 1,
            ..Look::of_sales_to(&[JANE])
        };
        assert_eq!(world.look().await, one_sale, "{}", case.fault);
    };
    join_all(CASES.iter().map(story)).await;
}

#[tokio::test]
async fn a_fault_after_paying_is_an_apology_and_then_the_book() {
    let _alone = alone().await;
    let story = async |case: &Case| {
        let world = World::open().await;
        world.drop_webhooks();
        let session = world.buy("wip-2e").await;
        let back = world.pay(&session, JANE).await;

        world.switch_on(case.fault, "").await;
        let event = completed(&session);
        let (page, webhook) = tokio::join!(world.get(&back), world.webhook(&event));
        assert_apology(page, PAYMENT_SAFE).await;
        // Not "received": Stripe comes again.
        assert_eq!(webhook.status(), StatusCode::SERVICE_UNAVAILABLE);
        world.all_off().await;
        let paid_and_no_more = Look {
            sessions: 1,
            charges: vec![2900],
            ..Look::of_nothing()
        };
        assert_eq!(world.look().await, paid_and_no_more, "{}", case.fault);

        assert_eq!(world.webhook(&event).await.status(), StatusCode::OK);
        let link = location(&world.get(&back).await);
        assert_eq!(world.get(&link).await.status(), StatusCode::OK);
        assert_eq!(
            world.look().await,
            Look::of_sales_to(&[JANE]),
            "{}",
            case.fault
        );
    };
    join_all(questions().map(story)).await;
}

#[tokio::test]
async fn a_fault_that_strikes_once_after_paying_is_not_seen() {
    let _alone = alone().await;
    let story = async |case: &Case| {
        let world = World::open().await;
        world.drop_webhooks();
        let session = world.buy("wip-2e").await;
        let back = world.pay(&session, JANE).await;
        world.switch_on(case.fault, "1").await;
        location(&world.get(&back).await);
        assert_eq!(
            world.look().await,
            Look::of_sales_to(&[JANE]),
            "{}",
            case.fault
        );
    };
    join_all(questions().map(story)).await;
}

#[tokio::test]
async fn a_refund_that_the_shop_cannot_ask_about_closes_the_link_when_stripe_is_back() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    let payment = world.payment(&link).await;
    world.drop_webhooks();
    world.refund(&link, None).await;
    let event = json!({
        "id": "evt_1", "type": "charge.refunded",
        "data": {"object": {"id": "ch_1", "payment_intent": payment}},
    });

    world.switch_on("stripe-5xx", "").await;
    let answer = world.webhook(&event).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    world.all_off().await;
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);
    assert_eq!(world.webhook(&event).await.status(), StatusCode::OK);
    assert_eq!(world.get(&link).await.status(), StatusCode::GONE);
    assert_eq!(world.mails().len(), 1);
}
