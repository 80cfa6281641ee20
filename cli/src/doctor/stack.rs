//! What `CloudFormation` says of the shop's stack. All groups of checks need some of it.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::{
    Client,
    primitives::DateTime,
    types::{Stack as DescribedStack, StackResourceSummary},
};
use bookstall::domain::timestamp::Timestamp;

use crate::{
    error::CliError,
    shop::{Shop, aws_command},
};

const STEP: &str = "Failed to read the stack";

/// The stack of a shop.
pub(super) struct Stack {
    pub(super) name: String,
    /// The id of the account at AWS.
    pub(super) account: String,
    pub(super) region: String,
    profile: Option<String>,
    /// Such as `UPDATE_COMPLETE`.
    pub(super) status: String,
    /// When it was created or updated last. `None` if `CloudFormation` does not say it.
    pub(super) changed: Option<Timestamp>,
    parameters: BTreeMap<String, String>,
    outputs: BTreeMap<String, String>,
    resources: BTreeMap<String, Resource>,
}

struct Resource {
    /// Such as `AWS::Lambda::Function`.
    kind: String,
    physical_id: String,
}

/// What is known of the shop's stack.
pub(super) enum Host {
    /// There is none, because the shop is the local one.
    Local,
    /// It was read.
    Stack(Box<Stack>),
    /// It cannot be read.
    Unknown,
}

impl Host {
    /// Returns the stack, or why there is none to look at. `local` is the reason in the local shop.
    pub(super) fn stack(&self, local: &'static str) -> Result<&Stack, &'static str> {
        match self {
            Self::Stack(stack) => Ok(stack.as_ref()),
            Self::Local => Err(local),
            Self::Unknown => Err("the stack cannot be read"),
        }
    }
}

impl Stack {
    /// Reads the stack of a shop. `None` if the shop is the local one.
    pub(super) async fn read(shop: &Shop) -> Result<Option<Self>, CliError> {
        let Some(described) = shop.described_stack().await? else {
            return Ok(None);
        };
        let resources = resources(shop, described.stack_name().unwrap_or_default()).await?;
        let region = shop.config.region().map(ToString::to_string);
        let profile = shop.profile.clone();
        Ok(Some(Self::of(described, region, profile, resources)))
    }

    fn of(
        described: DescribedStack,
        region: Option<String>,
        profile: Option<String>,
        resources: BTreeMap<String, Resource>,
    ) -> Self {
        let id = described.stack_id.unwrap_or_default();
        let changed = described.last_updated_time.or(described.creation_time);
        let parameters = described.parameters.unwrap_or_default().into_iter();
        let outputs = described.outputs.unwrap_or_default().into_iter();
        Self {
            name: described.stack_name.unwrap_or_default(),
            // arn:aws:cloudformation:eu-central-1:123456789012:stack/…
            account: id.split(':').nth(4).unwrap_or_default().to_owned(),
            region: region.unwrap_or_default(),
            profile,
            status: described
                .stack_status
                .map(|status| status.as_str().to_owned())
                .unwrap_or_default(),
            changed: changed.as_ref().and_then(timestamp),
            parameters: parameters
                .filter_map(|given| Some((given.parameter_key?, given.parameter_value?)))
                .collect(),
            outputs: outputs
                .filter_map(|output| Some((output.output_key?, output.output_value?)))
                .collect(),
            resources,
        }
    }

    /// Returns a parameter. It is empty if the stack has none of this name.
    pub(super) fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }

    /// Returns an output.
    pub(super) fn output(&self, name: &str) -> Result<&str, CliError> {
        let output = self.outputs.get(name).map(String::as_str);
        output.ok_or_else(|| self.lacks("output", name))
    }

    /// Returns the physical id of a resource.
    pub(super) fn resource(&self, name: &str) -> Result<&str, CliError> {
        let resource = self.resources.get(name).map(|known| &*known.physical_id);
        resource.ok_or_else(|| self.lacks("resource", name))
    }

    fn lacks(&self, what: &str, name: &str) -> CliError {
        CliError::Failed(format!(
            "The stack `{}` has no {what} {name}. `bookstall setup` makes it.",
            self.name
        ))
    }

    /// Returns the functions: the name by which its log goes, `track-view`, and the physical id.
    pub(super) fn functions(&self) -> impl Iterator<Item = (String, &str)> {
        let functions = self
            .resources
            .iter()
            .filter(|(_, resource)| resource.kind == "AWS::Lambda::Function");
        functions.map(|(name, resource)| (kebab_case(name), &*resource.physical_id))
    }

    /// Returns a command of the AWS CLI for the stack's account and region.
    pub(super) fn aws(&self, words: &str) -> String {
        aws_command(words, &self.region, self.profile.as_deref())
    }

    /// Returns the address of a page of AWS's console.
    pub(super) fn console(&self, page: &str) -> String {
        let region = &self.region;
        format!("https://{region}.console.aws.amazon.com/{page}")
    }
}

/// Reads a time of the SDK.
pub(super) fn timestamp(time: &DateTime) -> Option<Timestamp> {
    Timestamp::from_unix(time.secs())
}

/// Returns a time of the SDK.
pub(super) fn date_time(time: Timestamp) -> DateTime {
    DateTime::from_secs(time.unix())
}

/// Returns the name of a function's log: `track-view` for `TrackViewFunction`.
fn kebab_case(logical_id: &str) -> String {
    let name = logical_id.strip_suffix("Function").unwrap_or(logical_id);
    let mut kebab = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab
}

/// Lists the resources of a stack by their names in `template.yaml`.
async fn resources(shop: &Shop, stack: &str) -> Result<BTreeMap<String, Resource>, CliError> {
    let listed = Client::new(&shop.config).list_stack_resources();
    let mut pages = listed.stack_name(stack).into_paginator().items().send();
    let mut resources = BTreeMap::new();
    while let Some(resource) = pages.next().await {
        let resource = resource.map_err(|error| CliError::of_aws(STEP, error))?;
        resources.extend(named(resource));
    }
    Ok(resources)
}

fn named(resource: StackResourceSummary) -> Option<(String, Resource)> {
    let known = Resource {
        kind: resource.resource_type?,
        physical_id: resource.physical_resource_id?,
    };
    Some((resource.logical_resource_id?, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_log_is_read_from_the_function() {
        let names = ["BuyFunction", "TrackViewFunction", "PushUpdateFunction"];
        assert_eq!(names.map(kebab_case), ["buy", "track-view", "push-update"]);
    }
}
