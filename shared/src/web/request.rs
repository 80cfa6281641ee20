//! What a request of API Gateway asks.

use std::collections::BTreeMap;

use lambda_http::{Request, RequestExt, http::header, request::RequestContext};

use crate::{
    domain::{link::ShopUrl, request_id::RequestId},
    runtime::failure::Failure,
    web::refusal::Refusal,
};

/// No form of ours is larger, in bytes.
const LARGEST_FORM: usize = 16 * 1024;

/// Nor is what a page tells of itself, in bytes.
const LARGEST_BEACON: usize = 1024;

/// Who asks, and how they want to be answered.
pub struct RequestInfo {
    pub(super) shop_url: Option<ShopUrl>,
    pub(super) wants_json: bool,
    pub(super) is_head: bool,
    pub(super) route: String,
    pub(super) request: RequestId,
}

impl RequestInfo {
    /// Reads what every request of API Gateway says (payload format 2.0). `configured` is the
    /// shop's own address, where it has one besides the domain that was asked.
    #[must_use]
    pub fn new(request: &Request, configured: Option<&ShopUrl>) -> Self {
        let accept = text_header(request, header::ACCEPT);
        let context = match request.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => Some(context),
            _ => None,
        };
        let route = context.and_then(|context| context.route_key.clone());
        let shop_url = configured.cloned().or_else(|| own_address(request));
        let is_head = request.method() == lambda_http::http::Method::HEAD;
        let request = request
            .lambda_context_ref()
            .map(|context| context.request_id.clone())
            .filter(|id| !id.is_empty())
            .or_else(|| context.and_then(|context| context.request_id.clone()));
        Self {
            shop_url,
            wants_json: accept.contains("application/json") && !accept.contains("text/html"),
            is_head,
            route: route.unwrap_or_else(|| "unknown route".to_owned()),
            request: RequestId(request.unwrap_or_else(|| "unknown".to_owned())),
        }
    }

    /// Where the shop answers, as this caller sees it.
    pub fn shop_url(&self) -> Result<&ShopUrl, Failure> {
        self.shop_url.as_ref().ok_or_else(|| {
            Failure::refused(
                "Failed to find the shop's own address",
                "the request names no domain; set SHOP_URL",
            )
        })
    }

    /// The id of the request, which no other has.
    #[must_use]
    pub fn request(&self) -> &RequestId {
        &self.request
    }

    /// Whether a program asks.
    #[must_use]
    pub fn wants_json(&self) -> bool {
        self.wants_json
    }
}

/// The fields of a form, or of a JSON object of texts. An absent body is an empty form.
pub fn form(request: &Request) -> Result<BTreeMap<String, String>, Refusal> {
    let body = request.body().as_ref();
    if body.len() > LARGEST_FORM {
        return Err(Refusal::BodyTooLarge);
    }
    let kind = text_header(request, header::CONTENT_TYPE).to_ascii_lowercase();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/json" => serde_json::from_slice(body).map_err(|_| Refusal::UnreadableBody),
        "" | "application/x-www-form-urlencoded" => {
            Ok(form_urlencoded::parse(body).into_owned().collect())
        }
        _ => Err(Refusal::UnreadableBody),
    }
}

/// The fields of what a page tells of itself with `navigator.sendBeacon`, which calls a text
/// `text/plain` and whatever it has no name for nothing at all: a form or a JSON object of texts.
pub fn beacon(request: &Request) -> Result<BTreeMap<String, String>, Refusal> {
    let body = request.body().as_ref();
    if body.len() > LARGEST_BEACON {
        return Err(Refusal::BodyTooLarge);
    }
    if body.trim_ascii_start().starts_with(b"{") {
        return serde_json::from_slice(body).map_err(|_| Refusal::UnreadableBody);
    }
    Ok(form_urlencoded::parse(body).into_owned().collect())
}

/// A part of the path that the route names: `{purchase_id}`.
#[must_use]
pub fn path_parameter<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.path_parameters_ref()?.first(name)
}

/// A header as text; empty where it is absent or not ASCII.
#[must_use]
pub fn text_header(request: &Request, name: impl header::AsHeaderName) -> &str {
    request
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// The domain that was asked, as API Gateway knows it, with the stage where the path has one.
fn own_address(request: &Request) -> Option<ShopUrl> {
    let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref() else {
        return None;
    };
    let domain = context.domain_name.as_deref()?;
    let scheme = match text_header(request, "x-forwarded-proto") {
        "http" => "http",
        _ => "https",
    };
    let stage = context
        .stage
        .as_deref()
        .map(|stage| format!("/{stage}"))
        .filter(|stage| request.raw_http_path().starts_with(&format!("{stage}/")))
        .unwrap_or_default();
    ShopUrl::parse(&format!("{scheme}://{domain}{stage}"))
}
