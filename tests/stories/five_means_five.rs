//! Five means five.

use bookstall::{
    adapters::{
        aws::Aws,
        purchases::{Purchases, TakeOutcome},
    },
    domain::{
        book::BookId,
        book_file::FileName,
        purchase_id::PurchaseId,
        takes::{PageToken, Press},
    },
    runtime::clock,
};
use emulators::{
    dynamodb::PURCHASES_TABLE,
    faults::{Rule, Service},
};
use futures::{StreamExt, future::join_all, stream};
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;

use tests::state::alone;
use tests::world::{BOOK, World, location};

/// The number of requests for one purchase.
const REQUESTS: usize = 300;
/// How many of them wait for an answer at once. With all of them, each has a three-hundredth of a busy
/// machine, and some are out of time before DynamoDB has answered.
const AT_ONCE: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 16)]
async fn of_three_hundred_with_sixty_at_once_exactly_five_take_one() {
    let _alone = alone().await;
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let answers = stream::iter(0..REQUESTS)
        .map(|_| world.download(&link, "pdf"))
        .buffer_unordered(AT_ONCE);
    let answers: Vec<_> = answers.collect().await;
    let with = |status| {
        answers
            .iter()
            .filter(|answer| answer.status() == status)
            .count()
    };
    assert_eq!(
        (with(StatusCode::SEE_OTHER), with(StatusCode::FORBIDDEN)),
        (5, REQUESTS - 5)
    );
    assert_eq!(world.find_purchase(&link).await.unwrap().downloads_left, 0);
}

#[tokio::test]
async fn after_five_the_buyer_is_told_kindly_that_there_are_none_left() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    for left in (0..5).rev() {
        assert_eq!(
            world.download(&link, "epub").await.status(),
            StatusCode::SEE_OTHER
        );
        assert_eq!(
            world.find_purchase(&link).await.unwrap().downloads_left,
            left
        );
    }
    for refused in [world.download(&link, "epub").await, world.get(&link).await] {
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
        let page = refused.text().await.unwrap();
        assert!(
            page.contains("No downloads left") && page.contains("mailto:ada@bookstall.example")
        );
    }
}

#[tokio::test]
async fn the_private_page_with_none_left_is_still_the_page_of_that_book() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    for _ in 0..5 {
        location(&world.download(&link, "pdf").await);
    }
    let answer = world.get(&link).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let page = answer.text().await.unwrap();
    for part in [
        "<h1 dir=\"auto\" lang=\"en\">Writing Idiomatic Python</h1>",
        "2nd edition",
        "your five downloads",
        "mailto:ada@bookstall.example?subject=Writing%20Idiomatic%20Python",
        "When a new edition appears, you will find it on this page, with fresh downloads.",
    ] {
        assert!(page.contains(part), "{part} is not on the page: {page}");
    }
    assert!(!page.contains("<form"), "{page}");
    let for_programs = world.private_page(&link).await;
    assert_eq!(for_programs["error"]["code"], "no_downloads_left");
    let head = world.http.head(&link).send().await.unwrap();
    assert_eq!(head.status(), StatusCode::FORBIDDEN);
}

/// The token that the private page carries, as programs are told it.
async fn token(world: &World, link: &str) -> String {
    let page = world.private_page(link).await;
    page["token"].as_str().unwrap().to_owned()
}

async fn press(world: &World, link: &str, file: &str, token: &str) -> Response {
    let fields = [("book", BOOK), ("file", file), ("token", token)];
    world.post(link, &fields).await
}

#[tokio::test]
async fn a_double_click_takes_one() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let page = world.get(&link).await.text().await.unwrap();
    let (_, rest) = page.split_once("name=\"token\" value=\"").unwrap();
    let (token, _) = rest.split_once('"').unwrap();
    let clicks = (0..2).map(|_| press(&world, &link, "pdf", token));
    for answer in join_all(clicks).await {
        let book = world.get(&location(&answer)).await;
        assert!(book.bytes().await.unwrap().starts_with(b"%PDF-"));
    }
    assert_eq!(world.find_purchase(&link).await.unwrap().downloads_left, 4);
    assert_eq!(world.find_purchase(&link).await.unwrap().downloads, 1);
}

/// A save dialog that was cancelled, a file that stopped after ten minutes: also the last of five.
#[tokio::test]
async fn the_same_press_again_takes_nothing_and_gives_a_fresh_address() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    for left in (0..5).rev() {
        let token = token(&world, &link).await;
        for _ in 0..3 {
            location(&press(&world, &link, "pdf", &token).await);
            assert_eq!(
                world.find_purchase(&link).await.unwrap().downloads_left,
                left
            );
        }
        if left == 0 {
            let other = press(&world, &link, "epub", &token).await;
            assert_eq!(other.status(), StatusCode::FORBIDDEN);
        }
    }
}

#[tokio::test]
async fn another_file_another_page_and_a_press_without_a_token_take_one_each() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let first = token(&world, &link).await;
    let second = token(&world, &link).await;
    assert_ne!(first, second);
    location(&press(&world, &link, "pdf", &first).await);
    location(&press(&world, &link, "epub", &first).await);
    location(&press(&world, &link, "pdf", &second).await);
    location(&world.download(&link, "pdf").await);
    location(&world.download(&link, "pdf").await);
    assert_eq!(world.find_purchase(&link).await.unwrap().downloads_left, 0);
}

