//! Pushes a new edition: shows what the push would do, asks, starts the state machine, and shows how
//! far it has come until nobody is owed a mail.
//!
//! How far it has come is asked of `push-update` by dry runs, which count the buyers that were told
//! and those that are owed a mail.

use std::{
    env,
    fmt::Write as _,
    fs,
    io::{self, IsTerminal},
    path::Path,
    time::{Duration, Instant},
};

use aws_sdk_sfn::{Client, types::ExecutionStatus};
use indicatif::ProgressBar;
use serde_json::{Value, json};
use tokio::signal::ctrl_c;

use crate::{
    arguments,
    error::{CliError, Outcome},
    publish::read,
    shop::{Function, Shop, refusal},
    terminal::{Terminal, note, progress_bar, spinner},
    text::{count, grouped, indented},
    upload::upload,
};

/// The shortest pause between two looks.
const SHORTEST_PAUSE: Duration = Duration::from_secs(2);
/// A look counts all buyers of the book. So many times as long as the last one took, the next waits.
const PAUSES_PER_LOOK: u32 = 10;
/// How often the numbers are told where no terminal is.
const BETWEEN_LINES: Duration = Duration::from_mins(1);

const BAR: &str = "{wide_bar} {human_pos} of {human_len} told, {per_sec}, {eta} left";

/// Pushes an edition, or shows how far an earlier push has come.
pub(crate) async fn push(
    terminal: &Terminal,
    shop: &Shop,
    arguments: &arguments::Push,
) -> Result<Outcome, CliError> {
    if arguments.watch {
        return watch(terminal, shop, &arguments.book).await;
    }
    let event = event(shop, arguments).await?;
    if let Some(to) = &arguments.test_to {
        return send_test(terminal, shop, event, to).await;
    }
    let answer = {
        let _working = spinner("Asking the shop what the push would do");
        invoke(shop, &with(&event, "dry_run", json!(true))).await?
    };
    let dry_run = &answer["dry_run"];
    if arguments.open {
        open_mail(dry_run)?;
    }
    if arguments.dry_run {
        terminal.answer(dry_run, || dry_run_text(&event, dry_run))?;
        return Ok(Outcome::Done);
    }
    note(&dry_run_text(&event, dry_run));
    terminal.confirm(&format!(
        "Publish “{}” and mail {}?",
        event["version"].as_str().unwrap_or_default(),
        addresses(number(dry_run, "addresses"))
    ))?;
    let client = Client::new(&shop.config);
    let start = client.start_execution();
    let start = start.state_machine_arn(shop.push_machine().await?);
    let started = start.input(event.to_string()).send().await;
    let started = started.map_err(|error| CliError::of_aws("Failed to start the push", error))?;
    follow(terminal, shop, &client, started.execution_arn(), &event).await
}

/// Uploads the book's files, and returns the event of the push.
async fn event(shop: &Shop, arguments: &arguments::Push) -> Result<Value, CliError> {
    let catalogue = read(&arguments.catalogue.path)?;
    let id = &arguments.book;
    if !catalogue.books.contains_key(id) {
        let known: Vec<_> = catalogue.books.keys().map(String::as_str).collect();
        return Err(CliError::Usage(format!(
            "{} has no book `{id}`; it has {}.",
            arguments.catalogue.path.display(),
            known.join(", ")
        )));
    }
    let notes = arguments.notes.as_deref().map(read_notes).transpose()?;
    let keys = upload(shop, &catalogue, [id]).await?;
    let of_book = |book: &str, path: &Path| {
        if book == id {
            keys.of(book, path)
        } else {
            Ok(String::new())
        }
    };
    let published = catalogue.publish_event(of_book)?;
    let book = &published["books"][id];
    let mut event = json!({ "book": id, "version": book["version"], "files": book["files"] });
    if let Some(notes) = notes {
        event["notes"] = json!(notes);
    }
    Ok(event)
}

