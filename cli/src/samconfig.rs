//! Reads the names of the stack, region and profile from `samconfig.toml`.

use std::{env, fs, path::Path};

use toml::Table;

use crate::error::CliError;

/// What `samconfig.toml` says of the stack.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SamConfig {
    pub(crate) stack_name: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) profile: Option<String>,
}

impl SamConfig {
    /// Reads the file in the current folder or in the nearest above it. Without one, knows nothing.
    pub(crate) fn find() -> Result<Self, CliError> {
        let here = env::current_dir().unwrap_or_default();
        let mut files = here.ancestors().map(|folder| folder.join("samconfig.toml"));
        match files.find(|path| path.is_file()) {
            Some(path) => Self::read(&path),
            None => Ok(Self::default()),
        }
    }

    fn read(path: &Path) -> Result<Self, CliError> {
        let source = fs::read_to_string(path).map_err(|error| CliError::of_file(path, &error))?;
        // The error's own text quotes the line, which may hold a secret.
        Self::parse(&source).map_err(|error| {
            let before = error.span().and_then(|span| source.get(..span.start));
            let line = before.map_or(1, |before| before.matches('\n').count() + 1);
            CliError::Usage(format!("{}:{line}: {}.", path.display(), error.message()))
        })
    }

    /// Reads the environment `default`. What is said of `deploy` comes before what is said of all
    /// commands, as in SAM.
    fn parse(source: &str) -> Result<Self, toml::de::Error> {
        let file: Table = source.parse()?;
        let value = |name: &str| {
            ["deploy", "global"].iter().find_map(|command| {
                let command = file.get("default")?.get(*command)?;
                let value = command.get("parameters")?.get(name)?.as_str()?;
                Some(value.to_owned())
            })
        };
        Ok(Self {
            stack_name: value("stack_name"),
            region: value("region"),
            profile: value("profile"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stack_and_the_region_of_sam_deploy_guided_are_read() {
        let read = SamConfig::parse(include_str!("../../samconfig.toml")).unwrap();
        assert_eq!(read.stack_name.as_deref(), Some("bookstall"));
        let read = SamConfig::parse(
            "version = 0.1\n[default.global.parameters]\nstack_name = \"one\"\nprofile = \"me\"\n\
             [default.deploy.parameters]\nstack_name = \"two\"\nregion = \"eu-central-1\"\n",
        );
        let expected = SamConfig {
            stack_name: Some("two".to_owned()),
            region: Some("eu-central-1".to_owned()),
            profile: Some("me".to_owned()),
        };
        assert_eq!(read.unwrap(), expected);
    }
}
