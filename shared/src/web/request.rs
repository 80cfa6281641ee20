//! Reading a request of API Gateway (payload format 2.0).

use std::{collections::BTreeMap, sync::OnceLock};

use lambda_http::{
    Request, RequestExt,
    aws_lambda_events::apigw::ApiGatewayV2httpRequestContext,
    http::{Method, header},
    request::RequestContext,
};

use crate::{
    domain::{accent::Accent, language::Language, link::ShopUrl, request_id::RequestId},
    runtime::failure::Failure,
    web::refusals::Refusal,
    words::Words,
};

/// The largest form that is read, in bytes.
const LARGEST_FORM: usize = 16 * 1024;

/// The largest beacon that is read, in bytes.
const LARGEST_BEACON: usize = 1024;

/// What handlers and responses need to know of every request.
pub struct RequestInfo {
    pub(super) shop_url: Option<ShopUrl>,
    pub(super) wants_json: bool,
    pub(super) is_head: bool,
    pub(super) route: String,
    pub(super) request_id: RequestId,
    browser: Words,
    page: OnceLock<Words>,
    book: OnceLock<(Words, Option<Accent>)>,
}

impl RequestInfo {
    /// Reads the request. `configured` is the shop's URL, where it has one besides the domain of
    /// its API.
    #[must_use]
    pub fn new(request: &Request, configured: Option<&ShopUrl>) -> Self {
        let context = gateway_context(request);
        let route = context.and_then(|context| context.route_key.clone());
        Self {
            shop_url: configured.cloned().or_else(|| url_of_api(request)),
            wants_json: wants_json(request),
            is_head: request.method() == Method::HEAD,
            route: route.unwrap_or_else(|| "unknown route".to_owned()),
            request_id: request_id(request),
            browser: Words::preferred(text_header(request, header::ACCEPT_LANGUAGE)),
            page: OnceLock::new(),
            book: OnceLock::new(),
        }
    }

    /// The shop's URL, as this caller sees it. Fails if it is not configured and the request names
    /// no domain.
    pub fn shop_url(&self) -> Result<&ShopUrl, Failure> {
        self.shop_url.as_ref().ok_or_else(|| {
            Failure::refused(
                "Failed to find the shop's own address",
                "the request names no domain; set SHOP_URL",
            )
        })
    }

    /// The route of the API that the request matched: `GET /{purchase_id}`.
    #[must_use]
    pub fn route(&self) -> &str {
        &self.route
    }

    /// The id of this request, which no other request has.
    #[must_use]
    pub fn request_id(&self) -> &RequestId {
        &self.request_id
    }

    /// The words of the answer: in the language of the page that sent the request, if
    /// [`is_sent_by_page_in`](Self::is_sent_by_page_in) has said it, else in that of the book that it
    /// is about, if [`is_about`](Self::is_about) has said it, else in the one that the browser asks
    /// for.
    #[must_use]
    pub fn words(&self) -> Words {
        let book = || self.book.get().map(|(words, _)| *words);
        let page = self.page.get().copied();
        page.or_else(book).unwrap_or(self.browser)
    }

    /// Notes the language of the page whose button sent the request: a page with several books is in
    /// that of the first. A language that the shop does not speak changes nothing.
    pub fn is_sent_by_page_in(&self, tag: &str) {
        if let Some(words) = Words::of_tag(tag) {
            self.page.get_or_init(|| words);
        }
    }

    /// The accent colour of the book that the request is about, if [`is_about`](Self::is_about) has
    /// said it. The policy of the response allows its style.
    #[must_use]
    pub fn accent(&self) -> Option<Accent> {
        self.book.get().and_then(|(_, accent)| *accent)
    }

    /// Notes the language and the accent colour of the book that the request is about. Only the first
    /// call counts.
    pub fn is_about(&self, language: Option<&Language>, accent: Option<Accent>) {
        self.book.get_or_init(|| (Words::of(language), accent));
    }