fn read_notes(path: &Path) -> Result<String, CliError> {
    let notes = fs::read_to_string(path).map_err(|error| CliError::of_file(path, &error))?;
    Ok(notes.trim().to_owned())
}

async fn invoke(shop: &Shop, event: &Value) -> Result<Value, CliError> {
    shop.invoke(Function::PushUpdate, event).await
}

fn with(event: &Value, name: &str, value: Value) -> Value {
    let mut event = event.clone();
    event[name] = value;
    event
}

async fn send_test(
    terminal: &Terminal,
    shop: &Shop,
    event: Value,
    to: &str,
) -> Result<Outcome, CliError> {
    let answer = {
        let _working = spinner("Sending the mail");
        invoke(shop, &with(&event, "test_to", json!(to))).await?
    };
    terminal.answer(&answer, || {
        format!("One copy was mailed to {to}. Nothing was changed.\n")
    })?;
    Ok(Outcome::Done)
}

/// Shows the mail in a browser.
fn open_mail(dry_run: &Value) -> Result<(), CliError> {
    let path = env::temp_dir().join("bookstall-mail.html");
    let html = dry_run["mail"]["html"].as_str().unwrap_or_default();
    fs::write(&path, html).map_err(|error| CliError::of_file(&path, &error))?;
    open::that_detached(&path).map_err(|error| CliError::of_file(&path, &error))
}

/// Shows how far the latest push of a book has come.
async fn watch(terminal: &Terminal, shop: &Shop, book: &str) -> Result<Outcome, CliError> {
    const STEP: &str = "Failed to find the push";
    let client = Client::new(&shop.config);
    let list = client.list_executions();
    let list = list.state_machine_arn(shop.push_machine().await?);
    let listed = list.max_results(50).send().await;
    let listed = listed.map_err(|error| CliError::of_aws(STEP, error))?;
    for execution in listed.executions() {
        let arn = execution.execution_arn();
        let described = client.describe_execution().execution_arn(arn).send().await;
        let described = described.map_err(|error| CliError::of_aws(STEP, error))?;
        let input = described.input().unwrap_or_default();
        let input: Value = serde_json::from_str(input).unwrap_or_default();
        if input["book"] == book {
            return follow(terminal, shop, &client, arn, &input).await;
        }
    }
    Err(CliError::Refused(format!(
        "No push of `{book}` was started."
    )))
}

/// Shows how far a push has come, until it ends or the author leaves.
async fn follow(
    terminal: &Terminal,
    shop: &Shop,
    client: &Client,
    execution: &str,
    event: &Value,
) -> Result<Outcome, CliError> {
    let progress = Progress::new();
    let end = tokio::select! {
        end = until_end(shop, client, execution, event, &progress) => end?,
        _ = ctrl_c() => {
            progress.bar.finish_and_clear();
            let book = event["book"].as_str().unwrap_or_default();
            note(&format!(
                "The push goes on without this command. `bookstall push {book} --watch` shows how far it is."
            ));
            return Ok(Outcome::Done);
        }
    };
    progress.bar.finish_and_clear();
    terminal.answer(&end, || end_text(event, &end))?;
    Ok(Outcome::Done)
}

/// Looks at a push until it ends, and returns its end.
async fn until_end(
    shop: &Shop,
    client: &Client,
    execution: &str,
    event: &Value,
    progress: &Progress,
) -> Result<Value, CliError> {
    const STEP: &str = "Failed to look at the push, which goes on";
    let look = with(event, "dry_run", json!(true));
    let mut last_line = Instant::now();
    loop {
        let described = client.describe_execution().execution_arn(execution);
        let described = described.send().await;
        let described = described.map_err(|error| CliError::of_aws(STEP, error))?;
        let began = Instant::now();
        // Only the numbers are missing if it fails.
        let seen = invoke(shop, &look).await.unwrap_or_default();
        let (told, owed) = (
            number(&seen["dry_run"], "already_told"),
            number(&seen["dry_run"], "purchases"),
        );
        match described.status() {
            ExecutionStatus::Running => {}
            ExecutionStatus::Succeeded => {
                let output = described.output().unwrap_or_default();
                let output: Value = serde_json::from_str(output).unwrap_or_default();
                return Ok(json!({
                    "execution": execution,
                    "told": told,
                    "owed": owed,
                    "last_run": output,
                }));
            }
            _ => return Err(failure(described.error(), described.cause())),
        }
        let pause = SHORTEST_PAUSE.max(began.elapsed() * PAUSES_PER_LOOK);
        if seen.is_object() {
            progress.set(told, owed);
            if last_line.elapsed() >= BETWEEN_LINES {
                last_line = Instant::now();
                Progress::line(told, owed);
            }
        }
        tokio::time::sleep(pause).await;
    }
}

