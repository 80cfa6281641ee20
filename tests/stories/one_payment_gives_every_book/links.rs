//! Each copy has a link and downloads of its own, and gives nothing of the other.

use bookstall::domain::{
    book::BookId,
    purchase_id::{PurchaseId, Seed},
};
use reqwest::StatusCode;
use serde_json::json;
use tests::world::{BOOK, LOG, World, id_of, location};

use super::{BOTH, JANE, OTHER_BOOK, buy_both, downloads_left, links};

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
