//! `find`, `resend`, `give`, `refund`, `reopen`, `erase`, `export`.

use std::fs;

use emulators::faults::{Rule, Service};
use insta::assert_snapshot;
use serde_json::Value;
use tests::world::{World, id_of};

use crate::{bookstall, bookstall_in, redacted};

const JANE: &str = "jane@example.com";

#[tokio::test]
async fn a_buyer_is_found_by_address_link_reference_and_payment() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    let payment = world.payment(&link).await;
    let found = bookstall(&world, &["find", JANE]).await;
    assert_snapshot!(redacted(&world, found.done()));
    let wrapped = format!("<{}>.", link.to_uppercase().replace("HTTP", "http"));
    let reference = id_of(&link).reference();
    for who in [
        "Jane <jane@example.com>",
        &link,
        &wrapped,
        &payment,
        &reference,
    ] {
        let found = bookstall(&world, &["find", who, "--json"]).await.json();
        assert_eq!(found["purchases"][0]["link"], *link, "{who}");
    }
}

#[tokio::test]
async fn nobody_found_is_exit_1() {
    let world = World::open().await;
    let nobody = bookstall(&world, &["find", JANE]).await;
    assert_eq!(nobody.code, 1);
    assert!(
        nobody
            .stdout
            .starts_with("No purchase is held under this address")
    );
    let reference = bookstall(&world, &["find", "3f2a91c0"]).await;
    assert_eq!(reference.code, 1);
    assert_snapshot!(redacted(&world, &reference.stdout));
    let json = bookstall(&world, &["find", "3f2a91c0", "--json"]).await;
    let answer: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(answer["done"], false);
    assert_eq!(
        answer["message"],
        reference.stdout.trim_end(),
        "the command that it names is about this shop, too"
    );
    // The look before asking is no dry run.
    let refund = ["refund", "3f2a91c0", "--yes", "--json"];
    let json = bookstall(&world, &refund).await;
    let answer: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((json.code, &answer["dry_run"]), (1, &Value::Null));
    let gibberish = bookstall(&world, &["find", "woof"]).await;
    assert_snapshot!("gibberish", gibberish.error(2));
}

/// One payment for two books is one thing, whichever of its links the author has.
#[tokio::test]
async fn a_bundle_is_found_and_refunded_as_a_whole_by_any_link() {
    let world = World::open().await;
    let first = world.purchase("wip-both", JANE).await;
    let other = world.find_purchase(&first).await.unwrap().others[0].secret();
    let other = world.url(&format!("/{other}"));
    let found = bookstall(&world, &["find", JANE]).await;
    assert_snapshot!("a_bundle", redacted(&world, found.done()));
    for who in [&first, &other] {
        let by_link = bookstall(&world, &["find", who]).await;
        assert_eq!(by_link.done(), found.done(), "{who}");
    }
    let asked = bookstall(&world, &["refund", &other]).await;
    let question = asked.error(2).lines().last().unwrap();
    assert_eq!(
        question,
        "error: Nothing was changed. Shall the shop give 45.00 USD back, all that was paid for \
         “Writing Idiomatic Python” and “Idiomatisches Python”, and close the links? There is no \
         terminal to answer at; --yes says yes."
    );
    // The order is the one of `find`.
    let several = bookstall(&world, &["give", JANE, "7"]).await;
    assert_eq!(several.code, 1);
    let positions = [&first, &other].map(|link| several.stdout.find(link.as_str()));
    assert!(positions[0] < positions[1], "{}", several.stdout);
    let refunded = bookstall(&world, &["refund", &other, "--yes"]).await;
    let done = refunded.done();
    assert!(
        done.contains("have gone back, and the links are closed"),
        "{done}"
    );
    assert_eq!(done.matches("(refunded)").count(), 2);
    assert_eq!(refunded.stderr, "");
}

