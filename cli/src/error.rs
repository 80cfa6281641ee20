//! How a command ends.

use std::{fmt, io, path::Path, process::ExitCode};

use aws_sdk_s3::error::DisplayErrorContext;
use serde_json::{Value, json};

/// How a command ended that printed its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is done.
    Done,
    /// The shop answered why it is not done, or found nobody.
    Refused,
}

impl Outcome {
    /// Returns the outcome of an answer that says whether it is done.
    pub(crate) fn of(is_done: bool) -> Self {
        if is_done { Self::Done } else { Self::Refused }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Done => 0,
            Outcome::Refused => 1,
        })
    }
}

/// The exit code of a command that Ctrl-C ended: 128 and the number of the signal, as shells have it.
pub(crate) const INTERRUPTED: u8 = 130;

/// Why a command has no answer, in sentences for the author.
#[derive(Debug)]
pub(crate) enum CliError {
    /// The shop, or the author, said no. Nothing was changed.
    Refused(String),
    /// The command was typed wrongly, or lacks an answer that nobody can give without a terminal.
    Usage(String),
    /// A service, or a file, failed.
    Failed(String),
    /// The author pressed Ctrl-C at a question.
    Interrupted,
}

impl CliError {
    /// Makes the error of a service of AWS that failed at this step.
    pub(crate) fn of_aws(step: &str, error: impl std::error::Error) -> Self {
        let message = innermost(&error);
        let cause = DisplayErrorContext(error).to_string();
        let is = |words: &[&str]| words.iter().any(|word| cause.contains(word));
        let advice = if is(&[
            "no providers in chain provided credentials",
            "CredentialsNotLoaded",
            // The last of the chain is the service that gives a machine of AWS its credentials.
            "IMDS",
        ]) {
            "There are no credentials of AWS here. `aws configure sso` or `aws configure` makes \
             some; `--profile` chooses among them"
                .to_owned()
        } else if is(&["Missing Region", "missing signing region"]) {
            "No region of AWS is named. `--region` names one".to_owned()
        } else if is(&[
            "ExpiredToken",
            "token has expired",
            "session has expired",
            "InvalidGrantException",
            "SSO token",
        ]) {
            "Your sign-in at AWS has expired. `aws sso login` renews it".to_owned()
        } else if is(&[
            "AccessDenied",
            "is not authorized to perform",
            "UnrecognizedClient",
            "InvalidClientTokenId",
        ]) {
            format!("AWS refuses it to these credentials: {message}")
        } else if is(&["dispatch failure", "timed out", "timeout"]) {
            format!("AWS cannot be reached: {message}")
        } else {
            message
        };
        Self::Failed(format!("{step}. {advice}."))
    }

    /// Makes the error of a file. One that is not there, or is a folder, was named wrongly, and so was a
    /// new one in a folder that is not there.
    pub(crate) fn of_file(path: &Path, error: &io::Error) -> Self {
        let parent = path.parent().filter(|parent| *parent != Path::new(""));
        let path = path.display();
        match (error.kind(), parent) {
            (io::ErrorKind::NotFound, Some(parent)) if !parent.exists() => {
                Self::Usage(format!("There is no folder {}.", parent.display()))
            }
            (io::ErrorKind::NotFound, _) => Self::Usage(format!("There is no file {path}.")),
            (io::ErrorKind::IsADirectory, _) => Self::Usage(format!("{path} is a folder.")),
            _ => Self::Failed(format!("{path}: {error}.")),
        }
    }

    /// Returns the error with another text.
    pub(crate) fn map_text(self, change: impl FnOnce(&str) -> String) -> Self {
        match self {
            Self::Refused(text) => Self::Refused(change(&text)),
            Self::Usage(text) => Self::Usage(change(&text)),
            Self::Failed(text) => Self::Failed(change(&text)),
            Self::Interrupted => Self::Interrupted,
        }
    }

    /// Returns the error of a command that only reads: nobody asks whether it changed anything.
    pub(crate) fn of_reading(self) -> Self {
        self.map_text(|text| {
            let said = text.strip_prefix("Nothing was changed. ");
            said.unwrap_or(text).to_owned()
        })
    }

    /// Returns the error as JSON, for programs.
    pub(crate) fn to_json(&self) -> Value {
        let kind = match self {
            Self::Refused(_) => "refused",
            Self::Usage(_) => "usage",
            Self::Failed(_) => "failed",
            Self::Interrupted => "interrupted",
        };
        json!({ "error": self.to_string(), "kind": kind })
    }
}

/// Returns what a service said, or else the innermost cause of an error of the SDK.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    loop {
        let text = cause.to_string();
        // What a service said is the field of a struct.
        if let Some((_, message)) = text.split_once("message: \"") {
            let message = message.split("\" }").next().unwrap_or_default();
            let message = message.split("\", ").next().unwrap_or_default();
            return message.trim_end_matches(['.', '"']).to_owned();
        }
        match cause.source() {
            Some(source) => cause = source,
            None => return text.trim_end_matches('.').to_owned(),
        }
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(text) | Self::Usage(text) | Self::Failed(text) => {
                formatter.write_str(text)
            }
            Self::Interrupted => formatter.write_str("Interrupted."),
        }
    }
}

impl From<&CliError> for ExitCode {
    fn from(error: &CliError) -> Self {
        Self::from(match error {
            CliError::Refused(_) => 1,
            CliError::Usage(_) => 2,
            CliError::Failed(_) => 3,
            CliError::Interrupted => INTERRUPTED,
        })
    }
}
