//! In a shop that keeps the right of withdrawal of the European Union buyers withdraw from the contract, by
//! their link or their address, and are mailed an acknowledgement whatever becomes of it.

mod afterwards;
mod declaring;
mod on_every_page;

use aws_sdk_dynamodb::types::AttributeValue::S;
use bookstall::runtime::clock;
use emulators::{dynamodb::PURCHASES_TABLE, ses::Mail};
use reqwest::StatusCode;
use tests::world::{World, aws_client, id_of};

pub(crate) const JANE: &str = "jane@example.com";

pub(crate) const AUTHOR: &str = "ada@bookstall.example";

/// The sums of all refunds, in minor units.
pub(crate) async fn refunds(world: &World) -> Vec<i64> {
    let list = world.ask_stripe("refunds?limit=100").await;
    let all = list["data"].as_array().unwrap().iter();
    all.map(|refund| refund["amount"].as_i64().unwrap())
        .collect()
}

pub(crate) fn mails_to(world: &World, address: &str, subject: &str) -> Vec<Mail> {
    let is_it = |mail: &Mail| mail.to == [address] && mail.subject.starts_with(subject);
    world.mails().into_iter().filter(is_it).collect()
}

fn acknowledgements(world: &World) -> Vec<Mail> {
    mails_to(world, JANE, "We received your withdrawal")
}

/// Moves a time of a purchase so many seconds into the past.
pub(crate) async fn seconds_pass(world: &World, link: &str, attribute: &str, seconds: i64) {
    aws_client(&world.shop.emulators().aws)
        .update_item()
        .table_name(PURCHASES_TABLE)
        .key("id", S(id_of(link).secret()))
        .update_expression("SET #attribute = :then")
        .expression_attribute_names("#attribute", attribute)
        .expression_attribute_values(":then", S(clock::now().plus_seconds(-seconds).to_string()))
        .send()
        .await
        .unwrap();
}

pub(crate) async fn says(
    world: &World,
    url: &str,
    fields: &[(&str, &str)],
) -> (StatusCode, String) {
    let answer = world.post(url, fields).await;
    (answer.status(), answer.text().await.unwrap())
}
