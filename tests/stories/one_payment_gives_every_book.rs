//! One payment for several books gives each of them: its own link, its own downloads, its own
//! updates, and one mail for all.

use std::collections::BTreeSet;

use bookstall::domain::{
    book::BookId,
    purchase::Purchase,
    purchase_id::{PurchaseId, Seed},
};
use emulators::{
    faults::{Rule, Service},
    ses::Mail,
};
use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};

use tests::state::{PAYMENT_SAFE, ShopState, alone, assert_apology};
use tests::world::{BOOK, LOG, World, completed, id_of, location};

const JANE: &str = "jane@example.com";

/// A product of two books, [`BOOK`] and [`OTHER_BOOK`].
const BOTH: &str = "wip-both";
const OTHER_BOOK: &str = "wip-de";
/// The price of [`BOTH`], in minor units.
const PRICE: i64 = 4500;

/// The state after one sale of [`BOTH`] to each of these buyers.
fn after_sales_to(buyers: &[&str]) -> ShopState {
    ShopState {
        purchases: 2 * buyers.len(),
        charges: vec![PRICE; buyers.len()],
        downloads_left: vec![5; 2 * buyers.len()],
        ..ShopState::after_sales_to(buyers)
    }
}

/// The links of both copies, that of the payment first.
async fn links(world: &World, first: &str) -> [String; 2] {
    let purchase = world.find_purchase(first).await.unwrap();
    let [other] = purchase.others[..] else {
        panic!("{purchase:?}");
    };
    [first.to_owned(), world.url(&format!("/{}", other.secret()))]
}

/// Buys both books, and returns the links of the copies.
async fn buy_both(world: &World, email: &str) -> [String; 2] {
    let first = world.purchase(BOTH, email).await;
    links(world, &first).await
}

async fn copies(world: &World, links: &[String; 2]) -> [Purchase; 2] {
    let [first, other] = links;
    let (first, other) = (world.find_purchase(first), world.find_purchase(other));
    [first.await.unwrap(), other.await.unwrap()]
}

async fn downloads_left(world: &World, links: &[String; 2]) -> [u32; 2] {
    let copies = copies(world, links).await;
    copies.map(|copy| copy.downloads_left)
}

async fn statuses(world: &World, links: &[String; 2]) -> [StatusCode; 2] {
    let [first, other] = links;
    let (first, other) = (world.get(first).await, world.get(other).await);
    [first.status(), other.status()]
}

async fn push(world: &World, book: &str, version: &str) -> Value {
    let event = json!({"book": book, "version": version});
    world.invoke("PushUpdateFunction", &event).await.unwrap()
}

/// The mails with this in their subject.
fn mails_about(world: &World, words: &str) -> Vec<Mail> {
    let mut mails = world.mails();
    mails.retain(|mail| mail.subject.contains(words));
    mails
}

async fn win(world: &World, dispute: &str) {
    let url = world.stripe_url(&format!("/test/disputes/{dispute}/close"));
    let answer = world.post(&url, &[("status", "won")]).await;
    assert!(answer.status().is_success());
    world.stripe().idle().await;
}

async fn reconcile(world: &World) -> Value {
    world.invoke("ReconcileFunction", &json!({})).await.unwrap()
}

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

