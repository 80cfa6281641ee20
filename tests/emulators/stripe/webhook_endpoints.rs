//! Webhook endpoints that are made through the API, the account, and what restricted keys may do.

use std::time::Duration;

use emulators::stripe::FaultSettings;
use serde_json::{Value, json};

use crate::stripe::webhook_endpoint::WebhookEndpoint;
use crate::stripe::world::{SECRET_KEY, World};

const HOOK: &str = "https://shop.example/stripe";

/// Sends a request to the API with this key, and returns the status and the answer.
async fn ask(
    world: &World,
    key: &str,
    method: &str,
    path: &str,
    form: &[(&str, &str)],
) -> (u16, Value) {
    let url = format!("{}/v1{path}", world.url);
    let request = world
        .browser
        .request(method.parse().expect("a method"), url);
    let request = request.bearer_auth(key);
    let request = if method == "POST" {
        request.form(form)
    } else {
        request
    };
    let response = request.send().await.expect("an answer");
    (
        response.status().as_u16(),
        response.json().await.expect("JSON"),
    )
}

async fn create(world: &World, url: &str, events: &[&str]) -> Value {
    let mut form = vec![("url", url)];
    form.extend(events.iter().map(|event| ("enabled_events[]", *event)));
    let (status, endpoint) = ask(world, SECRET_KEY, "POST", "/webhook_endpoints", &form).await;
    assert_eq!(status, 200, "{endpoint}");
    endpoint
}

fn text<'a>(json: &'a Value, name: &str) -> &'a str {
    json[name].as_str().expect("a text")
}

#[tokio::test]
async fn only_the_answer_to_the_creation_tells_the_secret() {
    let world = World::new().await;
    let form = [
        ("url", HOOK),
        ("enabled_events[]", "charge.refunded"),
        ("enabled_events[]", "checkout.session.completed"),
        ("api_version", "2026-09-30.endive"),
        ("description", "Bookstall"),
        ("metadata[bookstall_shop]", "shop-1"),
    ];
    let (_, mut created) = ask(&world, SECRET_KEY, "POST", "/webhook_endpoints", &form).await;
    let secret = created.as_object_mut().expect("an object").remove("secret");
    assert!(
        secret.is_some_and(
            |secret| text(&json!({ "secret": secret }), "secret").starts_with("whsec_")
        )
    );
    let id = text(&created, "id").to_owned();
    assert!(id.starts_with("we_"));
    let expected = json!({
        "id": id,
        "object": "webhook_endpoint",
        "api_version": "2026-09-30.endive",
        "application": null,
        "created": created["created"],
        "description": "Bookstall",
        "enabled_events": ["charge.refunded", "checkout.session.completed"],
        "livemode": false,
        "metadata": {"bookstall_shop": "shop-1"},
        "status": "enabled",
        "url": HOOK,
    });
    assert_eq!(created, expected);
    let list = world.api("/webhook_endpoints").await;
    assert_eq!(list["data"], json!([expected]));
    let path = format!("/webhook_endpoints/{id}");
    assert_eq!(world.api(&path).await, expected);

    let form = [
        ("disabled", "true"),
        ("metadata[bookstall_shop]", ""),
        ("metadata[a]", "b"),
    ];
    let (_, updated) = ask(&world, SECRET_KEY, "POST", &path, &form).await;
    assert_eq!(updated["status"], "disabled");
    assert_eq!(updated["metadata"], json!({"a": "b"}));
    assert_eq!(updated["secret"], Value::Null);

    let (_, deleted) = ask(&world, SECRET_KEY, "DELETE", &path, &[]).await;
    assert_eq!(
        deleted,
        json!({"id": id, "object": "webhook_endpoint", "deleted": true})
    );
    for method in ["GET", "POST", "DELETE"] {
        let (status, error) = ask(&world, SECRET_KEY, method, &path, &[]).await;
        assert_eq!(
            (status, &error["error"]["code"]),
            (404, &json!("resource_missing"))
        );
    }
    assert_eq!(world.api("/webhook_endpoints").await["data"], json!([]));
}

