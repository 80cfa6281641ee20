//! Makes and changes webhook endpoints.

use url::Url;

use crate::stripe::api_keys::KeyMode;
use crate::stripe::database::{Tables, WebhookEndpoint, WebhookEndpointStatus};
use crate::stripe::error::ApiError;
use crate::stripe::identifiers::{identifier, signing_secret};
use crate::stripe::parameters::{Parameters, missing};
use crate::stripe::webhooks::is_event_type;

/// How many endpoints a mode has at most. <https://docs.stripe.com/webhooks#register-webhook>
const LIMIT: usize = 16;

/// Makes an endpoint of the key's mode. Unlike Stripe's, that of test mode may be on this machine.
pub(crate) fn create(
    tables: &mut Tables,
    parameters: &Parameters,
    mode: KeyMode,
    now: i64,
) -> Result<WebhookEndpoint, ApiError> {
    parameters.allow_only(&[
        "url",
        "enabled_events[]",
        "api_version",
        "description",
        "metadata[*",
    ])?;
    let url = read_url(parameters, mode)?.ok_or_else(|| missing("url"))?;
    let enabled_events = read_events(parameters)?.ok_or_else(|| missing("enabled_events"))?;
    let endpoint = WebhookEndpoint {
        id: identifier("we"),
        created: now,
        url,
        secret: signing_secret(),
        enabled_events,
        api_version: read_version(parameters)?,
        description: parameters.text("description")?,
        metadata: parameters.metadata("metadata")?,
        is_live: mode.is_live(),
        status: WebhookEndpointStatus::Enabled,
    };
    let others = tables.webhook_endpoints.newest_first().filter(|other| {
        other.is_live == mode.is_live() && other.status != WebhookEndpointStatus::Deleted
    });
    if others.count() >= LIMIT {
        let kind = if mode.is_live() { "" } else { "test " };
        return Err(ApiError::without_code(format!(
            "You have reached the maximum of {LIMIT} {kind}webhook endpoints."
        )));
    }
    tables.webhook_endpoints.put(endpoint.clone());
    Ok(endpoint)
}

/// Changes what may be changed. The version of the API stays.
pub(crate) fn update(
    endpoint: &mut WebhookEndpoint,
    parameters: &Parameters,
) -> Result<(), ApiError> {
    parameters.allow_only(&[
        "url",
        "enabled_events[]",
        "disabled",
        "description",
        "metadata[*",
    ])?;
    let mode = if endpoint.is_live {
        KeyMode::Live
    } else {
        KeyMode::Test
    };
    let mut changed = endpoint.clone();
    if let Some(url) = read_url(parameters, mode)? {
        changed.url = url;
    }
    if let Some(events) = read_events(parameters)? {
        changed.enabled_events = events;
    }
    if let Some(description) = parameters.text("description")? {
        changed.description = Some(description);
    }
    match parameters.flag("disabled")? {
        Some(true) => changed.status = WebhookEndpointStatus::Disabled,
        Some(false) => changed.status = WebhookEndpointStatus::Enabled,
        None => {}
    }
    for (key, value) in parameters.metadata("metadata")? {
        if value.is_empty() {
            changed.metadata.remove(&key);
        } else {
            changed.metadata.insert(key, value);
        }
    }
    *endpoint = changed;
    Ok(())
}

fn read_url(parameters: &Parameters, mode: KeyMode) -> Result<Option<String>, ApiError> {
    let Some(text) = parameters.text("url")? else {
        return Ok(None);
    };
    let refuse = |message: &str| Err(ApiError::parameter("url_invalid", "url", message));
    let url = match Url::parse(&text) {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) => {
            return refuse("Invalid URL: An explicit scheme (such as https) must be provided.");
        }
        Err(_) => return refuse("Not a valid URL"),
    };
    match url.scheme() {
        "https" => Ok(Some(text)),
        "http" if !mode.is_live() => Ok(Some(text)),
        "http" => refuse("Invalid URL: The URL of a live webhook must begin with https."),
        _ => refuse("Not a valid URL"),
    }
}

fn read_events(parameters: &Parameters) -> Result<Option<Vec<String>>, ApiError> {
    if !parameters.has("enabled_events") {
        return Ok(None);
    }
    let events = parameters.texts("enabled_events");
    let unknown = |event: &String| event != "*" && !is_event_type(event);
    if let Some(index) = events.iter().position(unknown) {
        let name = format!("enabled_events[{index}]");
        // Stripe goes on with all 275 of them.
        let message =
            format!("Invalid {name}: must be one of *, account.application.authorized, …");
        return Err(ApiError::parameter(
            "parameter_invalid_enum",
            &name,
            message,
        ));
    }
    if events.is_empty() {
        return Err(missing("enabled_events"));
    }
    Ok(Some(events))
}

/// Reads a version of the API, such as `2020-08-27` or `2026-09-30.endive`.
fn read_version(parameters: &Parameters) -> Result<Option<String>, ApiError> {
    let Some(version) = parameters.text("api_version")? else {
        return Ok(None);
    };
    let date = version.split('.').next().unwrap_or_default();
    let is_date = date.len() == 10
        && date.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if is_date {
        Ok(Some(version))
    } else {
        let message = format!("Invalid Stripe API version: {version}");
        Err(ApiError::parameter(
            "parameter_invalid_enum",
            "api_version",
            message,
        ))
    }
}