#[tokio::test]
async fn one_page_shows_both_and_each_has_its_own_downloads() {
    let world = World::open().await;
    let links = buy_both(&world, JANE).await;
    let [first, other] = &links;
    let page = world.private_page(first).await;
    let shown: Vec<_> = page["books"].as_array().unwrap().clone();
    assert_eq!(shown.len(), 2);
    for ((shown, link), book) in shown.iter().zip(&links).zip([BOOK, OTHER_BOOK]) {
        assert_eq!(shown["link"], link.as_str());
        assert_eq!(shown["book"], book);
        assert_eq!(shown["files"], json!(["pdf", "epub"]));
        assert_eq!(shown["downloads_left"], 5);
    }
    let html = world.get(first).await.text().await.unwrap();
    for words in [
        "Writing Idiomatic Python",
        "Idiomatisches Python",
        other.as_str(),
    ] {
        assert!(html.contains(words), "{html}");
    }

    for _ in 0..2 {
        location(&world.download(first, "pdf").await);
    }
    assert_eq!(downloads_left(&world, &links).await, [3, 5]);
    for _ in 0..5 {
        let file = location(&world.download_of(OTHER_BOOK, other, "epub").await);
        assert_eq!(world.get(&file).await.status(), StatusCode::OK);
    }
    assert_eq!(downloads_left(&world, &links).await, [3, 0]);
    let none_left = world.download_of(OTHER_BOOK, other, "epub").await;
    assert_eq!(none_left.status(), StatusCode::FORBIDDEN);
    // The first book is still there, on the same page.
    let answer = world.get(first).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let html = answer.text().await.unwrap();
    assert!(html.contains("3 of 5 downloads left") && html.contains("No downloads left"));
    location(&world.download(first, "pdf").await);
    assert_eq!(downloads_left(&world, &links).await, [2, 0]);
}

/// A press on one copy's link takes nothing of the other.
#[tokio::test]
async fn the_link_of_one_copy_gives_no_file_of_the_other() {
    let world = World::open().await;
    let links = buy_both(&world, JANE).await;
    for (link, foreign) in links.iter().zip([OTHER_BOOK, BOOK]) {
        for file in ["pdf", "epub"] {
            let answer = world.download_of(foreign, link, file).await;
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{foreign}");
        }
    }
    assert_eq!(downloads_left(&world, &links).await, [5, 5]);
    // The other copy's own page shows that copy alone, and the way to all of them.
    let page = world.private_page(&links[1]).await;
    assert_eq!(page["books"].as_array().unwrap().len(), 1);
    assert_eq!(page["books"][0]["book"], OTHER_BOOK);
}

#[tokio::test]
async fn whoever_has_one_link_can_compute_no_other() {
    let world = World::open().await;
    let session = world.buy(BOTH).await;
    let back = world.pay(&session, "unmistakable.seed@example.com").await;
    let first = location(&world.get(&back).await);
    world.stripe().idle().await;
    let links = links(&world, &first).await;
    let [of_payment, other] = links.each_ref().map(|link| id_of(link).secret());
    assert_ne!(of_payment, other);

    // Stripe alone knows the word of which the id is made.
    let object = world
        .ask_stripe(&format!("checkout/sessions/{session}"))
        .await;
    let seed = object["metadata"]["seed"].as_str().unwrap().to_owned();
    let copy_of = |word: &str| {
        let seed = Seed::parse(word)?;
        let book = BookId::parse(OTHER_BOOK).unwrap();
        Some(PurchaseId::of_copy(&seed, &book, 0).secret())
    };
    assert_eq!(copy_of(&seed).as_ref(), Some(&other));
    for word in [&of_payment, &other, &session] {
        assert_ne!(copy_of(word).as_ref(), Some(&other), "{word}");
    }
    let find = json!({"action": "find", "purchase": first});
    let export = json!({"action": "export", "purchase": first});
    let told = [
        world.get(&first).await.text().await.unwrap(),
        world.get(&links[1]).await.text().await.unwrap(),
        world.private_page(&first).await.to_string(),
        world.support(find).await.to_string(),
        world.support(export).await.to_string(),
        format!("{:?}", world.mails()),
        format!("{:?}", world.raw_item(&first).await),
        LOG.text(),
    ];
    for told in &told {
        assert!(!told.contains(&seed), "{told}");
    }
    let log = LOG.text();
    assert!(!log.contains(&of_payment) && !log.contains(&other));
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
    let sale = async |buyer: &&str| {
        let session = world.buy(BOTH).await;
        let back = world.pay(&session, buyer).await;
        let event = completed(&session);
        let (one, other, third, told, again) = tokio::join!(
            world.get(&back),
            world.get(&back),
            world.get(&back),
            world.webhook(&event),
            world.webhook(&event),
        );
        assert_eq!(
            (told.status(), again.status()),
            (StatusCode::OK, StatusCode::OK)
        );
        let links = [location(&one), location(&other), location(&third)];
        assert!(links.iter().all(|link| *link == links[0]));
    };
    for ten in buyers.chunks(10) {
        join_all(ten.iter().map(sale)).await;
    }
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

/// The buyer pays for what the button said, though the product has other books by then.
#[tokio::test]
async fn what_is_sold_is_what_the_button_said_whatever_is_published_meanwhile() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy(BOTH).await;
    let back = world.pay(&session, JANE).await;
    let event = json!({"products": {BOTH: {"books": ["wip-1e", "wip"], "downloads": 1}}});
    world.invoke("PublishFunction", &event).await.unwrap();
    let first = location(&world.get(&back).await);
    let told = world.webhook(&completed(&session)).await;
    assert_eq!(told.status(), StatusCode::OK);
    let copies = copies(&world, &links(&world, &first).await).await;
    assert_eq!(
        copies.each_ref().map(|copy| copy.book_id.as_str()),
        [BOOK, OTHER_BOOK]
    );
    assert_eq!(world.state().await, after_sales_to(&[JANE]));
}

