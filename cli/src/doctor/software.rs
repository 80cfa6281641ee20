//! Checks what is deployed against the checkout that the author stands in.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use aws_sdk_cloudformation::types::TemplateStage;
use aws_sdk_lambda::{
    operation::get_function_configuration::GetFunctionConfigurationOutput as Configuration,
    primitives::{DateTime, DateTimeFormat},
    types::{LastUpdateStatus, State as FunctionState},
};
use bookstall::domain::timestamp::Timestamp;
use futures::future::try_join_all;
use tokio::process::Command;

use super::{
    check::{Checks, Finding, Line},
    stack::{Host, Stack, timestamp},
    template::Template,
};
use crate::{
    error::CliError,
    shop::Shop,
    software,
    text::{count, minute},
};

const STATUS: Checks<1> = Checks {
    group: "software",
    names: ["stack"],
};
const TEMPLATE: Checks<1> = Checks {
    group: "software",
    names: ["template"],
};
const FUNCTIONS: Checks<1> = Checks {
    group: "software",
    names: ["functions"],
};

const DEPLOY: &str = "bookstall setup";
const LOCAL: &str = "the local shop runs what `cargo run` compiled";
const NO_CHECKOUT: &str = "there is no template.yaml here or above: run this in your checkout";

/// What the functions are compiled from.
const SOURCES: [&str; 6] = [
    "functions",
    "shared",
    "Cargo.toml",
    "Cargo.lock",
    ".cargo",
    "events",
];

/// Checks the stack, its template and its functions. `error` is why the stack cannot be read.
pub(super) async fn check(shop: &Shop, host: &Host, error: Option<&CliError>) -> Vec<Line> {
    let stack = match host.stack(LOCAL) {
        Ok(stack) => stack,
        Err(why) => {
            let mut lines = match error {
                Some(error) => STATUS.lines([Finding::unknown(error)]),
                None => STATUS.skipped(why),
            };
            lines.extend(TEMPLATE.skipped(why));
            lines.extend(FUNCTIONS.skipped(why));
            return lines;
        }
    };
    let mut lines = STATUS.lines([status(stack)]);
    let Some(checkout) = checkout() else {
        lines.extend(TEMPLATE.skipped(NO_CHECKOUT));
        lines.extend(FUNCTIONS.skipped(NO_CHECKOUT));
        return lines;
    };
    let (template, functions) = tokio::join!(
        TEMPLATE.of(deployed_template(shop, stack), |deployed| [template(
            &checkout, &deployed
        )]),
        FUNCTIONS.of(
            async { tokio::try_join!(configurations(shop, stack), sources(&checkout, stack)) },
            |(functions, sources)| [functions_finding(&functions, &sources)]
        ),
    );
    lines.extend(template);
    lines.extend(functions);
    lines
}

/// Returns the folder of `template.yaml`: the current one, or the nearest above it.
fn checkout() -> Option<PathBuf> {
    let here = env::current_dir().ok()?;
    let mut folders = here.ancestors();
    let found = folders.find(|folder| folder.join("template.yaml").is_file());
    found.map(Path::to_owned)
}

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html>
fn status(stack: &Stack) -> Finding {
    let Stack { name, status, .. } = stack;
    let since = stack.changed.map(|time| minute(&time.to_string()));
    let since = since.map_or(String::new(), |time| format!(", deployed {time}"));
    let found = format!("{name} in {} is {status}{since}", stack.region);
    let events = stack.console("cloudformation/home#/stacks");
    match status.as_str() {
        "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" => Finding::ok(found),
        "UPDATE_ROLLBACK_COMPLETE" => Finding::warning(
            format!("{found}: the last deployment failed, and the one before it runs"),
            format!("mend what its events say, then {DEPLOY}: {events}"),
        ),
        "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "CREATE_FAILED" => Finding::failed(
            format!("{found}: the first deployment failed"),
            format!("sam delete, then {DEPLOY}; its events say why it failed: {events}"),
        ),
        busy if busy.ends_with("_IN_PROGRESS") => Finding::warning(
            format!("{found}: it is being changed right now"),
            "wait until it is done, and run this again",
        ),
        _ => Finding::failed(found, format!("its events say why: {events}")),
    }
}

