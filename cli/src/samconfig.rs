//! Reads the names of the stack, region and profile from `samconfig.toml`.

use std::{env, fs, io, path::Path};

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
        match files.find(|path| path.exists()) {
            Some(path) => Self::read(&path),
            None => Ok(Self::default()),
        }
    }

    fn read(path: &Path) -> Result<Self, CliError> {
        let source = read_source(path)?;
        // The error's own text quotes the line, which may hold a secret.
        Self::parse(&source)
            .map_err(|error| {
                let before = error.span().and_then(|span| source.get(..span.start));
                let line = before.map_or(1, |before| before.matches('\n').count() + 1);
                CliError::Usage(format!("{}:{line}: {}.", path.display(), error.message()))
            })?
            .map_err(|name| not_text(path, name))
    }

    /// Reads the environment `default`. What is said of `deploy` comes before what is said of all
    /// commands, as in SAM. The inner error is the name of a setting that is no text.
    fn parse(source: &str) -> Result<Result<Self, &'static str>, toml::de::Error> {
        let file: Table = source.parse()?;
        let value = |name: &'static str| {
            let value = ["deploy", "global"].iter().find_map(|command| {
                let command = file.get("default")?.get(*command)?;
                command.get("parameters")?.get(name)
            });
            let text = |value: &toml::Value| value.as_str().map(str::to_owned).ok_or(name);
            value.map(text).transpose()
        };
        Ok((|| {
            Ok(Self {
                stack_name: value("stack_name")?,
                region: value("region")?,
                profile: value("profile")?,
            })
        })())
    }
}

/// Returns the error of a setting that is not the text that SAM wants.
pub(crate) fn not_text(path: &Path, name: &str) -> CliError {
    let path = path.display();
    CliError::Usage(format!(
        "{path}: `{name}` is no text; write its value in quotes: {name} = \"…\"."
    ))
}

/// Reads `samconfig.toml`. What it is instead of a text is the author's to mend.
pub(crate) fn read_source(path: &Path) -> Result<String, CliError> {
    if path.is_dir() {
        let path = path.display();
        return Err(CliError::Usage(format!(
            "{path} is a folder, and should be SAM's file of settings. Move it away."
        )));
    }
    fs::read_to_string(path).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => CliError::Usage(format!(
            "{} is no text in UTF-8. Save it anew in that encoding.",
            path.display()
        )),
        _ => CliError::of_file(path, &error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stack_and_the_region_of_sam_deploy_guided_are_read() {
        let read = SamConfig::parse(include_str!("../../samconfig.toml"));
        let read = read.unwrap().unwrap();
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
        assert_eq!(read.unwrap(), Ok(expected));
    }

    #[test]
    fn a_setting_that_is_no_text_is_named() {
        let read = SamConfig::parse("[default.global.parameters]\nstack_name = 5\n");
        assert_eq!(read.unwrap(), Err("stack_name"));
    }
}
