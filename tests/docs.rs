//! The documents name tests and how many trials they make, and both are true.

use std::{fs, path::PathBuf};

/// The first word of a test's path in a document, and where its files are.
const ROOMS: [(&str, &str); 5] = [
    ("stories", "tests/stories"),
    ("emulators", "tests/emulators"),
    ("template", "tests/template"),
    ("binaries", "tests/binaries"),
    ("bookstall", "shared/src"),
];

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The rows of the table between a heading and the next, without the head: each a list of cells.
fn rows<'a>(document: &'a str, heading: &str) -> Vec<Vec<&'a str>> {
    let (_, section) = document.split_once(heading).expect("the heading");
    let section = section.split("\n#").next().unwrap_or_default();
    section
        .lines()
        .filter(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect()
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// `stories::file::test` or `bookstall::folder::file::test`, found in its file.
fn assert_exists(test: &str) {
    let parts: Vec<_> = test.split("::").collect();
    let [room, ref file @ .., name] = parts[..] else {
        panic!("`{test}` is not the path of a test");
    };
    let (_, directory) = ROOMS
        .into_iter()
        .find(|(known, _)| *known == room)
        .unwrap_or_else(|| panic!("`{test}`: there is no {room}"));
    let file = format!("{directory}/{}", file.join("/"));
    let source = [format!("{file}.rs"), format!("{file}/mod.rs")]
        .iter()
        .find_map(|path| fs::read_to_string(root().join(path)).ok())
        .unwrap_or_else(|| panic!("`{test}`: there is no {file}.rs"));
    assert!(
        source.contains(&format!("fn {name}(")),
        "there is no `{test}`"
    );
}

#[test]
fn every_threat_has_a_test_that_exists() {
    let document = read("docs/threat-model.md");
    let rows = rows(&document, "# Threat model");
    assert!(rows.len() > 15, "{}", rows.len());
    for row in rows {
        let tests: Vec<_> = quoted(row[2]).collect();
        assert!(!tests.is_empty(), "no test against: {}", row[0]);
        tests.into_iter().for_each(assert_exists);
    }
}

/// A command is `cargo test -p tests --test stories -- file` or `… file::test`; a number of trials
/// stands before the name of the constant in that file: 300 (`REQUESTS`).
#[test]
fn every_promise_is_kept_by_a_test_with_so_many_trials() {
    let document = read("docs/reliability.md");
    let rows = rows(&document, "\n## Reliability");
    assert!(rows.len() > 5, "{}", rows.len());
    for row in rows {
        let [promise, _tried, trials, lost, command] = row[..] else {
            panic!("five cells: {row:?}");
        };
        assert_eq!(lost, "nothing", "{promise}");
        let command = quoted(command).next().unwrap_or_default();
        let filter = command
            .strip_prefix("cargo test -p tests --test stories -- ")
            .unwrap_or_else(|| panic!("no command: {promise}"));
        let (file, test) = filter.split_once("::").unwrap_or((filter, ""));
        let source = read(&format!("tests/stories/{file}.rs"));
        if !test.is_empty() {
            assert_exists(&format!("stories::{filter}"));
        }
        let mut constants = quoted(trials).peekable();
        assert!(constants.peek().is_some(), "no trials: {promise}");
        for constant in constants {
            let (before, _) = trials
                .split_once(&format!(" (`{constant}`"))
                .expect("a number");
            let number = before.split_whitespace().next_back().unwrap_or_default();
            let line = format!("const {constant}: ");
            let line = source.lines().find(|known| known.contains(&line));
            let line = line.unwrap_or_else(|| panic!("{file} has no {constant}"));
            let is_so_many = line.ends_with(&format!(" = {number};"))
                || line.contains(&format!("; {number}] = "));
            assert!(is_so_many, "{promise}: {number}, but {line}");
        }
    }
}
