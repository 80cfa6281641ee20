//! Step 5: the shop is built and deployed by SAM.
//!
//! `CloudFormation` goes on when this command is stopped. The next run waits for it, and deploys
//! only if the stack does not run this checkout then.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::PathBuf,
    process::Stdio,
    time::Duration,
};

use aws_sdk_cloudformation::types::{Stack, StackEvent};
use tokio::{process::Command, time::sleep};

use super::{
    context::Context,
    sam_file::overrides,
    stack::{self, Events},
    step::{About, State},
    tools,
};
use crate::{
    error::CliError,
    software,
    terminal::{note, spinner},
};

pub(super) const ABOUT: About = About {
    name: "deploy",
    title: "Build and deploy",
    takes: "twenty minutes for the first build, and minutes for the first deploy",
    what: "Builds the functions and deploys the stack, with the answers of samconfig.toml.",
};

/// The pause between two looks at the stack's events.
const PAUSE: Duration = Duration::from_secs(2);

/// Where the output of SAM goes, in the checkout.
const LOG: &str = ".aws-sam/bookstall-setup.log";

pub(super) async fn state(context: &Context<'_>) -> Result<State, CliError> {
    let stack = stack::describe(context).await?;
    lack(context, stack.as_ref()).map(|lack| match (lack, stack) {
        (Some(lack), _) => State::ToDo(lack),
        (None, stack) => {
            let url = stack.and_then(|stack| stack::output(&stack, "ShopUrl"));
            let url = url.unwrap_or_default();
            State::Done(format!(
                "the stack `{}` runs this checkout at {url}",
                context.stack
            ))
        }
    })
}

/// Returns why the stack is to be deployed. `None` if it runs this checkout with these answers.
fn lack(context: &Context<'_>, stack: Option<&Stack>) -> Result<Option<String>, CliError> {
    let Some(stack) = stack else {
        let (name, region) = (&context.stack, context.region());
        return Ok(Some(format!("there is no stack `{name}` in {region}")));
    };
    let status = stack::status(stack);
    if !matches!(
        status,
        "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "UPDATE_ROLLBACK_COMPLETE" | "IMPORT_COMPLETE"
    ) {
        return Ok(Some(format!("the stack is {status}")));
    }
    let wanted = wanted_parameters(context)?;
    let differs = |(name, value): &(&String, &String)| stack::parameter(stack, name) != Some(value);
    Ok(wanted
        .iter()
        .find(differs)
        .map(|(name, _)| match name.as_str() {
            software::PARAMETER if stack::parameter(stack, name).is_none_or(str::is_empty) => {
                "nothing tells whether the stack runs this checkout: `sam deploy` deployed it by hand"
                    .to_owned()
            }
            software::PARAMETER => "the stack runs other software than this checkout".to_owned(),
            name => format!("the stack has another {name} than samconfig.toml"),
        }))
}

/// Returns the values of the template's parameters, with the fingerprint of the checkout.
fn wanted_parameters(context: &Context<'_>) -> Result<BTreeMap<String, String>, CliError> {
    let mut parameters = context.sam.parameters();
    let fingerprint = software::fingerprint(&context.checkout)
        .map_err(|error| CliError::of_file(&context.checkout, &error))?;
    parameters.insert(software::PARAMETER.to_owned(), fingerprint);
    Ok(parameters)
}

pub(super) async fn run(context: &mut Context<'_>) -> Result<(), CliError> {
    let stack = {
        let _waiting = spinner("Looking at the stack");
        stack::settled(context).await?
    };
    if lack(context, stack.as_ref())?.is_none() {
        return Ok(());
    }
    if let Some(stack) = stack {
        make_way(context, &stack).await?;
    }
    let log = Log::new(context)?;
    build(context, &log).await?;
    deploy(context, &log).await
}

/// Clears what keeps a stack from being deployed, or says how the author does.
async fn make_way(context: &Context<'_>, stack: &Stack) -> Result<(), CliError> {
    let name = &context.stack;
    match stack::status(stack) {
        // The stack was never in use: its first deploy failed.
        "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "CREATE_FAILED" | "DELETE_FAILED" => {
            let delete = context.aws(&format!("cloudformation delete-stack --stack-name {name}"));
            let question = format!(
                "The first deploy of `{name}` failed, and its remains have to be deleted before \
                 another ({delete}). Delete them?"
            );
            context.terminal.confirm(&question)?;
            let _deleting = spinner(format!("Deleting the remains of `{name}`"));
            stack::delete(context).await
        }
        status @ "UPDATE_ROLLBACK_FAILED" => Err(CliError::Refused(format!(
            "The stack `{name}` is {status}. `{}` brings back what it was; then run `bookstall \
             setup` again.",
            context.aws(&format!(
                "cloudformation continue-update-rollback --stack-name {name}"
            ))
        ))),
        _ => Ok(()),
    }
}

/// The file that SAM's output goes to.
struct Log {
    path: PathBuf,
    file: File,
}

