//! The shop that a command speaks to: a stack on AWS, or the local shop, which answers the same
//! APIs.

use std::sync::atomic::{AtomicBool, Ordering};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cloudformation::types::Stack;
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use serde_json::Value;

use crate::{
    arguments::{Place, quoted},
    error::CliError,
    function::Function,
    lambda::Lambda,
    samconfig::SamConfig,
};

/// Returns a command of the AWS CLI for this region and profile: `aws logs tail … --region eu-central-1`.
pub(crate) fn aws_command(words: &str, region: &str, profile: Option<&str>) -> String {
    let profile = profile.map_or(String::new(), |profile| {
        format!(" --profile {}", quoted(profile))
    });
    format!("aws {words} --region {region}{profile}")
}

/// The step of an error that comes from `CloudFormation`.
const NAMES: &str = "Failed to read the stack";

/// The shop that a command speaks to.
pub(crate) struct Shop {
    pub(crate) config: SdkConfig,
    host: Host,
    /// The options that name it, as [`Place::options`] returns them.
    options: String,
    /// The profile of AWS's configuration, if one is named.
    pub(crate) profile: Option<String>,
    /// Whether this command uploaded a file.
    has_uploaded: AtomicBool,
}

enum Host {
    /// A stack on AWS, by its name.
    Stack(String),
    /// The local shop, with what it says at `/local/endpoints`.
    Local(Value),
}

impl Shop {
    /// Finds the shop that the arguments name: the local one, or a stack, by the arguments or by
    /// `samconfig.toml`.
    pub(crate) async fn open(place: &Place) -> Result<Self, CliError> {
        match &place.local {
            Some(url) => Self::open_local(url.trim_end_matches('/'), place).await,
            None => Self::open_stack(place).await,
        }
    }

