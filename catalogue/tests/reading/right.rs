//! Catalogues that are read, and the event that is made of them.

use std::{convert::Infallible, fs, path::Path};

use bookstall::domain::book_file::BookKey;
use catalogue::{Catalogue, event::content_key};
use serde_json::{Value, json};

use super::{BOOK, COVER, EPUB, PDF, PRODUCT, SHOP, folder, read};

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

/// The reader names the keys that it knows to whoever uses another one.
#[test]
fn the_document_has_a_row_for_every_key() {
    let document = include_str!("../../../docs/catalogue.md");
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
