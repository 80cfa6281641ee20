//! The documents against the code: the tests, trials, files, settings and alarms that they name are
//! there, and their links lead somewhere.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use bookstall::runtime::config;

/// The first word of a test's path in a document, and where its files are.
const ROOMS: [(&str, &str); 7] = [
    ("architecture", "tests/architecture"),
    ("stories", "tests/stories"),
    ("emulators", "tests/emulators"),
    ("template", "tests/template"),
    ("binaries", "tests/binaries"),
    ("bookstall", "shared/src"),
    ("withdraw", "functions/withdraw/src"),
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

/// `stories::file::test`, `bookstall::folder::file::test` or `architecture::test`, found in its file.
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
    let source = [".rs", "/mod.rs", "/main.rs"]
        .iter()
        .find_map(|ending| fs::read_to_string(root().join(format!("{file}{ending}"))).ok())
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

/// The source of a story: a file, or all files of a folder.
fn story(name: &str) -> String {
    let folder = format!("tests/stories/{name}/");
    if root().join(&folder).is_dir() {
        files(&folder, ".rs").into_values().collect()
    } else {
        read(&format!("tests/stories/{name}.rs"))
    }
}

/// A command is `cargo test -p tests --test stories -- file` or `… file::test`; a number of trials
/// stands before the name of the constant in that story: 300 (`REQUESTS`).
#[test]
fn every_promise_is_kept_by_a_test_with_so_many_trials() {
    let document = read("docs/reliability.md");
    let rows = rows(&document, "\n## What is promised");
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
        let source = story(file);
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

#[test]
fn every_invariant_names_what_holds_it() {
    let document = read("docs/ARCHITECTURE.md");
    let invariants: Vec<_> = document
        .split("\n\n")
        .filter(|paragraph| paragraph.starts_with("**Architecture invariant:**"))
        .collect();
    assert!(invariants.len() > 10, "{}", invariants.len());
    for invariant in invariants {
        let tests: Vec<_> = quoted(invariant)
            .filter(|text| text.contains("::"))
            .collect();
        let is_held_by_lints = invariant.contains("`clippy.toml`");
        assert!(!tests.is_empty() || is_held_by_lints, "{invariant}");
        tests.into_iter().for_each(assert_exists);
    }
}

#[test]
fn the_readme_can_be_read_at_a_glance() {
    let lines = read("README.md").lines().count();
    assert!(lines <= 150, "{lines} lines");
}

/// The files of a folder (`""` for the root, `docs/`) that end so, by their path from the root.
fn files(folder: &str, ending: &str) -> BTreeMap<String, String> {
    fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| format!("{folder}{}", entry.unwrap().file_name().display()))
        .filter(|path| path.ends_with(ending))
        .map(|path| (path.clone(), read(&path)))
        .collect()
}

/// Every document, by its path from the root.
fn documents() -> BTreeMap<String, String> {
    let mut documents = files("", ".md");
    documents.append(&mut files("docs/", ".md"));
    documents
}

/// What is told, without the blocks of code.
fn prose(document: &str) -> String {
    document.split("```").step_by(2).collect()
}

/// The addresses of `[…](…)`, and of pictures.
fn links(document: &str) -> Vec<String> {
    prose(document)
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .map(str::to_owned)
        .collect()
}

/// The anchors of the headings, as GitHub makes them.
fn anchors(document: &str) -> BTreeSet<String> {
    prose(document)
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            line.trim_start_matches('#')
                .trim()
                .to_lowercase()
                .chars()
                .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter))
                .map(|letter| if letter == ' ' { '-' } else { letter })
                .collect()
        })
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    let documents = documents();
    assert!(documents.len() > 15, "{:?}", documents.keys());
    let mut broken = Vec::new();
    let mut followed = 0;
    for (path, document) in &documents {
        let directory = Path::new(path).parent().unwrap();
        for link in links(document) {
            if link.starts_with("https://") || link.starts_with("http://") {
                continue;
            }
            followed += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => root().join(path),
                file => root().join(directory).join(file),
            };
            let leads_there = target.exists()
                && (anchor.is_empty()
                    || fs::read_to_string(&target)
                        .is_ok_and(|document| anchors(&document).contains(anchor)));
            if !leads_there {
                broken.push(format!("{path}: {link}"));
            }
        }
    }
    assert!(followed > 50, "{followed} links");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_document_is_in_the_index() {
    let index = links(&read("docs/README.md"));
    for path in documents().keys() {
        let from_docs = match path.strip_prefix("docs/") {
            Some(file) => file.to_owned(),
            None => format!("../{path}"),
        };
        let is_itself = from_docs == "README.md";
        assert!(is_itself || index.contains(&from_docs), "{path}");
    }
}

