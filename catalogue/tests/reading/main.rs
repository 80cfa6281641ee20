//! Which catalogues are read, and what authors of others are told.

mod broken;
mod files;
mod right;
mod values;

use std::fs;

use catalogue::Catalogue;
use tempfile::TempDir;

const PDF: &[u8] = include_bytes!("../../../local/sample-books/2e.pdf");

const EPUB: &[u8] = include_bytes!("../../../local/sample-books/2e.epub");

const SHOP: &str = "\
[shop]
author = \"Ada Winters\"
language = \"en\"
";

const BOOK: &str = "\
[books.wip]
name = \"Writing Idiomatic Python\"
version = \"2nd edition\"
files = [{ path = \"books/2e.pdf\" }, { path = \"books/2e.epub\" }]
";

const PRODUCT: &str = "\
[products.wip-2e]
book = \"wip\"
price = \"29.00 USD\"
";

/// The smallest image that browsers show.
const COVER: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";

/// A folder with books, and a catalogue beside them.
fn folder(source: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let books = folder.path().join("books");
    fs::create_dir(&books).unwrap();
    fs::write(books.join("2e.pdf"), PDF).unwrap();
    fs::write(books.join("2e.epub"), EPUB).unwrap();
    fs::write(books.join("code.zip"), EPUB).unwrap();
    fs::write(books.join("empty.pdf"), "").unwrap();
    fs::write(books.join("web.pdf"), "<!doctype html>").unwrap();
    fs::write(books.join("README"), "text").unwrap();
    fs::write(folder.path().join("cover.svg"), COVER).unwrap();
    fs::write(folder.path().join("catalogue.toml"), source).unwrap();
    folder
}

fn read(source: &str) -> Result<Catalogue, String> {
    let folder = folder(source);
    Catalogue::read(&folder.path().join("catalogue.toml")).map_err(|problems| {
        let folder = format!("{}/", folder.path().display());
        problems.to_string().replace(&folder, "")
    })
}

/// Asserts that a catalogue whose line `from` is replaced is refused for this alone.
fn is_told(from: &str, to: &str, told: &[&str]) {
    let whole = [SHOP, BOOK, PRODUCT].concat();
    assert!(whole.contains(from), "{from}");
    let problems = read(&whole.replacen(from, to, 1)).unwrap_err();
    let problems: Vec<_> = problems.lines().collect();
    assert_eq!(problems, told, "{to}");
}
