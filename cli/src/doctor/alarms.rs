//! Checks what wakes the author up: alarms, the mails that tell of them, and the budget.

use aws_sdk_cloudwatch::types::{
    AlarmType, Dimension, Metric, MetricAlarm, MetricDataQuery, MetricDataResult, MetricStat,
    StateValue,
};
use aws_sdk_sns::types::Subscription;
use bookstall::runtime::clock;

use super::{
    check::{Checks, Finding, Line},
    stack::{Host, Stack, date_time, timestamp},
};
use crate::{
    error::CliError,
    shop::Shop,
    text::{count, minute},
};

const SUBSCRIPTION: Checks<1> = Checks {
    group: "alarms",
    names: ["subscription"],
};
const ALARMS: Checks<1> = Checks {
    group: "alarms",
    names: ["alarms"],
};
const ERRORS: Checks<1> = Checks {
    group: "alarms",
    names: ["functions"],
};
const BUDGET: Checks<1> = Checks {
    group: "alarms",
    names: ["budget"],
};

const LOCAL: &str = "the local shop has no alarms; its terminal shows what fails";
const DAY: i64 = 24 * 60 * 60;

/// Checks the subscription of the alarms, the alarms, the functions' errors, and the budget.
pub(super) async fn check(shop: &Shop, host: &Host) -> Vec<Line> {
    let stack = match host.stack(LOCAL) {
        Ok(stack) => stack,
        Err(why) => {
            let all = [&SUBSCRIPTION, &ALARMS, &ERRORS, &BUDGET];
            return all
                .into_iter()
                .flat_map(|checks| checks.skipped(why))
                .collect();
        }
    };
    let (subscription, alarms, errors, budget) = tokio::join!(
        SUBSCRIPTION.of(subscriptions(shop, stack), |subscriptions| {
            [subscription(&subscriptions, stack)]
        }),
        ALARMS.of(alarms(shop, stack), |alarms| [alarms_finding(
            &alarms, stack
        )]),
        ERRORS.of(errors(shop, stack), |errors| [errors_finding(
            &errors, stack
        )]),
        async {
            if stack.resource("Budget").is_err() {
                return BUDGET.skipped("there is none: MonthlyBudget is 0");
            }
            BUDGET
                .of(budget(shop, stack), |budget| [budget.finding()])
                .await
        },
    );
    [subscription, alarms, errors, budget].concat()
}

async fn subscriptions(shop: &Shop, stack: &Stack) -> Result<Vec<Subscription>, CliError> {
    let topic = stack.resource("AuthorTopic")?;
    let listed = aws_sdk_sns::Client::new(&shop.config).list_subscriptions_by_topic();
    let mut pages = listed.topic_arn(topic).into_paginator().send();
    let mut subscriptions = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| {
            CliError::of_aws("Failed to read the subscriptions of the alarms", error)
        })?;
        subscriptions.extend(page.subscriptions.unwrap_or_default());
    }
    Ok(subscriptions)
}

/// <https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html>
fn subscription(subscriptions: &[Subscription], stack: &Stack) -> Finding {
    let address = stack.parameter("AuthorEmail");
    let again = stack.aws(&format!(
        "sns subscribe --topic-arn {} --protocol email --notification-endpoint {address}",
        stack.resource("AuthorTopic").unwrap_or("…"),
    ));
    let (confirmed, waiting): (Vec<_>, Vec<_>) = subscriptions
        .iter()
        .partition(|subscription| is_confirmed(subscription));
    if !confirmed.is_empty() {
        let to = confirmed.iter().filter_map(|known| known.endpoint());
        let to: Vec<_> = to.collect();
        return Finding::ok(format!("alarms are mailed to {}", to.join(", ")));
    }
    if waiting.is_empty() {
        return Finding::failed("nobody is mailed the alarms", again);
    }
    Finding::failed(
        format!("{address} is not confirmed, so no alarm is mailed"),
        format!(
            "click the link in the mail “AWS Notification - Subscription Confirmation”; {again} sends it again"
        ),
    )
}

fn is_confirmed(subscription: &Subscription) -> bool {
    let arn = subscription.subscription_arn();
    arn.is_some_and(|arn| arn.starts_with("arn:"))
}

async fn alarms(shop: &Shop, stack: &Stack) -> Result<Vec<MetricAlarm>, CliError> {
    let described = aws_sdk_cloudwatch::Client::new(&shop.config)
        .describe_alarms()
        .alarm_types(AlarmType::MetricAlarm)
        .alarm_name_prefix(format!("{}: ", stack.name));
    let mut pages = described.into_paginator().send();
    let mut alarms = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| CliError::of_aws("Failed to read the alarms", error))?;
        alarms.extend(page.metric_alarms.unwrap_or_default());
    }
    Ok(alarms)
}

