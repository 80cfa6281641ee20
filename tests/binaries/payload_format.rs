//! The functions understand API Gateway's requests (payload format 2.0).

use serde_json::json;

use crate::{
    deployment::Deployment,
    event::{DOMAIN, Event},
};

const NOBODY: &str = "/3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10";

/// The success URL of the session that this event opens.
async fn return_address(deployment: &Deployment, event: Event) -> String {
    let answer = deployment.call(event).await;
    let session = answer.location().rsplit('/').next().unwrap().to_owned();
    let session = deployment.session(&session).await;
    session["success_url"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_buyer_comes_back_to_the_address_that_was_asked() {
    let deployment = Deployment::open().await;
    let buy = || Event::of("POST /buy", "/buy").form("product_id=wip-2e");
    let domain = "shop.example.com";
    for (event, address) in [
        (buy(), format!("https://{DOMAIN}")),
        (
            buy().through_stage("prod"),
            format!("https://{DOMAIN}/prod"),
        ),
        (buy().through_domain(domain), format!("https://{domain}")),
        // A custom domain leaves the stage out of the path, but not out of the context.
        (
            buy()
                .through_stage("prod")
                .through_domain(domain)
                .with("rawPath", json!("/buy")),
            format!("https://{domain}"),
        ),
    ] {
        assert_eq!(
            return_address(&deployment, event).await,
            format!("{address}/paid/{{CHECKOUT_SESSION_ID}}")
        );
    }
}

#[tokio::test]
async fn a_body_is_read_with_and_without_base64() {
    let deployment = Deployment::open().await;
    let plain = Event::of("POST /buy", "/buy")
        .header("content-type", "application/json")
        .with("body", json!(r#"{"product_id": "wip-2e"}"#));
    for event in [plain.clone(), plain.in_base64()] {
        assert_eq!(deployment.call(event).await.status, 303);
    }
    // The signature covers the bytes that Stripe sent.
    let webhook = Event::of("POST /stripe", "/stripe").signed(
        &json!({"id": "evt_1", "object": "event", "type": "customer.created", "note": "naïve ☕"}),
    );
    for event in [webhook.clone(), webhook.in_base64()] {
        assert_eq!(deployment.call(event).await.status, 200);
    }
    // Bytes that are not UTF-8 are the sender's mistake.
    let bytes = Event::of("POST /buy", "/buy").form("product_id=%FF");
    assert_eq!(deployment.call(bytes).await.status, 400);
}

#[tokio::test]
async fn cookies_and_repeated_headers_and_queries_change_nothing() {
    let deployment = Deployment::open().await;
    let event = Event::of("GET /{purchase_id}", NOBODY)
        .with("cookies", json!(["a=1", "b=\"2\""]))
        .header("accept", "application/json,application/json")
        .header("x-forwarded-for", "203.0.113.7,198.51.100.2")
        .with(
            "rawQueryString",
            json!("utm_source=news%20letter&utm_source=b&%"),
        )
        .with(
            "queryStringParameters",
            json!({"utm_source": "news letter,b"}),
        )
        .with("stageVariables", json!({"a": "b"}));
    let answer = deployment.call(event).await;
    assert_eq!(answer.status, 404);
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["error"]["code"], "not_found");
}

#[tokio::test]
async fn head_is_answered_like_get_without_a_body() {
    let deployment = Deployment::open().await;
    let head = deployment
        .call(Event::of("HEAD /{purchase_id}", NOBODY))
        .await;
    let get = deployment
        .call(Event::of("GET /{purchase_id}", NOBODY))
        .await;
    assert_eq!((head.status, get.status), (404, 404));
    assert!(head.body.is_empty() && !get.body.is_empty());
    for name in ["content-type", "cache-control", "content-security-policy"] {
        assert_eq!(head.header(name), get.header(name));
    }
}

/// API Gateway decodes the path before it writes it into `rawPath`. No id has such characters.
#[tokio::test]
async fn a_path_of_any_letters_is_a_page_that_is_not_there() {
    let deployment = Deployment::open().await;
    for path in [
        "/a b",
        "/\u{fc}ber",
        "/\u{1f4da}",
        "/a\"b<c>",
        "/%",
        "/{a}",
        "/a\\b",
        "/a#b",
        "/a\u{0}b",
    ] {
        let looked = Event::of("GET /{purchase_id}", path);
        assert_eq!(deployment.call(looked).await.status, 404, "{path:?}");
        let paid = format!("/paid{path}");
        let paid = Event::of("GET /paid/{session_id}", &paid);
        assert_eq!(deployment.call(paid).await.status, 404, "{path:?}");
    }
}

/// `lambda_http` makes a URI of host, path and query, and panics where that is none.
#[tokio::test]
async fn a_query_and_a_host_of_any_letters_change_nothing() {
    let deployment = Deployment::open().await;
    for query in ["a=\"b\"", "<script>", "a b|^`{}\\#\u{0}\u{fc}"] {
        let looked = Event::of("GET /{purchase_id}", NOBODY).with("rawQueryString", json!(query));
        assert_eq!(deployment.call(looked).await.status, 404, "{query:?}");
    }
    for (name, value) in [
        ("host", "shop.example:99999"),
        ("host", "<>"),
        ("x-forwarded-proto", "https,http"),
    ] {
        let looked = Event::of("GET /{purchase_id}", NOBODY).header(name, value);
        assert_eq!(deployment.call(looked).await.status, 404, "{value:?}");
    }
}

#[tokio::test]
async fn a_link_that_a_mail_program_changed_leads_to_itself() {
    let deployment = Deployment::open().await;
    let link = format!("https://{DOMAIN}{NOBODY}");
    for (route, path, expected) in [
        ("$default", format!("{NOBODY}/"), Some(&link)),
        ("GET /{purchase_id}", format!("{NOBODY})."), Some(&link)),
        ("GET /{purchase_id}", NOBODY.to_uppercase(), Some(&link)),
        ("$default", "/".to_owned(), None),
        ("$default", "/a/b/c".to_owned(), None),
    ] {
        let answer = deployment.call(Event::of(route, &path)).await;
        if let Some(link) = expected {
            assert_eq!(answer.location(), link, "{path}");
        } else {
            assert_eq!(answer.status, 404, "{path}");
            assert!(answer.body.contains("There is no book at this address"));
        }
    }
    let staged = Event::of("$default", &format!("{NOBODY}/")).through_stage("prod");
    let answer = deployment.call(staged).await;
    assert_eq!(answer.location(), format!("https://{DOMAIN}/prod{NOBODY}"));
}
