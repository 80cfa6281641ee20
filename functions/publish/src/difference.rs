//! What the event changes, as the answer tells it, and the rows to write.

use std::{collections::BTreeMap, sync::Arc};

use bookstall::{
    adapters::catalogue::RowChange,
    domain::{
        accent::Accent,
        book::{Book, BookId},
        book_file::{BookFile, FileName},
        catalogue::{BookCover, Catalogue, ShopDetails},
        cover::Cover,
        file_content::beginning,
        language::Language,
        money::Price,
        notes::Notes,
        product::{Files, Part, Product},
    },
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::event::Event;

/// The answer: what the event changes in the catalogue, or would change.
#[derive(Debug, Default, Serialize)]
pub struct Published {
    /// Whether nothing was changed, because the event asked for that.
    pub dry_run: bool,
    /// The changes that the author should confirm, a sentence each: a price that changes by more
    /// than half, a product that is withdrawn, a file that buyers lose.
    pub attention: Vec<String>,
    /// The changed fields of the shop.
    #[serde(skip_serializing_if = "Changes::is_empty")]
    pub shop: Changes,
    /// The changed fields of each changed book.
    pub books: BTreeMap<String, Changes>,
    /// The changed fields of each changed product.
    pub products: BTreeMap<String, Changes>,
    /// What the event names and does not change: `shop`, `books.wip`, `products.wip-2e`.
    pub unchanged: Vec<String>,
    /// What the author should know, a sentence each.
    pub warnings: Vec<String>,
}

/// The changes of fields, by their names.
pub type Changes = BTreeMap<String, Change>;

/// The change of a field. Both values are written as in an event. Null stands for a field that is
/// absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The value before.
    pub was: Value,
    /// The value after.
    pub is: Value,
}

/// Compares two catalogues where the event names them, and returns the answer and the rows to write.
///
/// The rows include each book that a product begins to sell, though it stays as it is: a change of
/// its files at the same time, which was checked without that product, is refused then.
pub(crate) fn difference(
    current: &Catalogue,
    next: &Catalogue,
    event: &Event,
) -> (Published, Vec<RowChange>) {
    let mut published = Published {
        dry_run: event.dry_run,
        ..Published::default()
    };
    let mut rows = Vec::new();
    if event.shop.is_named() {
        published.shop = shop_changes(&current.shop, &next.shop);
        if published.shop.is_empty() {
            published.unchanged.push("shop".to_owned());
        } else {
            let (was, is) = (current.shop.accent, next.shop.accent);
            published.warnings.extend(adjusted_accent("shop", was, is));
            rows.push(RowChange::Shop(next.shop.clone()));
        }
    }
    let mut books = BTreeMap::new();
    for id in event.books.keys() {
        let (was, Some(is)) = (current.books.get(id), next.books.get(id)) else {
            continue;
        };
        published.warnings.extend(unknown_endings(is));
        let covers = [current.cover(id), next.cover(id)];
        let new_cover = next.covers.get(id).filter(|_| covers[0] != covers[1]);
        if was == Some(is) && new_cover.is_none() {
            published.unchanged.push(format!("books.{id}"));
            continue;
        }
        rows.extend(new_cover.map(|cover| RowChange::Cover(BookCover::clone(cover))));
        let is_changed = was != Some(is);
        let was = was.map(Arc::as_ref);
        published.attention.extend(lost_files(was, is));
        published.warnings.extend(correction(was, is));
        let of = format!("books.{id}");
        let accent_before = was.and_then(|was| was.accent);
        let adjusted = adjusted_accent(&of, accent_before, is.accent);
        published.warnings.extend(adjusted);
        published
            .books
            .insert(id.to_string(), book_changes(was, is, covers));
        if is_changed {
            books.insert(id, is);
        }
    }
    let mut products = Vec::new();
    for id in event.products.keys() {
        let (was, Some(is)) = (current.products.get(id), next.products.get(id)) else {
            continue;
        };
        if was == Some(is) {
            published.unchanged.push(format!("products.{id}"));
            continue;
        }
        let was = was.map(Arc::as_ref);
        published.attention.extend(steep_price(was, is));
        published.attention.extend(withdrawal(was, is));
        published
            .products
            .insert(id.to_string(), product_changes(was, is));
        let begins_to_sell = was.is_none_or(|was| was.parts != is.parts);
        let sold = is.parts.iter().filter(|_| begins_to_sell);
        books.extend(sold.filter_map(|part| next.books.get_key_value(&part.book)));
        products.push(RowChange::Product(Product::clone(is)));
    }
    rows.extend(
        books
            .into_values()
            .map(|book| RowChange::Book(Book::clone(book))),
    );
    rows.extend(products);
    (published, rows)
}

