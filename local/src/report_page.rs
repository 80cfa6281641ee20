//! `GET /local/report`: invokes `report` and redirects to the page that it made.

use std::collections::BTreeMap;

use axum::{
    Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde_json::json;

use crate::functions::{Function, Functions};

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
    let answer = functions.invoke(Function::Report, json!(event)).await;
    match answer {
        Ok(answer) => Redirect::to(answer["page"].as_str().unwrap_or("/")).into_response(),
        Err(error) => {
            let status = match error.error_type.as_str() {
                "WrongEvent" => StatusCode::BAD_REQUEST,
                _ => StatusCode::BAD_GATEWAY,
            };
            (status, error.error_message).into_response()
        }
    }
}
