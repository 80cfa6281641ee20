//! Checks the last run of `reconcile`, which repairs what Stripe's webhooks missed.

use aws_sdk_cloudwatchlogs::Client;
use bookstall::{domain::timestamp::Timestamp, runtime::clock};
use serde_json::Value;

use super::{
    check::{Checks, Finding, Line},
    stack::{Host, Stack},
};
use crate::{
    error::CliError,
    shop::Shop,
    text::{count, minute},
};

const CHECKS: Checks<1> = Checks {
    group: "reconcile",
    names: ["last run"],
};

const LOCAL: &str =
    "the local shop has no clock that starts it; `bookstall reconcile --local` does";
const RECONCILE: &str = "bookstall reconcile";
const HOUR: i64 = 60 * 60;

/// How far back the log is read, in seconds.
const READ_BACK: i64 = 24 * HOUR;
/// The age from which a run is late, in seconds: one comes every hour and takes a quarter of one at
/// most.
const LATE: i64 = 2 * HOUR;

/// Checks the last run.
pub(super) async fn check(shop: &Shop, host: &Host) -> Vec<Line> {
    match host.stack(LOCAL) {
        Ok(stack) => {
            let read = last_run(shop, stack);
            CHECKS
                .of(read, |run| [finding(run.as_ref(), stack, clock::now())])
                .await
        }
        Err(why) => CHECKS.skipped(why),
    }
}

/// What a run logged at its end.
struct Run {
    at: Timestamp,
    checked: u64,
    repaired: u64,
    unrepairable: u64,
    remaining: bool,
}

impl Run {
    /// Reads a line of the log. `at` is its time in milliseconds since the epoch.
    fn read(at: i64, line: &str) -> Option<Self> {
        let line: Value = serde_json::from_str(line).ok()?;
        let fields = &line["fields"];
        Some(Self {
            at: Timestamp::from_unix(at / 1000)?,
            checked: fields["checked"].as_u64()?,
            repaired: fields["repaired"].as_u64()?,
            unrepairable: fields["unrepairable"].as_u64()?,
            remaining: fields["remaining"] == true,
        })
    }
}

/// Finds the last run of the last day in the log.
async fn last_run(shop: &Shop, stack: &Stack) -> Result<Option<Run>, CliError> {
    let since = clock::now().plus_seconds(-READ_BACK);
    let filtered = Client::new(&shop.config)
        .filter_log_events()
        .log_group_name(format!("/aws/lambda/{}/reconcile", stack.name))
        .filter_pattern("\"sales reconciled\"")
        .start_time(since.unix() * 1000);
    let mut pages = filtered.into_paginator().send();
    let mut last: Option<Run> = None;
    while let Some(page) = pages.next().await {
        let page =
            page.map_err(|error| CliError::of_aws("Failed to read the log of reconcile", error))?;
        for event in page.events() {
            let run = event.timestamp().zip(event.message());
            let run = run.and_then(|(at, line)| Run::read(at, line));
            let is_newer = |run: &Run| last.as_ref().is_none_or(|last| last.at <= run.at);
            if let Some(run) = run.filter(is_newer) {
                last = Some(run);
            }
        }
    }
    Ok(last)
}

fn finding(run: Option<&Run>, stack: &Stack, now: Timestamp) -> Finding {
    let age = |time: Timestamp| now.unix() - time.unix();
    let log = stack.aws(&format!(
        "logs tail /aws/lambda/{}/reconcile --since 1d",
        stack.name
    ));
    let Some(run) = run else {
        let is_new = stack.changed.is_some_and(|changed| age(changed) < LATE);
        return if is_new {
            Finding::skipped("there was none yet: it runs every hour, and the stack is new")
        } else {
            Finding::failed("there was none in the last day", log)
        };
    };
    let sales = count(usize::try_from(run.checked).unwrap_or(usize::MAX), "sale");
    let found = format!(
        "{}: {sales} checked, {} repaired",
        minute(&run.at.to_string()),
        run.repaired
    );
    if run.unrepairable > 0 {
        let found = format!("{found}, {} that could not be", run.unrepairable);
        Finding::failed(found, format!("{RECONCILE} says which, and why"))
    } else if age(run.at) > LATE {
        Finding::failed(format!("{found}; it should run every hour"), log)
    } else if run.remaining {
        let found = format!("{found}; its time was not enough for all of them");
        Finding::warning(found, RECONCILE)
    } else if run.repaired > 0 {
        let found = format!("{found}, which no webhook had brought");
        Finding::warning(found, "see the lines of Stripe's webhook above")
    } else {
        Finding::ok(found)
    }
}
