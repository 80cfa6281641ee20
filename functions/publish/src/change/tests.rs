use std::iter;

use bookstall::{
    adapters::catalogue::RowChange,
    domain::{
        book::Book,
        book_file::FileVersion,
        product::{Product, ProductId, write_parts},
    },
};
use serde_json::{Value, json};

use super::*;
use crate::{changes, difference::Published, event};

/// A catalogue in memory, and a bucket in which each file has a version.
pub(crate) struct Memory {
    pub(crate) catalogue: Catalogue,
    /// The version of every file that is looked up.
    pub(crate) version: &'static str,
    /// The keys that are not in the bucket.
    pub(crate) missing: Vec<&'static str>,
}

impl Memory {
    /// Returns a shop with the book `wip`, its whole and its PDF.
    pub(crate) fn with_a_book() -> Self {
        let mut memory = Self {
            catalogue: Catalogue::default(),
            version: "v1",
            missing: Vec::new(),
        };
        let event = json!({
            "books": {"wip": {
                "name": "Writing Idiomatic Python", "version": "2nd edition",
                "files": [{"key": "wip/2e.pdf"}, {"key": "wip/2e.epub"}],
            }},
            "products": {
                "wip-2e": {"book": "wip", "price": "29.00 USD"},
                "wip-2e-pdf": {"book": "wip", "files": ["pdf"], "price": "19.00 USD"},
            },
        });
        memory.publish(&event).unwrap();
        memory
    }

    /// Makes an event's changes. The error is the author's message.
    pub(crate) fn publish(&mut self, event: &Value) -> Result<Published, String> {
        let (published, rows) = self.changes(event)?;
        for row in rows {
            match row {
                RowChange::Cover(mut cover) => {
                    cover.revision += 1;
                    let covers = &mut self.catalogue.covers;
                    covers.insert(cover.book.clone(), cover.into());
                }
                RowChange::Shop(mut shop) => {
                    shop.revision += 1;
                    self.catalogue.shop = shop;
                }
                RowChange::Book(mut book) => {
                    book.revision += 1;
                    self.catalogue.books.insert(book.id.clone(), book.into());
                }
                RowChange::Product(mut product) => {
                    product.revision += 1;
                    let products = &mut self.catalogue.products;
                    products.insert(product.id.clone(), product.into());
                }
            }
        }
        Ok(published)
    }

    pub(crate) fn changes(&self, event: &Value) -> Result<(Published, Vec<RowChange>), String> {
        let event = event::read(event).map_err(|error| error.to_string())?;
        let files = event.listed_files().flat_map(|(_, files)| files);
        let uploads = files.map(|file| {
            if self.missing.contains(&file.key.as_str()) {
                return Err(Unfit::Missing(file.key.clone()));
            }
            let version = FileVersion::parse(self.version).unwrap();
            Ok(file.found(file.key.clone(), version, 4_200_000))
        });
        changes(&self.catalogue, &event, uploads.collect()).map_err(|error| error.to_string())
    }

    pub(crate) fn book(&self, id: &str) -> &Book {
        &self.catalogue.books[&BookId::parse(id).unwrap()]
    }

    pub(crate) fn product(&self, id: &str) -> &Product {
        &self.catalogue.products[&ProductId::parse(id).unwrap()]
    }

    fn refused(&self, event: &Value) -> String {
        self.changes(event).unwrap_err()
    }

    /// Makes the next edition, as a push does.
    fn push(&mut self, version: &str) {
        let id = BookId::parse("wip").unwrap();
        let book = Book {
            version: version.to_owned(),
            edition: 2,
            pushed: vec![version.to_owned()],
            ..self.book("wip").clone()
        };
        self.catalogue.books.insert(id, book.into());
    }
}

#[test]
fn what_the_event_does_not_name_stays() {
    let mut memory = Memory::with_a_book();
    let event = json!({
        "shop": {"author": "Ada Winters"},
        "books": {"wip": {"language": "en"}},
        "products": {"wip-2e-pdf": {"price": "21.00 USD"}},
    });
    memory.publish(&event).unwrap();
    let (book, product) = (memory.book("wip"), memory.product("wip-2e-pdf"));
    assert_eq!((book.files.len(), book.edition, book.revision), (2, 1, 2));
    assert_eq!(book.version, "2nd edition");
    assert_eq!(product.price.money().to_string(), "21.00 USD");
    assert_eq!(write_parts(&product.parts), "wip:pdf");
    assert_eq!(memory.product("wip-2e").revision, 1);
    let event = json!({
        "shop": {"author": null},
        "products": {"wip-2e-pdf": {"files": null}},
    });
    memory.publish(&event).unwrap();
    assert_eq!(memory.catalogue.shop.author, None);
    assert_eq!(write_parts(&memory.product("wip-2e-pdf").parts), "wip");
}

