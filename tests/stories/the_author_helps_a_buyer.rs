//! The author helps a buyer: each action as docs/helping-buyers.md has it, and each twice.

use bookstall::domain::{email_address::EmailAddress, purchase::Purchase, purchase_id::PurchaseId};
use emulators::faults::{Rule, Service};
use reqwest::StatusCode;
use serde_json::{Value, json};

use tests::{
    author::links_of,
    world::{LOG, World, id_of, location, purchases_of},
};

const JANE: &str = "jane@example.com";

#[tokio::test]
async fn a_buyer_is_found_by_address_by_link_and_by_payment() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    let payment = world.payment(&link).await;
    let id = link.rsplit('/').next().unwrap();
    for who in [
        json!({"email": " Jane@Example.COM "}),
        json!({"purchase": link}),
        json!({"purchase": format!("{link}/unsubscribe")}),
        json!({"purchase": id}),
        json!({"payment": payment}),
    ] {
        let mut event = who.clone();
        event["action"] = json!("find");
        let answer = world.support(event).await;
        assert_eq!(
            (&answer["action"], &answer["done"]),
            (&json!("find"), &json!(true))
        );
        let [found] = answer["purchases"].as_array().unwrap().as_slice() else {
            panic!("{who}: {answer}");
        };
        for (field, value) in [
            ("link", json!(link)),
            ("reference", json!(id[..8])),
            ("link_is", json!("open")),
            ("email", json!(JANE)),
            ("product_id", json!("wip-2e")),
            ("book", json!("Writing Idiomatic Python")),
            ("version", json!("2nd edition")),
            ("edition", json!(1)),
            ("paid", json!("29.00 USD")),
            ("amount_paid", json!(2900)),
            ("payment", json!(payment)),
            ("downloads_left", json!(5)),
            ("refunded_at", json!(null)),
            ("unsubscribed_at", json!(null)),
        ] {
            assert_eq!(found[field], value, "{field} of {who}");
        }
        assert!(found["mailed_at"].is_string() && found["bought_at"].is_string());
    }
}

#[tokio::test]
async fn whoever_cannot_be_found_is_said_not_to_be() {
    let world = World::open().await;
    world.purchase("wip-2e", JANE).await;
    for who in [
        json!({"email": "joe@example.com"}),
        json!({"purchase": "3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10"}),
        json!({"payment": "pi_unknown1"}),
    ] {
        for (action, field) in [
            ("find", None),
            ("resend", None),
            ("give", Some(("downloads", 5))),
            ("refund", None),
            ("erase", None),
            ("export", None),
        ] {
            let mut event = who.clone();
            event["action"] = json!(action);
            if let Some((field, value)) = field {
                event[field] = json!(value);
            }
            let answer = world.support(event).await;
            assert_eq!(answer["done"], false, "{answer}");
            assert_eq!(answer["action"], action);
            assert_eq!(answer["purchases"], json!([]));
        }
    }
    assert_eq!(world.mailed_buyers(), [JANE]);
}

