//! The meter counts as DynamoDB's documentation does:
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{
    Client,
    config::{Credentials, Region},
    types::{AttributeValue, ReturnValuesOnConditionCheckFailure},
};
use emulators::dynamodb::{self, PURCHASES_TABLE};
use tests::dynamodb_meter::{Meter, Reading};

use super::{ACCESS_KEY, SECRET_KEY, serve};

struct Table {
    client: Client,
    meter: Meter,
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn edition(number: u32) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

impl Table {
    async fn open() -> Self {
        let meter = Meter::default();
        let database = dynamodb::open(None).unwrap();
        let router = dynamodb::router(database).await.unwrap();
        let address = serve(meter.around(router)).await;
        let credentials = Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "tests");
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version_latest()
            .region(Region::from_static("us-east-1"))
            .credentials_provider(credentials)
            .endpoint_url(format!("http://{address}"))
            .build();
        let client = Client::from_conf(config);
        Self { client, meter }
    }

    /// A table with one purchase, which is in all three indexes. `notes` is in none of them.
    async fn with_a_purchase(notes: &str) -> (Self, Reading) {
        let table = Self::open().await;
        let put = table
            .client
            .put_item()
            .table_name(PURCHASES_TABLE)
            .item("id", text("1"))
            .item("book_id", text("wip"))
            .item("edition", edition(1))
            .item("email", text("jane@example.com"))
            .item("bought_at", text("2026-11-22T17:00:00Z"))
            .item("month", text("2026-11"))
            .item("notes", text(notes));
        put.send().await.unwrap();
        let reading = table.meter.take();
        (table, reading)
    }

    /// Sets one attribute of the purchase if its edition is 1. Returns whether it did.
    async fn set(&self, name: &str, value: AttributeValue) -> (bool, Reading) {
        let answer = self
            .client
            .update_item()
            .table_name(PURCHASES_TABLE)
            .key("id", text("1"))
            .update_expression("SET #name = :value")
            .condition_expression("edition = :one")
            .expression_attribute_names("#name", name)
            .expression_attribute_values(":value", value)
            .expression_attribute_values(":one", edition(1))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        (answer.is_ok(), self.meter.take())
    }

    async fn get(&self, id: &str, is_consistent: bool) -> Reading {
        self.client
            .get_item()
            .table_name(PURCHASES_TABLE)
            .key("id", text(id))
            .consistent_read(is_consistent)
            .send()
            .await
            .unwrap();
        self.meter.take()
    }
}

#[track_caller]
fn assert_units(reading: &Reading, read: f64, written: f64) {
    assert!(
        (reading.units_read - read).abs() < 1e-9 && (reading.units_written - written).abs() < 1e-9,
        "{read} and {written} expected: {reading:?}"
    );
}

#[tokio::test]
async fn a_write_costs_a_unit_for_each_kilobyte_and_for_each_index_that_it_changes() {
    let (table, put) = Table::with_a_purchase("").await;
    assert_units(&put, 0.0, 1.0 + 3.0);
    // The first is in no index, the second in the index by month. The third is a key of the index by
    // book, from which the old entry is deleted before the new one is written.
    for (name, value, units) in [
        ("downloads_left", edition(4), 1.0),
        ("mailed_at", text("2026-11-22T17:00:01Z"), 1.0 + 1.0),
        ("edition", edition(2), 1.0 + 2.0),
    ] {
        let (is_done, update) = table.set(name, value).await;
        assert!(is_done, "{name}");
        assert_units(&update, 0.0, units);
    }

    let (_, put) = Table::with_a_purchase(&"x".repeat(1500)).await;
    assert_units(&put, 0.0, 2.0 + 3.0);
}

#[tokio::test]
async fn a_refused_write_costs_as_much_as_what_is_there() {
    for (length, units) in [(0, 1.0), (1500, 2.0)] {
        let (table, _) = Table::with_a_purchase(&"x".repeat(length)).await;
        assert!(table.set("edition", edition(2)).await.0);
        let (is_done, update) = table.set("edition", edition(3)).await;
        assert!(!is_done);
        assert_units(&update, 0.0, units);
    }
}

#[tokio::test]
async fn a_read_costs_a_unit_for_each_four_kilobytes_or_half_of_it() {
    for (length, consistent) in [(0, 1.0), (5000, 2.0)] {
        let (table, _) = Table::with_a_purchase(&"x".repeat(length)).await;
        assert_units(&table.get("1", true).await, consistent, 0.0);
        assert_units(&table.get("1", false).await, consistent / 2.0, 0.0);
        // The long attribute is not in the index.
        table
            .client
            .query()
            .table_name(PURCHASES_TABLE)
            .index_name("by_email")
            .key_condition_expression("email = :email")
            .expression_attribute_values(":email", text("jane@example.com"))
            .send()
            .await
            .unwrap();
        assert_units(&table.meter.take(), 0.5, 0.0);
    }
}

#[tokio::test]
async fn bytes_are_those_that_the_caller_sent_and_has_use_for() {
    let table = Table::open().await;
    let reading = table.get("1", true).await;
    let sent =
        r#"{"TableName":"bookstall-purchases","Key":{"id":{"S":"1"}},"ConsistentRead":true}"#;
    let expected = Reading {
        calls: BTreeMap::from([("GetItem".to_owned(), 1)]),
        bytes_sent: sent.len() as u64,
        bytes_received: "{}".len() as u64,
        units_read: 1.0,
        units_written: 0.0,
    };
    assert_eq!(reading, expected);
    assert_eq!(table.meter.take(), Reading::default());
}
