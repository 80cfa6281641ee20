//! An update is about a book: whoever bought any product with it is told of it, once.

use emulators::faults::{Rule, Service};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::an_update_reaches_every_buyer_once::{notified, push, update};
use tests::world::{BOOK, World, listing, location, until_held};

const JANE: &str = "jane@example.com";
const JOE: &str = "joe@example.com";

async fn publish(world: &World, event: Value) -> Result<Value, Value> {
    world.invoke("PublishFunction", &event).await
}

/// Asserts that an update is refused, and its dry run, too, for this reason. Nobody is mailed.
async fn assert_refused(world: &World, mut update: Value, reason: &str) {
    let mails = world.mails().len();
    for dry_run in [true, false] {
        update["dry_run"] = json!(dry_run);
        let error = world.invoke("PushUpdateFunction", &update).await;
        let error = error.unwrap_err();
        assert_eq!(error["errorType"], "WrongEvent", "{error}");
        let message = error["errorMessage"].as_str().unwrap();
        assert!(message.contains(reason), "{message}");
        assert!(message.starts_with("Nothing was changed"), "{message}");
    }
    assert_eq!(world.mails().len(), mails);
}

async fn try_out(world: &World, mut update: Value) -> Value {
    update["dry_run"] = json!(true);
    let answer = world.invoke("PushUpdateFunction", &update).await;
    answer.unwrap()["dry_run"].clone()
}

/// Before, each product was pushed by itself.
#[tokio::test]
async fn buyers_of_three_products_of_a_book_are_told_by_one_push_each_once() {
    let world = World::open().await;
    let whole = world.purchase("wip-2e", JANE).await;
    let pdf = world.purchase("wip-2e-pdf", "pdf@example.com").await;
    let team = world.purchase("wip-2e-team", "team@example.com").await;
    // One buyer has the PDF alone and the whole book.
    world.purchase("wip-2e-pdf", JOE).await;
    world.purchase("wip-2e", JOE).await;
    world.purchase("wip-2e-de", "german@example.com").await;

    let tried = try_out(&world, update()).await;
    assert_eq!(
        (
            &tried["purchases"],
            &tried["addresses"],
            &tried["not_mailed"]
        ),
        (&json!(5), &json!(4), &json!({"another_purchase": 1}))
    );
    let pushed = push(&world).await;
    assert_eq!(
        pushed,
        json!({
            "edition": 2, "sent": 4, "mailed": 4, "failed": 0, "skipped": {"another_purchase": 1}, "owed": 0,
        })
    );
    assert_eq!(
        notified(&world),
        [JANE, JOE, "pdf@example.com", "team@example.com"]
    );

    // Each product gives what it did, of the new edition.
    for (link, file, downloads, status) in [
        (&whole, "epub", 5, StatusCode::SEE_OTHER),
        (&pdf, "pdf", 5, StatusCode::SEE_OTHER),
        (&pdf, "epub", 5, StatusCode::BAD_REQUEST),
        (&team, "epub", 50, StatusCode::SEE_OTHER),
    ] {
        let before = world.find_purchase(link).await.unwrap();
        assert_eq!(
            (before.edition, before.downloads_per_edition),
            (2, downloads)
        );
        let answer = world.download(link, file).await;
        assert_eq!(answer.status(), status, "{file}");
        if status == StatusCode::SEE_OTHER {
            assert!(location(&answer).contains("2e-2.1"));
        }
    }
}

#[tokio::test]
async fn a_version_that_buyers_have_is_refused() {
    let world = World::open().await;
    world.purchase("wip-2e", JANE).await;
    let had = json!({"book": BOOK, "version": "2nd edition"});
    assert_refused(
        &world,
        had.clone(),
        "buyers of `wip` have “2nd edition” already",
    )
    .await;
    push(&world).await;
    let newer = json!({"book": BOOK, "version": "3rd edition"});
    world.invoke("PushUpdateFunction", &newer).await.unwrap();
    // The first version was published, not pushed.
    assert_refused(
        &world,
        had,
        "“2nd edition” was pushed before, and “3rd edition” after it",
    )
    .await;
    assert_refused(&world, update(), "“2nd edition, 2.1” was pushed before").await;

    let event = json!({"books": {BOOK: {"version": "Third", "rename_edition": true}}});
    publish(&world, event).await.unwrap();
    let renamed = json!({"book": BOOK, "version": "Third"});
    assert_refused(&world, renamed, "buyers of `wip` have “Third” already").await;
    let again = world.invoke("PushUpdateFunction", &newer).await.unwrap();
    assert_eq!((&again["edition"], &again["sent"]), (&json!(3), &json!(0)));
}