#[tokio::test]
async fn what_stripe_refuses_is_refused() {
    let world = World::new().await;
    let charge = ("enabled_events[]", "charge.refunded");
    for (form, parameter) in [
        (vec![], "url"),
        (vec![("url", HOOK)], "enabled_events"),
        (
            vec![("url", HOOK), ("enabled_events[]", "charge.eaten")],
            "enabled_events[0]",
        ),
        (
            vec![("url", HOOK), ("enabled_events[]", "charge.*")],
            "enabled_events[0]",
        ),
        (vec![("url", "shop.example"), charge], "url"),
        (vec![("url", "ftp://shop.example"), charge], "url"),
        (
            vec![("url", HOOK), charge, ("api_version", "latest")],
            "api_version",
        ),
        (vec![("url", HOOK), charge, ("colour", "red")], "colour"),
    ] {
        let (status, error) = ask(&world, SECRET_KEY, "POST", "/webhook_endpoints", &form).await;
        assert_eq!((status, text(&error["error"], "param")), (400, parameter));
    }
    for _ in 0..16 {
        create(&world, HOOK, &["*"]).await;
    }
    let form = [("url", HOOK), charge];
    let (status, error) = ask(&world, SECRET_KEY, "POST", "/webhook_endpoints", &form).await;
    assert_eq!(status, 400);
    let limit = "You have reached the maximum of 16 test webhook endpoints.";
    assert_eq!(text(&error["error"], "message"), limit);
}