/// A refusal names what was typed, and no field of an event.
#[tokio::test]
async fn a_refusal_names_what_was_typed() {
    let world = World::open().await;
    let link = world.purchase("wip-2e-de", JANE).await;
    for (arguments, said) in [
        (
            &["find", "a@b@c"][..],
            "error: WHO: expected an e-mail address",
        ),
        (&["find", "pi_!"], "error: WHO: expected a payment's id"),
        (
            &["find", "https://shop.example/"],
            "error: WHO: expected a private link",
        ),
        (
            &["give", &link, "five"],
            "error: invalid value 'five' for '<N>': expected a whole number, such as 5",
        ),
        (
            &["give", &link, "0"],
            "error: Nothing was changed. N: expected how many",
        ),
        (
            &["give", &link, "0", "--dry-run"],
            "error: N: expected how many",
        ),
        (
            &["resend", &link, "--to", "jane"],
            "error: Nothing was changed. `--to`: expected",
        ),
        (
            &["refund", &link, "--amount", "0.00 EUR"],
            "error: Nothing was changed. `--amount`: expected more",
        ),
        (
            &["refund", &link, "--amount", "five"],
            "error: Nothing was changed. `--amount`: \"five\" is no currency",
        ),
    ] {
        let refused = bookstall(&world, arguments).await;
        let error = refused.error(2);
        assert!(error.starts_with(said), "{error}");
    }
    // The shop knows what was paid, and what cannot go back is refused before it asks.
    for (amount, said) in [
        (
            "5",
            "`--amount`: 5 may mean 5.00 EUR or 0.05 EUR; write \"5.00 EUR\".",
        ),
        (
            "5.00 USD",
            "the purchase was paid in EUR, and `--amount` is in USD.",
        ),
        ("500.00 EUR", "No money went back: only 27.00 EUR was paid."),
    ] {
        let refused = bookstall(&world, &["refund", &link, "--amount", amount]).await;
        assert_eq!((refused.code, &*refused.stderr), (1, ""), "{amount}");
        assert!(refused.stdout.contains(said), "{}", refused.stdout);
    }
}

#[tokio::test]
async fn a_link_is_mailed_again_and_downloads_are_given() {
    let world = World::open().await;
    world.purchase("wip-2e", JANE).await;
    let before = world.mails().len();
    assert_eq!(bookstall(&world, &["resend", JANE]).await.code, 0);
    let corrected = ["resend", JANE, "--to", "jane.doe@example.com"];
    assert_eq!(bookstall(&world, &corrected).await.code, 0);
    assert_eq!(world.mails().len(), before + 2);
    let given = bookstall(&world, &["give", "jane.doe@example.com", "50", "--json"]).await;
    assert_eq!(given.json()["purchases"][0]["downloads_left"], 50);
    let too_many = bookstall(&world, &["give", "jane.doe@example.com", "5000"]).await;
    assert!(too_many.error(2).contains("from 1 to 1000"));
    assert_eq!(
        bookstall(&world, &["reopen", "jane.doe@example.com"])
            .await
            .code,
        1
    );
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    let (before, mails) = (world.find_purchase(&link).await, world.mails().len());
    for (command, plan) in [
        (
            &["resend", JANE, "--to", "joe@example.com"][..],
            "mail the link to joe@example.com, from now on",
        ),
        (&["resend", JANE], "mail the link again"),
        (&["give", JANE, "50"], "leave 50 downloads"),
        (
            &["refund", JANE],
            "give 29.00 USD back, all that was paid for",
        ),
        (
            &["refund", JANE, "--amount", "5.00 USD"],
            "give 5.00 USD of the 29.00 USD back",
        ),
        (&["erase", JANE], "erase what it knows"),
    ] {
        let tried = [command, &["--dry-run", "--json"]].concat();
        let tried = bookstall(&world, &tried).await.json();
        assert_eq!(
            (&tried["done"], &tried["dry_run"]),
            (&false.into(), &true.into())
        );
        assert_eq!(tried["purchases"][0]["link"], *link, "{command:?}");
        let message = tried["message"].as_str().unwrap();
        assert!(message.starts_with("Nothing was changed."), "{message}");
        assert!(message.contains(plan), "{message}");
    }
    assert_eq!(world.find_purchase(&link).await, before);
    assert_eq!(world.mails().len(), mails);
    let nobody = ["refund", "joe@example.com", "--dry-run"];
    assert_eq!(bookstall(&world, &nobody).await.code, 1);
    let no_dispute = bookstall(&world, &["reopen", JANE, "--dry-run"]).await;
    assert_eq!(no_dispute.code, 1);
    assert!(no_dispute.stdout.contains("No dispute has paused the link"));
}