/// Tried as an author would: after a push that broke halfway, the old event was published and the
/// update pushed again. It left half of each edition.
#[tokio::test]
async fn a_push_that_broke_and_goes_on_leaves_one_edition_to_all() {
    let world = World::open().await;
    let links = [
        world.purchase("wip-2e", JANE).await,
        world.purchase("wip-2e", JOE).await,
    ];
    let failing = Rule::close_connection(Service::Ses).on("SendEmail");
    world.faults().add(failing.times(1));
    assert_eq!(push(&world).await["owed"], 1);

    let old: Value = serde_json::from_str(include_str!("../../events/publish.json")).unwrap();
    let error = publish(&world, old).await.unwrap_err();
    assert_eq!(error["errorType"], "WrongEvent");
    assert_eq!(push(&world).await["owed"], 0);
    assert_eq!(notified(&world), [JANE, JOE]);
    for link in &links {
        let page = world.private_page(link).await;
        assert_eq!(page["books"][0]["version"], "2nd edition, 2.1");
        let file = location(&world.download(link, "pdf").await);
        assert!(file.contains("2e-2.1.pdf"), "{file}");
    }
}

/// The files of the first run, or those of a correction since: a repeated push changes none.
#[tokio::test]
async fn a_repeated_push_with_other_files_goes_on_and_says_so() {
    let world = World::open().await;
    world.purchase("wip-2e", JANE).await;
    push(&world).await;
    let files = world.book(BOOK).await.files;
    world.upload("other.pdf", b"%PDF-1.7 of another day").await;
    let mut other = update();
    other["files"] = json!([{"key": "other.pdf"}]);
    let sentence = "the push goes on with the files that the book has now";
    let tried = try_out(&world, other.clone()).await;
    let warnings = tried["warnings"].to_string();
    assert!(warnings.contains(sentence), "{warnings}");
    let again = world.invoke("PushUpdateFunction", &other).await.unwrap();
    assert!(again["warnings"].to_string().contains(sentence), "{again}");
    assert_eq!(world.book(BOOK).await.files, files);
    assert_eq!(push(&world).await.get("warnings"), None);
}

#[tokio::test]
async fn a_file_that_a_product_sells_is_not_dropped_by_an_update() {
    let world = World::open().await;
    let whole = world.purchase("wip-2e", JANE).await;
    let mut epub_alone = update();
    epub_alone["files"] = json!([{"key": "writing-idiomatic-python/2e-2.1.epub"}]);
    let reason = "the product `wip-2e-pdf` sells the file `pdf`, which the new edition lacks";
    assert_refused(&world, epub_alone.clone(), reason).await;

    let event = json!({"products": {"wip-2e-pdf": {"files": ["epub"]}}});
    publish(&world, event).await.unwrap();
    let tried = try_out(&world, epub_alone.clone()).await;
    let warnings = tried["warnings"].to_string();
    assert!(warnings.contains("has no `pdf`"), "{warnings}");
    let pushed = world
        .invoke("PushUpdateFunction", &epub_alone)
        .await
        .unwrap();
    assert_eq!(pushed["sent"], 1);
    assert_eq!(
        world.private_page(&whole).await["books"][0]["files"],
        json!(["epub"])
    );
}

/// One of the two has read the catalogue before the other writes it.
#[tokio::test]
async fn no_product_begins_to_sell_a_file_while_its_book_loses_it() {
    let world = World::open().await;
    let key = "writing-idiomatic-python/2e.epub";
    let mut event = listing("a");
    event["books"]["a"]["files"] =
        json!([{"key": "writing-idiomatic-python/2e.pdf"}, {"key": key}]);
    publish(&world, event).await.unwrap();

    // The first write of the catalogue gets no answer, and is tried again.
    let lost = Rule::no_answer(Service::DynamoDb).on("TransactWriteItems");
    world.faults().add(lost.times(1));
    let drop_file = publish(&world, book_of_listing("a"));
    let sell = async {
        until_held(world.faults(), 1).await;
        let product = json!({"book": "a", "files": ["epub"], "price": "9.00 EUR"});
        publish(&world, json!({"products": {"a-epub": product}})).await
    };
    let (dropped, sold) = tokio::join!(drop_file, sell);
    assert_eq!(dropped.unwrap_err()["errorType"], "Conflict");
    sold.unwrap();
    let error = publish(&world, book_of_listing("a")).await.unwrap_err();
    let message = error["errorMessage"].as_str().unwrap();
    assert!(
        message.contains("`a-epub` sells the file `epub`"),
        "{message}"
    );
}

