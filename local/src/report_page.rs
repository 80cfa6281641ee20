//! `GET /local/report`: invokes `report`, and shows the page that it made below a form in which other
//! days and a product can be chosen.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    http::{StatusCode, header::CONTENT_SECURITY_POLICY},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use bookstall::runtime::invocation::EventError;
use report::Report;
use serde_json::json;

use crate::functions::Functions;

/// The page has one style of its own, a form, no scripts, and the report in a frame.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
    frame-src http: https:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The form, and below it the report or why there is none.
#[derive(Template, Default)]
#[template(path = "report/page.html")]
struct ReportPage {
    asked: Asked,
    /// The ids of the products that were sold.
    products: Vec<String>,
    /// The link to the report; absent if there is none.
    report: Option<String>,
    /// Whether the query was wrong.
    is_refused: bool,
    problems: Vec<String>,
}

/// What stands in the fields of the form.
#[derive(Default)]
struct Asked {
    from: String,
    to: String,
    product_id: String,
}

/// Serves `/local/report`. Its query is the event: `?from=2026-11-01`. Empty fields are left out.
pub(crate) fn router(functions: Functions) -> Router {
    Router::new()
        .route("/local/report", get(show))
        .with_state(functions)
}

async fn show(
    State(functions): State<Functions>,
    Query(mut event): Query<BTreeMap<String, String>>,
) -> Response {
    event.retain(|_, value| !value.is_empty());
    let field = |name: &str| event.get(name).cloned().unwrap_or_default();
    let asked = Asked {
        from: field("from"),
        to: field("to"),
        product_id: field("product_id"),
    };
    let failed = |is_refused, problems| ReportPage {
        asked,
        is_refused,
        problems,
        ..ReportPage::default()
    };
    let (status, page) = match functions.report(json!(event)).await {
        Ok(report) => (StatusCode::OK, found(report)),
        Err(EventError::Wrong { problems, .. }) => {
            (StatusCode::BAD_REQUEST, failed(true, problems))
        }
        Err(EventError::Conflict) => {
            let problems = vec![EventError::Conflict.to_string()];
            (StatusCode::BAD_GATEWAY, failed(false, problems))
        }
        Err(EventError::Unchanged(failure) | EventError::Failed(failure)) => {
            let problems = vec![failure.to_string()];
            (StatusCode::BAD_GATEWAY, failed(false, problems))
        }
    };
    match page.render() {
        Ok(page) => (status, [(CONTENT_SECURITY_POLICY, POLICY)], Html(page)).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn found(report: Report) -> ReportPage {
    let figures = report.figures;
    let products = figures.by_product.into_iter();
    ReportPage {
        asked: Asked {
            from: figures.from,
            to: figures.to,
            product_id: figures.product_id.unwrap_or_default(),
        },
        products: products.map(|line| line.product_id).collect(),
        report: Some(report.page),
        ..ReportPage::default()
    }
}
