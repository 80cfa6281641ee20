//! What is done for one buyer is done for all their copies.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{BOOK, World, id_of, location};

use super::{JANE, OTHER_BOOK, PRICE, buy_both, copies, push};

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
