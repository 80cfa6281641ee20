//! Tries the mail of a push out.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::event::{invoke, with};
use crate::{
    error::{CliError, Outcome},
    shop::Shop,
    terminal::{Terminal, open_in_browser, spinner},
};

/// Sends one copy of the mail to the author.
pub(super) async fn send_test(
    terminal: &Terminal,
    shop: &Shop,
    event: Value,
    to: &str,
) -> Result<Outcome, CliError> {
    let answer = {
        let _working = spinner("Sending the mail");
        invoke(shop, &with(&event, "test_to", json!(to))).await?
    };
    terminal.answer(&answer, || {
        format!("One copy was mailed to {to}. Nothing was changed.\n")
    })?;
    Ok(Outcome::Done)
}

/// Shows the mail in a browser. It is written into a file of its own that nobody else can read, and
/// that stays, because nothing says when the browser has read it.
pub(super) fn open_mail(dry_run: &Value) -> Result<(), CliError> {
    let html = dry_run["mail"]["html"].as_str().unwrap_or_default();
    let written = || {
        let mut name = tempfile::Builder::new();
        let mut file = name.prefix("bookstall-mail-").suffix(".html").tempfile()?;
        file.write_all(html.as_bytes())?;
        let (_, path) = file.keep()?;
        Ok(path)
    };
    let path = written().map_err(|error: io::Error| {
        CliError::Failed(format!("The mail cannot be written into a file: {error}."))
    })?;
    let path = path.to_string_lossy();
    open_in_browser(&path, &path);
    Ok(())
}
