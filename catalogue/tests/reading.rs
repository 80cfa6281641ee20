//! Which catalogues are read, and what authors of others are told.

use std::{convert::Infallible, fs, path::Path};

use bookstall::domain::book_file::BookKey;
use catalogue::{Catalogue, event::content_key};
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

const PDF: &[u8] = include_bytes!("../../local/sample-books/2e.pdf");
const EPUB: &[u8] = include_bytes!("../../local/sample-books/2e.epub");

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

#[test]
fn the_example_is_right() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../local/catalogue.toml");
    let catalogue = Catalogue::read(&path).unwrap_or_else(|problems| panic!("{problems}"));
    let ids: Vec<_> = catalogue.products.keys().collect();
    let expected = [
        "wip-1e",
        "wip-2e",
        "wip-2e-de",
        "wip-2e-pdf",
        "wip-2e-team",
        "wip-both",
    ];
    assert_eq!(ids, expected);
    assert_eq!(catalogue.products["wip-both"].parts.len(), 2);
}

#[test]
fn a_short_catalogue_has_the_defaults() {
    let catalogue = read(&[SHOP, BOOK, PRODUCT].concat()).unwrap();
    let (book, product) = (&catalogue.books["wip"], &catalogue.products["wip-2e"]);
    assert_eq!(catalogue.author_of(book), "Ada Winters");
    assert_eq!(catalogue.language_of(book), "en");
    assert_eq!((book.line, product.line), (4, 8));
    let files = book.files.iter();
    let files: Vec<_> = files
        .map(|file| (&*file.name, &*file.label, file.size))
        .collect();
    let (pdf, epub) = (PDF.len() as u64, EPUB.len() as u64);
    assert_eq!(files, [("pdf", "PDF", pdf), ("epub", "EPUB", epub)]);
    assert_eq!(product.price.money().to_string(), "29.00 USD");
    assert_eq!((product.downloads, product.for_sale), (5, true));
    assert_eq!(product.taxation.code.to_string(), "txcd_10302000");
    assert_eq!(product.taxation.behavior.as_str(), "inclusive");
    assert_eq!((&product.name, &product.parts[0].files), (&None, &None));
}

const FULL: &str = r##"
[shop]
author = "Ada Winters"
language = "en"
accent = "#17594A"
tax_code = "txcd_10305001"
tax_behavior = "exclusive"
url = "https://shop.example.com/"
page = "https://ada.example/book"
prose = "books"

[books.wip]
name = "Writing Idiomatic Python"
version = "2nd edition"
author = "Ada & Bo"
language = "en-GB"
cover = "cover.svg"
description = """
One paragraph
of two lines."""
thanks = "**Thank you!**"
files = [
  { path = "books/2e.pdf" },
  { path = "books/2e.epub" },
  { path = "books/code.zip", label = "All the code", name = "code" },
]

[books.fluent]
name = "Fluent"
version = "1"
files = [{ path = "books/2e.pdf" }]

[products.both]
books = [{ book = "wip", files = ["pdf", "code"] }, "fluent"]
name = "Two books"
price = "2900 JPY"
downloads = 50
for_sale = false

[products.wip-pdf]
book = "wip"
files = ["pdf"]
price = "19.00 USD"
tax_code = "txcd_10302000"
tax_behavior = "inclusive"
"##;

#[test]
fn a_full_catalogue_is_read() {
    let catalogue = read(FULL).unwrap();
    let shop = &catalogue.shop;
    assert_eq!(shop.accent.as_deref(), Some("#17594a"));
    assert_eq!(shop.url.as_deref(), Some("https://shop.example.com"));
    assert_eq!(shop.page.as_deref(), Some("https://ada.example/book"));
    assert!(shop.prose.as_ref().unwrap().ends_with("books"));
    let book = &catalogue.books["wip"];
    assert_eq!(catalogue.author_of(book), "Ada & Bo");
    assert_eq!(catalogue.language_of(book), "en-GB");
    assert!(book.cover.as_ref().unwrap().ends_with("cover.svg"));
    assert_eq!(
        book.description.as_deref(),
        Some("One paragraph of two lines.")
    );
    assert_eq!(book.thanks.as_deref(), Some("**Thank you!**"));
    assert_eq!(book.files[2].label, "All the code");
    let part = &catalogue.products["both"].parts[0];
    let files: Vec<_> = catalogue.files_of(part).map(|file| &*file.name).collect();
    assert_eq!(files, ["pdf", "code"]);
}

