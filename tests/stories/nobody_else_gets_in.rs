//! Nobody else gets in: not by the form, not by a header, not by an address of S3, not by a webhook.

use aws_sdk_dynamodb::types::AttributeValue;
use bookstall::{
    adapters::{
        aws::{Aws, Endpoints},
        presigned_urls::PresignedUrls,
    },
    domain::{book_file::FileName, timestamp::Timestamp},
    runtime::{clock, random},
};
use emulators::{
    dynamodb::PURCHASES_TABLE,
    faults::{CannedResponse, Effect, Rule, Service},
    s3::BOOKS_BUCKET,
};
use futures::future::join_all;
use reqwest::{Method, StatusCode, Url};
use serde_json::{Value, json};

use tests::state::{ShopState, alone};
use tests::world::{BOOK, World, aws_client, completed, id_of, listing, location};

const JANE: &str = "jane@example.com";

async fn session_of(world: &World, page: &str) -> Value {
    let id = page.rsplit('/').next().unwrap();
    world.ask_stripe(&format!("checkout/sessions/{id}")).await
}

#[tokio::test]
async fn json_of_odd_types_opens_no_checkout() {
    let world = World::open().await;
    for body in [
        json!({"product_id": ["wip-2e"]}),
        json!({"product_id": {"$ne": ""}}),
        json!({"product_id": null}),
        json!({"product_id": true}),
        json!({"product_id": "wip-2e", "price": 1}),
        json!({"product_id": "wip-2e", "source": {"a": "b"}}),
        json!(["product_id", "wip-2e"]),
        json!("product_id=wip-2e"),
        json!({"product_id": "wip-2e\r\nX-Evil: 1"}),
        json!({"product_id": "wip-2e\u{0}"}),
        json!({"product_id": " wip-2e"}),
    ] {
        let answer = world.http.post(world.url("/buy")).json(&body).send();
        assert_eq!(
            answer.await.unwrap().status(),
            StatusCode::BAD_REQUEST,
            "{body}"
        );
    }
    assert_eq!(world.state().await, ShopState::empty());
}

/// Whoever opened the checkout has its address, though another may have paid.
#[tokio::test]
async fn a_finished_checkout_leads_to_the_link_until_an_hour_after_its_mail() {
    let world = World::open().await;
    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, JANE).await;
    let link = location(&world.get(&back).await);
    world.stripe().idle().await;
    let change = async |update: &str, moment: Timestamp| {
        let endpoints = &world.shop.emulators().aws;
        let change = aws_client(endpoints).update_item();
        change
            .table_name(PURCHASES_TABLE)
            .key("id", AttributeValue::S(id_of(&link).secret()))
            .update_expression(update)
            .expression_attribute_values(":moment", AttributeValue::S(moment.to_string()))
            .send()
            .await
            .unwrap();
    };
    let now = clock::now();
    change("SET mailed_at = :moment", now.plus_seconds(-59 * 60)).await;
    assert_eq!(location(&world.get(&back).await), link);

    change("SET mailed_at = :moment", now.plus_seconds(-61 * 60)).await;
    let mails = world.mails().len();
    let answer = world.get(&back).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let page = answer.text().await.unwrap();
    assert!(page.contains("The link is in your mail"), "{page}");
    assert!(page.contains(&world.url("/resend")), "{page}");
    assert!(
        !page.contains(&id_of(&link).secret()) && !page.contains(JANE),
        "{page}"
    );
    let asked = world.http.get(&back).header("accept", "application/json");
    let answer: Value = asked.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["status"], "mailed");
    assert_eq!(world.mails().len(), mails);

    // Whose address refused the mail has the link nowhere else.
    change("SET mail_refused_at = :moment", now).await;
    assert_eq!(location(&world.get(&back).await), link);
}

/// If a field occurs twice, the last one counts, with its own price.
#[tokio::test]
async fn a_field_twice_mixes_nothing() {
    let world = World::open().await;
    let fields = [
        ("product_id", "wip-1e"),
        ("product_id", "wip-2e"),
        ("price", "1"),
        ("price", "2"),
    ];
    let page = location(&world.post(&world.url("/buy"), &fields).await);
    let session = session_of(&world, &page).await;
    assert_eq!(
        (
            &session["amount_total"],
            &session["currency"],
            &session["metadata"]["product_id"]
        ),
        (&json!(2900), &json!("usd"), &json!("wip-2e"))
    );
}

