//! The event that `publish` takes, and the keys of the files in S3.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::model::{Book, Catalogue, Part, Product};

impl Catalogue {
    /// Makes the event that `publish` takes. It defines the shop, its books and its products
    /// completely: an optional field that the file does not have is null, which takes it away.
    ///
    /// `key_of` returns the S3 key of a file, given the book's id and the file's path:
    /// [`content_key`], or what an upload remembered of it.
    pub fn publish_event<E>(
        &self,
        mut key_of: impl FnMut(&str, &Path) -> Result<String, E>,
    ) -> Result<Value, E> {
        let mut books = Map::new();
        for (id, book) in &self.books {
            books.insert(id.clone(), book_value(id, book, &mut key_of)?);
        }
        let products = self.products.iter();
        let products: Map<_, _> = products
            .map(|(id, product)| (id.clone(), product_value(product)))
            .collect();
        Ok(json!({
            "shop": {
                "author": self.shop.author,
                "language": self.shop.language,
                "accent": self.shop.accent,
            },
            "books": books,
            "products": products,
        }))
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

fn product_value(product: &Product) -> Value {
    let mut value = json!({
        "price": product.price.money().to_string(),
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
