//! HTML responses of the emulator, and the page with a short notice.

use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

/// A page with a title, a sentence and perhaps a link.
#[derive(Template)]
#[template(path = "stripe/notice.html")]
pub(super) struct Notice<'a> {
    pub(super) title: &'a str,
    pub(super) text: &'a str,
    pub(super) link: Option<(String, &'a str)>,
    /// The URL that the page around the frame goes to when the session is complete.
    pub(super) destination: Option<String>,
    pub(super) embed_script: Option<String>,
}

/// Returns the page for a URL without a session.
pub(super) fn not_found() -> Response {
    let page = Notice {
        title: "Something went wrong",
        text: "The page you were looking for could not be found. Please check the URL.",
        link: None,
        destination: None,
        embed_script: None,
    };
    respond(StatusCode::NOT_FOUND, &page, false)
}

/// Renders a page with its security headers. Other pages may frame it only if `is_framed`.
pub(super) fn respond(status: StatusCode, page: &impl Template, is_framed: bool) -> Response {
    let html = match page.render() {
        Ok(html) => html,
        Err(error) => {
            tracing::error!(%error, "Failed to render a page of Stripe's emulator");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let policy = if is_framed {
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; base-uri 'none'; \
         frame-ancestors *"
    } else {
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
    };
    let headers: [(HeaderName, HeaderValue); 3] = [
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(policy),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
    ];
    (status, headers, Html(html)).into_response()
}
