//! The sales page, filled from the catalogue.
//!
//! The template is a folder: `page.html`, which [minijinja] fills, and the files that go beside the
//! page as they are. `context` has what the template may use. The author's own words are Markdown
//! or HTML in the folder that `prose` of `[shop]` names.

mod context;
mod error;
mod structured_data;

use std::{collections::BTreeMap, fs, path::Path};

use bookstall::domain::accent::Accent;
use minijinja::{
    AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value, escape_formatter,
    syntax::SyntaxConfig, value::Serde,
};

use crate::model::Catalogue;
use context::Page;
pub use error::PageError;

/// The name of the template in its folder.
const TEMPLATE: &str = "page.html";
/// The style sheet that the accent colour is added to.
const STYLE_SHEET: &str = "style.css";
/// The folder of the author's words, if it is in the folder of the template.
const PROSE: &str = "prose";

/// Makes the page: the content of each of its files, by path (`index.html`, `images/ada.jpg`).
///
/// `template` is the folder of the template. `shop_url` is the address of the shop's API without a
/// slash at its end; if it is empty, the forms post to the host of the page.
pub fn render(
    catalogue: &Catalogue,
    template: &Path,
    shop_url: &str,
) -> Result<BTreeMap<String, Vec<u8>>, PageError> {
    let mut files = BTreeMap::new();
    copy(template, "", &mut files)?;
    let path = template.join(TEMPLATE);
    let source = fs::read_to_string(&path).map_err(PageError::of(&path))?;
    let page = Page::new(catalogue, shop_url)?;
    for (id, book) in &catalogue.books {
        files.extend(context::cover_file(id, book)?);
    }
    let accent = catalogue.shop.accent.as_deref().and_then(Accent::parse);
    if let (Some(accent), Some(style)) = (accent, files.get_mut(STYLE_SHEET)) {
        style.extend_from_slice(b"\n/* The accent colour of catalogue.toml. */");
        style.extend_from_slice(accent.style_sheet().as_bytes());
    }
    let html = filled(TEMPLATE, &source, &page)?;
    files.insert("index.html".to_owned(), html.into_bytes());
    Ok(files)
}

/// Makes the page as [`render`] does, and writes it into a folder, which is made if it is not
/// there. Other files in the folder stay.
pub fn fill(
    catalogue: &Catalogue,
    template: &Path,
    shop_url: &str,
    folder: &Path,
) -> Result<(), PageError> {
    for (name, content) in render(catalogue, template, shop_url)? {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(PageError::of(parent))?;
        fs::write(&path, content).map_err(PageError::of(&path))?;
    }
    Ok(())
}

/// Makes the forms alone, for an author who has a page: HTML with a form for each product that is
/// for sale. `shop_url` is the address of the shop's API without a slash at its end.
pub fn forms(catalogue: &Catalogue, shop_url: &str) -> Result<String, PageError> {
    let page = Page::new(catalogue, shop_url)?;
    filled("forms.html", include_str!("forms.html"), &page)
}

/// Fills a template of HTML.
fn filled(name: &str, source: &str, page: &Page) -> Result<String, PageError> {
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true);
    syntax.keep_trailing_newline(true);
    let fill = || {
        let mut environment = Environment::new();
        environment.set_syntax(syntax.build()?);
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.set_formatter(write_escaped);
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        environment.render_named_str(name, source, Serde(page))
    };
    fill().map_err(|error| PageError::Template(error.to_string()))
}

/// Writes a value into HTML. It leaves the slash of addresses as it is, unlike the template engine's
/// own function, for people to read.
fn write_escaped(output: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    let Some(text) = value.as_str().filter(|_| !value.is_safe()) else {
        return escape_formatter(output, state, value);
    };
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        let (before, after) = rest.split_at(at);
        output.write_str(before)?;
        output.write_str(match after.as_bytes()[0] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        })?;
        rest = &after[1..];
    }
    Ok(output.write_str(rest)?)
}

/// Reads the files that go beside the page: all but the template, the author's words, and hidden
/// ones.
fn copy(
    folder: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> Result<(), PageError> {
    for entry in fs::read_dir(folder).map_err(PageError::of(folder))? {
        let path = entry.map_err(PageError::of(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_source = prefix.is_empty() && [TEMPLATE, PROSE].contains(&&*name);
        if is_source || name.starts_with('.') {
            continue;
        }
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            copy(&path, &format!("{name}/"), files)?;
        } else {
            let content = fs::read(&path).map_err(PageError::of(&path))?;
            files.insert(name, content);
        }
    }
    Ok(())
}
