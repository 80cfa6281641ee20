//! Reads and checks the author's event. What is wrong with one purchase refuses that one alone.

use bookstall::{
    domain::{
        book::BookId,
        email_address::EmailAddress,
        import::{ImportRow, MOST_COPIES_IMPORTED, Order, Platform, TakenBack},
        timestamp::Date,
    },
    runtime::{
        event::{Field, Fields, Problems},
        invocation::EventError,
    },
};
use serde::Serialize;
use serde_json::Value;

/// A correct event, for the error that refuses a wrong one.
const EXAMPLE: &str = include_str!("../../../events/import.json");

/// The most purchases of one event.
pub const MOST_PURCHASES: usize = 500;

/// A batch of a platform's purchases, to import or to try in a dry run.
#[derive(Debug)]
pub struct Batch {
    /// The platform on which they were made.
    pub platform: Platform,
    /// Whether the next push is to tell the buyers of the current edition.
    pub owe_update: bool,
    /// Whether nothing is to be written.
    pub dry_run: bool,
    /// The purchases that can be imported, in the order of the event.
    pub purchases: Vec<Row>,
    /// The purchases that cannot.
    pub refused: Vec<Refused>,
}

/// A purchase of the event.
#[derive(Debug)]
pub struct Row {
    /// Its place in the event, from 0.
    pub index: usize,
    /// The book that was bought.
    pub book: BookId,
    /// What the export says of it.
    pub row: ImportRow,
}

/// A purchase of the event that cannot be imported.
#[derive(Clone, Debug, Serialize)]
pub struct Refused {
    /// Its place in the event, from 0.
    pub index: usize,
    /// Its number on the platform, as the event has it; absent if that is wrong, too.
    pub order: Option<String>,
    /// What is wrong with it, in a sentence or several.
    pub reason: String,
    /// The book that it names, if the catalogue has no such book.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_book: Option<String>,
}

/// Reads the event. The error names every field of it that is wrong and shows an example. No purchase
/// can be bought after `today` by more than a day, which is a matter of time zones.
pub fn read(event: &Value, today: Date) -> Result<Batch, EventError> {
    let problems = Problems::default();
    let known = ["platform", "owe_update", "dry_run", "purchases"];
    let batch = Fields::of_event(event, &known, &problems)
        .and_then(|event| read_batch(&event, today.plus_days(1)));
    problems.check(batch, EXAMPLE)
}

fn read_batch(event: &Fields<'_>, last_day: Date) -> Option<Batch> {
    let expected = "the name of the platform, such as \"Gumroad\", of 1 to 40 printable characters";
    let platform = event.field("platform").required(expected);
    let platform = platform.text(expected, Platform::parse);
    let owe_update = event.field("owe_update").flag().unwrap_or_default();
    let dry_run = event.field("dry_run").flag().unwrap_or_default();
    let expected = "a list of purchases, such as [{\"book\": \"wip\", \"email\": …}]";
    let field = event.field("purchases").required(expected);
    let items = field.items(expected)?;
    if items.len() > MOST_PURCHASES {
        let found = items.len();
        field.refuse(format_args!(
            "expected at most {MOST_PURCHASES} purchases, found {found}; send them in parts"
        ));
        return None;
    }
    let (mut purchases, mut refused) = (Vec::new(), Vec::new());
    for (index, item) in items.iter().enumerate() {
        let problems = Problems::default();
        match read_row(&item.collecting(&problems), index, last_day) {
            Some(row) if problems.is_empty() => purchases.push(row),
            _ => refused.push(Refused {
                index,
                order: order_of(item),
                reason: problems.into_sentences().join(". "),
                unknown_book: None,
            }),
        }
    }
    Some(Batch {
        platform: platform?,
        owe_update,
        dry_run,
        purchases,
        refused,
    })
}