#[tokio::test]
async fn a_refund_closes_every_copy_and_a_refund_that_fails_opens_them_again() {
    let world = World::open().await;
    // A bank takes days for this card's refunds, and can refuse one.
    let session = world.buy(BOTH).await;
    let answer = world.try_to_pay(&session, JANE, "4000000000007726").await;
    let first = location(&world.get(&location(&answer)).await);
    world.stripe().idle().await;
    let links = links(&world, &first).await;

    world.refund(&first, Some(1000)).await;
    assert_eq!(statuses(&world, &links).await, [StatusCode::OK; 2]);
    let [of_payment, other] = copies(&world, &links).await;
    assert_eq!(
        (of_payment.amount_refunded, other.amount_refunded),
        (1000, 0)
    );

    world.refund(&first, None).await;
    assert_eq!(statuses(&world, &links).await, [StatusCode::GONE; 2]);
    for (book, link) in [BOOK, OTHER_BOOK].into_iter().zip(&links) {
        let answer = world.download_of(book, link, "pdf").await;
        assert_eq!(answer.status(), StatusCode::GONE);
    }

    for refund in world.list_at_stripe("refunds").await {
        let id = refund["id"].as_str().unwrap();
        let url = world.stripe_url(&format!("/test/refunds/{id}/update"));
        world.post(&url, &[("status", "failed")]).await;
        world.stripe().idle().await;
    }
    assert_eq!(statuses(&world, &links).await, [StatusCode::OK; 2]);
    assert_eq!(downloads_left(&world, &links).await, [5, 5]);
    let refunded = copies(&world, &links)
        .await
        .map(|copy| copy.amount_refunded);
    assert_eq!(refunded, [0, 0]);
}

/// Whichever link the author names, it is the payment that goes back, once.
#[tokio::test]
async fn the_author_refunds_the_payment_by_the_link_of_any_copy() {
    for named in 0..2 {
        let world = World::open().await;
        let links = buy_both(&world, JANE).await;
        let refund = json!({"action": "refund", "purchase": links[named]});
        let answer = world.support(refund.clone()).await;
        assert_eq!(answer["done"], true, "{answer}");
        assert_eq!(statuses(&world, &links).await, [StatusCode::GONE; 2]);
        assert_eq!(world.support(refund).await["done"], false);
        let refunds = world.list_at_stripe("refunds").await;
        let amounts: Vec<_> = refunds.iter().map(|refund| &refund["amount"]).collect();
        assert_eq!(amounts, [PRICE]);
    }
}

