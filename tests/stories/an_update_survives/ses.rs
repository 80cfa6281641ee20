//! Whatever SES answers, nobody is forgotten, and nobody is marked without a mail.

use emulators::faults::{CannedResponse, Effect, Rule, Service};
use serde_json::json;
use tests::world::World;

use crate::an_update_reaches_every_buyer_once::{PRODUCT, notified, push};

#[tokio::test]
async fn when_ses_throttles_every_second_mail_all_are_sent_once() {
    let world = World::open().await;
    let names: Vec<_> = (0..12)
        .map(|number| format!("buyer{number:02}@example.com"))
        .collect();
    for name in &names {
        world.purchase(PRODUCT, name).await;
    }
    world
        .faults()
        .add(Rule::ses_throttled().on("SendEmail").one_of(2));
    let mut owed = push(&world).await["owed"].as_u64().unwrap();
    while owed > 0 {
        owed = push(&world).await["owed"].as_u64().unwrap();
    }
    assert_eq!(notified(&world), names);
}

#[tokio::test]
async fn when_the_days_quota_is_used_up_the_rest_is_owed_and_follows_the_next_day() {
    let world = World::open().await;
    for name in ["a", "b", "c", "d"] {
        world
            .purchase(PRODUCT, &format!("{name}@example.com"))
            .await;
    }
    let mailbox = &world.shop.emulators().mailbox;
    let mut limits = mailbox.limits();
    // Two mails of the update beside the four receipts. A tenth of the quota, one mail, stays free.
    limits.max_24_hour_send = Some(mailbox.count() + 3);
    mailbox.set_limits(limits.clone());
    let first = push(&world).await;
    assert_eq!(
        (&first["sent"], &first["owed"], &first["stopped"]),
        (&json!(2), &json!(2), &json!("quota"))
    );
    let late = world.purchase(PRODUCT, "late@example.com").await;
    let receipt = world.mails().pop().unwrap();
    assert!(receipt.to == ["late@example.com"] && receipt.text.contains(&late));
    let again = push(&world).await;
    assert_eq!(
        (&again["sent"], &again["stopped"]),
        (&json!(0), &json!("quota"))
    );

    limits.max_24_hour_send = None;
    mailbox.set_limits(limits);
    assert_eq!(push(&world).await["owed"], 0);
    assert_eq!(
        notified(&world),
        [
            "a@example.com",
            "b@example.com",
            "c@example.com",
            "d@example.com"
        ]
    );
}

#[tokio::test]
async fn however_ses_says_that_the_days_quota_is_used_up_the_push_waits_for_it() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    for (status, code) in [
        (400, "ThrottlingException"),
        (400, "LimitExceededException"),
        (429, "TooManyRequestsException"),
    ] {
        let body = json!({"__type": code, "message": "Daily message quota exceeded."});
        let answer = Effect::Answer(CannedResponse::json(status, &body.to_string()));
        let rule = Rule::new(Service::Ses, answer).on("SendEmail");
        let rule = world.faults().add(rule);
        let pushed = push(&world).await;
        assert_eq!(
            (&pushed["stopped"], &pushed["owed"]),
            (&json!("quota"), &json!(1)),
            "{code}"
        );
        world.faults().remove(rule);
    }
    assert_eq!(push(&world).await["sent"], 1);
}

/// SES sends every mail, and every response is lost.
#[tokio::test]
async fn a_buyer_of_whose_mails_nobody_hears_gets_three_and_is_named_uncertain() {
    let world = World::open().await;
    let link = world.purchase(PRODUCT, "jane@example.com").await;
    world
        .faults()
        .add(Rule::answer_lost(Service::Ses).on("SendEmail"));
    for run in 1..=5 {
        let pushed = push(&world).await;
        let (failed, uncertain, owed) = match run {
            1 | 2 => (json!(1), json!(null), json!(1)),
            3 => (json!(0), json!(1), json!(0)),
            _ => (json!(0), json!(null), json!(0)),
        };
        assert_eq!(
            (&pushed["failed"], &pushed["uncertain"], &pushed["owed"]),
            (&failed, &uncertain, &owed),
            "run {run}"
        );
    }
    assert_eq!(notified(&world).len(), 3);
    let purchase = world.find_purchase(&link).await.unwrap();
    assert!(purchase.mail_uncertain_at.is_some() && purchase.edition == 2);
    for _ in 0..2 {
        let run = world.invoke("ReconcileFunction", &json!({})).await.unwrap();
        let why = run["undelivered"][0]["why"].as_str().unwrap();
        assert!(why.contains("nobody knows whether"), "{why}");
    }
}

/// Otherwise each buyer would lose one of three attempts.
#[tokio::test]
async fn a_push_stops_when_ses_answers_nobody() {
    const BUYERS: usize = 100;
    let world = World::open().await;
    for number in 0..BUYERS {
        let buyer = format!("buyer{number}@example.com");
        world.record_purchase(PRODUCT, &buyer).await;
    }
    let rule = Rule::close_connection(Service::Ses).on("SendEmail");
    let rule = world.faults().add(rule);
    let pushed = push(&world).await;
    assert_eq!(
        (&pushed["stopped"], &pushed["sent"], &pushed["owed"]),
        (&json!("unanswered"), &json!(0), &json!(BUYERS))
    );
    let failed = pushed["failed"].as_u64().unwrap();
    assert!((10..90).contains(&failed), "{failed}");
    world.faults().remove(rule);
    assert_eq!(push(&world).await["sent"], BUYERS);
}

/// The rate, by the name that is in no model: it is waited for like the other.
#[tokio::test]
async fn a_mail_that_was_too_fast_is_sent_in_the_same_run_whatever_ses_calls_that() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    let body =
        json!({"__type": "ThrottlingException", "message": "Maximum sending rate exceeded."});
    let answer = Effect::Answer(CannedResponse::json(400, &body.to_string()));
    let rule = Rule::new(Service::Ses, answer).on("SendEmail").times(1);
    world.faults().add(rule);
    assert_eq!(push(&world).await["sent"], 1);
}

#[tokio::test]
async fn when_ses_has_paused_the_account_nobody_is_marked_and_the_answer_says_so() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    let mailbox = &world.shop.emulators().mailbox;
    let mut limits = mailbox.limits();
    limits.paused = true;
    mailbox.set_limits(limits.clone());
    let pushed = push(&world).await;
    assert_eq!(
        (&pushed["owed"], &pushed["stopped"]),
        (&json!(1), &json!("blocked"))
    );
    limits.paused = false;
    mailbox.set_limits(limits);
    assert_eq!(push(&world).await["sent"], 1);
}

#[tokio::test]
async fn a_sender_whose_address_is_not_verified_is_not_taken_for_a_refused_buyer() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    let rule = Rule::ses_refused(
        "Email address is not verified. The following identities failed: books@x",
    );
    let rule = world.faults().add(rule.on("SendEmail"));
    let pushed = push(&world).await;
    assert_eq!(
        (&pushed["owed"], &pushed["stopped"]),
        (&json!(1), &json!("blocked"))
    );
    world.faults().remove(rule);
    assert_eq!(push(&world).await["sent"], 1);
}
