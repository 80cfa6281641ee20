//! Everything that the functions do, so that every call they make is made.

use aws_sdk_dynamodb::types::AttributeValue::S;
use bookstall::runtime::clock;
use emulators::{
    dynamodb::PURCHASES_TABLE,
    faults::{Call, CannedResponse, Effect, Rule, Service},
    ses::Mail,
};
use futures::future::join;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::cloudformation::CONFIGURATION_SET;
use tests::world::{BOOK, BROWSER, World, aws_client, completed, id_of, listing, location};

/// Tells the life of a shop, and has every call that its functions made.
pub(crate) async fn whole_story() -> Vec<Call> {
    let world = shop_with("each").await;
    the_author_publishes(&world).await;
    the_page_is_seen(&world).await;
    a_book_is_sold(&world).await;
    the_mail_goes_out_late(&world).await;
    what_webhooks_missed_is_repaired(&world).await;
    the_buyer_downloads(&world).await;
    the_money_goes_back(&world).await;
    an_update_is_pushed(&world).await;
    a_link_is_lost(&world).await;
    the_author_helps_a_buyer(&world).await;
    buyers_are_imported(&world).await;
    the_author_asks_what_sells(&world).await;
    let mut calls = world.faults().calls();
    calls.extend(a_day_is_told().await);
    calls.extend(a_buyer_agrees().await);
    calls
}

/// A shop whose author is mailed about sales in this way.
async fn shop_with(sale_mail: &str) -> World {
    let variables = [
        ("MAIL_CONFIGURATION_SET", CONFIGURATION_SET),
        ("SALE_MAIL", sale_mail),
    ];
    World::open_with_secret(&variables).await
}

/// What was sold on the day before is added up at another shop, and mailed.
async fn a_day_is_told() -> Vec<Call> {
    let world = shop_with("daily").await;
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let yesterday = clock::now().plus_seconds(-24 * 60 * 60).to_string();
    let month = yesterday[..7].to_owned();
    aws_client(&world.shop.emulators().aws)
        .update_item()
        .table_name(PURCHASES_TABLE)
        .key("id", S(id_of(&link).secret()))
        .update_expression("SET bought_at = :at, #month = :month")
        .expression_attribute_names("#month", "month")
        .expression_attribute_values(":at", S(yesterday))
        .expression_attribute_values(":month", S(month))
        .send()
        .await
        .unwrap();
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    world.faults().calls()
}

/// In a shop that keeps the right of withdrawal. One mail goes out late; two books are one contract.
async fn a_buyer_agrees() -> Vec<Call> {
    let variables = [
        ("MAIL_CONFIGURATION_SET", CONFIGURATION_SET),
        ("WITHDRAWAL", "eu"),
        ("REFUND_DAYS", "14"),
    ];
    let world = World::open_with_secret(&variables).await;
    for product in ["wip-2e", "wip-both"] {
        let link = world.purchase(product, "jane@example.com").await;
        let refused = world.download(&link, "pdf").await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
        world.faults().add(Rule::ses_throttled().times(1));
        assert_eq!(location(&world.agree(&link).await), link);
        location(&world.download(&link, "pdf").await);
    }
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    let link = world.purchase("wip-2e", "jim@example.com").await;
    world.agree(&link).await;
    a_buyer_withdraws(&world).await;
    world.faults().calls()
}

async fn the_author_publishes(world: &World) {
    let publish = async |event: &Value| world.invoke("PublishFunction", event).await;
    let mut event = listing("tidy-rust");
    assert!(publish(&event).await.is_ok());
    assert!(publish(&event).await.is_ok());
    // The new product relies on a book that the event does not name.
    let product = json!({"products": {"twice": {"book": "tidy-rust", "price": "20.00 EUR"}}});
    assert!(publish(&product).await.is_ok());
    event["books"]["tidy-rust"]["files"] = json!([{"key": "not/there.pdf"}]);
    assert!(publish(&event).await.is_err());
}

async fn the_page_is_seen(world: &World) {
    let seen = world.http.post(world.url("/seen"));
    let seen = seen.header("user-agent", BROWSER);
    let seen = seen.form(&[("product_id", "wip-2e"), ("variant", "a")]);
    let answer = seen.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
}

async fn a_book_is_sold(world: &World) {
    let buy = world.url("/buy");
    let unknown = world.post(&buy, &[("product_id", "nothing")]).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    let overlay = world
        .http
        .post(&buy)
        .header("accept", "application/json")
        .header("user-agent", BROWSER)
        .form(&[("product_id", "wip-2e")])
        .send()
        .await
        .unwrap();
    assert_eq!(overlay.status(), StatusCode::OK);

    let session = world.buy("wip-2e").await;
    let open = world.get(&world.url(&format!("/paid/{session}"))).await;
    assert_eq!(open.status(), StatusCode::PAYMENT_REQUIRED);
    let back = world.pay(&session, "jane@example.com").await;
    let link = location(&world.get(&back).await);
    world.stripe().idle().await;
    assert_eq!(location(&world.get(&back).await), link);
}