#[tokio::test]
async fn a_dispute_closes_every_copy_and_when_it_is_won_they_are_open_again() {
    let world = World::open().await;
    let links = buy_both(&world, JANE).await;
    let dispute = world.dispute(&links[0]).await;
    assert_eq!(statuses(&world, &links).await, [StatusCode::FORBIDDEN; 2]);
    win(&world, &dispute).await;
    assert_eq!(statuses(&world, &links).await, [StatusCode::OK; 2]);
    let missed = copies(&world, &links)
        .await
        .map(|copy| copy.missed_updates_since);
    assert_eq!(missed, [None, None]);
    // The receipt; and to the author that it is disputed, and that the dispute is won.
    assert_eq!(world.mails().len(), 3);
}

#[tokio::test]
async fn the_author_opens_every_copy_despite_a_dispute() {
    let world = World::open().await;
    let links = buy_both(&world, JANE).await;
    let dispute = world.dispute(&links[0]).await;
    let reopen = json!({"action": "reopen", "purchase": links[1]});
    assert_eq!(world.support(reopen).await["done"], true);
    assert_eq!(statuses(&world, &links).await, [StatusCode::OK; 2]);
    // The author's word outweighs the dispute, however it ends.
    let url = world.stripe_url(&format!("/test/disputes/{dispute}/close"));
    world.post(&url, &[("status", "lost")]).await;
    world.stripe().idle().await;
    assert_eq!(statuses(&world, &links).await, [StatusCode::OK; 2]);
}

/// What no webhook brought, `reconcile` brings to every copy.
#[tokio::test]
async fn what_webhooks_miss_of_one_payment_is_repaired_for_every_copy() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy(BOTH).await;
    world.pay(&session, JANE).await;
    assert_eq!(reconcile(&world).await["repaired"], 1);
    assert_eq!(world.state().await, after_sales_to(&[JANE]));
    let all = world.all_purchases().await;
    let first = all
        .iter()
        .find(|purchase| purchase.part_of.is_none())
        .unwrap();
    let links = links(&world, &world.url(&format!("/{}", first.id.secret()))).await;

    let dispute = world.dispute(&links[0]).await;
    assert_eq!(statuses(&world, &links).await, [StatusCode::OK; 2]);
    assert_eq!(reconcile(&world).await["repaired"], 1);
    assert_eq!(statuses(&world, &links).await, [StatusCode::FORBIDDEN; 2]);
    win(&world, &dispute).await;
    assert_eq!(reconcile(&world).await["repaired"], 1);
    assert_eq!(statuses(&world, &links).await, [StatusCode::OK; 2]);
    world.refund(&links[0], None).await;
    assert_eq!(reconcile(&world).await["repaired"], 1);
    assert_eq!(statuses(&world, &links).await, [StatusCode::GONE; 2]);
    let last = reconcile(&world).await;
    assert_eq!(
        (&last["repaired"], &last["unrepairable"], &last["checked"]),
        (&json!(0), &json!([]), &json!(1))
    );
    // The receipt and the refund; and to the author that it is disputed, and that the dispute is won.
    assert_eq!(world.mails().len(), 4);
}

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