/// Opening a named pipe waits for somebody who writes into it.
#[cfg(unix)]
#[test]
fn what_is_no_ordinary_file_is_refused() {
    let folder = folder(&[SHOP, &BOOK.replace("2e.epub", "pipe.epub"), PRODUCT].concat());
    let pipe = folder.path().join("books/pipe.epub");
    let made = std::process::Command::new("mkfifo").arg(pipe).status();
    assert!(made.unwrap().success());
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let read = Catalogue::read(&folder.path().join("catalogue.toml"));
        send.send(read.unwrap_err().to_string())
    });
    let told = receive
        .recv_timeout(std::time::Duration::from_secs(30))
        .unwrap();
    assert!(told.contains("this is no ordinary file"), "{told}");
}

#[test]
fn a_cover_that_the_private_page_cannot_show_is_left_out_and_told() {
    let folder = folder(&[SHOP, BOOK, "cover = \"cover.svg\"\n", PRODUCT].concat());
    let large = COVER.replace("/>", &format!("><!-- {} --></svg>", "a".repeat(30_000)));
    fs::write(folder.path().join("cover.svg"), large).unwrap();
    let catalogue = Catalogue::read(&folder.path().join("catalogue.toml")).unwrap();
    let published = catalogue.publish_event(|book, _| Ok::<_, Infallible>(book.to_owned()));
    let published = published.unwrap();
    assert_eq!(published.event["books"]["wip"]["cover"], Value::Null);
    let expected = "`books.wip.cover` is not on the private page, which shows the book's name in its \
                    place: cover.svg: it has 30 KB, and the private page takes 24 KB at most";
    assert!(
        published.warnings[0].starts_with(expected),
        "{:?}",
        published.warnings
    );
}

#[test]
fn the_event_defines_everything_and_takes_away_what_the_file_leaves_out() {
    let folder = folder(FULL);
    let catalogue = Catalogue::read(&folder.path().join("catalogue.toml")).unwrap();
    let key_of = |book: &str, path: &Path| {
        let name = path.file_name().unwrap().display();
        Ok::<_, Infallible>(format!("{book}/{name}"))
    };
    let published = catalogue.publish_event(key_of).unwrap();
    assert_eq!(published.warnings, Vec::<String>::new());
    assert_eq!(
        published.event,
        json!({
            "shop": { "accent": "#17594a", "author": "Ada Winters", "language": "en" },
            "books": {
                "wip": {
                    "name": "Writing Idiomatic Python", "version": "2nd edition",
                    "author": "Ada & Bo", "language": "en-GB", "accent": null, "thanks": "**Thank you!**",
                    "cover": "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4=",
                    "files": [
                        { "key": "wip/2e.pdf", "name": "pdf", "label": null },
                        { "key": "wip/2e.epub", "name": "epub", "label": null },
                        { "key": "wip/code.zip", "name": "code", "label": "All the code" },
                    ],
                },
                "fluent": {
                    "name": "Fluent", "version": "1", "author": null, "language": null, "accent": null, "thanks": null,
                    "cover": null,
                    "files": [{ "key": "fluent/2e.pdf", "name": "pdf", "label": null }],
                },
            },
            "products": {
                "both": {
                    "books": [{ "book": "wip", "files": ["pdf", "code"] }, "fluent"],
                    "price": "2900 JPY", "downloads": 50, "name": "Two books", "for_sale": false,
                    "tax_code": "txcd_10305001", "tax_behavior": "exclusive",
                },
                "wip-pdf": {
                    "book": "wip", "files": ["pdf"], "price": "19.00 USD", "downloads": 5,
                    "name": null, "for_sale": true,
                    "tax_code": "txcd_10302000", "tax_behavior": "inclusive",
                },
            },
        })
    );
}

