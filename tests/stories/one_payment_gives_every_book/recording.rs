//! The copies are recorded together, once, and told in one mail.

use emulators::faults::{Rule, Service};
use reqwest::StatusCode;
use serde_json::json;
use tests::{
    state::{PAYMENT_SAFE, alone, assert_apology},
    world::{BOOK, World, completed, location},
};

use super::{BOTH, JANE, OTHER_BOOK, after_sales_to, copies, links, statuses};

#[tokio::test]
async fn two_books_are_two_copies_written_at_once_and_told_in_one_mail() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy(BOTH).await;
    let back = world.pay(&session, JANE).await;
    world.faults().clear_calls();
    let first = location(&world.get(&back).await);
    let calls = world.calls(Service::DynamoDb);
    let count = |operation: &str| calls.iter().filter(|call| *call == operation).count();
    assert_eq!(
        (count("TransactWriteItems"), count("PutItem")),
        (1, 0),
        "{calls:?}"
    );
    assert_eq!(
        world.webhook(&completed(&session)).await.status(),
        StatusCode::OK
    );
    assert_eq!(world.state().await, after_sales_to(&[JANE]));

    let links = links(&world, &first).await;
    let [of_payment, other] = copies(&world, &links).await;
    assert_eq!(of_payment.book_id.as_str(), BOOK);
    assert_eq!(other.book_id.as_str(), OTHER_BOOK);
    assert_eq!(of_payment.paid.unwrap().to_string(), "45.00 USD");
    assert_eq!(other.paid.unwrap().minor_units, 0);
    assert_eq!(of_payment.part_of, None);
    assert_eq!(other.part_of, Some(of_payment.id));
    assert_eq!(other.payment, of_payment.payment);

    let [mail] = &world.mails()[..] else {
        panic!("one mail tells of both");
    };
    assert!(mail.text.contains(&links[0]) && !mail.text.contains(&links[1]));
    for words in ["Writing Idiomatic Python", "Idiomatisches Python"] {
        assert!(
            mail.text.contains(words) && mail.html.contains(words),
            "{}",
            mail.text
        );
    }
}

/// The number of sales. Five calls at once compete to record the copies of each.
const RACES: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 16)]
async fn a_hundred_sales_each_told_by_five_at_once_make_their_copies_once() {
    let _alone = alone().await;
    let world = World::open().await;
    world.drop_webhooks();
    let buyers: Vec<_> = (0..RACES)
        .map(|buyer| format!("{buyer}@example.com"))
        .collect();
    let buyers: Vec<_> = buyers.iter().map(String::as_str).collect();
    world.sell_told_by_five(BOTH, &buyers).await;
    assert_eq!(world.state().await, after_sales_to(&buyers));
}

/// DynamoDB refuses a transaction while another one is changing one of its items.
#[tokio::test]
async fn a_transaction_that_meets_another_is_tried_again_and_nobody_notices() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy(BOTH).await;
    let back = world.pay(&session, JANE).await;
    world.faults().add(Rule::dynamodb_conflict().times(3));
    let first = location(&world.get(&back).await);
    assert_eq!(world.state().await, after_sales_to(&[JANE]));

    let links = links(&world, &first).await;
    world.faults().add(Rule::dynamodb_conflict().times(3));
    let refund = json!({"action": "refund", "purchase": first});
    assert_eq!(world.support(refund).await["done"], true);
    assert_eq!(statuses(&world, &links).await, [StatusCode::GONE; 2]);
}

#[tokio::test]
async fn a_transaction_that_meets_others_again_and_again_loses_nothing() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy(BOTH).await;
    let back = world.pay(&session, JANE).await;
    let conflict = world.faults().add(Rule::dynamodb_conflict());
    assert_apology(world.get(&back).await, PAYMENT_SAFE).await;
    let told = world.webhook(&completed(&session)).await;
    assert_eq!(told.status(), StatusCode::SERVICE_UNAVAILABLE);
    world.faults().remove(conflict);
    assert_eq!(world.purchases().await, 0);
    location(&world.get(&back).await);
    assert_eq!(world.state().await, after_sales_to(&[JANE]));
}

#[tokio::test]
async fn a_lost_answer_of_the_transaction_makes_no_second_copy_and_no_second_mail() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy(BOTH).await;
    let back = world.pay(&session, JANE).await;
    let lost = Rule::answer_lost(Service::DynamoDb).on("TransactWriteItems");
    world.faults().add(lost.times(1));
    location(&world.get(&back).await);
    assert_eq!(world.state().await, after_sales_to(&[JANE]));
}