#[test]
fn what_is_new_needs_its_fields() {
    let memory = Memory::with_a_book();
    let message = memory.refused(&json!({
        "books": {"fluent": {"name": "Fluent"}},
        "products": {"fluent": {"name": "Fluent"}},
    }));
    for part in [
        "`books.fluent.version`: is missing; a new book needs",
        "`books.fluent.files`: is missing",
        "`products.fluent.book`: is missing; a new product needs",
        "`products.fluent.price`: is missing",
    ] {
        assert!(message.contains(part), "{part} is not in: {message}");
    }
}

#[test]
fn another_version_is_pushed_or_renamed() {
    let mut memory = Memory::with_a_book();
    memory.push("2nd edition, 2.1");
    let old = json!({"books": {"wip": {
        "version": "2nd edition",
        "files": [{"key": "wip/2e.pdf"}, {"key": "wip/2e.epub"}],
    }}});
    let message = memory.refused(&old);
    let expected = "`books.wip.version`: `wip` is at “2nd edition, 2.1” (edition 2). Push the \
                    new one to its buyers, or, if only its name changes, say `rename_edition`";
    assert!(message.contains(expected), "{message}");

    let renamed = json!({"books": {"wip": {"version": "2.1", "rename_edition": true}}});
    let published = memory.publish(&renamed).unwrap();
    assert_eq!(published.books["wip"]["version"].was, "2nd edition, 2.1");
    let book = memory.book("wip");
    assert_eq!((book.version.as_str(), book.edition), ("2.1", 2));
    assert_eq!(book.pushed, ["2nd edition, 2.1"]);
    let again = memory.publish(&renamed).unwrap();
    assert_eq!(again.unchanged, ["books.wip"]);
}

#[test]
fn a_rename_that_is_sent_again_after_a_push_takes_no_edition_back() {
    let mut memory = Memory::with_a_book();
    let renamed = json!({"books": {"wip": {"version": "Second", "rename_edition": true}}});
    memory.publish(&renamed).unwrap();
    let known = memory.book("wip").clone();
    let pushed = vec!["Second".to_owned(), "2.1".to_owned()];
    let book = Book {
        version: "2.1".to_owned(),
        edition: 2,
        pushed,
        ..known
    };
    memory.catalogue.books.insert(book.id.clone(), book.into());
    let message = memory.refused(&renamed);
    let expected = "`books.wip.rename_edition`: buyers had “Second” before “2.1”";
    assert!(message.contains(expected), "{message}");
}

#[test]
fn null_takes_away_no_book_and_no_product() {
    let memory = Memory::with_a_book();
    for event in [
        json!({"products": {"wip-2e": null}}),
        json!({"books": {"wip": null}}),
        json!({"books": {"wip": {"name": "A"}}, "dry_run": null}),
    ] {
        assert!(memory.refused(&event).contains("null"), "{event}");
    }
}

#[test]
fn files_are_published_together_with_their_edition() {
    let mut memory = Memory::with_a_book();
    memory.push("2nd edition, 2.1");
    let stale = json!({"books": {"wip": {"files": [{"key": "wip/2e.pdf"}]}}});
    let message = memory.refused(&stale);
    let expected = "`books.wip.files`: expected together with `version`, the edition that they \
                    belong to, which is “2nd edition, 2.1”";
    assert!(message.contains(expected), "{message}");
}

#[test]
fn what_a_product_sells_is_there() {
    let mut memory = Memory::with_a_book();
    let message = memory.refused(&json!({"products": {
        "a": {"book": "fluent", "price": "29.00 USD"},
        "b": {"book": "wip", "files": ["mobi", "pdf"], "price": "29.00 USD"},
        "c": {"books": ["wip", {"book": "fluent", "files": ["pdf"]}], "price": "29.00 USD"},
    }}));
    for part in [
        "`products.a`: there is no book `fluent`; put it into the event, too",
        "`products.b`: `wip` has no file `mobi`; it has `pdf`, `epub`",
        "`products.c.name`: is missing; the checkout needs a name for several books",
        "`products.c`: there is no book `fluent`",
    ] {
        assert!(message.contains(part), "{part} is not in: {message}");
    }

    let epub_alone = json!({"books": {"wip": {
        "version": "2nd edition", "files": [{"key": "wip/2e.epub"}],
    }}});
    let message = memory.refused(&epub_alone);
    let expected = "`books.wip.files`: the product `wip-2e-pdf` sells the file `pdf`; keep it, \
                    or change the product in this event, too";
    assert!(message.contains(expected), "{message}");
    let mut both = epub_alone.clone();
    both["products"] = json!({"wip-2e-pdf": {"files": ["epub"]}});
    memory.publish(&both).unwrap();
    assert_eq!(write_parts(&memory.product("wip-2e-pdf").parts), "wip:epub");
}

