//! The state machine that pushes an update.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::cloudformation::Template;

fn states() -> Map<String, Value> {
    let template = Template::read();
    let machine = template.properties("PushUpdate");
    machine["Definition"]["States"].as_object().unwrap().clone()
}

/// The states that a state leads to.
fn next_of(state: &Value) -> Vec<&str> {
    let choices = state["Choices"].as_array().into_iter().flatten();
    let nexts = choices.map(|choice| &choice["Next"]);
    let nexts = nexts.chain([&state["Next"], &state["Default"]]);
    nexts.filter_map(Value::as_str).collect()
}

#[test]
fn every_state_is_reached_and_leads_to_one_that_there_is() {
    let states = states();
    let mut reached = BTreeSet::from(["Begin"]);
    for (name, state) in &states {
        for next in next_of(state) {
            assert!(states.contains_key(next), "{name} leads to {next}");
            reached.insert(next);
        }
    }
    let all: BTreeSet<_> = states.keys().map(String::as_str).collect();
    assert_eq!(reached, all);
}

/// Nobody reads the answer of a run. A refusal that had no state of its own would count as done.
#[test]
fn a_refused_push_fails_with_what_the_function_says() {
    let states = states();
    let first = &states["Look"]["Choices"][0];
    assert_eq!(first["Next"], "Refused");
    assert_eq!(first["Condition"], "{% $exists($states.input.errorType) %}");
    assert_eq!(states["Refused"]["Type"], "Fail");
    for (field, of_answer) in [("Error", "errorType"), ("Cause", "errorMessage")] {
        let said = format!("{{% $states.input.{of_answer} %}}");
        assert_eq!(states["Refused"][field], said);
    }
}

/// Otherwise a push would go on while its mails bounce.
#[test]
fn a_slow_push_reads_its_bounces_after_each_wait() {
    let states = states();
    assert_eq!(next_of(&states["WaitForPace"]), ["ReadBounces"]);
    assert_eq!(next_of(&states["ReadBounces"]), ["Push"]);
    let choices = states["Look"]["Choices"].as_array().unwrap();
    let position = |text: &str, next: &str| {
        let is_it = |choice: &Value| {
            choice["Next"] == next && choice["Condition"].as_str().unwrap().contains(text)
        };
        choices.iter().position(is_it).unwrap()
    };
    // A slow push that waits for the quota reads them, too.
    let quota = "$states.input.stopped = 'quota'";
    assert!(position("'pace', 'quota'", "WaitForPace") < position(quota, "WaitForQuota"));
    // The last choice takes every other run of a slow push, and not the default.
    let last = choices.last().unwrap();
    assert_eq!(last["Next"], "WaitForPace");
    assert_eq!(
        last["Condition"],
        "{% $exists($states.input.wait_seconds) %}"
    );
}

#[test]
fn the_mails_are_counted_by_the_tag_that_the_state_machine_asks_for() {
    let template = Template::read();
    let destination = &template.properties("BouncesToCloudWatch")["EventDestination"];
    let dimensions = &destination["CloudWatchDestination"]["DimensionConfigurations"];
    assert_eq!(dimensions[0]["DimensionName"], "push");
    assert_eq!(dimensions[0]["DimensionValueSource"], "messageTag");
    let states = states();
    let queries = states["ReadBounces"]["Arguments"]["MetricDataQueries"].as_array();
    for query in queries.unwrap() {
        let metric = &query["MetricStat"]["Metric"];
        assert_eq!(metric["Namespace"], "AWS/SES");
        assert_eq!(metric["Dimensions"][0]["Name"], "push");
        let name = "{% $states.context.Execution.Name %}";
        assert_eq!(metric["Dimensions"][0]["Value"], name);
    }
}