/// Collects the fields that differ.
fn changes(fields: impl IntoIterator<Item = (String, Value, Value)>) -> Changes {
    let differ = |(_, was, is): &(String, Value, Value)| was != is;
    let fields = fields.into_iter().filter(differ);
    fields
        .map(|(name, was, is)| (name, Change { was, is }))
        .collect()
}

fn shop_changes(was: &ShopDetails, is: &ShopDetails) -> Changes {
    changes([
        ("author".to_owned(), json!(was.author), json!(is.author)),
        (
            "language".to_owned(),
            language(was.language.as_ref()),
            language(is.language.as_ref()),
        ),
        ("accent".to_owned(), accent(was.accent), accent(is.accent)),
    ])
}

fn language(language: Option<&Language>) -> Value {
    json!(language.map(Language::as_str))
}

fn accent(accent: Option<Accent>) -> Value {
    json!(accent.map(|accent| accent.said.to_string()))
}

/// Returns a sentence about a new accent colour that is adjusted for people to read it.
fn adjusted_accent(of: &str, was: Option<Accent>, is: Option<Accent>) -> Option<String> {
    let adjustment = is.filter(|_| was != is)?.adjustment()?;
    Some(format!("`{of}.accent` {adjustment}"))
}

/// Returns a cover as the answer shows it: without its bytes, and with the beginning of their hash.
fn cover_value(cover: Option<&Cover>) -> Value {
    let value = |cover: &Cover| {
        json!({
            "media_type": cover.media_type(),
            "size": cover.size(),
            "sha256": cover.fingerprint(),
        })
    };
    cover.map_or(Value::Null, value)
}

/// Returns the changed fields of a book, whose covers before and after are these. The order of its files
/// is one, if that changes alone.
fn book_changes(was: Option<&Book>, is: &Book, covers: [Option<&Cover>; 2]) -> Changes {
    let field = |name: &str, value: fn(&Book) -> Value| {
        (name.to_owned(), was.map_or(Value::Null, value), value(is))
    };
    let files = |book: &Book| book.files.clone();
    let files_before = was.map(files).unwrap_or_default();
    let names = files_before.iter().chain(&is.files).map(|file| &file.name);
    let of = |files: &[BookFile], name: &FileName| {
        let file = files.iter().find(|file| file.name == *name);
        file.map_or(Value::Null, file_value)
    };
    let each_file = names.map(|name| {
        let field = format!("files.{name}");
        (field, of(&files_before, name), of(&is.files, name))
    });
    let order = |files: &[BookFile], others: &[BookFile]| -> Value {
        let names = files.iter().map(|file| &file.name);
        let both = names.filter(|name| others.iter().any(|other| other.name == **name));
        both.map(FileName::as_str).collect()
    };
    let order = (
        "files".to_owned(),
        order(&files_before, &is.files),
        order(&is.files, &files_before),
    );
    let [cover_before, cover_after] = covers.map(cover_value);
    let fields = [
        ("cover".to_owned(), cover_before, cover_after),
        field("name", |book| json!(book.name)),
        field("version", |book| json!(book.version)),
        field("author", |book| json!(book.author)),
        field("language", |book| language(book.language.as_ref())),
        field("accent", |book| accent(book.accent)),
        field("thanks", |book| {
            json!(book.thanks.as_ref().map(Notes::text))
        }),
        order,
    ];
    changes(fields.into_iter().chain(each_file))
}

