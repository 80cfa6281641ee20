//! An update reaches every buyer, once.

use emulators::faults::{Rule, Service};
use reqwest::StatusCode;
use serde_json::{Value, json};

use tests::world::{BOOK, World, location};

pub(crate) const PRODUCT: &str = "wip-2e";

pub(crate) fn update() -> Value {
    serde_json::from_str(include_str!("../../events/push-update.json")).unwrap()
}

pub(crate) async fn push(world: &World) -> Value {
    world.invoke("PushUpdateFunction", &update()).await.unwrap()
}

/// The recipients of the update's mails, sorted.
pub(crate) fn notified(world: &World) -> Vec<String> {
    let is_update = |mail: &emulators::ses::Mail| mail.subject.contains("2nd edition, 2.1");
    let mut told: Vec<_> = world
        .mails()
        .into_iter()
        .filter(is_update)
        .flat_map(|mail| mail.to)
        .collect();
    told.sort();
    told
}

#[tokio::test]
async fn everyone_who_bought_is_mailed_their_own_link_and_has_five_downloads_of_the_new_edition() {
    let world = World::open().await;
    let jane = world.purchase(PRODUCT, "jane@example.com").await;
    let joe = world.purchase(PRODUCT, "joe@example.com").await;
    let other = world.purchase("wip-1e", "other@example.com").await;
    for _ in 0..5 {
        world.download(&jane, "pdf").await;
    }

    let answer = push(&world).await;
    assert_eq!(
        answer,
        json!({"edition": 2, "sent": 2, "mailed": 2, "failed": 0, "skipped": {}, "owed": 0})
    );
    assert_eq!(notified(&world), ["jane@example.com", "joe@example.com"]);
    let mails = world.mails();
    let to_joe = mails
        .iter()
        .rfind(|mail| mail.to == ["joe@example.com"])
        .unwrap();
    assert!(to_joe.text.contains(&joe) && !to_joe.text.contains(&jane));

    assert_eq!(
        world.private_page(&jane).await["books"][0]["downloads_left"],
        5
    );
    assert_eq!(
        world.private_page(&jane).await["books"][0]["version"],
        "2nd edition, 2.1"
    );
    let address = location(&world.download(&jane, "pdf").await);
    assert!(
        address.contains("2e-2.1.pdf") && address.contains("2.1.pdf%22"),
        "{address}"
    );
    assert_eq!(world.find_purchase(&other).await.unwrap().edition, 1);
}

#[tokio::test]
async fn an_update_takes_no_download_that_the_author_gave() {
    let world = World::open().await;
    let jane = world.purchase(PRODUCT, "jane@example.com").await;
    let give = json!({"action": "give", "purchase": jane, "downloads": 50});
    assert_eq!(world.support(give).await["done"], true);
    assert_eq!(push(&world).await["sent"], 1);
    assert_eq!(
        world.private_page(&jane).await["books"][0]["downloads_left"],
        50
    );
    assert_eq!(world.find_purchase(&jane).await.unwrap().edition, 2);
    let mail = world.mails().pop().unwrap();
    let text = mail.text.replace('\n', " ");
    assert!(text.contains("50 fresh downloads"), "{text}");
}

#[tokio::test]
async fn the_same_push_again_tells_nobody_twice() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    push(&world).await;
    let again = push(&world).await;
    assert_eq!(
        again,
        json!({"edition": 2, "sent": 0, "mailed": 0, "failed": 0, "skipped": {}, "owed": 0})
    );
    assert_eq!(notified(&world), ["jane@example.com"]);
}

#[tokio::test]
async fn mails_that_failed_are_owed_and_the_next_push_sends_them() {
    let world = World::open().await;
    for name in ["a", "b", "c", "d"] {
        world
            .purchase(PRODUCT, &format!("{name}@example.com"))
            .await;
    }
    world.faults().add(
        Rule::close_connection(Service::Ses)
            .on("SendEmail")
            .times(2),
    );
    let first = push(&world).await;
    assert_eq!(
        (&first["sent"], &first["failed"], &first["owed"]),
        (&json!(2), &json!(2), &json!(2))
    );
    let second = push(&world).await;
    assert_eq!((&second["sent"], &second["owed"]), (&json!(2), &json!(0)));
    assert_eq!(
        notified(&world),
        [
            "a@example.com",
            "b@example.com",
            "c@example.com",
            "d@example.com"
        ]
    );
}

