//! The purchases table: every write is conditional and can be repeated.
//!
//! ```text
//! paid ──record──▶ mail claimed ──mail──▶ mailed ──take download──▶ … ──▶ none left
//!                   │        ▲
//!                   └ released, or stale after a minute: the next one claims it
//! ```

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure, Select},
};

use crate::{
    aws::{Aws, failed},
    clock::Moment,
    email::EmailAddress,
    money::{Currency, Money},
    product::ProductId,
    purchase::{Claim, MAIL_CLAIM_SECONDS, Purchase, PurchaseId, RequestId},
    refusal::Failure,
    sale::{Label, Origin, PaymentId},
};

/// The purchases, in DynamoDB.
pub struct Purchases {
    client: Client,
    table: String,
}

/// What [`Purchases::record`] found.
#[derive(Debug)]
pub enum Recorded {
    /// It is new, and its mail is claimed for the caller.
    New,
    /// It was there already.
    Already(Box<Purchase>),
}

/// What a conditional write did.
#[derive(Debug)]
pub enum Written {
    /// It was done; this is the purchase after it.
    Done(Box<Purchase>),
    /// The condition did not hold; this is the purchase as it is.
    Refused(Box<Purchase>),
    /// There is no such purchase.
    Unknown,
}

/// How a buyer was told of an edition, or why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// By mail.
    Mailed,
    /// Not: they want no mail, have no address, or another purchase of theirs brings it.
    NotMailed,
    /// Not: their address was refused for good.
    AddressRefused,
}

/// One of the purchases of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sibling {
    /// Its id.
    pub id: PurchaseId,
    /// Of what.
    pub product_id: ProductId,
    /// When.
    pub bought_at: Moment,
    /// Whether it is neither refunded nor disputed.
    pub is_open: bool,
    /// Whether its buyer wants mail about new editions.
    pub wants_mail: bool,
}

/// How many buyers would be told of an edition, and how many would not, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
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
    pub next: Option<PageStart>,
}

/// Where a page begins.
#[derive(Debug)]
pub struct PageStart(Item);

impl Purchases {
    /// The purchases in this table.
    #[must_use]
    pub fn open(aws: &Aws, table: String) -> Self {
        Self {
            client: aws.dynamodb(),
            table,
        }
    }

