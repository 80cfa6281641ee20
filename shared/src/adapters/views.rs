//! The views table: how often each product's page was seen and a checkout begun, by day, arm and
//! campaign. It holds numbers only, and nothing about a person.
//!
//! ```text
//! page: wip-2e#3   counted: 2026-11-22#a#newsletter   views: 17   checkouts: 2   expires_at: …
//!                  counted: 2026-11-22#~#~            views: 9                   expires_at: …
//!                  counted: labels#2026-11-22         labels: 50                 expires_at: …
//!       product#shard       day#arm#campaign
//! ```
//!
//! Labels come from the page, so anybody can make them up. Each shard of a product keeps counters
//! for fifty new pairs of labels a day, and counts the others in one more counter, `~#~`, because
//! no label contains `~`. So a year of made-up labels still fits into a report.
//!
//! The write of a count has no condition that would recognise a repetition. The SDK repeats a call
//! whose answer was lost up to twice, so one view can then count up to three times. Two requests
//! with the same new labels can take two of the fifty places.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::{
    Client,
    error::SdkError,
    operation::update_item::{UpdateItemError, UpdateItemOutput},
    types::AttributeValue,
};

use crate::{
    adapters::aws::{Aws, failed},
    domain::{
        attribution::{Attribution, CampaignLabel},
        product::ProductId,
        timestamp::{Date, Timestamp},
        view::{Shard, Step},
    },
    runtime::failure::Failure,
};

/// How long a counter is kept after its first count, in seconds: 400 days, so that a day can be
/// compared with the same day of the year before.
const KEPT_SECONDS: i64 = KEPT_DAYS * 24 * 60 * 60;

/// How many days a counter is kept.
pub const KEPT_DAYS: i64 = 400;

/// The number of pairs of labels that get a counter in each shard of a product on one day.
///
/// This number and the route's throttle in `template.yaml` bound the cost of made-up labels: 20
/// requests a second make at most three writes each, which costs $3.30 a day.
const MOST_LABELS: usize = 50;

/// The placeholder for labels that have no counter of their own.
const REST: &str = "~";

/// The counters of page views, in DynamoDB.
pub struct Views {
    client: Client,
    table: String,
}

/// The counts of one day, one arm and one campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayOfViews {
    /// The day, in UTC.
    pub day: Date,
    /// The arm; absent if the page named none, or the counter is the shared one.
    pub variant: Option<CampaignLabel>,
    /// The campaign; absent if the page named none, or the counter is the shared one.
    pub source: Option<CampaignLabel>,
    /// Whether this is the shared counter, of the labels that got no counter of their own on this
    /// day.
    pub is_rest: bool,
    /// The number of page views.
    pub views: u64,
    /// The number of checkouts that were begun.
    pub checkouts: u64,
}

impl Views {
    /// Opens this table.
    #[must_use]
    pub fn open(aws: &Aws, table: String) -> Self {
        Self {
            client: aws.dynamodb(),
            table,
        }
    }

    /// Counts one view or checkout. Makes one `UpdateItem`, or three if the labels are new in the
    /// shard on this day.
    pub async fn count(
        &self,
        step: Step,
        product: &ProductId,
        attribution: &Attribution,
        now: Timestamp,
        shard: Shard,
    ) -> Result<(), Failure> {
        let day = now.date();
        let counter = match step {
            Step::View => "views",
            Step::Checkout => "checkouts",
        };
        let add = |counted: String| {
            let expires_at = now.plus_seconds(KEPT_SECONDS).unix().to_string();
            self.client
                .update_item()
                .table_name(&self.table)
                .key("page", AttributeValue::S(page(product, shard)))
                .key("counted", AttributeValue::S(counted))
                .update_expression(
                    "ADD #counter :one SET expires_at = if_not_exists(expires_at, :expires_at)",
                )
                .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
                .expression_attribute_values(":expires_at", AttributeValue::N(expires_at))
        };
        // The plain name `views` is a reserved word of DynamoDB.
        let count = |counted| add(counted).expression_attribute_names("#counter", counter);
        let own = counted(day, attribution);
        if *attribution == Attribution::default() {
            return is_done(count(own).send().await).map(drop);
        }
        let known = count(own.clone()).condition_expression("attribute_exists(page)");
        if is_done(known.send().await)? {
            return Ok(());
        }
        let most = AttributeValue::N(MOST_LABELS.to_string());
        let place = add(labels(day))
            .expression_attribute_names("#counter", "labels")
            .condition_expression("attribute_not_exists(#counter) OR #counter < :most")
            .expression_attribute_values(":most", most);
        let key = if is_done(place.send().await)? {
            own
        } else {
            rest(day)
        };
        is_done(count(key).send().await).map(drop)
    }