    /// Whether a program asks: the request accepts JSON and does not accept HTML.
    #[must_use]
    pub fn wants_json(&self) -> bool {
        self.wants_json
    }
}

/// Reads the fields of a form, or of a JSON object whose values are texts. An absent body is an
/// empty form. Refuses a body above 16 KiB, and one of any other type.
pub fn form(request: &Request) -> Result<BTreeMap<String, String>, Refusal> {
    let body = request.body().as_ref();
    if body.len() > LARGEST_FORM {
        return Err(Refusal::BodyTooLarge);
    }
    let content_type = text_header(request, header::CONTENT_TYPE).to_ascii_lowercase();
    let media_type = content_type.split(';').next().unwrap_or_default();
    match media_type.trim() {
        "application/json" => serde_json::from_slice(body).map_err(|_| Refusal::UnreadableBody),
        "" | "application/x-www-form-urlencoded" => {
            Ok(form_urlencoded::parse(body).into_owned().collect())
        }
        _ => Err(Refusal::UnreadableBody),
    }
}

/// Reads the fields that a page sent with `navigator.sendBeacon`: a form, or a JSON object whose
/// values are texts. Browsers give a beacon the type `text/plain` or none, so the type says
/// nothing. Refuses a body above 1 KiB, and JSON that is anything else.
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

/// Reads a part of the path that the route names: `purchase_id` of `/{purchase_id}`.
#[must_use]
pub fn path_parameter<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.path_parameters_ref()?.first(name)
}

/// The path that was asked for, decoded and without the API's stage.
#[must_use]
pub fn path(request: &Request) -> &str {
    let path = request.raw_http_path();
    stage(request)
        .and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage))
        .filter(|path| path.starts_with('/'))
        .unwrap_or(path)
}

/// Reads a header as text. It is empty where the header is absent or not ASCII.
#[must_use]
pub fn text_header(request: &Request, name: impl header::AsHeaderName) -> &str {
    request
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

fn wants_json(request: &Request) -> bool {
    let accept = text_header(request, header::ACCEPT);
    accept.contains("application/json") && !accept.contains("text/html")
}

/// Lambda's id of the request, or API Gateway's where Lambda gives none.
fn request_id(request: &Request) -> RequestId {
    let id = request
        .lambda_context_ref()
        .map(|context| context.request_id.clone())
        .filter(|id| !id.is_empty())
        .or_else(|| gateway_context(request)?.request_id.clone());
    RequestId(id.unwrap_or_else(|| "unknown".to_owned()))
}

/// The URL of the API that was called, with its stage where the path begins with one.
fn url_of_api(request: &Request) -> Option<ShopUrl> {
    let context = gateway_context(request)?;
    let domain = context.domain_name.as_deref()?;
    let scheme = match text_header(request, "x-forwarded-proto") {
        "http" => "http",
        _ => "https",
    };
    let stage = stage(request).map_or(String::new(), |stage| format!("/{stage}"));
    ShopUrl::parse(&format!("{scheme}://{domain}{stage}"))
}

/// The API's stage, where the path begins with it.
fn stage(request: &Request) -> Option<&str> {
    let stage = gateway_context(request)?.stage.as_deref()?;
    let path = request.raw_http_path();
    path.starts_with(&format!("/{stage}/")).then_some(stage)
}

fn gateway_context(request: &Request) -> Option<&ApiGatewayV2httpRequestContext> {
    match request.request_context_ref()? {
        RequestContext::ApiGatewayV2(context) => Some(context),
        _ => None,
    }
}

/// A text in the query, if this name has one.
#[must_use]
pub fn query_text<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.query_string_parameters_ref()?.first(name)
}

/// A number from 0 to 1000 in the query, if this name has one.
#[must_use]
pub fn query_number(request: &Request, name: &str) -> Option<u16> {
    let number = query_text(request, name)?.parse().ok()?;
    (number <= 1000).then_some(number)
}
