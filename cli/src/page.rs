//! Fills the sales page, and compares a live page with the catalogue.

mod comparison;
mod price;

use std::path::{Path, PathBuf};

use catalogue::{Catalogue, page};
use serde_json::json;
use url::Url;

use crate::{
    arguments::{self, Place},
    error::{CliError, Outcome},
    publish::read,
    shop::Shop,
    terminal::{Terminal, spinner},
};

/// The shop's own template, in the checkout that this was compiled from.
const TEMPLATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../site");

/// Fills the page, prints its forms, or checks a live page.
pub(crate) async fn page(
    terminal: &Terminal,
    place: &Place,
    arguments: &arguments::Page,
) -> Result<Outcome, CliError> {
    let catalogue = read(&arguments.catalogue.path)?;
    let shop_url = match (&place.local, &catalogue.shop.url) {
        (Some(local), _) => local.trim_end_matches('/').to_owned(),
        (None, Some(url)) => url.clone(),
        (None, None) => Shop::open(place).await?.url().await?,
    };
    if let Some(url) = &arguments.check {
        return check(terminal, &catalogue, &shop_url, url).await;
    }
    let unfilled = |error: page::PageError| CliError::Refused(error.to_string());
    if arguments.forms {
        let forms = page::forms(&catalogue, &shop_url).map_err(unfilled)?;
        terminal.answer(&json!({ "html": forms }), || forms.clone())?;
        return Ok(Outcome::Done);
    }
    let template = template(arguments)?;
    page::fill(&catalogue, &template, &shop_url, &arguments.folder).map_err(unfilled)?;
    let folder = arguments.folder.display().to_string();
    let filled = json!({ "folder": folder, "shop": shop_url });
    terminal.answer(&filled, || {
        format!("The page is in {folder}. Its forms post to {shop_url}.\n")
    })?;
    Ok(Outcome::Done)
}

/// Returns the address that the forms post to, without a slash at its end.
pub(crate) async fn shop_url(shop: &Shop, catalogue: &Catalogue) -> Result<String, CliError> {
    match &catalogue.shop.url {
        Some(url) if !shop.is_local() => Ok(url.clone()),
        _ => shop.url().await,
    }
}

/// Returns the folder of the template.
fn template(arguments: &arguments::Page) -> Result<PathBuf, CliError> {
    if let Some(named) = &arguments.template {
        if !named.is_dir() {
            let named = named.display();
            return Err(CliError::Usage(format!("There is no folder {named}.")));
        }
        return Ok(named.clone());
    }
    let beside = arguments.catalogue.path.parent().unwrap_or(Path::new(""));
    let beside = beside.join("site");
    let has_own = beside.join("page.html").is_file();
    Ok(if has_own { beside } else { TEMPLATE.into() })
}

async fn check(
    terminal: &Terminal,
    catalogue: &Catalogue,
    shop_url: &str,
    page: &str,
) -> Result<Outcome, CliError> {
    let problems = {
        let _working = spinner(format!("Reading {page}"));
        problems_of(catalogue, shop_url, page).await?
    };
    let answer = json!({ "page": page, "problems": problems });
    terminal.answer(&answer, || comparison::problems_text(page, &problems))?;
    Ok(Outcome::of(problems.is_empty()))
}

/// Returns what is wrong with the forms of a live page, a sentence each without its full stop.
pub(crate) async fn problems_of(
    catalogue: &Catalogue,
    shop_url: &str,
    page: &str,
) -> Result<Vec<String>, CliError> {
    let url = Url::parse(page).map_err(|error| CliError::Usage(format!("{page}: {error}.")))?;
    let answer = reqwest::get(url.clone()).await;
    let answer = answer.and_then(reqwest::Response::error_for_status);
    let failed = |error: reqwest::Error| {
        CliError::Failed(format!("{page} cannot be read: {}.", error.without_url()))
    };
    let html = answer.map_err(failed)?.text().await.map_err(failed)?;
    Ok(comparison::problems_of(catalogue, shop_url, &url, &html))
}