#[tokio::test]
async fn no_header_of_a_visitor_changes_where_the_buyer_is_sent() {
    let world = World::open().await;
    let mut request = world
        .http
        .post(world.url("/buy"))
        .form(&[("product_id", "wip-2e")]);
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "gopher"),
        ("forwarded", "host=evil.example"),
        ("origin", "https://evil.example"),
        ("referer", "https://evil.example/"),
        ("x-original-url", "/evil"),
    ] {
        request = request.header(name, value);
    }
    let page = location(&request.send().await.unwrap());
    let session = session_of(&world, &page).await;
    assert_eq!(
        session["success_url"],
        world.url("/paid/{CHECKOUT_SESSION_ID}")
    );
    assert_eq!(session["cancel_url"], world.url("/"));
    let back = world.pay(page.rsplit('/').next().unwrap(), JANE).await;
    let request = world.http.get(&back).header("host", "evil.example");
    let link = location(&request.send().await.unwrap());
    assert!(link.starts_with(&world.url("/")), "{link}");
}

/// Stripe's page refuses line ends in an address. If one came through, it would still set no header.
#[tokio::test]
async fn a_line_end_in_what_the_buyer_typed_sets_no_header_of_a_mail() {
    let world = World::open().await;
    world.drop_webhooks();
    let sold = async |email: &str, name: &str| {
        let session = world.buy("wip-2e").await;
        let back = world.pay(&session, JANE).await;
        let path = format!("checkout/sessions/{session}?expand[]=payment_intent.latest_charge");
        let mut answer = world.ask_stripe(&path).await;
        answer["customer_details"]["email"] = json!(email);
        answer["customer_details"]["name"] = json!(name);
        let answer = Effect::Answer(CannedResponse::json(200, &answer.to_string()));
        let rule = Rule::new(Service::Stripe, answer).on_path("/v1/checkout/sessions/cs_");
        world.faults().add(rule.times(1));
        location(&world.get(&back).await)
    };
    for email in [
        "jane@example.com\r\nBcc: eve@evil.example",
        "jane@example.com\nBcc: eve@evil.example",
        "jane@example.com, eve@evil.example",
        "Jane <jane@example.com>, eve@evil.example",
        "jane@example.com\u{0}",
    ] {
        let link = sold(email, "Jane").await;
        assert_eq!(world.get(&link).await.status(), StatusCode::OK);
        assert_eq!(
            world.find_purchase(&link).await.unwrap().email,
            None,
            "{email:?}"
        );
    }
    assert!(world.mails().is_empty());

    sold(JANE, "Jane\r\nBcc: eve@evil.example").await;
    let mails = world.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, [JANE]);
    assert!(!format!("{:?}", mails[0]).contains("evil.example"));
}

#[tokio::test]
async fn a_line_end_in_an_event_of_the_authors_sets_no_header_of_a_mail() {
    let world = World::open().await;
    world.purchase("wip-2e", JANE).await;
    let named = |name: &str| {
        let mut event = listing("a");
        event["books"]["a"]["name"] = json!(name);
        event
    };
    let evil = "x\r\nBcc: eve@evil.example";
    for (function, event, field) in [
        ("PublishFunction", named(evil), "name`"),
        (
            "PushUpdateFunction",
            json!({"book": BOOK, "version": evil}),
            "`version`",
        ),
        (
            "PushUpdateFunction",
            json!({"book": BOOK, "version": "3rd", "test_to": evil}),
            "`test_to`",
        ),
    ] {
        let error = world.invoke(function, &event).await.unwrap_err();
        assert!(
            error["errorMessage"].as_str().unwrap().contains(field),
            "{error}"
        );
    }
    assert_eq!(world.mails().len(), 1);
}