#[test]
fn a_key_names_the_content() {
    let folder = folder("");
    let path = folder.path().join("books/2e.pdf");
    let key = content_key("wip", &path).unwrap();
    assert!(BookKey::parse(&key).is_some());
    let [books, wip, hash, name] = key.split('/').collect::<Vec<_>>()[..] else {
        panic!("{key}");
    };
    assert_eq!(
        (books, wip, hash.len(), name),
        ("books", "wip", 16, "2e.pdf")
    );
    assert_eq!(content_key("wip", &path).unwrap(), key);
    fs::write(&path, [PDF, b"\n"].concat()).unwrap();
    assert_ne!(content_key("wip", &path).unwrap(), key);
    // The first 16 digits of the SHA-256 of "abc" are known.
    fs::write(&path, "abc").unwrap();
    assert_eq!(
        content_key("wip", &path).unwrap(),
        "books/wip/ba7816bf8f01cfea/2e.pdf"
    );
    assert!(content_key("wip", &folder.path().join("none.pdf")).is_err());
}

#[test]
fn a_file_that_cannot_be_read_is_told() {
    let folder = folder("");
    let none = Catalogue::read(&folder.path().join("none.toml")).unwrap_err();
    assert_eq!(none.0.len(), 1);
    assert!(
        none.to_string().contains("none.toml: it cannot be read: "),
        "{none}"
    );
    fs::write(folder.path().join("latin-1.toml"), b"# caf\xe9").unwrap();
    let latin = Catalogue::read(&folder.path().join("latin-1.toml")).unwrap_err();
    assert!(
        latin
            .to_string()
            .ends_with("it is no text in UTF-8; save it as UTF-8"),
        "{latin}"
    );
}

#[test]
fn prices_are_money() {
    for (price, told) in [
        (
            "29",
            "29 may mean 29.00 USD or 0.29 USD; write \"29.00 USD\"",
        ),
        ("29.5", "29.5 has no currency; write \"29.50 USD\""),
        ("\"29.00\"", "29.00 has no currency; write \"29.00 USD\""),
        (
            "\"29 USD\"",
            "\"29 USD\" is not how money is written here; write \"29.00 USD\"",
        ),
        (
            "29.00 USD",
            "money is written in quotes: price = \"29.00 USD\"",
        ),
        (
            "29,00 # dollars",
            "29,00 has no currency; write \"29.00 USD\"",
        ),
        (
            "\"0.49 USD\"",
            "0.49 USD is less than 0.50 USD, the least that Stripe charges",
        ),
        (
            "\"29.00 XAU\"",
            "Stripe does not charge in XAU; write the price in another currency, as in \"29.00 USD\"",
        ),
        ("\"29 XAU\"", "Stripe does not charge in XAU"),
        ("true", "expected money, such as \"29.00 USD\""),
    ] {
        let is_syntax = ["29.00 USD", "29,00 # dollars"].contains(&price);
        let key = if is_syntax {
            ""
        } else {
            " `products.wip-2e.price`:"
        };
        let told = format!("catalogue.toml:10:{key} {told}");
        is_told(
            "price = \"29.00 USD\"",
            &format!("price = {price}"),
            &[&told],
        );
    }
}

#[test]
fn keys_are_known_and_given_once() {
    is_told(
        "version =",
        "versoin =",
        &[
            "catalogue.toml:4: `books.wip.version`: missing; expected the edition, such as \"1st edition\"",
            "catalogue.toml:6: `books.wip.versoin`: unknown key; did you mean \"version\"?",
        ],
    );
    is_told(
        "book = \"wip\"",
        "book = \"wip\"\ncurrency = \"USD\"",
        &[
            "catalogue.toml:10: `products.wip-2e.currency`: unknown key; known here: book, books, \
           files, price, tax_code, tax_behavior, downloads, name, for_sale",
        ],
    );
    is_told(
        "{ path = \"books/2e.pdf\" }",
        "{ path = \"books/2e.pdf\", pages = 3 }",
        &[
            "catalogue.toml:7: `books.wip.files[0].pages`: unknown key; known here: path, name, label",
        ],
    );
    is_told(
        "[products",
        "[shops]\n[products",
        &["catalogue.toml:8: `shops`: unknown key; did you mean \"shop\"?"],
    );
    is_told(
        "author = \"Ada Winters\"",
        "author = \"Ada Winters\"\nauthor = \"Bo\"",
        &["catalogue.toml:3: `shop.author`: given twice; it is in line 2, too"],
    );
    is_told(
        "[products",
        "[books.wip]\n[products",
        &["catalogue.toml:8: `books.wip`: given twice; it is in line 4, too"],
    );
}

