//! What a run is asked: by the author, or by the clock.

use bookstall::{
    domain::timestamp::Timestamp,
    runtime::invocation::{EventError, read_event},
};
use serde::Deserialize;
use serde_json::Value;

/// A right event, for the message that says one is wrong.
const EXAMPLE: &str = include_str!("../../../events/reconcile.json");

/// Longer than the three days of a webhook's retries and the day that a checkout stays open.
const USUAL_DAYS: i64 = 4;
/// Stripe lists the events of so many days.
const MOST_DAYS: i64 = 30;
const DAY: i64 = 24 * 60 * 60;

/// How fresh a sale is left to its own webhook by a run that nobody asked for, in seconds:
/// otherwise it would now and then be quicker, and raise the alarm over nothing.
const LEFT_TO_WEBHOOKS: i64 = 10 * 60;

/// Which sales a run looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// From when on.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    days: Option<i64>,
}

/// Reads the event, or says what is wrong with it.
pub fn read(event: Value, now: Timestamp) -> Result<Period, EventError> {
    let period = |days: i64, until| Period {
        since: now.plus_seconds(-days * DAY),
        until,
    };
    if is_of_the_clock(&event) {
        return Ok(period(USUAL_DAYS, now.plus_seconds(-LEFT_TO_WEBHOOKS)));
    }
    let Event { days } = read_event(event, EXAMPLE)?;
    let days = days.unwrap_or(USUAL_DAYS);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(EventError::Wrong {
            problems: vec![format!(
                "`days`: expected a whole number of days from 1 to {MOST_DAYS}"
            )],
            example: EXAMPLE,
        });
    }
    Ok(period(days, now))
}

/// What a rule of `EventBridge`, or its Scheduler, sends by itself
/// (<https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-event-sched.html>).
fn is_of_the_clock(event: &Value) -> bool {
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

    fn days(event: Value) -> i64 {
        (now().unix() - read(event, now()).unwrap().since.unix()) / DAY
    }

    #[test]
    fn the_author_says_how_many_days_or_leaves_it() {
        assert_eq!(days(json!({})), 4);
        assert_eq!(days(json!({"days": null})), 4);
        assert_eq!(days(json!({"days": 30})), 30);
        assert_eq!(days(serde_json::from_str(EXAMPLE).unwrap()), 3);
        assert_eq!(read(json!({}), now()).unwrap().until, now());
    }

    #[test]
    fn the_clock_leaves_the_freshest_sales_to_their_webhooks() {
        let rule = include_str!("../../../events/reconcile-schedule.json");
        let rule: Value = serde_json::from_str(rule).unwrap();
        let scheduler = json!({
            "version": "0", "source": "aws.scheduler", "detail-type": "Scheduled Event",
            "detail": "{}",
        });
        for event in [rule, scheduler] {
            let period = read(event.clone(), now()).unwrap();
            assert_eq!(now().unix() - period.until.unix(), 600, "{event}");
            assert_eq!(days(event), 4);
        }
    }

    #[test]
    fn a_wrong_event_is_told_its_field_and_a_right_one() {
        for (event, names) in [
            (json!({"days": 0}), "`days`: expected a whole number"),
            (json!({"days": 31}), "from 1 to 30"),
            (json!({"days": i64::MIN}), "from 1 to 30"),
            (json!({"days": 1.5}), "`days`: invalid type"),
            (json!({"days": "three"}), "`days`: invalid type"),
            (json!({"day": 3}), "`day`: unknown field `day`"),
            (json!({"detail-type": "Scheduled Event"}), "detail-type"),
            (json!([]), "invalid length"),
            (Value::Null, "invalid type"),
        ] {
            let message = read(event.clone(), now()).unwrap_err().to_string();
            assert!(message.contains(names), "{event}: {message}");
            assert!(
                message.contains(r#"A right event: {"days": 3}"#),
                "{message}"
            );
            assert!(message.contains("Nothing was changed"), "{message}");
        }
    }
}
