//! What an import is about, as numbers: for the page, and as JSON.

use std::collections::{BTreeMap, BTreeSet};

use bookstall::domain::timestamp::Date;
use serde_json::{Value, json};

use super::{
    audience::{self, Audience},
    mapping::Mapping,
    platforms::Columns,
    purchases::Purchase,
    reading::{Found, Place, Source},
    send::Answer,
};

/// Who bought longer ago counts as an old address, in days.
const OLD: i64 = 2 * 365;

/// What is told of an import.
pub(super) struct Summary<'a> {
    pub(super) files: Vec<FileSummary>,
    pub(super) found: &'a Found,
    pub(super) books: BTreeMap<String, BookSummary>,
    /// How many orders were taken back. They close what was imported before.
    pub(super) taken_back: u64,
    /// How many purchases are sent to the shop.
    pub(super) sent: u64,
    /// The addresses that the next push would mail, as far as the files say it, or the shop once it
    /// answered.
    pub(super) mailed: MailedCount,
    /// The options that map what is not mapped yet.
    pub(super) options: Vec<String>,
    /// The names of `--map` that no product has.
    pub(super) unused: Vec<String>,
    pub(super) audience: Audience,
    /// What the shop did, or would do.
    pub(super) answer: Option<Answer>,
    today: Date,
    pub(super) dry_run: bool,
    pub(super) owe_update: bool,
}

/// How many addresses the next push would mail.
#[derive(Debug, Default)]
pub(super) struct MailedCount {
    pub(super) addresses: u64,
    /// How many of them bought nothing for two years.
    pub(super) old: u64,
    /// How many of them are on SES's suppression list.
    pub(super) suppressed: u64,
}

/// How a file was read.
pub(super) struct FileSummary {
    pub(super) name: String,
    pub(super) platform: String,
    pub(super) export: &'static str,
    pub(super) encoding: &'static str,
    pub(super) delimiter: &'static str,
    pub(super) columns: Columns,
}

/// What is imported of a book.
#[derive(Debug)]
pub(super) struct BookSummary {
    pub(super) purchases: u64,
    pub(super) copies: u64,
    pub(super) unsubscribed: u64,
    pub(super) first: Date,
    pub(super) last: Date,
}

impl FileSummary {
    pub(super) fn of(source: &Source) -> Self {
        Self {
            name: source.table.file.name.clone(),
            platform: source.platform.clone(),
            export: source.export(),
            encoding: source.table.file.encoding(),
            delimiter: source.table.delimiter(),
            columns: source.columns(),
        }
    }
}

impl MailedCount {
    /// Counts the addresses of the purchases that are mailed. Each is given with its number.
    fn of(
        found: &Found,
        today: Date,
        suppressed: &BTreeSet<String>,
        is_mailed: impl Fn(usize, &Purchase<'_>) -> bool,
    ) -> Self {
        let mut count = Self::default();
        // The iterator has the purchases of an address one after the other.
        let mut last: Option<(&str, Date)> = None;
        let is_old = |date: Date| u64::from(date.days_until(today) > OLD);
        for (number, purchase) in found.purchases.iter().enumerate() {
            if !is_mailed(number, &purchase) {
                continue;
            }
            let bought_on = purchase.order.bought_on;
            match &mut last {
                Some((email, date)) if *email == purchase.email => *date = bought_on.max(*date),
                other => {
                    count.old += other.map_or(0, |(_, date)| is_old(date));
                    count.addresses += 1;
                    count.suppressed += u64::from(suppressed.contains(purchase.email));
                    *other = Some((purchase.email, bought_on));
                }
            }
        }
        count.old += last.map_or(0, |(_, date)| is_old(date));
        count
    }
}

impl<'a> Summary<'a> {
    /// Counts what was found.
    pub(super) fn of(sources: &[Source], found: &'a Found, mapping: &Mapping, today: Date) -> Self {
        let mut books: BTreeMap<String, BookSummary> = BTreeMap::new();
        // An order of whichever book is sent for each of them.
        let mut taken_back = BTreeSet::new();
        let mut sent = 0;
        for purchase in found.purchases.iter() {
            sent += 1;
            let order = purchase.order;
            if order.taken_back.is_some() {
                taken_back.insert((order.file, order.line));
                continue;
            }
            let bought_on = purchase.order.bought_on;
            let id = mapping.book(purchase.book).to_owned();
            let book = books.entry(id).or_insert(BookSummary {
                purchases: 0,
                copies: 0,
                unsubscribed: 0,
                first: bought_on,
                last: bought_on,
            });
            book.purchases += 1;
            book.copies += u64::from(purchase.copies);
            book.unsubscribed += u64::from(purchase.unsubscribed);
            book.first = book.first.min(bought_on);
            book.last = book.last.max(bought_on);
        }
        Self {
            files: sources.iter().map(FileSummary::of).collect(),
            found,
            books,
            taken_back: taken_back.len() as u64,
            sent,
            mailed: MailedCount::of(found, today, &BTreeSet::new(), |_, purchase| {
                purchase.is_mailed()
            }),
            options: Vec::new(),
            unused: mapping.unused().map(str::to_owned).collect(),
            audience: Audience::default(),
            answer: None,
            today,
            dry_run: true,
            owe_update: false,
        }
    }