impl Log {
    fn new(context: &Context<'_>) -> Result<Self, CliError> {
        let path = context.checkout.join(LOG);
        let folder = path.parent().unwrap_or(&context.checkout);
        let file = fs::create_dir_all(folder).and_then(|()| File::create(&path));
        let file = file.map_err(|error| CliError::of_file(&path, &error))?;
        Ok(Self { path, file })
    }

    /// Returns a command of SAM whose output goes into the log.
    fn sam(&self, context: &Context<'_>, subcommand: &str) -> Result<Command, CliError> {
        let clone = || self.file.try_clone();
        let (stdout, stderr) = clone()
            .and_then(|stdout| Ok((stdout, clone()?)))
            .map_err(|error| CliError::of_file(&self.path, &error))?;
        let mut sam = tools::command("sam", &context.checkout);
        sam.arg(subcommand).args(["--region", context.region()]);
        if let Some(profile) = context.profile() {
            sam.args(["--profile", profile]);
        }
        sam.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
        Ok(sam)
    }

    /// Returns the error of SAM, which failed without a word of `CloudFormation`'s.
    fn failed(&self, what: &str) -> CliError {
        let text = fs::read_to_string(&self.path).unwrap_or_default();
        let is_error = |line: &&str| line.trim_start().to_lowercase().starts_with("error");
        let line = text.lines().rfind(is_error).or_else(|| text.lines().last());
        CliError::Failed(format!(
            "{what} failed: {}. All that it said is in {}.",
            line.unwrap_or("it said nothing")
                .trim()
                .trim_end_matches('.'),
            self.path.display()
        ))
    }
}

async fn build(context: &Context<'_>, log: &Log) -> Result<(), CliError> {
    note(&format!(
        "   sam build, whose output goes to {}",
        log.path.display()
    ));
    let _building = spinner("Building");
    let mut sam = log.sam(context, "build")?;
    if let Some(architecture) = context.parameter("Architecture") {
        sam.args([
            "--parameter-overrides",
            &format!("Architecture={architecture}"),
        ]);
    }
    let status = sam.status().await;
    let status = status.map_err(|error| CliError::Failed(format!("sam: {error}.")))?;
    status
        .success()
        .then_some(())
        .ok_or_else(|| log.failed("sam build"))
}

async fn deploy(context: &Context<'_>, log: &Log) -> Result<(), CliError> {
    note("   sam deploy");
    let mut events = Events::begin(context).await?;
    let parameters = overrides(&wanted_parameters(context)?);
    let mut sam = log.sam(context, "deploy")?;
    sam.args(["--stack-name", &context.stack])
        .args(["--no-confirm-changeset", "--no-fail-on-empty-changeset"])
        .args(["--parameter-overrides", &parameters]);
    let mut sam = sam
        .spawn()
        .map_err(|error| CliError::Failed(format!("sam: {error}.")))?;
    let mut happened = Vec::new();
    let status = loop {
        let ended = sam
            .try_wait()
            .map_err(|error| CliError::Failed(format!("sam: {error}.")))?;
        // An event that cannot be read now is read at the next look. SAM goes on meanwhile, and the
        // last look comes after its end.
        let new = {
            let _deploying = spinner("Deploying");
            if ended.is_none() {
                sleep(PAUSE).await;
            }
            events.next().await.unwrap_or_default()
        };
        new.iter()
            .filter_map(resource_line)
            .for_each(|line| note(&line));
        happened.extend(new);
        if let Some(status) = ended {
            break status;
        }
    };
    if status.success() {
        let stack = stack::describe(context).await?;
        return match lack(context, stack.as_ref())? {
            None => Ok(()),
            Some(lack) => Err(CliError::Failed(format!(
                "sam deploy ended without an error, and yet {lack}. SAM's output is in {}.",
                log.path.display()
            ))),
        };
    }
    let Some((resource, reason)) = stack::first_failure(&happened) else {
        return Err(log.failed("sam deploy"));
    };
    // A stack that rolls back takes a while, and cannot be deployed meanwhile.
    let stack = {
        let _waiting = spinner("CloudFormation takes back what it did");
        stack::settled(context).await?
    };
    let way_on = match stack.as_ref().map(stack::status) {
        Some("ROLLBACK_COMPLETE" | "ROLLBACK_FAILED") => {
            "Mend that and run `bookstall setup` again; it asks to delete the remains first."
        }
        _ => "The shop is as it was before. Mend that and run `bookstall setup` again.",
    };
    Err(CliError::Failed(format!(
        "The deploy failed at {resource}: {reason}. {way_on} SAM's output is in {}.",
        log.path.display()
    )))
}

/// Writes an event of a resource that is done or failed.
fn resource_line(event: &StackEvent) -> Option<String> {
    let status = event.resource_status()?.as_str();
    let is_end = status.ends_with("_COMPLETE") || status.ends_with("_FAILED");
    let (name, kind) = (event.logical_resource_id()?, event.resource_type()?);
    is_end.then(|| format!("   {status:<16} {name} ({kind})"))
}