/// Commands and texts name files and folders of the repository, from its root.
#[test]
fn every_file_that_is_named_is_there() {
    const FOLDERS: [&str; 14] = [
        ".ci",
        ".github",
        "bench",
        "catalogue",
        "cli",
        "docs",
        "emulators",
        "events",
        "functions",
        "fuzz",
        "local",
        "shared",
        "site",
        "tests",
    ];
    let is_of_a_path = |letter: char| letter.is_ascii_alphanumeric() || "_-./".contains(letter);
    let mut missing = Vec::new();
    for (path, document) in documents() {
        for word in document.split(|letter| !is_of_a_path(letter)) {
            let named = word.trim_end_matches('.');
            let is_ours = named
                .split_once('/')
                .is_some_and(|(folder, _)| FOLDERS.contains(&folder));
            if is_ours && !root().join(named).exists() {
                missing.push(format!("{path}: {named}"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// The parameters of a template.
fn parameters_of(template: &str) -> Vec<String> {
    template
        .lines()
        .skip_while(|line| *line != "Parameters:")
        .skip(1)
        .take_while(|line| line.is_empty() || line.starts_with(' '))
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
        .filter(|key| !key.starts_with([' ', '#']))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_parameter_and_variable_is_explained() {
    let document = read("docs/configuration.md");
    let parameters: Vec<_> = files("", ".yaml")
        .values()
        .flat_map(|template| parameters_of(template))
        .collect();
    assert!(parameters.len() > 5, "{parameters:?}");
    let variables = config::ALL.iter().map(|variable| variable.name.to_owned());
    for name in parameters.into_iter().chain(variables) {
        assert!(document.contains(&format!("`{name}`")), "{name}");
    }
}

/// Those of functions that fail are explained together.
#[test]
fn every_alarm_is_explained() {
    let (template, document) = (read("template.yaml"), read("docs/troubleshooting.md"));
    let alarms: Vec<_> = template
        .lines()
        .filter_map(|line| {
            let (_, name) = line.split_once("AlarmName: !Sub \"${AWS::StackName}: ")?;
            name.strip_suffix('"')
        })
        .filter(|name| !name.ends_with(" fails"))
        .collect();
    assert!(alarms.len() > 3, "{alarms:?}");
    for alarm in alarms {
        assert!(document.contains(&format!("alarm \"{alarm}\"")), "{alarm}");
    }
}

/// CloudWatch charges each alarm beyond the first ten.
#[test]
fn every_alarm_is_paid_for_in_the_costs() {
    let (template, document) = (read("template.yaml"), read("docs/costs.md"));
    let alarm = "Type: AWS::CloudWatch::Alarm\n";
    let options = template.matches(&format!("{alarm}    Condition: ")).count();
    let kinds = template.matches(alarm).count() - options;
    let (_, functions) = template
        .split_once("Fn::ForEach::ErrorAlarms:\n    - Function\n    - [")
        .unwrap();
    let (functions, _) = functions.split_once(']').unwrap();
    let alarms = kinds - 1 + functions.split(',').count();
    let row = document.lines().find(|line| line.contains("alarms ("));
    assert!(
        row.unwrap()
            .contains(&format!(" {alarms} alarms ({options} more with options),")),
        "{alarms} and {options}"
    );
}

/// The costs of a flood are those of all requests that the routes let in, also those of a withdrawal.
#[test]
fn the_flood_in_the_costs_is_what_the_routes_let_in() {
    let (template, document) = (read("template.yaml"), read("docs/costs.md"));
    let limit_in = |line: &str| -> u32 {
        let (_, limit) = line.split_once("ThrottlingRateLimit: ").unwrap();
        limit.split_once(',').unwrap().0.parse().unwrap()
    };
    let line_of = |start: &str| {
        let lines = template.lines();
        lines.map(str::trim).find(|line| line.starts_with(start))
    };
    let usual = limit_in(line_of("DefaultRouteSettings: ").unwrap());
    let (mut always, mut with_returns) = (0, 0);
    for (_, route) in template
        .lines()
        .filter_map(|line| line.split_once("{ApiId: !Ref HttpApi"))
    {
        let key = route.trim_start_matches(", Method: ").trim_end_matches('}');
        let key = key.replace(", Path: ", " ").replace('"', "");
        let limit = line_of(&format!("\"{key}\": ")).map_or(usual, limit_in);
        if key.ends_with("/withdraw") || key.ends_with("/refund") {
            with_returns += limit;
        } else {
            always += limit;
        }
    }
    let document = document.replace('\n', " ");
    assert!(
        document.contains(&format!(
            "{always} requests a second in all ({with_returns} more with"
        )),
        "{always} and {with_returns}"
    );
}

/// What the recording says is what the tests of `setup` have seen.
#[test]
fn the_recording_of_setup_is_that_of_its_test() {
    let seen = |name: &str| {
        let snapshot = read(&format!(
            "tests/cli/setup/snapshots/cli__setup__{name}.snap"
        ));
        let (_, seen) = snapshot.split_once("\n---\n").unwrap();
        seen.trim_end().to_owned()
    };
    let recording = format!(
        "$ bookstall setup\n{}\n{}\n```",
        seen("progress"),
        seen("answer")
    );
    assert!(
        read("docs/recordings.md").contains(&recording),
        "{recording}"
    );
}
