//! What an import is about, as numbers: for the page, and as JSON.

use std::collections::{BTreeMap, BTreeSet};

use bookstall::domain::timestamp::Date;
use serde_json::{Value, json};

use super::{
    audience::{self, Audience},
    mapping::Mapping,
    platforms::Columns,
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
    /// How many purchases were taken back. They close what was imported before.
    pub(super) taken_back: u64,
    /// How many addresses the next push would mail.
    pub(super) addresses: u64,
    /// How many of them bought nothing for two years.
    pub(super) old: u64,
    /// The options that map what is not mapped yet.
    pub(super) options: Vec<String>,
    /// The names of `--map` that no product has.
    pub(super) unused: Vec<String>,
    pub(super) audience: Audience,
    /// What the shop did, or would do.
    pub(super) answer: Option<Answer>,
    pub(super) dry_run: bool,
    pub(super) owe_update: bool,
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

impl<'a> Summary<'a> {
    /// Counts what was found.
    pub(super) fn of(sources: &[Source], found: &'a Found, mapping: &Mapping, today: Date) -> Self {
        let mut books: BTreeMap<String, BookSummary> = BTreeMap::new();
        let mut taken_back = 0;
        // The iterator has the purchases of an address one after the other.
        let (mut addresses, mut old) = (0, 0);
        let mut last_mailed: Option<(&str, Date)> = None;
        let count_old = |date: Date| u64::from(date.days_until(today) > OLD);
        for purchase in found.purchases.iter() {
            if purchase.order.taken_back.is_some() {
                taken_back += 1;
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
            if !purchase.is_mailed() {
                continue;
            }
            match &mut last_mailed {
                Some((email, date)) if *email == purchase.email => *date = bought_on.max(*date),
                other => {
                    old += other.map_or(0, |(_, date)| count_old(date));
                    addresses += 1;
                    *other = Some((purchase.email, bought_on));
                }
            }
        }
        old += last_mailed.map_or(0, |(_, date)| count_old(date));
        Self {
            files: sources.iter().map(FileSummary::of).collect(),
            found,
            books,
            taken_back,
            addresses,
            old,
            options: Vec::new(),
            unused: mapping.unused().map(str::to_owned).collect(),
            audience: Audience::default(),
            answer: None,
            dry_run: true,
            owe_update: false,
        }
    }

    /// Returns how many purchases are sent to the shop.
    pub(super) fn sent(&self) -> u64 {
        let books = self.books.values().map(|book| book.purchases);
        books.sum::<u64>() + self.taken_back
    }

    /// Returns the platforms, each once.
    pub(super) fn platforms(&self) -> BTreeSet<&str> {
        self.files.iter().map(|file| &*file.platform).collect()
    }

    /// Returns how many hours a push to the addresses takes.
    pub(super) fn hours(&self) -> Option<f64> {
        let account = self.audience.account.as_ref()?.as_ref().ok()?;
        audience::hours(self.addresses, account)
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
        let suppressed = self.audience.suppressed.as_ref();
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
            "addresses": self.addresses,
            "addresses_old": self.old,
            "mistyped": { "addresses": mistyped, "at": places.collect::<Vec<_>>() },
            "suppressed": suppressed.and_then(|count| count.as_ref().ok()),
            "push_hours": self.hours(),
            "shop": self.answer.as_ref().map(Answer::to_json),
            "refused": refused.collect::<Vec<_>>(),
        })
    }
}