#[tokio::test]
async fn two_pushes_at_once_tell_everyone_once() {
    let world = World::open().await;
    let names: Vec<_> = (0..20)
        .map(|number| format!("buyer{number:02}@example.com"))
        .collect();
    for name in &names {
        world.purchase(PRODUCT, name).await;
    }
    tokio::join!(push(&world), push(&world));
    assert_eq!(notified(&world), names);
}

#[tokio::test]
async fn refunded_and_disputed_buyers_hear_nothing() {
    let world = World::open().await;
    let refunded = world.purchase(PRODUCT, "refunded@example.com").await;
    let disputed = world.purchase(PRODUCT, "disputed@example.com").await;
    world.purchase(PRODUCT, "jane@example.com").await;
    world.refund(&refunded, None).await;
    world.dispute(&disputed).await;
    let answer = push(&world).await;
    assert_eq!((&answer["sent"], &answer["owed"]), (&json!(1), &json!(0)));
    assert_eq!(notified(&world), ["jane@example.com"]);
}

/// The number of buyers, more than fit on a page of the index.
const BUYERS: usize = 530;

#[tokio::test]
async fn more_buyers_than_fit_on_a_page_of_the_index_are_all_told() {
    let world = World::open().await;
    for number in 0..BUYERS {
        let buyer = format!("buyer{number}@example.com");
        world.record_purchase(PRODUCT, &buyer).await;
    }
    let answer = push(&world).await;
    assert_eq!(
        (&answer["sent"], &answer["owed"]),
        (&json!(BUYERS), &json!(0))
    );
    assert_eq!(notified(&world).len(), BUYERS);
}

#[tokio::test]
async fn an_update_of_a_product_that_nobody_bought_is_published() {
    let world = World::open().await;
    let answer = push(&world).await;
    assert_eq!(
        answer,
        json!({"edition": 2, "sent": 0, "mailed": 0, "failed": 0, "skipped": {}, "owed": 0})
    );
    let link = world.purchase(PRODUCT, "late@example.com").await;
    assert_eq!(
        world.private_page(&link).await["books"][0]["version"],
        "2nd edition, 2.1"
    );
    assert_eq!(push(&world).await["sent"], 0);
}

#[tokio::test]
async fn a_wrong_event_names_the_field_shows_a_right_one_and_changes_nothing() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    for (event, part) in [
        (
            json!({"book": "nothing", "version": "2"}),
            "there is no book `nothing`",
        ),
        (json!({"book": "A B", "version": "2"}), "`book`: expected"),
        (json!({"book": BOOK}), "`version` is missing"),
        (
            json!({"book": BOOK, "version": ""}),
            "`version`: expected one line",
        ),
        (
            json!({"book": BOOK, "version": "x".repeat(201)}),
            "`version`: expected one line",
        ),
        (
            json!({"book": BOOK, "version": "3", "files": [{"key": "no.pdf"}]}),
            "there is no `no.pdf`",
        ),
        (
            json!({"book": BOOK, "version": 3}),
            "`version`: expected one line",
        ),
        (
            json!({"product_id": PRODUCT, "version": "3"}),
            "`product_id`: there is no such field",
        ),
        (json!("hello"), "A right event"),
        (json!(null), "A right event"),
    ] {
        let error = world
            .invoke("PushUpdateFunction", &event)
            .await
            .unwrap_err();
        assert_eq!(error["errorType"], "WrongEvent", "{event}");
        let message = error["errorMessage"].as_str().unwrap();
        assert!(
            message.contains(part) && message.contains("A right event: {"),
            "{message}"
        );
    }
    assert!(notified(&world).is_empty());
    assert_eq!(world.mails().len(), 1);
    assert_eq!(push(&world).await["edition"], 2);
}

