//! What the world sees of every mistake: a clear answer, and nothing lost.

use bookstall::domain::takes::PageToken;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use tests::world::{BOOK, World, location};

const UNKNOWN: &str = "/00000000-0000-4000-8000-000000000000";

async fn text(answer: Response, status: StatusCode) -> String {
    assert_eq!(answer.status(), status, "{}", answer.url());
    answer.text().await.unwrap()
}

#[tokio::test]
async fn an_unknown_a_malformed_and_a_foreign_link_look_the_same() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let id = link.rsplit('/').next().unwrap();
    let unknown = text(world.get(&world.url(UNKNOWN)).await, StatusCode::NOT_FOUND).await;
    for path in [
        "/x".to_owned(),
        "/favicon.ico".to_owned(),
        "/robots.txt".to_owned(),
        "/a/b".to_owned(),
        "/paid/".to_owned(),
        format!("/{id}/x"),
        format!("/{}", id.replace('-', "")),
        format!("/%7B{id}%7D"),
        format!("/{id}%00"),
        "/..%2f..%2fetc%2fpasswd".to_owned(),
        "/%F0%9F%90%8D".to_owned(),
        "/%FF%FE".to_owned(),
        format!("/{}", "a".repeat(5000)),
        "/paid/cs_test_nothing".to_owned(),
        "/paid/..%2F..%2Frefunds".to_owned(),
        "/paid/<script>".to_owned(),
    ] {
        let page = text(world.get(&world.url(&path)).await, StatusCode::NOT_FOUND).await;
        assert_eq!(page, unknown, "{path}");
    }
    for answer in [
        world.download(&world.url(UNKNOWN), "pdf").await,
        world.download(&world.url("/nonsense"), "pdf").await,
    ] {
        assert_eq!(text(answer, StatusCode::NOT_FOUND).await, unknown);
    }
    // No method finds more than another.
    for (method, path) in [
        (Method::PUT, "/x"),
        (Method::DELETE, "/buy"),
        (Method::POST, "/a/b"),
    ] {
        let request = world.http.request(method, world.url(path));
        let page = text(request.send().await.unwrap(), StatusCode::NOT_FOUND).await;
        assert_eq!(page, unknown, "{path}");
    }
    let head = world.http.head(format!("{link}/unsubscribe"));
    text(head.send().await.unwrap(), StatusCode::NOT_FOUND).await;
}

/// Mail programs take the end of a sentence for a part of the link, and some people type it.
#[tokio::test]
async fn a_link_that_a_mail_program_changed_is_that_link() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let id = link.rsplit('/').next().unwrap();
    for end in ["/", ".", ")", "%20", "%3E", "%E2%80%9D.", "%22"] {
        for id in [id.to_owned(), id.to_uppercase()] {
            let answer = world.get(&world.url(&format!("/{id}{end}"))).await;
            assert_eq!(location(&answer), link, "{end}");
            let answer = world
                .get(&world.url(&format!("/{id}/unsubscribe{end}")))
                .await;
            assert_eq!(location(&answer), format!("{link}/unsubscribe"), "{end}");
        }
    }
    let answer = world.get(&world.url("/resend/")).await;
    assert_eq!(location(&answer), world.url("/resend"));
    // Only looking is mended: whoever takes a download has the page before them.
    let answer = world.download(&format!("{link}/"), "pdf").await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_form_that_cannot_be_read_is_told_which_field_is_wrong() {
    let world = World::open().await;
    let buy = world.url("/buy");
    for fields in [
        &[][..],
        &[("product_id", "")],
        &[("product_id", "<script>alert(1)</script>")],
        &[("product", "wip-2e")],
    ] {
        let page = text(world.post(&buy, fields).await, StatusCode::BAD_REQUEST).await;
        assert!(
            page.contains("product_id") && !page.contains("<script"),
            "{page}"
        );
    }
    let page = text(
        world.post(&buy, &[("product_id", "nothing")]).await,
        StatusCode::NOT_FOUND,
    )
    .await;
    assert!(page.contains("Nothing was charged") && page.contains(&world.url("/")));
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused() {
    let world = World::open().await;
    let post = |kind: &'static str, body: Vec<u8>| {
        world
            .http
            .post(world.url("/buy"))
            .header("content-type", kind)
            .body(body)
            .send()
    };
    for (kind, body) in [
        ("application/json", b"{".to_vec()),
        ("application/json", b"[]".to_vec()),
        ("application/json", br#"{"product_id": 7}"#.to_vec()),
        ("application/json", b"\xff\xfe".to_vec()),
        ("application/xml", b"<a/>".to_vec()),
        ("multipart/form-data; boundary=x", b"--x--".to_vec()),
        (
            "application/x-www-form-urlencoded",
            b"\xff=%zz&&&===".to_vec(),
        ),
        ("text/plain", b"product_id=wip-2e".to_vec()),
    ] {
        let answer = post(kind, body).await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{kind}");
    }
    let answer = post("application/x-www-form-urlencoded", vec![b'a'; 20_000])
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let answer = post("application/x-www-form-urlencoded", vec![b'a'; 11_000_000]).await;
    assert!(
        answer.is_err()
            || answer.is_ok_and(|answer| answer.status() == StatusCode::PAYLOAD_TOO_LARGE)
    );
}

#[tokio::test]
async fn programs_are_answered_in_json_with_the_same_words() {
    let world = World::open().await;
    let ask = |request: reqwest::RequestBuilder| async {
        let answer = request
            .header("accept", "application/json")
            .send()
            .await
            .unwrap();
        (answer.status(), answer.json::<Value>().await.unwrap())
    };
    let buy = world.url("/buy");
    let (status, answer) = ask(world.http.post(&buy).json(&json!({"product_id": "wip-2e"}))).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        answer["client_secret"]
            .as_str()
            .unwrap()
            .starts_with("cs_test_")
    );
    assert_eq!(answer["publishable_key"], "pk_test_local");

    let (status, answer) = ask(world.http.post(&buy).json(&json!({"product_id": 1}))).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (StatusCode::BAD_REQUEST, &json!("unreadable_body"))
    );
    let (status, answer) = ask(world.http.post(&buy).json(&json!({}))).await;
    assert_eq!(
        (status, &answer["error"]["field"]),
        (StatusCode::BAD_REQUEST, &json!("product_id"))
    );
    let (status, answer) = ask(world.http.get(world.url(UNKNOWN))).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (StatusCode::NOT_FOUND, &json!("not_found"))
    );

    let link = world.purchase("wip-2e", "jane@example.com").await;
    let (status, mut answer) = ask(world.http.get(&link)).await;
    assert_eq!(status, StatusCode::OK);
    let token = answer.as_object_mut().unwrap().remove("token").unwrap();
    assert!(PageToken::parse(token.as_str().unwrap()).is_some());
    assert_eq!(
        answer,
        json!({
            "books": [{
                "link": link, "book": "wip", "name": "Writing Idiomatic Python",
                "version": "2nd edition", "edition": 1, "files": ["pdf", "epub"],
                "downloads_left": 5,
            }],
        })
    );
    let (status, answer) = ask(world
        .http
        .post(&link)
        .form(&[("book", BOOK), ("file", "pdf")]))
    .await;
    assert_eq!(status, StatusCode::OK);
    assert!(answer["url"].as_str().unwrap().contains("X-Amz-Signature"));
}