#[tokio::test]
async fn the_author_finds_both_by_address_and_the_other_by_its_link() {
    let world = World::open().await;
    let links = buy_both(&world, JANE).await;
    let found = world
        .support(json!({"action": "find", "email": JANE}))
        .await;
    let found = found["purchases"].as_array().unwrap();
    let listed: BTreeSet<_> = found
        .iter()
        .map(|one| one["link"].as_str().unwrap())
        .collect();
    assert_eq!(listed, links.iter().map(String::as_str).collect());
    let books: BTreeSet<_> = found
        .iter()
        .map(|one| one["book_id"].as_str().unwrap())
        .collect();
    assert_eq!(books, [BOOK, OTHER_BOOK].into());

    for link in &links {
        let by_link = world
            .support(json!({"action": "find", "purchase": link}))
            .await;
        let [first, other] = &by_link["purchases"].as_array().unwrap()[..] else {
            panic!("{by_link}");
        };
        assert_eq!(
            (&first["link"], &other["link"]),
            (&json!(links[0]), &json!(links[1]))
        );
        assert_eq!(other["part_of"], id_of(&links[0]).reference());
        assert_eq!(
            (&first["amount_paid"], &other["amount_paid"]),
            (&json!(PRICE), &json!(0))
        );
        // One mail tells of all of them.
        assert!(first["mailed_at"].is_string());
        assert_eq!(other["mailed_at"], first["mailed_at"]);
    }
    // So does what is done with the other copy alone.
    let give = json!({"action": "give", "purchase": links[1], "downloads": 7});
    let given = world.support(give).await;
    assert!(given["purchases"][0]["mailed_at"].is_string(), "{given}");
}

#[tokio::test]
async fn a_lost_link_comes_again_with_every_copy() {
    let world = World::open().await;
    let links = buy_both(&world, JANE).await;
    let answer = world.post(&world.url("/resend"), &[("email", JANE)]).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let mail = world.mails().pop().unwrap();
    for words in [&*links[0], &*links[1], "Writing Idiomatic", "Idiomatisches"] {
        assert!(mail.text.contains(words), "{}", mail.text);
    }
    // The author's own resend is the receipt of the payment.
    for who in [json!({"email": JANE}), json!({"purchase": links[1]})] {
        let mut event = who;
        event["action"] = json!("resend");
        let before = world.mails().len();
        let answer = world.support(event).await;
        assert_eq!(answer["done"], true, "{answer}");
        let mails = world.mails();
        assert_eq!(mails.len(), before + 1);
        assert!(mails[before].text.contains(&links[0]));
    }
}

#[tokio::test]
async fn a_corrected_address_is_that_of_every_copy() {
    let world = World::open().await;
    let links = buy_both(&world, "jnae@example.com").await;
    let links_of = |answer: &Value| {
        let purchases = answer["purchases"].as_array().unwrap();
        let links = purchases.iter().map(|one| one["link"].as_str().unwrap());
        links.map(str::to_owned).collect::<Vec<_>>()
    };
    let mut event = json!({"action": "resend", "purchase": links[1], "to": JANE, "dry_run": true});
    let tried = world.support(event.clone()).await;
    assert_eq!(links_of(&tried), links);
    event["dry_run"] = json!(false);
    let before = world.mails().len();
    let mailed = world.support(event).await;
    assert_eq!(
        mailed["message"],
        "The link of 2 purchases was mailed to the corrected address, where updates will go, too."
    );
    assert_eq!(links_of(&mailed), links);
    assert_eq!(world.mails().len(), before + 1);
    let again = json!({"action": "resend", "email": JANE});
    let again = world.support(again).await;
    assert_eq!(again["message"], "The link of 2 purchases was mailed.");
    assert_eq!(links_of(&again), links);
    for copy in copies(&world, &links).await {
        assert_eq!(copy.email.unwrap().as_str(), JANE);
    }
    assert_eq!(push(&world, OTHER_BOOK, "3. Auflage").await["sent"], 1);
    assert_eq!(world.mails().pop().unwrap().to, [JANE]);
}

