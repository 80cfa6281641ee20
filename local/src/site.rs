//! Serves the sales page, filled from the catalogue. If something is wrong with the catalogue, the
//! page says so at its top, and shows below what is sold until that is mended.

use std::path::Path;

use axum::{
    extract::{Request, State},
    http::{Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bookstall::domain::{agreement::Withdrawal, invoice::Invoices};
use catalogue::{Catalogue, page};

use crate::catalogue_file::CatalogueFile;

/// The folder of the page's template.
const TEMPLATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../site");
const INDEX: &str = "index.html";

/// The sales page.
#[derive(Clone)]
pub(crate) struct Site {
    /// What is sold.
    pub(crate) catalogue: CatalogueFile,
    /// Whether the shop was begun with the right of withdrawal. The page then has its link, whatever the
    /// catalogue says.
    pub(crate) withdrawal: Withdrawal,
    /// Which buyers get an invoice. If companies do, the page has their box, whatever the catalogue says.
    pub(crate) invoices: Invoices,
    /// A URL that replaces the one of Stripe's script.
    pub(crate) stripe_js: Option<String>,
}

impl Site {
    /// Answers requests for a file of the page, and passes all others on. The names of the page's
    /// files have a dot, and no route of the shop has one.
    pub(crate) async fn serve(State(site): State<Self>, request: Request, next: Next) -> Response {
        let name = match request.uri().path() {
            "/" => INDEX,
            path => &path[1..],
        };
        let is_read = [Method::GET, Method::HEAD].contains(request.method());
        if !is_read || !name.contains('.') {
            return next.run(request).await;
        }
        let name = name.to_owned();
        match site.file(name).await {
            Some(response) => response,
            None => next.run(request).await,
        }
    }

    /// Returns what the page promises and this shop, which keeps the parameters that it was opened with, does
    /// not do.
    fn broken_promises(&self, catalogue: &Catalogue) -> Option<String> {
        let shop = &catalogue.shop;
        let no_withdrawal = (shop.withdrawal.is_on() && !self.withdrawal.is_on()).then_some(
            "`withdrawal` in [shop] is \"eu\", and this shop was opened without the right of withdrawal: \
             the link to withdraw leads nowhere. Open it again; --withdrawal off and --seller stripe would \
             keep it so.",
        );
        let no_invoices = (shop.ask_for_company && self.invoices == Invoices::Off).then_some(
            "`ask_for_company` in [shop] promises an invoice, and this shop was opened without invoices. \
             Open it again; --invoices off and --seller stripe would keep it so.",
        );
        let broken: Vec<_> = no_withdrawal.into_iter().chain(no_invoices).collect();
        (!broken.is_empty()).then(|| broken.join("\n\n"))
    }

    /// Returns a file of the page; `None` if the page has no such file.
    async fn file(&self, name: String) -> Option<Response> {
        let state = self.catalogue.refresh().await;
        let (catalogue, stripe_js) = (state.catalogue, self.stripe_js.clone());
        let (withdrawal, invoices) = (self.withdrawal, self.invoices);
        let promises = catalogue.as_deref();
        let promises = promises.and_then(|catalogue| self.broken_promises(catalogue));
        let mut problem = state.problem.or(promises);
        let filled = tokio::task::spawn_blocking({
            let name = name.clone();
            move || content(&*catalogue?, withdrawal, invoices, &name).transpose()
        });
        let content = match filled.await.ok().flatten() {
            Some(Ok(content)) => Some(content),
            Some(Err(error)) => {
                problem.get_or_insert(error);
                None
            }
            None => None,
        };
        if name != INDEX {
            return Some(([(header::CONTENT_TYPE, media_type(&name))], content?).into_response());
        }
        let page = String::from_utf8_lossy(content.as_deref().unwrap_or_default()).into_owned();
        let page = match stripe_js {
            Some(url) => replace_attribute(&page, "data-stripe-js", &url),
            None => page,
        };
        let (status, page) = match (problem, content) {
            (Some(problem), Some(_)) => (StatusCode::OK, with_problem(&page, &problem)),
            (Some(problem), None) => (StatusCode::INTERNAL_SERVER_ERROR, notice(&problem)),
            (None, Some(_)) => (StatusCode::OK, page),
            (None, None) => return None,
        };
        let html = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
        Some((status, html, page).into_response())
    }
}

/// Returns the content of a file of the page; `None` if the page has no such file. The error is a
/// text for the author.
fn content(
    catalogue: &Catalogue,
    withdrawal: Withdrawal,
    invoices: Invoices,
    name: &str,
) -> Result<Option<Vec<u8>>, String> {
    let mut catalogue = catalogue.clone();
    if withdrawal.is_on() {
        catalogue.shop.withdrawal = withdrawal;
    }
    catalogue.shop.ask_for_company |= invoices == Invoices::Companies;
    let files = page::render(&catalogue, Path::new(TEMPLATE), "");
    Ok(files.map_err(|error| error.to_string())?.remove(name))
}

/// Adds what is wrong with the catalogue to the page.
fn with_problem(page: &str, problem: &str) -> String {
    let notice = notice(problem);
    let body = page.find("<body").and_then(|body| {
        let end = page[body..].find('>')?;
        Some(body + end + 1)
    });
    let (head, rest) = page.split_at(body.unwrap_or(0));
    format!("{head}\n{notice}{rest}")
}

fn notice(problem: &str) -> String {
    let problem = problem
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!(
        "<pre role=\"alert\" style=\"margin: 0; padding: 1rem; white-space: pre-wrap; \
         overflow-wrap: anywhere; background: #7a1f1f; color: #fff; font: 1rem/1.5 monospace\">\
         {problem}</pre>\n"
    )
}

/// Returns the media type of a file of the page.
fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "gif" => "image/gif",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
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
