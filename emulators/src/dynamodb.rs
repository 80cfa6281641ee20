//! The emulator of DynamoDB: dynoxide with the shop's three tables.

use std::path::Path;

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{StatusCode, header::HOST},
    response::{IntoResponse, Response},
    routing::get,
};
use dynoxide::{Database, ImportOptions, Item};
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::http_client::{HttpClient, http_client};

/// The name of the catalogue table.
pub const CATALOGUE_TABLE: &str = "bookstall-catalogue";
/// The name of the purchases table.
pub const PURCHASES_TABLE: &str = "bookstall-purchases";
/// The name of the table of page views.
pub const VIEWS_TABLE: &str = "bookstall-views";
/// The name of the database's file in the directory of the state.
pub const FILE: &str = "dynamodb.sqlite";

/// Opens the database in a file, or in memory if there is none, and creates the tables that it lacks.
pub fn open(file: Option<&Path>) -> Result<Database, String> {
    let database = match file {
        Some(file) => {
            check(file)?;
            Database::new(&file.to_string_lossy())
        }
        None => Database::memory(),
    }
    .map_err(|error| error.to_string())?;
    let known = database
        .list_tables(parse(json!({}))?)
        .map_err(|error| error.to_string())?;
    for table in [catalogue_table(), purchases_table(), views_table()] {
        if !known
            .table_names
            .iter()
            .any(|name| table["TableName"] == **name)
        {
            database
                .create_table(parse(table)?)
                .map_err(|error| error.to_string())?;
        }
    }
    Ok(database)
}

/// Writes items into a table in bulk. No shop may have the file open.
pub fn import(
    file: &Path,
    table: &str,
    items: impl IntoIterator<Item = Value>,
) -> Result<(), String> {
    const AT_ONCE: usize = 10_000;
    let database = open(Some(file))?;
    database
        .enable_bulk_loading()
        .map_err(|error| error.to_string())?;
    let mut items = items.into_iter().map(parse::<Item>).peekable();
    while items.peek().is_some() {
        let some = items.by_ref().take(AT_ONCE).collect::<Result<_, _>>()?;
        database
            .import_items(table, some, ImportOptions::default())
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Checks the whole file for damage, which requests would otherwise find one by one.
fn check(file: &Path) -> Result<(), String> {
    let Ok(metadata) = file.metadata() else {
        return Ok(());
    };
    let result = if metadata.len() == 0 {
        Ok("it is empty".to_owned())
    } else {
        Connection::open(file)
            .and_then(|database| database.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)))
    };
    let cause = match result {
        Ok(result) if result == "ok" => return Ok(()),
        Ok(result) => result.replace('\n', " "),
        Err(error) => error.to_string(),
    };
    Err(format!("{} is damaged: {cause}", file.display()))
}

fn parse<T: serde::de::DeserializeOwned>(request: Value) -> Result<T, String> {
    serde_json::from_value(request).map_err(|error| error.to_string())
}

/// Returns the catalogue table as a request of `CreateTable`. A test compares it with `template.yaml`.
#[must_use]
pub fn catalogue_table() -> Value {
    json!({
        "TableName": CATALOGUE_TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    })
}