#[tokio::test]
async fn whoever_is_forgotten_is_forgotten_in_every_copy() {
    for named in 0..2 {
        let world = World::open().await;
        let links = buy_both(&world, "unforgettable.both@example.com").await;
        let other = buy_both(&world, JANE).await;
        let export = json!({"action": "export", "purchase": links[named]});
        let export = world.support(export).await;
        let held = export["purchases"].as_array().unwrap();
        assert_eq!(held.len(), 2, "{export}");

        let erase = json!({"action": "erase", "purchase": links[named]});
        let answer = world.support(erase).await;
        assert_eq!(answer["done"], true);
        let payment = answer["purchases"][0]["payment"].as_str().unwrap();
        let to_do = answer["still_to_do"].to_string();
        assert_eq!(to_do.matches(payment).count(), 1, "{to_do}");
        for link in &links {
            let item = format!("{:?}", world.raw_item(link).await);
            assert!(!item.contains("unforgettable"), "{item}");
            assert!(item.contains("erased_at"), "{item}");
        }
        for copy in copies(&world, &other).await {
            assert_eq!(copy.email.unwrap().as_str(), JANE);
        }
        // The books stay with their reader.
        for (book, link) in [BOOK, OTHER_BOOK].into_iter().zip(&links) {
            location(&world.download_of(book, link, "pdf").await);
        }
        for book in [BOOK, OTHER_BOOK] {
            assert_eq!(push(&world, book, "3").await["sent"], 1);
        }
    }
}

#[tokio::test]
async fn the_report_counts_the_payment_once() {
    let world = World::open().await;
    let links = buy_both(&world, JANE).await;
    world.purchase("wip-2e", "joe@example.com").await;
    let report = world.invoke("ReportFunction", &json!({})).await.unwrap();
    assert_eq!(report["sales"], 2, "{report}");
    let revenue = &report["revenue"].as_array().unwrap()[0];
    let products = report["by_product"].as_array().unwrap();
    let both = products.iter().find(|line| line["product_id"] == BOTH);
    assert_eq!(both.unwrap()["sales"], 1, "{report}");
    assert_eq!(revenue["gross"], json!(PRICE + 2900), "{report}");
    let csv = world.get(report["csv"].as_str().unwrap()).await;
    assert_eq!(csv.text().await.unwrap().lines().count(), 3);

    world.refund(&links[0], None).await;
    let report = world.invoke("ReportFunction", &json!({})).await.unwrap();
    let revenue = &report["revenue"].as_array().unwrap()[0];
    assert_eq!(revenue["refunded"], json!(PRICE), "{report}");
}

#[tokio::test]
async fn a_code_for_the_full_price_gives_both_books() {
    let world = World::open().await;
    let session = world.buy(BOTH).await;
    let page = world.stripe_url(&format!("/test/checkout/{session}/pay"));
    let fields = [
        ("email", JANE),
        ("card", "4242424242424242"),
        ("promotion_code", "FREE100"),
    ];
    let answer = world.post(&page, &fields).await;
    let first = location(&world.get(&location(&answer)).await);
    world.stripe().idle().await;
    let links = links(&world, &first).await;
    assert_eq!(statuses(&world, &links).await, [StatusCode::OK; 2]);
    for copy in copies(&world, &links).await {
        assert_eq!((copy.paid.unwrap().minor_units, copy.payment), (0, None));
    }
    assert_eq!(world.mails().len(), 1);
    assert_eq!(reconcile(&world).await["repaired"], 0);
}

#[tokio::test]
async fn a_team_has_fifty_downloads_and_fifty_again_with_each_edition() {
    let world = World::open().await;
    let team = world.purchase("wip-2e-team", JANE).await;
    let reader = world.purchase("wip-2e", "joe@example.com").await;
    let page = world.get(&team).await.text().await.unwrap();
    assert!(page.contains("50 of 50 downloads left"), "{page}");
    let receipt = &world.mails()[0].text.replace('\n', " ");
    assert!(receipt.contains("50 downloads"), "{receipt}");
    for left in (0..50).rev() {
        location(&world.download(&team, "pdf").await);
        assert_eq!(
            world.find_purchase(&team).await.unwrap().downloads_left,
            left
        );
    }
    let none_left = world.download(&team, "pdf").await;
    assert_eq!(none_left.status(), StatusCode::FORBIDDEN);
    assert_eq!(push(&world, BOOK, "3rd edition").await["sent"], 2);
    for (link, downloads) in [(&team, 50), (&reader, 5)] {
        assert_eq!(
            world.find_purchase(link).await.unwrap().downloads_left,
            downloads
        );
    }
    let mails = mails_about(&world, "3rd edition");
    let to_team = mails.iter().find(|mail| mail.to == [JANE]).unwrap();
    let text = to_team.text.replace('\n', " ");
    assert!(text.contains("50 fresh downloads"), "{text}");
}

