//! A fault at Stripe loses nothing: the buyer has not paid, or has the book, and is never told
//! "declined" where nobody knows.

use futures::future::join_all;
use local::fault_console::switches;
use reqwest::StatusCode;
use serde_json::json;

use tests::state::{NOTHING_CHARGED, PAYMENT_SAFE, ShopState, alone, assert_apology};
use tests::world::{World, completed, location};

const JANE: &str = "jane@example.com";

/// The effects of a fault on Buy Now.
struct Case {
    fault: &'static str,
    /// Whether the buyer sees it if it strikes once. An idempotency key that got a 500 gets it
    /// again.
    is_seen_once: bool,
    /// The number of sessions that it leaves at Stripe. Nobody knows their address or pays them.
    left_behind: usize,
}

const fn case(fault: &'static str, is_seen_once: bool, left_behind: usize) -> Case {
    Case {
        fault,
        is_seen_once,
        left_behind,
    }
}

/// The faults that strike requests without an idempotency key, too.
fn without_key() -> impl Iterator<Item = &'static Case> {
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
            assert_eq!(world.state().await.sessions, case.left_behind);
        } else {
            assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", case.fault);
            assert_eq!(world.state().await.sessions, 1, "{}", case.fault);
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
        let nothing = ShopState {
            sessions: case.left_behind,
            ..ShopState::empty()
        };
        assert_eq!(world.state().await, nothing, "{}", case.fault);

        world.purchase("wip-2e", JANE).await;
        let one_sale = ShopState {
            sessions: case.left_behind + 1,
            ..ShopState::after_sales_to(&[JANE])
        };
        assert_eq!(world.state().await, one_sale, "{}", case.fault);
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
        // After this status, Stripe sends the webhook again.
        assert_eq!(webhook.status(), StatusCode::SERVICE_UNAVAILABLE);
        world.all_off().await;
        let paid_and_no_more = ShopState {
            sessions: 1,
            charges: vec![2900],
            ..ShopState::empty()
        };
        assert_eq!(world.state().await, paid_and_no_more, "{}", case.fault);

        assert_eq!(world.webhook(&event).await.status(), StatusCode::OK);
        let link = location(&world.get(&back).await);
        assert_eq!(world.get(&link).await.status(), StatusCode::OK);
        assert_eq!(
            world.state().await,
            ShopState::after_sales_to(&[JANE]),
            "{}",
            case.fault
        );
    };
    join_all(without_key().map(story)).await;
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
            world.state().await,
            ShopState::after_sales_to(&[JANE]),
            "{}",
            case.fault
        );
    };
    join_all(without_key().map(story)).await;
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
    let subjects: Vec<_> = world.mails().into_iter().map(|mail| mail.subject).collect();
    let book = "Writing Idiomatic Python";
    let expected = [
        format!("Your copy of {book}"),
        format!("Your refund for {book}"),
    ];
    assert_eq!(subjects, expected);
}