/// Reads why a state machine failed. The cause of a function's error is the JSON that Lambda makes
/// of it.
fn failure(error: Option<&str>, cause: Option<&str>) -> CliError {
    let cause = cause.unwrap_or("Step Functions does not say why");
    let answer: Value = serde_json::from_str(cause).unwrap_or_default();
    match answer["errorMessage"].as_str() {
        Some(message) => refusal(error.unwrap_or_default(), message),
        None => refusal(error.unwrap_or_default(), cause),
    }
}

/// The bar, and the terminal that has no bar.
struct Progress {
    bar: ProgressBar,
}

impl Progress {
    fn new() -> Self {
        let bar = progress_bar(None, BAR);
        Self { bar }
    }

    fn set(&self, told: u64, owed: u64) {
        if self.bar.length().is_none() {
            // The rate is that of this command's own time.
            self.bar.set_position(told);
            self.bar.reset_eta();
        }
        self.bar.set_length(told + owed);
        self.bar.set_position(told);
    }

    fn line(told: u64, owed: u64) {
        if !io::stderr().is_terminal() {
            let (told, owed) = (grouped(told), grouped(owed));
            note(&format!("{told} told, {owed} left."));
        }
    }
}

fn number(answer: &Value, name: &str) -> u64 {
    answer[name].as_u64().unwrap_or_default()
}

fn addresses(number: u64) -> String {
    match number {
        1 => "1 address".to_owned(),
        many => format!("{} addresses", grouped(many)),
    }
}

/// Writes what a push would do, for people.
fn dry_run_text(event: &Value, dry_run: &Value) -> String {
    let account = &dry_run["account"];
    let mut text = format!(
        "“{}” of {}, edition {}:\n\n",
        event["version"].as_str().unwrap_or_default(),
        event["book"].as_str().unwrap_or_default(),
        number(dry_run, "edition"),
    );
    let purchases = usize::try_from(number(dry_run, "purchases")).unwrap_or(usize::MAX);
    let mut rows = vec![(
        "mailed",
        format!(
            "{}, for {}",
            addresses(number(dry_run, "addresses")),
            count(purchases, "purchase")
        ),
    )];
    for (reason, number) in dry_run["not_mailed"].as_object().into_iter().flatten() {
        let number = grouped(number.as_u64().unwrap_or_default());
        rows.push((
            "not mailed",
            format!("{number}: {}", reason.replace('_', " ")),
        ));
    }
    rows.push(("told before", grouped(number(dry_run, "already_told"))));
    let per_day = match account["per_day"].as_u64() {
        Some(number) => format!("{} a day", grouped(number)),
        None => "any number a day".to_owned(),
    };
    let sent = grouped(number(account, "sent_last_day"));
    let per_second = account["per_second"].as_f64().unwrap_or_default();
    rows.push((
        "SES takes",
        format!("{per_second} mails a second and {per_day}; {sent} sent since yesterday"),
    ));
    rows.push((
        "takes",
        duration(dry_run["hours"].as_f64().unwrap_or_default()),
    ));
    rows.push((
        "costs",
        format!("${:.2}", dry_run["dollars"].as_f64().unwrap_or_default()),
    ));
    for (name, value) in rows {
        let _ = writeln!(text, "  {name:<12} {value}");
    }
    let warnings = dry_run["warnings"].as_array();
    for warning in warnings.into_iter().flatten().filter_map(Value::as_str) {
        let _ = writeln!(text, "\n! {warning}");
    }
    let mail = |name: &str| dry_run["mail"][name].as_str().unwrap_or_default();
    let _ = write!(
        text,
        "\nThe mail:\n\n  Subject: {}\n\n{}",
        mail("subject"),
        indented(mail("text"))
    );
    text
}

