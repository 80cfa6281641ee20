//! What a command prints and asks.
//!
//! Standard output holds the answer and nothing else: text for people, or JSON for programs.
//! Progress, questions and errors go to standard error. Progress bars are shown, and questions
//! asked, at a terminal only.

use std::{
    io::{self, IsTerminal, Write},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use clap::builder::styling::{AnsiColor, Style};
use dialoguer::{Confirm, Input, Password, Select, console::Term};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;
use terminal_size::{Width, terminal_size};
use tokio::signal::ctrl_c;

use crate::{
    arguments::{self, Arguments, Place},
    error::{CliError, INTERRUPTED},
};

/// The author's terminal, or what stands in its place.
pub(crate) struct Terminal {
    /// Whether answers are JSON.
    pub(crate) is_json: bool,
    /// Whether every question is answered with yes.
    is_yes: bool,
    /// The options that name the shop, as [`Place::options`] returns them.
    options: String,
    /// The options of `setup`, as [`Setup::options`](crate::arguments::Setup::options) returns them.
    setup_options: String,
    is_local: bool,
    /// Whether the command does something of its own at Ctrl-C.
    takes_ctrl_c: Arc<AtomicBool>,
}

impl Terminal {
    pub(crate) fn new(arguments: &Arguments) -> Self {
        let place: &Place = &arguments.place;
        Self {
            is_json: arguments.json,
            is_yes: arguments.yes,
            options: place.options(),
            setup_options: match &arguments.command {
                arguments::Command::Setup(setup) => setup.options(),
                _ => String::new(),
            },
            is_local: place.local.is_some(),
            takes_ctrl_c: Arc::default(),
        }
    }

    /// Ends the command at Ctrl-C from now on, with the terminal as it was: a question hides the
    /// cursor, and one about a secret what is typed.
    pub(crate) fn end_at_ctrl_c(&self) {
        let takes_ctrl_c = Arc::clone(&self.takes_ctrl_c);
        tokio::spawn(async move {
            while ctrl_c().await.is_ok() {
                if !takes_ctrl_c.load(Ordering::Relaxed) {
                    restore();
                    std::process::exit(i32::from(INTERRUPTED));
                }
            }
        });
    }

    /// Leaves Ctrl-C to the command from now on.
    pub(crate) fn take_ctrl_c(&self) {
        self.takes_ctrl_c.store(true, Ordering::Relaxed);
    }

    /// Returns a command for the same shop: `bookstall doctor --local`. The local shop is not set up.
    pub(crate) fn command(&self, words: &str) -> String {
        let is_of_stack = words.starts_with("setup") || words.starts_with("live");
        let options = if is_of_stack && self.is_local {
            ""
        } else {
            &self.options
        };
        let setup_options = if words == "setup" {
            &self.setup_options
        } else {
            ""
        };
        format!("bookstall {words}{setup_options}{options}")
    }

    /// Adds the options that name the shop to each command of this program in a text, which stands
    /// between two marks: `bookstall sales`.
    pub(crate) fn with_options(&self, text: &str) -> String {
        let mut pieces = text.split("`bookstall ");
        let mut written = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            written.push('`');
            match piece.split_once('`') {
                Some((words, rest)) => {
                    let words = words.strip_suffix(&self.options).unwrap_or(words);
                    let words = words.strip_suffix(" --local").unwrap_or(words);
                    written.extend([&self.command(words), "`", rest]);
                }
                None => written.extend(["bookstall ", piece]),
            }
        }
        written
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
            print(&self.with_options(&text()))
        }
    }

    /// Prints a line for people to standard error, whose commands are about the same shop.
    pub(crate) fn note(&self, text: &str) {
        note(&self.with_options(text));
    }

    /// Prints an error: as JSON, if answers are.
    pub(crate) fn error(&self, error: CliError) {
        let error = error.map_text(|text| self.with_options(text));
        print_error(&error, self.is_json);
    }

    /// Shows people what is about to be done. A program, which reads JSON and cannot be asked, gets it
    /// from a dry run.
    pub(crate) fn preview(&self, text: impl FnOnce() -> String) {
        if !self.is_json || (!self.is_yes && can_ask()) {
            note(&text());
        }
    }

    /// Shows what a question is about, and asks it. With `--yes` nothing is shown, because the answer
    /// says it.
    pub(crate) fn confirm_about(
        &self,
        text: impl FnOnce() -> String,
        question: &str,
    ) -> Result<(), CliError> {
        if !self.is_yes {
            self.preview(text);
        }
        self.confirm(question)
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

/// Prints an error to standard error.
pub(crate) fn print_error(error: &CliError, is_json: bool) {
    let style = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    if is_json {
        anstream::eprintln!("{:#}", error.to_json());
    } else {
        anstream::eprintln!("{style}error:{style:#} {error}");
    }
}

/// Shows the cursor, and what is typed, again.
fn restore() {
    let _ = Term::stderr().show_cursor();
    if cfg!(unix) && io::stdin().is_terminal() {
        // `console` has no function for it.
        let echo = Command::new("stty")
            .arg("echo")
            .stderr(Stdio::null())
            .status();
        drop(echo);
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
    let dialoguer::Error::IO(error) = error;
    if error.kind() == io::ErrorKind::Interrupted {
        restore();
        return CliError::Interrupted;
    }
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

/// Opens a file or an address in a browser. If no browser opens, says to open `named`, by which the
/// author knows it.
pub(crate) fn open_in_browser(target: &str, named: &str) {
    if open::that_detached(target).is_err() {
        note(&format!(
            "No browser opens here. Open this yourself: {named}"
        ));
    }
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
