//! What sells: every figure of a report is what was seen and sold, to the last cent, and its page
//! and its table are the author's alone.

mod days;
mod failures;
mod figures;
mod table_and_page;

use bookstall::domain::{money::Money, purchase::Purchase};
use reqwest::StatusCode;
use serde_json::Value;
use tests::world::World;

async fn report(world: &World, event: Value) -> Value {
    world.invoke("ReportFunction", &event).await.unwrap()
}

/// The content of the file that a field of the report links to.
async fn open(world: &World, report: &Value, field: &str) -> String {
    let answer = world.get(report[field].as_str().unwrap()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    answer.text().await.unwrap()
}

fn paid(sale: &Purchase) -> Money {
    sale.paid.unwrap()
}