async fn deployed_template(shop: &Shop, stack: &Stack) -> Result<String, CliError> {
    let client = aws_sdk_cloudformation::Client::new(&shop.config);
    let deployed = client
        .get_template()
        .stack_name(&stack.name)
        .template_stage(TemplateStage::Original)
        .send()
        .await
        .map_err(|error| CliError::of_aws("Failed to read the deployed template", error))?;
    Ok(deployed.template_body.unwrap_or_default())
}

fn template(checkout: &Path, deployed: &str) -> Finding {
    let path = checkout.join("template.yaml");
    let ours = match fs::read_to_string(&path) {
        Ok(text) => Template::parse(&text),
        Err(error) => return Finding::unknown(&CliError::of_file(&path, &error)),
    };
    match (ours, Template::parse(deployed)) {
        (Ok(ours), Ok(deployed)) => {
            let differences = ours.differences(&deployed);
            if differences.is_empty() {
                let found = "the deployed one says what template.yaml here says";
                return Finding::ok(found);
            }
            let found = format!(
                "the deployed one differs from template.yaml here in {}: {}",
                count_entries(differences.len()),
                some(&differences)
            );
            Finding::warning(found, DEPLOY)
        }
        (Err(why), _) => Finding::failed(
            format!("template.yaml here cannot be read: {why}"),
            "git checkout template.yaml",
        ),
        (_, Err(why)) => Finding::failed(format!("the deployed one cannot be read: {why}"), DEPLOY),
    }
}

fn count_entries(number: usize) -> String {
    match number {
        1 => "1 entry".to_owned(),
        many => format!("{many} entries"),
    }
}

