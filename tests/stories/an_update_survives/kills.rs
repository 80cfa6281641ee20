//! A run that is killed is finished by the next.

use bookstall::{
    domain::{delivery::NotMailed, timestamp::Timestamp},
    runtime::clock,
};
use emulators::faults::{Effect, Service};
use push_update::Pushed;
use tests::world::World;

use super::run_for;
use crate::an_update_reaches_every_buyer_once::{PRODUCT, notified};

/// Runs `push-update` at a given time.
async fn run_at(world: &World, id: &str, now: Timestamp) -> Pushed {
    run_for(world, id, now, 900).await
}

/// Runs the function and kills it when it is about to read the response to this call.
async fn killed_at(world: &World, service: Service, operation: &str, effect: Effect) {
    let running = Box::pin(run_at(world, "killed", clock::now()));
    world.kill_at((service, operation, effect), running).await;
}

fn later() -> Timestamp {
    clock::now().plus_seconds(61)
}

#[tokio::test]
async fn killed_before_the_mail_went_out_it_is_sent_when_the_claim_is_stale() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    killed_at(&world, Service::Ses, "SendEmail", Effect::NoAnswer).await;
    assert!(notified(&world).is_empty());

    let at_once = run_at(&world, "second", clock::now()).await;
    let under_way = at_once.skipped.of(NotMailed::UnderWay);
    assert_eq!((at_once.sent, under_way, at_once.owed), (0, 1, 1));
    let later = run_at(&world, "third", later()).await;
    assert_eq!((later.sent, later.owed), (1, 0));
    assert_eq!(notified(&world), ["jane@example.com"]);
}

#[tokio::test]
async fn killed_between_mail_and_mark_there_is_a_second_mail_and_never_a_missing_one() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    killed_at(&world, Service::Ses, "SendEmail", Effect::ActThenNoAnswer).await;
    assert_eq!(notified(&world).len(), 1);
    assert_eq!(run_at(&world, "second", later()).await.owed, 0);
    assert_eq!(notified(&world).len(), 2);
    assert_eq!(run_at(&world, "third", later()).await.sent, 0);
}

/// The calls at which a run is killed.
const KILLED_AT: [(&str, Effect); 6] = [
    ("GetItem", Effect::NoAnswer),
    ("TransactWriteItems", Effect::NoAnswer),
    ("TransactWriteItems", Effect::ActThenNoAnswer),
    ("Query", Effect::NoAnswer),
    ("UpdateItem", Effect::NoAnswer),
    ("UpdateItem", Effect::ActThenNoAnswer),
];

#[tokio::test]
async fn killed_at_any_call_to_dynamodb_the_next_run_finishes() {
    for (operation, effect) in KILLED_AT {
        let world = World::open().await;
        let link = world.purchase(PRODUCT, "jane@example.com").await;
        killed_at(&world, Service::DynamoDb, operation, effect.clone()).await;
        let pushed = run_at(&world, "second", later()).await;
        assert_eq!(
            (pushed.edition, pushed.sent, pushed.owed),
            (2, 1, 0),
            "{operation} {effect:?}"
        );
        assert_eq!(
            notified(&world),
            ["jane@example.com"],
            "{operation} {effect:?}"
        );
        assert_eq!(world.find_purchase(&link).await.unwrap().edition, 2);
    }
}
