//! One purchase for each address and book, of however many rows and orders.
//!
//! An order that was taken back does not take away what another order paid for. Of several that stand,
//! the earliest counts.

use std::collections::BTreeMap;

use bookstall::domain::{email_address::EmailAddress, timestamp::Date};
use serde_json::{Value, json};

use super::{
    mapping::{BookIndex, Mapping},
    sale::TakenBack,
};

/// What all rows say together. A hundred thousand purchases take some twenty megabytes.
#[derive(Debug, Default)]
pub(super) struct Purchases {
    held: BTreeMap<Key, Held>,
    /// Rows that were about an order that another row was about.
    pub(super) joined: u64,
}

/// An address in its normal form, and a book.
type Key = (Box<str>, BookIndex);

#[derive(Debug)]
struct Held {
    /// Whether the buyer asked on any platform not to be contacted.
    unsubscribed: bool,
    orders: Vec<Order>,
}

/// An order of one book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    /// The place of its platform, and of its file, in the run.
    pub(super) platform: u16,
    pub(super) file: u16,
    pub(super) line: u64,
    /// What the platform calls it, or empty.
    pub(super) id: Box<str>,
    pub(super) bought_on: Date,
    pub(super) copies: u32,
    pub(super) taken_back: Option<TakenBack>,
}

/// What is sent to the shop of an address and a book.
#[derive(Clone, Copy, Debug)]
pub(super) struct Purchase<'a> {
    /// The address in its normal form.
    pub(super) email: &'a str,
    pub(super) book: BookIndex,
    pub(super) order: &'a Order,
    pub(super) copies: u32,
    pub(super) unsubscribed: bool,
}

impl Purchases {
    /// Adds what a row says.
    pub(super) fn add(
        &mut self,
        email: &EmailAddress,
        book: BookIndex,
        unsubscribed: bool,
        order: Order,
    ) {
        let key = (Box::from(email.as_str()), book);
        let held = self.held.entry(key).or_insert_with(|| Held {
            unsubscribed: false,
            orders: Vec::with_capacity(1),
        });
        held.unsubscribed |= unsubscribed;
        let is_same = |known: &&mut Order| {
            let is_named = known.platform == order.platform && known.id == order.id;
            is_named && (!order.id.is_empty() || known.bought_on == order.bought_on)
        };
        match held.orders.iter_mut().find(is_same) {
            None => held.orders.push(order),
            Some(known) => {
                self.joined += 1;
                known.copies = known.copies.max(order.copies);
                known.bought_on = known.bought_on.min(order.bought_on);
                // An older export of the same order does not know yet that it was taken back.
                known.taken_back = known.taken_back.or(order.taken_back);
            }
        }
    }

    /// Returns what is sent: for each address and book the earliest order that stands, and all orders
    /// if each was taken back.
    pub(super) fn iter(&self) -> impl Iterator<Item = Purchase<'_>> {
        self.held.iter().flat_map(|((email, book), held)| {
            let standing = || {
                held.orders
                    .iter()
                    .filter(|order| order.taken_back.is_none())
            };
            let copies = standing().map(|order| order.copies).max();
            let earliest = standing().min_by_key(|order| order.bought_on);
            let all: &[Order] = if earliest.is_none() {
                &held.orders
            } else {
                &[]
            };
            earliest.into_iter().chain(all).map(move |order| Purchase {
                email,
                book: *book,
                order,
                copies: copies.unwrap_or(1),
                unsubscribed: held.unsubscribed,
            })
        })
    }

    /// Returns how many orders stand and are not sent, because an earlier one of the address is.
    pub(super) fn duplicates(&self) -> u64 {
        let standing = |held: &Held| {
            let standing = held
                .orders
                .iter()
                .filter(|order| order.taken_back.is_none());
            standing.count().saturating_sub(1) as u64
        };
        self.held.values().map(standing).sum()
    }

    /// Whether something was sold to this address, which is in its normal form.
    pub(super) fn has(&self, email: &str) -> bool {
        let first = (Box::from(email), BookIndex::FIRST);
        let next = self.held.range(first..).next();
        next.is_some_and(|((known, _), _)| **known == *email)
    }
}

