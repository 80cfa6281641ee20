//! `GET /local/mailbox`: the accepted mail as a page for people and as JSON for programs.

use std::sync::Arc;

use askama::Template;
use axum::{
    Json, Router,
    extract::{Query, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, VARY},
    },
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

use super::{mail::Mail, mailbox::Mailbox};

const PER_PAGE: usize = 50;

/// Mails have styles and pictures of their own, and run no scripts.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; \
    img-src data: http: https:; form-action 'none'; frame-ancestors 'none'";

#[derive(Deserialize)]
struct Position {
    /// Shows the mails before the one with this number.
    before: Option<usize>,
}

struct Numbered {
    number: usize,
    mail: Arc<Mail>,
}

#[derive(Template)]
#[template(path = "mailbox/page.html")]
struct Page {
    count: u64,
    mails: Vec<Numbered>,
    older_than: Option<usize>,
    is_newest: bool,
}

async fn show(
    State(mailbox): State<Mailbox>,
    Query(position): Query<Position>,
    headers: HeaderMap,
) -> Response {
    let mut response = if wants_json(&headers) {
        Json(mailbox.messages()).into_response()
    } else {
        match mailbox.page(position.before).render() {
            Ok(page) => Html(page).into_response(),
            Err(error) => {
                let error: &(dyn std::error::Error + 'static) = &error;
                tracing::error!(error, "Failed to render the mailbox");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    };
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
        (VARY, "accept"),
        (HeaderName::from_static("referrer-policy"), "no-referrer"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

fn wants_json(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json"))
}

impl Mailbox {
    /// Serves `GET /local/mailbox`. A page shows the newest mail first. With
    /// `Accept: application/json` the answer is an array of all mails, oldest first.
    pub fn page_router(&self) -> Router {
        Router::new()
            .route("/local/mailbox", get(show))
            .with_state(self.clone())
    }

    fn page(&self, before: Option<usize>) -> Page {
        let state = self.state();
        let kept = state.mails.len();
        let end = before.map_or(kept, |before| before.saturating_sub(1).min(kept));
        let start = end.saturating_sub(PER_PAGE);
        let mails = (start..end)
            .rev()
            .map(|index| Numbered {
                number: index + 1,
                mail: Arc::clone(&state.mails[index]),
            })
            .collect();
        Page {
            count: self.count(),
            mails,
            older_than: (start > 0).then_some(start + 1),
            is_newest: end == kept,
        }
    }
}

impl Numbered {
    /// Formats when the mail was accepted, to the second: `2026-11-25 10:00:00`.
    fn time(&self) -> String {
        let at = &self.mail.at;
        at.get(..19).unwrap_or(at).replace('T', " ")
    }

    /// Returns the mail's HTML for its frame. Links open in the whole window, as from a mail
    /// program.
    fn framed(&self) -> String {
        format!("<base target=\"_top\">{}", self.mail.html)
    }
}