/// Returns a file as the answer shows it: with its size in bytes, and the version that S3 gave it.
fn file_value(file: &BookFile) -> Value {
    let mut value = json!({
        "key": file.key.as_str(),
        "size": file.size,
        "version_id": file.version.as_str(),
    });
    if let Some(label) = &file.label {
        value["label"] = json!(label);
    }
    value
}

fn product_changes(was: Option<&Product>, is: &Product) -> Changes {
    let field = |name: &str, value: fn(&Product) -> Value| {
        (name.to_owned(), was.map_or(Value::Null, value), value(is))
    };
    changes([
        field("books", |product| {
            product.parts.iter().map(part_value).collect()
        }),
        field("price", |product| json!(product.price.money().to_string())),
        field("downloads", |product| json!(product.downloads)),
        field("name", |product| json!(product.name)),
        field("for_sale", |product| json!(product.for_sale)),
    ])
}

/// Returns a book of a product as an event has it.
fn part_value(part: &Part) -> Value {
    match &part.files {
        Files::All => json!(part.book.as_str()),
        Files::Only(names) => {
            let names: Vec<_> = names.iter().map(FileName::as_str).collect();
            json!({"book": part.book.as_str(), "files": names})
        }
    }
}

/// Returns a sentence about a price that changes by more than half, up or down, or to another
/// currency.
fn steep_price(was: Option<&Product>, is: &Product) -> Option<String> {
    let was = was?.price;
    let how = if was.money().currency == is.price.money().currency {
        "by more than half"
    } else {
        "to another currency"
    };
    changes_by_more_than_half(was, is.price).then(|| {
        format!(
            "`products.{}.price` changes {how}: it was {}, and is {}",
            is.id,
            was.money(),
            is.price.money()
        )
    })
}

fn changes_by_more_than_half(was: Price, is: Price) -> bool {
    let (was, is) = (was.money(), is.money());
    let change = was.minor_units.abs_diff(is.minor_units);
    was.currency != is.currency || 2 * change > was.minor_units
}

fn withdrawal(was: Option<&Product>, is: &Product) -> Option<String> {
    let is_withdrawn = was?.for_sale && !is.for_sale;
    is_withdrawn.then(|| {
        format!(
            "`products.{}` is withdrawn: nobody can buy it any more; its buyers keep it",
            is.id
        )
    })
}

/// Returns a sentence about the files that the book's buyers can no longer download.
fn lost_files(was: Option<&Book>, is: &Book) -> Option<String> {
    let before = was.map(|was| was.files.as_slice()).unwrap_or_default();
    let lost = before.iter().filter(|file| is.file(&file.name).is_none());
    let lost: Vec<_> = lost.map(|file| format!("`{}`", file.name)).collect();
    let id = &is.id;
    (!lost.is_empty()).then(|| {
        let lost = lost.join(", ");
        format!("`books.{id}.files` loses {lost}, which buyers can no longer download")
    })
}

/// Returns a sentence about files that change within an edition.
fn correction(was: Option<&Book>, is: &Book) -> Option<String> {
    let was = was?;
    let is_new = |file: &BookFile| {
        let before = was.file(&file.name);
        before.is_none_or(|before| (&before.key, &before.version) != (&file.key, &file.version))
    };
    let (id, version) = (&is.id, &is.version);
    is.files.iter().any(is_new).then(|| {
        format!(
            "`books.{id}.files` is a correction of “{version}”: everyone who bought the book is \
             given the new files, and nobody is told"
        )
    })
}