/// The signature covers the key, the version, the method, the name for the buyer, and when it ends.
#[tokio::test]
async fn an_address_of_s3_gives_one_file_under_one_name_for_ten_minutes() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    let address = location(&world.download(&link, "pdf").await);
    let with = |old: &str, new: &str| {
        let changed = address.replace(old, new);
        assert_ne!(changed, address, "{old}");
        changed
    };
    let mut unsigned = Url::parse(&address).unwrap();
    unsigned.set_query(None);
    for forged in [
        with("2e.pdf", "2e.epub"),
        with("2e.pdf", "1e.pdf"),
        with("2e.pdf", ""),
        with("Idiomatic", "Other"),
        with("versionId=", "versionId=0"),
        with("X-Amz-Expires=600", "X-Amz-Expires=86400"),
        with("X-Amz-Date=2", "X-Amz-Date=3"),
        with("AKIALOCALDOWNLOAD000", "AKIALOCALPUBLISH0000"),
        unsigned.to_string(),
    ] {
        let answer = world.get(&forged).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{forged}");
    }
    for method in [Method::PUT, Method::DELETE, Method::HEAD, Method::POST] {
        let answer = world
            .http
            .request(method.clone(), &address)
            .body("x")
            .send()
            .await;
        assert!(answer.unwrap().status().is_client_error(), "{method}");
    }
    let book = world.get(&address).await;
    assert_eq!(book.status(), StatusCode::OK);
    assert!(book.bytes().await.unwrap().starts_with(b"%PDF-"));
}

#[tokio::test]
async fn an_address_of_s3_is_dead_after_ten_minutes() {
    let world = World::open().await;
    let aws = Aws::at(Endpoints::clone(&world.shop.emulators().aws));
    let presigned_urls = PresignedUrls::open(&aws, BOOKS_BUCKET);
    let book = world.book(BOOK).await;
    let file = book.file(&FileName::parse("pdf").unwrap()).unwrap();
    let given = async |seconds_ago: i64| {
        let then = clock::now().plus_seconds(-seconds_ago);
        let address = presigned_urls.get(file, "Book.pdf", then);
        world.get(&address).await.status()
    };
    assert_eq!(given(0).await, StatusCode::OK);
    assert_eq!(given(9 * 60).await, StatusCode::OK);
    assert_eq!(given(10 * 60 + 1).await, StatusCode::FORBIDDEN);
}

/// Even if it is signed, because the shop reads no body of that size.
#[tokio::test]
async fn a_webhook_larger_than_any_of_stripes_is_refused() {
    let world = World::open().await;
    world.drop_webhooks();
    let session = world.buy("wip-2e").await;
    world.pay(&session, JANE).await;
    let of_size = |bytes: usize| {
        let mut event = completed(&session);
        event["padding"] = json!("x".repeat(bytes));
        event
    };
    for (bytes, status) in [
        (11 * 1024 * 1024, StatusCode::PAYLOAD_TOO_LARGE),
        (1024 * 1024, StatusCode::PAYLOAD_TOO_LARGE),
        (256 * 1024, StatusCode::PAYLOAD_TOO_LARGE),
        (200 * 1024, StatusCode::OK),
    ] {
        assert_eq!(
            world.webhook(&of_size(bytes)).await.status(),
            status,
            "{bytes}"
        );
        let is_ours = usize::from(status == StatusCode::OK);
        assert_eq!(world.purchases().await, is_ours, "{bytes}");
    }
}

/// The number of guessed links. Each has 122 random bits.
const GUESSES: usize = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 16)]
async fn five_hundred_guessed_links_open_nothing_and_cost_nothing() {
    let _alone = alone().await;
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    let real = link.rsplit('/').next().unwrap();
    let guess = async |number: usize| {
        // Every second guess differs from a real id in its last digits only.
        let id = if number.is_multiple_of(2) {
            format!("{}{number:012x}", &real[..24])
        } else {
            random::new_purchase_id().secret()
        };
        let url = world.url(&format!("/{id}"));
        let (page, download) = (world.get(&url).await, world.download(&url, "pdf").await);
        (page.status(), download.status())
    };
    for fifty in (0..GUESSES).collect::<Vec<_>>().chunks(50) {
        for answers in join_all(fifty.iter().map(|number| guess(*number))).await {
            assert_eq!(answers, (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
        }
    }
    assert_eq!(world.state().await, ShopState::after_sales_to(&[JANE]));
}
