//! How a request is answered.
//!
//! Every response is private: not cached, not indexed, not sent on as a referrer. Its page may
//! load nothing and run nothing.

use std::sync::{Mutex, PoisonError};

use base64::{Engine, prelude::BASE64_STANDARD};
use lambda_http::{
    Body, Response,
    http::{StatusCode, header},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    domain::{accent::Accent, link::ShopUrl},
    runtime::failure::FailureKind,
    web::{
        contact::ShopContact,
        pages::{Inlined, NoticePage, STYLE},
        refusals::{Error, Explanation, FailedAt, Pending, Refusal, Return},
        request::RequestInfo,
    },
};

/// What a request gets that was carried out.
#[derive(Debug)]
pub enum Answer {
    /// A page for people, and its content as JSON for programs.
    Page(Page),
    /// `303` to this URL; for programs `200` with `{"url"}`, because they cannot see where a
    /// redirect to another origin leads.
    SeeOther(String),
    /// [`SeeOther`](Self::SeeOther), with these fields for programs besides `url`.
    SeeOtherWith(String, Value),
    /// `200` with this JSON.
    Json(Value),
    /// `200` with a notice of what is not done yet.
    Pending(Pending),
    /// A notice of what became of a buyer's press for their money.
    Return(Return),
}

/// A page for people, and its content as JSON for programs.
#[derive(Debug)]
pub struct Page {
    /// The status of the response.
    pub status: StatusCode,
    /// The HTML document.
    pub html: String,
    /// Its content.
    pub json: Value,
    /// The page's script, which may ask the shop.
    pub script: Option<Inlined>,
    /// The origin to which a form on the page is redirected, besides the shop's own.
    pub form_redirects_to: Option<String>,
    /// The methods that the address has, if the request used another.
    pub allow: Option<&'static str>,
}

impl Page {
    /// A page with status `200`, whose forms stay at the shop.
    #[must_use]
    pub fn new(html: String, json: Value) -> Self {
        Self {
            status: StatusCode::OK,
            html,
            json,
            script: None,
            form_redirects_to: None,
            allow: None,
        }
    }
}

/// Makes the response of an outcome. Logs a failure: here, once, by the reference that the caller
/// is shown.
#[must_use]
pub fn respond(
    request_info: &RequestInfo,
    contact: &ShopContact,
    outcome: Result<Answer, Error>,
    failed_at: FailedAt,
) -> Response<Body> {
    let words = request_info.words();
    let page = match outcome {
        Ok(Answer::Page(page)) => page,
        Ok(Answer::SeeOther(url)) => return see_other(request_info, url, json!({})),
        Ok(Answer::SeeOtherWith(url, fields)) => return see_other(request_info, url, fields),
        Ok(Answer::Json(json)) => Page::new(json.to_string(), json),
        Ok(Answer::Pending(pending)) => notice_page(request_info, contact, pending.explain(words)),
        Ok(Answer::Return(made)) => notice_page(request_info, contact, made.explain(words)),
        Err(Error::Refused(refusal)) => {
            let allow = match refusal {
                Refusal::MethodNotAllowed { allowed } => Some(allowed),
                _ => None,
            };
            let page = notice_page(request_info, contact, refusal.explain(words));
            Page { allow, ..page }
        }
        Err(Error::Failed(failure)) => {
            let reference = &request_info.request_id.0;
            let kind = failure.kind();
            // An alarm counts what stays out of order until the author mends it.
            let needs_mending = kind == FailureKind::Refused;
            tracing::error!(route = %request_info.route, reference, needs_mending, "{failure}");
            notice_page(
                request_info,
                contact,
                failed_at.explain(words, kind, reference),
            )
        }
    };
    response(request_info, page, None)
}

fn see_other(request_info: &RequestInfo, url: String, mut fields: Value) -> Response<Body> {
    fields["url"] = url.as_str().into();
    let page = Page::new(String::new(), fields);
    if request_info.wants_json {
        return response(request_info, page, None);
    }
    let status = StatusCode::SEE_OTHER;
    response(request_info, Page { status, ..page }, Some(url))
}

fn notice_page(
    request_info: &RequestInfo,
    contact: &ShopContact,
    explanation: Explanation,
) -> Page {
    let lost_link_url = request_info.shop_url.as_ref().map(ShopUrl::lost_link_page);
    let accent = request_info.accent();
    let html = NoticePage::new(
        &explanation.notice,
        accent,
        contact,
        lost_link_url.as_deref(),
    );
    Page {
        status: explanation.status,
        ..Page::new(html.to_string(), explanation.json)
    }
}

fn response(request_info: &RequestInfo, page: Page, location: Option<String>) -> Response<Body> {
    let policy = content_security_policy(&page, request_info.accent());
    let (content_type, body) = if request_info.wants_json {
        ("application/json", page.json.to_string())
    } else {
        ("text/html; charset=utf-8", page.html)
    };
    let body = if request_info.is_head {
        Body::Empty
    } else {
        Body::Text(body)
    };
    let mut response = Response::builder()
        .status(page.status)
        .header(header::CONTENT_TYPE, content_type)
        .header(header::CONTENT_SECURITY_POLICY, policy)
        .header(header::REFERRER_POLICY, "no-referrer")
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header("x-robots-tag", "noindex")
        .header(header::VARY, "accept, accept-language");
    if let Some(location) = location {
        response = response.header(header::LOCATION, location);
    }
    if let Some(methods) = page.allow {
        response = response.header(header::ALLOW, methods);
    }
    if page.status == StatusCode::SERVICE_UNAVAILABLE {
        response = response.header(header::RETRY_AFTER, "5");
    }
    response.body(body).unwrap_or_else(|error| {
        // The location cannot stand in a header. No service gives such a URL.
        tracing::error!(
            route = %request_info.route,
            reference = request_info.request_id.0,
            "Failed to answer: {error}"
        );
        let mut response = Response::new(Body::Empty);
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// The policy of a page: it may load nothing, run nothing but its own script, and neither frame nor
/// be framed. Its style, that of its accent colour and its one script are named by their hashes.
///
/// Chromium applies `form-action` to the redirect that answers a form, too, so a page whose button
/// leads to S3 must name that origin.
fn content_security_policy(page: &Page, accent: Option<Accent>) -> String {
    let script = page.script.map(|script| {
        let hash = script.hash;
        format!("script-src 'sha256-{hash}'; connect-src 'self'; ")
    });
    let script = script.unwrap_or_default();
    let accent = accent.map(|accent| format!(" 'sha256-{}'", hash_of(accent)));
    let accent = accent.unwrap_or_default();
    let origin = page.form_redirects_to.as_deref().unwrap_or_default();
    format!(
        "default-src 'none'; style-src 'sha256-{}'{accent}; {script}img-src data:; \
         form-action 'self' {origin}; base-uri 'none'; frame-ancestors 'none'",
        STYLE.hash
    )
}

/// Returns the hash of the style sheet of an accent colour. The last one is kept, because most shops
/// have one.
fn hash_of(accent: Accent) -> String {
    static LAST: Mutex<Option<(Accent, String)>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((of, hash)) = &*last
        && *of == accent
    {
        return hash.clone();
    }
    let hash = BASE64_STANDARD.encode(Sha256::digest(accent.style_sheet()));
    *last = Some((accent, hash.clone()));
    hash
}
