//! The fields that differ, with what was and what is.

use std::collections::BTreeMap;

use bookstall::domain::{
    accent::Accent,
    book::Book,
    book_file::{BookFile, FileName},
    catalogue::ShopDetails,
    cover::Cover,
    language::Language,
    notes::Notes,
    product::{Files, Part, Product},
};
use serde::Serialize;
use serde_json::{Value, json};

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

/// Collects the fields that differ.
fn changes(fields: impl IntoIterator<Item = (String, Value, Value)>) -> Changes {
    let differ = |(_, was, is): &(String, Value, Value)| was != is;
    let fields = fields.into_iter().filter(differ);
    fields
        .map(|(name, was, is)| (name, Change { was, is }))
        .collect()
}

pub(super) fn shop_changes(was: &ShopDetails, is: &ShopDetails) -> Changes {
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

/// Returns the changed fields of a book, whose covers before and after are these. The order of its files
/// is one, if that changes alone.
pub(super) fn book_changes(was: Option<&Book>, is: &Book, covers: [Option<&Cover>; 2]) -> Changes {
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

pub(super) fn product_changes(was: Option<&Product>, is: &Product) -> Changes {
    let field = |name: &str, value: fn(&Product) -> Value| {
        (name.to_owned(), was.map_or(Value::Null, value), value(is))
    };
    changes([
        field("books", |product| {
            product.parts.iter().map(part_value).collect()
        }),
        field("price", |product| json!(product.price.money().to_string())),
        field("tax_code", |product| {
            json!(product.taxation.code.to_string())
        }),
        field("tax_behavior", |product| {
            json!(product.taxation.behavior.as_str())
        }),
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
