//! Pushes a new edition: shows what the push would do, asks, starts the state machine, and shows how
//! far it has come until nobody is owed a mail.
//!
//! How far it has come is asked of `push-update` by dry runs, which count the purchases that are owed a
//! mail and those that are not: they were mailed it, were left out, or had the edition already.

mod event;
mod machine;
mod trial;

use std::{
    fmt::Write as _,
    io::{self, IsTerminal},
    time::{Duration, Instant},
};

use aws_sdk_sfn::{Client, types::ExecutionStatus};
use indicatif::ProgressBar;
use serde_json::{Value, json};
use tokio::signal::ctrl_c;

use crate::{
    arguments,
    error::{CliError, Outcome},
    fields::in_words,
    function::Function,
    shop::Shop,
    terminal::{Terminal, note, progress_bar, spinner},
    text::{count, grouped, indented},
    upload::missing_text,
};

use self::{
    event::{event, invoke, with},
    trial::{open_mail, send_test},
};

/// The shortest pause between two looks.
const SHORTEST_PAUSE: Duration = Duration::from_secs(2);
/// A look counts all buyers of the book. So many times as long as the last one took, the next waits.
const PAUSES_PER_LOOK: u32 = 10;
/// How often the numbers are told where no terminal is.
const BETWEEN_LINES: Duration = Duration::from_mins(1);

const BAR: &str = "{wide_bar} {human_pos} of {human_len} done, {per_sec}, {eta} left";

const SLOW_BAR: &str = "{wide_bar} {human_pos} of {human_len} done, {msg}";

/// Pushes an edition, or shows how far an earlier push has come.
pub(crate) async fn push(
    terminal: &Terminal,
    shop: &Shop,
    arguments: &arguments::Push,
) -> Result<Outcome, CliError> {
    if arguments.watch {
        return watch(terminal, shop, &arguments.book).await;
    }
    let (event, to_upload) = event(shop, arguments).await?;
    if let Some(to) = &arguments.test_to {
        return send_test(terminal, shop, event, to).await;
    }
    let mut answer = {
        let _working = spinner("Asking the shop what the push would do");
        invoke(shop, &with(&event, "dry_run", json!(true))).await?
    };
    let dry_run = &mut answer["dry_run"];
    if arguments.open {
        open_mail(dry_run)?;
    }
    let text = |dry_run: &Value| dry_run_text(&event, dry_run, shop.is_local());
    if arguments.dry_run {
        dry_run["to_upload"] = to_upload;
        terminal.answer(dry_run, || text(dry_run))?;
        return Ok(Outcome::Done);
    }
    let dry_run = &*dry_run;
    if is_done(dry_run) && arguments.notes.is_none() {
        terminal.answer(dry_run, || done_text(dry_run))?;
        return Ok(Outcome::Done);
    }
    let client = Client::new(&shop.config);
    let version = dry_run["version"].as_str().unwrap_or_default();
    let addresses = number(dry_run, "addresses");
    if arguments.catch_up && addresses == 0 {
        terminal.answer(dry_run, || nobody_owed(&arguments.book, version))?;
        return Ok(Outcome::Done);
    }
    if arguments.catch_up {
        machine::check_that_none_runs(shop, &client, &arguments.book).await?;
    }
    note(&text(dry_run));
    let addresses = self::addresses(addresses);
    terminal.confirm(&if arguments.catch_up {
        format!("Mail “{version}” to {addresses}?")
    } else if dry_run["repeated"] == true {
        format!("Go on with the push of “{version}”, and mail {addresses}?")
    } else {
        format!("Publish “{version}” and mail {addresses}?")
    })?;
    let started = machine::start(shop, &client, &event).await?;
    follow(terminal, shop, &client, &started, &event).await
}

/// Whether the edition was pushed before, and nobody is owed a mail of it.
fn is_done(dry_run: &Value) -> bool {
    dry_run["repeated"] == true && number(dry_run, "purchases") == 0
}

