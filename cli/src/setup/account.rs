//! Step 1: the account at AWS, the region, and the tools on this machine.

use aws_sdk_sts::config::ProvideCredentials;

use super::{
    context::Context,
    step::{About, State},
    tools::Tools,
};
use crate::{
    error::CliError,
    ses::Ses,
    terminal::{ask, can_ask},
};

pub(super) const ABOUT: About = About {
    name: "account",
    title: "Account, region, tools",
    takes: "a few seconds",
    what: "Looks for your credentials of AWS, a region with SES, and the tools that build the shop.",
};

/// Where AWS lists the regions with SES.
const SES_REGIONS: &str = "https://docs.aws.amazon.com/general/latest/gr/ses.html";

/// Returns the account, region and tools, or what is missing.
pub(super) async fn state(context: &Context<'_>) -> Result<State, CliError> {
    if context.region().is_empty() {
        find_credentials(context).await?;
        return Ok(State::ToDo("asks for the region".to_owned()));
    }
    let found = look(context).await?;
    Ok(if context.sam.setting("region") == Some(context.region()) {
        State::Done(found)
    } else {
        State::ToDo(format!(
            "writes the region {} into samconfig.toml",
            context.region()
        ))
    })
}

/// Asks for the region if nothing names one, looks for all that is needed, and writes the region and
/// the profile down for the commands that follow.
pub(super) async fn run(context: &mut Context<'_>) -> Result<(), CliError> {
    if context.region().is_empty() {
        if !can_ask() {
            return Err(CliError::Usage(
                "In which region of AWS shall the shop be? Name it with --region.".to_owned(),
            ));
        }
        let region = ask(
            "The region of AWS, one near you that has SES",
            Some("us-east-1"),
            region,
        )?;
        context.set_region(region).await;
    }
    look(context).await?;
    let region = context.region().to_owned();
    context.sam.set("region", &region);
    if let Some(profile) = context.profile().map(str::to_owned) {
        context.sam.set("profile", &profile);
    }
    let stack = context.stack.clone();
    context.sam.set("stack_name", &stack);
    context.sam.write()
}

/// Finds credentials of AWS without asking AWS whose they are, which takes a region. The error says what
/// makes some.
async fn find_credentials(context: &Context<'_>) -> Result<(), CliError> {
    let Some(provider) = context.config.credentials_provider() else {
        return Ok(());
    };
    let found = provider.provide_credentials().await;
    found
        .map(drop)
        .map_err(|error| CliError::of_aws("Failed to find your credentials of AWS", error))
}

/// Tells what was found. The error is a sentence on the first thing that is missing.
async fn look(context: &Context<'_>) -> Result<String, CliError> {
    let region = context.region();
    let caller = aws_sdk_sts::Client::new(&context.config);
    let caller = caller.get_caller_identity().send().await;
    let step = format!("Failed to ask AWS in `{region}` who you are");
    let caller = caller.map_err(|error| in_region(CliError::of_aws(&step, error), region))?;
    let ses = Ses::new(&context.config).account().await;
    ses.map_err(|error| in_region(error, region))?;
    let architecture = context.parameter("Architecture").unwrap_or_default();
    let tools = Tools::look(&context.checkout, &architecture).await;
    if !tools.missing.is_empty() {
        let mut missing = tools.missing;
        missing.push("Then run `bookstall setup` again.".to_owned());
        return Err(CliError::Refused(missing.join("\n")));
    }
    let account = caller.account().unwrap_or_default();
    Ok(format!(
        "account {account}, region {region}, {}",
        tools.found.join(", ")
    ))
}

/// Adds to the error of an address that does not answer what may be wrong with the region.
fn in_region(error: CliError, region: &str) -> CliError {
    match error {
        CliError::Failed(message) if message.contains("cannot be reached") => {
            CliError::Failed(format!(
                "{message} Is there a network, and is `{region}` a region that has SES? \
                 {SES_REGIONS} lists them; --region names another."
            ))
        }
        error => error,
    }
}

fn region(text: &str) -> Result<String, String> {
    let text = text.trim();
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.split('-').count() < 3 || !text.chars().all(is_plain) {
        return Err(format!("{text:?} is no region such as eu-central-1."));
    }
    Ok(text.to_owned())
}
