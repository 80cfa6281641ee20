//! `GET /local/report`: invokes `report` and redirects to the page that it made.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    http::{StatusCode, header::CONTENT_SECURITY_POLICY},
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use bookstall::runtime::{clock, invocation::EventError};
use serde_json::json;

use crate::functions::Functions;

/// The page has one style of its own and no scripts.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
    form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// The page that says why there is no report.
#[derive(Template)]
#[template(path = "report/failed.html")]
struct FailedPage {
    /// Whether the query was wrong.
    is_refused: bool,
    problems: Vec<String>,
    /// A day for the example.
    today: String,
}

/// Serves `/local/report`. Its query is the event: `?from=2026-11-01`.
pub(crate) fn router(functions: Functions) -> Router {
    Router::new()
        .route("/local/report", get(report))
        .with_state(functions)
}

async fn report(
    State(functions): State<Functions>,
    Query(event): Query<BTreeMap<String, String>>,
) -> Response {
    match functions.report(json!(event)).await {
        Ok(report) => Redirect::to(&report.page).into_response(),
        Err(EventError::Wrong { problems, .. }) => failed_page(true, problems),
        Err(EventError::Conflict) => failed_page(false, vec![EventError::Conflict.to_string()]),
        Err(EventError::Unchanged(failure) | EventError::Failed(failure)) => {
            failed_page(false, vec![failure.to_string()])
        }
    }
}

fn failed_page(is_refused: bool, problems: Vec<String>) -> Response {
    let status = if is_refused {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::BAD_GATEWAY
    };
    let page = FailedPage {
        is_refused,
        problems,
        today: clock::now().date().to_string(),
    };
    match page.render() {
        Ok(page) => (status, [(CONTENT_SECURITY_POLICY, POLICY)], Html(page)).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