/// Shows how far the latest push of a book has come.
async fn watch(terminal: &Terminal, shop: &Shop, book: &str) -> Result<Outcome, CliError> {
    let client = Client::new(&shop.config);
    match machine::latest(shop, &client, book, None).await? {
        Some(push) => follow(terminal, shop, &client, &push.arn, &push.event).await,
        None => Err(CliError::Refused(format!(
            "No push of `{book}` was started."
        ))),
    }
}

/// Shows how far a push has come, until it ends or the author leaves.
async fn follow(
    terminal: &Terminal,
    shop: &Shop,
    client: &Client,
    execution: &str,
    event: &Value,
) -> Result<Outcome, CliError> {
    let progress = Progress::new(event);
    terminal.take_ctrl_c();
    let end = tokio::select! {
        end = until_end(shop, client, execution, event, &progress) => end?,
        _ = ctrl_c() => {
            progress.bar.finish_and_clear();
            let book = event["book"].as_str().unwrap_or_default();
            let watch = shop.command(&format!("push {book} --watch"));
            note(&format!(
                "The push goes on without this command. `{watch}` shows how far it is."
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
        let mut seen = invoke(shop, &look).await.unwrap_or_default();
        let seen = seen["dry_run"].take();
        let (done, owed) = (number(&seen, "not_owed"), number(&seen, "purchases"));
        match described.status() {
            ExecutionStatus::Running => {}
            ExecutionStatus::Succeeded => {
                let output = described.output().unwrap_or_default();
                let output: Value = serde_json::from_str(output).unwrap_or_default();
                return Ok(json!({
                    "execution": execution,
                    "version": seen["version"],
                    "done": seen["not_owed"],
                    "owed": seen["purchases"],
                    "last_run": output,
                }));
            }
            _ => {
                let end = machine::end_of(&described);
                return Err(end.map_text(|text| failed_text(event, &seen, text)));
            }
        }
        let pause = SHORTEST_PAUSE.max(began.elapsed() * PAUSES_PER_LOOK);
        if seen.is_object() {
            let pace = pace(event, &seen);
            progress.set(done, owed, &pace);
            if last_line.elapsed() >= BETWEEN_LINES {
                last_line = Instant::now();
                Progress::line(done, owed, &pace);
            }
        }
        tokio::time::sleep(pause).await;
    }
}

/// The bar, and the terminal that has no bar.
struct Progress {
    bar: ProgressBar,
}

impl Progress {
    fn new(event: &Value) -> Self {
        let is_slow = event["per_hour"].is_number();
        let bar = progress_bar(None, if is_slow { SLOW_BAR } else { BAR });
        Self { bar }
    }

    fn set(&self, done: u64, owed: u64, pace: &str) {
        self.bar.set_message(pace.to_owned());
        if self.bar.length().is_none() {
            // The rate is that of this command's own time.
            self.bar.set_position(done);
            self.bar.reset_eta();
        }
        self.bar.set_length(done + owed);
        self.bar.set_position(done);
    }

    fn line(done: u64, owed: u64, pace: &str) {
        if !io::stderr().is_terminal() {
            let (done, owed) = (grouped(done), grouped(owed));
            let pace = if pace.is_empty() {
                ""
            } else {
                &format!(", {pace}")
            };
            note(&format!("{done} done, {owed} owed{pace}."));
        }
    }
}

/// Returns how fast a slow push goes and how long it still takes. Empty if the push is not slow.
fn pace(event: &Value, dry_run: &Value) -> String {
    match event["per_hour"].as_u64() {
        Some(per_hour) => {
            let left = duration(dry_run["hours"].as_f64().unwrap_or_default());
            format!("{} an hour, {left} left", grouped(per_hour))
        }
        None => String::new(),
    }
}

fn number(answer: &Value, name: &str) -> u64 {
    answer[name].as_u64().unwrap_or_default()
}

fn nobody_owed(book: &str, version: &str) -> String {
    format!(
        "Nobody is owed a mail: everyone who bought {book} was mailed “{version}”, was left out, or had \
         it already.\n"
    )
}

fn addresses(number: u64) -> String {
    match number {
        1 => "1 address".to_owned(),
        many => format!("{} addresses", grouped(many)),
    }
}

/// Writes what a push would do, for people. The local shop's mailbox has no limits.
fn dry_run_text(event: &Value, dry_run: &Value, is_local: bool) -> String {
    let account = &dry_run["account"];
    let mut text = missing_text(&dry_run["to_upload"]);
    if !text.is_empty() {
        text.push('\n');
    }
    let _ = write!(
        text,
        "“{}” of {}, edition {}:\n\n",
        dry_run["version"].as_str().unwrap_or_default(),
        event["book"].as_str().unwrap_or_default(),
        number(dry_run, "edition"),
    );
    let purchases = usize::try_from(number(dry_run, "purchases")).unwrap_or(usize::MAX);
    let mut rows = vec![(
        "to be mailed",
        format!(
            "{}, for {}",
            addresses(number(dry_run, "addresses")),
            count(purchases, "purchase")
        ),
    )];
    for (reason, number) in dry_run["not_mailed"].as_object().into_iter().flatten() {
        let number = grouped(number.as_u64().unwrap_or_default());
        rows.push((
            "left out",
            format!("{number}: {}", reason.replace('_', " ")),
        ));
    }
    let not_owed = number(dry_run, "not_owed");
    if not_owed > 0 {
        let not_owed = grouped(not_owed);
        rows.push((
            "not owed",
            format!("{not_owed}: mailed before, left out, or had it already"),
        ));
    }
    let per_day = match account["per_day"].as_u64() {
        Some(number) => format!("{} a day", grouped(number)),
        None => "any number a day".to_owned(),
    };
    let sent = grouped(number(account, "sent_last_day"));
    let per_second = account["per_second"].as_f64().unwrap_or_default();
    let limits = if is_local {
        "mails without a limit, in the local shop".to_owned()
    } else {
        format!("{per_second} mails a second and {per_day}")
    };
    rows.push((
        "SES takes",
        format!("{limits}; {sent} sent since yesterday"),
    ));
    if let Some(per_hour) = event["per_hour"].as_u64() {
        let pace = format!("{} mails an hour, stops when 3 % bounce", grouped(per_hour));
        rows.push(("slowly", pace));
    }
    rows.push((
        "takes",
        duration(dry_run["hours"].as_f64().unwrap_or_default()),
    ));
    rows.push((
        "costs",
        format!("${:.2}", dry_run["dollars"].as_f64().unwrap_or_default()),
    ));
    for (name, value) in rows {
        let _ = writeln!(text, "  {name:<13} {value}");
    }
    let warnings = dry_run["warnings"].as_array();
    for warning in warnings.into_iter().flatten().filter_map(Value::as_str) {
        let warning = in_words(Function::PushUpdate, warning, event["book"].as_str());
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
pub(crate) fn duration(hours: f64) -> String {
    match hours {
        h if h <= 1.0 / 60.0 => "a minute at most".to_owned(),
        h if h < 2.0 => format!("{:.0} minutes", h * 60.0),
        h if h < 48.0 => format!("{h:.0} hours"),
        h => format!("{:.0} days", h / 24.0),
    }
}

/// Writes the end of a push, for people.
fn end_text(event: &Value, end: &Value) -> String {
    let version = event["version"].as_str().or(end["version"].as_str());
    let version = version.unwrap_or_default();
    let last = &end["last_run"];
    if last["stopped"] == "superseded" {
        return format!(
            "A newer edition than “{version}” was pushed meanwhile; its push mails everyone.\n"
        );
    }
    let mut text = format!("“{version}” is published, and nobody is owed a mail:\n\n");
    let (mailed, uncertain) = (number(last, "mailed"), number(last, "uncertain"));
    let mut rows = vec![("mailed", grouped(mailed))];
    let mut counted = mailed + uncertain;
    for (reason, number) in last["skipped"].as_object().into_iter().flatten() {
        let number = number.as_u64().unwrap_or_default();
        counted += number;
        let number = grouped(number);
        rows.push((
            "left out",
            format!("{number}: {}", reason.replace('_', " ")),
        ));
    }
    if uncertain > 0 {
        let uncertain = grouped(uncertain);
        rows.push((
            "uncertain",
            format!(
                "{uncertain}: SES did not say whether the mail was sent; the log of push-update \
                 names them"
            ),
        ));
    }
    // What is left out or uncertain is the last run's, and a push of many mails takes several.
    let others = number(end, "done").saturating_sub(counted);
    if others > 0 {
        let others = grouped(others);
        rows.push((
            "others",
            format!("{others}: left out or uncertain in an earlier run, or had it already"),
        ));
    }
    for (name, value) in rows {
        let _ = writeln!(text, "  {name:<12} {value}");
    }
    text
}

/// Writes why a push ended that mailed not everyone, how far it came, and what mails the rest. `seen` is
/// the dry run after its end, if that has an answer.
fn failed_text(event: &Value, seen: &Value, why: &str) -> String {
    let book = event["book"].as_str().unwrap_or_default();
    let text = in_words(Function::PushUpdate, why, Some(book));
    let mut text = text.replace("push BOOK", &format!("push {book}"));
    let is_published = event["catch_up"] == true || seen["repeated"] == true;
    if !seen.is_object() || !is_published {
        return text;
    }
    let (done, owed) = (number(seen, "not_owed"), number(seen, "purchases"));
    let _ = write!(
        text,
        "\n{} done: mailed, left out, or had it already. {} still owed a mail.",
        purchases_are(done),
        purchases_are(owed)
    );
    if owed > 0 && !text.contains("--catch-up") {
        let _ = write!(text, " `bookstall push {book} --catch-up` mails them.");
    }
    text
}

fn purchases_are(number: u64) -> String {
    match number {
        0 => "No purchase is".to_owned(),
        1 => "1 purchase is".to_owned(),
        many => format!("{} purchases are", grouped(many)),
    }
}

/// Says that a push was done before, for people.
fn done_text(dry_run: &Value) -> String {
    let version = dry_run["version"].as_str().unwrap_or_default();
    let done = usize::try_from(number(dry_run, "not_owed")).unwrap_or(usize::MAX);
    format!(
        "“{version}” was pushed before, and nobody is owed a mail of it: {} mailed it, left out, or \
         had it already. Nothing was changed.\n",
        match done {
            1 => "1 purchase was".to_owned(),
            many => format!("{} were", count(many, "purchase")),
        }
    )
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
            "version": "2nd edition, 2.1",
            "purchases": 1300,
            "addresses": 1279,
            "not_mailed": {"another_purchase": 9, "unsubscribed": 12},
            "not_owed": 0,
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
        insta::assert_snapshot!(dry_run_text(&event_of_wip(), &dry_run, false));
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
        let last_run = json!({
            "sent": 300, "mailed": 1200, "uncertain": 2, "owed": 0,
            "skipped": {"unsubscribed": 12, "another_purchase": 9},
        });
        let end = json!({"done": 1300, "owed": 0, "last_run": last_run});
        insta::assert_snapshot!(end_text(&event_of_wip(), &end));
        let end = json!({"done": 3, "last_run": {"stopped": "superseded"}});
        assert!(end_text(&event_of_wip(), &end).contains("A newer edition"));
    }

    #[test]
    fn an_end_before_everyone_was_mailed_says_how_far_it_came_and_what_mails_the_rest() {
        let blocked = "SES does not let the account send. Its console says why. Then `bookstall push \
                       BOOK --catch-up` mails the rest.";
        let aborted = "Somebody stopped the push at Step Functions.";
        let refused = "Nothing was changed. `version`: buyers have it already.";
        let catch_up = json!({"book": "wip", "catch_up": true});
        let seen = json!({"repeated": true, "not_owed": 1200, "purchases": 100});
        let unpublished = json!({"repeated": false, "not_owed": 0, "purchases": 1300});
        let texts = [
            failed_text(&event_of_wip(), &seen, blocked),
            failed_text(&event_of_wip(), &seen, aborted),
            failed_text(&catch_up, &json!({"not_owed": 1, "purchases": 0}), aborted),
            failed_text(&event_of_wip(), &unpublished, refused),
            // The shop does not answer.
            failed_text(&event_of_wip(), &Value::Null, aborted),
        ];
        insta::assert_snapshot!(texts.join("\n\n"));
    }
}
