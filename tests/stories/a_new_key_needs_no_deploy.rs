//! A new key needs no deploy: the functions read Stripe's keys themselves, and again when they may
//! have changed.

use std::{collections::HashMap, time::Instant};

use bookstall::{
    adapters::aws::{Aws, Endpoints},
    domain::{import::ImportSecret, timestamp::Timestamp},
    runtime::{clock, random},
};
use emulators::{
    STRIPE_PUBLISHABLE_KEY, STRIPE_SECRET_KEY, STRIPE_SECRET_NAME, STRIPE_WEBHOOK_SECRET,
    faults::{Rule, Service},
    stripe::{ApiKey, KeyRights},
};
use futures::future::join_all;
use lambda_http::{
    Body, Request, RequestExt, Response,
    http::{Method, StatusCode},
};
use local::functions::Function;
use serde_json::{Value, json};
use stripe_webhook::Webhook;

use tests::world::{LOG, World, completed};

const LIVE_KEY: &str = "sk_live_unmistakable";
const LIVE_PUBLISHABLE_KEY: &str = "pk_live_unmistakable";
const LIVE_WEBHOOK_SECRET: &str = "whsec_live_unmistakable";

/// How many webhooks are forged, each signed at the second at which it comes.
const FORGED: i64 = 600;
/// How many of them come in each second.
const AT_ONCE: i64 = 3;

/// Functions that run since a time, of a shop whose keys are in a secret.
struct Warm {
    world: World,
    start: Timestamp,
    buy: buy::Shop,
    fulfil: fulfil::Shop,
}

impl Warm {
    /// Starts the functions as Lambda does.
    async fn start() -> Self {
        Self::start_in(World::open_with_secret(&[]).await).await
    }

    async fn start_in(world: World) -> Self {
        let aws = |function: Function| {
            Aws::at(Endpoints {
                access_key: function.access_key().to_owned(),
                ..world.shop.emulators().aws.clone()
            })
        };
        let environment = world.shop.environment();
        let buy = buy::Shop::open(&environment, &aws(Function::Buy)).unwrap();
        let fulfil = fulfil::Shop::open(&environment, &aws(Function::Fulfil)).unwrap();
        let start = clock::now();
        world.drop_webhooks();
        buy.warm_up(start).await;
        fulfil.warm_up(start).await;
        world.faults().clear_calls();
        Self {
            world,
            start,
            buy,
            fulfil,
        }
    }

    fn at(&self, seconds: i64) -> Timestamp {
        self.start.plus_seconds(seconds)
    }

    /// Presses Buy Now so many seconds after the start, as the page's script does.
    async fn buy(&self, seconds: i64) -> (StatusCode, Value) {
        let body = Body::Text("product_id=wip-2e".to_owned());
        let request = request(
            body,
            &[
                ("accept", "application/json"),
                ("content-type", "application/x-www-form-urlencoded"),
            ],
        );
        let new = buy::NewIds {
            purchase_id: random::new_purchase_id(),
            seed: random::new_seed(),
        };
        let now = self.at(seconds);
        read(&buy::handle(&self.buy, request, new, now, random::any_shard()).await)
    }

    /// Sends a webhook so many seconds after the start, signed with this secret.
    async fn webhook(&self, event: &Value, secret: &str, seconds: i64) -> (StatusCode, Value) {
        let (body, now) = (event.to_string(), self.at(seconds));
        let signature = Webhook::generate_test_header(&body, secret, Some(now.unix()));
        let request = request(
            Body::Text(body),
            &[
                ("accept", "application/json"),
                ("stripe-signature", &signature),
            ],
        );
        read(&fulfil::handle(&self.fulfil, request, now).await)
    }

    /// How often the secret was read since the start.
    fn readings(&self) -> usize {
        self.world.calls(Service::SecretsManager).len()
    }
}

