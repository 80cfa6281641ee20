//! Commands of Chromium's driver beyond the WebDriver standard.

use axum::http::Method;
use fantoccini::{Client, error::CmdError, wd::WebDriverCompatibleCommand};
use serde_json::{Value, json};
use url::{ParseError, Url};

#[derive(Debug)]
struct Extension {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.path
        ))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

/// The errors on the console since the last call of this function.
pub(crate) async fn console_errors(client: &Client) -> Result<Vec<String>, CmdError> {
    let command = Extension {
        path: "se/log",
        body: json!({"type": "browser"}),
    };
    let entries = client.issue_cmd(command).await?;
    let entries = entries.as_array().cloned().unwrap_or_default();
    Ok(entries
        .iter()
        .filter(|entry| entry["level"] == "SEVERE")
        .filter_map(|entry| entry["message"].as_str().map(str::to_owned))
        .collect())
}

/// Runs a command of the DevTools protocol.
pub(crate) async fn developer_tools(
    client: &Client,
    command: &str,
    parameters: Value,
) -> Result<Value, CmdError> {
    let command = Extension {
        path: "goog/cdp/execute",
        body: json!({"cmd": command, "params": parameters}),
    };
    client.issue_cmd(command).await
}
