//! A function that lacks a variable does not start, and names everything that is missing.

use local::functions::Function;

use crate::process::{Process, binary};

/// What each function cannot do without, as the table in docs/configuration.md has it.
const NEEDED: [(Function, &[&str]); 12] = [
    (
        Function::Buy,
        &[
            "CATALOGUE_TABLE",
            "VIEWS_TABLE",
            "BOOK_PAGE_URL",
            "SUPPORT_EMAIL",
            "STRIPE_SECRET_NAME",
            "SHOP_ID",
        ],
    ),
    (
        Function::Fulfil,
        &[
            "CATALOGUE_TABLE",
            "PURCHASES_TABLE",
            "MAIL_FROM",
            "SUPPORT_EMAIL",
            "AUTHOR_EMAIL",
            "BOOK_PAGE_URL",
            "STRIPE_SECRET_NAME",
            "SHOP_ID",
        ],
    ),
    (
        Function::Agree,
        &[
            "CATALOGUE_TABLE",
            "PURCHASES_TABLE",
            "MAIL_FROM",
            "BOOK_PAGE_URL",
            "SUPPORT_EMAIL",
        ],
    ),
    (
        Function::Download,
        &[
            "CATALOGUE_TABLE",
            "PURCHASES_TABLE",
            "BOOKS_BUCKET",
            "BOOK_PAGE_URL",
            "SUPPORT_EMAIL",
        ],
    ),
    (
        Function::Resend,
        &[
            "CATALOGUE_TABLE",
            "PURCHASES_TABLE",
            "MAIL_FROM",
            "BOOK_PAGE_URL",
            "SUPPORT_EMAIL",
        ],
    ),
    (
        Function::Withdraw,
        &[
            "CATALOGUE_TABLE",
            "PURCHASES_TABLE",
            "MAIL_FROM",
            "AUTHOR_EMAIL",
            "BOOK_PAGE_URL",
            "SUPPORT_EMAIL",
            "STRIPE_SECRET_NAME",
            "SHOP_ID",
        ],
    ),
    (
        Function::PushUpdate,
        &[
            "CATALOGUE_TABLE",
            "PURCHASES_TABLE",
            "BOOKS_BUCKET",
            "MAIL_FROM",
            "SUPPORT_EMAIL",
            "SHOP_URL",
        ],
    ),
    (Function::Publish, &["CATALOGUE_TABLE", "BOOKS_BUCKET"]),
    (Function::Import, &["CATALOGUE_TABLE", "PURCHASES_TABLE"]),
    (Function::TrackView, &["CATALOGUE_TABLE", "VIEWS_TABLE"]),
    (
        Function::Support,
        &[
            "CATALOGUE_TABLE",
            "PURCHASES_TABLE",
            "MAIL_FROM",
            "SUPPORT_EMAIL",
            "SHOP_URL",
            "STRIPE_SECRET_NAME",
            "SHOP_ID",
        ],
    ),
    (
        Function::Reconcile,
        &[
            "CATALOGUE_TABLE",
            "PURCHASES_TABLE",
            "MAIL_FROM",
            "SUPPORT_EMAIL",
            "AUTHOR_EMAIL",
            "SHOP_URL",
            "BOOK_PAGE_URL",
            "STRIPE_SECRET_NAME",
            "SHOP_ID",
        ],
    ),
];

#[tokio::test]
async fn a_function_without_its_variables_stops_at_its_start_naming_them_all() {
    for (function, needed) in NEEDED {
        let (status, log) = Process::start(function, &[]).await.end();
        let name = binary(function);
        assert_eq!(status.code(), Some(1), "{name}: {log}");
        for variable in needed {
            let missing = format!("{variable} is missing (");
            assert!(
                log.contains(&missing),
                "{name} does not name {variable}: {log}"
            );
        }
        assert_eq!(log.matches(" is missing (").count(), needed.len(), "{log}");
    }
}

#[tokio::test]
async fn what_is_there_but_wrong_is_named_with_what_is_missing() {
    let variables = [
        ("SHOP_URL", "shop.example"),
        ("TEST_SALES", "all"),
        ("CATALOGUE_TABLE", "catalogue"),
    ];
    let (status, log) = Process::start(Function::PushUpdate, &variables).await.end();
    assert_eq!(status.code(), Some(1));
    for part in [
        "SHOP_URL is not an http or https address",
        "TEST_SALES is neither `count` nor `leave-out`",
        "PURCHASES_TABLE is missing (the DynamoDB table of the purchases)",
    ] {
        assert!(log.contains(part), "{part} is not in: {log}");
    }
    assert!(!log.contains("CATALOGUE_TABLE"), "{log}");
}