    /// Returns the counts of a product from the first of these days to the last, ordered by day,
    /// arm and campaign. Days without a count are left out. Returns `None` if there are more than
    /// `most` counters. Makes one `Query` for each shard, and more if the answer exceeds a page (1
    /// MB).
    pub async fn read(
        &self,
        product: &ProductId,
        from: Date,
        to: Date,
        most: usize,
    ) -> Result<Option<Vec<DayOfViews>>, Failure> {
        const STEP: &str = "Failed to read the page views";
        let mut sums: BTreeMap<String, Counts> = BTreeMap::new();
        for shard in Shard::all() {
            let mut items = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("page = :page AND counted BETWEEN :from AND :to")
                .expression_attribute_values(":page", AttributeValue::S(page(product, shard)))
                .expression_attribute_values(":from", AttributeValue::S(from.to_string()))
                // `$` follows `#` in ASCII, so every key of the last day sorts before this one.
                .expression_attribute_values(":to", AttributeValue::S(format!("{to}$")))
                .into_paginator()
                .items()
                .send();
            while let Some(item) = items.next().await {
                let item = item.map_err(|error| failed(STEP, &error))?;
                let (key, counts) =
                    read(&item).ok_or_else(|| Failure::refused(STEP, "a counter has no key"))?;
                sums.entry(key).or_default().add(counts);
                if sums.len() > most {
                    return Ok(None);
                }
            }
        }
        sums.into_iter()
            .map(|(key, counts)| day_of_views(&key, counts))
            .collect::<Option<_>>()
            .map(Some)
            .ok_or_else(|| Failure::refused(STEP, "a counter has a key of another shape"))
    }
}

#[derive(Clone, Copy, Default)]
struct Counts {
    views: u64,
    checkouts: u64,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.views = self.views.saturating_add(other.views);
        self.checkouts = self.checkouts.saturating_add(other.checkouts);
    }
}

/// Returns the partition key. No product's id contains `#`.
fn page(product: &ProductId, shard: Shard) -> String {
    format!("{product}#{}", shard.number())
}

/// Returns the sort key. No label contains `#`.
fn counted(day: Date, attribution: &Attribution) -> String {
    let label =
        |label: &Option<CampaignLabel>| label.as_ref().map_or("", CampaignLabel::as_str).to_owned();
    format!(
        "{day}#{}#{}",
        label(&attribution.variant),
        label(&attribution.source)
    )
}

/// Returns the sort key of the shared counter. No label is `~`.
fn rest(day: Date) -> String {
    format!("{day}#{REST}#{REST}")
}

/// Returns the sort key of the number of pairs of labels that have a counter. It sorts outside of
/// any range of days.
fn labels(day: Date) -> String {
    format!("labels#{day}")
}

/// Returns whether the change was made: `false` if its condition did not hold.
fn is_done(answer: Result<UpdateItemOutput, SdkError<UpdateItemError>>) -> Result<bool, Failure> {
    match answer {
        Ok(_) => Ok(true),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
        {
            Ok(false)
        }
        Err(error) => Err(failed("Failed to count", &error)),
    }
}

fn read(item: &HashMap<String, AttributeValue>) -> Option<(String, Counts)> {
    let number = |name: &str| {
        let number = item.get(name).and_then(|value| value.as_n().ok());
        number.and_then(|text| text.parse().ok()).unwrap_or(0)
    };
    let counts = Counts {
        views: number("views"),
        checkouts: number("checkouts"),
    };
    Some((item.get("counted")?.as_s().ok()?.clone(), counts))
}

fn day_of_views(key: &str, counts: Counts) -> Option<DayOfViews> {
    let mut parts = key.split('#');
    let (day, variant, source) = (parts.next()?, parts.next()?, parts.next()?);
    Some(DayOfViews {
        day: Date::parse(day)?,
        variant: CampaignLabel::parse(variant),
        source: CampaignLabel::parse(source),
        is_rest: (variant, source) == (REST, REST),
        views: counts.views,
        checkouts: counts.checkouts,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_counter_is_read_as_it_was_written(
            variant in proptest::option::of("[a-zA-Zé _.-]{1,64}"),
            source in proptest::option::of("[a-z0-9 _.-]{1,64}"),
            views in 0..u64::MAX,
        ) {
            let label = |text: Option<String>| text.and_then(|text| CampaignLabel::parse(&text));
            let attribution = Attribution { variant: label(variant), source: label(source) };
            let day = Date::parse("2026-11-22").unwrap();
            let counts = Counts { views, checkouts: 1 };
            let read = day_of_views(&counted(day, &attribution), counts);
            prop_assert_eq!(read, Some(DayOfViews {
                day, variant: attribution.variant, source: attribution.source, is_rest: false,
                views, checkouts: 1,
            }));
        }
    }

    #[test]
    fn the_rest_is_no_label() {
        let day = Date::parse("2026-11-22").unwrap();
        let read = day_of_views(&rest(day), Counts::default()).unwrap();
        assert!(read.is_rest && read.variant.is_none() && read.source.is_none());
        assert_eq!(CampaignLabel::parse(REST), None);
        // The item with the number of labels is not read as a counter.
        assert!(labels(day) > format!("{day}$"));
    }

    #[test]
    fn the_keys_of_a_day_lie_between_its_ends() {
        let day = Date::parse("2026-11-22").unwrap();
        let (from, to) = (day.to_string(), format!("{day}$"));
        let label = |text: &str| CampaignLabel::parse(text);
        for (variant, source) in [("", ""), ("a", "zz"), ("é", "日本")] {
            let attribution = Attribution {
                variant: label(variant),
                source: label(source),
            };
            let key = counted(day, &attribution);
            assert!(from < key && key < to, "{key}");
        }
        let next = counted(Date::parse("2026-11-23").unwrap(), &Attribution::default());
        assert!(to < next);
    }
}
