//! A whole sale through the binaries, and its log.

use emulators::faults::Rule;
use local::functions::Function;
use reqwest::{Client, redirect::Policy};
use serde_json::{Value, json};

use crate::{
    deployment::{Deployment, HttpAnswer, SHOP_URL},
    event::{DOMAIN, Event},
};

const BUYER: &str = "unmistakable.buyer@example.com";

/// A buyer who reaches the shop through a stage named `prod`.
struct Buyer<'a> {
    deployment: &'a Deployment,
    http: Client,
}

impl Buyer<'_> {
    /// Presses Buy Now, and returns the id of Stripe's session.
    async fn buy(&self) -> String {
        let event = Event::of("POST /buy", "/buy").form("product_id=wip-2e&source=newsletter");
        let answer = self.deployment.call(event.through_stage("prod")).await;
        answer.location().rsplit('/').next().unwrap().to_owned()
    }

    /// Pays on Stripe's page, and returns the URL that Stripe sends the buyer back to.
    async fn pay(&self, session: &str) -> String {
        let url = format!(
            "{}/test/checkout/{session}/pay",
            self.deployment.stripe_url()
        );
        let fields = [("email", BUYER), ("card", "4242424242424242")];
        let answer = self.http.post(url).form(&fields).send().await.unwrap();
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    /// Comes back from Stripe. The response redirects to the private link.
    async fn come_back(&self, session: &str) -> HttpAnswer {
        let path = format!("/paid/{session}");
        let event = Event::of("GET /paid/{session_id}", &path);
        self.deployment.call(event.through_stage("prod")).await
    }

    /// Comes back from Stripe, and returns the private link, to which the checkout's session is added.
    async fn arrives(&self, session: &str) -> String {
        let page = self.come_back(session).await.location().to_owned();
        let (link, from) = page.split_once('?').unwrap();
        assert_eq!(from, format!("paid={session}"));
        link.to_owned()
    }

    async fn look(&self, id: &str) -> HttpAnswer {
        let event = Event::of("GET /{purchase_id}", &format!("/{id}"));
        self.deployment.call(event.through_stage("prod")).await
    }

    async fn take(&self, id: &str) -> HttpAnswer {
        let event = Event::of("POST /{purchase_id}", &format!("/{id}")).form("book=wip&file=pdf");
        self.deployment.call(event.through_stage("prod")).await
    }
}

/// Sends one of Stripe's events to the webhook.
async fn notify(deployment: &Deployment, kind: &str, object: Value) -> HttpAnswer {
    let event = json!({
        "id": "evt_1", "object": "event", "type": kind, "api_version": "2026-09-30.endive",
        "created": 1, "livemode": false, "pending_webhooks": 1, "data": {"object": object},
    });
    let event = Event::of("POST /stripe", "/stripe").signed(&event);
    deployment.call(event.through_stage("prod")).await
}

/// The missed sale is repaired; the one whose mail SES refused is listed, so that the author mails it.
fn one_is_repaired_and_one_undelivered(reconciled: &Value) {
    assert_eq!(reconciled["checked"], 3, "{reconciled}");
    assert_eq!(reconciled["repaired"], 1, "{reconciled}");
    assert_eq!(reconciled["unrepairable"], json!([]), "{reconciled}");
    let undelivered = reconciled["undelivered"].as_array().unwrap();
    assert_eq!(undelivered.len(), 1, "{reconciled}");
    assert_eq!(
        undelivered[0]["why"],
        "its mail was refused for good; the link is not sent"
    );
}