/// Every key that is required, with what stands in its place.
#[test]
fn what_is_missing_is_told() {
    for (line, told) in [
        (
            "author = \"Ada Winters\"\n",
            "catalogue.toml:1: `shop.author`: missing; expected the author's name, such as \"Ada Winters\"",
        ),
        (
            "language = \"en\"\n",
            "catalogue.toml:1: `shop.language`: missing; expected a language, such as \"en\"",
        ),
        (
            "name = \"Writing Idiomatic Python\"\n",
            "catalogue.toml:4: `books.wip.name`: missing; expected the title, such as \"My Book\"",
        ),
        (
            "version = \"2nd edition\"\n",
            "catalogue.toml:4: `books.wip.version`: missing; expected the edition, such as \"1st edition\"",
        ),
        (
            "files = [{ path = \"books/2e.pdf\" }, { path = \"books/2e.epub\" }]\n",
            "catalogue.toml:4: `books.wip.files`: missing; expected the book's files, such as [{ path = \"my-book.pdf\" }]",
        ),
        (
            "book = \"wip\"\n",
            "catalogue.toml:8: `products.wip-2e.book`: missing; expected the id of a book of this file",
        ),
        (
            "price = \"29.00 USD\"\n",
            "catalogue.toml:8: `products.wip-2e.price`: missing; expected money, such as \"29.00 USD\"",
        ),
        (
            SHOP,
            "catalogue.toml:1: `shop`: missing; expected a section [shop] with author and language",
        ),
    ] {
        is_told(line, "", &[told]);
    }
    let problems = read(SHOP).unwrap_err();
    assert_eq!(
        problems,
        "catalogue.toml:1: `books`: missing; expected a section for each book, such as [books.my-book]"
    );
}

/// Every key with values that it does not take: section, line, and what the author is told.
const VALUES: &str = r##"
shop | author = "" | expected one line of 1 to 200 characters
shop | author = ["Ada"] | expected text in quotes, not a list
shop | language = "English" | expected a language as BCP 47 names it, such as "en" or "pt-BR"
shop | language = "en_US" | expected a language as BCP 47 names it, such as "en" or "pt-BR"
shop | language = "de-DEE" | expected a language as BCP 47 names it, such as "en" or "pt-BR"
shop | accent = "green" | expected a colour of six hexadecimal digits, such as "#17594a"
shop | accent = "#abc" | expected a colour of six hexadecimal digits, such as "#17594a"
shop | accent = 17594 | expected text in quotes; write "17594"
shop | url = "shop.example.com" | expected an address without ? and #, such as "https://example.com/book"
shop | url = "ftp://shop.example.com" | expected an address without ? and #, such as "https://example.com/book"
shop | page = "https://ada.example/?book=1" | expected an address without ? and #, such as "https://example.com/book"
shop | prose = "cover.svg" | there is no folder "cover.svg"; paths begin in the folder of this file
books.wip | name = "a\nb" | expected one line of 1 to 200 characters
books.wip | name = "fdp\u202Eexe" | U+202E turns the direction of writing; leave it out
books.wip | author = "\u2067Ada" | U+2067 turns the direction of writing; leave it out
books.wip | version = 2.1 | expected text in quotes; write "2.1"
books.wip | version = 2026-11-26 | expected text in quotes; write "2026-11-26"
books.wip | author = { name = "Ada" } | expected text in quotes, not a section
books.wip | language = "EN" | expected a language as BCP 47 names it, such as "en" or "pt-BR"
books.wip | cover = "books/2e.pdf" | expected an image: one of svg, png, jpg, jpeg, webp, avif, gif
books.wip | cover = "Cover.svg" | there is no file "Cover.svg"; paths begin in the folder of this file; did you mean "cover.svg"?
books.wip | description = "a\n\nb" | expected one paragraph of plain text
books.wip | description = "" | expected one paragraph of plain text
books.wip | thanks = " " | expected Markdown of 1 to 10,000 characters
books.wip | files = [] | expected a list, such as [{ path = "my-book.pdf" }]
books.wip | files = "books/2e.pdf" | expected a list, such as [{ path = "my-book.pdf" }]
products.wip-2e | downloads = 0 | expected a number from 1 to 1000
products.wip-2e | downloads = 1001 | expected a number from 1 to 1000
products.wip-2e | downloads = "5" | expected a number from 1 to 1000
products.wip-2e | name = "" | expected one line of 1 to 200 characters
products.wip-2e | for_sale = "no" | expected true or false, without quotes
products.wip-2e | book = "wpi" | there is no book "wpi" in this file; did you mean "wip"?
products.wip-2e | book = "other" | there is no book "other" in this file
products.wip-2e | files = [] | expected a list, such as ["pdf"]
products.wip-2e | files = "pdf" | expected a list, such as ["pdf"]
"##;