/// What was bought stays what was bought, whatever the product gives to later buyers.
#[tokio::test]
async fn what_a_product_gives_later_buyers_changes_nothing_for_earlier_ones() {
    let world = World::open().await;
    let before = world.purchase("wip-2e", JANE).await;
    let event = json!({"products": {"wip-2e": {"downloads": 2, "files": ["epub"]}}});
    world.invoke("PublishFunction", &event).await.unwrap();
    let after = world.purchase("wip-2e", "joe@example.com").await;
    let shown = async |link: &str| {
        let page = world.private_page(link).await;
        let book = &page["books"][0];
        (book["downloads_left"].clone(), book["files"].clone())
    };
    assert_eq!(shown(&before).await, (json!(5), json!(["pdf", "epub"])));
    assert_eq!(shown(&after).await, (json!(2), json!(["epub"])));
    push(&world, BOOK, "3rd edition").await;
    assert_eq!(shown(&before).await, (json!(5), json!(["pdf", "epub"])));
    assert_eq!(shown(&after).await, (json!(2), json!(["epub"])));
}

#[tokio::test]
async fn a_part_of_a_book_gives_no_other_file_before_and_after_an_update() {
    let world = World::open().await;
    let link = world.purchase("wip-2e-pdf", JANE).await;
    let update = include_str!("../../events/push-update.json");
    let update: Value = serde_json::from_str(update).unwrap();
    for version in ["2nd edition", "2nd edition, 2.1"] {
        let page = world.private_page(&link).await;
        assert_eq!(page["books"][0]["version"], version);
        assert_eq!(page["books"][0]["files"], json!(["pdf"]));
        let html = world.get(&link).await.text().await.unwrap();
        assert!(html.contains("value=\"pdf\"") && !html.contains("value=\"epub\""));
        let epub = world.download(&link, "epub").await;
        assert_eq!(epub.status(), StatusCode::BAD_REQUEST);
        assert_eq!(world.find_purchase(&link).await.unwrap().downloads_left, 5);
        let told = epub.text().await.unwrap();
        assert!(told.contains("“pdf”; “epub” is not"), "{told}");
        if version == "2nd edition" {
            let pushed = world.invoke("PushUpdateFunction", &update).await.unwrap();
            assert_eq!(pushed["sent"], 1);
        }
    }
    location(&world.download(&link, "pdf").await);
}

/// A part with another, in one payment: each part keeps to its files.
#[tokio::test]
async fn a_product_may_sell_a_part_of_one_book_and_the_whole_of_another() {
    let world = World::open().await;
    let event = json!({"products": {"mixed": {
        "books": [{"book": "wip-de", "files": ["epub"]}, "wip"],
        "name": "German to look at, English to read", "price": "30.00 USD", "downloads": 3,
    }}});
    world.invoke("PublishFunction", &event).await.unwrap();
    let first = world.purchase("mixed", JANE).await;
    let links = links(&world, &first).await;
    let page = world.private_page(&first).await;
    let files = |index: usize| page["books"][index]["files"].clone();
    assert_eq!(
        (files(0), files(1)),
        (json!(["epub"]), json!(["pdf", "epub"]))
    );
    let pdf = world.download_of("wip-de", &links[0], "pdf").await;
    assert_eq!(pdf.status(), StatusCode::BAD_REQUEST);
    location(&world.download_of("wip-de", &links[0], "epub").await);
    location(&world.download(&links[1], "pdf").await);
    assert_eq!(downloads_left(&world, &links).await, [2, 2]);
}