/// Writes a number of hours as people say it.
fn duration(hours: f64) -> String {
    match hours {
        h if h <= 1.0 / 60.0 => "a minute at most".to_owned(),
        h if h < 2.0 => format!("{:.0} minutes", h * 60.0),
        h if h < 48.0 => format!("{h:.0} hours"),
        h => format!("{:.0} days", h / 24.0),
    }
}

/// Writes the end of a push, for people.
fn end_text(event: &Value, end: &Value) -> String {
    let version = event["version"].as_str().unwrap_or_default();
    let last = &end["last_run"];
    if last["stopped"] == "superseded" {
        return format!(
            "A newer edition than “{version}” was pushed meanwhile; its push tells everyone.\n"
        );
    }
    let told = usize::try_from(number(end, "told")).unwrap_or(usize::MAX);
    let mut text = format!(
        "“{version}” is published, and nobody is owed a mail: {} told.\n",
        count(told, "purchase")
    );
    let uncertain = number(last, "uncertain");
    if uncertain > 0 {
        let _ = writeln!(
            text,
            "- Of {} SES did not say whether the mail was sent; the log of push-update names them.",
            grouped(uncertain)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event_of_wip() -> Value {
        json!({"book": "wip", "version": "2nd edition, 2.1"})
    }

    #[test]
    fn a_dry_run_is_a_page_of_text() {
        let dry_run = json!({
            "edition": 2,
            "purchases": 1300,
            "addresses": 1279,
            "not_mailed": {"another_purchase": 9, "unsubscribed": 12},
            "already_told": 0,
            "account": {
                "in_sandbox": false, "sending_enabled": true, "per_second": 14.0,
                "per_day": 50_000, "sent_last_day": 12,
            },
            "hours": 0.03,
            "dollars": 0.13,
            "warnings": ["The account is in SES's sandbox and can send to verified addresses only."],
            "mail": {
                "subject": "Writing Idiomatic Python: 2nd edition, 2.1",
                "text": "Hello,\n\nThere is a new edition.\n",
                "html": "<p>Hello,",
            },
        });
        insta::assert_snapshot!(dry_run_text(&event_of_wip(), &dry_run));
    }

    #[test]
    fn a_number_of_hours_is_said_as_people_do() {
        for (hours, said) in [
            (0.01, "a minute at most"),
            (0.5, "30 minutes"),
            (8.61, "9 hours"),
            (72.0, "3 days"),
        ] {
            assert_eq!(duration(hours), said);
        }
    }

    #[test]
    fn an_end_says_what_became_of_everyone() {
        let end = json!({"told": 1279, "owed": 0, "last_run": {"uncertain": 2, "owed": 0}});
        insta::assert_snapshot!(end_text(&event_of_wip(), &end));
        let end = json!({"told": 3, "last_run": {"stopped": "superseded"}});
        assert!(end_text(&event_of_wip(), &end).contains("A newer edition"));
    }

    #[test]
    fn the_cause_of_a_functions_error_is_its_message() {
        let cause = r#"{"errorMessage": "Nothing was changed. X. A right event: {}", "errorType": "WrongEvent"}"#;
        let refused = failure(Some("WrongEvent"), Some(cause));
        assert!(matches!(refused, CliError::Refused(text) if text == "Nothing was changed. X."));
        let failed = failure(Some("Blocked"), Some("SES does not let the account send."));
        assert!(matches!(failed, CliError::Failed(text) if text.starts_with("SES does not")));
    }
}
