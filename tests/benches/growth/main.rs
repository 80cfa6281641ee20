//! Measures what the steps of a sale cost at DynamoDB (calls, bytes and capacity units) in tables of
//! different sizes.
//!
//! `cargo bench -p tests --bench growth -- [--purchases 1,1000,1000000]`

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on should stop"
)]

mod fill;
mod journey;
mod table;

use std::time::Instant;

use clap::Parser;
use emulators::{dynamodb, ses::Keep};
use local::shop::{LocalShop, Options};
use tests::dynamodb_meter::Meter;

use journey::{Journey, Step};

#[derive(Parser)]
struct Arguments {
    /// How many bought before, for each column
    #[arg(long, value_delimiter = ',', default_values_t = [1, 1_000, 1_000_000])]
    purchases: Vec<u64>,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() {
    let sizes = Arguments::parse().purchases;
    let mut columns = Vec::new();
    for purchases in &sizes {
        columns.push(measure(*purchases).await);
    }
    println!("{}", table::markdown(&sizes, &columns));
}

/// Measures the steps of one buyer and of an update in a shop with so many purchases.
async fn measure(purchases: u64) -> Vec<Step> {
    let state = tempfile::tempdir().unwrap();
    let began = Instant::now();
    fill::fill(&state.path().join(dynamodb::FILE), purchases);
    eprintln!(
        "{} purchases written in {} s",
        table::thousands(purchases),
        began.elapsed().as_secs()
    );
    let meter = Meter::default();
    let shop = LocalShop::open(Options {
        state: Some(state.path().to_owned()),
        keep_mails: Keep::CountOnly,
        around_dynamodb: Some(meter.layer()),
        ..Options::default()
    })
    .await
    .unwrap();
    Journey::begin(&shop, &meter).travel().await
}
