//! Keys and values that are refused, each with its place.

use super::{BOOK, PRODUCT, SHOP, is_told, read};

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
