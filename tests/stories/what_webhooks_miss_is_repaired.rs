//! What webhooks miss is repaired.

use bookstall::{
    adapters::aws::Aws,
    domain::request_id::RequestId,
    runtime::{clock, invocation::Invocation},
};
use emulators::{
    faults::{Rule, Service},
    stripe::FaultSettings,
};
use futures::future::{join, join_all};
use reconcile::Reconciled;
use reqwest::StatusCode;
use serde_json::{Value, json};

use tests::world::{GOOD_CARD, LOG, World, completed, debit_failed, location};

const PRODUCT: &str = "wip-2e";
/// The number of other shops' sessions between those of this shop, more than a page holds.
const FOREIGN: usize = 150;

/// Opens a shop that Stripe's webhooks do not reach.
async fn cut_off() -> World {
    let world = World::open().await;
    world.drop_webhooks();
    world
}

/// Buys, pays and closes the browser. Returns the id of Stripe's session.
async fn sell_and_close(world: &World, product: &str, email: &str) -> String {
    let session = world.buy(product).await;
    world.pay(&session, email).await;
    session
}

async fn reconcile(world: &World) -> Value {
    let answer = world.invoke("ReconcileFunction", &json!({})).await;
    answer.unwrap()
}

/// The answer of a run that repaired all that it found.
fn repaired(checked: u64, repaired: u64) -> Value {
    json!({"checked": checked, "repaired": repaired, "unrepairable": []})
}

/// The private link of a session's purchase.
async fn link_of(world: &World, session: &str) -> String {
    let session = world
        .ask_stripe(&format!("checkout/sessions/{session}"))
        .await;
    let id = session["metadata"]["purchase_id"].as_str().unwrap();
    world.url(&format!("/{id}"))
}

/// Posts to a test route of Stripe's emulator, whose webhooks do not arrive.
async fn unseen(world: &World, path: &str, fields: &[(&str, &str)]) -> Value {
    world.drop_webhooks();
    let answer = world.post(&world.stripe_url(path), fields).await;
    assert!(answer.status().is_success(), "{answer:?}");
    world.stripe().idle().await;
    answer.json().await.unwrap()
}

async fn grow_old(world: &World, session: &str, days: &str) {
    let path = format!("/test/checkout/{session}/age");
    unseen(world, &path, &[("days", days)]).await;
}

async fn status(world: &World, link: &str) -> StatusCode {
    world.get(link).await.status()
}

#[tokio::test]
async fn without_webhook_and_browser_the_purchase_and_its_mail_are_brought_once() {
    let world = cut_off().await;
    let session = sell_and_close(&world, PRODUCT, "jane@example.com").await;
    assert_eq!((world.purchases().await, world.mails().len()), (0, 0));

    assert_eq!(reconcile(&world).await, repaired(1, 1));
    let link = link_of(&world, &session).await;
    assert_eq!(status(&world, &link).await, StatusCode::OK);
    let mails = world.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].text.contains(&link), "{}", mails[0].text);

    assert_eq!(reconcile(&world).await, repaired(1, 0));
    let late = world.webhook(&completed(&session)).await;
    assert_eq!(late.status(), StatusCode::OK);
    assert_eq!((world.purchases().await, world.mails().len()), (1, 1));
}

#[tokio::test]
async fn two_runs_late_webhooks_and_the_buyer_at_once_make_one_purchase_and_one_mail() {
    let world = cut_off().await;
    let session = world.buy(PRODUCT).await;
    let back = world.pay(&session, "jane@example.com").await;
    let event = completed(&session);
    let runs = join(reconcile(&world), reconcile(&world));
    let webhooks = join_all((0..5).map(|_| world.webhook(&event)));
    let returns = join_all((0..5).map(|_| world.get(&back)));
    let ((first, second), (webhooks, returns)) = join(runs, join(webhooks, returns)).await;

    for run in [first, second] {
        assert_eq!(run["unrepairable"], json!([]), "{run}");
    }
    for webhook in webhooks {
        assert_eq!(webhook.status(), StatusCode::OK);
    }
    let links: Vec<_> = returns.iter().map(location).collect();
    assert!(links.iter().all(|link| *link == links[0]));
    assert_eq!((world.purchases().await, world.mails().len()), (1, 1));
}

