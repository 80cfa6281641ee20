//! Serves the book page from `site/`. It reads the files at each request.

use std::path::PathBuf;

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

/// Returns the directory of the page's files.
fn directory() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../site"))
}

/// Serves the files of the page. `stripe_js` is a URL that replaces the one of Stripe's script.
pub fn router(stripe_js: Option<String>) -> Router {
    let router = Router::new().route("/", get(index)).with_state(stripe_js);
    ["/style.css", "/buy.js", "/variants.js", "/cover.svg"]
        .into_iter()
        .fold(router, |router, path| {
            router.route(path, get(move || file(path)))
        })
}

async fn index(State(stripe_js): State<Option<String>>) -> Response {
    let page = match tokio::fs::read_to_string(directory().join("index.html")).await {
        Ok(page) => page,
        Err(error) => return missing("index.html", &error),
    };
    let page = match stripe_js {
        Some(url) => replace_attribute(&page, "data-stripe-js", &url),
        None => page,
    };
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

async fn file(path: &'static str) -> Response {
    let kind = match path.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        _ => "image/svg+xml",
    };
    match tokio::fs::read(directory().join(&path[1..])).await {
        Ok(bytes) => ([(header::CONTENT_TYPE, kind)], bytes).into_response(),
        Err(error) => missing(path, &error),
    }
}

fn missing(name: &str, error: &std::io::Error) -> Response {
    (StatusCode::NOT_FOUND, format!("site/{name}: {error}")).into_response()
}

fn replace_attribute(page: &str, name: &str, value: &str) -> String {
    let start = format!("{name}=\"");
    let Some((before, rest)) = page.split_once(&start) else {
        return page.to_owned();
    };
    let Some((_, after)) = rest.split_once('"') else {
        return page.to_owned();
    };
    format!("{before}{start}{value}\"{after}")
}
