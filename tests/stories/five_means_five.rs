//! Five means five.

use emulators::faults::{Rule, Service};
use futures::future::join_all;
use reqwest::{Method, StatusCode};

use tests::look::alone;
use tests::world::{World, location};

/// Requests for one purchase, at once.
const REQUESTS: usize = 300;

#[tokio::test(flavor = "multi_thread", worker_threads = 16)]
async fn three_hundred_at_once_take_exactly_five() {
    let _alone = alone().await;
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let answers = join_all((0..REQUESTS).map(|_| world.download(&link, "pdf"))).await;
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
    assert_eq!(world.remembered(&link).await.unwrap().downloads_left, 0);
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
        assert_eq!(world.remembered(&link).await.unwrap().downloads_left, left);
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
        "<h1 dir=\"auto\">Writing Idiomatic Python</h1>",
        "2nd edition",
        "your five downloads",
        "mailto:ada@bookstall.example?subject=Writing%20Idiomatic%20Python",
        "When a new edition appears, this page opens again with fresh downloads.",
    ] {
        assert!(page.contains(part), "{part} is not on the page: {page}");
    }
    assert!(!page.contains("<form"), "{page}");
    let for_programs = world.private_page(&link).await;
    assert_eq!(for_programs["error"]["code"], "no_downloads_left");
    let head = world.http.head(&link).send().await.unwrap();
    assert_eq!(head.status(), StatusCode::FORBIDDEN);
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
    assert_eq!(world.remembered(&link).await.unwrap().downloads_left, 5);
}

#[tokio::test]
async fn asking_for_a_format_that_does_not_exist_costs_nothing() {
    let world = World::open().await;
    let link = world.purchase("wip-2e-pdf", "jane@example.com").await;
    // `epub` exists, but not of this product.
    for format in ["epub", "mobi", "PDF", "../pdf", "", "pdf\0"] {
        let answer = world.download(&link, format).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{format}");
    }
    assert_eq!(
        world.post(&link, &[]).await.status(),
        StatusCode::BAD_REQUEST
    );
    assert_eq!(world.remembered(&link).await.unwrap().downloads_left, 5);
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
    assert_eq!(world.remembered(&link).await.unwrap().downloads_left, 4);
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
    assert!(book.bytes().await.unwrap().starts_with(b"PK"));
}