/// The webhook comes while the mail is under way, and when it failed.
async fn the_mail_goes_out_late(world: &World) {
    world.drop_webhooks();
    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, "joe@example.com").await;
    let slow = Effect::Delay { milliseconds: 500 };
    world.faults().add(Rule::new(Service::Ses, slow).times(1));
    let event = completed(&session);
    let (first, second) = join(world.get(&back), world.webhook(&event)).await;
    assert_eq!(first.status(), StatusCode::SEE_OTHER);
    assert_eq!(second.status(), StatusCode::OK);

    let session = world.buy("wip-2e").await;
    let back = world.pay(&session, "jim@example.com").await;
    world.faults().add(Rule::ses_throttled().times(1));
    location(&world.get(&back).await);
    let again = world.webhook(&completed(&session)).await;
    assert_eq!(again.status(), StatusCode::OK);
    world.stripe().faults().clear();
}

async fn what_webhooks_missed_is_repaired(world: &World) {
    world.drop_webhooks();
    for product in ["wip-2e", "wip-both"] {
        let session = world.buy(product).await;
        world.pay(&session, "jack@example.com").await;
    }
    let answer = world.invoke("ReconcileFunction", &json!({})).await;
    assert_eq!(answer.unwrap()["repaired"], 2);
    world.stripe().faults().clear();
}

async fn the_buyer_downloads(world: &World) {
    let link = world.purchase("wip-2e", "jane@example.com").await;
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);
    let head = world.http.head(&link).send().await.unwrap();
    assert_eq!(head.status(), StatusCode::OK);
    let address = location(&world.download(&link, "epub").await);
    assert_eq!(world.get(&address).await.status(), StatusCode::OK);
    let no_such_file = world.download(&link, "mobi").await;
    assert_eq!(no_such_file.status(), StatusCode::BAD_REQUEST);
    for _ in 0..4 {
        location(&world.download(&link, "pdf").await);
    }
    let none_left = world.download(&link, "pdf").await;
    assert_eq!(none_left.status(), StatusCode::FORBIDDEN);
}

async fn the_money_goes_back(world: &World) {
    let act = async |path: String, fields: &[(&str, &str)]| -> Value {
        let answer = world.post(&world.stripe_url(&path), fields).await;
        assert!(answer.status().is_success());
        world.stripe().idle().await;
        answer.json().await.unwrap_or_default()
    };
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let payment = world.payment(&link).await;
    let dispute = act(format!("/test/payments/{payment}/dispute"), &[]).await;
    assert_eq!(world.get(&link).await.status(), StatusCode::FORBIDDEN);
    let dispute = dispute["id"].as_str().unwrap();
    act(
        format!("/test/disputes/{dispute}/close"),
        &[("status", "won")],
    )
    .await;
    assert_eq!(world.get(&link).await.status(), StatusCode::OK);
    act(format!("/test/payments/{payment}/refund"), &[]).await;
    assert_eq!(world.get(&link).await.status(), StatusCode::GONE);
}

/// Its mail fails at first, and then goes out.
async fn a_link_is_lost(world: &World) {
    let resend = world.url("/resend");
    assert_eq!(world.get(&resend).await.status(), StatusCode::OK);
    world.faults().add(Rule::ses_throttled().times(1));
    for address in ["kate@example.com", "kate@example.com", "nobody@example.com"] {
        let answer = world.post(&resend, &[("email", address)]).await;
        assert_eq!(answer.status(), StatusCode::OK);
    }
    let is_resent = |mail: &Mail| mail.subject.starts_with("Your link to");
    assert_eq!(
        world.mails().iter().filter(|mail| is_resent(mail)).count(),
        1
    );
}

