//! What all steps of `setup` share.

use std::{env, path::PathBuf};

use aws_config::{BehaviorVersion, Region, SdkConfig};

use super::sam_file::SamFile;
use crate::{
    arguments::{self, Place},
    error::CliError,
    keys::{DEFAULT_NAME, KeySecret, NAME_PARAMETER},
    shop::{Shop, aws_command},
    terminal::Terminal,
};

/// The stack's name, where `samconfig.toml` has none.
const STACK: &str = "bookstall";

/// The author's checkout and account, as the steps find them.
pub(super) struct Context<'a> {
    pub(super) terminal: &'a Terminal,
    pub(super) arguments: &'a arguments::Setup,
    place: &'a Place,
    /// The folder of `template.yaml`.
    pub(super) checkout: PathBuf,
    pub(super) sam: SamFile,
    /// The stack's name.
    pub(super) stack: String,
    pub(super) config: SdkConfig,
}

impl<'a> Context<'a> {
    /// Finds the checkout that is to be deployed, here or in a folder above.
    pub(super) async fn open(
        terminal: &'a Terminal,
        place: &'a Place,
        arguments: &'a arguments::Setup,
    ) -> Result<Self, CliError> {
        if place.local.is_some() {
            return Err(CliError::Usage(
                "The local shop needs no setup: `cargo run` opens it.".to_owned(),
            ));
        }
        let here = env::current_dir().unwrap_or_default();
        let is_checkout = |folder: &&std::path::Path| folder.join("template.yaml").is_file();
        let checkout = here.ancestors().find(is_checkout).ok_or_else(|| {
            CliError::Usage(
                "There is no template.yaml here or above. Run this in the checkout of Bookstall \
                 that is to be deployed."
                    .to_owned(),
            )
        })?;
        let sam = SamFile::read(checkout)?;
        let config = load(place, &sam, None).await;
        let stack = place.stack.as_deref().or(sam.setting("stack_name"));
        Ok(Self {
            terminal,
            arguments,
            place,
            checkout: checkout.to_owned(),
            stack: stack.unwrap_or(STACK).to_owned(),
            sam,
            config,
        })
    }

    /// Returns the region's name, or an empty text if nothing says it.
    pub(super) fn region(&self) -> &str {
        self.config.region().map_or("", Region::as_ref)
    }

    /// Uses this region from now on.
    pub(super) async fn set_region(&mut self, region: String) {
        self.config = load(self.place, &self.sam, Some(region)).await;
    }

    /// Returns the profile of AWS's configuration, if one is named.
    pub(super) fn profile(&self) -> Option<&str> {
        let named = self.place.profile.as_deref();
        named.or_else(|| self.sam.setting("profile"))
    }

    /// Returns a command of the AWS CLI for the account and region.
    pub(super) fn aws(&self, words: &str) -> String {
        aws_command(words, self.region(), self.profile())
    }

    /// Returns the value of a parameter of the template that `samconfig.toml` has.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        self.sam.parameters().remove(name)
    }

    /// Returns the secret with Stripe's keys.
    pub(super) fn key_secret(&self) -> KeySecret {
        let name = self.parameter(NAME_PARAMETER);
        KeySecret::new(&self.config, name.as_deref().unwrap_or(DEFAULT_NAME))
    }

    /// Returns the shop that is being set up.
    pub(super) fn shop(&self) -> Shop {
        Shop::of_stack(self.config.clone(), self.stack.clone(), self.place)
    }
}

async fn load(place: &Place, sam: &SamFile, region: Option<String>) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest());
    if let Some(profile) = place.profile.as_deref().or(sam.setting("profile")) {
        loader = loader.profile_name(profile);
    }
    let named = place.region.as_deref().or(sam.setting("region"));
    if let Some(region) = region.or_else(|| named.map(str::to_owned)) {
        loader = loader.region(Region::new(region));
    }
    loader.load().await
}