#[tokio::test]
async fn a_book_is_sold_downloaded_updated_and_refunded_and_the_log_names_nobody() {
    let deployment = Deployment::open().await;
    let buyer = Buyer {
        deployment: &deployment,
        http: Client::builder().redirect(Policy::none()).build().unwrap(),
    };
    let catalogue: Value = serde_json::from_str(include_str!("../../events/publish.json")).unwrap();
    let publish = deployment.process(Function::Publish);
    let published = publish.invoke(catalogue.clone()).await.unwrap();
    assert!(
        published["books"]["wip"]["files.pdf"].is_object(),
        "{published}"
    );
    let again = publish.invoke(catalogue).await.unwrap();
    assert_eq!(
        (&again["books"], &again["products"]),
        (&json!({}), &json!({}))
    );

    let session = buyer.buy().await;
    let back = buyer.pay(&session).await;
    assert_eq!(back, format!("https://{DOMAIN}/prod/paid/{session}"));
    let link = &*buyer.arrives(&session).await;
    let id = link
        .strip_prefix(&format!("https://{DOMAIN}/prod/"))
        .unwrap();

    let completed = json!({"id": session, "object": "checkout.session"});
    let notified = notify(&deployment, "checkout.session.completed", completed).await;
    assert_eq!(notified.status, 200, "{notified:?}");
    let mails = deployment.shop.emulators().mailbox.messages();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].text.contains(link), "{}", mails[0].text);

    let page = buyer.look(id).await;
    assert!(page.body.contains("<form"), "{page:?}");
    let file = buyer.take(id).await.location().to_owned();
    let book = buyer.http.get(&file).send().await.unwrap();
    assert_eq!(book.status(), 200);
    assert!(book.bytes().await.unwrap().starts_with(b"%PDF"));

    let update = json!({"book": "wip", "version": "2nd edition, 2.1"});
    let pushed = deployment.process(Function::PushUpdate).invoke(update);
    assert_eq!(pushed.await.unwrap()["sent"], 1);
    let mails = deployment.shop.emulators().mailbox.messages();
    assert!(mails[1].text.contains(&format!("{SHOP_URL}/{id}")));

    lose_the_link(&buyer, link).await;
    go_wrong(&buyer, &session, id).await;

    let payment = &deployment.session(&session).await["payment_intent"];
    let payment = payment.as_str().unwrap();
    let url = format!("{}/test/payments/{payment}/refund", deployment.stripe_url());
    assert!(
        buyer
            .http
            .post(url)
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );
    let refunded = json!({"id": "ch_1", "object": "charge", "payment_intent": payment});
    let notified = notify(&deployment, "charge.refunded", refunded).await;
    assert_eq!(notified.status, 200, "{notified:?}");
    assert_eq!(buyer.look(id).await.status, 410);
    assert_eq!(buyer.take(id).await.status, 410);

    let missed = buyer.buy().await;
    buyer.pay(&missed).await;
    let reconciled = deployment.process(Function::Reconcile).invoke(json!({}));
    let reconciled = reconciled.await.unwrap();
    one_is_repaired_and_one_undelivered(&reconciled);

    let signature = file.split("X-Amz-Signature=").nth(1).unwrap();
    let log = deployment.log();
    for line in log.lines() {
        assert!(
            serde_json::from_str::<Value>(line).is_ok(),
            "no JSON: {line}"
        );
    }
    for secret in [
        BUYER,
        "somebody.else@example.com",
        id,
        &session,
        &missed,
        signature,
        &back,
        "4242424242424242",
        "sk_test_local",
        "whsec_local",
        emulators::SECRET_KEY,
    ] {
        assert!(!log.contains(secret), "the log names {secret}: {log}");
    }
    is_what_the_template_reads(&log);
    for told in [
        "checkout opened",
        "purchase recorded",
        "download taken",
        "update pushed",
        "links mailed again",
        "sale repaired",
    ] {
        assert!(log.contains(told), "the log does not tell: {told}");
    }
}

/// Asks for a lost link with two addresses: both answers are equal, and the mail goes to the buyer.
async fn lose_the_link(buyer: &Buyer<'_>, link: &str) {
    let ask = async |email: &str| {
        let event = Event::of("POST /resend", "/resend").form(&format!("email={email}"));
        let answer = buyer.deployment.call(event.through_stage("prod")).await;
        (answer.status, answer.body)
    };
    let (known, unknown) = (ask(BUYER).await, ask("somebody.else@example.com").await);
    assert_eq!(known.0, 200, "{known:?}");
    assert_eq!(known, unknown);
    let mails = buyer.deployment.shop.emulators().mailbox.messages();
    assert_eq!(mails.len(), 3);
    assert_eq!(mails[2].to, [BUYER]);
    assert!(mails[2].text.lines().any(|line| line == link));
}

/// Asserts that the log has the fields and messages that `template.yaml` counts and shows.
fn is_what_the_template_reads(log: &str) {
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let template = include_str!("../../template.yaml");
    for after in template.split("fields.").skip(1) {
        let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
        let name = after.split(|letter| !is_name(letter)).next().unwrap();
        let is_there = lines.iter().any(|line| !line["fields"][name].is_null());
        assert!(is_there, "the log has no field {name}");
        let Some(message) = after.strip_prefix("message = ") else {
            continue;
        };
        let message = message.trim_start_matches(['\\', '"']);
        let message = message.split(['\\', '"']).next().unwrap();
        let is_told = lines
            .iter()
            .any(|line| line["fields"]["message"] == message);
        assert!(is_told, "the log never says: {message}");
    }
}

/// Lets each service fail once, so that the log holds their messages.
async fn go_wrong(buyer: &Buyer<'_>, session: &str, id: &str) {
    let deployment = buyer.deployment;
    let faults = &deployment.shop.emulators().faults;
    faults.add(Rule::dynamodb_throttled());
    assert_eq!(buyer.look(id).await.status, 503);
    faults.clear();
    faults.add(Rule::stripe_5xx());
    assert_eq!(buyer.come_back(session).await.status, 503);
    faults.clear();
    let refusal = format!("Email address is not verified: {BUYER}");
    faults.add(Rule::ses_refused(&refusal).on("SendEmail"));
    let update = json!({"book": "wip", "version": "2nd edition, 2.2"});
    let pushed = deployment.process(Function::PushUpdate).invoke(update);
    assert_eq!(pushed.await.unwrap()["sent"], 0);
    faults.clear();
    let refused = buyer.buy().await;
    buyer.pay(&refused).await;
    let refusal = format!("Local address contains control or whitespace: {BUYER}");
    faults.add(Rule::ses_refused(&refusal).on("SendEmail"));
    assert_eq!(buyer.come_back(&refused).await.status, 303);
    faults.clear();
}