    /// Takes over what the shop and SES answered.
    pub(super) fn take_over(&mut self, answer: Answer, audience: Audience) {
        let none = BTreeSet::new();
        let suppressed = audience.suppressed.as_ref();
        let suppressed = suppressed.and_then(|list| list.as_ref().ok());
        let suppressed = suppressed.unwrap_or(&none);
        let is_mailed = |number, _: &Purchase<'_>| answer.mails(number);
        self.mailed = MailedCount::of(self.found, self.today, suppressed, is_mailed);
        self.answer = Some(answer);
        self.audience = audience;
    }

    /// Returns the platforms, each once.
    pub(super) fn platforms(&self) -> BTreeSet<&str> {
        self.files.iter().map(|file| &*file.platform).collect()
    }

    /// Returns how many hours a push to the addresses takes.
    pub(super) fn hours(&self) -> Option<f64> {
        let account = self.audience.account.as_ref()?.as_ref().ok()?;
        audience::hours(self.mailed.addresses, account)
    }

    /// Writes a place as the author knows it: `sales.csv, line 14`.
    pub(super) fn place(&self, place: Place) -> String {
        let file = &self.files[usize::from(place.file)].name;
        format!("{file}, line {}", place.line)
    }

    /// Returns all of it for programs. No address is in it.
    pub(super) fn to_json(&self) -> Value {
        let files = self.files.iter().map(|file| {
            json!({
                "file": file.name,
                "platform": file.platform,
                "export": file.export,
                "encoding": file.encoding,
                "cells_between": file.delimiter,
                "columns": {
                    "read": file.columns.read,
                    "not_needed": file.columns.not_needed,
                    "not_known": file.columns.not_known,
                },
            })
        });
        let books = self.books.iter().map(|(id, book)| {
            let book = json!({
                "purchases": book.purchases,
                "copies": book.copies,
                "unsubscribed": book.unsubscribed,
                "first": book.first.to_string(),
                "last": book.last.to_string(),
            });
            (id.clone(), book)
        });
        let left_out = self.found.left_out.iter().map(|(reason, (count, places))| {
            let places: Vec<_> = places.iter().map(|place| self.place(*place)).collect();
            let value = match &places[..] {
                [] => json!({ "rows": count }),
                places => json!({ "rows": count, "at": places }),
            };
            (reason.to_string(), value)
        });
        let (mistyped, places) = &self.found.mistyped;
        let places = places.iter().map(|(place, domain, meant)| {
            json!({ "at": self.place(*place), "domain": domain, "meant": meant })
        });
        let refused = self.answer.iter().flat_map(|answer| &answer.examples);
        let refused =
            refused.map(|(place, reason)| json!({ "at": self.place(*place), "reason": reason }));
        let is_known = matches!(self.audience.suppressed, Some(Ok(_)));
        json!({
            "dry_run": self.dry_run,
            "owe_update": self.owe_update,
            "files": files.collect::<Vec<_>>(),
            "rows": self.found.rows,
            "books": Value::Object(books.collect()),
            "taken_back": self.taken_back,
            "left_out": Value::Object(left_out.collect()),
            "skipped": self.found.skipped,
            "unmapped": self.found.unmapped,
            "map": self.options,
            "map_unused": self.unused,
            "rows_joined": self.found.purchases.joined,
            "bought_twice": self.found.purchases.duplicates(),
            "addresses": self.mailed.addresses,
            "addresses_old": self.mailed.old,
            "mistyped": { "addresses": mistyped, "at": places.collect::<Vec<_>>() },
            "suppressed": is_known.then_some(self.mailed.suppressed),
            "push_hours": self.hours(),
            "shop": self.answer.as_ref().map(Answer::to_json),
            "refused": refused.collect::<Vec<_>>(),
        })
    }
}