#[tokio::test]
async fn a_buyer_who_is_quicker_than_the_functions_memory_has_the_new_edition() {
    let world = World::open().await;
    let link = world.purchase(PRODUCT, "jane@example.com").await;
    // From now on, `download` caches the old edition for a minute.
    assert_eq!(
        world.download(&link, "pdf").await.status(),
        StatusCode::SEE_OTHER
    );
    push(&world).await;
    world.faults().clear_calls();
    let address = location(&world.download(&link, "pdf").await);
    assert!(address.contains("2e-2.1.pdf"), "{address}");
    assert_eq!(world.calls(Service::DynamoDb), ["UpdateItem", "Scan"]);
}

async fn win(world: &World, dispute: &str) {
    let url = world.stripe_url(&format!("/test/disputes/{dispute}/close"));
    let answer = world.post(&url, &[("status", "won")]).await;
    assert!(answer.status().is_success());
    world.stripe().idle().await;
}

async fn has_new_edition(world: &World, link: &str) {
    let purchase = world.find_purchase(link).await.unwrap();
    assert_eq!((purchase.edition, purchase.downloads_left), (2, 5));
    assert_eq!(purchase.missed_updates_since, None);
}

#[tokio::test]
async fn who_wins_a_dispute_after_the_push_is_told_by_the_webhook() {
    let world = World::open().await;
    let link = world.purchase(PRODUCT, "jane@example.com").await;
    for _ in 0..5 {
        world.download(&link, "pdf").await;
    }
    let dispute = world.dispute(&link).await;
    assert_eq!(push(&world).await["owed"], 0);
    assert!(notified(&world).is_empty());
    win(&world, &dispute).await;
    assert_eq!(notified(&world), ["jane@example.com"]);
    has_new_edition(&world, &link).await;
    assert_eq!(push(&world).await["sent"], 0);
}

/// The webhook opens the link, and SES fails; each run of `reconcile` tries again.
#[tokio::test]
async fn an_update_that_a_dispute_held_back_is_repeated_until_it_is_told() {
    let world = World::open().await;
    let link = world.purchase(PRODUCT, "jane@example.com").await;
    let dispute = world.dispute(&link).await;
    push(&world).await;
    world.drop_webhooks();
    win(&world, &dispute).await;
    let failing = world.faults().add(Rule::ses_throttled().on("SendEmail"));
    let run = world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    let why = run["unrepairable"][0]["why"].as_str().unwrap();
    assert!(why.contains("Failed to send the mail"), "{why}");
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);
    world.faults().remove(failing);
    let run = world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert_eq!(run["repaired"], 1, "{run}");
    assert_eq!(notified(&world), ["jane@example.com"]);
    has_new_edition(&world, &link).await;
    let run = world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    assert_eq!(
        (&run["repaired"], &run["unrepairable"]),
        (&json!(0), &json!([]))
    );
}

/// The younger one was to hear by the older, which heard nothing before its money went back.
#[tokio::test]
async fn who_bought_twice_and_gave_one_back_between_two_runs_is_told_by_the_other() {
    let world = World::open().await;
    let older = world.purchase(PRODUCT, "jane@example.com").await;
    let younger = world.purchase(PRODUCT, "jane@example.com").await;
    let failing = world.faults().add(Rule::ses_throttled().on("SendEmail"));
    assert_eq!(push(&world).await["owed"], 2);
    world.faults().remove(failing);
    let payment = world.payment(&older).await;
    let refund = world.stripe_url(&format!("/test/payments/{payment}/refund"));
    world.post(&refund, &[]).await;
    world.stripe().idle().await;
    assert_eq!(push(&world).await["sent"], 1);
    assert_eq!(notified(&world), ["jane@example.com"]);
    has_new_edition(&world, &younger).await;
}

/// The younger was told while a dispute held the older: one mail is enough for both.
#[tokio::test]
async fn who_was_told_by_another_purchase_is_not_told_again_when_a_dispute_is_won() {
    let world = World::open().await;
    let older = world.purchase(PRODUCT, "jane@example.com").await;
    world.purchase(PRODUCT, "jane@example.com").await;
    let dispute = world.dispute(&older).await;
    assert_eq!(push(&world).await["sent"], 1);
    win(&world, &dispute).await;
    assert_eq!(notified(&world), ["jane@example.com"]);
    has_new_edition(&world, &older).await;
}