/// Returns a sentence for each file whose content the shop cannot check.
fn unknown_endings(book: &Book) -> impl Iterator<Item = String> {
    let id: &BookId = &book.id;
    let unknown = book.files.iter();
    let unknown = unknown.filter(|file| beginning(&file.format).is_none());
    unknown.map(move |file| {
        format!(
            "`books.{id}.files`: the shop does not know files that end in `.{}`, and looked only \
             whether `{}` is empty",
            file.format, file.name
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::change::tests::Memory;

    #[test]
    fn what_was_and_what_is_are_told_field_by_field() {
        let mut memory = Memory::with_a_book();
        let event = json!({
            "shop": {"author": "Ada Winters"},
            "books": {"wip": {"name": "Idiomatic Python"}},
            "products": {
                "wip-2e": {"price": "31.00 USD", "downloads": 10},
                "wip-2e-pdf": {"price": "19.00 USD"},
                "wip-2e-epub": {"book": "wip", "files": ["epub"], "price": "19.00 USD"},
            },
            "dry_run": true,
        });
        let (published, _) = memory.changes(&event).unwrap();
        assert_eq!(
            json!(published),
            json!({
                "dry_run": true,
                "attention": [],
                "shop": {"author": {"was": null, "is": "Ada Winters"}},
                "books": {"wip": {
                    "name": {"was": "Writing Idiomatic Python", "is": "Idiomatic Python"},
                }},
                "products": {
                    "wip-2e": {
                        "price": {"was": "29.00 USD", "is": "31.00 USD"},
                        "downloads": {"was": 5, "is": 10},
                    },
                    "wip-2e-epub": {
                        "books": {"was": null, "is": [{"book": "wip", "files": ["epub"]}]},
                        "price": {"was": null, "is": "19.00 USD"},
                        "downloads": {"was": null, "is": 5},
                        "for_sale": {"was": null, "is": true},
                    },
                },
                "unchanged": ["products.wip-2e-pdf"],
                "warnings": [],
            })
        );
        memory.publish(&event).unwrap();
        let again = memory.publish(&event).unwrap();
        assert!(again.books.is_empty() && again.products.is_empty() && again.shop.is_empty());
        assert_eq!(again.unchanged.len(), 5);
        assert!(memory.changes(&event).unwrap().1.is_empty());
    }

    #[test]
    fn a_new_accent_that_cannot_be_read_is_adjusted_with_a_warning() {
        let mut memory = Memory::with_a_book();
        let event = json!({
            "shop": {"accent": "#FFD400"},
            "books": {"wip": {"accent": "#050505"}},
        });
        let published = memory.publish(&event).unwrap();
        assert_eq!(
            published.warnings,
            [
                "`shop.accent` is darkened: on the light background #ffd400 has a contrast of 1.4, \
                 below the 4.5 that text needs, so that pages and mails have #856e00",
            ]
        );
        let change = json!({"was": null, "is": "#ffd400"});
        assert_eq!(json!(published.shop), json!({"accent": change}));
        let again = memory.publish(&event).unwrap();
        assert!(again.warnings.is_empty(), "{:?}", again.warnings);
        let book = memory.book("wip");
        assert_eq!(memory.catalogue.accent(book), book.accent);

        let gone = json!({"books": {"wip": {"accent": null}}});
        let published = memory.publish(&gone).unwrap();
        assert!(published.warnings.is_empty());
        let accent = memory.catalogue.accent(memory.book("wip")).unwrap();
        assert_eq!(accent.said.to_string(), "#ffd400");
    }

    #[test]
    fn a_steep_price_and_a_withdrawal_need_attention() {
        let mut memory = Memory::with_a_book();
        let attention = |memory: &Memory, product: Value| {
            let event = json!({"products": {"wip-2e": product}});
            memory.changes(&event).unwrap().0.attention
        };
        for (price, is_steep) in [
            ("14.50 USD", false),
            ("14.49 USD", true),
            ("0.50 USD", true),
            ("43.50 USD", false),
            ("43.51 USD", true),
            ("29.00 EUR", true),
        ] {
            let attention = attention(&memory, json!({"price": price}));
            assert_eq!(attention.len(), usize::from(is_steep), "{price}");
            if is_steep {
                let how = if price.ends_with("USD") {
                    "by more than half"
                } else {
                    "to another currency"
                };
                let expected = format!(
                    "`products.wip-2e.price` changes {how}: it was 29.00 USD, and is {price}"
                );
                assert_eq!(attention, [expected]);
            }
        }
        let withdrawn = json!({"for_sale": false});
        assert_eq!(
            attention(&memory, withdrawn.clone()),
            ["`products.wip-2e` is withdrawn: nobody can buy it any more; its buyers keep it"]
        );
        memory
            .publish(&json!({"products": {"wip-2e": withdrawn}}))
            .unwrap();
        assert!(!memory.product("wip-2e").for_sale);
        assert!(attention(&memory, withdrawn).is_empty());
    }

    /// The event that lists these keys as the files of the book.
    fn files(keys: &[&str]) -> Value {
        let files: Vec<_> = keys.iter().map(|key| json!({"key": key})).collect();
        json!({"books": {"wip": {"version": "2nd edition", "files": files}}})
    }

    #[test]
    fn new_files_of_an_edition_are_a_correction() {
        let mut memory = Memory::with_a_book();
        let same = files(&["wip/2e.pdf", "wip/2e.epub"]);
        assert_eq!(memory.publish(&same).unwrap().unchanged, ["books.wip"]);

        memory.version = "v2";
        let corrected = memory.publish(&same).unwrap();
        let changes = &corrected.books["wip"];
        assert_eq!(
            changes.keys().collect::<Vec<_>>(),
            ["files.epub", "files.pdf"]
        );
        assert_eq!(
            json!(changes["files.pdf"]),
            json!({
                "was": {"key": "wip/2e.pdf", "size": 4_200_000, "version_id": "v1"},
                "is": {"key": "wip/2e.pdf", "size": 4_200_000, "version_id": "v2"},
            })
        );
        assert_eq!(
            corrected.warnings,
            [
                "`books.wip.files` is a correction of “2nd edition”: everyone who bought the book is \
              given the new files, and nobody is told"
            ]
        );
        assert_eq!(memory.book("wip").edition, 1);
    }

    #[test]
    fn added_lost_and_reordered_files_are_told() {
        let mut memory = Memory::with_a_book();
        let reordered = memory
            .publish(&files(&["wip/2e.epub", "wip/2e.pdf"]))
            .unwrap();
        assert_eq!(
            json!(reordered.books["wip"]),
            json!({"files": {"was": ["pdf", "epub"], "is": ["epub", "pdf"]}})
        );
        assert!(reordered.warnings.is_empty() && reordered.attention.is_empty());

        let published = memory
            .publish(&files(&["wip/2e.pdf", "wip/code.zip"]))
            .unwrap();
        let changes = &published.books["wip"];
        assert_eq!(
            changes.keys().collect::<Vec<_>>(),
            ["files.epub", "files.zip"]
        );
        assert_eq!(changes["files.epub"].is, Value::Null);
        assert_eq!(changes["files.zip"].was, Value::Null);
        assert_eq!(
            published.attention,
            ["`books.wip.files` loses `epub`, which buyers can no longer download"]
        );
        assert!(published.warnings[0].contains("is a correction"));
    }

    #[test]
    fn a_label_alone_is_no_correction() {
        let mut memory = Memory::with_a_book();
        let mut labelled = files(&["wip/2e.pdf", "wip/2e.epub"]);
        labelled["books"]["wip"]["files"][0]["label"] = json!("The book");
        let published = memory.publish(&labelled).unwrap();
        assert_eq!(published.books["wip"]["files.pdf"].is["label"], "The book");
        assert!(published.warnings.is_empty());
    }

    #[test]
    fn an_unknown_ending_is_warned_of_each_time() {
        let mut memory = Memory::with_a_book();
        let event = files(&["wip/2e.pdf", "wip/2e.kfx"]);
        for _ in 0..2 {
            let published = memory.publish(&event).unwrap();
            let warning = &published.warnings[0];
            assert!(warning.contains("files that end in `.kfx`"), "{warning}");
        }
    }

    /// A change of a price relies on no book. A product that begins to sell a book raises the book's
    /// revision.
    #[test]
    fn the_rows_are_what_changes_and_the_books_that_a_product_begins_to_sell() {
        let memory = Memory::with_a_book();
        let rows = |product: Value| {
            let event = json!({"products": {"wip-2e": product}});
            memory.changes(&event).unwrap().1
        };
        assert!(matches!(
            rows(json!({"price": "31.00 USD"}))[..],
            [RowChange::Product(_)]
        ));
        let [RowChange::Book(book), RowChange::Product(_)] = &rows(json!({"files": ["pdf"]}))[..]
        else {
            panic!("expected a book and a product");
        };
        assert_eq!(book, memory.book("wip"));
    }
}
