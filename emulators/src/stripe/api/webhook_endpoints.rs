//! The routes of webhook endpoints. <https://docs.stripe.com/api/webhook_endpoints>

use axum::extract::{Path, State};
use axum::{Extension, Json};
use serde_json::{Value, json};

use super::request::{ApiResult, Form, Query};
use super::retrieval::List;
use crate::stripe::api_keys::KeyMode;
use crate::stripe::database::{Tables, WebhookEndpoint, WebhookEndpointStatus, found_mut};
use crate::stripe::emulator::Shared;
use crate::stripe::error::ApiError;
use crate::stripe::expansion::Expansion;
use crate::stripe::json;
use crate::stripe::operations::webhook_endpoints;

/// `POST /v1/webhook_endpoints`
pub(super) async fn create(
    State(emulator): Shared,
    Extension(mode): Extension<KeyMode>,
    Form(parameters): Form,
) -> ApiResult {
    let created = emulator.change(|tables, now| {
        let endpoint = webhook_endpoints::create(tables, &parameters, mode, now)?;
        let mut answer = json::webhook_endpoint(&endpoint);
        // Stripe tells the secret here and never again.
        answer["secret"] = json!(endpoint.secret);
        Ok(answer)
    })?;
    Ok(Json(created))
}

/// `GET /v1/webhook_endpoints`
pub(super) async fn list(
    State(emulator): Shared,
    Extension(mode): Extension<KeyMode>,
    Query(parameters): Query,
) -> ApiResult {
    let list = List::read(
        &parameters,
        &[],
        "webhook_endpoint",
        "/v1/webhook_endpoints",
    )?;
    Ok(list.answer(
        &emulator,
        |tables| &tables.webhook_endpoints,
        |endpoint| is_visible(endpoint, mode),
        |_: &Tables, endpoint, _: &Expansion| json::webhook_endpoint(endpoint),
    )?)
}

/// `GET /v1/webhook_endpoints/{id}`
pub(super) async fn retrieve_one(
    State(emulator): Shared,
    Extension(mode): Extension<KeyMode>,
    Path(id): Path<String>,
    Query(parameters): Query,
) -> ApiResult {
    parameters.allow_only(&[])?;
    let endpoint = emulator.read(|tables| {
        let endpoint = tables.webhook_endpoints.get(&id);
        let endpoint = endpoint.filter(|endpoint| is_visible(endpoint, mode));
        endpoint
            .map(json::webhook_endpoint)
            .ok_or_else(|| missing(&id))
    })?;
    Ok(Json(endpoint))
}

/// `POST /v1/webhook_endpoints/{id}`
pub(super) async fn update(
    State(emulator): Shared,
    Extension(mode): Extension<KeyMode>,
    Path(id): Path<String>,
    Form(parameters): Form,
) -> ApiResult {
    let updated = emulator.change(|tables, _| {
        let endpoint = visible_mut(tables, &id, mode)?;
        webhook_endpoints::update(endpoint, &parameters)?;
        Ok(json::webhook_endpoint(endpoint))
    })?;
    Ok(Json(updated))
}

/// `DELETE /v1/webhook_endpoints/{id}`
pub(super) async fn delete(
    State(emulator): Shared,
    Extension(mode): Extension<KeyMode>,
    Path(id): Path<String>,
) -> ApiResult {
    let deleted: Value = emulator.change(|tables, _| {
        visible_mut(tables, &id, mode)?.status = WebhookEndpointStatus::Deleted;
        Ok(json!({"id": id, "object": "webhook_endpoint", "deleted": true}))
    })?;
    Ok(Json(deleted))
}

fn is_visible(endpoint: &WebhookEndpoint, mode: KeyMode) -> bool {
    endpoint.status != WebhookEndpointStatus::Deleted && endpoint.is_live == mode.is_live()
}

fn visible_mut<'a>(
    tables: &'a mut Tables,
    id: &str,
    mode: KeyMode,
) -> Result<&'a mut WebhookEndpoint, ApiError> {
    let endpoint = tables.webhook_endpoints.get_mut(id);
    found_mut(endpoint.filter(|endpoint| is_visible(endpoint, mode)), id)
}

fn missing(id: &str) -> ApiError {
    ApiError::resource_missing("webhook endpoint", "id", id)
}
