//! Measures how fast purchases are imported, and what they take of DynamoDB: batches of 500 that are
//! sent to the local shop one after the other, as the command sends them, and all of them once more.
//!
//! `cargo bench -p tests --bench import -- [--purchases N]`

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on should stop"
)]

use std::time::Instant;

use clap::Parser;
use local::shop::Options;
use serde_json::{Value, json};
use tests::{
    dynamodb_meter::Meter,
    world::{BOOK, World},
};

#[derive(Parser)]
struct Arguments {
    /// How many are imported
    #[arg(long, default_value_t = 100_000)]
    purchases: usize,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

/// The most purchases of an event.
const BATCH: usize = 500;

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    let meter = Meter::default();
    let state = tempfile::tempdir().unwrap();
    let options = Options {
        state: Some(state.path().to_owned()),
        around_dynamodb: Some(meter.layer()),
        ..Options::default()
    };
    let world = World::open_with(options).await;
    println!(
        "| | purchases | wall s | purchases a second | calls each | units read each | written |"
    );
    println!("|---|--:|--:|--:|---|--:|--:|");
    for (name, counted) in [("for the first time", "added"), ("again", "unchanged")] {
        drop(meter.take());
        let began = Instant::now();
        let mut imported = 0;
        for first in (0..arguments.purchases).step_by(BATCH) {
            let last = (first + BATCH).min(arguments.purchases);
            let event = batch(first..last);
            let answer = world.invoke("ImportFunction", &event).await.unwrap();
            imported += answer[counted].as_u64().unwrap();
        }
        let seconds = began.elapsed().as_secs_f64();
        let reading = meter.take();
        assert_eq!(imported, arguments.purchases as u64);
        let each = |number: f64| number / count(imported);
        let calls: Vec<_> = reading
            .calls
            .iter()
            .map(|(operation, calls)| format!("{:.3} {operation}", each(count(*calls))))
            .collect();
        println!(
            "| {name} | {imported} | {seconds:.1} | {:.0} | {} | {:.2} | {:.2} |",
            count(imported) / seconds,
            calls.join(", "),
            each(reading.units_read),
            each(reading.units_written),
        );
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn count(number: u64) -> f64 {
    number as f64
}

/// A batch of purchases over ten years, each by a buyer of its own.
fn batch(numbers: std::ops::Range<usize>) -> Value {
    let row = |number: usize| {
        let (year, month, day) = (2014 + number % 10, number % 12 + 1, number % 28 + 1);
        json!({
            "book": BOOK,
            "email": format!("buyer{number}@example.com"),
            "bought_on": format!("{year}-{month:02}-{day:02}"),
            "order": format!("G-{number}"),
        })
    };
    json!({"platform": "Gumroad", "owe_update": true, "purchases": numbers.map(row).collect::<Vec<_>>()})
}
