//! Fills the tables with purchases and views before a shop opens them.

use std::path::Path;

use bookstall::{domain::timestamp::Timestamp, runtime::clock};
use emulators::dynamodb::{self, PURCHASES_TABLE, VIEWS_TABLE};
use serde_json::{Value, json};
use tests::world::BOOK;

use crate::journey::{EDITION, PRODUCT};

/// How long the shop keeps a counter, in seconds: 400 days.
const KEPT_SECONDS: i64 = 400 * 24 * 60 * 60;
/// Five years, in seconds.
const FIVE_YEARS: u64 = 5 * 365 * 24 * 60 * 60;

/// Writes so many purchases of one product into the database file, each of another buyer, over the
/// last five years, and as many counters of page views.
pub(crate) fn fill(file: &Path, purchases: u64) {
    let now = clock::now();
    let write = |table: &str, item: fn(u64, Timestamp) -> Value| {
        let items = (0..purchases).map(|number| {
            let ago = FIVE_YEARS - FIVE_YEARS * number / purchases;
            item(number, now.plus_seconds(-i64::try_from(ago).unwrap()))
        });
        dynamodb::import(file, table, items).unwrap();
    };
    write(PURCHASES_TABLE, purchase);
    write(VIEWS_TABLE, views);
}

/// A purchase whose buyer was notified of the edition that will be pushed: the update does not owe
/// them a mail.
fn purchase(number: u64, bought_at: Timestamp) -> Value {
    json!({
        "id": {"S": format!("{number:08x}-0000-4000-8000-000000000000")},
        "reference": {"S": format!("{number:08x}")},
        "book_id": {"S": BOOK},
        "product_id": {"S": PRODUCT},
        "email": {"S": format!("buyer{number}@example.com")},
        "amount_paid": {"N": "2900"},
        "currency": {"S": "usd"},
        "payment_intent": {"S": format!("pi_{number:024}")},
        "bought_at": {"S": bought_at.to_string()},
        "month": {"S": bought_at.date().year_month().to_string()},
        "downloads_per_edition": {"N": "5"},
        "downloads_left": {"N": "3"},
        "takes": {"M": {}},
        "downloads": {"N": "2"},
        "edition": {"N": (EDITION + 1).to_string()},
        "edition_bought": {"N": EDITION.to_string()},
        "mailed_at": {"S": bought_at.to_string()},
        "variant": {"S": "a"},
        "source": {"S": "newsletter"},
    })
}

/// A counter of a campaign that no other counter has.
fn views(number: u64, at: Timestamp) -> Value {
    json!({
        "page": {"S": format!("{PRODUCT}#{}", number % 4)},
        "counted": {"S": format!("{}#a#campaign-{number}", at.date())},
        "views": {"N": "50"},
        "checkouts": {"N": "2"},
        "expires_at": {"N": (at.unix() + KEPT_SECONDS).to_string()},
    })
}