fn request(body: Body, headers: &[(&'static str, &str)]) -> Request {
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    request
}

fn read(answer: &Response<Body>) -> (StatusCode, Value) {
    let body = serde_json::from_slice(answer.body().as_ref()).unwrap();
    (answer.status(), body)
}

/// Writes the live keys into the secret.
fn switch_to_live(world: &World) {
    let keys = json!({
        "secret_key": LIVE_KEY,
        "publishable_key": LIVE_PUBLISHABLE_KEY,
        "webhook_secret": LIVE_WEBHOOK_SECRET,
    });
    world.secrets().put(STRIPE_SECRET_NAME, &keys.to_string());
}

fn key(key: &str, rights: KeyRights) -> ApiKey {
    ApiKey {
        key: key.to_owned(),
        rights,
    }
}

/// Has Stripe accept these secret keys and no others.
fn stripe_accepts(world: &World, keys: &[&str]) {
    let keys = keys.iter().map(|text| key(text, KeyRights::All)).collect();
    world.stripe().accept_keys(keys);
}

#[tokio::test]
async fn a_warm_function_follows_the_switch_from_test_to_live_within_five_minutes() {
    let shop = Warm::start().await;
    let (_, before) = shop.buy(1).await;
    assert_eq!(before["publishable_key"], STRIPE_PUBLISHABLE_KEY);
    // Both modes go on working at Stripe, so that nothing but the time tells of the switch.
    stripe_accepts(&shop.world, &[STRIPE_SECRET_KEY, LIVE_KEY]);
    switch_to_live(&shop.world);
    let (_, meanwhile) = shop.buy(299).await;
    assert_eq!(meanwhile["publishable_key"], STRIPE_PUBLISHABLE_KEY);
    assert_eq!(shop.readings(), 0);
    let (_, after) = shop.buy(300).await;
    assert_eq!(after["publishable_key"], LIVE_PUBLISHABLE_KEY);
    stripe_accepts(&shop.world, &[LIVE_KEY]);
    let (status, _) = shop.buy(301).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(shop.readings(), 1);
}

#[tokio::test]
async fn a_key_that_stripe_refuses_is_read_again_once_and_the_sale_goes_on() {
    let shop = Warm::start().await;
    stripe_accepts(&shop.world, &[LIVE_KEY]);
    switch_to_live(&shop.world);
    let sales = join_all((0..5).map(|_| shop.buy(60))).await;
    for (status, answer) in sales {
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(answer["publishable_key"], LIVE_PUBLISHABLE_KEY);
    }
    assert_eq!(shop.readings(), 1);
}

#[tokio::test]
async fn a_key_that_no_secret_replaces_is_told_with_the_command_once_a_minute() {
    let shop = Warm::start().await;
    stripe_accepts(&shop.world, &[]);
    for (seconds, readings) in [(59, 0), (60, 1), (61, 1), (119, 1), (120, 2)] {
        let (status, answer) = shop.buy(seconds).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{answer}");
        assert_eq!(shop.readings(), readings, "after {seconds} seconds");
    }
    let expected = "Failed to open the checkout: Stripe does not accept the secret key (401); \
                    `aws secretsmanager put-secret-value --secret-id bookstall/stripe";
    assert!(LOG.text().contains(expected));
}

#[tokio::test]
async fn a_webhook_that_is_signed_with_the_new_secret_is_accepted_at_once() {
    let shop = Warm::start().await;
    let session = shop.world.buy("wip-2e").await;
    shop.world.pay(&session, "jane@example.com").await;
    stripe_accepts(&shop.world, &[STRIPE_SECRET_KEY, LIVE_KEY]);
    switch_to_live(&shop.world);
    shop.world.faults().clear_calls();
    let event = completed(&session);
    let (status, answer) = shop.webhook(&event, LIVE_WEBHOOK_SECRET, 60).await;
    assert_eq!(
        (status, &answer["outcome"]),
        (StatusCode::OK, &json!("done"))
    );
    assert_eq!(shop.readings(), 1);
    let (status, _) = shop.webhook(&event, STRIPE_WEBHOOK_SECRET, 61).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

/// Until `fulfil` has the live key, Stripe does not know a live session, and the first live buyer
/// would come back to a page that is not there.
#[tokio::test]
async fn who_comes_back_from_a_live_checkout_is_looked_up_with_the_live_key() {
    let shop = Warm::start().await;
    stripe_accepts(&shop.world, &[LIVE_KEY]);
    let come_back = async |session: &str, seconds| {
        let mut request = request(Body::Empty, &[]);
        *request.method_mut() = Method::GET;
        let id = [("session_id".to_owned(), session.to_owned())];
        let request = request.with_path_parameters(HashMap::from(id));
        let answer = fulfil::handle(&shop.fulfil, request, shop.at(seconds)).await;
        answer.status()
    };
    switch_to_live(&shop.world);
    assert_eq!(come_back("cs_live_1", 60).await, StatusCode::NOT_FOUND);
    assert_eq!(shop.readings(), 1);
    for _ in 0..3 {
        assert_eq!(come_back("cs_test_1", 61).await, StatusCode::NOT_FOUND);
    }
    assert_eq!(shop.readings(), 1);
    let questions = shop.world.calls(Service::Stripe);
    assert_eq!(questions, ["GET /v1/checkout/sessions/{id}"; 4]);
}

#[tokio::test]
async fn a_storm_of_bad_signatures_reads_the_secret_once_a_minute() {
    let shop = Warm::start().await;
    let event = completed("cs_test_1");
    for seconds in 0..FORGED / AT_ONCE {
        let webhooks = (0..AT_ONCE).map(|_| shop.webhook(&event, "whsec_forged", seconds));
        for (status, _) in join_all(webhooks).await {
            assert_eq!(status, StatusCode::BAD_REQUEST);
        }
    }
    assert_eq!(shop.readings(), 3);
    // A signature that is too old says nothing about the secret.
    let old = shop.at(-600).unix();
    let signature = Webhook::generate_test_header("{}", "whsec_forged", Some(old));
    let request = request(
        Body::Text("{}".to_owned()),
        &[("stripe-signature", &signature)],
    );
    let answer = fulfil::handle(&shop.fulfil, request, shop.at(1000)).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert_eq!(shop.readings(), 3);
}

#[tokio::test]
async fn without_the_secret_the_shop_starts_apologises_and_sells_when_it_is_there() {
    let name = "no/such-secret";
    let world = World::open_with_secret(&[("STRIPE_SECRET_NAME", name)]).await;
    let shop = Warm::start_in(world).await;
    let event = completed("cs_test_1");
    let (bought, apology) = shop.buy(1).await;
    let (accepted, _) = shop.webhook(&event, STRIPE_WEBHOOK_SECRET, 1).await;
    for status in [bought, accepted] {
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    }
    assert_eq!(apology["error"]["code"], "unavailable");
    let log = LOG.text();
    for step in [
        "Failed to open the checkout: Stripe's keys cannot be read: ",
        "Failed to read Stripe's keys: ",
    ] {
        let expected = format!("{step}400 ResourceNotFoundException: ");
        assert!(log.contains(&expected), "{log}");
    }
    assert!(log.contains("`aws secretsmanager create-secret --name no/such-secret "));

    let page = request(
        Body::Text("product_id=wip-2e".to_owned()),
        &[("content-type", "application/x-www-form-urlencoded")],
    );
    let new = buy::NewIds {
        purchase_id: random::new_purchase_id(),
        seed: random::new_seed(),
    };
    let page = buy::handle(&shop.buy, page, new, shop.at(1), random::any_shard()).await;
    let html = String::from_utf8(page.body().to_vec()).unwrap();
    assert!(
        html.contains("Sorry, this cannot be bought right now"),
        "{html}"
    );
    assert!(!html.contains("secret"), "{html}");

    let keys = json!({"secret_key": STRIPE_SECRET_KEY});
    shop.world.secrets().put(name, &keys.to_string());
    let (status, answer) = shop.buy(6).await;
    assert_eq!(status, StatusCode::OK);
    // Without a publishable key, no overlay opens.
    assert!(answer["url"].as_str().unwrap().contains("/c/pay/"));
    // The webhook is the next step of setting the shop up.
    let (status, _) = shop.webhook(&event, STRIPE_WEBHOOK_SECRET, 6).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        LOG.text()
            .contains("there is no webhook_secret among Stripe's keys; `aws")
    );
    let keys = json!({"secret_key": STRIPE_SECRET_KEY, "webhook_secret": STRIPE_WEBHOOK_SECRET});
    shop.world.secrets().put(name, &keys.to_string());
    let (status, _) = shop.webhook(&event, STRIPE_WEBHOOK_SECRET, 66).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_function_waits_for_its_keys_for_two_seconds_and_starts_without_them() {
    let world = World::open_with_secret(&[]).await;
    world.faults().add(Rule::no_answer(Service::SecretsManager));
    let aws = Aws::at(world.shop.emulators().aws.clone());
    let shop = buy::Shop::open(&world.shop.environment(), &aws).unwrap();
    let began = Instant::now();
    shop.warm_up(clock::now()).await;
    let seconds = began.elapsed().as_secs_f64();
    assert!((1.5..4.0).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn keys_that_cannot_be_read_again_are_used_on_and_the_author_is_told() {
    for (fault, code) in [
        ("secrets-missing", "ResourceNotFoundException"),
        ("secrets-denied", "AccessDeniedException"),
        ("secrets-undecryptable", "DecryptionFailure"),
    ] {
        let shop = Warm::start().await;
        shop.world.switch_on(fault, "").await;
        let (status, _) = shop.buy(300).await;
        assert_eq!(status, StatusCode::OK, "{fault}");
        let told = LOG.text().lines().any(|line| {
            line.contains("ERROR")
                && line.contains(&format!("Failed to read Stripe's keys: 400 {code}"))
                && line.contains("the function goes on with those of before")
        });
        assert!(told, "{fault}");
    }
}

#[tokio::test]
async fn a_secret_that_is_written_wrong_stops_no_sale_of_a_warm_function_and_is_not_quoted() {
    let shop = Warm::start().await;
    let wrong = format!(r#"{{"secret_key": "{LIVE_WEBHOOK_SECRET}"}}"#);
    shop.world.secrets().put(STRIPE_SECRET_NAME, &wrong);
    let (status, _) = shop.buy(300).await;
    assert_eq!(status, StatusCode::OK);
    let log = LOG.text();
    let expected =
        "`bookstall/stripe` is wrong: the secret_key in it begins with neither sk_ nor rk_";
    assert!(log.contains(expected), "{log}");
    for key in [LIVE_KEY, LIVE_PUBLISHABLE_KEY, LIVE_WEBHOOK_SECRET] {
        assert!(!log.contains(key));
    }
}

#[tokio::test]
async fn keys_of_the_environment_win_and_no_secret_is_read() {
    let world = World::open().await;
    assert!(world.shop.variables().contains_key("STRIPE_SECRET_NAME"));
    switch_to_live(&world);
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let refund = json!({"action": "refund", "purchase": link});
    assert_eq!(world.support(refund).await["done"], true);
    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    let forged = Webhook::generate_test_header("{}", "whsec_forged", None);
    let answer = world.signed_webhook("{}".to_owned(), &forged).await;
    assert_eq!(answer.status(), reqwest::StatusCode::BAD_REQUEST);
    assert_eq!(world.calls(Service::SecretsManager), [""; 0]);
}

#[tokio::test]
async fn refunds_are_made_with_the_key_of_a_second_secret_that_only_support_reads() {
    const REFUNDS: &str = "POST /v1/refunds";
    const REFUND_SECRET: &str = "bookstall/stripe-refunds";
    let world = World::open_with_secret(&[("STRIPE_REFUND_SECRET_NAME", REFUND_SECRET)]).await;
    world.stripe().accept_keys(vec![
        key(STRIPE_SECRET_KEY, KeyRights::AllBut(REFUNDS)),
        key("rk_test_refunds", KeyRights::Only(REFUNDS)),
    ]);
    let link = world.purchase("wip-2e", "jane@example.com").await;
    let refund = json!({"action": "refund", "purchase": link});

    // The other key would not do, and is not tried.
    let failed = world.invoke("SupportFunction", &refund).await.unwrap_err();
    let message = failed["errorMessage"].as_str().unwrap();
    let command = format!("`aws secretsmanager create-secret --name {REFUND_SECRET} ");
    assert!(message.contains(&command), "{message}");

    let restricted = json!({"secret_key": "rk_test_refunds"});
    world.secrets().put(REFUND_SECRET, &restricted.to_string());
    let support = support_of(&world);
    let later = clock::now().plus_seconds(200);
    let done = support::handle(&support, refund, ImportSecret::new([7; 32]), later)
        .await
        .unwrap();
    assert_eq!(serde_json::to_value(done).unwrap()["done"], true);

    world.invoke("ReconcileFunction", &json!({})).await.unwrap();
    for call in world.faults().calls() {
        let resources = call.permissions.iter().map(|asked| &asked.resource);
        let reads_it = resources.clone().any(|arn| arn.contains(REFUND_SECRET));
        let key = call.access_key.as_deref();
        assert!(!reads_it || key == Some(Function::Support.access_key()));
    }
}

fn support_of(world: &World) -> support::Shop {
    let aws = Aws::at(Endpoints {
        access_key: Function::Support.access_key().to_owned(),
        ..world.shop.emulators().aws.clone()
    });
    support::Shop::open(&world.shop.environment(), &aws).unwrap()
}