fn read_row(item: &Field<'_>, index: usize, last_day: Date) -> Option<Row> {
    let known = [
        "book",
        "email",
        "bought_on",
        "order",
        "copies",
        "unsubscribed",
        "taken_back",
    ];
    let row = item.fields("a purchase, in braces", &known)?;
    let expected = "the id of a published book, such as \"wip\"";
    let book = row.field("book").required(expected);
    let book = book.text(expected, BookId::parse);
    let expected = "an e-mail address, such as \"jane@example.com\"";
    let field = row.field("email").required(expected);
    let email = field.text(expected, EmailAddress::parse);
    if email.as_ref().is_some_and(|email| !email.is_mailable()) {
        field.refuse("SES mails no address with letters other than ASCII before the @");
    }
    let expected = "the day of the purchase, such as \"2023-05-03\", not before 1990 and not in \
                    the future";
    let bought_on = row.field("bought_on").required(expected);
    let first_day = Date::parse("1990-01-01")?;
    let bought_on = bought_on.text(expected, |text| {
        Date::parse(text).filter(|day| (first_day..=last_day).contains(day))
    });
    let order = row.field("order");
    let expected = "the number of the purchase on the platform, of 1 to 200 printable characters";
    let read_order = order.text(expected, Order::parse);
    let expected = format!("a whole number from 1 to {MOST_COPIES_IMPORTED}, without quotes");
    let copies = row.field("copies");
    let read_copies = copies.read(&expected, |value| {
        let copies = u32::try_from(value.as_u64()?).ok()?;
        (1..=MOST_COPIES_IMPORTED)
            .contains(&copies)
            .then_some(copies)
    });
    let unsubscribed = row.field("unsubscribed").flag().unwrap_or_default();
    let expected = "\"refunded\", \"charged_back\" or \"revoked\"";
    let taken_back = row.field("taken_back").text(expected, TakenBack::parse);
    Some(Row {
        index,
        book: book?,
        row: ImportRow {
            email: email?,
            bought_on: bought_on?,
            order: read_order,
            copies: read_copies.unwrap_or(1),
            unsubscribed,
            taken_back,
        },
    })
}

/// Returns the number of a purchase, if it is one.
fn order_of(item: &Field<'_>) -> Option<String> {
    let order = item.value()?.get("order")?.as_str()?;
    Order::parse(order).map(|order| order.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn today() -> Date {
        Date::parse("2026-11-26").unwrap()
    }

    #[test]
    fn the_example_is_correct() {
        let batch = read(&serde_json::from_str(EXAMPLE).unwrap(), today()).unwrap();
        assert_eq!(batch.platform.as_str(), "Gumroad");
        assert_eq!((batch.purchases.len(), batch.refused.len()), (3, 0));
        assert!(batch.purchases[0].row.unsubscribed);
        assert_eq!(batch.purchases[1].row.copies, 3);
        let last = &batch.purchases[2].row;
        assert_eq!(last.taken_back, Some(TakenBack::Refunded));
    }

    #[test]
    fn every_wrong_field_of_the_event_is_named() {
        let event = json!({"platform": "a\nb", "dry_run": 1, "purchases": [], "book": "wip"});
        let message = read(&event, today()).unwrap_err().to_string();
        for part in [
            "`platform`: expected the name of the platform",
            "`dry_run`: expected true or false",
            "`purchases`: expected a list of purchases",
            "`book`: there is no such field",
            "A right event: {",
        ] {
            assert!(message.contains(part), "{part} is not in: {message}");
        }
        let many = json!({"platform": "Gumroad", "purchases": vec![json!({}); 501]});
        let message = read(&many, today()).unwrap_err().to_string();
        assert!(message.contains("at most 500 purchases, found 501"));
    }

    #[test]
    fn a_wrong_purchase_is_refused_alone_and_its_values_are_not_told() {
        let right = json!({"book": "wip", "email": "jane@example.com", "bought_on": "2023-05-03"});
        let with = |field: &str, value: Value| {
            let mut row = right.clone();
            row[field] = value;
            row["order"] = json!("G-1");
            row
        };
        let event = json!({"platform": "Gumroad", "purchases": [
            right,
            with("email", json!("jane at example.com")),
            with("email", json!("jané@example.com")),
            with("bought_on", json!("2026-11-28")),
            with("copies", json!(0)),
            with("taken_back", json!("won")),
            with("colour", json!("red")),
            "jane@example.com",
        ]});
        let batch = read(&event, today()).unwrap();
        assert_eq!(batch.purchases.len(), 1);
        let expected = [
            "`purchases[1].email`: expected an e-mail address",
            "`purchases[2].email`: SES mails no address with letters other than ASCII",
            "`purchases[3].bought_on`: expected the day of the purchase",
            "`purchases[4].copies`: expected a whole number from 1 to 1000",
            "`purchases[5].taken_back`: expected \"refunded\", \"charged_back\" or \"revoked\"",
            "`purchases[6].colour`: there is no such field",
            "`purchases[7]`: expected a purchase, in braces, found a text",
        ];
        assert_eq!(batch.refused.len(), expected.len());
        for (refused, expected) in batch.refused.iter().zip(expected) {
            assert!(refused.reason.contains(expected), "{}", refused.reason);
            for value in ["jane at", "jané"] {
                assert!(!refused.reason.contains(value), "{}", refused.reason);
            }
            let has_order = refused.index < 7;
            assert_eq!(refused.order.is_some(), has_order);
        }
    }
}
