//! Reads sales by date from the index `by_month`, a page at a time.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

use super::{
    item::{attribution, unreadable},
    table::Purchases,
};
use crate::{
    adapters::{
        attributes::{Attributes, Item, text},
        aws::failed,
    },
    domain::{
        attribution::Attribution,
        country::Country,
        money::{Currency, Money},
        product::ProductId,
        purchase_id::PurchaseId,
        stripe_ids::PaymentId,
        timestamp::{Date, Timestamp, YearMonth},
    },
    runtime::failure::Failure,
};

/// A sale, with the attributes that the index `by_month` holds, for reports and bookkeeping.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an attribute of its own"
)]
pub struct SaleRow {
    /// The first eight digits of the purchase's id, as in the log. They do not reveal the link.
    pub reference: String,
    /// The product that was bought.
    pub product_id: ProductId,
    /// The edition that was bought.
    pub edition: u32,
    /// The buyer's address as the table has it; absent if Stripe gave none.
    pub email: Option<String>,
    /// What was paid, with taxes and after discounts.
    pub paid: Money,
    /// The refunded amount, in minor units of what was paid; never more than was paid.
    pub refunded: u64,
    /// Stripe's payment; absent if nothing had to be paid.
    pub payment: Option<PaymentId>,
    /// When it was bought.
    pub bought_at: Timestamp,
    /// Whether it was sold in Stripe's test mode.
    pub is_test: bool,
    /// When it was refunded in full.
    pub refunded_at: Option<Timestamp>,
    /// Whether a dispute keeps its link closed.
    pub is_disputed: bool,
    /// Whether its link was mailed.
    pub is_mailed: bool,
    /// Whether SES refused the buyer's address for good.
    pub is_mail_refused: bool,
    /// How many downloads were taken.
    pub downloads: u32,
    /// Where the buyer came from.
    pub attribution: Attribution,
    /// The country by which it was taxed, if Stripe reported one.
    pub country: Option<Country>,
}

impl SaleRow {
    /// What was paid less what was refunded, in minor units.
    #[must_use]
    pub fn net(&self) -> u64 {
        self.paid.minor_units.saturating_sub(self.refunded)
    }
}

impl Purchases {
    /// Calls `show` for every sale from day `from` to day `to`, both included, oldest first; of one
    /// product, or of all if `product` is `None`. One `Query` for each month, and one more for each
    /// further page (1 MB, some 3,800 sales); memory holds one page at a time. The index may be a
    /// second behind the table.
    pub async fn each_sale(
        &self,
        product: Option<&ProductId>,
        from: Date,
        to: Date,
        mut show: impl FnMut(SaleRow),
    ) -> Result<(), Failure> {
        const STEP: &str = "Failed to read what was sold";
        let mut month = from.year_month();
        while month <= to.year_month() {
            // It sorts after every time of that day and before every time of the next.
            let query = self.sales_of(month, &from.to_string(), &format!("{to}T24"));
            let query = match product {
                Some(product) => query
                    .filter_expression("product_id = :product")
                    .expression_attribute_values(":product", text(product.as_str())),
                None => query,
            };
            let mut items = query.into_paginator().items().send();
            while let Some(item) = items.next().await {
                let item = item.map_err(|error| failed(STEP, &error))?;
                show(read(&item).ok_or_else(|| unreadable(STEP, &item))?);
            }
            month = month.next();
        }
        Ok(())
    }

    /// Returns the sales from one time to another, both included, oldest first, or `None` if there are
    /// more than `most`. One `Query` for each month, which reads no more than it returns. The index may
    /// be a second behind the table.
    pub async fn sales_between(
        &self,
        from: Timestamp,
        to: Timestamp,
        most: u16,
    ) -> Result<Option<Vec<SaleRow>>, Failure> {
        const STEP: &str = "Failed to read the newest sales";
        let mut sales = Vec::new();
        let mut month = from.date().year_month();
        while month <= to.date().year_month() {
            let answer = self
                .sales_of(month, &from.to_string(), &to.to_string())
                .limit(i32::from(most) + 1)
                .send()
                .await
                .map_err(|error| failed(STEP, &error))?;
            for item in answer.items() {
                sales.push(read(item).ok_or_else(|| unreadable(STEP, item))?);
            }
            if sales.len() > usize::from(most) {
                return Ok(None);
            }
            month = month.next();
        }
        Ok(Some(sales))
    }

    /// The query for the sales of a month between two times, as the index writes them.
    fn sales_of(&self, month: YearMonth, from: &str, to: &str) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .index_name("by_month")
            // DynamoDB reserves the word `month`.
            .key_condition_expression("#month = :month AND bought_at BETWEEN :from AND :to")
            .expression_attribute_names("#month", "month")
            .expression_attribute_values(":month", text(&month.to_string()))
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":to", text(to))
    }
}

fn read(item: &Item) -> Option<SaleRow> {
    let item = Attributes(item);
    let paid = Money {
        minor_units: item.number("amount_paid")?,
        currency: item.parse("currency", Currency::parse)?,
    };
    let refunded: u64 = item.count("amount_refunded")?;
    Some(SaleRow {
        reference: item.parse("id", PurchaseId::parse)?.reference(),
        product_id: item.parse("product_id", ProductId::parse)?,
        edition: item.number("edition_bought")?,
        email: item.text("email").map(str::to_owned),
        paid,
        refunded: refunded.min(paid.minor_units),
        payment: item.parse("payment_intent", PaymentId::parse),
        bought_at: item.timestamp("bought_at")?,
        is_test: item.has("is_test"),
        refunded_at: item.timestamp("refunded_at"),
        is_disputed: item.has("suspended_at"),
        is_mailed: item.has("mailed_at"),
        is_mail_refused: item.has("mail_refused_at"),
        downloads: item.count("downloads")?,
        attribution: attribution(item),
        country: item.parse("country", Country::parse),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        adapters::purchases::item::item,
        domain::purchase::{Purchase, tests::purchase},
    };

    #[test]
    fn a_sale_is_read_from_a_purchase_and_does_not_contain_its_link() {
        let now = Timestamp::from_unix(1_795_366_900);
        let partly = Purchase {
            amount_refunded: 900,
            downloads: 2,
            mailed_at: now,
            ..purchase()
        };
        let sold = read(&item(&partly)).unwrap();
        assert_eq!((sold.refunded, sold.net(), sold.downloads), (900, 2000, 2));
        assert!(sold.is_mailed && !sold.is_disputed && sold.refunded_at.is_none());
        assert!(!format!("{sold:?}").contains("5b5e-4d43"));
    }

    #[test]
    fn a_full_refund_leaves_nothing() {
        let refunded = Purchase {
            amount_refunded: 2900,
            refunded_at: Timestamp::from_unix(1_795_366_900),
            ..purchase()
        };
        let sold = read(&item(&refunded)).unwrap();
        assert_eq!((sold.refunded, sold.net()), (2900, 0));
    }

    #[test]
    fn no_more_goes_back_than_was_paid() {
        let strange = Purchase {
            amount_refunded: 5000,
            ..purchase()
        };
        assert_eq!(read(&item(&strange)).unwrap().net(), 0);
    }
}