#[test]
fn a_file_that_is_not_there_is_told_with_everything_else_and_once() {
    let mut memory = Memory::with_a_book();
    memory.missing = vec!["no.pdf"];
    let message = memory.refused(&json!({
        "books": {"fluent": {
            "name": "Fluent", "version": "1", "files": [{"key": "a.epub"}, {"key": "no.pdf"}],
        }},
        "products": {
            "fluent": {"book": "fluent", "files": ["pdf"], "price": "9.00 USD"},
            "both": {"books": ["wip", "fluent"], "price": "9.00 USD"},
        },
    }));
    let problems = [
        "`books.fluent.files[1]`: there is no `no.pdf` in the bucket; upload it first",
        "`products.both.name`: is missing; the checkout needs a name for several books, such as \
         \"Both books\"",
    ];
    let expected = format!(
        "Nothing was changed. {}. A right event: ",
        problems.join(". ")
    );
    assert!(message.starts_with(&expected), "{message}");
}

#[test]
fn a_product_changes_its_books() {
    let mut memory = Memory::with_a_book();
    let event = json!({
        "books": {"fluent": {"name": "Fluent", "version": "1", "files": [{"key": "a.pdf"}]}},
        "products": {
            "both": {
                "books": ["wip", {"book": "fluent", "files": ["pdf"]}],
                "price": "45.00 USD", "name": "Both",
            },
        },
    });
    memory.publish(&event).unwrap();
    assert_eq!(write_parts(&memory.product("both").parts), "wip,fluent:pdf");
    let message = memory.refused(&json!({"products": {"both": {"files": ["pdf"]}}}));
    assert!(message.contains("`products.both.files`: the product has several books"));
    memory
        .publish(&json!({"products": {"both": {"name": "Both books", "files": null}}}))
        .unwrap();
    let message = memory.refused(&json!({"products": {"both": {"name": null}}}));
    assert!(
        message.contains("`products.both.name`: is missing"),
        "{message}"
    );
    memory
        .publish(&json!({"products": {"both": {"book": "fluent", "name": null}}}))
        .unwrap();
    assert_eq!(write_parts(&memory.product("both").parts), "fluent");
}

#[test]
fn what_stripe_cannot_keep_is_refused() {
    let memory = Memory::with_a_book();
    let id = |number: usize| format!("{}{number}", "a".repeat(62));
    let files = json!([{"key": "a.pdf"}]);
    let books: serde_json::Map<_, _> = (0..8)
        .map(|number| {
            let book = json!({"name": "A", "version": "1", "files": files});
            (id(number), book)
        })
        .collect();
    let ids: Vec<_> = books.keys().collect();
    let product = json!({"books": ids, "price": "9.00 USD", "name": "All"});
    let message = memory.refused(&json!({"books": books, "products": {"all": product}}));
    let expected = "`products.all.books`: the ids of its books and files have 511 letters \
                    together, and Stripe keeps 500";
    assert!(message.contains(expected), "{message}");
}

#[test]
fn a_hundred_rows_are_changed_at_once_and_no_more() {
    let memory = Memory::with_a_book();
    let product = json!({"book": "wip", "price": "9.00 USD"});
    let event = |products: usize| {
        let ids = iter::successors(Some(1), |number| Some(number + 1));
        let ids = ids.take(products).map(|number| format!("p{number}"));
        let products: serde_json::Map<_, _> = ids.map(|id| (id, product.clone())).collect();
        json!({"products": products})
    };
    // The book that the products sell is a row, too.
    assert_eq!(memory.changes(&event(99)).unwrap().1.len(), 100);
    let message = memory.refused(&event(100));
    assert!(
        message.contains("The event changes 101 rows of the catalogue"),
        "{message}"
    );
}