impl Purchase<'_> {
    /// Whether a push would mail it, as far as the file says it.
    pub(super) fn is_mailed(&self) -> bool {
        !self.unsubscribed && self.order.taken_back.is_none()
    }

    /// Returns what the function `import` is to know, and no more.
    pub(super) fn to_json(self, mapping: &Mapping) -> Value {
        let mut purchase = json!({
            "book": mapping.book(self.book),
            "email": self.email,
            "bought_on": self.order.bought_on.to_string(),
        });
        if !self.order.id.is_empty() {
            purchase["order"] = json!(self.order.id);
        }
        if let Some(taken_back) = self.order.taken_back {
            purchase["taken_back"] = json!(taken_back.word());
            return purchase;
        }
        if self.copies > 1 {
            purchase["copies"] = json!(self.copies);
        }
        if self.unsubscribed {
            purchase["unsubscribed"] = json!(true);
        }
        purchase
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping() -> Mapping {
        Mapping::read(None, &["Python=wip".to_owned(), "Go=go".to_owned()]).unwrap()
    }

    fn order(platform: u16, id: &str, day: &str) -> Order {
        Order {
            platform,
            file: 0,
            line: 2,
            id: id.into(),
            bought_on: Date::parse(day).unwrap(),
            copies: 1,
            taken_back: None,
        }
    }

    fn refunded(order: Order) -> Order {
        Order {
            taken_back: Some(TakenBack::Refunded),
            ..order
        }
    }

    fn sent(orders: &[Order]) -> (Vec<Value>, u64, u64) {
        let mut purchases = Purchases::default();
        for order in orders {
            let email = EmailAddress::parse("Jane@Example.com").unwrap();
            purchases.add(&email, BookIndex::FIRST, false, order.clone());
        }
        let mapping = mapping();
        let sent = purchases.iter().map(|purchase| purchase.to_json(&mapping));
        (sent.collect(), purchases.joined, purchases.duplicates())
    }

    #[test]
    fn several_rows_of_an_order_are_one_purchase() {
        let more = Order {
            copies: 3,
            ..order(0, "G-1", "2023-05-02")
        };
        let orders = [order(0, "G-1", "2023-05-03"), more];
        let expected = json!({
            "book": "wip", "email": "jane@example.com", "bought_on": "2023-05-02",
            "order": "G-1", "copies": 3,
        });
        assert_eq!(sent(&orders), (vec![expected], 1, 0));
    }

    #[test]
    fn of_two_platforms_the_earlier_counts_in_whatever_order_they_come() {
        let (late, early) = (order(0, "G-1", "2023-05-03"), order(1, "E-1", "2021-01-01"));
        let expected = json!({
            "book": "wip", "email": "jane@example.com", "bought_on": "2021-01-01", "order": "E-1",
        });
        let expected = (vec![expected], 0, 1);
        assert_eq!(sent(&[late.clone(), early.clone()]), expected);
        assert_eq!(sent(&[early, late]), expected);
    }

    #[test]
    fn an_order_that_was_taken_back_takes_nothing_from_another() {
        let (one, other) = (order(0, "G-1", "2021-05-03"), order(1, "E-1", "2023-01-01"));
        for orders in [
            [refunded(one.clone()), other.clone()],
            [other.clone(), refunded(one.clone())],
        ] {
            let (sent, _, duplicates) = sent(&orders);
            assert_eq!((sent.len(), duplicates), (1, 0));
            assert_eq!(sent[0]["order"], "E-1");
        }
        // A newer export of the same order knows better.
        let (sent_once, joined, _) = sent(&[one.clone(), refunded(one.clone())]);
        assert_eq!((sent_once.len(), joined), (1, 1));
        assert_eq!(sent_once[0]["taken_back"], "refunded");
        assert_eq!(sent(&[refunded(one), refunded(other)]).0.len(), 2);
    }

    #[test]
    fn who_asked_not_to_be_contacted_on_one_platform_is_not_on_any() {
        let mut purchases = Purchases::default();
        let jane = EmailAddress::parse("jane@example.com").unwrap();
        purchases.add(
            &jane,
            BookIndex::FIRST,
            false,
            order(0, "G-1", "2021-01-01"),
        );
        assert!(purchases.has("jane@example.com"));
        assert!(!purchases.has("jan@example.com"));
        purchases.add(&jane, BookIndex::FIRST, true, order(1, "E-1", "2023-01-01"));
        let sent: Vec<_> = purchases
            .iter()
            .map(|purchase| purchase.to_json(&mapping()))
            .collect();
        assert_eq!(sent[0]["unsubscribed"], true);
    }
}
