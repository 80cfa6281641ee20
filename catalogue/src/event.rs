//! The event that `publish` takes, and the keys of the files in S3.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::{
    cover,
    model::{Book, Catalogue, Part, Product},
};

/// The event that `publish` takes.
#[derive(Clone, Debug)]
pub struct PublishEvent {
    /// The event, in JSON.
    pub event: Value,
    /// What the author should know of it, a sentence each without its full stop.
    pub warnings: Vec<String>,
}

impl Catalogue {
    /// Makes the event that `publish` takes. It defines the shop, its books and its products
    /// completely: an optional field that the file does not have is null, which takes it away.
    ///
    /// `key_of` returns the S3 key of a file, given the book's id and the file's path:
    /// [`content_key`], or what an upload remembered of it.
    pub fn publish_event<E>(
        &self,
        mut key_of: impl FnMut(&str, &Path) -> Result<String, E>,
    ) -> Result<PublishEvent, E> {
        let mut warnings = Vec::new();
        let mut books = Map::new();
        for (id, book) in &self.books {
            let mut value = book_value(id, book, &mut key_of)?;
            value["cover"] = cover_value(id, book, &mut warnings);
            books.insert(id.clone(), value);
        }
        let products = self.products.iter();
        let products: Map<_, _> = products
            .map(|(id, product)| (id.clone(), product_value(product)))
            .collect();
        let event = json!({
            "shop": {
                "author": self.shop.author,
                "language": self.shop.language,
                "accent": self.shop.accent,
            },
            "books": books,
            "products": products,
        });
        Ok(PublishEvent { event, warnings })
    }
}

fn book_value<E>(
    id: &str,
    book: &Book,
    key_of: &mut impl FnMut(&str, &Path) -> Result<String, E>,
) -> Result<Value, E> {
    let mut files = Vec::new();
    for file in &book.files {
        let key = key_of(id, &file.path)?;
        // The format's own name is no label of the author's.
        let ending = file.path.extension().unwrap_or_default();
        let is_own = *ending.to_ascii_uppercase() != *file.label;
        let label = is_own.then_some(&file.label);
        files.push(json!({ "key": key, "name": file.name, "label": label }));
    }
    Ok(json!({
        "name": book.name,
        "version": book.version,
        "author": book.author,
        "language": book.language,
        "accent": book.accent,
        "thanks": book.thanks,
        "files": files,
    }))
}

/// Returns a book's cover as a `data:` address. If the private page cannot show it, says so in the
/// warnings and returns null.
fn cover_value(id: &str, book: &Book, warnings: &mut Vec<String>) -> Value {
    let Some(path) = &book.cover else {
        return Value::Null;
    };
    match cover::small_copy(path) {
        Ok(cover) => json!(cover.data_uri()),
        Err(why) => {
            let name = path.file_name().unwrap_or_default().display();
            warnings.push(format!(
                "`books.{id}.cover` is not on the private page, which shows the book's name in its \
                 place: {name}: {why}"
            ));
            Value::Null
        }
    }
}

fn product_value(product: &Product) -> Value {
    let mut value = json!({
        "price": product.price.money().to_string(),
        "tax_code": product.taxation.code.to_string(),
        "tax_behavior": product.taxation.behavior.as_str(),
        "downloads": product.downloads,
        "name": product.name,
        "for_sale": product.for_sale,
    });
    match &product.parts[..] {
        [Part { book, files }] => {
            value["book"] = json!(book);
            value["files"] = json!(files);
        }
        parts => value["books"] = parts.iter().map(part_value).collect(),
    }
    value
}

fn part_value(part: &Part) -> Value {
    match &part.files {
        None => json!(part.book),
        Some(files) => json!({ "book": part.book, "files": files }),
    }
}

/// Returns the S3 key of a book's file, which names its content:
/// `books/wip/0123456789abcdef/2e.pdf`, with the first 16 digits of its SHA-256. The same content
/// under the same name has the same key, and need not be uploaded again. It reads the whole file.
pub fn content_key(book: &str, path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = file.read(&mut buffer)?;
        if length == 0 {
            break;
        }
        hash.update(&buffer[..length]);
    }
    let hash = hex::encode(hash.finalize());
    Ok(key(book, &hash[..16], path))
}

/// Returns the key of a file with this hash.
pub(crate) fn key(book: &str, hash: &str, path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!("books/{book}/{hash}/{name}")
}