fn alarms_finding(alarms: &[MetricAlarm], stack: &Stack) -> Finding {
    let prefix = format!("{}: ", stack.name);
    let name = |alarm: &MetricAlarm| {
        let name = alarm.alarm_name().unwrap_or_default();
        format!("“{}”", name.strip_prefix(&prefix).unwrap_or(name))
    };
    let red: Vec<_> = alarms
        .iter()
        .filter(|alarm| alarm.state_value() == Some(&StateValue::Alarm))
        .map(|alarm| {
            let since = alarm.state_updated_timestamp().and_then(timestamp);
            let since = since.map(|time| format!(" since {}", minute(&time.to_string())));
            format!("{}{}", name(alarm), since.unwrap_or_default())
        })
        .collect();
    let silent: Vec<_> = alarms
        .iter()
        .filter(|alarm| alarm.actions_enabled() == Some(false))
        .map(name)
        .collect();
    if !red.is_empty() {
        return Finding::failed(
            format!("red: {}", red.join(", ")),
            "docs/troubleshooting.md says what each means and what to do",
        );
    }
    if alarms.is_empty() {
        return Finding::failed("there are none", "bookstall setup");
    }
    if !silent.is_empty() {
        return Finding::warning(
            format!("switched off: {}", silent.join(", ")),
            stack.aws("cloudwatch enable-alarm-actions --alarm-names …"),
        );
    }
    Finding::ok(format!(
        "{}, none of them red",
        count(alarms.len(), "alarm")
    ))
}

/// Reads how often each function failed in the last day, by the name of its log.
async fn errors(shop: &Shop, stack: &Stack) -> Result<Vec<(String, f64)>, CliError> {
    let now = clock::now();
    let functions: Vec<_> = stack.functions().collect();
    let queries = functions.iter().zip(0..).map(|((_, id), index)| {
        let dimension = Dimension::builder().name("FunctionName").value(*id).build();
        let metric = Metric::builder()
            .namespace("AWS/Lambda")
            .metric_name("Errors")
            .dimensions(dimension)
            .build();
        let statistic = MetricStat::builder()
            .metric(metric)
            .period(3600)
            .stat("Sum")
            .build();
        let query = MetricDataQuery::builder().id(format!("function{index}"));
        query.metric_stat(statistic).build()
    });
    let read = aws_sdk_cloudwatch::Client::new(&shop.config)
        .get_metric_data()
        .start_time(date_time(now.plus_seconds(-DAY)))
        .end_time(date_time(now))
        .set_metric_data_queries(Some(queries.collect()))
        .send()
        .await
        .map_err(|error| CliError::of_aws("Failed to read the functions' errors", error))?;
    let sum = |index: usize| {
        let id = format!("function{index}");
        let results = read.metric_data_results().iter();
        let of_function = results.filter(|result| result.id() == Some(&id));
        of_function.flat_map(MetricDataResult::values).sum()
    };
    let functions = functions.into_iter().enumerate();
    Ok(functions
        .map(|(index, (name, _))| (name, sum(index)))
        .collect())
}

fn errors_finding(errors: &[(String, f64)], stack: &Stack) -> Finding {
    let mut failed: Vec<_> = errors.iter().filter(|(_, sum)| *sum > 0.0).collect();
    failed.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let Some((most, _)) = failed.first() else {
        return Finding::ok("none failed in the last day");
    };
    let said: Vec<_> = failed
        .iter()
        .map(|(name, sum)| match sum {
            1.0 => format!("{name} once"),
            sum => format!("{name} {sum} times"),
        })
        .collect();
    Finding::warning(
        format!("failed in the last day: {}", said.join(", ")),
        stack.aws(&format!(
            "logs tail /aws/lambda/{}/{most} --since 1d --filter-pattern ERROR",
            stack.name
        )),
    )
}

/// What the account may cost this month, what it has cost, and what it will, in US dollars.
#[derive(Debug)]
struct Budget {
    limit: f64,
    spent: f64,
    forecast: Option<f64>,
}

async fn budget(shop: &Shop, stack: &Stack) -> Result<Budget, CliError> {
    let described = aws_sdk_budgets::Client::new(&shop.config)
        .describe_budget()
        .account_id(&stack.account)
        .budget_name(stack.resource("Budget")?)
        .send()
        .await
        .map_err(|error| CliError::of_aws("Failed to read the budget", error))?;
    let budget = described.budget;
    let amount = |spend: Option<&aws_sdk_budgets::types::Spend>| {
        spend.and_then(|spend| spend.amount.parse::<f64>().ok())
    };
    let limit = budget.as_ref().and_then(|budget| budget.budget_limit());
    let spend = budget.as_ref().and_then(|budget| budget.calculated_spend());
    Ok(Budget {
        limit: amount(limit).unwrap_or_default(),
        spent: amount(spend.and_then(|spend| spend.actual_spend())).unwrap_or_default(),
        forecast: amount(spend.and_then(|spend| spend.forecasted_spend())),
    })
}

impl Budget {
    fn finding(&self) -> Finding {
        let Self {
            limit,
            spent,
            forecast,
        } = self;
        let found = format!("{spent:.2} of {limit:.2} USD are spent this month");
        let costs = "see what costs: https://console.aws.amazon.com/costmanagement/home";
        match forecast {
            _ if spent >= limit => Finding::failed(found, costs),
            Some(forecast) if forecast >= limit => {
                Finding::warning(format!("{found}, and AWS expects {forecast:.2} USD"), costs)
            }
            _ => Finding::ok(found),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_that_is_spent_or_will_be_is_told() {
        let said = |spent, forecast| {
            let limit = 20.0;
            format!(
                "{:?}",
                Budget {
                    limit,
                    spent,
                    forecast
                }
                .finding()
            )
        };
        assert!(said(3.0, Some(9.5)).contains("Ok"), "{}", said(3.0, None));
        assert!(said(3.0, Some(25.0)).contains("AWS expects 25.00 USD"));
        assert!(said(21.5, None).contains("Failed"), "{}", said(21.5, None));
    }
}
