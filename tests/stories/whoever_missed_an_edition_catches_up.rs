//! Whoever missed the current edition catches up, slowly where the author asks for that.

use aws_sdk_dynamodb::types::AttributeValue::{N, S};
use bookstall::domain::purchase::Purchase;
use emulators::{
    dynamodb::PURCHASES_TABLE,
    faults::{Rule, Service},
};
use serde_json::{Value, json};

use crate::an_update_reaches_every_buyer_once::{PRODUCT, notified, push};
use tests::world::{BOOK, World, aws_client, purchase, purchases_of};

/// Records a purchase whose buyer knows an edition before the current first one, such as an import
/// makes.
async fn record_owed(world: &World, email: &str) -> Purchase {
    let owed = Purchase {
        edition: 0,
        edition_bought: 0,
        mailed_at: None,
        ..purchase(PRODUCT, email)
    };
    let purchases = purchases_of(&world.shop);
    purchases.record(std::slice::from_ref(&owed)).await.unwrap();
    owed
}

async fn record_owed_many(world: &World, emails: impl IntoIterator<Item = String>) {
    for email in emails {
        record_owed(world, &email).await;
    }
}

/// Invokes `push-update` with the event of `--catch-up` and these fields besides.
async fn catch_up(world: &World, more: Value) -> Value {
    let mut event = json!({"book": BOOK, "catch_up": true});
    let more = more.as_object().unwrap().clone();
    event.as_object_mut().unwrap().extend(more);
    world.invoke("PushUpdateFunction", &event).await.unwrap()
}

/// The recipients of all mails, sorted.
fn mailed(world: &World) -> Vec<String> {
    let mut to: Vec<_> = world.mails().into_iter().flat_map(|mail| mail.to).collect();
    to.sort();
    to
}

