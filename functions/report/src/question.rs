//! The author's event, which says what the report is about: the days and the product.

use bookstall::{
    domain::{product::ProductId, timestamp::Date},
    runtime::{
        event::{Field, Fields, Problems},
        invocation::EventError,
    },
};
use serde_json::{Value, json};

/// A correct event, for the error that refuses a wrong one.
const EXAMPLE: &str = include_str!("../../../events/report.json");

/// The number of days of a report if the event names none.
const USUAL_DAYS: i64 = 30;

/// The largest number of days of a report: a leap year, so that the list of days stays short.
const MOST_DAYS: i64 = 366;

/// What a report is about.
#[derive(Debug, PartialEq, Eq)]
pub struct Question {
    /// The first day, in the author's time zone.
    pub from: Date,
    /// The last day, in the author's time zone. It is included.
    pub to: Date,
    /// The product; absent if the report is about all of them.
    pub product_id: Option<ProductId>,
}

impl Question {
    /// Returns the question about as many days just before these.
    pub(crate) fn before(&self) -> Self {
        let days = self.from.days_until(self.to) + 1;
        Self {
            from: self.from.plus_days(-days),
            to: self.from.plus_days(-1),
            product_id: self.product_id.clone(),
        }
    }
}

/// Reads the event. The error names everything that is wrong with it. Without `to` the last day is
/// today; without `from` the report is about thirty days.
pub fn read(event: &Value, today: Date) -> Result<Question, EventError> {
    let empty = json!({});
    // `aws lambda invoke` without a payload sends null.
    let event = if event.is_null() { &empty } else { event };
    let problems = Problems::default();
    let known = ["from", "to", "product_id"];
    let question = Fields::of_event(event, &known, &problems).map(|event| {
        let day = |name: &str| {
            let day = event.field(name);
            day.text("a day such as \"2026-11-22\"", Date::parse)
        };
        let (from, to) = (day("from"), day("to").unwrap_or(today));
        let from = from.unwrap_or_else(|| to.plus_days(1 - USUAL_DAYS));
        if problems.is_empty() {
            check_days(from, to, &event.field("from"));
        }
        let expected = "the id of a published product, such as \"wip-2e\"";
        let product_id = event.field("product_id").text(expected, ProductId::parse);
        Question {
            from,
            to,
            product_id,
        }
    });
    problems.check(question, EXAMPLE)
}

fn check_days(from: Date, to: Date, field: &Field<'_>) {
    let days = from.days_until(to) + 1;
    if days < 1 {
        field.refuse(format_args!(
            "expected a day that is not after `to`, {to}; found {from}"
        ));
    } else if days > MOST_DAYS {
        field.refuse(format_args!(
            "expected at most {MOST_DAYS} days up to `to`, {to}; found {days}"
        ));
    }
}

/// Returns the error for a product that is not in the catalogue.
pub(crate) fn unknown_product(id: &ProductId) -> EventError {
    EventError::Wrong {
        problems: vec![format!(
            "`product_id`: there is no product `{id}` in the catalogue"
        )],
        example: EXAMPLE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> Date {
        Date::parse("2026-11-22").unwrap()
    }

    fn days(event: &Value) -> (String, String) {
        let question = read(event, today()).unwrap();
        (question.from.to_string(), question.to.to_string())
    }

    #[test]
    fn the_example_is_correct() {
        let question = read(&serde_json::from_str(EXAMPLE).unwrap(), today()).unwrap();
        assert_eq!(question.product_id, ProductId::parse("wip-2e"));
    }

    #[test]
    fn a_report_is_about_the_last_thirty_days_unless_the_event_says_otherwise() {
        let usual = ("2026-10-24".to_owned(), "2026-11-22".to_owned());
        assert_eq!(days(&json!({})), usual);
        assert_eq!(days(&Value::Null), usual);
        assert_eq!(days(&json!({"to": "2026-03-01"})).0, "2026-01-31");
        assert_eq!(days(&json!({"from": "2026-11-22"})).0, "2026-11-22");
        assert_eq!(
            days(&json!({"from": "2027-12-31", "to": "2028-12-30"})).1,
            "2028-12-30"
        );
    }

    #[test]
    fn the_days_before_are_as_many_and_end_where_these_begin() {
        for (from, to, before) in [
            ("2026-11-22", "2026-11-22", ("2026-11-21", "2026-11-21")),
            ("2026-03-01", "2026-03-31", ("2026-01-29", "2026-02-28")),
        ] {
            let question = read(&json!({"from": from, "to": to}), today()).unwrap();
            let found = question.before();
            assert_eq!((&*found.from.to_string(), &*found.to.to_string()), before);
        }
    }

    #[test]
    fn every_wrong_field_is_named_and_a_correct_event_is_shown() {
        for (event, part) in [
            (json!({"from": "22.11.2026"}), "`from`: expected a day"),
            (json!({"to": "2026-11-31"}), "`to`: expected a day"),
            (json!({"from": 20_261_122}), "`from`: expected a day"),
            (json!({"from": "2026-11-23"}), "not after `to`, 2026-11-22"),
            (
                json!({"from": "2025-11-21"}),
                "at most 366 days up to `to`, 2026-11-22; found 367",
            ),
            (
                json!({"product_id": "Wip 2e"}),
                "`product_id`: expected the id",
            ),
            (json!({"days": 30}), "`days`: there is no such field"),
            (json!([]), "Expected an object in braces"),
        ] {
            let message = read(&event, today()).unwrap_err().to_string();
            assert!(message.contains(part), "{part} is not in: {message}");
            assert!(
                message.contains("Nothing was changed") && message.contains("A right event: {"),
                "{message}"
            );
        }
        let all = json!({"from": "x", "to": "y", "product_id": ""});
        let message = read(&all, today()).unwrap_err().to_string();
        for field in ["`from`", "`to`", "`product_id`"] {
            assert!(message.contains(field), "{message}");
        }
    }
}
