//! Shows what the functions logged under a reference, in the order of time.

use std::fmt::Write as _;

use aws_sdk_cloudwatchlogs::{Client, types::FilteredLogEvent};
use bookstall::{
    domain::{purchase_id::without_label, timestamp::Timestamp},
    runtime::clock,
};
use serde_json::{Value, json};

use crate::{
    arguments,
    error::{CliError, Outcome},
    shop::Shop,
    terminal::{Terminal, spinner},
};

const STEP: &str = "Failed to read the logs";
const DAY: i64 = 24 * 60 * 60;

/// Shows the lines of all functions that have the reference.
pub(crate) async fn logs(
    terminal: &Terminal,
    shop: &Shop,
    arguments: &arguments::Logs,
) -> Result<Outcome, CliError> {
    let reference = without_label(&arguments.reference);
    let Some(stack) = shop.stack() else {
        return Err(CliError::Usage(format!(
            "The local shop keeps no log that could be read: look for {reference} in the terminal where \
             `cargo run` writes its lines."
        )));
    };
    let client = Client::new(&shop.config);
    let prefix = format!("/aws/lambda/{stack}/");
    let since = clock::now().plus_seconds(-DAY * i64::from(arguments.days));
    let mut lines = Vec::new();
    let working = spinner("Reading the logs");
    for group in groups(&client, &prefix).await? {
        let function = group.strip_prefix(&prefix).unwrap_or(&group);
        let found = find(&client, &group, reference, since).await?;
        lines.extend(found.iter().filter_map(|event| line(function, event)));
    }
    drop(working);
    lines.sort_by_key(|line| line["at"].as_i64());
    terminal.answer(&json!(lines), || lines_text(&lines, reference))?;
    Ok(Outcome::of(!lines.is_empty()))
}

/// Returns the log groups of the functions.
async fn groups(client: &Client, prefix: &str) -> Result<Vec<String>, CliError> {
    let described = client.describe_log_groups().log_group_name_prefix(prefix);
    let mut groups = described.into_paginator().items().send();
    let mut names = Vec::new();
    while let Some(group) = groups.next().await {
        let group = group.map_err(|error| CliError::of_aws(STEP, error))?;
        names.extend(group.log_group_name);
    }
    Ok(names)
}

/// Returns the events of a group that hold the reference.
async fn find(
    client: &Client,
    group: &str,
    reference: &str,
    since: Timestamp,
) -> Result<Vec<FilteredLogEvent>, CliError> {
    let reference = reference.replace('"', "");
    let filtered = client
        .filter_log_events()
        .log_group_name(group)
        .filter_pattern(format!("\"{reference}\""))
        .start_time(since.unix() * 1000);
    let mut pages = filtered.into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| CliError::of_aws(STEP, error))?;
        found.extend(page.events.unwrap_or_default());
    }
    Ok(found)
}

/// Reads a line of a log. `at` is its time in milliseconds.
fn line(function: &str, event: &FilteredLogEvent) -> Option<Value> {
    let message = event.message()?.trim_end();
    let message = serde_json::from_str(message).unwrap_or_else(|_| json!(message));
    Some(json!({ "at": event.timestamp()?, "function": function, "line": message }))
}

/// Writes lines for people: time, function, level, message, and the fields of the message.
fn lines_text(lines: &[Value], reference: &str) -> String {
    if lines.is_empty() {
        return format!("No log has `{reference}`.\n");
    }
    let mut text = String::new();
    for entry in lines {
        let at = entry["at"].as_i64().map(i64::cast_unsigned);
        let at = at.map(|at| Timestamp::from_unix_millis(at).to_string());
        let line = &entry["line"];
        let said = line.as_str().or(line["fields"]["message"].as_str());
        let _ = write!(
            text,
            "{} {:<11} {:<5} {}",
            at.unwrap_or_default(),
            entry["function"].as_str().unwrap_or_default(),
            line["level"].as_str().unwrap_or_default(),
            said.unwrap_or_default(),
        );
        for (name, value) in line["fields"].as_object().into_iter().flatten() {
            if name != "message" {
                let value = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                let _ = write!(text, " {name}={value}");
            }
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_written_with_their_fields() {
        let event = |at: i64, message: &str| {
            FilteredLogEvent::builder()
                .timestamp(at)
                .message(message)
                .build()
        };
        let recorded = r#"{"timestamp":"2026-11-22T17:00:00Z","level":"INFO","fields":{"message":"purchase recorded","purchase":"3f2a91c0","books":1}}"#;
        let lines: Vec<_> = [
            line("fulfil", &event(1_795_366_800_000, recorded)),
            line(
                "resend",
                &event(1_795_366_801_000, "REPORT RequestId: 3f2a91c0\n"),
            ),
        ]
        .into_iter()
        .flatten()
        .collect();
        insta::assert_snapshot!(lines_text(&lines, "3f2a91c0"));
        assert_eq!(lines_text(&[], "x"), "No log has `x`.\n");
    }
}