#[tokio::test]
async fn a_refund_of_which_no_webhook_told_closes_the_link_however_old_the_sale() {
    for days in ["0", "40"] {
        let world = World::open().await;
        let session = sell_and_close(&world, PRODUCT, "jane@example.com").await;
        world.stripe().idle().await;
        let link = link_of(&world, &session).await;
        grow_old(&world, &session, days).await;
        let payment = world.payment(&link).await;

        unseen(&world, &format!("/test/payments/{payment}/refund"), &[]).await;
        assert_eq!(status(&world, &link).await, StatusCode::OK);
        assert_eq!(reconcile(&world).await, repaired(1, 1), "{days} days");
        assert_eq!(status(&world, &link).await, StatusCode::GONE);
        assert_eq!(reconcile(&world).await, repaired(1, 0), "{days} days");
    }
}

#[tokio::test]
async fn a_dispute_of_which_no_webhook_told_closes_the_link_until_it_is_won() {
    for days in ["0", "90"] {
        let world = World::open().await;
        let session = sell_and_close(&world, PRODUCT, "jane@example.com").await;
        world.stripe().idle().await;
        let link = link_of(&world, &session).await;
        grow_old(&world, &session, days).await;
        let payment = world.payment(&link).await;

        let dispute = unseen(&world, &format!("/test/payments/{payment}/dispute"), &[]).await;
        assert_eq!(reconcile(&world).await, repaired(1, 1), "{days} days");
        assert_eq!(status(&world, &link).await, StatusCode::FORBIDDEN);

        // When the bank decides, the dispute is as old as the sale.
        grow_old(&world, &session, days).await;
        let dispute = dispute["id"].as_str().unwrap();
        let close = format!("/test/disputes/{dispute}/close");
        unseen(&world, &close, &[("status", "won")]).await;
        assert_eq!(reconcile(&world).await, repaired(1, 1), "{days} days");
        assert_eq!(status(&world, &link).await, StatusCode::OK);
        assert_eq!(reconcile(&world).await, repaired(1, 0), "{days} days");
        // The receipt; and to the author that it is disputed, and that the dispute is won.
        assert_eq!(world.mails().len(), 3);
    }
}

#[tokio::test]
async fn a_lost_dispute_closes_the_link_and_a_partial_refund_is_noted() {
    let world = World::open().await;
    let disputed = world.purchase(PRODUCT, "jane@example.com").await;
    let refunded = world.purchase(PRODUCT, "joe@example.com").await;
    let payment = world.payment(&disputed).await;
    let dispute = unseen(&world, &format!("/test/payments/{payment}/dispute"), &[]).await;
    let close = format!("/test/disputes/{}/close", dispute["id"].as_str().unwrap());
    unseen(&world, &close, &[("status", "lost")]).await;
    let payment = world.payment(&refunded).await;
    let refund = format!("/test/payments/{payment}/refund");
    unseen(&world, &refund, &[("amount", "1000")]).await;

    assert_eq!(reconcile(&world).await, repaired(2, 2));
    assert_eq!(reconcile(&world).await, repaired(2, 0));
    assert_eq!(status(&world, &disputed).await, StatusCode::FORBIDDEN);
    assert_eq!(status(&world, &refunded).await, StatusCode::OK);
}

