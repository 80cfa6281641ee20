//! The checks of `doctor`: what each finds, and how that is written.

use std::{fmt::Write as _, time::Duration};

use clap::builder::styling::{AnsiColor, Style};
use futures::{FutureExt, future::LocalBoxFuture};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{error::CliError, terminal::Terminal};

/// How long the services have for the answers that a check needs.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// The width of the first column: the longest word of a [`State`].
const STATE_WIDTH: usize = 7;

/// The columns below which what was found stands under the name of its check, and not beside it.
const NARROW: u16 = 64;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It is as it should be.
    Ok,
    /// It works, and the author should look at it.
    Warning,
    /// It does not work, or nothing tells whether it does.
    Failed,
    /// It was not looked at.
    Skipped,
}

impl State {
    const ALL: [Self; 4] = [Self::Ok, Self::Warning, Self::Failed, Self::Skipped];

    fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

    fn style(self) -> Style {
        match self {
            Self::Ok => Style::new().fg_color(Some(AnsiColor::Green.into())),
            Self::Warning => Style::new().fg_color(Some(AnsiColor::Yellow.into())),
            Self::Failed => Style::new().bold().fg_color(Some(AnsiColor::Red.into())),
            Self::Skipped => Style::new().dimmed(),
        }
    }
}

/// What a check found.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    state: State,
    /// A sentence without its full stop.
    found: String,
    /// The command, or the click, that mends it.
    mend: Option<String>,
}

impl Finding {
    pub(super) fn ok(found: impl Into<String>) -> Self {
        Self::new(State::Ok, found, None)
    }

    pub(super) fn warning(found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self::new(State::Warning, found, Some(mend.into()))
    }

    pub(super) fn failed(found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self::new(State::Failed, found, Some(mend.into()))
    }

    /// Makes the finding of what was not looked at, with the reason.
    pub(super) fn skipped(why: impl Into<String>) -> Self {
        Self::new(State::Skipped, why, None)
    }

    /// Makes the finding of what cannot be looked at, because a service or a file failed. Such an
    /// error says itself what mends it.
    pub(super) fn unknown(error: &CliError) -> Self {
        let error = error.to_string();
        Self::new(State::Failed, error.trim_end_matches('.'), None)
    }

    /// Adds what the author should do besides, or may want to see.
    pub(super) fn with_mend(self, mend: impl Into<String>) -> Self {
        Self {
            mend: Some(mend.into()),
            ..self
        }
    }

    fn new(state: State, found: impl Into<String>, mend: Option<String>) -> Self {
        Self {
            state,
            found: found.into(),
            mend,
        }
    }
}

/// A line of the answer.
#[derive(Clone, Debug)]
pub(super) struct Line {
    group: &'static str,
    check: &'static str,
    finding: Finding,
}

impl Line {
    pub(super) fn is_failed(&self) -> bool {
        self.finding.state == State::Failed
    }

    /// Adds the options that name the shop to the commands that it names.
    pub(super) fn with_options(mut self, terminal: &Terminal) -> Self {
        let Finding { found, mend, .. } = &mut self.finding;
        *found = terminal.with_options(found);
        if let Some(mend) = mend {
            for word in ["setup", "reconcile", "logs"] {
                let command = format!("bookstall {word}");
                *mend = mend.replace(&command, &terminal.command(word));
            }
        }
        self
    }

    fn to_json(&self) -> Value {
        let Finding { state, found, mend } = &self.finding;
        json!({
            "group": self.group,
            "check": self.check,
            "state": state.word().to_lowercase(),
            "found": found,
            "mend": mend,
        })
    }
}

/// The names of a group's checks, in the order of their lines.
pub(super) struct Checks<const N: usize> {
    pub(super) group: &'static str,
    pub(super) names: [&'static str; N],
}

impl<const N: usize> Checks<N> {
    /// Reads what all of these checks need, and checks it. If that cannot be read in time, the first
    /// check has failed, and the others are skipped.
    pub(super) fn of<'a, T: 'a>(
        &'a self,
        read: impl Future<Output = Result<T, CliError>> + 'a,
        find: impl FnOnce(T) -> [Finding; N] + 'a,
    ) -> LocalBoxFuture<'a, Vec<Line>> {
        let lines = async move {
            let error = match in_time(read).await {
                Ok(read) => return self.lines(find(read)),
                Err(error) => error,
            };
            let mut finding = Some(Finding::unknown(&error));
            let why = format!("see “{}”", self.names[0]);
            self.lines(self.names.map(|_| {
                let first = finding.take();
                first.unwrap_or_else(|| Finding::skipped(&*why))
            }))
        };
        lines.boxed_local()
    }

    /// Skips all of these checks.
    pub(super) fn skipped(&self, why: &str) -> Vec<Line> {
        self.lines(self.names.map(|_| Finding::skipped(why)))
    }

    /// Makes the lines of these findings.
    pub(super) fn lines(&self, findings: [Finding; N]) -> Vec<Line> {
        let lines = self.names.into_iter().zip(findings);
        let line = |(check, finding)| Line {
            group: self.group,
            check,
            finding,
        };
        lines.map(line).collect()
    }
}

