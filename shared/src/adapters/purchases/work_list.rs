//! Lists and counts the purchases whose buyers are owed the mail of an edition, and lists the
//! purchases of an address.
//!
//! The index `by_book` is the work list of an update: its sort key is the newest edition that a
//! buyer was notified of, so a purchase leaves the list when it is marked.

use aws_sdk_dynamodb::{operation::query::builders::QueryFluentBuilder, types::Select};

use super::{
    conditions::{NO_TEST, PAID_FOR},
    table::Purchases,
};
use crate::{
    adapters::{
        attributes::{Attributes, Item, number, text},
        aws::failed,
    },
    domain::{
        book::BookId, email_address::EmailAddress, purchase_id::PurchaseId, timestamp::Timestamp,
    },
    runtime::failure::Failure,
};

/// A purchase, with the attributes that the index `by_email` holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurchaseSummary {
    /// Its id.
    pub id: PurchaseId,
    /// The book.
    pub book_id: BookId,
    /// When it was bought.
    pub bought_at: Timestamp,
    /// Whether it is neither refunded nor disputed.
    pub is_paid_for: bool,
    /// Whether its buyer wants mail about new editions.
    pub wants_mail: bool,
}

/// How many purchases an update would be mailed for, and how many it would not, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AudienceCount {
    /// Purchases to mail for. A buyer with two purchases is counted twice, and mailed once.
    pub to_mail: u64,
    /// Purchases of Stripe's test mode, if those are left out.
    pub test_sales: u64,
    /// Purchases that were refunded in full.
    pub refunded: u64,
    /// Purchases whose payment is disputed.
    pub disputed: u64,
    /// Purchases whose buyers unsubscribed.
    pub unsubscribed: u64,
    /// Purchases whose addresses were refused before.
    pub address_refused: u64,
}

/// One page of the purchases whose buyers are owed the mail of an edition.
#[derive(Debug)]
pub struct OwedPage {
    /// The ids of the purchases.
    pub ids: Vec<PurchaseId>,
    /// Where the next page begins; absent if this is the last.
    pub next: Option<ExclusiveStartKey>,
}

/// The place in the index where a page begins.
#[derive(Debug)]
pub struct ExclusiveStartKey(Item);

impl Purchases {
    /// Returns a page of the purchases whose buyers are owed the mail of an edition. One `Query`,
    /// which looks at `limit` purchases at most.
    pub async fn owed(
        &self,
        book: &BookId,
        edition: u32,
        limit: i32,
        from: Option<ExclusiveStartKey>,
    ) -> Result<OwedPage, Failure> {
        const STEP: &str = "Failed to list who is owed a mail";
        let answer = self
            .owed_query(book, edition)
            .limit(limit)
            .set_exclusive_start_key(from.map(|start| start.0))
            .send()
            .await
            .map_err(|error| failed(STEP, &error))?;
        let ids = answer
            .items()
            .iter()
            .map(|item| Attributes(item).parse("id", PurchaseId::parse))
            .collect::<Option<_>>()
            .ok_or_else(|| Failure::refused(STEP, "a purchase's id is not a UUID"))?;
        Ok(OwedPage {
            ids,
            next: answer.last_evaluated_key.map(ExclusiveStartKey),
        })
    }

    /// Counts the purchases whose buyers are owed the mail of an edition. Reads the index to its
    /// end.
    pub async fn count_owed(&self, book: &BookId, edition: u32) -> Result<u64, Failure> {
        let mut pages = self
            .owed_query(book, edition)
            .select(Select::Count)
            .into_paginator()
            .send();
        let mut owed = 0;
        while let Some(page) = pages.next().await {
            let page =
                page.map_err(|error| failed("Failed to count who is owed a mail", &error))?;
            owed += u64::try_from(page.count()).unwrap_or(0);
        }
        Ok(owed)
    }

    /// Counts the purchases that an update would be mailed for, and the others by reason. Reads the
    /// index to its end.
    pub async fn audience(&self, book: &BookId, edition: u32) -> Result<AudienceCount, Failure> {
        let mut items = self
            .older_editions(book, edition)
            .into_paginator()
            .items()
            .send();
        let mut audience = AudienceCount::default();
        while let Some(item) = items.next().await {
            let item =
                item.map_err(|error| failed("Failed to count the buyers to mail", &error))?;
            let item = Attributes(&item);
            let count = match () {
                () if item.has("is_test") && !self.counts_test_sales => &mut audience.test_sales,
                () if item.has("refunded_at") => &mut audience.refunded,
                () if item.has("suspended_at") => &mut audience.disputed,
                () if item.has("unsubscribed_at") => &mut audience.unsubscribed,
                () if item.has("mail_refused_at") => &mut audience.address_refused,
                () => &mut audience.to_mail,
            };
            *count += 1;
        }
        Ok(audience)
    }

    fn owed_query(&self, book: &BookId, edition: u32) -> QueryFluentBuilder {
        let filter = if self.counts_test_sales {
            PAID_FOR.to_owned()
        } else {
            format!("{PAID_FOR} AND {NO_TEST}")
        };
        self.older_editions(book, edition).filter_expression(filter)
    }

    /// The query of the purchases whose buyers know only an older edition.
    fn older_editions(&self, book: &BookId, edition: u32) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .index_name("by_book")
            .key_condition_expression("book_id = :book AND edition < :edition")
            .expression_attribute_values(":book", text(book.as_str()))
            .expression_attribute_values(":edition", number(edition))
    }

    /// Returns all purchases of an address, oldest first. One `Query` of an index, which may be a
    /// second behind the table.
    pub async fn of_address(&self, email: &EmailAddress) -> Result<Vec<PurchaseSummary>, Failure> {
        const STEP: &str = "Failed to list the purchases of an address";
        let mut items = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("by_email")
            .key_condition_expression("email = :email")
            .expression_attribute_values(":email", text(email.as_str()))
            .into_paginator()
            .items()
            .send();
        let mut purchases = Vec::new();
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| failed(STEP, &error))?;
            let summary = read_summary(&item)
                .ok_or_else(|| Failure::refused(STEP, "a purchase lacks an attribute"))?;
            purchases.push(summary);
        }
        purchases.sort_by_key(|summary| (summary.bought_at, summary.id));
        Ok(purchases)
    }
}

fn read_summary(item: &Item) -> Option<PurchaseSummary> {
    let item = Attributes(item);
    Some(PurchaseSummary {
        id: item.parse("id", PurchaseId::parse)?,
        book_id: item.parse("book_id", BookId::parse)?,
        bought_at: item.timestamp("bought_at")?,
        is_paid_for: !item.has("refunded_at") && !item.has("suspended_at"),
        wants_mail: !item.has("unsubscribed_at"),
    })
}