/// Wrong events, each with a part of the error message.
fn wrong_events(link: &str) -> Vec<(Value, &'static str)> {
    let of_jane = |action: &str, field: &str, value: Value| json!({"action": action, "email": JANE, field: value});
    vec![
        (json!({"email": JANE}), "`action` is missing"),
        (
            json!({"action": "help", "email": JANE}),
            "`action`: expected one of \"find\"",
        ),
        (
            json!({"action": 1, "email": JANE}),
            "`action`: expected one of \"find\"",
        ),
        (
            json!({"action": "find"}),
            "`email`, `purchase`, `payment`: expected exactly one",
        ),
        (
            of_jane("find", "purchase", json!(link)),
            "`email`, `purchase`, `payment`: expected exactly one",
        ),
        (
            json!({"action": "find", "email": "jane"}),
            "`email`: expected an e-mail address",
        ),
        (
            json!({"action": "find", "email": [JANE]}),
            "`email`: expected an e-mail address",
        ),
        (
            json!({"action": "find", "purchase": "3F2A91C"}),
            "`purchase`: expected a private link, what stands at its end, or a reference",
        ),
        (
            json!({"action": "find", "purchase": "https://shop.example/"}),
            "`purchase`: expected a private link",
        ),
        (
            json!({"action": "find", "payment": "ch_1"}),
            "`payment`: expected a payment's id at Stripe, pi_",
        ),
        (
            json!({"action": "find", "mail": JANE}),
            "`mail`: there is no such field",
        ),
        (
            of_jane("resend", "to", json!("jane")),
            "`to`: expected the corrected e-mail address",
        ),
        (
            of_jane("find", "to", json!("j@example.com")),
            "`to`: expected with the action \"resend\" alone",
        ),
        (
            json!({"action": "give", "email": JANE}),
            "`downloads` is missing: expected how many",
        ),
        (
            of_jane("give", "downloads", json!(0)),
            "`downloads`: expected how many",
        ),
        (
            of_jane("give", "downloads", json!(1001)),
            "`downloads`: expected how many",
        ),
        (
            of_jane("give", "downloads", json!("5")),
            "`downloads`: expected how many",
        ),
        (
            of_jane("erase", "downloads", json!(5)),
            "`downloads`: expected with the action \"give\" alone",
        ),
        (
            of_jane("refund", "amount", json!(0)),
            "`amount`: expected how much",
        ),
        (
            of_jane("refund", "amount", json!(5.5)),
            "`amount`: expected how much",
        ),
        (
            of_jane("refund", "amount", json!(-500)),
            "`amount`: expected how much",
        ),
        (
            of_jane("export", "amount", json!(500)),
            "`amount`: expected with the action \"refund\" alone",
        ),
        (json!("find"), "A right event"),
        (json!(null), "A right event"),
    ]
}

#[tokio::test]
async fn a_wrong_event_names_the_field_shows_a_right_one_and_changes_nothing() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    let before = world.raw_item(&link).await;
    for (event, part) in wrong_events(&link) {
        let error = world.invoke("SupportFunction", &event).await.unwrap_err();
        assert_eq!(error["errorType"], "WrongEvent", "{event}");
        let message = error["errorMessage"].as_str().unwrap();
        for part in [part, "Nothing was changed", "A right event: {"] {
            assert!(message.contains(part), "{part} is not in: {message}");
        }
    }
    assert_eq!(world.raw_item(&link).await, before);
    assert_eq!(world.mailed_buyers(), [JANE]);
}

#[tokio::test]
async fn what_works_on_one_purchase_lists_several_and_does_nothing() {
    let world = World::open().await;
    let first = world.purchase("wip-2e", JANE).await;
    let second = world.purchase("wip-2e", JANE).await;
    let before = (world.raw_item(&first).await, world.raw_item(&second).await);
    for event in [
        json!({"action": "give", "email": JANE, "downloads": 5}),
        json!({"action": "refund", "email": JANE}),
        json!({"action": "resend", "email": JANE, "to": "jane.doe@example.com"}),
    ] {
        let answer = world.support(event.clone()).await;
        assert_eq!(answer["done"], false, "{event}");
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains("Name one"), "{message}");
        let mut listed = links_of(&answer);
        let mut both = [first.as_str(), second.as_str()];
        listed.sort_unstable();
        both.sort_unstable();
        assert_eq!(listed, both);
    }
    let after = (world.raw_item(&first).await, world.raw_item(&second).await);
    assert_eq!(after, before);
    assert_eq!(world.mailed_buyers().len(), 2);
}