/// Lists the first few.
fn some(names: &[String]) -> String {
    const SHOWN: usize = 6;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len() - names.len().min(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A deployed function: its name, and how Lambda has it.
type Function = (String, Configuration);

async fn configurations(shop: &Shop, stack: &Stack) -> Result<Vec<Function>, CliError> {
    let client = aws_sdk_lambda::Client::new(&shop.config);
    let read = stack.functions().map(|(name, id)| {
        let client = &client;
        async move {
            let read = client.get_function_configuration().function_name(id);
            let step = format!("Failed to read the function {name}");
            let read = read.send().await;
            let read = read.map_err(|error| CliError::of_aws(&step, error))?;
            Ok((name, read))
        }
    });
    try_join_all(read).await
}

/// How the sources of the functions here compare with those that were deployed.
enum Sources {
    /// `setup` has deployed the stack with their fingerprint.
    Fingerprint { is_same: bool },
    /// Git has their history.
    Known {
        /// When they were committed last.
        committed: Timestamp,
        /// How many files are changed and not committed.
        changed: usize,
    },
    /// There is no history here.
    Unknown,
}

async fn sources(checkout: &Path, stack: &Stack) -> Result<Sources, CliError> {
    let deployed = stack.parameter(software::PARAMETER);
    if !deployed.is_empty() {
        let here = software::fingerprint(checkout);
        let here = here.map_err(|error| CliError::of_file(checkout, &error))?;
        return Ok(Sources::Fingerprint {
            is_same: here == deployed,
        });
    }
    let (committed, changed) = tokio::join!(
        git(checkout, &["log", "-1", "--format=%ct", "--"]),
        git(checkout, &["status", "--porcelain", "--"]),
    );
    let committed = committed.and_then(|text| Timestamp::from_unix(text.trim().parse().ok()?));
    Ok(match (committed, changed) {
        (Some(committed), Some(changed)) => Sources::Known {
            committed,
            changed: changed.lines().count(),
        },
        _ => Sources::Unknown,
    })
}

/// Runs git on the sources of the functions. `None` if it fails or is not installed.
async fn git(checkout: &Path, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(checkout)
        .args(arguments)
        .args(SOURCES);
    let output = command.kill_on_drop(true).output().await.ok()?;
    let is_done = output.status.success();
    is_done.then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn functions_finding(functions: &[Function], sources: &Sources) -> Finding {
    let broken: Vec<_> = functions
        .iter()
        .filter(|(_, function)| !is_ready(function))
        .map(|(name, _)| name.clone())
        .collect();
    if !broken.is_empty() {
        return Finding::failed(format!("not ready to run: {}", some(&broken)), DEPLOY);
    }
    let oldest = functions
        .iter()
        .filter_map(|(_, function)| changed(function))
        .min();
    let Some(oldest) = oldest else {
        return Finding::failed("the stack has no functions", DEPLOY);
    };
    let number = count(functions.len(), "function");
    let deployed = format!("{number}, deployed {}", minute(&oldest.to_string()));
    match sources {
        Sources::Fingerprint { is_same: true } => {
            Finding::ok(format!("{deployed}, of exactly the code here"))
        }
        Sources::Fingerprint { is_same: false } => {
            Finding::warning(format!("{deployed}, of other code than is here"), DEPLOY)
        }
        Sources::Unknown => Finding::ok(format!(
            "{deployed}; git has no history here to compare that with"
        )),
        Sources::Known { committed, .. } if *committed > oldest => Finding::warning(
            format!(
                "{deployed}; their code here was committed later, {}",
                minute(&committed.to_string())
            ),
            DEPLOY,
        ),
        Sources::Known { changed, .. } if *changed > 0 => Finding::warning(
            format!(
                "{deployed}; their code here has {}, and nothing tells whether they are deployed",
                changes(*changed)
            ),
            format!("git commit, then {DEPLOY}"),
        ),
        Sources::Known { committed, .. } => Finding::ok(format!(
            "{deployed}, after the last commit of their code here, {}",
            minute(&committed.to_string())
        )),
    }
}

fn changes(number: usize) -> String {
    match number {
        1 => "a change that is not committed".to_owned(),
        many => format!("{many} changes that are not committed"),
    }
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html>
fn is_ready(function: &Configuration) -> bool {
    let is_active = matches!(
        function.state,
        None | Some(FunctionState::Active | FunctionState::Inactive)
    );
    is_active && function.last_update_status != Some(LastUpdateStatus::Failed)
}

/// Returns when a function was changed last. Lambda writes it as `2026-11-22T17:00:03.000+0000`.
fn changed(function: &Configuration) -> Option<Timestamp> {
    let text = function.last_modified.as_deref()?.replace("+0000", "Z");
    let time = DateTime::from_str(&text, DateTimeFormat::DateTime).ok()?;
    timestamp(&time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(changed: &str) -> Function {
        let function = Configuration::builder().last_modified(changed).build();
        ("buy".to_owned(), function)
    }

    fn found(sources: &Sources) -> String {
        let functions = [
            function("2026-11-22T17:00:03.000+0000"),
            function("2026-11-22T17:00:01.120+0000"),
        ];
        format!("{:?}", functions_finding(&functions, sources))
    }

    #[test]
    fn functions_are_compared_with_the_last_commit_of_their_code() {
        let known = |minutes: i64, changed| Sources::Known {
            committed: Timestamp::from_unix(1_795_366_801 + 60 * minutes).unwrap(),
            changed,
        };
        let before = found(&known(-1, 0));
        assert!(
            before.contains("Ok") && before.contains("2 functions"),
            "{before}"
        );
        let after = found(&known(1, 0));
        assert!(
            after.contains("committed later, 2026-11-22 17:01 UTC"),
            "{after}"
        );
        let changed = found(&known(-1, 2));
        assert!(
            changed.contains("2 changes that are not committed"),
            "{changed}"
        );
        assert!(found(&Sources::Unknown).contains("no history"));
        let other = found(&Sources::Fingerprint { is_same: false });
        assert!(other.contains("of other code"), "{other}");
    }

    #[test]
    fn a_function_that_could_not_be_updated_is_named() {
        let failed = Configuration::builder().last_update_status(LastUpdateStatus::Failed);
        let functions = [("buy".to_owned(), failed.build())];
        let found = functions_finding(&functions, &Sources::Unknown);
        assert!(format!("{found:?}").contains("not ready to run: buy"));
    }
}