/// The book of a [`listing`] with its PDF alone.
fn book_of_listing(id: &str) -> Value {
    json!({"books": {id: listing(id)["books"][id].clone()}})
}

#[tokio::test]
async fn whoever_is_skipped_is_told_by_reason() {
    let world = World::open().await;
    world.purchase("wip-2e", JANE).await;
    world.purchase("wip-2e", JANE).await;
    let unsubscribed = world.purchase("wip-2e", JOE).await;
    let form = format!("{unsubscribed}/unsubscribe");
    world.post(&form, &[]).await;
    let refused = world.purchase("wip-2e", "refunded@example.com").await;
    world.refund(&refused, None).await;
    world.purchase("wip-2e", "gone@refused.example").await;

    let tried = try_out(&world, update()).await;
    assert_eq!(
        (&tried["purchases"], &tried["addresses"], &tried["not_owed"]),
        (&json!(5), &json!(1), &json!(0))
    );
    let not_mailed = json!({
        "refunded": 1, "unsubscribed": 1, "address_refused": 1, "another_purchase": 1,
    });
    assert_eq!(tried["not_mailed"], not_mailed);
    assert_eq!(
        (&tried["hours"], &tried["dollars"]),
        (&json!(0.01), &json!(0.01))
    );
    assert_eq!(tried["warnings"], json!([]));

    let pushed = push(&world).await;
    assert_eq!((&pushed["sent"], &pushed["owed"]), (&json!(1), &json!(0)));
    assert_eq!(
        pushed["skipped"],
        json!({"unsubscribed": 1, "address_refused": 1, "another_purchase": 1})
    );

    let tried = try_out(&world, update()).await;
    assert_eq!(
        (&tried["purchases"], &tried["addresses"], &tried["not_owed"]),
        (&json!(1), &json!(0), &json!(4))
    );
    assert_eq!(tried["not_mailed"], json!({"refunded": 1}));
    let warnings = tried["warnings"].to_string();
    assert!(
        warnings.contains("“2nd edition, 2.1” was pushed before"),
        "{warnings}"
    );
}

#[tokio::test]
async fn an_update_without_a_changed_file_is_warned_of() {
    let world = World::open().await;
    let update = json!({"book": BOOK, "version": "2.1"});
    let warnings = try_out(&world, update).await["warnings"].to_string();
    assert!(
        warnings.contains("Every file is the one that buyers of “2nd edition” have."),
        "{warnings}"
    );
}

/// The product begins to sell another file, and the book loses the one that was bought.
#[tokio::test]
async fn a_buyer_whose_files_are_all_gone_is_given_the_whole_book() {
    let world = World::open().await;
    let (pdf, epub) = (
        json!({"key": "writing-idiomatic-python/2e.pdf"}),
        json!({"key": "writing-idiomatic-python/2e.epub"}),
    );
    let mut event = listing("a");
    event["books"]["a"]["files"] = json!([pdf, epub]);
    event["products"]["a"]["files"] = json!(["pdf"]);
    publish(&world, event.clone()).await.unwrap();
    let link = world.purchase("a", JANE).await;
    assert_eq!(
        world.private_page(&link).await["books"][0]["files"],
        json!(["pdf"])
    );
    let refused = world.download_of("a", &link, "epub").await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);

    event["books"]["a"]["files"] = json!([epub]);
    event["products"]["a"]["files"] = json!(["epub"]);
    publish(&world, event).await.unwrap();
    let given = world.download_of("a", &link, "epub").await;
    assert_eq!(given.status(), StatusCode::SEE_OTHER);
    let page = world.private_page(&link).await;
    assert_eq!(page["books"][0]["files"], json!(["epub"]));
    assert_eq!(page["books"][0]["downloads_left"], 4);
}

/// Many purchases are worked on at once, so that each can meet the other of its buyer.
#[tokio::test]
async fn a_push_counts_each_purchase_once() {
    let world = World::open().await;
    for number in 0..40 {
        let email = format!("reader-{number}@example.com");
        world.record_purchase("wip-2e", &email).await;
        world.record_purchase("wip-2e", &email).await;
    }
    let pushed = push(&world).await;
    assert_eq!(
        (&pushed["sent"], &pushed["skipped"], &pushed["owed"]),
        (&json!(40), &json!({"another_purchase": 40}), &json!(0))
    );
}