#[tokio::test]
async fn the_current_edition_reaches_who_is_owed_it_and_stays_the_current_one() {
    let world = World::open().await;
    record_owed_many(
        &world,
        ["jane", "joe"].map(|name| format!("{name}@example.com")),
    )
    .await;
    world.record_purchase(PRODUCT, "ann@example.com").await;
    let before = world.book(BOOK).await;
    let is_owed = async |email: &str| {
        let found = json!({"action": "find", "email": email});
        world.support(found).await["purchases"][0]["update_owed"].clone()
    };
    assert_eq!(is_owed("jane@example.com").await, true);
    assert_eq!(is_owed("ann@example.com").await, false);

    let tried = catch_up(&world, json!({"dry_run": true})).await;
    let tried = &tried["dry_run"];
    assert_eq!(
        (&tried["addresses"], &tried["edition"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(tried["version"], json!(before.version));
    assert!(mailed(&world).is_empty());

    let first = catch_up(&world, json!({})).await;
    assert_eq!(
        first,
        json!({"edition": 1, "sent": 2, "mailed": 2, "failed": 0, "skipped": {}, "owed": 0})
    );
    assert_eq!(mailed(&world), ["jane@example.com", "joe@example.com"]);
    assert_eq!(world.book(BOOK).await, before);
    assert_eq!(is_owed("jane@example.com").await, false);
    assert_eq!(catch_up(&world, json!({})).await["sent"], 0);
}

#[tokio::test]
async fn who_was_left_by_an_interrupted_push_is_mailed_the_edition_of_that_push() {
    let world = World::open().await;
    for name in ["a", "b", "c"] {
        let email = format!("{name}@example.com");
        world.record_purchase(PRODUCT, &email).await;
    }
    let interrupted = Rule::close_connection(Service::Ses).on("SendEmail");
    world.faults().add(interrupted.times(2));
    assert_eq!(push(&world).await["owed"], 2);

    let rest = catch_up(&world, json!({})).await;
    assert_eq!(
        (&rest["edition"], &rest["sent"], &rest["owed"]),
        (&json!(2), &json!(2), &json!(0))
    );
    let everyone = ["a@example.com", "b@example.com", "c@example.com"];
    assert_eq!(notified(&world), everyone);
}

#[tokio::test]
async fn a_later_run_leaves_a_newer_edition_to_its_own_push() {
    let world = World::open().await;
    record_owed(&world, "jane@example.com").await;
    push(&world).await;
    record_owed(&world, "joe@example.com").await;
    let so_far = |edition: u32| json!({"resume": true, "so_far": {"edition": edition}});
    let late = catch_up(&world, so_far(1)).await;
    assert_eq!(
        (&late["stopped"], &late["sent"]),
        (&json!("superseded"), &json!(0))
    );
    assert_eq!(catch_up(&world, so_far(2)).await["sent"], 1);
}

#[tokio::test]
async fn a_run_of_a_slow_push_sends_the_share_of_half_an_hour() {
    let world = World::open().await;
    record_owed_many(
        &world,
        (0..12).map(|number| format!("buyer{number:02}@example.com")),
    )
    .await;
    let mut so_far = json!({"push": "slow-1"});
    let mut sent = Vec::new();
    loop {
        let run = catch_up(&world, json!({"per_hour": 10, "so_far": so_far})).await;
        sent.push(run["sent"].as_u64().unwrap());
        assert_eq!(run["failed"], 0, "{run}");
        if run["owed"] == 0 {
            assert_eq!(run["wait_seconds"], json!(null));
            break;
        }
        assert_eq!(
            (&run["stopped"], &run["wait_seconds"]),
            (&json!("pace"), &json!(1800))
        );
        let counted = world
            .shop
            .emulators()
            .mailbox
            .sending_events("push", "slow-1");
        assert_eq!(counted.sent, sent.iter().sum::<u64>());
        so_far = json!({"push": "slow-1", "edition": 1, "counted": counted.sent});
    }
    assert_eq!(sent, [5, 5, 2]);
    assert_eq!(mailed(&world).len(), 12);
}

#[tokio::test]
async fn a_slow_push_stops_when_its_mails_bounce_and_a_new_one_goes_on() {
    let world = World::open().await;
    let bouncing = |number| format!("bounce+{number}@simulator.amazonses.com");
    record_owed_many(&world, (0..5).map(bouncing)).await;
    let slow =
        async |so_far: Value| catch_up(&world, json!({"per_hour": 10, "so_far": so_far})).await;
    assert_eq!(slow(json!({"push": "first"})).await["sent"], 5);
    record_owed_many(
        &world,
        ["jane", "joe"].map(|name| format!("{name}@example.com")),
    )
    .await;

    let events = |name| world.shop.emulators().mailbox.sending_events("push", name);
    let seen = events("first");
    let so_far = json!({
        "push": "first", "edition": 1, "mailed": 5,
        "counted": seen.sent, "bounced": seen.bounced,
    });
    let stopped = slow(so_far).await;
    assert_eq!(
        (&stopped["stopped"], &stopped["sent"], &stopped["owed"]),
        (&json!("bounces"), &json!(0), &json!(2))
    );
    let reason = stopped["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("100.0 % of the mails bounced: 5 of 5"),
        "{reason}"
    );

    assert_eq!(slow(json!({"push": "second"})).await["sent"], 2);
    let second = events("second");
    assert_eq!((second.sent, second.bounced), (2, 0));
}

#[tokio::test]
async fn a_slow_push_whose_bounces_nobody_counts_stops() {
    let world = World::open().await;
    record_owed(&world, "jane@example.com").await;
    let so_far = json!({"push": "a", "edition": 1, "mailed": 10, "counted": 0});
    let run = catch_up(&world, json!({"per_hour": 10, "so_far": so_far})).await;
    assert_eq!(
        (&run["stopped"], &run["owed"]),
        (&json!("unmeasured"), &json!(1))
    );
    assert!(mailed(&world).is_empty());
}

#[tokio::test]
async fn a_dry_run_says_what_a_first_mail_to_imported_addresses_can_do() {
    let world = World::open().await;
    let table = aws_client(&world.shop.emulators().aws);
    for number in 0..50 {
        let owed = record_owed(&world, &format!("buyer{number}@example.com")).await;
        let import = table.update_item().table_name(PURCHASES_TABLE);
        let import = import
            .key("id", S(owed.id.secret()))
            .update_expression("SET imported_from = :from, imported_copies = :one")
            .expression_attribute_values(":from", S("gumroad".to_owned()))
            .expression_attribute_values(":one", N("1".to_owned()));
        import.send().await.unwrap();
    }
    let tried = catch_up(&world, json!({"dry_run": true, "per_hour": 10})).await;
    let tried = &tried["dry_run"];
    assert_eq!(
        (&tried["first_mails"], &tried["hours"]),
        (&json!(50), &json!(4.5))
    );
    let warning = tried["warnings"][0].as_str().unwrap();
    assert!(
        warning.starts_with("50 of 50 addresses were imported"),
        "{warning}"
    );
}
