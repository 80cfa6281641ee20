//! Tries the mail of a push out.

use std::{env, fs};

use serde_json::{Value, json};

use super::event::{invoke, with};
use crate::{
    error::{CliError, Outcome},
    shop::Shop,
    terminal::{Terminal, spinner},
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

/// Shows the mail in a browser.
pub(super) fn open_mail(dry_run: &Value) -> Result<(), CliError> {
    let path = env::temp_dir().join("bookstall-mail.html");
    let html = dry_run["mail"]["html"].as_str().unwrap_or_default();
    fs::write(&path, html).map_err(|error| CliError::of_file(&path, &error))?;
    open::that_detached(&path).map_err(|error| CliError::of_file(&path, &error))
}