/// Returns what is read, or an error if that takes longer than [`TIME_LIMIT`].
pub(super) async fn in_time<T>(
    read: impl Future<Output = Result<T, CliError>>,
) -> Result<T, CliError> {
    within(TIME_LIMIT, read).await
}

async fn within<T>(
    limit: Duration,
    read: impl Future<Output = Result<T, CliError>>,
) -> Result<T, CliError> {
    let late = |_| {
        let message = format!("There was no answer within {limit:?}. Run it again.");
        Err(CliError::Failed(message))
    };
    timeout(limit, read).await.unwrap_or_else(late)
}

/// Writes the lines for programs.
pub(super) fn lines_json(lines: &[Line]) -> Value {
    lines.iter().map(Line::to_json).collect()
}

/// Writes the lines for people, for a terminal of so many columns.
pub(super) fn lines_text(lines: &[Line], width: Option<u16>) -> String {
    let longest = lines.iter().map(|line| line.check.chars().count()).max();
    let name_width = longest.unwrap_or_default();
    let mut text = String::new();
    let mut group = "";
    for line in lines {
        if line.group != group {
            let gap = if group.is_empty() { "" } else { "\n" };
            group = line.group;
            let _ = writeln!(text, "{gap}{group}");
        }
        text.push_str(&line_text(line, name_width, width));
    }
    let count = |state: State| {
        let of_state = lines.iter().filter(|line| line.finding.state == state);
        let number = of_state.count();
        let plural = match (state, number) {
            (State::Warning, 2..) => "s",
            _ => "",
        };
        (number > 0).then(|| format!("{number} {}{plural}", state.word()))
    };
    let counts: Vec<_> = State::ALL.into_iter().filter_map(count).collect();
    let _ = writeln!(text, "\n{}.", counts.join(", "));
    text
}

fn line_text(line: &Line, name_width: usize, width: Option<u16>) -> String {
    let Finding { state, found, mend } = &line.finding;
    let (style, word, name) = (state.style(), state.word(), line.check);
    let head = format!("  {style}{word:<STATE_WIDTH$}{style:#}  ");
    let is_narrow = width.is_some_and(|width| width < NARROW);
    let indent = " ".repeat(if is_narrow {
        STATE_WIDTH + 4
    } else {
        STATE_WIDTH + name_width + 6
    });
    let columns = width.map_or(usize::MAX, usize::from);
    let options = textwrap::Options::new(columns)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .initial_indent(&indent)
        .subsequent_indent(&indent);
    let found = textwrap::fill(found, options);
    let mut text = if is_narrow {
        format!("{head}{name}\n{found}\n")
    } else {
        format!("{head}{name:<name_width$}  {}\n", found.trim_start())
    };
    // Not wrapped, so that a command can be copied whole.
    if let Some(mend) = mend {
        let _ = writeln!(text, "{indent}→ {mend}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECKS: Checks<4> = Checks {
        group: "mail",
        names: ["identity", "MAIL FROM", "sandbox", "bounces"],
    };

    fn lines() -> Vec<Line> {
        let mut lines = CHECKS.lines([
            Finding::ok("example.com is verified"),
            Finding::warning(
                "mails go out in the name of amazonses.com, so that some providers trust them less",
                "bookstall setup",
            ),
            Finding::failed(
                "the account is in the sandbox: only addresses that you verified get mail",
                "ask for production access: https://console.aws.amazon.com/ses/home#/account",
            ),
            Finding::skipped("no mail was sent yet"),
        ]);
        let other = Checks {
            group: "reconcile",
            names: ["last run"],
        };
        lines.extend(other.lines([Finding::ok("2026-11-22 17:00 UTC")]));
        lines
    }

    fn plain(width: Option<u16>) -> String {
        anstream::adapter::strip_str(&lines_text(&lines(), width)).to_string()
    }

    #[test]
    fn lines_are_written_for_any_terminal() {
        insta::assert_snapshot!("no_terminal", plain(None));
        insta::assert_snapshot!("wide", plain(Some(80)));
        insta::assert_snapshot!("narrow", plain(Some(46)));
        let coloured = lines_text(&lines(), Some(80));
        assert!(coloured.contains("\u{1b}[32mOK"), "{coloured:?}");
    }

    #[tokio::test]
    async fn a_service_that_fails_leaves_the_other_checks_of_its_group() {
        let failed = async { Err::<(), _>(CliError::Failed("SES has failed.".to_owned())) };
        let lines = CHECKS.of(failed, |()| unreachable!()).await;
        let found: Vec<_> = lines.iter().map(|line| &*line.finding.found).collect();
        let see = "see “identity”";
        assert_eq!(found, ["SES has failed", see, see, see]);
        assert!(lines[0].is_failed() && !lines[1].is_failed());
    }

    #[tokio::test]
    async fn a_service_that_does_not_answer_is_not_waited_for() {
        let silent = std::future::pending::<Result<(), CliError>>();
        let late = within(Duration::from_millis(1), silent).await;
        assert!(late.unwrap_err().to_string().contains("within 1ms"));
    }

    #[test]
    fn programs_get_a_list() {
        let expected = json!({
            "group": "mail",
            "check": "identity",
            "state": "ok",
            "found": "example.com is verified",
            "mend": null,
        });
        assert_eq!(lines_json(&lines())[0], expected);
    }
}
