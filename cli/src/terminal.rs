//! What a command prints and asks.
//!
//! Standard output holds the answer and nothing else: text for people, or JSON for programs.
//! Progress, questions and errors go to standard error. Progress bars are shown, and questions
//! asked, at a terminal only.

use std::{
    io::{self, IsTerminal, Write},
    time::Duration,
};

use clap::builder::styling::{AnsiColor, Style};
use dialoguer::{Confirm, Input, Password, Select};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;
use terminal_size::{Width, terminal_size};

use crate::error::CliError;

/// The author's terminal, or what stands in its place.
pub(crate) struct Terminal {
    /// Whether answers are JSON.
    pub(crate) is_json: bool,
    /// Whether every question is answered with yes.
    is_yes: bool,
}

impl Terminal {
    pub(crate) fn new(is_json: bool, is_yes: bool) -> Self {
        Self { is_json, is_yes }
    }

    /// Prints the answer: the value as JSON, or the text for people.
    pub(crate) fn answer(
        &self,
        value: &Value,
        text: impl FnOnce() -> String,
    ) -> Result<(), CliError> {
        if self.is_json {
            print(&format!("{value:#}\n"))
        } else {
            print(&text())
        }
    }

    /// Prints an error: as JSON, if answers are.
    pub(crate) fn error(&self, error: &CliError) {
        let style = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
        if self.is_json {
            anstream::eprintln!("{:#}", error.to_json());
        } else {
            anstream::eprintln!("{style}error:{style:#} {error}");
        }
    }

    /// Asks before something that cannot be taken back, and returns if the author agrees.
    pub(crate) fn confirm(&self, question: &str) -> Result<(), CliError> {
        if self.is_yes {
            return Ok(());
        }
        if !can_ask() {
            return Err(CliError::Usage(format!(
                "Nothing was changed. {question} There is no terminal to answer at; --yes says yes."
            )));
        }
        let answer = Confirm::new().with_prompt(question).default(false);
        match answer.interact() {
            Ok(true) => Ok(()),
            Ok(false) => Err(CliError::Refused("Nothing was changed.".to_owned())),
            Err(error) => Err(unread(&error)),
        }
    }
}

/// Whether there is a terminal to ask questions at.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a line until it can be read. Enter takes the default.
pub(crate) fn ask(
    question: &str,
    default: Option<&str>,
    read: impl Fn(&str) -> Result<String, String>,
) -> Result<String, CliError> {
    loop {
        let mut input = Input::<String>::new().with_prompt(question);
        if let Some(default) = default {
            input = input.default(default.to_owned());
        }
        match read(&input.interact_text().map_err(|error| unread(&error))?) {
            Ok(text) => return Ok(text),
            Err(problem) => note(&problem),
        }
    }
}

/// Asks for one of several choices, and returns its index.
pub(crate) fn choose(question: &str, choices: &[&str], default: usize) -> Result<usize, CliError> {
    let select = Select::new().with_prompt(question).items(choices);
    let chosen = select.default(default).interact();
    chosen.map_err(|error| unread(&error))
}

/// Asks for a secret, which is not shown while it is typed or pasted.
pub(crate) fn ask_secret(question: &str) -> Result<String, CliError> {
    let secret = Password::new().with_prompt(question).interact();
    secret
        .map(|secret| secret.trim().to_owned())
        .map_err(|error| unread(&error))
}

fn unread(error: &dialoguer::Error) -> CliError {
    CliError::Failed(format!("The answer cannot be read: {error}."))
}

/// Returns the number of columns for the answer. `None` if it goes to no terminal, where a line
/// may be of any length.
pub(crate) fn terminal_width() -> Option<u16> {
    let width = terminal_size().map(|(Width(width), _)| width);
    width.filter(|_| io::stdout().is_terminal())
}

/// Prints to standard output. A pipe that is closed, as `head` does, is no error.
pub(crate) fn print(text: &str) -> Result<(), CliError> {
    match anstream::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CliError::Failed(format!(
            "The answer cannot be written: {error}."
        ))),
        _ => Ok(()),
    }
}

/// Prints a line for people to standard error.
pub(crate) fn note(text: &str) {
    anstream::eprintln!("{text}");
}

/// Returns a progress bar of this length. It is hidden where no terminal is.
pub(crate) fn progress_bar(length: Option<u64>, template: &str) -> ProgressBar {
    let target = ProgressDrawTarget::stderr();
    let bar = ProgressBar::with_draw_target(length, target);
    let style = ProgressStyle::with_template(template);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Shows that something is under way, until the bar is dropped.
pub(crate) fn spinner(what: impl Into<String>) -> Spinner {
    let bar = progress_bar(None, "{spinner} {msg}");
    bar.set_message(what.into());
    bar.enable_steady_tick(Duration::from_millis(120));
    Spinner(bar)
}

/// Shows that something is under way, until it is dropped.
pub(crate) struct Spinner(ProgressBar);

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
