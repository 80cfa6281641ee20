use serde_json::json;

use super::*;

fn problems(event: &Value) -> String {
    read(event).unwrap_err().to_string()
}

#[test]
fn the_example_is_correct() {
    let event = read(&serde_json::from_str(EXAMPLE).unwrap()).unwrap();
    assert_eq!((event.books.len(), event.products.len()), (1, 2));
}

#[test]
fn every_wrong_field_is_named_at_once_with_a_correct_event() {
    let message = problems(&json!({
        "shop": {"author": "a\nb", "language": "English", "accent": "green", "colour": "#17594a"},
        "books": {
            "A b": {},
            "wip": {
                "name": null, "version": 2, "author": ["Ada"], "files": [],
                "edition": 2,
            },
            "fluent": {"rename_edition": true, "name": "fdp\u{202e}exe"},
            "list": [],
        },
        "products": {
            "a": {"price": 29, "downloads": 0, "for_sale": "no"},
            "b": {"book": "wip", "books": ["wip"], "price": null},
            "c": {"books": ["wip", {"book": "wip"}], "files": ["pdf"]},
            "d": {"books": [7, {"files": ["pdf"]}, {"book": "wip", "files": []}]},
            "e": {"book": "wip", "files": "pdf", "prize": "29.00 USD"},
            "f": {"price": ["29.00 USD"], "tax_code": "e-book", "tax_behavior": "none"},
        },
        "dry_run": "true",
    }));
    for part in [
        "`shop.author`: expected one line of 1 to 200 characters",
        "`shop.language`: expected a language, such as \"en\"",
        "`shop.accent`: expected a colour of six hexadecimal digits, such as \"#17594a\"",
        "`shop.colour`: there is no such field; expected `author`, `language`, `accent`",
        "`books.A b`: expected an id of 1 to 64 lower-case letters",
        "`books.wip.name`: found null, and it cannot be taken away",
        "`books.wip.version`: expected one line of 1 to 200 characters, in quotes, found a number",
        "`books.wip.author`: expected one line of 1 to 200 characters, in quotes, found a list",
        "`books.wip.files`: expected the book's files, such as [{\"key\": \"wip/2e.pdf\"}], found none",
        "`books.wip.edition`: there is no such field",
        "`books.fluent.name`: expected one line of 1 to 200 characters, without U+202E, which turns",
        "`books.fluent.rename_edition`: expected together with `version`",
        "`books.list`: expected a book, such as {\"name\": \"My Book\"}, found a list",
        "`products.a.price`: 29 may mean 29.00 USD or 0.29 USD; write \"29.00 USD\"",
        "`products.a.downloads`: expected a whole number of downloads from 1 to 1000",
        "`products.a.for_sale`: expected true or false, without quotes, found a text",
        "`products.b.books`: expected `book` or `books`, found both",
        "`products.b.price`: found null",
        "`products.c.books[1]`: `wip` is listed twice",
        "`products.c.files`: expected in the book that it belongs to",
        "`products.d.books[0]`: expected the id of a book, or {\"book\": \"wip\"",
        "`products.d.books[1].book` is missing: expected the id of a book",
        "`products.d.books[2].files`: expected names of files of the book, such as [\"pdf\"], found none",
        "`products.e.files`: expected names of files of the book, such as [\"pdf\"], found a text",
        "`products.e.prize`: there is no such field; expected `book`, `books`, `files`, `price`",
        "`products.f.price`: expected a price, such as \"29.00 USD\"",
        "`dry_run`: expected true or false, without quotes, found a text",
        "Nothing was changed",
        "A right event: {",
    ] {
        assert!(message.contains(part), "{part} is not in: {message}");
    }
}

#[test]
fn what_is_no_event_is_refused() {
    for (event, part) in [
        (json!({}), "Expected `shop`, `books` or `products`"),
        (
            json!({"dry_run": true}),
            "Expected `shop`, `books` or `products`",
        ),
        (json!([]), "Expected an object in braces, found a list"),
        (json!(null), "Expected an object in braces, found null"),
        (
            json!({"products": []}),
            "`products`: expected products by their ids",
        ),
        (
            json!({"products": [{"id": "wip-2e"}]}),
            "such as {\"wip-2e\": {\"price\": \"29.00 USD\"}}, found a list",
        ),
    ] {
        let message = problems(&event);
        assert!(message.contains(part), "{message}");
        for word in ["u64", "struct", "invalid type", "sequence"] {
            assert!(!message.contains(word), "{message}");
        }
    }
}

#[test]
fn a_price_is_money_that_stripe_charges() {
    for (price, why) in [
        (json!(29.5), "29.5 has no currency; write \"29.50 USD\""),
        (
            json!(2900),
            "2900 may mean 2900.00 USD or 29.00 USD; write \"29.00 USD\"",
        ),
        (json!("0.49 USD"), "0.49 USD is less than 0.50 USD"),
        (
            json!("2900.50 ISK"),
            "2900.50 ISK is no multiple of 1.00 ISK",
        ),
        (json!("29 XAU"), "Stripe does not charge in XAU"),
        (json!("0.00 USD"), "0.00 USD is no price"),
    ] {
        let message = problems(&json!({"products": {"a": {"price": price}}}));
        let part = format!("`products.a.price`: {why}");
        assert!(message.contains(&part), "{part} is not in: {message}");
    }
}

#[test]
fn null_takes_an_optional_field_away_and_what_is_not_named_is_kept() {
    let event = json!({
        "books": {"wip": {"author": null, "language": "de"}},
        "products": {"a": {"downloads": null, "files": null}},
    });
    let event = read(&event).unwrap();
    let book = event.books.values().next().unwrap();
    assert_eq!(book.author, Patch::Remove);
    assert_eq!(book.language.apply(None).unwrap().as_str(), "de");
    assert!(book.name.is_none() && book.files.is_none());
    let product = event.products.values().next().unwrap();
    assert_eq!(product.name, Patch::Keep);
    assert_eq!(product.downloads.apply_or(50, 5), 5);
    assert!(!product.for_sale.apply_or(false, true));
    assert_eq!(product.files, Patch::Remove);
}
