//! Who has still to hear of an edition: the index is the work list, and telling a buyer takes them
//! off it.

use aws_sdk_dynamodb::{operation::query::builders::QueryFluentBuilder, types::Select};

use super::{conditions::PAID_FOR, table::Purchases};
use crate::{
    adapters::{
        attributes::{Attributes, Item, number, text},
        aws::failed,
    },
    domain::{
        email_address::EmailAddress, product::ProductId, purchase_id::PurchaseId,
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};

/// One of the purchases of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurchaseSummary {
    /// Its id.
    pub id: PurchaseId,
    /// Of what.
    pub product_id: ProductId,
    /// When.
    pub bought_at: Timestamp,
    /// Whether it is neither refunded nor disputed.
    pub is_paid_for: bool,
    /// Whether its buyer wants mail about new editions.
    pub wants_mail: bool,
}

/// How many buyers would be told of an edition, and how many would not, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AudienceCount {
    /// Those to mail. Who bought twice is counted twice here, and mailed once.
    pub to_mail: u64,
    /// Their money went back.
    pub refunded: u64,
    /// A dispute holds it.
    pub disputed: u64,
    /// They asked for no mail.
    pub unsubscribed: u64,
    /// Their address was refused before.
    pub address_refused: u64,
}

/// One page of those who are owed the mail of an edition.
#[derive(Debug)]
pub struct OwedPage {
    /// Their purchases.
    pub ids: Vec<PurchaseId>,
    /// Where the next page begins; absent after the last.
    pub next: Option<ExclusiveStartKey>,
}

/// Where a page begins.
#[derive(Debug)]
pub struct ExclusiveStartKey(Item);

impl Purchases {
    /// A page of those who have still to hear of an edition: the index is the work list, and
    /// telling somebody takes them off it. One `Query`, of at most `limit` purchases.
    pub async fn owed(
        &self,
        product: &ProductId,
        edition: u32,
        limit: i32,
        from: Option<ExclusiveStartKey>,
    ) -> Result<OwedPage, Failure> {
        const STEP: &str = "Failed to list who is owed a mail";
        let answer = self
            .owed_query(product, edition)
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
            .ok_or_else(|| Failure::refused(STEP, "a purchase has no id that a link could have"))?;
        Ok(OwedPage {
            ids,
            next: answer.last_evaluated_key.map(ExclusiveStartKey),
        })
    }

    /// How many have still to hear of an edition. Reads the index from end to end.
    pub async fn count_owed(&self, product: &ProductId, edition: u32) -> Result<u64, Failure> {
        let mut pages = self
            .owed_query(product, edition)
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

    /// Who would be told of an edition and who would not. Reads the index from end to end.
    pub async fn audience(
        &self,
        product: &ProductId,
        edition: u32,
    ) -> Result<AudienceCount, Failure> {
        let mut items = self
            .older_editions(product, edition)
            .into_paginator()
            .items()
            .send();
        let mut audience = AudienceCount::default();
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| failed("Failed to count who would be told", &error))?;
            let item = Attributes(&item);
            let count = match () {
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

    fn owed_query(&self, product: &ProductId, edition: u32) -> QueryFluentBuilder {
        self.older_editions(product, edition)
            .filter_expression(PAID_FOR)
    }

    /// The purchases that were told of an older edition.
    fn older_editions(&self, product: &ProductId, edition: u32) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .index_name("by_product")
            .key_condition_expression("product_id = :product AND edition < :edition")
            .expression_attribute_values(":product", text(product.as_str()))
            .expression_attribute_values(":edition", number(edition))
    }

    /// All purchases of this address, oldest first. One `Query` of an index, which may be a
    /// second behind.
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
        product_id: item.parse("product_id", ProductId::parse)?,
        bought_at: item.timestamp("bought_at")?,
        is_paid_for: !item.has("refunded_at") && !item.has("suspended_at"),
        wants_mail: !item.has("unsubscribed_at"),
    })
}
