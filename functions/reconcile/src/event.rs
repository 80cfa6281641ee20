//! Reads the event of a run, sent by the author or by a schedule.

use bookstall::{
    domain::timestamp::Timestamp,
    runtime::{
        event::{Fields, Problems},
        invocation::EventError,
    },
};
use serde_json::Value;

/// A correct event, for the error that refuses a wrong one.
const EXAMPLE: &str = include_str!("../../../events/reconcile.json");

/// The default number of days: Stripe retries a webhook for three, and a checkout stays open for
/// one.
const USUAL_DAYS: i64 = 4;
/// The largest number of days: Stripe keeps events for 30.
const MOST_DAYS: i64 = 30;
/// The length of a day, in seconds.
const DAY: i64 = 24 * 60 * 60;

/// The age below which a scheduled run skips a sale, in seconds. Otherwise the run would sometimes
/// repair a sale before its webhook arrives, and raise an alarm for no reason.
const LEFT_TO_WEBHOOKS: i64 = 10 * 60;

/// The period whose sales a run checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The beginning of the period.
    pub since: Timestamp,
    /// The end of the period.
    pub until: Timestamp,
}

/// Reads the event. The error names the field that is wrong and shows an example.
pub fn read(event: &Value, now: Timestamp) -> Result<Period, EventError> {
    let period = |days: i64, until| Period {
        since: now.plus_seconds(-days * DAY),
        until,
    };
    if is_scheduled(event) {
        return Ok(period(USUAL_DAYS, now.plus_seconds(-LEFT_TO_WEBHOOKS)));
    }
    let problems = Problems::default();
    let days = Fields::of_event(event, &["days"], &problems).map(|event| {
        let expected = format!("a whole number of days from 1 to {MOST_DAYS}");
        let days = event.field("days").read(&expected, |value| {
            value.as_i64().filter(|days| (1..=MOST_DAYS).contains(days))
        });
        days.unwrap_or(USUAL_DAYS)
    });
    let days = problems.check(days, EXAMPLE)?;
    Ok(period(days, now))
}

/// Whether the event comes from a rule of `EventBridge` or from its Scheduler
/// (<https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-event-sched.html>).
fn is_scheduled(event: &Value) -> bool {
    let is_from = |source| event["source"] == source;
    event["detail-type"] == "Scheduled Event" && (is_from("aws.events") || is_from("aws.scheduler"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_unix(1_795_366_800).unwrap()
    }

    fn days(event: &Value) -> i64 {
        (now().unix() - read(event, now()).unwrap().since.unix()) / DAY
    }

    #[test]
    fn the_author_gives_the_number_of_days_or_gets_the_default() {
        assert_eq!(days(&json!({})), 4);
        assert_eq!(days(&json!({"days": null})), 4);
        assert_eq!(days(&json!({"days": 30})), 30);
        assert_eq!(days(&serde_json::from_str(EXAMPLE).unwrap()), 3);
        assert_eq!(read(&json!({}), now()).unwrap().until, now());
    }

    #[test]
    fn a_scheduled_run_leaves_the_newest_sales_to_their_webhooks() {
        let rule = include_str!("../../../events/reconcile-schedule.json");
        let rule: Value = serde_json::from_str(rule).unwrap();
        let scheduler = json!({
            "version": "0", "source": "aws.scheduler", "detail-type": "Scheduled Event",
            "detail": "{}",
        });
        for event in [rule, scheduler] {
            let period = read(&event, now()).unwrap();
            assert_eq!(now().unix() - period.until.unix(), 600, "{event}");
            assert_eq!(days(&event), 4);
        }
    }

    #[test]
    fn the_error_of_a_wrong_event_names_the_field_and_shows_an_example() {
        for (event, names) in [
            (json!({"days": 0}), "`days`: expected a whole number"),
            (json!({"days": 31}), "from 1 to 30"),
            (json!({"days": i64::MIN}), "from 1 to 30"),
            (json!({"days": 1.5}), "`days`: expected a whole number"),
            (json!({"days": "three"}), "`days`: expected a whole number"),
            (
                json!({"day": 3}),
                "`day`: there is no such field; expected `days`",
            ),
            (json!({"detail-type": "Scheduled Event"}), "detail-type"),
            (json!([]), "Expected an object in braces, found a list"),
            (json!([3]), "Expected an object in braces, found a list"),
            (Value::Null, "Expected an object in braces, found null"),
        ] {
            let message = read(&event, now()).unwrap_err().to_string();
            assert!(message.contains(names), "{event}: {message}");
            assert!(
                message.contains(r#"A right event: {"days": 3}"#),
                "{message}"
            );
            assert!(message.contains("Nothing was changed"), "{message}");
        }
    }
}