    async fn open_local(url: &str, place: &Place) -> Result<Self, CliError> {
        let closed = |error: reqwest::Error| {
            CliError::Failed(format!(
                "No local shop answers at {url}: {}. `cargo run` opens one.",
                error.without_url()
            ))
        };
        let answer = reqwest::get(format!("{url}/local/endpoints")).await;
        let answer = answer.and_then(reqwest::Response::error_for_status);
        let endpoints: Value = answer.map_err(closed)?.json().await.map_err(closed)?;
        let text = |name: &str| endpoints[name].as_str().unwrap_or_default().to_owned();
        let credentials = Credentials::new(
            text("access_key_id"),
            text("secret_access_key"),
            None,
            None,
            "local",
        );
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(text("region")))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .endpoint_url(text("shop"))
            .load()
            .await;
        Ok(Self {
            config,
            host: Host::Local(endpoints),
            options: place.options(),
            profile: None,
            has_uploaded: AtomicBool::new(false),
        })
    }

    async fn open_stack(place: &Place) -> Result<Self, CliError> {
        let known = SamConfig::find()?;
        let stack = place.stack.clone().or(known.stack_name);
        let stack = stack.ok_or_else(|| {
            CliError::Usage(
                "Which shop? No samconfig.toml is here or above: run this in the checkout that \
                 you deploy from, or name the shop with --stack (and --region), or with --local."
                    .to_owned(),
            )
        })?;
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        let profile = place.profile.clone().or(known.profile);
        if let Some(profile) = &profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = place.region.clone().or(known.region) {
            loader = loader.region(Region::new(region));
        }
        let config = loader.load().await;
        if config.region().is_none() {
            return Err(CliError::Usage(
                "In which region of AWS is the shop? Name it with --region, or in samconfig.toml."
                    .to_owned(),
            ));
        }
        Ok(Self {
            config,
            host: Host::Stack(stack),
            options: place.options(),
            profile,
            has_uploaded: AtomicBool::new(false),
        })
    }

    /// Makes the shop of a stack, which need not be there yet.
    pub(crate) fn of_stack(config: SdkConfig, stack: String, place: &Place) -> Self {
        Self {
            config,
            host: Host::Stack(stack),
            options: place.options(),
            profile: place.profile.clone(),
            has_uploaded: AtomicBool::new(false),
        }
    }

    /// Returns a command for this shop: `bookstall push wip --watch --local`.
    pub(crate) fn command(&self, words: &str) -> String {
        format!("bookstall {words}{}", self.options)
    }

    /// Notes that a file was uploaded.
    pub(crate) fn note_upload(&self) {
        self.has_uploaded.store(true, Ordering::Relaxed);
    }

    /// Returns an error as it is to be said after an upload, which changed something, if there was one.
    pub(crate) fn after_upload(&self, error: CliError) -> CliError {
        if !self.has_uploaded.load(Ordering::Relaxed) {
            return error;
        }
        error.map_text(|text| {
            text.replace(
                "Nothing was changed.",
                "Nothing was published; the uploaded files wait for the next time.",
            )
        })
    }

    /// Whether this is the local shop.
    pub(crate) fn is_local(&self) -> bool {
        matches!(self.host, Host::Local(_))
    }

    /// Returns the name of the stack, if this is one.
    pub(crate) fn stack(&self) -> Option<&str> {
        match &self.host {
            Host::Stack(name) => Some(name),
            Host::Local(_) => None,
        }
    }

    /// Invokes a function, and returns its answer. An error that it answers is one of these: what
    /// the author can mend was refused, and all else failed.
    pub(crate) async fn invoke(
        &self,
        function: Function,
        event: &Value,
    ) -> Result<Value, CliError> {
        let function = self.lambda(function).await?;
        function.invoke(event).await.map_err(CliError::from)
    }

    /// Finds a function, to invoke it more than once.
    pub(crate) async fn lambda(&self, function: Function) -> Result<Lambda, CliError> {
        let name = self.physical_name(function.name()).await?;
        Ok(Lambda::new(&self.config, function, name))
    }

    /// Returns the name of the bucket with the books.
    pub(crate) async fn books_bucket(&self) -> Result<String, CliError> {
        match &self.host {
            Host::Local(endpoints) => Ok(text(endpoints, "books_bucket")),
            Host::Stack(_) => self.physical_name("BooksBucket").await,
        }
    }

    /// Returns the ARN of the state machine that pushes an update.
    pub(crate) async fn push_machine(&self) -> Result<String, CliError> {
        match &self.host {
            // The local shop takes any.
            Host::Local(_) => {
                Ok("arn:aws:states:us-east-1:123456789012:stateMachine:PushUpdate".to_owned())
            }
            Host::Stack(_) => self.physical_name("PushUpdate").await,
        }
    }

    /// Returns the address of the shop's API, without a slash at its end.
    pub(crate) async fn url(&self) -> Result<String, CliError> {
        if let Host::Local(endpoints) = &self.host {
            return Ok(text(endpoints, "shop"));
        }
        self.output("ShopUrl").await
    }

    /// Returns an output of the stack. The local shop has none.
    pub(crate) async fn output(&self, name: &str) -> Result<String, CliError> {
        let stack = self.described_stack().await?;
        let mut outputs = stack.iter().flat_map(Stack::outputs);
        let output = outputs.find(|output| output.output_key() == Some(name));
        output
            .and_then(|output| output.output_value())
            .map(str::to_owned)
            .ok_or_else(|| CliError::Failed(format!("The stack has no output {name}.")))
    }

    /// Returns the stack with its status, parameters and outputs. `None` for the local shop.
    pub(crate) async fn described_stack(&self) -> Result<Option<Stack>, CliError> {
        let Host::Stack(name) = &self.host else {
            return Ok(None);
        };
        let client = aws_sdk_cloudformation::Client::new(&self.config);
        let described = client.describe_stacks().stack_name(name).send().await;
        let described = described.map_err(|error| self.no_stack(name, error))?;
        Ok(described.stacks.unwrap_or_default().pop())
    }

    /// Returns a client of S3.
    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.config_at("s3"));
        let config = config.force_path_style(self.is_local());
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// Returns the settings for a service of AWS. `emulator` is the name that the local shop has for
    /// it at `/local/endpoints`, such as `ses`.
    pub(crate) fn config_at(&self, emulator: &str) -> SdkConfig {
        match self.local_endpoint(emulator) {
            Some(url) => self.config.to_builder().endpoint_url(url).build(),
            None => self.config.clone(),
        }
    }

    /// Returns what the local shop says at `/local/endpoints` under this name. `None` if it says
    /// nothing, or the shop is a stack.
    pub(crate) fn local_endpoint(&self, name: &str) -> Option<&str> {
        match &self.host {
            Host::Local(endpoints) => endpoints[name].as_str(),
            Host::Stack(_) => None,
        }
    }

    /// Returns the name that `CloudFormation` gave a resource of `template.yaml`. In the local shop
    /// functions are called as in the template.
    pub(crate) async fn physical_name(&self, logical: &str) -> Result<String, CliError> {
        let Host::Stack(stack) = &self.host else {
            return Ok(logical.to_owned());
        };
        let client = aws_sdk_cloudformation::Client::new(&self.config);
        let described = client
            .describe_stack_resource()
            .stack_name(stack)
            .logical_resource_id(logical)
            .send()
            .await
            .map_err(|error| self.no_stack(stack, error))?;
        let detail = described.stack_resource_detail;
        detail
            .and_then(|detail| detail.physical_resource_id)
            .ok_or_else(|| CliError::Failed(format!("{NAMES}: `{stack}` has no {logical}.")))
    }

    fn no_stack<E, R>(&self, stack: &str, error: aws_sdk_lambda::error::SdkError<E, R>) -> CliError
    where
        E: std::error::Error + aws_sdk_s3::error::ProvideErrorMetadata + 'static,
        R: std::fmt::Debug + 'static,
    {
        let message = error.as_service_error().and_then(|error| error.message());
        if message.is_some_and(|message| message.contains("does not exist")) {
            let region = self.config.region().map(ToString::to_string);
            return CliError::Failed(format!(
                "There is no shop `{stack}` in {}: {}. --stack, --region and --profile say where \
                 else to look.",
                region.unwrap_or_default(),
                message.unwrap_or_default()
            ));
        }
        CliError::of_aws(NAMES, error)
    }
}

fn text(endpoints: &Value, name: &str) -> String {
    endpoints[name].as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_of_the_aws_cli_is_for_the_same_region_and_profile() {
        let tail = "logs tail /aws/lambda/bookstall/buy";
        let command = aws_command(tail, "eu-central-1", None);
        assert_eq!(command, format!("aws {tail} --region eu-central-1"));
        let command = aws_command(tail, "eu-central-1", Some("my shop"));
        assert!(command.ends_with(" --profile 'my shop'"), "{command}");
    }
}