async fn an_update_is_pushed(world: &World) {
    let push = async |more: Value| {
        let mut event = json!({"book": BOOK, "version": "2.1"});
        let more = more.as_object().cloned().unwrap_or_default();
        event.as_object_mut().unwrap().extend(more);
        world.invoke("PushUpdateFunction", &event).await
    };
    let file = |key: &str| json!({"files": [{"key": key}]});
    assert!(push(file("not/there.pdf")).await.is_err());
    let trial = push(json!({"dry_run": true, "test_to": "ada@example.com"})).await;
    assert_eq!(trial.unwrap()["test_sent"], true);

    let link = world.purchase("wip-2e", "kate@example.com").await;
    let subscription = format!("{link}/unsubscribe");
    assert_eq!(world.get(&subscription).await.status(), StatusCode::OK);
    for choice in ["off", "on"] {
        let fields = [("subscription", choice)];
        let answer = world.post(&subscription, &fields).await;
        assert_eq!(answer.status(), StatusCode::OK);
    }

    let unsent = Rule::close_connection(Service::Ses);
    world.faults().add(unsent.on("SendEmail").times(1));
    let first = push(file("writing-idiomatic-python/2e-2.1.pdf")).await;
    assert_eq!(first.unwrap()["owed"], 1);
    let disputed = [
        world.purchase("wip-2e", "mary@example.com").await,
        world.purchase("wip-2e", "mark@example.com").await,
    ];
    let dispute_ids = [
        world.dispute(&disputed[0]).await,
        world.dispute(&disputed[1]).await,
    ];
    let second = push(Value::Null).await;
    assert_eq!(second.unwrap()["owed"], 0);
    let third = json!({"version": "2.2"});
    assert_eq!(push(third).await.unwrap()["owed"], 0);
    // The webhook delivers to one what they missed, and `reconcile` to the other.
    for dispute in dispute_ids {
        let url = world.stripe_url(&format!("/test/disputes/{dispute}/close"));
        world.post(&url, &[("status", "won")]).await;
        world.stripe().idle().await;
        world.drop_webhooks();
    }
    world.stripe().faults().clear();
    let answer = world.invoke("ReconcileFunction", &json!({})).await;
    assert_eq!(answer.unwrap()["unrepairable"], json!([]));
}

/// By the address, whose mail goes out late, and by the link; then a refund by the author's terms.
async fn a_buyer_withdraws(world: &World) {
    let withdraw = world.url("/withdraw");
    assert_eq!(world.get(&withdraw).await.status(), StatusCode::OK);
    let link = world.purchase("wip-2e", "anna@example.com").await;
    world.faults().add(Rule::ses_throttled().times(1));
    let buyer = [("buyer", "anna@example.com")];
    assert_eq!(world.post(&withdraw, &buyer).await.status(), StatusCode::OK);
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    let page = format!("{link}/withdraw");
    assert_eq!(world.get(&page).await.status(), StatusCode::OK);
    assert_eq!(world.post(&page, &[]).await.status(), StatusCode::OK);
    let both = world.purchase("wip-both", "anna@example.com").await;
    let refunded = world.post(&format!("{both}/refund"), &[]).await;
    assert_eq!(refunded.status(), StatusCode::OK);
    let refused = world.purchase("wip-both", "anna@example.com").await;
    let error = r#"{"error": {"type": "invalid_request_error", "message": "No funds."}}"#;
    let error = Effect::Answer(CannedResponse::json(400, error));
    let error = Rule::new(Service::Stripe, error).on("POST /v1/refunds");
    world.faults().add(error.times(1));
    let refused = world.post(&format!("{refused}/refund"), &[]).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
}

async fn the_author_helps_a_buyer(world: &World) {
    let link = world.purchase("wip-2e", "lucy@example.com").await;
    for event in [
        json!({"action": "find", "email": "lucy@example.com"}),
        json!({"action": "find", "purchase": id_of(&link).reference()}),
        json!({"action": "resend", "purchase": link, "to": "lucy.l@example.com"}),
        json!({"action": "give", "purchase": link, "downloads": 5}),
        json!({"action": "refund", "payment": world.payment(&link).await, "amount": 500}),
        json!({"action": "refund", "purchase": link}),
    ] {
        assert_eq!(world.support(event).await["done"], true);
    }
    let both = world.purchase("wip-both", "lucy@example.com").await;
    let refund = json!({"action": "refund", "purchase": both});
    assert_eq!(world.support(refund).await["done"], true);
    let export = json!({"action": "export", "purchase": link});
    assert!(world.support(export).await["purchases"][0].is_object());
    let erase = json!({"action": "erase", "purchase": link});
    assert_eq!(world.support(erase).await["done"], true);
}

/// One was imported, and is imported with another date; the other bought here, too.
async fn buyers_are_imported(world: &World) {
    world.purchase("wip-2e", "nora@example.com").await;
    for (bought_on, count) in [("2023-05-03", "added"), ("2023-05-04", "changed")] {
        let row = |email: &str, order: &str| json!({"book": BOOK, "email": email, "bought_on": bought_on, "order": order});
        let rows = [
            row("nick@example.com", "G-1"),
            row("nora@example.com", "G-2"),
        ];
        let event = json!({"platform": "Gumroad", "purchases": rows});
        let answer = world.invoke("ImportFunction", &event).await.unwrap();
        assert_eq!(
            (&answer[count], &answer["sold_here"]),
            (&json!(1), &json!(1))
        );
    }
}

async fn the_author_asks_what_sells(world: &World) {
    let report = world.invoke("ReportFunction", &json!({})).await.unwrap();
    for link in ["page", "csv"] {
        let answer = world.get(report[link].as_str().unwrap()).await;
        assert_eq!(answer.status(), StatusCode::OK);
    }
}
