//! The views table: how often the page of a product was seen and a checkout begun, by day, arm and
//! campaign. Numbers only: nothing in it is about a person.
//!
//! ```text
//! page: wip-2e#3   counted: 2026-11-22#a#newsletter   views: 17   checkouts: 2   expires_at: …
//!                  counted: 2026-11-22#~#~            views: 9                   expires_at: …
//!                  counted: labels#2026-11-22         labels: 50                 expires_at: …
//!       product#shard       day#arm#campaign
//! ```
//!
//! Labels come from the page, so anybody can make them up. Each shard of a product keeps counters for
//! fifty new pairs of labels a day, and counts the others in one more counter, `~#~`, because no label
//! has a `~`. So a year of made-up labels still fits into a report.
//!
//! A count is added without a condition that it could be held against. The SDK repeats a call whose
//! answer was lost, up to twice, so that then and only then one view may count up to three times. Two
//! requests with the same new labels may take two of the fifty places.

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
/// held against the same day of last year.
const KEPT_SECONDS: i64 = 400 * 24 * 60 * 60;

/// How many pairs of labels get a counter in each shard of a product on one day.
///
/// What made-up labels can cost is bounded by this and by the route's throttle in `template.yaml`:
/// 20 a second are three writes each at most, $3.30 a day.
const MOST_LABELS: usize = 50;

/// What stands for the labels that have no counter of their own.
const REST: &str = "~";

/// The counters of page views, in DynamoDB.
pub struct Views {
    client: Client,
    table: String,
}

/// What was counted on one day for one arm and one campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayOfViews {
    /// The day, in UTC.
    pub day: Date,
    /// The arm; absent where the page named none, and for the rest.
    pub variant: Option<CampaignLabel>,
    /// The campaign; absent where there was none, and for the rest.
    pub source: Option<CampaignLabel>,
    /// Whether it sums up the labels that got no counter of their own on this day.
    pub is_rest: bool,
    /// How often the page was seen.
    pub views: u64,
    /// How often a checkout was begun.
    pub checkouts: u64,
}

impl Views {
    /// The counters in this table.
    #[must_use]
    pub fn open(aws: &Aws, table: String) -> Self {
        Self {
            client: aws.dynamodb(),
            table,
        }
    }

    /// Counts one. One `UpdateItem`; three where the shard has not seen the labels on this day.
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
        // `views` alone is a word of DynamoDB's own.
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

    /// What was counted for a product from the first of these days to the last, in the order of
    /// days, then of arms, then of campaigns; days without a count are left out. `None` where that
    /// would be more than `most` counters. One `Query` for each shard, and more where a page of
    /// answers (1 MB) does not hold it.
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
                // The sign after `#`: whatever begins with the last day comes before it.
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

/// The partition: no product's id has a `#`.
fn page(product: &ProductId, shard: Shard) -> String {
    format!("{product}#{}", shard.number())
}

/// The key within it: no label has a `#`.
fn counted(day: Date, attribution: &Attribution) -> String {
    let label =
        |label: &Option<CampaignLabel>| label.as_ref().map_or("", CampaignLabel::as_str).to_owned();
    format!(
        "{day}#{}#{}",
        label(&attribution.variant),
        label(&attribution.source)
    )
}

/// The key of what has no counter of its own: no label is `~`.
fn rest(day: Date) -> String {
    format!("{day}#{REST}#{REST}")
}

/// The key of how many labels have a counter of their own; it is not among those of any days.
fn labels(day: Date) -> String {
    format!("labels#{day}")
}

/// Whether a change was made; `false` where its condition did not hold.
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
        // What counts the labels is not read as one of them.
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