#[tokio::test]
async fn a_bank_debit_that_came_through_after_weeks_brings_the_book() {
    let world = cut_off().await;
    let session = world.buy(PRODUCT).await;
    world.pay_by_bank(&session, "jane@example.com").await;
    assert_eq!(reconcile(&world).await, repaired(0, 0));

    grow_old(&world, &session, "14").await;
    world.settle(&session, "succeeded").await;
    world.stripe().idle().await;
    assert_eq!(reconcile(&world).await, repaired(1, 1));
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn a_bank_debit_that_failed_is_told_once() {
    let world = cut_off().await;
    let session = world.buy(PRODUCT).await;
    world.pay_by_bank(&session, "jane@example.com").await;
    world.settle(&session, "failed").await;
    world.stripe().idle().await;
    assert!(world.mails().is_empty());
    assert_eq!(reconcile(&world).await, repaired(1, 1));
    assert_eq!(reconcile(&world).await, repaired(1, 0));
    // The webhook comes after all.
    let late = world.webhook(&debit_failed(&session)).await;
    assert_eq!(late.status(), StatusCode::OK);
    let [mail] = &world.mails()[..] else {
        panic!("the buyer hears of it once");
    };
    assert_eq!(mail.to, ["jane@example.com"]);
    assert!(mail.subject.contains("did not go through"));
    assert_eq!(world.purchases().await, 0);
}

#[tokio::test]
async fn a_bank_debit_that_could_not_be_told_is_told_by_the_next_run() {
    let world = cut_off().await;
    let session = world.buy(PRODUCT).await;
    world.pay_by_bank(&session, "jane@example.com").await;
    world.settle(&session, "failed").await;
    world.stripe().idle().await;
    world.faults().add(Rule::ses_throttled());
    let answer = reconcile(&world).await;
    assert_eq!(answer["repaired"], 0);
    assert_eq!(answer["unrepairable"].as_array().unwrap().len(), 1);
    world.faults().clear();
    assert_eq!(reconcile(&world).await, repaired(1, 1));
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn a_failed_debit_of_which_nobody_knows_whether_it_was_told_is_told_three_times_in_all() {
    let world = cut_off().await;
    let session = world.buy(PRODUCT).await;
    world.pay_by_bank(&session, "jane@example.com").await;
    world.settle(&session, "failed").await;
    world.stripe().idle().await;
    let aws = Aws::at(world.shop.emulators().aws.clone());
    let shop = reconcile::Shop::open(&world.shop.environment(), &aws).unwrap();
    let failed_at = async |minutes: i64| {
        let now = move || clock::now().plus_seconds(minutes * 60);
        let run = Invocation {
            id: RequestId(format!("run-{minutes}")),
            began: now(),
            deadline: now().plus_seconds(900),
            clock: now,
        };
        let reconciled = reconcile::handle(&shop, json!({}), &run).await.unwrap();
        assert_eq!(reconciled.repaired, 0);
        reconciled.unrepairable.len()
    };
    world.faults().add(Rule::close_connection(Service::Ses));
    for (minutes, failures) in [(0, 1), (59, 0), (61, 1), (122, 1), (183, 0)] {
        assert_eq!(
            failed_at(minutes).await,
            failures,
            "after {minutes} minutes"
        );
    }
    world.faults().clear();
    assert_eq!(failed_at(244).await, 0);
    assert!(world.mails().is_empty());
}

#[tokio::test]
async fn what_is_older_than_the_asked_days_is_left_and_can_be_asked_for() {
    let world = cut_off().await;
    let session = sell_and_close(&world, PRODUCT, "jane@example.com").await;
    grow_old(&world, &session, "10").await;
    assert_eq!(reconcile(&world).await, repaired(0, 0));
    let answer = world
        .invoke("ReconcileFunction", &json!({"days": 11}))
        .await;
    assert_eq!(answer.unwrap(), repaired(1, 1));
}

#[tokio::test]
async fn more_sales_than_a_page_holds_are_all_seen_among_those_of_other_shops() {
    let world = cut_off().await;
    for email in ["jane@example.com", "joe@example.com", "jim@example.com"] {
        sell_and_close(&world, PRODUCT, email).await;
        for _ in 0..FOREIGN / 3 / 10 {
            join_all((0..10).map(|_| foreign_sale(&world, &[]))).await;
        }
    }
    world.faults().clear_calls();
    assert_eq!(reconcile(&world).await, repaired(3, 3));
    assert_eq!(world.mails().len(), 3);
    let calls = world.calls(Service::Stripe);
    let pages = calls
        .iter()
        .filter(|call| *call == "GET /v1/checkout/sessions");
    assert_eq!(pages.count(), 2, "{calls:?}");
}

/// A paid checkout that this shop did not open.
async fn foreign_sale(world: &World, more: &[(&str, &str)]) -> String {
    let fields = [
        ("mode", "payment"),
        ("success_url", "https://elsewhere.example/thanks"),
        ("line_items[0][quantity]", "1"),
        ("line_items[0][price_data][currency]", "usd"),
        ("line_items[0][price_data][unit_amount]", "500"),
        ("line_items[0][price_data][product_data][name]", "Mug"),
    ];
    let fields: Vec<_> = fields.iter().chain(more).collect();
    let request = world
        .http
        .post(world.stripe_url("/v1/checkout/sessions"))
        .bearer_auth("sk_test_local")
        .form(&fields);
    let session: Value = request.send().await.unwrap().json().await.unwrap();
    let session = session["id"].as_str().unwrap().to_owned();
    let paid = world.try_to_pay(&session, "a@example.com", GOOD_CARD).await;
    assert_eq!(paid.status(), StatusCode::SEE_OTHER);
    session
}

#[tokio::test]
async fn a_sale_of_another_bookstall_on_the_same_account_is_left_alone() {
    let world = cut_off().await;
    let of_the_other = [
        (
            "metadata[purchase_id]",
            "3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10",
        ),
        ("metadata[product_id]", PRODUCT),
        ("metadata[shop_id]", "another-shop"),
    ];
    foreign_sale(&world, &of_the_other).await;
    assert_eq!(reconcile(&world).await, repaired(0, 0));
}

#[tokio::test]
async fn a_book_that_is_gone_cannot_be_repaired_and_stops_nobody() {
    let world = cut_off().await;
    sell_and_close(&world, PRODUCT, "jane@example.com").await;
    let session = sell_and_close(&world, "wip-1e", "joe@example.com").await;
    sell_and_close(&world, PRODUCT, "jim@example.com").await;
    world.delete_from_catalogue("book/wip-1e").await;

    let payment = world.payment_of_session(&session).await;
    let link = link_of(&world, &session).await;
    let reference = &link.rsplit('/').next().unwrap()[..8];
    for repaired in [2, 0] {
        let answer = reconcile(&world).await;
        let expected = json!([{
            "purchase": reference, "payment": payment,
            "why": "Failed to find the book of a purchase: `wip-1e` is not in the catalogue; \
                    publish it again",
        }]);
        assert_eq!(answer["unrepairable"], expected);
        assert_eq!(
            (&answer["checked"], &answer["repaired"]),
            (&json!(3), &json!(repaired))
        );
    }
    assert_eq!((world.purchases().await, world.mails().len()), (2, 2));
}

#[tokio::test]
async fn when_a_list_fails_what_was_repaired_stays_and_the_next_run_does_the_rest() {
    let world = cut_off().await;
    let debit = world.buy(PRODUCT).await;
    world.pay_by_bank(&debit, "jane@example.com").await;
    grow_old(&world, &debit, "14").await;
    world.settle(&debit, "succeeded").await;
    world.stripe().idle().await;
    let sale = sell_and_close(&world, PRODUCT, "joe@example.com").await;

    // Stripe lists the sessions, but not the events.
    let rule = Rule::stripe_5xx().on("GET /v1/events");
    let rule = world.faults().add(rule);
    let error = world.invoke("ReconcileFunction", &json!({})).await;
    let message = error.unwrap_err()["errorMessage"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        message.contains("Failed to list Stripe's events: outcome unknown: 500"),
        "{message}"
    );
    assert!(message.contains("It is safe to send the same event again"));
    let link = link_of(&world, &sale).await;
    assert_eq!(status(&world, &link).await, StatusCode::OK);
    assert_eq!((world.purchases().await, world.mails().len()), (1, 1));

    world.faults().remove(rule);
    assert_eq!(reconcile(&world).await, repaired(2, 1));
    assert_eq!(world.mails().len(), 2);
}

#[tokio::test]
async fn when_stripe_does_not_answer_for_one_sale_the_others_are_repaired() {
    let world = cut_off().await;
    for email in ["jane@example.com", "joe@example.com"] {
        sell_and_close(&world, PRODUCT, email).await;
    }
    let rule = Rule::stripe_5xx().on_path("/v1/checkout/sessions/cs_");
    world.faults().add(rule.times(2));
    let answer = reconcile(&world).await;
    assert_eq!(
        (&answer["checked"], &answer["repaired"]),
        (&json!(2), &json!(1))
    );
    let why = answer["unrepairable"][0]["why"].as_str().unwrap();
    assert!(
        why.contains("Failed to ask Stripe for the checkout: outcome unknown: 500"),
        "{why}"
    );
    assert_eq!(reconcile(&world).await, repaired(2, 1));
    assert_eq!(world.mails().len(), 2);
}

#[tokio::test]
async fn when_ses_fails_the_sale_counts_as_not_repaired_and_the_next_run_mails() {
    let world = cut_off().await;
    let session = sell_and_close(&world, PRODUCT, "jane@example.com").await;
    let rule = world.faults().add(Rule::close_connection(Service::Ses));
    let answer = reconcile(&world).await;
    assert_eq!(answer["repaired"], 0);
    let why = answer["unrepairable"][0]["why"].as_str().unwrap();
    assert!(why.starts_with("Failed to send the mail"), "{why}");
    // The private link works without the mail.
    let link = link_of(&world, &session).await;
    assert_eq!(status(&world, &link).await, StatusCode::OK);

    world.faults().remove(rule);
    world.an_hour_passes(&link).await;
    assert_eq!(reconcile(&world).await, repaired(1, 1));
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn when_ses_never_answers_the_shop_does_and_mails_an_hour_later() {
    let world = cut_off().await;
    let session = sell_and_close(&world, PRODUCT, "jane@example.com").await;
    let rule = world.faults().add(Rule::no_answer(Service::Ses));
    let webhook = world.webhook(&completed(&session)).await;
    assert_eq!(webhook.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(webhook.text().await.unwrap().contains("Sorry"));
    let link = link_of(&world, &session).await;
    let purchase = world.find_purchase(&link).await.unwrap();
    let receipt = purchase.deliveries.receipt;
    assert_eq!((receipt.claimed_by, purchase.mailed_at), (None, None));

    world.faults().remove(rule);
    assert_eq!(reconcile(&world).await, repaired(1, 0));
    world.an_hour_passes(&link).await;
    assert_eq!(reconcile(&world).await, repaired(1, 1));
    assert_eq!(world.mails().len(), 1);
}

#[tokio::test]
async fn an_address_that_takes_no_mail_rings_once_and_stays_listed() {
    let world = cut_off().await;
    let session = sell_and_close(&world, PRODUCT, "gone@refused.example").await;
    let answer = reconcile(&world).await;
    let why = answer["unrepairable"][0]["why"].as_str().unwrap();
    assert!(why.contains("refused for good"), "{why}");
    // It has rung; from now on it is listed.
    for _ in 0..2 {
        let mut again = reconcile(&world).await;
        let listed = again.as_object_mut().unwrap().remove("undelivered");
        assert_eq!(listed.unwrap()[0]["why"], why);
        assert_eq!(again, repaired(1, 0));
    }
    let link = link_of(&world, &session).await;
    assert_eq!(status(&world, &link).await, StatusCode::OK);
}

#[tokio::test]
async fn a_run_whose_time_is_up_says_that_something_remains_and_another_does_it() {
    let world = cut_off().await;
    sell_and_close(&world, PRODUCT, "jane@example.com").await;
    let run = async |seconds| -> Reconciled {
        let aws = Aws::at(world.shop.emulators().aws.clone());
        let shop = reconcile::Shop::open(&world.shop.environment(), &aws).unwrap();
        let began = clock::now();
        let run = Invocation {
            id: RequestId("run".to_owned()),
            began,
            deadline: began.plus_seconds(seconds),
            clock: clock::now,
        };
        reconcile::handle(&shop, json!({}), &run).await.unwrap()
    };
    let hurried = run(40).await;
    assert_eq!((hurried.repaired, hurried.remaining), (0, true));
    assert_eq!(world.purchases().await, 0);
    let next = run(900).await;
    assert_eq!((next.repaired, next.remaining), (1, false));
}

#[tokio::test]
async fn a_run_by_the_clock_leaves_fresh_sales_to_their_webhooks() {
    let world = cut_off().await;
    let session = sell_and_close(&world, PRODUCT, "jane@example.com").await;
    let schedule = include_str!("../../events/reconcile-schedule.json");
    let schedule: Value = serde_json::from_str(schedule).unwrap();
    let by_the_clock = async || world.invoke("ReconcileFunction", &schedule).await.unwrap();
    assert_eq!(by_the_clock().await, repaired(0, 0));
    grow_old(&world, &session, "1").await;
    assert_eq!(by_the_clock().await, repaired(1, 1));
}

#[tokio::test]
async fn what_was_repaired_is_told_in_the_log_by_ids() {
    let world = cut_off().await;
    let session = sell_and_close(&world, PRODUCT, "jane@example.com").await;
    let payment = world.payment_of_session(&session).await;
    reconcile(&world).await;
    let log = LOG.text();
    let told = log
        .lines()
        .any(|line| line.contains("sale repaired") && line.contains(&payment));
    assert!(told, "the log does not tell of the repair");
}

#[tokio::test]
async fn a_wrong_event_is_refused_with_its_field_and_a_right_one() {
    let world = cut_off().await;
    sell_and_close(&world, PRODUCT, "jane@example.com").await;
    for (event, field) in [
        (
            json!({"days": 0}),
            "`days`: expected a whole number of days from 1 to 30",
        ),
        (
            json!({"days": "3"}),
            "`days`: expected a whole number of days from 1 to 30",
        ),
        (json!({"since": 3}), "`since`: there is no such field"),
    ] {
        let error = world.invoke("ReconcileFunction", &event).await.unwrap_err();
        let message = error["errorMessage"].as_str().unwrap();
        assert!(message.contains(field), "{message}");
        assert!(
            message.contains(r#"A right event: {"days": 3}"#),
            "{message}"
        );
    }
    assert_eq!(world.purchases().await, 0);
}

#[tokio::test]
async fn when_the_webhooks_come_there_is_nothing_to_repair() {
    let world = World::open().await;
    world.stripe().faults().set(FaultSettings::default());
    world.purchase(PRODUCT, "jane@example.com").await;
    let closed = sell_and_close(&world, PRODUCT, "joe@example.com").await;
    world.stripe().idle().await;
    world.faults().clear_calls();
    assert_eq!(reconcile(&world).await, repaired(2, 0));
    // One call for each list, and one for the purchases of a page of it.
    assert_eq!(world.calls(Service::Stripe).len(), 2);
    assert_eq!(world.calls(Service::DynamoDb), ["BatchGetItem"]);
    assert_eq!(
        status(&world, &link_of(&world, &closed).await).await,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_refund_that_failed_without_a_webhook_opens_the_link_and_is_told() {
    for days in ["0", "90"] {
        let world = World::open().await;
        let session = sell_and_close(&world, PRODUCT, "jane@example.com").await;
        world.stripe().idle().await;
        let link = link_of(&world, &session).await;
        grow_old(&world, &session, days).await;
        let payment = world.payment(&link).await;
        let refund = unseen(&world, &format!("/test/payments/{payment}/refund"), &[]).await;
        assert_eq!(reconcile(&world).await, repaired(1, 1), "{days} days");
        assert_eq!(status(&world, &link).await, StatusCode::GONE);

        let update = format!("/test/refunds/{}/update", refund["id"].as_str().unwrap());
        unseen(&world, &update, &[("status", "failed")]).await;
        let found = reconcile(&world).await;
        assert_eq!(found["unrepairable"][0]["payment"], payment, "{days} days");
        let why = found["unrepairable"][0]["why"].as_str().unwrap();
        assert!(why.contains("a refund failed"), "{why}");
        assert_eq!(status(&world, &link).await, StatusCode::OK);
        assert_eq!(reconcile(&world).await, repaired(1, 0), "{days} days");
    }
}