#[test]
fn every_value_is_checked() {
    let whole = [SHOP, BOOK, PRODUCT].concat();
    for case in VALUES.lines().skip(1) {
        let [section, line, told] = case.split(" | ").collect::<Vec<_>>()[..] else {
            panic!("{case}");
        };
        let key = line.split(" = ").next().unwrap();
        let header = format!("[{section}]\n");
        let (before, after) = whole.split_once(&header).unwrap();
        // The line stands in place of the one that gives the key, or below the header.
        let given = after.split("\n[").next().unwrap().lines();
        let given = given.filter(|given| given.starts_with(&format!("{key} =")));
        let after = given.fold(after.to_owned(), |after, given| {
            after.replacen(given, "", 1)
        });
        let source = format!("{before}{header}{line}\n{after}");
        let number = before.lines().count() + 2;
        let told = format!("catalogue.toml:{number}: `{section}.{key}`: {told}");
        assert_eq!(read(&source).unwrap_err(), told);
    }
}

#[test]
fn a_name_for_several_books_is_missed_beside_other_mistakes() {
    let product = "[products.both]\nbooks = [\"wip\", \"other\"]\nprice = \"29.00\"\n";
    let problems = read(&[SHOP, BOOK, product].concat()).unwrap_err();
    let told: Vec<_> = problems.lines().collect();
    assert_eq!(
        told,
        [
            "catalogue.toml:8: `products.both.name`: missing; expected what the checkout calls these \
             books together, such as \"Both books\"",
            "catalogue.toml:9: `products.both.books[1]`: there is no book \"other\" in this file",
            "catalogue.toml:10: `products.both.price`: 29.00 has no currency; write \"29.00 USD\"",
        ]
    );
}

/// Items of `files`, with the key that is wrong, and what the author is told.
const FILES: &str = r#"
{ path = "books/2e.PDF" } | .path | there is no file "books/2e.PDF"; paths begin in the folder of this file; did you mean "books/2e.pdf"?
{ path = "2e.pdf" } | .path | there is no file "2e.pdf"; paths begin in the folder of this file
{ path = "books/empty.pdf" } | .path | the file is empty
{ path = "books/web.pdf" } | .path | the file is not what its ending says: a PDF begins with `%PDF-`
{ path = "books/README" } | .path | a file's ending says what it is, such as .pdf or .epub
{ path = "books" } | .path | a file's ending says what it is, such as .pdf or .epub
{ path = "books\\2e.pdf" } | .path | write / between folders, not \
{ path = "books/2e.pdf", name = "The PDF" } | .name | expected 1 to 32 of a-z, 0-9 and -; write "the-pdf"
{ path = "books/2e.pdf", label = "" } | .label | expected one line of 1 to 200 characters
{ name = "pdf" } | .path | missing; expected a path, such as "my-book.pdf"
"books/2e.pdf" |  | a file is written { path = "books/2e.pdf" }
3 |  | expected { … }
"#;

#[test]
fn every_file_is_looked_at() {
    for case in FILES.lines().skip(1) {
        let [file, key, told] = case.split(" | ").collect::<Vec<_>>()[..] else {
            panic!("{case}");
        };
        let told = format!("catalogue.toml:7: `books.wip.files[0]{key}`: {told}");
        is_told("{ path = \"books/2e.pdf\" }", file, &[&told]);
    }
}

#[test]
fn a_folder_with_an_ending_is_no_file() {
    let folder = folder(&[SHOP, BOOK].concat().replace("2e.pdf", "folder.pdf"));
    fs::create_dir(folder.path().join("books/folder.pdf")).unwrap();
    let problems = Catalogue::read(&folder.path().join("catalogue.toml")).unwrap_err();
    assert_eq!(problems.0.len(), 1);
    assert_eq!(problems.0[0].message, "this is a folder; name a file in it");
    assert_eq!(problems.0[0].place, Some((7, 19)));
}