/// A dry run promises nothing that the shop would refuse.
#[tokio::test]
async fn a_refund_waits_for_the_buyers_own_press() {
    let world = World::open_in_the_eu().await;
    let link = world.purchase("wip-2e", JANE).await;
    let no_answer = Rule::not_json(Service::Stripe).on("POST /v1/refunds");
    world.faults().add(no_answer);
    let pressed = world.post(&format!("{link}/withdraw"), &[]).await;
    assert_eq!(pressed.status().as_u16(), 503);
    world.faults().clear();
    for option in ["--dry-run", "--yes"] {
        let refused = bookstall(&world, &["refund", &link, option]).await;
        assert_eq!(refused.code, 1, "{option}: {}", refused.stderr);
        let said = "Nothing was changed: the buyer's own press for the money is under way, or ended without \
                    an answer. Run the command again in three minutes.";
        assert!(refused.stdout.starts_with(said), "{}", refused.stdout);
    }
}

/// Nothing that cannot be taken back happens without an answer.
#[tokio::test]
async fn money_goes_back_and_data_is_erased_only_with_yes() {
    let world = World::open().await;
    let link = world.purchase("wip-2e", JANE).await;
    for command in [["refund", JANE], ["erase", JANE]] {
        let asked = bookstall(&world, &command).await;
        assert_snapshot!(command[0], redacted(&world, asked.error(2)));
        // A program gets the error alone.
        let asked = bookstall(&world, &[&command[..], &["--json"]].concat()).await;
        let error: Value = serde_json::from_str(asked.error(2)).expect("an error in JSON");
        assert_eq!(error["kind"], "usage");
    }
    let purchase = world.find_purchase(&link).await.unwrap();
    assert!(purchase.amount_refunded == 0 && purchase.email.is_some());

    for (amount, code) in [
        ("5", 1),
        ("5.00 EUR", 1),
        ("5.00 USD", 0),
        ("5.00 USD", 0),
        ("4.00 USD", 1),
    ] {
        let refund = ["refund", &link, "--amount", amount, "--yes"];
        let refunded = bookstall(&world, &refund).await;
        assert_eq!(
            refunded.code, code,
            "{amount}: {}{}",
            refunded.stdout, refunded.stderr
        );
    }
    assert_eq!(
        world.find_purchase(&link).await.unwrap().amount_refunded,
        500
    );
    assert_eq!(bookstall(&world, &["refund", &link, "--yes"]).await.code, 0);
    assert_eq!(
        world.find_purchase(&link).await.unwrap().amount_refunded,
        2900
    );
    let again = bookstall(&world, &["refund", &link, "--yes"]).await;
    assert!(again.done().contains("all was given back before"));
    let erased = bookstall(&world, &["erase", JANE, "--yes"]).await;
    assert!(erased.done().contains("Still to do by you:"));
    assert!(world.find_purchase(&link).await.unwrap().email.is_none());
    let found = bookstall(&world, &["find", &link]).await;
    assert_snapshot!("erased", redacted(&world, found.done()));
    let again = bookstall(&world, &["erase", &link, "--yes"]).await;
    assert!(again.done().contains("It was erased before"));
}

#[tokio::test]
async fn an_export_is_a_new_file() {
    let world = World::open().await;
    world.purchase("wip-2e", JANE).await;
    let folder = tempfile::tempdir().unwrap();
    let export = ["export", JANE, "jane.json"];
    assert_eq!(bookstall_in(folder.path(), &world, &export).await.code, 0);
    let file = fs::read_to_string(folder.path().join("jane.json")).unwrap();
    let file: Value = serde_json::from_str(&file).unwrap();
    assert_eq!(file["purchases"][0]["held"]["email"], JANE);
    let again = bookstall_in(folder.path(), &world, &export).await;
    assert!(again.error(1).contains("jane.json is there already"));
    let to_output = bookstall(&world, &["export", JANE, "-"]).await;
    assert_eq!(to_output.json()["purchases"][0]["held"]["email"], JANE);
    let nobody = ["export", "joe@example.com", "joe.json"];
    assert_eq!(bookstall_in(folder.path(), &world, &nobody).await.code, 1);
    assert!(!folder.path().join("joe.json").exists());
}
