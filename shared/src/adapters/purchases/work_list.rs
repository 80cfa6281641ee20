//! Lists and counts the purchases whose buyers are owed the mail of an edition, and lists the
//! purchases of an address.
//!
//! The index `by_book` is the work list of an update: its sort key is the newest edition that a
//! buyer was notified of, so a purchase leaves the list when it is marked.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    mem,
};

use aws_sdk_dynamodb::{operation::query::builders::QueryFluentBuilder, types::Select};

use super::{
    conditions::{NO_TEST, PAID_FOR},
    table::Purchases,
};
use crate::{
    adapters::{
        attributes::{Attributes, Item, number, text, timestamp},
        aws::failed,
    },
    domain::{
        book::BookId,
        delivery::NotMailed,
        email_address::EmailAddress,
        purchase::Purchase,
        purchase_id::{PurchaseId, Reference},
        timestamp::Timestamp,
    },
    runtime::failure::Failure,
};

/// How many purchases before a receipt's own are searched for the same book.
const MOST_EARLIER: i32 = 10;

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

/// Whom an update would be mailed to. The purchases are the addresses and all that are not mailed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AudienceCount {
    /// The purchases whose buyers know only an older edition.
    pub purchases: u64,
    /// The addresses that would get a mail.
    pub addresses: u64,
    /// How many of the addresses would get their first mail of this shop. They were imported from
    /// another one, and may be old.
    pub first_mails: u64,
    /// The purchase of one of these.
    pub first_mail: Option<PurchaseId>,
    /// How many of the purchases would get no mail of their own, by reason.
    pub not_mailed: BTreeMap<NotMailed, u64>,
    /// The further purchases whose buyers were notified of the edition already.
    pub already_notified: u64,
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

    /// Counts whom an update would be mailed to. Reads all purchases of the book in the index, and
    /// keeps two numbers in memory for each address.
    pub async fn audience(&self, book: &BookId, edition: u32) -> Result<AudienceCount, Failure> {
        let mut items = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("by_book")
            .key_condition_expression("book_id = :book")
            .expression_attribute_values(":book", text(book.as_str()))
            .into_paginator()
            .items()
            .send();
        let mut counter = AudienceCounter::new(edition, self.counts_test_sales);
        while let Some(item) = items.next().await {
            let item =
                item.map_err(|error| failed("Failed to count the buyers to mail", &error))?;
            counter.add(Attributes(&item));
        }
        Ok(counter.count())
    }

    /// The query of the purchases whose buyers know only an older edition and can be notified.
    fn owed_query(&self, book: &BookId, edition: u32) -> QueryFluentBuilder {
        let filter = if self.counts_test_sales {
            PAID_FOR.to_owned()
        } else {
            format!("{PAID_FOR} AND {NO_TEST}")
        };
        self.client
            .query()
            .filter_expression(filter)
            .table_name(&self.table)
            .index_name("by_book")
            .key_condition_expression("book_id = :book AND edition < :edition")
            .expression_attribute_values(":book", text(book.as_str()))
            .expression_attribute_values(":edition", number(edition))
    }

    /// Returns the purchase by which an address bought this book the last time before this purchase, if it
    /// still has that copy. Looks at the last ten purchases of the address alone, however many it has. One
    /// `Query`, which returns nothing but ids, and a `GetItem` if there is one.
    pub async fn bought_before(
        &self,
        email: &EmailAddress,
        purchase: &Purchase,
    ) -> Result<Option<Purchase>, Failure> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("by_email")
            .key_condition_expression("email = :email AND bought_at < :bought_at")
            .filter_expression(format!("book_id = :book AND {PAID_FOR}"))
            .projection_expression("id")
            .expression_attribute_values(":email", text(email.as_str()))
            .expression_attribute_values(":bought_at", timestamp(purchase.bought_at))
            .expression_attribute_values(":book", text(purchase.book_id.as_str()))
            .scan_index_forward(false)
            .limit(MOST_EARLIER)
            .send()
            .await
            .map_err(|error| failed("Failed to look for an earlier purchase", &error))?;
        let newest = answer.items().first();
        match newest.and_then(|item| Attributes(item).parse("id", PurchaseId::parse)) {
            Some(id) => self.find(id).await,
            None => Ok(None),
        }
    }

    /// Returns the purchases with this reference: nearly always one. One `Query` of an index, which may be
    /// a second behind the table, read to its first page of 1 MB: some ten thousand.
    pub async fn of_reference(&self, reference: &Reference) -> Result<Vec<PurchaseId>, Failure> {
        const STEP: &str = "Failed to look for a reference";
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("by_reference")
            // DynamoDB reserves the word `reference`.
            .key_condition_expression("#reference = :reference")
            .expression_attribute_names("#reference", "reference")
            .expression_attribute_values(":reference", text(reference.as_str()))
            .send()
            .await
            .map_err(|error| failed(STEP, &error))?;
        let ids = answer.items().iter();
        ids.map(|item| Attributes(item).parse("id", PurchaseId::parse))
            .collect::<Option<_>>()
            .ok_or_else(|| Failure::refused(STEP, "a purchase's id is not a UUID"))
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

/// The count of an audience, while it goes on. An address is known by its hash: of a million
/// addresses, two have the same with a probability of one in 37 million.
struct AudienceCounter {
    edition: u32,
    counts_test_sales: bool,
    audience: AudienceCount,
    /// The purchases that can be mailed, by address.
    to_mail: HashMap<u64, u64>,
    /// The addresses that the shop has mailed: it sold them a purchase itself, or notified them of
    /// an edition.
    mailed: HashSet<u64>,
    /// An address that was not mailed yet, with a purchase that can be.
    unmailed: Option<(u64, PurchaseId)>,
    /// The addresses whose buyers turned off mail about new editions.
    unsubscribed: HashSet<u64>,
    /// The addresses that were notified of the edition.
    notified: HashSet<u64>,
}

impl AudienceCounter {
    fn new(edition: u32, counts_test_sales: bool) -> Self {
        Self {
            edition,
            counts_test_sales,
            audience: AudienceCount::default(),
            to_mail: HashMap::new(),
            mailed: HashSet::new(),
            unmailed: None,
            unsubscribed: HashSet::new(),
            notified: HashSet::new(),
        }
    }

    fn add(&mut self, item: Attributes<'_>) {
        let address = item.parse("email", EmailAddress::parse).map(|email| {
            let mut hasher = DefaultHasher::new();
            email.as_str().hash(&mut hasher);
            hasher.finish()
        });
        if item.has("unsubscribed_at") {
            self.unsubscribed.extend(address);
        }
        let not_mailed = match address {
            _ if item.has("is_test") && !self.counts_test_sales => Err(NotMailed::TestSale),
            _ if item.has("refunded_at") => Err(NotMailed::Refunded),
            _ if item.has("suspended_at") => Err(NotMailed::Disputed),
            None => Err(NotMailed::NoAddress),
            _ if item.has("mail_refused_at") => Err(NotMailed::AddressRefused),
            _ if item.has("unsubscribed_at") => Err(NotMailed::Unsubscribed),
            Some(address) => Ok(address),
        };
        let edition = |name| item.number::<u32>(name).unwrap_or_default();
        if !item.has("imported_from") || edition("edition") > edition("edition_bought") {
            self.mailed.extend(address);
        }
        if edition("edition") >= self.edition {
            let is_notified = edition("edition_bought") < self.edition;
            self.audience.already_notified += u64::from(is_notified);
            self.notified
                .extend(not_mailed.ok().filter(|_| is_notified));
            return;
        }
        self.audience.purchases += 1;
        match not_mailed {
            Ok(address) => {
                *self.to_mail.entry(address).or_default() += 1;
                self.look_at_unmailed(address, item);
            }
            Err(reason) => self.leave_out(reason, 1),
        }
    }

    /// Keeps this purchase as the example of a first mail, if there is none yet.
    fn look_at_unmailed(&mut self, address: u64, item: Attributes<'_>) {
        let is_no_example = |(known, _): &(u64, _)| {
            self.mailed.contains(known) || self.unsubscribed.contains(known)
        };
        if self.unmailed.as_ref().is_none_or(is_no_example) && !self.mailed.contains(&address) {
            let id = item.parse("id", PurchaseId::parse);
            self.unmailed = id.map(|id| (address, id));
        }
    }

    fn leave_out(&mut self, reason: NotMailed, purchases: u64) {
        if purchases > 0 {
            *self.audience.not_mailed.entry(reason).or_default() += purchases;
        }
    }

    /// Returns the count, after all purchases were added.
    fn count(mut self) -> AudienceCount {
        for (address, purchases) in mem::take(&mut self.to_mail) {
            if self.unsubscribed.contains(&address) {
                self.leave_out(NotMailed::Unsubscribed, purchases);
            } else if self.notified.contains(&address) {
                self.leave_out(NotMailed::AnotherPurchase, purchases);
            } else {
                self.audience.addresses += 1;
                let is_first = !self.mailed.contains(&address);
                self.audience.first_mails += u64::from(is_first);
                if let Some((known, id)) = self.unmailed
                    && is_first
                    && known == address
                {
                    self.audience.first_mail = Some(id);
                }
                self.leave_out(NotMailed::AnotherPurchase, purchases - 1);
            }
        }
        self.audience
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts the audience of edition 2 among purchases: the address, the edition that the buyer
    /// knows, the edition that was bought, and attributes that are there.
    fn audience(purchases: &[(&str, u32, u32, &[&str])]) -> AudienceCount {
        let mut counter = AudienceCounter::new(2, false);
        for (email, edition, edition_bought, attributes) in purchases {
            let mut item = Item::from([
                ("edition".to_owned(), number(*edition)),
                ("edition_bought".to_owned(), number(*edition_bought)),
                ("id".to_owned(), text(&id_of(email).secret())),
            ]);
            if !email.is_empty() {
                item.insert("email".to_owned(), text(email));
            }
            for name in *attributes {
                item.insert((*name).to_owned(), text("2026-11-26T00:00:00Z"));
            }
            counter.add(Attributes(&item));
        }
        counter.count()
    }

    /// Makes an id of the first letter of an address.
    fn id_of(email: &str) -> PurchaseId {
        let letter = email.bytes().next().unwrap_or_default();
        PurchaseId::new(uuid::Uuid::from_u128(letter.into()))
    }

    #[test]
    fn every_purchase_is_mailed_or_counted_with_its_reason() {
        let count = audience(&[
            ("jane@example.com", 1, 1, &[]),
            ("jane@example.com", 1, 1, &[]),
            ("joe@example.com", 1, 1, &[]),
            ("joe@example.com", 1, 1, &["refunded_at"]),
            ("ann@example.com", 1, 1, &["unsubscribed_at"]),
            ("ann@example.com", 1, 1, &[]),
            ("bob@example.com", 1, 1, &["suspended_at"]),
            ("cat@example.com", 1, 1, &["mail_refused_at"]),
            ("cat@example.com", 1, 1, &["mail_refused_at", "is_test"]),
            ("", 1, 1, &[]),
        ]);
        let not_mailed = [
            (NotMailed::TestSale, 1),
            (NotMailed::Refunded, 1),
            (NotMailed::Disputed, 1),
            (NotMailed::NoAddress, 1),
            (NotMailed::AddressRefused, 1),
            (NotMailed::Unsubscribed, 2),
            (NotMailed::AnotherPurchase, 1),
        ];
        let expected = AudienceCount {
            purchases: 10,
            addresses: 2,
            first_mails: 0,
            first_mail: None,
            not_mailed: BTreeMap::from(not_mailed),
            already_notified: 0,
        };
        assert_eq!(count, expected);
    }

    #[test]
    fn imported_buyers_whom_the_shop_never_mailed_are_counted() {
        let count = audience(&[
            ("jane@example.com", 1, 1, &["imported_from"]),
            ("jane@example.com", 1, 1, &["imported_from"]),
            // The shop sold Joe another copy itself.
            ("joe@example.com", 1, 1, &["imported_from"]),
            ("joe@example.com", 2, 2, &[]),
            // Ann was notified of an edition before.
            ("ann@example.com", 1, 0, &["imported_from"]),
            (
                "bob@example.com",
                1,
                1,
                &["imported_from", "unsubscribed_at"],
            ),
            ("cat@example.com", 1, 1, &[]),
        ]);
        assert_eq!((count.addresses, count.first_mails), (4, 1));
        assert_eq!(count.first_mail, Some(id_of("jane@example.com")));
    }

    #[test]
    fn who_was_notified_is_counted_and_not_mailed_again() {
        let count = audience(&[
            ("jane@example.com", 2, 1, &[]),
            ("jane@example.com", 1, 1, &[]),
            ("joe@example.com", 1, 1, &[]),
            // This buyer bought the new edition, and was not notified of it.
            ("joe@example.com", 2, 2, &[]),
        ]);
        assert_eq!((count.purchases, count.addresses), (2, 1));
        assert_eq!(count.not_mailed[&NotMailed::AnotherPurchase], 1);
        assert_eq!(count.already_notified, 1);
    }
}