#[test]
fn two_files_of_one_name_are_refused() {
    is_told(
        "books/2e.epub",
        "books/2e.pdf",
        &[
            "catalogue.toml:7: `books.wip.files[1]`: another file of this book is called \"pdf\", \
           too; give one of them a `name` of its own, such as name = \"pdf-2\"",
        ],
    );
}

#[test]
fn ids_are_fit_for_a_form() {
    for (id, advice) in [
        ("WIP_2E", "; write \"wip-2e\""),
        ("-wip", "; write \"wip\""),
        ("\"my book\"", "; write \"my-book\""),
        ("\"本\"", ""),
    ] {
        let told = format!(
            "catalogue.toml:8: `products.{}`: expected an id of 1 to 64 of a-z, 0-9 and -, not \
             beginning with -{advice}",
            id.replace('"', "")
        );
        is_told("[products.wip-2e]", &format!("[products.{id}]"), &[&told]);
    }
    is_told(
        "[products.wip-2e]",
        "[products]\nwip = 3\n[products.wip-2e]",
        &["catalogue.toml:9: `products.wip`: expected a section [products.wip]"],
    );
}

#[test]
fn a_product_names_books_and_their_files() {
    is_told(
        "book = \"wip\"",
        "book = \"wip\"\nfiles = [\"pdf\", \"mobi\", \"pdf\"]",
        &[
            "catalogue.toml:10: `products.wip-2e.files[1]`: \"wip\" has no file called \"mobi\"; its files: pdf, epub",
            "catalogue.toml:10: `products.wip-2e.files[2]`: \"pdf\" is named twice",
        ],
    );
    is_told(
        "book = \"wip\"",
        "book = \"wip\"\nbooks = [\"wip\"]",
        &["catalogue.toml:10: `products.wip-2e.books`: write `book` or `books`, not both"],
    );
    is_told(
        "book = \"wip\"",
        "books = [\"wip\", { book = \"wip\", files = [\"pfd\"] }, 3]",
        &[
            "catalogue.toml:8: `products.wip-2e.name`: missing; expected what the checkout calls these books together, such as \"Both books\"",
            "catalogue.toml:9: `products.wip-2e.books[1].files[0]`: \"wip\" has no file called \"pfd\"; its files: pdf, epub",
            "catalogue.toml:9: `products.wip-2e.books[2]`: expected text in quotes; write \"3\"",
        ],
    );
    is_told(
        "book = \"wip\"",
        "books = [\"wip\", \"wip\"]",
        &[
            "catalogue.toml:8: `products.wip-2e.name`: missing; expected what the checkout calls these books together, such as \"Both books\"",
            "catalogue.toml:9: `products.wip-2e.books[1]`: \"wip\" is named twice",
        ],
    );
    is_told(
        "book = \"wip\"",
        "books = [\"wip\"]\nfiles = [\"pdf\"]",
        &[
            "catalogue.toml:10: `products.wip-2e.files`: say it of the book it belongs to: books = [{ book = \"…\", files = […] }, …]",
        ],
    );
    // The names of a book whose files are wrong are not known, and not complained about.
    is_told(
        "{ path = \"books/2e.epub\" }]\n",
        "3]\n[products.a]\nbook = \"wip\"\nfiles = [\"mobi\"]\nprice = \"1.00 USD\"\n",
        &["catalogue.toml:7: `books.wip.files[1]`: expected { … }"],
    );
}