#[tokio::test]
async fn a_press_an_hour_later_is_a_new_one() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let token = token(&world, &link).await;
    let token = PageToken::parse(&token).unwrap();
    let aws = Aws::at(world.shop.emulators().aws.clone());
    let purchases = Purchases::open(&aws, PURCHASES_TABLE.to_owned());
    let book = BookId::parse(BOOK).unwrap();
    let pdf = FileName::parse("pdf").unwrap();
    let id = PurchaseId::parse(link.rsplit('/').next().unwrap()).unwrap();
    let press = Press::from(token);
    let began = clock::now();
    for (seconds, is_taken, left) in [(0, true, 4), (3600, false, 4), (3601, true, 3)] {
        let now = began.plus_seconds(seconds);
        let took = purchases.take_download(id, &book, &pdf, false, &press, now);
        let took = took.await.unwrap();
        match (is_taken, took) {
            (true, TakeOutcome::Taken(after)) | (false, TakeOutcome::Again(after)) => {
                assert_eq!(after.downloads_left, left, "{seconds}");
            }
            (_, other) => panic!("{seconds}: {other:?}"),
        }
    }
}

/// What is pressed again gives nothing once the money is gone.
#[tokio::test]
async fn the_same_press_after_a_refund_is_refused() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let token = token(&world, &link).await;
    location(&press(&world, &link, "pdf", &token).await);
    let payment = world.payment(&link).await;
    let refund = world.stripe_url(&format!("/test/payments/{payment}/refund"));
    world.post(&refund, &[]).await;
    world.stripe().idle().await;
    let answer = press(&world, &link, "pdf", &token).await;
    assert_eq!(answer.status(), StatusCode::GONE);
}

#[tokio::test]
async fn a_token_that_no_page_carries_is_refused_and_takes_nothing() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    for token in ["", "x", "00000000-0000-4000-8000-000000000000"] {
        let answer = press(&world, &link, "pdf", token).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{token}");
    }
    assert_eq!(world.find_purchase(&link).await.unwrap().downloads_left, 5);
}

#[tokio::test]
async fn a_program_is_told_how_many_are_left() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let request = world
        .http
        .post(&link)
        .form(&[("book", BOOK), ("file", "pdf")]);
    let answer = request.header("accept", "application/json").send().await;
    let answer: Value = answer.unwrap().json().await.unwrap();
    assert_eq!(answer["downloads_left"], 4);
    assert_eq!(answer["downloads_in_full"], 5);
    assert_eq!(answer["count"], "4 of 5 downloads left");
    let book = world.get(answer["url"].as_str().unwrap()).await;
    assert_eq!(book.status(), StatusCode::OK);
}

#[tokio::test]
async fn looking_costs_nothing_whoever_looks() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    for method in [Method::GET, Method::HEAD] {
        for _ in 0..10 {
            let answer = world
                .http
                .request(method.clone(), &link)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
        }
    }
    assert_eq!(world.find_purchase(&link).await.unwrap().downloads_left, 5);
}

#[tokio::test]
async fn asking_for_a_file_that_does_not_exist_costs_nothing() {
    let world = World::open().await;
    let link = world.purchase("wip-2e-pdf", "jane@example.com").await;
    // The product sells the book without its `epub`.
    for file in ["epub", "mobi", "PDF", "../pdf", "", "pdf\0"] {
        let answer = world.download(&link, file).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{file}");
    }
    // Other books have a PDF, too.
    for book in ["wip-1e", "wip-de", "nothing", "WIP", "", "wip\0"] {
        let answer = world.download_of(book, &link, "pdf").await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{book}");
    }
    for fields in [&[][..], &[("book", BOOK)], &[("file", "pdf")]] {
        let answer = world.post(&link, fields).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{fields:?}");
    }
    assert_eq!(world.find_purchase(&link).await.unwrap().downloads_left, 5);
}

#[tokio::test]
async fn a_warm_download_is_one_call_to_dynamodb_and_no_other() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    world.download(&link, "pdf").await;
    world.faults().clear_calls();
    world.download(&link, "pdf").await;
    let calls = world.faults().calls();
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(world.calls(Service::DynamoDb), ["UpdateItem"]);
}

#[tokio::test]
async fn a_lost_answer_of_dynamodb_does_not_cost_a_second_download() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    world.faults().add(
        Rule::answer_lost(Service::DynamoDb)
            .on("UpdateItem")
            .times(1),
    );
    assert_eq!(
        world.download(&link, "pdf").await.status(),
        StatusCode::SEE_OTHER
    );
    assert_eq!(world.find_purchase(&link).await.unwrap().downloads_left, 4);
}

#[tokio::test]
async fn the_book_arrives_whole_under_its_own_name() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let book = world
        .get(&location(&world.download(&link, "pdf").await))
        .await;
    assert_eq!(book.status(), StatusCode::OK);
    assert_eq!(
        book.headers()["content-disposition"],
        "attachment; filename=\"Writing Idiomatic Python - 2nd edition.pdf\"; \
         filename*=UTF-8''Writing%20Idiomatic%20Python%20-%202nd%20edition.pdf"
    );
    assert!(book.bytes().await.unwrap().starts_with(b"%PDF-"));

    let book = world
        .get(&location(&world.download(&link, "epub").await))
        .await;
    assert_eq!(book.headers()["content-type"], "application/epub+zip");
    assert!(book.bytes().await.unwrap().starts_with(b"PK"));
}
