//! Each book has its own updates, of which a buyer hears once.

use serde_json::json;
use tests::world::{BOOK, World, location};

use super::{
    JANE, OTHER_BOOK, buy_both, copies, downloads_left, mails_about, push, reconcile, win,
};

#[tokio::test]
async fn an_update_of_each_book_reaches_the_buyer_once_by_its_own_copy() {
    let world = World::open().await;
    let links = buy_both(&world, JANE).await;
    for (book, link) in [BOOK, OTHER_BOOK].into_iter().zip(&links) {
        for _ in 0..2 {
            location(&world.download_of(book, link, "pdf").await);
        }
    }
    assert_eq!(push(&world, OTHER_BOOK, "3. Auflage").await["sent"], 1);
    assert_eq!(downloads_left(&world, &links).await, [3, 5]);
    assert_eq!(push(&world, BOOK, "3rd edition").await["sent"], 1);
    assert_eq!(downloads_left(&world, &links).await, [5, 5]);
    for (words, link) in [("3rd edition", &links[0]), ("3. Auflage", &links[1])] {
        let mails = mails_about(&world, words);
        assert_eq!(mails.len(), 1, "{words}");
        assert_eq!(mails[0].to, [JANE]);
        assert!(mails[0].text.contains(link.as_str()));
    }
    for (book, version) in [(OTHER_BOOK, "3. Auflage"), (BOOK, "3rd edition")] {
        assert_eq!(push(&world, book, version).await["sent"], 0);
    }
    assert_eq!(world.mails().len(), 3);
}

#[tokio::test]
async fn who_bought_a_book_alone_and_with_others_is_told_of_it_once() {
    let world = World::open().await;
    let alone = world.purchase("wip-2e", JANE).await;
    let links = buy_both(&world, JANE).await;
    let pushed = push(&world, BOOK, "3rd edition").await;
    assert_eq!((&pushed["sent"], &pushed["owed"]), (&json!(1), &json!(0)));
    for link in [&alone, &links[0]] {
        assert_eq!(world.find_purchase(link).await.unwrap().edition, 2);
    }
    assert_eq!(world.find_purchase(&links[1]).await.unwrap().edition, 1);
}

#[tokio::test]
async fn who_unsubscribes_from_one_book_still_hears_of_the_other() {
    let world = World::open().await;
    let links = buy_both(&world, JANE).await;
    let unsubscribe = format!("{}/unsubscribe", links[0]);
    let page = world.get(&unsubscribe).await.text().await.unwrap();
    assert!(page.contains("Writing Idiomatic Python"), "{page}");
    world.post(&unsubscribe, &[("subscription", "off")]).await;
    assert_eq!(push(&world, BOOK, "3rd edition").await["sent"], 0);
    assert_eq!(push(&world, OTHER_BOOK, "3. Auflage").await["sent"], 1);
    let mail = world.mails().pop().unwrap();
    assert_eq!(
        mail.header("List-Unsubscribe"),
        Some(&*format!("<{}/unsubscribe>", links[1]))
    );
    // Both books have their new editions on the page.
    let page = world.private_page(&links[0]).await;
    assert_eq!(page["books"][0]["version"], "3rd edition");
    assert_eq!(page["books"][1]["version"], "3. Auflage");
}

/// One call sends one mail, so the webhook brings one update and `reconcile` the other.
#[tokio::test]
async fn updates_of_both_books_that_a_dispute_held_back_are_each_told_once() {
    let world = World::open().await;
    let links = buy_both(&world, JANE).await;
    let dispute = world.dispute(&links[0]).await;
    for (book, version) in [(OTHER_BOOK, "3. Auflage"), (BOOK, "3rd edition")] {
        let pushed = push(&world, book, version).await;
        assert_eq!((&pushed["sent"], &pushed["owed"]), (&json!(0), &json!(0)));
    }
    win(&world, &dispute).await;
    for _ in 0..3 {
        reconcile(&world).await;
    }
    for words in ["3rd edition", "3. Auflage"] {
        assert_eq!(mails_about(&world, words).len(), 1, "{words}");
    }
    for copy in copies(&world, &links).await {
        assert_eq!((copy.edition, copy.missed_updates_since), (2, None));
    }
    let last = reconcile(&world).await;
    assert_eq!(
        (&last["repaired"], &last["unrepairable"]),
        (&json!(0), &json!([]))
    );
}