#[test]
fn what_is_no_toml_is_told_for_each_section_and_hides_nothing_else() {
    let source = "\
[shop]
author = Ada
language = \"en\"
[books.wip
name = \"x\"
[books.a]
name = 'unclosed
[books.b]
name = \"b\"
version = \"C:\\books\\x\"
[products.a]
book = \"wip\"
price = 29
for_sale = True
[products.b]
book = \"wip\"
price = 29
";
    assert_eq!(
        read(source).unwrap_err().lines().collect::<Vec<_>>(),
        [
            "catalogue.toml:2: text is written in quotes: author = \"Ada\"",
            "catalogue.toml:4: this is no TOML: unclosed table, expected `]`",
            "catalogue.toml:7: this is no TOML: invalid literal string, expected `'`",
            "catalogue.toml:10: in double quotes \\ begins a special character; in paths write /",
            "catalogue.toml:14: expected true or false, in lower case",
            "catalogue.toml:17: `products.b.price`: 29 may mean 29.00 USD or 0.29 USD; write \"29.00 USD\"",
        ]
    );
}

#[test]
fn a_terrible_file() {
    let problems = read(include_str!("terrible.toml")).unwrap_err();
    insta::assert_snapshot!(problems);
}

/// The reader names the keys that it knows to whoever uses another one.
#[test]
fn the_document_has_a_row_for_every_key() {
    let document = include_str!("../../docs/catalogue.md");
    let unknown = "what-is-this = 1";
    let whole = [SHOP, BOOK, PRODUCT].concat();
    let problems = read(
        &whole
            .replace("]\n", &format!("]\n{unknown}\n"))
            .replace("2e.pdf\"", &format!("2e.pdf\", {unknown}")),
    );
    let problems = problems.unwrap_err();
    let known = problems
        .lines()
        .filter_map(|line| line.split_once("known here: "));
    let known: Vec<_> = known.flat_map(|(_, keys)| keys.split(", ")).collect();
    let rows = document.lines().filter_map(|line| line.strip_prefix("| `"));
    let described: Vec<_> = rows
        .filter_map(|row| row.split(" | ").next())
        .flat_map(|keys| keys.split(", "))
        .map(|key| key.trim_matches('`'))
        .collect();
    assert_eq!(described.len(), known.len(), "{known:?}");
    for key in known {
        assert!(described.contains(&key), "{key}");
    }
}

/// Any value for a known key, and any line: problems, but no panic, and all within the file.
fn source() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just("29".to_owned()),
        Just("\"wip\"".to_owned()),
        Just("[\"pdf\", {}]".to_owned()),
        Just("{ book = \"wip\" }".to_owned()),
        Just("\"\"\"\n[shop]\n\"\"\"".to_owned()),
        Just("\"é".to_owned()),
        "[ -~é]{0,12}",
    ];
    let key = "author|language|accent|url|page|prose|name|version|cover|description|thanks|files|\
               book|books|price|downloads|for_sale|[a-z.]{1,4}";
    let header =
        "\\[(shop|books\\.wip|products\\.a|books|\\[books\\.wip\\.files\\]|[ -~]{0,6})\\]?";
    let line = prop_oneof![
        2 => (key, value).prop_map(|(key, value)| format!("{key} = {value}")),
        1 => header.prop_map(|header| header),
    ];
    prop::collection::vec(line, 0..12).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_file_is_read_or_refused_with_places_in_it(source in source()) {
        let folder = folder(&source);
        if let Err(problems) = Catalogue::read(&folder.path().join("catalogue.toml")) {
            prop_assert!(!problems.0.is_empty());
            let lines = source.split('\n').count();
            for problem in problems.0 {
                let (line, column) = problem.place.unwrap();
                prop_assert!((1..=lines).contains(&line) && column >= 1, "{problem}");
                prop_assert!(!problem.message.is_empty());
            }
        }
    }

    /// A catalogue that is right is published as it was read.
    #[test]
    fn what_is_read_is_published(
        name in "[^\\pC\\p{Zl}\\p{Zp}\"\\\\]{1,40}[a-z]",
        cents in 50_u64..99_999_999,
        downloads in 1_u32..=1000,
        for_sale: bool,
    ) {
        let price = format!("{}.{:02} USD", cents / 100, cents % 100);
        let product = PRODUCT.replace("29.00 USD", &price);
        let source = format!(
            "{SHOP}{}{product}downloads = {downloads}\nfor_sale = {for_sale}\n",
            BOOK.replace("Writing Idiomatic Python", &name),
        );
        let catalogue = read(&source).unwrap();
        let event = catalogue.publish_event(|book, _| Ok::<_, Infallible>(book.to_owned()));
        let event = event.unwrap().event;
        prop_assert_eq!(&event["books"]["wip"]["name"], &Value::from(name));
        let product = &event["products"]["wip-2e"];
        prop_assert_eq!(&product["price"], &Value::from(price));
        prop_assert_eq!(&product["downloads"], &Value::from(downloads));
        prop_assert_eq!(&product["for_sale"], &Value::from(for_sale));
    }
}
