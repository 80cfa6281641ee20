//! What `CloudFormation` does with the stack.

use std::{collections::HashSet, time::Duration};

use aws_sdk_cloudformation::{
    Client,
    error::ProvideErrorMetadata,
    types::{Stack, StackEvent},
};
use tokio::time::sleep;

use super::context::Context;
use crate::error::CliError;

const STEP: &str = "Failed to read the stack";

/// The pause between two looks at a stack that is changing.
const PAUSE: Duration = Duration::from_secs(2);

/// Returns the stack, or `None` if there is none.
pub(super) async fn describe(context: &Context<'_>) -> Result<Option<Stack>, CliError> {
    let client = Client::new(&context.config);
    match client
        .describe_stacks()
        .stack_name(&context.stack)
        .send()
        .await
    {
        Ok(described) => Ok(described.stacks.unwrap_or_default().pop()),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(CliError::of_aws(STEP, error)),
    }
}

/// `CloudFormation` has no code of its own for a stack that is not there.
fn is_missing(error: &impl ProvideErrorMetadata) -> bool {
    error
        .message()
        .is_some_and(|message| message.contains("does not exist"))
}

/// Returns an output of the stack.
pub(super) fn output(stack: &Stack, name: &str) -> Option<String> {
    let output = stack
        .outputs()
        .iter()
        .find(|output| output.output_key() == Some(name))?;
    output.output_value().map(str::to_owned)
}

/// Returns the value of a parameter of the stack.
pub(super) fn parameter<'a>(stack: &'a Stack, name: &str) -> Option<&'a str> {
    let parameters = stack.parameters();
    let parameter = parameters
        .iter()
        .find(|parameter| parameter.parameter_key() == Some(name))?;
    parameter.parameter_value()
}

/// Returns the stack's status, such as `CREATE_COMPLETE`.
pub(super) fn status(stack: &Stack) -> &str {
    stack.stack_status().map_or("", |status| status.as_str())
}

/// Whether the stack is changing. A stack under review only has a changeset that was never carried
/// out, and waits for nobody.
fn is_changing(stack: &Stack) -> bool {
    let status = status(stack);
    status.ends_with("IN_PROGRESS") && status != "REVIEW_IN_PROGRESS"
}

/// Waits until nothing changes the stack any more, and returns it.
pub(super) async fn settled(context: &Context<'_>) -> Result<Option<Stack>, CliError> {
    loop {
        match describe(context).await? {
            Some(stack) if is_changing(&stack) => sleep(PAUSE).await,
            stack => return Ok(stack),
        }
    }
}

/// Deletes a stack whose first deploy failed, and waits until it is gone.
pub(super) async fn delete(context: &Context<'_>) -> Result<(), CliError> {
    let client = Client::new(&context.config);
    let deleted = client
        .delete_stack()
        .stack_name(&context.stack)
        .send()
        .await;
    deleted.map_err(|error| CliError::of_aws("Failed to delete the stack", error))?;
    match settled(context).await? {
        None => Ok(()),
        Some(stack) => Err(CliError::Failed(format!(
            "The stack `{}` cannot be deleted: {}. `{}` tries again.",
            context.stack,
            stack
                .stack_status_reason()
                .unwrap_or_else(|| status(&stack)),
            context.aws(&format!(
                "cloudformation delete-stack --stack-name {}",
                context.stack
            ))
        ))),
    }
}

/// The events of a stack since a moment.
pub(super) struct Events {
    client: Client,
    stack: String,
    seen: HashSet<String>,
}

impl Events {
    /// Begins now: what happened before is not returned.
    pub(super) async fn begin(context: &Context<'_>) -> Result<Self, CliError> {
        let mut events = Self {
            client: Client::new(&context.config),
            stack: context.stack.clone(),
            seen: HashSet::new(),
        };
        events.next().await?;
        Ok(events)
    }

    /// Returns what happened since the last look, oldest first.
    pub(super) async fn next(&mut self) -> Result<Vec<StackEvent>, CliError> {
        let mut new = Vec::new();
        let mut token = None;
        loop {
            let asked = self.client.describe_stack_events().stack_name(&self.stack);
            let page = match asked.set_next_token(token).send().await {
                Ok(page) => page,
                Err(error) if is_missing(&error) => break,
                Err(error) => return Err(CliError::of_aws(STEP, error)),
            };
            token = page.next_token;
            let mut is_known = false;
            for event in page.stack_events.unwrap_or_default() {
                if self
                    .seen
                    .insert(event.event_id().unwrap_or_default().to_owned())
                {
                    new.push(event);
                } else {
                    // Events come newest first.
                    is_known = true;
                }
            }
            if is_known || token.is_none() {
                break;
            }
        }
        new.reverse();
        Ok(new)
    }
}

/// Returns the first resource that failed, and why. What was cancelled because of it does not count.
pub(super) fn first_failure(events: &[StackEvent]) -> Option<(String, String)> {
    events.iter().find_map(|event| {
        let status = event.resource_status()?.as_str();
        let reason = event.resource_status_reason()?;
        let is_failure = status.ends_with("_FAILED") && !reason.contains("cancelled");
        let resource = event.logical_resource_id()?.to_owned();
        is_failure.then(|| (resource, reason.trim_end_matches('.').to_owned()))
    })
}

/// Returns what is left to the author: the mail by which AWS asks whether alarms are welcome.
pub(super) async fn by_hand(context: &Context<'_>) -> Result<Vec<String>, CliError> {
    let Some(stack) = describe(context).await? else {
        return Ok(Vec::new());
    };
    let author = parameter(&stack, "AuthorEmail").unwrap_or("your address");
    Ok(vec![format!(
        "AWS mailed \"AWS Notification - Subscription Confirmation\" to {author}. Follow its link \
         once, or no alarm reaches you."
    )])
}