    /// The purchase of this link, as it is now. One `GetItem`.
    pub async fn find(&self, id: PurchaseId) -> Result<Option<Purchase>, Failure> {
        const STEP: &str = "Failed to read the purchase";
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(id)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| failed(STEP, &error))?;
        answer.item.map(|item| read_or_say(STEP, &item)).transpose()
    }

    /// Remembers a purchase, once: the first of any number of callers writes it, and its mail is
    /// theirs to send; all others find it. One `PutItem`.
    pub async fn record(&self, purchase: &Purchase) -> Result<Recorded, Failure> {
        const STEP: &str = "Failed to record the purchase";
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item(purchase)))
            .condition_expression("attribute_not_exists(id)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = answer else {
            return Ok(Recorded::New);
        };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                let item = refused
                    .item()
                    .ok_or_else(|| Failure::new(STEP, "the item there was not shown"))?;
                let known = read_or_say(STEP, item)?;
                let is_ours = known.mail_claim.is_some() && known.mail_claim == purchase.mail_claim;
                Ok(if is_ours {
                    Recorded::New
                } else {
                    Recorded::Already(Box::new(known))
                })
            }
            _ => Err(failed(STEP, &error)),
        }
    }

    /// Claims the mailing of the link for a minute, if it is still owed and nobody else is at it.
    pub async fn claim_mail(&self, id: PurchaseId, claim: &Claim) -> Result<Written, Failure> {
        let owed = "attribute_exists(id) AND attribute_not_exists(mailed_at)";
        self.claim("Failed to claim the mail", id, owed, [], claim)
            .await
    }

    /// Marks the link as mailed. A crash before this costs a second mail, never a missing one.
    pub async fn mailed(&self, id: PurchaseId, now: Moment) -> Result<(), Failure> {
        self.change(
            "Failed to mark the purchase as mailed",
            id,
            "SET mailed_at = if_not_exists(mailed_at, :now) REMOVE mail_claimed_at, mail_claimed_by",
            "attribute_exists(id)",
            [(":now", moment(now))],
        )
        .await
        .map(drop)
    }

    /// Gives a claim back after a mail that was not sent, so that the next one need not wait.
    pub async fn release_mail(&self, id: PurchaseId) -> Result<(), Failure> {
        self.change(
            "Failed to release the mail",
            id,
            "REMOVE mail_claimed_at, mail_claimed_by",
            "attribute_exists(id)",
            [],
        )
        .await
        .map(drop)
    }

    /// Takes one download of a purchase of any of these products (those that have the format
    /// asked for, so that asking for a missing one costs nothing). One `UpdateItem`, whatever the
    /// answer; two hundred at once take exactly what is left.
    ///
    /// If the answer to the first attempt is lost, the second finds it done `by` the same request
    /// and takes none. Only when another request of the same purchase came in between does it
    /// take one more.
    pub async fn take_download(
        &self,
        id: PurchaseId,
        products: &[&ProductId],
        by: &RequestId,
    ) -> Result<Written, Failure> {
        if products.is_empty() {
            let found = self.find(id).await?;
            return Ok(found.map_or(Written::Unknown, |purchase| {
                Written::Refused(Box::new(purchase))
            }));
        }
        let names: Vec<String> = (0..products.len())
            .map(|index| format!(":product{index}"))
            .collect();
        let one_of: Vec<String> = names
            .chunks(MOST_OPERANDS_OF_IN)
            .map(|names| format!("product_id IN ({})", names.join(", ")))
            .collect();
        let products = products.iter().map(|product| text(product.as_str()));
        let written = self
            .change(
                "Failed to take a download",
                id,
                "SET downloads_left = downloads_left - :one, last_download_by = :by",
                &format!(
                    "downloads_left >= :one AND attribute_not_exists(refunded_at) \
                     AND attribute_not_exists(suspended_at) \
                     AND (attribute_not_exists(last_download_by) OR last_download_by <> :by) \
                     AND ({})",
                    one_of.join(" OR ")
                ),
                names
                    .iter()
                    .map(String::as_str)
                    .zip(products)
                    .chain([(":one", number(1_u32)), (":by", text(&by.0))]),
            )
            .await?;
        Ok(match written {
            Written::Refused(current) if current.last_download_by.as_ref() == Some(by) => {
                Written::Done(current)
            }
            written => written,
        })
    }

    /// Closes the link for good: all the money went back.
    pub async fn refunded(&self, id: PurchaseId, now: Moment) -> Result<(), Failure> {
        self.change(
            "Failed to close the link after the refund",
            id,
            "SET refunded_at = if_not_exists(refunded_at, :now)",
            "attribute_exists(id)",
            [(":now", moment(now))],
        )
        .await
        .map(drop)
    }

    /// Closes the link while a dispute holds the money.
    pub async fn suspend(&self, id: PurchaseId, now: Moment) -> Result<(), Failure> {
        self.change(
            "Failed to suspend the link",
            id,
            "SET suspended_at = if_not_exists(suspended_at, :now)",
            "attribute_exists(id)",
            [(":now", moment(now))],
        )
        .await
        .map(drop)
    }

    /// Opens the link again: the dispute was won.
    pub async fn reopen(&self, id: PurchaseId) -> Result<(), Failure> {
        self.change(
            "Failed to reopen the link",
            id,
            "REMOVE suspended_at",
            "attribute_exists(id)",
            [],
        )
        .await
        .map(drop)
    }

    /// A page of those who have still to hear of an edition: the index is the work list, and
    /// telling somebody takes them off it. One `Query`, of at most `limit` purchases.
    pub async fn owed(
        &self,
        product: &ProductId,
        edition: u32,
        limit: i32,
        from: Option<PageStart>,
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
            .map(|item| PurchaseId::parse(item.get("id")?.as_s().ok()?))
            .collect::<Option<_>>()
            .ok_or_else(|| Failure::new(STEP, "a purchase has no id that a link could have"))?;
        Ok(OwedPage {
            ids,
            next: answer.last_evaluated_key.map(PageStart),
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
    pub async fn census(&self, product: &ProductId, edition: u32) -> Result<Census, Failure> {
        let mut items = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("by_product")
            .key_condition_expression("product_id = :product AND edition < :edition")
            .expression_attribute_values(":product", text(product.as_str()))
            .expression_attribute_values(":edition", number(edition))
            .into_paginator()
            .items()
            .send();
        let mut census = Census::default();
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| failed("Failed to count who would be told", &error))?;
            let count = match () {
                () if item.contains_key("refunded_at") => &mut census.refunded,
                () if item.contains_key("suspended_at") => &mut census.disputed,
                () if item.contains_key("unsubscribed_at") => &mut census.unsubscribed,
                () if item.contains_key("mail_refused_at") => &mut census.address_refused,
                () => &mut census.to_mail,
            };
            *count += 1;
        }
        Ok(census)
    }

    fn owed_query(
        &self,
        product: &ProductId,
        edition: u32,
    ) -> aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .index_name("by_product")
            .key_condition_expression("product_id = :product AND edition < :edition")
            .filter_expression(
                "attribute_not_exists(refunded_at) AND attribute_not_exists(suspended_at)",
            )
            .expression_attribute_values(":product", text(product.as_str()))
            .expression_attribute_values(":edition", number(edition))
    }

    /// Claims the telling of one buyer for a minute, if they have still to hear of this edition
    /// and nobody else is at it.
    pub async fn claim_telling(
        &self,
        id: PurchaseId,
        edition: u32,
        claim: &Claim,
    ) -> Result<Written, Failure> {
        let owed = "edition < :edition AND attribute_not_exists(refunded_at) \
                    AND attribute_not_exists(suspended_at)";
        let edition = (":edition", number(edition));
        self.claim("Failed to claim a buyer's mail", id, owed, [edition], claim)
            .await
    }

    async fn claim<'a>(
        &self,
        step: &'static str,
        id: PurchaseId,
        owed: &str,
        values: impl IntoIterator<Item = (&'a str, AttributeValue)>,
        claim: &Claim,
    ) -> Result<Written, Failure> {
        let stale = claim.at.plus_seconds(-MAIL_CLAIM_SECONDS);
        let claiming = [
            (":now", moment(claim.at)),
            (":stale", moment(stale)),
            (":by", text(&claim.by.0)),
        ];
        let written = self
            .change(
                step,
                id,
                "SET mail_claimed_at = :now, mail_claimed_by = :by",
                &format!(
                    "{owed} AND (attribute_not_exists(mail_claimed_at) OR mail_claimed_at < :stale)"
                ),
                claiming.into_iter().chain(values),
            )
            .await?;
        Ok(match written {
            Written::Refused(current) if current.mail_claim.as_ref() == Some(claim) => {
                Written::Done(current)
            }
            written => written,
        })
    }

    /// Takes a buyer off the work list of an edition and gives them their downloads again. A crash
    /// before this costs a second mail, never a missing one.
    pub async fn told(
        &self,
        id: PurchaseId,
        edition: u32,
        downloads: u32,
        telling: Telling,
        now: Moment,
    ) -> Result<(), Failure> {
        let also = match telling {
            Telling::Mailed => ", mailed_at = if_not_exists(mailed_at, :now)",
            Telling::AddressRefused => ", mail_refused_at = :now",
            Telling::NotMailed => "",
        };
        let values = [
            (":edition", number(edition)),
            (":downloads", number(downloads)),
        ];
        let now = (telling != Telling::NotMailed).then(|| (":now", moment(now)));
        self.change(
            "Failed to mark a buyer as told",
            id,
            &format!(
                "SET edition = :edition, downloads_left = :downloads{also} \
                 REMOVE mail_claimed_at, mail_claimed_by"
            ),
            "edition < :edition",
            values.into_iter().chain(now),
        )
        .await
        .map(drop)
    }

    /// All purchases of this address, oldest first. One `Query` of an index, which may be a
    /// second behind.
    pub async fn of_address(&self, email: &EmailAddress) -> Result<Vec<Sibling>, Failure> {
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
        let mut siblings = Vec::new();
        while let Some(item) = items.next().await {
            let item = item.map_err(|error| failed(STEP, &error))?;
            let sibling = read_sibling(&item)
                .ok_or_else(|| Failure::new(STEP, "a purchase lacks an attribute"))?;
            siblings.push(sibling);
        }
        siblings.sort_by_key(|sibling| (sibling.bought_at, sibling.id));
        Ok(siblings)
    }

    /// Notes whether the buyer wants mail about new editions. Done however often it is asked.
    pub async fn subscribe(
        &self,
        id: PurchaseId,
        wants_mail: bool,
        now: Moment,
    ) -> Result<Written, Failure> {
        const STEP: &str = "Failed to note whether mail is wanted";
        if wants_mail {
            self.change(
                STEP,
                id,
                "REMOVE unsubscribed_at",
                "attribute_exists(id)",
                [],
            )
            .await
        } else {
            let update = "SET unsubscribed_at = if_not_exists(unsubscribed_at, :now)";
            self.change(
                STEP,
                id,
                update,
                "attribute_exists(id)",
                [(":now", moment(now))],
            )
            .await
        }
    }

    /// Notes that the address of a purchase will never take mail.
    pub async fn address_refused(&self, id: PurchaseId, now: Moment) -> Result<(), Failure> {
        self.change(
            "Failed to note that the address was refused",
            id,
            "SET mail_refused_at = :now REMOVE mail_claimed_at, mail_claimed_by",
            "attribute_exists(id)",
            [(":now", moment(now))],
        )
        .await
        .map(drop)
    }

    /// One conditional `UpdateItem`.
    async fn change<'a>(
        &self,
        step: &'static str,
        id: PurchaseId,
        update: &str,
        condition: &str,
        values: impl IntoIterator<Item = (&'a str, AttributeValue)>,
    ) -> Result<Written, Failure> {
        let values: Item = values
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(id)))
            .update_expression(update)
            .condition_expression(condition)
            .set_expression_attribute_values((!values.is_empty()).then_some(values))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let error = match answer {
            Ok(done) => {
                let item = done.attributes.unwrap_or_default();
                return Ok(Written::Done(Box::new(read_or_say(step, &item)?)));
            }
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(refused)) => match refused.item()
            {
                Some(item) => Ok(Written::Refused(Box::new(read_or_say(step, item)?))),
                None => Ok(Written::Unknown),
            },
            _ => Err(failed(step, &error)),
        }
    }
}

