//! Texts that are no catalogue, and any text at all.

use std::convert::Infallible;

use catalogue::Catalogue;
use proptest::prelude::*;
use serde_json::Value;

use super::{BOOK, PRODUCT, SHOP, folder, read};

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