#[tokio::test]
async fn a_method_that_nobody_expects_changes_nothing() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let before = world.find_purchase(&link).await;
    for method in [
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::OPTIONS,
        Method::TRACE,
    ] {
        for url in [&link, &world.url("/buy"), &world.url("/stripe")] {
            let answer = world
                .http
                .request(method.clone(), url)
                .send()
                .await
                .unwrap();
            assert!(
                answer.status().is_client_error(),
                "{method} {url}: {}",
                answer.status()
            );
        }
    }
    assert_eq!(world.find_purchase(&link).await, before);
}

#[tokio::test]
async fn every_answer_is_private() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    for answer in [
        world.get(&link).await,
        world.http.head(&link).send().await.unwrap(),
        world.download(&link, "pdf").await,
        world.download(&link, "mobi").await,
        world.get(&world.url(UNKNOWN)).await,
        world
            .post(&world.url("/buy"), &[("product_id", "wip-2e")])
            .await,
    ] {
        let header = |name: &str| {
            answer
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap())
        };
        assert_eq!(header("cache-control"), Some("no-store"));
        assert_eq!(header("referrer-policy"), Some("no-referrer"));
        assert_eq!(header("x-robots-tag"), Some("noindex"));
        assert_eq!(header("x-content-type-options"), Some("nosniff"));
        let policy = header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe"), "{policy}");
    }
}

#[tokio::test]
async fn head_says_what_get_says_without_the_page() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let head = world.http.head(&link).send().await.unwrap();
    assert_eq!(head.status(), StatusCode::OK);
    assert_eq!(head.headers()["content-type"], "text/html; charset=utf-8");
    assert_eq!(head.text().await.unwrap(), "");
}

#[tokio::test]
async fn labels_of_the_page_travel_with_the_sale_and_nonsense_is_left_out() {
    let world = World::open().await;
    let fields = [
        ("product_id", "wip-2e"),
        ("variant", "b"),
        ("source", "<script>"),
    ];
    let page = location(&world.post(&world.url("/buy"), &fields).await);
    let back = world
        .pay(page.rsplit('/').next().unwrap(), "jane@example.com")
        .await;
    let link = location(&world.get(&back).await);
    let attribution = world.find_purchase(&link).await.unwrap().attribution;
    assert_eq!(attribution.variant.unwrap().as_str(), "b");
    assert_eq!(attribution.source, None);
}

#[tokio::test]
async fn when_dynamodb_fails_nothing_is_lost_and_the_page_says_so() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let throttled = emulators::faults::Rule::dynamodb_throttled();
    world.faults().add(throttled);
    for answer in [world.get(&link).await, world.download(&link, "pdf").await] {
        let page = text(answer, StatusCode::SERVICE_UNAVAILABLE).await;
        assert!(page.contains("Nothing is lost"), "{page}");
    }
    world.faults().clear();
    assert_eq!(world.find_purchase(&link).await.unwrap().downloads_left, 5);
}