use aws_sdk_dynamodb::operation::{put_item::PutItemError, update_item::UpdateItemError};

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html>
const MOST_OPERANDS_OF_IN: usize = 100;

type Item = HashMap<String, AttributeValue>;

fn key(id: PurchaseId) -> Item {
    Item::from([("id".to_owned(), text(&id.secret()))])
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: impl Into<u64>) -> AttributeValue {
    AttributeValue::N(number.into().to_string())
}

fn moment(moment: Moment) -> AttributeValue {
    AttributeValue::S(moment.to_string())
}

fn item(purchase: &Purchase) -> Item {
    let label = |label: &Option<Label>| label.as_ref().map(|label| text(label.as_str()));
    [
        ("id", Some(text(&purchase.id.secret()))),
        ("product_id", Some(text(purchase.product_id.as_str()))),
        (
            "email",
            purchase.email.as_ref().map(|email| text(email.as_str())),
        ),
        ("amount_paid", Some(number(purchase.paid.minor_units))),
        ("currency", Some(text(&purchase.paid.currency.code()))),
        (
            "payment_intent",
            purchase
                .payment
                .as_ref()
                .map(|payment| text(payment.as_str())),
        ),
        ("bought_at", Some(moment(purchase.bought_at))),
        ("downloads_left", Some(number(purchase.downloads_left))),
        ("edition", Some(number(purchase.edition))),
        ("mailed_at", purchase.mailed_at.map(moment)),
        (
            "mail_claimed_at",
            purchase.mail_claim.as_ref().map(|claim| moment(claim.at)),
        ),
        (
            "mail_claimed_by",
            purchase.mail_claim.as_ref().map(|claim| text(&claim.by.0)),
        ),
        (
            "last_download_by",
            purchase.last_download_by.as_ref().map(|by| text(&by.0)),
        ),
        ("refunded_at", purchase.refunded_at.map(moment)),
        ("suspended_at", purchase.suspended_at.map(moment)),
        ("unsubscribed_at", purchase.unsubscribed_at.map(moment)),
        ("mail_refused_at", purchase.mail_refused_at.map(moment)),
        ("variant", label(&purchase.origin.variant)),
        ("source", label(&purchase.origin.source)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}

fn read(item: &Item) -> Option<Purchase> {
    let text = |name: &str| item.get(name)?.as_s().ok().map(String::as_str);
    let number = |name: &str| item.get(name)?.as_n().ok().map(String::as_str);
    let moment = |name: &str| Moment::parse(text(name)?);
    let request = |name: &str| Some(RequestId(text(name)?.to_owned()));
    Some(Purchase {
        id: PurchaseId::parse(text("id")?)?,
        product_id: ProductId::parse(text("product_id")?)?,
        email: text("email").and_then(EmailAddress::parse),
        paid: Money {
            minor_units: number("amount_paid")?.parse().ok()?,
            currency: Currency::parse(text("currency")?)?,
        },
        payment: text("payment_intent").and_then(PaymentId::parse),
        bought_at: moment("bought_at")?,
        downloads_left: number("downloads_left")?.parse().ok()?,
        edition: number("edition")?.parse().ok()?,
        mailed_at: moment("mailed_at"),
        mail_claim: moment("mail_claimed_at")
            .zip(request("mail_claimed_by"))
            .map(|(at, by)| Claim { by, at }),
        last_download_by: request("last_download_by"),
        refunded_at: moment("refunded_at"),
        suspended_at: moment("suspended_at"),
        unsubscribed_at: moment("unsubscribed_at"),
        mail_refused_at: moment("mail_refused_at"),
        origin: Origin {
            variant: text("variant").and_then(Label::parse),
            source: text("source").and_then(Label::parse),
        },
    })
}

fn read_sibling(item: &Item) -> Option<Sibling> {
    let text = |name: &str| item.get(name)?.as_s().ok().map(String::as_str);
    let has = |name: &str| item.contains_key(name);
    Some(Sibling {
        id: PurchaseId::parse(text("id")?)?,
        product_id: ProductId::parse(text("product_id")?)?,
        bought_at: Moment::parse(text("bought_at")?)?,
        is_open: !has("refunded_at") && !has("suspended_at"),
        wants_mail: !has("unsubscribed_at"),
    })
}

fn read_or_say(step: &'static str, item: &Item) -> Result<Purchase, Failure> {
    read(item).ok_or_else(|| {
        let id = item
            .get("id")
            .and_then(|id| PurchaseId::parse(id.as_s().ok()?));
        Failure::new(
            step,
            format!("a purchase lacks an attribute or has a wrong one: {id:?}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::purchase::tests::purchase;

    #[test]
    fn a_purchase_is_read_as_it_was_written() {
        let now = Moment::from_unix(1_795_366_900);
        let full = Purchase {
            mailed_at: now,
            mail_claim: now.map(|at| Claim {
                by: RequestId("1-a".to_owned()),
                at,
            }),
            last_download_by: Some(RequestId("1-b".to_owned())),
            refunded_at: now,
            suspended_at: now,
            unsubscribed_at: now,
            mail_refused_at: now,
            origin: Origin {
                variant: Label::parse("b"),
                source: Label::parse("news letter"),
            },
            ..purchase()
        };
        for purchase in [purchase(), full] {
            assert_eq!(read(&item(&purchase)), Some(purchase));
        }
    }

    #[test]
    fn a_damaged_purchase_is_reported_without_its_link() {
        let mut lacking = item(&purchase());
        lacking.remove("edition");
        let failure = read_or_say("Failed to read the purchase", &lacking)
            .unwrap_err()
            .to_string();
        assert!(
            failure.contains("3f2a91c0…") && !failure.contains("5b5e"),
            "{failure}"
        );
    }
}
