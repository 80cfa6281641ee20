//! What wakes the author up, and what tells them of costs.

use std::collections::BTreeSet;

use local::functions::Function;
use serde_json::{Value, json};

use crate::cloudformation::{Template, resolve};

/// The properties of every alarm, with its name.
fn alarms(template: &Template) -> Vec<(&String, Value)> {
    let alarms = template.resources("AWS::CloudWatch::Alarm");
    let alarms: Vec<_> = alarms
        .map(|(name, alarm)| (name, resolve(&alarm["Properties"])))
        .collect();
    assert!(!alarms.is_empty());
    alarms
}

#[test]
fn every_alarm_reaches_the_author_and_says_what_to_do() {
    let template = Template::read();
    let mut titles = BTreeSet::new();
    for (name, alarm) in alarms(&template) {
        assert_eq!(alarm["AlarmActions"], json!(["AuthorTopic"]), "{name}");
        // A shop where nothing happens is not ill.
        assert_eq!(alarm["TreatMissingData"], "notBreaching", "{name}");
        let title = alarm["AlarmName"].as_str().unwrap();
        assert!(title.starts_with("AWS::StackName: "), "{name}: {title}");
        assert!(titles.insert(title.to_owned()), "{title} is there twice");
        let description = alarm["AlarmDescription"].as_str().unwrap();
        assert!(description.ends_with('.'), "{name}: {description}");
    }
    let topic = template.properties("AuthorTopic");
    assert_eq!(
        topic["Subscription"],
        json!([{"Protocol": "email", "Endpoint": {"Ref": "AuthorEmail"}}])
    );
}

#[test]
fn every_function_has_a_log_named_after_it() {
    let template = Template::read();
    for (name, function) in template.resources("AWS::Serverless::Function") {
        let log = &function["Properties"]["LoggingConfig"]["LogGroup"]["Ref"];
        assert_eq!(log, &name.replace("Function", "Log"));
        let log = resolve(template.properties(log.as_str().unwrap()));
        let binary = &function["Metadata"]["BuildProperties"]["Binary"];
        let expected = format!("/aws/lambda/AWS::StackName/{}", binary.as_str().unwrap());
        assert_eq!(log["LogGroupName"], expected);
        assert_eq!(log["RetentionInDays"], 30, "{name}");
    }
}

/// The author waits for a report and reads why it failed; nobody waits for every other function.
#[test]
fn every_function_that_stops_rings_but_the_report() {
    let template = Template::read();
    let watched: BTreeSet<_> = alarms(&template)
        .into_iter()
        .filter(|(_, alarm)| alarm["Namespace"] == "AWS/Lambda" && alarm["MetricName"] == "Errors")
        .map(|(name, alarm)| {
            assert_eq!(
                (&alarm["Threshold"], &alarm["Period"]),
                (&json!(0), &json!(300)),
                "{name}"
            );
            alarm["Dimensions"][0]["Value"].as_str().unwrap().to_owned()
        })
        .collect();
    let expected = Function::ALL
        .into_iter()
        .filter(|function| *function != Function::Report)
        .map(|function| function.name().to_owned());
    assert_eq!(watched, expected.collect());
}

fn alarm_on<'a>(alarms: &'a [(&String, Value)], metric: &str) -> &'a Value {
    let mut found = alarms
        .iter()
        .filter(|(_, alarm)| alarm["MetricName"] == metric);
    let (_, alarm) = found
        .next()
        .unwrap_or_else(|| panic!("none watches {metric}"));
    assert!(found.next().is_none(), "two watch {metric}");
    alarm
}

/// Whatever needs the author rings at the first time, within five minutes.
#[test]
fn what_could_not_be_done_rings_at_once() {
    let template = Template::read();
    let alarms = alarms(&template);
    for metric in [
        "5xx",
        "Throttles",
        "TurnedAway",
        "Unfinished",
        "NotForSale",
        "SalesRepaired",
        "SalesNotRepaired",
        "ExecutionsFailed",
    ] {
        let alarm = alarm_on(&alarms, metric);
        assert_eq!(alarm["ComparisonOperator"], "GreaterThanThreshold");
        for (field, expected) in [("Threshold", 0), ("Period", 300), ("EvaluationPeriods", 1)] {
            assert_eq!(alarm[field], expected, "{field} of {metric}");
        }
    }
}

/// A flood costs the author money, and forged webhooks or addresses tried out are worth a look.
#[test]
fn unusual_traffic_rings_within_the_hour() {
    let template = Template::read();
    let alarms = alarms(&template);
    for (metric, most_an_hour) in [("Count", 20_000), ("4xx", 1_000)] {
        let alarm = alarm_on(&alarms, metric);
        assert_eq!(alarm["Namespace"], "AWS/ApiGateway");
        assert_eq!(alarm["Dimensions"][0]["Value"], "HttpApi");
        assert_eq!(
            (&alarm["Threshold"], &alarm["Period"]),
            (&json!(most_an_hour), &json!(3600))
        );
    }
}

/// Once is in order: `reconcile` goes on in the next hour, and SES lets more mails through the next day.
#[test]
fn what_goes_on_for_too_long_rings() {
    let template = Template::read();
    let alarms = alarms(&template);
    for (metric, hours, of) in [("RunsCutShort", 4, 5), ("QuotaWaits", 40, 48)] {
        let alarm = alarm_on(&alarms, metric);
        assert_eq!(
            (&alarm["Threshold"], &alarm["Period"]),
            (&json!(0), &json!(3600))
        );
        assert_eq!(alarm["DatapointsToAlarm"], hours, "{metric}");
        assert_eq!(alarm["EvaluationPeriods"], of, "{metric}");
        // The longest time that CloudWatch evaluates.
        assert!(of * 3600 <= 7 * 24 * 3600);
    }
}

/// Nothing else bounds the bill: an account has no limit that stops it.
#[test]
fn a_budget_is_made_where_the_author_gives_one_and_mails_them_in_time() {
    let template = Template::read();
    let (_, budget) = template.resources("AWS::Budgets::Budget").next().unwrap();
    assert_eq!(budget["Condition"], "HasBudget");
    let is_given = &template.section("Conditions")["HasBudget"];
    let is_none = json!({"Fn::Equals": [{"Ref": "MonthlyBudget"}, 0]});
    assert_eq!(*is_given, json!({"Fn::Not": [is_none]}));
    assert_eq!(
        template.section("Parameters")["MonthlyBudget"]["Default"],
        0
    );

    let properties = resolve(&budget["Properties"]);
    let limit = json!({"Amount": "MonthlyBudget", "Unit": "USD"});
    assert_eq!(properties["Budget"]["BudgetLimit"], limit);
    assert_eq!(properties["Budget"]["TimeUnit"], "MONTHLY");
    let notifications = properties["NotificationsWithSubscribers"].as_array();
    let notifications: BTreeSet<_> = notifications
        .unwrap()
        .iter()
        .map(|one| {
            let author = json!([{"SubscriptionType": "EMAIL", "Address": "AuthorEmail"}]);
            assert_eq!(one["Subscribers"], author);
            let notification = &one["Notification"];
            assert_eq!(notification["ComparisonOperator"], "GREATER_THAN");
            let percent = notification["Threshold"].as_u64().unwrap();
            (notification["NotificationType"].as_str().unwrap(), percent)
        })
        .collect();
    assert_eq!(notifications, [("ACTUAL", 80), ("FORECASTED", 100)].into());
}
