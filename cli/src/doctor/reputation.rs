//! Checks what SES thinks of the account's mails, and to whom it stops sending.

use aws_sdk_cloudwatch::types::{Metric, MetricDataQuery, MetricStat, ScanBy};
use aws_sdk_sesv2::types::SuppressionListReason;
use bookstall::runtime::clock;

use super::{
    check::{Checks, Finding, Line},
    stack::{Stack, date_time},
};
use crate::{error::CliError, shop::Shop};

const SUPPRESSION: Checks<1> = Checks {
    group: "mail",
    names: ["suppression"],
};
const REPUTATION: Checks<2> = Checks {
    group: "mail",
    names: ["bounces", "complaints"],
};

const SETUP: &str = "bookstall setup";
const DAY: i64 = 24 * 60 * 60;

/// Checks the suppression list and the rates.
pub(super) async fn check(shop: &Shop, stack: &Stack) -> Vec<Line> {
    let (suppression, rates) = tokio::join!(
        SUPPRESSION.of(suppressed_reasons(shop, stack), |reasons| [suppression(
            &reasons
        )]),
        REPUTATION.of(rates(shop), |(bounces, complaints)| [
            BOUNCES.finding(bounces, stack),
            COMPLAINTS.finding(complaints, stack),
        ]),
    );
    [suppression, rates].concat()
}

pub(super) fn skipped(why: &str) -> Vec<Line> {
    [SUPPRESSION.skipped(why), REPUTATION.skipped(why)].concat()
}

/// Reads for what SES stops sending to an address, which the shop's configuration set decides.
async fn suppressed_reasons(
    shop: &Shop,
    stack: &Stack,
) -> Result<Vec<SuppressionListReason>, CliError> {
    let name = stack.resource("MailSettings")?;
    let client = aws_sdk_sesv2::Client::new(&shop.config);
    let set = client.get_configuration_set().configuration_set_name(name);
    let set = set.send().await;
    let set = set.map_err(|error| CliError::of_aws("Failed to read MailSettings", error))?;
    let options = set.suppression_options;
    Ok(options
        .and_then(|options| options.suppressed_reasons)
        .unwrap_or_default())
}

fn suppression(reasons: &[SuppressionListReason]) -> Finding {
    let lacks = |reason: &SuppressionListReason| !reasons.contains(reason);
    let missing: Vec<_> = [
        (SuppressionListReason::Bounce, "bounced"),
        (SuppressionListReason::Complaint, "complained"),
    ]
    .into_iter()
    .filter_map(|(reason, word)| lacks(&reason).then_some(word))
    .collect();
    if missing.is_empty() {
        return Finding::ok("nothing is sent to who bounced or complained");
    }
    Finding::warning(
        format!("SES goes on mailing to who {}", missing.join(" or ")),
        SETUP,
    )
}

/// A rate that AWS judges an account by: above `review` it is looked at, above `pause` it is stopped.
///
/// <https://docs.aws.amazon.com/ses/latest/dg/faqs-enforcement.html>
struct Rate {
    metric: &'static str,
    what: &'static str,
    review: f64,
    pause: f64,
}

const BOUNCES: Rate = Rate {
    metric: "Reputation.BounceRate",
    what: "bounced",
    review: 0.05,
    pause: 0.1,
};
const COMPLAINTS: Rate = Rate {
    metric: "Reputation.ComplaintRate",
    what: "were called spam",
    review: 0.001,
    pause: 0.005,
};

impl Rate {
    fn finding(&self, rate: Option<f64>, stack: &Stack) -> Finding {
        let Some(rate) = rate else {
            return Finding::skipped("there is no figure of the last day");
        };
        let percent = |rate: f64| format!("{:.2} %", 100.0 * rate);
        let found = format!("{} of the account's mails {}", percent(rate), self.what);
        let page = format!(
            "see whose they are: {}",
            stack.console("ses/home#/reputation")
        );
        if rate >= self.review {
            let found = format!(
                "{found}; AWS reviews an account at {}, and stops it at {}",
                percent(self.review),
                percent(self.pause)
            );
            Finding::failed(found, page)
        } else if rate >= self.review / 2.0 {
            let review = percent(self.review);
            Finding::warning(format!("{found}; AWS reviews an account at {review}"), page)
        } else {
            Finding::ok(found)
        }
    }
}

/// Reads the newest bounce and complaint rates of the last day.
async fn rates(shop: &Shop) -> Result<(Option<f64>, Option<f64>), CliError> {
    let now = clock::now();
    let query = |id: &str, rate: &Rate| {
        let metric = Metric::builder()
            .namespace("AWS/SES")
            .metric_name(rate.metric)
            .build();
        let statistic = MetricStat::builder()
            .metric(metric)
            .period(3600)
            .stat("Average")
            .build();
        let query = MetricDataQuery::builder().id(id);
        query.metric_stat(statistic).build()
    };
    let read = aws_sdk_cloudwatch::Client::new(&shop.config)
        .get_metric_data()
        .start_time(date_time(now.plus_seconds(-DAY)))
        .end_time(date_time(now))
        .scan_by(ScanBy::TimestampDescending)
        .metric_data_queries(query("bounces", &BOUNCES))
        .metric_data_queries(query("complaints", &COMPLAINTS))
        .send()
        .await
        .map_err(|error| CliError::of_aws("Failed to read the rates of SES", error))?;
    let newest = |id: &str| {
        let mut results = read.metric_data_results().iter();
        let result = results.find(|result| result.id() == Some(id))?;
        result.values().first().copied()
    };
    Ok((newest("bounces"), newest("complaints")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_suppressed_is_named() {
        use SuppressionListReason::{Bounce, Complaint};
        let said = |reasons: &[SuppressionListReason]| format!("{:?}", suppression(reasons));
        assert!(said(&[Bounce, Complaint]).contains("Ok"));
        assert!(said(&[Bounce]).contains("who complained"));
        assert!(said(&[]).contains("who bounced or complained"));
    }
}