/// Returns the purchases table as a request of `CreateTable`. A test compares it with
/// `template.yaml`.
#[must_use]
pub fn purchases_table() -> Value {
    json!({
        "TableName": PURCHASES_TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "book_id", "AttributeType": "S"},
            {"AttributeName": "edition", "AttributeType": "N"},
            {"AttributeName": "email", "AttributeType": "S"},
            {"AttributeName": "reference", "AttributeType": "S"},
            {"AttributeName": "bought_at", "AttributeType": "S"},
            {"AttributeName": "month", "AttributeType": "S"},
            {"AttributeName": "owes_agreement_mail", "AttributeType": "S"},
            {"AttributeName": "owes_withdrawal_mail", "AttributeType": "S"},
            {"AttributeName": "owes_return_notice", "AttributeType": "S"},
        ],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by_book",
                "KeySchema": [
                    {"AttributeName": "book_id", "KeyType": "HASH"},
                    {"AttributeName": "edition", "KeyType": "RANGE"},
                ],
                "Projection": {
                    "ProjectionType": "INCLUDE",
                    "NonKeyAttributes": [
                        "email", "edition_bought", "refunded_at", "suspended_at",
                        "unsubscribed_at", "mail_refused_at", "is_test", "imported_from",
                    ],
                },
            },
            {
                "IndexName": "by_email",
                "KeySchema": [
                    {"AttributeName": "email", "KeyType": "HASH"},
                    {"AttributeName": "bought_at", "KeyType": "RANGE"},
                ],
                "Projection": {
                    "ProjectionType": "INCLUDE",
                    "NonKeyAttributes": [
                        "book_id", "refunded_at", "suspended_at", "unsubscribed_at",
                    ],
                },
            },
            {
                "IndexName": "by_reference",
                "KeySchema": [{"AttributeName": "reference", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
            {
                "IndexName": "by_month",
                "KeySchema": [
                    {"AttributeName": "month", "KeyType": "HASH"},
                    {"AttributeName": "bought_at", "KeyType": "RANGE"},
                ],
                "Projection": {
                    "ProjectionType": "INCLUDE",
                    "NonKeyAttributes": [
                        "product_id", "imported_from", "edition_bought", "email", "amount_paid", "currency",
                        "amount_refunded", "refunded_at", "suspended_at", "payment_intent",
                        "mailed_at", "mail_refused_at", "downloads", "variant", "source", "country",
                        "is_test",
                    ],
                },
            },
            {
                "IndexName": "by_owed_agreement_mail",
                "KeySchema": [{"AttributeName": "owes_agreement_mail", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
            {
                "IndexName": "by_owed_withdrawal_mail",
                "KeySchema": [{"AttributeName": "owes_withdrawal_mail", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
            {
                "IndexName": "by_owed_return_notice",
                "KeySchema": [{"AttributeName": "owes_return_notice", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
        ],
    })
}

/// Returns the table of page views as a request of `CreateTable`, with its time to live, which has no
/// effect here. A test compares it with `template.yaml`.
#[must_use]
pub fn views_table() -> Value {
    json!({
        "TableName": VIEWS_TABLE,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "page", "AttributeType": "S"},
            {"AttributeName": "counted", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "page", "KeyType": "HASH"},
            {"AttributeName": "counted", "KeyType": "RANGE"},
        ],
        "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": true},
    })
}

/// Serves the database. Faults need a router, and dynoxide does not make its own public, so requests
/// are forwarded to its server.
pub async fn router(database: Database) -> std::io::Result<Router> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let upstream = format!("http://{}", listener.local_addr()?);
    tokio::spawn(dynoxide::server::serve_with_shutdown(
        listener,
        database,
        std::future::pending(),
    ));
    Ok(Router::new()
        .route("/", get(healthy).fallback(forward))
        .fallback(forward)
        .with_state((http_client(), upstream)))
}

/// Answers as `https://dynamodb.us-east-1.amazonaws.com/` answers whoever opens it, with or without a
/// signature.
async fn healthy() -> &'static str {
    "healthy: dynamodb.us-east-1.amazonaws.com "
}

async fn forward(
    State((client, upstream)): State<(HttpClient, String)>,
    mut request: Request,
) -> Response {
    let bad_gateway = |error: String| (StatusCode::BAD_GATEWAY, error).into_response();
    match format!("{upstream}{}", request.uri()).parse() {
        Ok(url) => *request.uri_mut() = url,
        Err(error) => return bad_gateway(error.to_string()),
    }
    request.headers_mut().remove(HOST);
    match client.request(request).await {
        Ok(response) => response.map(Body::new),
        Err(error) => bad_gateway(error.to_string()),
    }
}