#[tokio::test]
async fn downloads_are_set_and_a_second_event_adds_none() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    for _ in 0..5 {
        location(&world.download(&link, "pdf").await);
    }
    assert_eq!(
        world.download(&link, "pdf").await.status(),
        StatusCode::FORBIDDEN
    );
    let event = json!({"action": "give", "purchase": link, "downloads": 3});
    for _ in 0..2 {
        let answer = world.support(event.clone()).await;
        assert_eq!(answer["purchases"][0]["downloads_left"], 3);
        assert_eq!(answer["purchases"][0]["link_is"], "open");
    }
    for _ in 0..3 {
        location(&world.download(&link, "pdf").await);
    }
    assert_eq!(
        world.download(&link, "pdf").await.status(),
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn the_log_names_neither_buyers_nor_links() {
    let world = World::open().await;
    let (old, new) = (
        "unmistakable.old@example.com",
        "unmistakable.new@example.com",
    );
    let link = world.purchase("wip-2e", old).await;
    let id = link.rsplit('/').next().unwrap();
    world
        .faults()
        .add(Rule::ses_refused(&format!("Address {new} is suppressed")).times(1));
    for event in [
        json!({"action": "find", "email": old}),
        json!({"action": "resend", "purchase": link, "to": new}),
        json!({"action": "resend", "purchase": link, "to": new}),
        json!({"action": "give", "email": new, "downloads": 7}),
        json!({"action": "export", "email": new}),
        json!({"action": "refund", "email": new, "amount": 500}),
        json!({"action": "erase", "email": new}),
    ] {
        world.support(event).await;
    }
    let unsent = Rule::close_connection(Service::DynamoDb);
    world.faults().add(unsent);
    for event in [
        json!({"action": "find", "email": old}),
        json!({"action": "find", "purchase": format!("{link}x")}),
        json!({"action": old, "email": old}),
    ] {
        world.invoke("SupportFunction", &event).await.unwrap_err();
    }
    let log = LOG.text();
    for secret in [old, new, id] {
        assert!(!log.contains(secret), "the log names {secret}");
    }
    for told in [
        "purchase found",
        "link mailed again",
        "downloads given",
        "data exported",
        "refunded",
        "data erased",
    ] {
        let is_told = log
            .lines()
            .any(|line| line.contains(told) && line.contains(&id[..8]));
        assert!(is_told, "the log does not tell: {told}");
    }
}

/// The author has a mail or a line of the log at hand, and it has no more than the reference.
#[tokio::test]
async fn a_purchase_is_found_by_its_reference() {
    let world = World::open().await;
    let link = world.purchase("wip-both", JANE).await;
    let other = world.find_purchase(&link).await.unwrap().others[0];
    let elsewhere = world.purchase("wip-2e", JANE).await;
    let find = async |reference: &str| {
        let event = json!({"action": "find", "purchase": reference});
        world.support(event).await
    };
    let reference = id_of(&link).reference();
    for written in [
        &reference,
        &format!("({}).", reference.to_uppercase()),
        &format!("Référence : {reference}"),
        &other.reference(),
        &format!("({}).", id_of(&link).secret().to_uppercase()),
    ] {
        let found = find(written).await;
        let found = found["purchases"].as_array().unwrap();
        let links: Vec<_> = found.iter().map(|one| one["link"].clone()).collect();
        assert_eq!(links.len(), 2, "{written}: {links:?}");
        assert!(links.contains(&json!(link)), "{written}: {links:?}");
    }
    let nobody = find("00000000").await;
    assert_eq!(nobody["done"], false);
    let message = nobody["message"].as_str().unwrap();
    assert!(
        message.contains("No purchase has this reference"),
        "{message}"
    );
    // What a page of an error shows is as long as an id, and a link is none.
    let request = "01a21a4f-4b86-459f-a34c-75be171b85d1";
    for (written, hint) in [
        (request, true),
        (&format!("Reference: {request}"), true),
        (&format!("https://shop.example/{request}"), false),
    ] {
        let nobody = find(written).await;
        let message = nobody["message"].as_str().unwrap();
        assert!(message.starts_with("There is no purchase"), "{message}");
        let logs = format!("`bookstall logs {request}`");
        assert_eq!(message.contains(&logs), hint, "{message}");
    }
    // Every action says it, and so does its dry run.
    for event in [
        json!({"action": "resend"}),
        json!({"action": "resend", "to": "joe@example.com"}),
        json!({"action": "give", "downloads": 5}),
        json!({"action": "refund"}),
        json!({"action": "reopen"}),
        json!({"action": "erase"}),
        json!({"action": "export"}),
        json!({"action": "evidence"}),
    ] {
        for dry_run in [true, false] {
            let mut event = event.clone();
            event["purchase"] = json!("00000000");
            event["dry_run"] = json!(dry_run);
            let answer = world.support(event.clone()).await;
            assert_eq!(answer["message"], message, "{event}");
            assert_eq!(answer["done"], false, "{event}");
        }
    }

    // A stranger's purchase has the same reference by chance.
    let jane = world.find_purchase(&elsewhere).await.unwrap();
    let mut id = id_of(&elsewhere).secret();
    id.replace_range(9..13, "0000");
    let stranger = Purchase {
        id: PurchaseId::parse(&id).unwrap(),
        email: EmailAddress::parse("joe@example.com"),
        ..jane.clone()
    };
    purchases_of(&world.shop).record(&[stranger]).await.unwrap();
    let reference = jane.id.reference();
    assert_eq!(
        find(&reference).await["purchases"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let mails = world.mails().len();
    for action in ["resend", "erase", "export", "refund", "reopen", "evidence"] {
        for dry_run in [true, false] {
            let event = json!({"action": action, "purchase": reference, "dry_run": dry_run});
            let answer = world.support(event).await;
            assert_eq!(answer["done"], false, "{action}: {answer}");
            assert_eq!(answer["purchases"].as_array().unwrap().len(), 2, "{action}");
            let message = answer["message"].as_str().unwrap();
            assert!(message.contains("Name one by its link"), "{message}");
        }
    }
    assert_eq!(world.mails().len(), mails);
    assert_eq!(world.find_purchase(&elsewhere).await.unwrap(), jane);
}

/// A dry run says what the event would do, or why it would not, and does nothing.
#[tokio::test]
async fn a_dry_run_says_what_would_be_done() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    let (before, mails) = (world.raw_item(&link).await, world.mails().len());
    let tried = async |event: Value| {
        let mut event = event;
        event["purchase"] = json!(link);
        event["dry_run"] = json!(true);
        world.support(event).await
    };
    for (event, would) in [
        (json!({"action": "resend"}), "mail the link again"),
        (
            json!({"action": "resend", "to": "joe@example.com"}),
            "mail the link to joe@example.com, from now on",
        ),
        (
            json!({"action": "give", "downloads": 1}),
            "leave 1 download",
        ),
        (
            json!({"action": "refund"}),
            "give 29.00 USD back, all that was paid for “Writing Idiomatic Python”, and close the link",
        ),
        (
            json!({"action": "erase"}),
            "erase what it knows of this buyer, for good",
        ),
    ] {
        let answer = tried(event).await;
        assert_eq!(
            (&answer["done"], &answer["would"]),
            (&json!(false), &json!(would))
        );
    }
    assert_eq!(world.raw_item(&link).await, before);
    assert_eq!(world.mails().len(), mails);

    let reopen = json!({"action": "reopen"});
    let answer = tried(reopen).await;
    assert_eq!(
        (&answer["done"], &answer["would"]),
        (&json!(false), &Value::Null)
    );
    let disputed = world.purchase("wip-2e", "joe@example.com").await;
    world.dispute(&disputed).await;
    let dry_run = |action: &str| json!({"action": action, "purchase": disputed, "dry_run": true});
    let answer = world.support(dry_run("reopen")).await;
    assert_eq!(answer["would"], "open the link that a dispute paused");
    assert_eq!(world.support(dry_run("resend")).await["done"], false);

    world.refund(&link, Some(500)).await;
    let rest = tried(json!({"action": "refund"})).await;
    let plan = rest["would"].as_str().unwrap();
    assert!(
        plan.starts_with("give 24.00 USD back, the rest of the 29.00 USD"),
        "{plan}"
    );
    let as_much = tried(json!({"action": "refund", "amount": 500})).await;
    assert_eq!(
        (&as_much["done"], &as_much["already"]),
        (&json!(false), &json!(true))
    );
    world.refund(&link, None).await;
    let all = tried(json!({"action": "refund"})).await;
    assert_eq!(
        (&all["done"], &all["already"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(
        tried(json!({"action": "give", "downloads": 5})).await["done"],
        false
    );
}