#[tokio::test]
async fn live_mode_has_endpoints_of_its_own_and_wants_https() {
    let world = World::new().await;
    let key = "sk_live_of_the_tests";
    world.post("/test/keys", &[("key", key)]).await;
    create(&world, "http://shop.example/stripe", &["*"]).await;
    let form = [
        ("url", "http://shop.example/stripe"),
        ("enabled_events[]", "*"),
    ];
    let (status, error) = ask(&world, key, "POST", "/webhook_endpoints", &form).await;
    assert_eq!(
        (status, text(&error["error"], "code")),
        (400, "url_invalid")
    );
    let form = [("url", HOOK), ("enabled_events[]", "*")];
    let (_, live) = ask(&world, key, "POST", "/webhook_endpoints", &form).await;
    assert_eq!(live["livemode"], true);
    let (_, list) = ask(&world, key, "GET", "/webhook_endpoints", &[]).await;
    assert_eq!(list["data"].as_array().map(Vec::len), Some(1));
    let path = format!("/webhook_endpoints/{}", text(&live, "id"));
    let (status, _) = ask(&world, SECRET_KEY, "GET", &path, &[]).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn each_endpoint_gets_its_events_signed_with_its_own_secret() {
    let world = World::new().await;
    let (some, all, off) = tokio::join!(
        WebhookEndpoint::open(),
        WebhookEndpoint::open(),
        WebhookEndpoint::open()
    );
    let wanted = ["checkout.session.completed"];
    let of_some = create(&world, some.url.as_str(), &wanted).await;
    let of_all = create(&world, all.url.as_str(), &["*"]).await;
    let of_off = create(&world, off.url.as_str(), &["*"]).await;
    let path = format!("/webhook_endpoints/{}", text(&of_off, "id"));
    ask(&world, SECRET_KEY, "POST", &path, &[("disabled", "true")]).await;

    world.buy().await;
    world.stripe.idle().await;
    assert_eq!(world.endpoint.event_types().len(), 3);
    assert_eq!(some.event_types(), wanted);
    assert!(all.event_types().len() > 3, "{:?}", all.event_types());
    assert_eq!(off.event_types(), [""; 0]);
    for (endpoint, created) in [(&some, &of_some), (&all, &of_all)] {
        for webhook in endpoint.received() {
            webhook
                .verify_with(text(created, "secret"))
                .expect("signed");
            webhook.verify().expect_err("another's secret");
        }
    }
    let owed = world.api("/events?delivery_success=false").await;
    assert_eq!(owed["data"], json!([]));
}

#[tokio::test]
async fn an_event_is_owed_until_each_endpoint_has_accepted_it() {
    let world = World::new().await;
    let other = WebhookEndpoint::open().await;
    let created = create(&world, other.url.as_str(), &["checkout.session.completed"]).await;
    world.stripe.faults().set(FaultSettings {
        retries: vec![Duration::ZERO; 2],
        ..FaultSettings::default()
    });
    other.respond_next([500, 500, 503]);
    world.buy().await;
    world.stripe.idle().await;
    assert_eq!(other.received().len(), 3);
    let owed = world.api("/events?delivery_success=false").await;
    assert_eq!(owed["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(owed["data"][0]["type"], "checkout.session.completed");
    assert_eq!(owed["data"][0]["pending_webhooks"], 1);
    let accepted = world.api("/events?delivery_success=true").await;
    let accepted = accepted["data"].as_array().expect("events");
    assert!(accepted.iter().all(|event| event["pending_webhooks"] == 0));

    let id = text(&owed["data"][0], "id");
    world.post(&format!("/test/events/{id}/send"), &[]).await;
    assert_eq!(
        world.api(&format!("/events/{id}")).await["pending_webhooks"],
        0
    );

    // What a pause holds back for an endpoint that is deleted meanwhile is given up.
    other.clear();
    world.stripe.faults().pause();
    world.buy().await;
    let path = format!("/webhook_endpoints/{}", text(&created, "id"));
    ask(&world, SECRET_KEY, "DELETE", &path, &[]).await;
    world.stripe.faults().release();
    world.stripe.idle().await;
    assert_eq!(other.received().len(), 0);
}

#[tokio::test]
async fn an_endpoint_gets_events_in_its_version_of_the_api() {
    let world = World::new().await;
    let old = WebhookEndpoint::open().await;
    let form = [
        ("url", old.url.as_str()),
        ("enabled_events[]", "checkout.session.completed"),
        ("api_version", "2024-06-20"),
    ];
    ask(&world, SECRET_KEY, "POST", "/webhook_endpoints", &form).await;
    world.buy().await;
    world.stripe.idle().await;
    let event = old.received()[0].json();
    assert_eq!(event["api_version"], "2024-06-20");
    assert_eq!(event["data"]["object"]["ui_mode"], "hosted");
}

#[tokio::test]
async fn endpoints_and_what_they_are_owed_outlive_a_restart() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("stripe.json");
    let other = WebhookEndpoint::open().await;
    {
        let world = World::open(Some(file.clone())).await;
        create(&world, other.url.as_str(), &["checkout.session.completed"]).await;
        world.stripe.faults().pause();
        world.buy().await;
    }
    let world = World::open(Some(file)).await;
    world.stripe.idle().await;
    assert_eq!(other.event_types(), ["checkout.session.completed"]);
    let owed = world.api("/events?delivery_success=false").await;
    assert_eq!(owed["data"], json!([]));
}

#[tokio::test]
async fn a_restricted_key_is_told_which_permission_it_lacks() {
    let world = World::new().await;
    let key = "rk_test_with_few_rights";
    let form = [
        ("key", key),
        ("rights[]", "charge_read"),
        ("rights[]", "webhook_write"),
    ];
    world.post("/test/keys", &form).await;
    for (method, path, status) in [
        ("GET", "/charges?limit=1", 200),
        ("GET", "/webhook_endpoints", 200),
        ("POST", "/webhook_endpoints", 400),
        ("POST", "/refunds", 403),
        ("POST", "/checkout/sessions", 403),
        ("GET", "/account", 403),
    ] {
        let (answered, _) = ask(&world, key, method, path, &[]).await;
        assert_eq!(answered, status, "{method} {path}");
    }
    let (_, error) = ask(&world, key, "POST", "/refunds", &[]).await;
    assert_eq!(error["error"]["type"], "invalid_request_error");
    let message = text(&error["error"], "message");
    assert!(message.contains("'rak_charge_write'"), "{message}");
    assert!(!message.contains(key), "{message}");
    assert_eq!(world.api("/account").await["object"], "account");
}
