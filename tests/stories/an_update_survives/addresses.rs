//! An address that takes no mail holds nobody up.

use std::collections::HashMap;

use emulators::{dynamodb::PURCHASES_TABLE, faults::Rule};
use serde_json::json;
use tests::world::{BOOK, World, aws_client};

use crate::an_update_reaches_every_buyer_once::{PRODUCT, notified, push};

#[tokio::test]
async fn a_blank_a_malformed_and_a_refused_address_hold_nobody_up() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    let refused = world.purchase(PRODUCT, "gone@refused.example").await;
    for (number, email) in ["", "not an address"].into_iter().enumerate() {
        put_purchase(&world, number, email).await;
    }
    world.purchase(PRODUCT, "joe@example.com").await;

    let pushed = push(&world).await;
    assert_eq!(
        pushed,
        json!({"edition": 2, "sent": 2, "mailed": 2, "failed": 0, "skipped": {"no_address": 2, "address_refused": 1}, "owed": 0})
    );
    assert_eq!(notified(&world), ["jane@example.com", "joe@example.com"]);
    // SES refused the receipt, too. The buyer has seen the link, and has all downloads.
    let refused = world.find_purchase(&refused).await.unwrap();
    assert!(
        refused.mail_refused_at.is_some() && refused.edition == 2 && refused.downloads_left == 5
    );
}

/// Puts a purchase whose address the shop would not have recorded.
async fn put_purchase(world: &World, number: usize, email: &str) {
    use aws_sdk_dynamodb::types::AttributeValue::{M, N, S};
    let client = aws_client(&world.shop.emulators().aws);
    let put = client
        .put_item()
        .table_name(PURCHASES_TABLE)
        .item(
            "id",
            S(format!("00000000-0000-4000-8000-00000000000{number}")),
        )
        .item("book_id", S(BOOK.to_owned()))
        .item("product_id", S(PRODUCT.to_owned()))
        .item("amount_paid", N("2900".to_owned()))
        .item("currency", S("usd".to_owned()))
        .item("bought_at", S("2020-01-01T00:00:00Z".to_owned()))
        .item("downloads_per_edition", N("5".to_owned()))
        .item("downloads_left", N("5".to_owned()))
        .item("takes", M(HashMap::new()))
        .item("edition", N("1".to_owned()))
        .item("edition_bought", N("1".to_owned()));
    let put = if email.is_empty() {
        put
    } else {
        put.item("email", S(email.to_owned()))
    };
    put.send().await.unwrap();
}

#[tokio::test]
async fn an_older_purchase_whose_mail_was_refused_silences_no_newer_one() {
    let world = World::open().await;
    let rule = world
        .faults()
        .add(Rule::ses_refused("Address is on the suppression list"));
    world.purchase(PRODUCT, "jane@example.com").await;
    world.faults().remove(rule);
    world.purchase(PRODUCT, "jane@example.com").await;
    assert_eq!(push(&world).await["owed"], 0);
    assert_eq!(notified(&world), ["jane@example.com"]);
}

#[tokio::test]
async fn a_mail_that_ses_refuses_for_its_content_burns_nobodys_address() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@example.com").await;
    let rule = world
        .faults()
        .add(Rule::ses_refused("The message contains invalid content"));
    let pushed = push(&world).await;
    assert_eq!((&pushed["failed"], &pushed["owed"]), (&json!(1), &json!(1)));
    world.faults().remove(rule);
    assert_eq!(push(&world).await["sent"], 1);
}

#[tokio::test]
async fn a_domain_of_another_alphabet_is_written_in_punycode() {
    let world = World::open().await;
    world.purchase(PRODUCT, "jane@bücher.example").await;
    assert_eq!(push(&world).await["sent"], 1);
    assert_eq!(notified(&world), ["jane@xn--bcher-kva.example"]);
}
