//! Compiles the binaries of the workspace.

use std::{
    collections::HashMap,
    io::BufRead,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;

/// Builds these binaries as `sam build` does it, by their names and from the whole workspace, and
/// returns where cargo keeps each.
///
/// # Panics
///
/// If one does not compile.
#[must_use]
pub fn build<'a>(names: impl IntoIterator<Item = &'a str>) -> HashMap<String, PathBuf> {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["build", "--message-format=json"])
        .args(names.into_iter().map(|name| format!("--bin={name}")))
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .stderr(Stdio::inherit());
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "the binaries do not compile");
    output
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap())
        .filter_map(|message| {
            let executable = message["executable"].as_str()?.into();
            Some((message["target"]["name"].as_str()?.to_owned(), executable))
        })
        .collect()
}
