//! What wakes the author up.

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
