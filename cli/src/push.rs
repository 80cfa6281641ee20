//! Pushes a new edition: shows what the push would do, asks, starts the state machine, and shows how
//! far it has come until nobody is owed a mail.
//!
//! How far it has come is asked of `push-update` by dry runs, which count the purchases that are owed a
//! mail and those that are not: they were mailed it, were left out, or had the edition already.

mod event;
mod machine;
mod progress;
mod stop;
mod text;
mod trial;

use std::time::{Duration, Instant};

use aws_sdk_sfn::{Client, types::ExecutionStatus};
use serde_json::{Value, json};
use tokio::signal::ctrl_c;

use crate::{
    arguments,
    error::{CliError, Outcome},
    shop::Shop,
    terminal::{Terminal, note, spinner, terminal_width},
    text::wrapped,
};

use self::{
    event::{event, invoke, with},
    progress::{Progress, pace},
    text::{done_text, dry_run_text, end_text, failed_text, nobody_owed, number},
    trial::{open_mail, send_test},
};

/// The shortest pause between two looks.
const SHORTEST_PAUSE: Duration = Duration::from_secs(2);
/// A look counts all buyers of the book. So many times as long as the last one took, the next waits.
const PAUSES_PER_LOOK: u32 = 10;
/// How often the numbers are told where no terminal is.
const BETWEEN_LINES: Duration = Duration::from_mins(1);

/// Pushes an edition, or shows how far an earlier push has come.
pub(crate) async fn push(
    terminal: &Terminal,
    shop: &Shop,
    arguments: &arguments::Push,
) -> Result<Outcome, CliError> {
    if arguments.watch {
        return watch(terminal, shop, &arguments.book).await;
    }
    if arguments.stop {
        return stop::stop(terminal, shop, &arguments.book).await;
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
    let text = |dry_run: &Value| {
        let text = dry_run_text(&event, dry_run, shop.is_local());
        wrapped(&terminal.with_options(&text), terminal_width())
    };
    if arguments.dry_run {
        dry_run["to_upload"] = to_upload;
    }
    let dry_run = &*dry_run;
    let version = dry_run["version"].as_str().unwrap_or_default();
    let addresses = number(dry_run, "addresses");
    if arguments.catch_up && addresses == 0 {
        terminal.answer(dry_run, || nobody_owed(&arguments.book, version))?;
        return Ok(Outcome::Done);
    }
    if arguments.dry_run {
        terminal.answer(dry_run, || text(dry_run))?;
        if arguments.open {
            open_mail(dry_run)?;
        }
        return Ok(Outcome::Done);
    }
    if is_done(dry_run) && arguments.notes.is_none() {
        terminal.answer(dry_run, || done_text(dry_run))?;
        return Ok(Outcome::Done);
    }
    let client = Client::new(&shop.config);
    let wanted = machine::Wanted {
        book: &arguments.book,
        version,
        is_new: !arguments.catch_up && dry_run["repeated"] == false,
    };
    let latest = machine::check_that_none_runs(shop, &client, &wanted).await?;
    terminal.preview(|| text(dry_run));
    if arguments.open {
        open_mail(dry_run)?;
    }
    let addresses = text::addresses(addresses);
    terminal.confirm(&if arguments.catch_up {
        format!("Mail “{version}” to {addresses}?")
    } else if dry_run["repeated"] == true {
        format!("Go on with the push of “{version}”, and mail {addresses}?")
    } else {
        format!("Publish “{version}” and mail {addresses}?")
    })?;
    let started = machine::start(shop, &client, &wanted, &event, latest).await?;
    follow(terminal, shop, &client, &started, &event).await
}

/// Whether the edition was pushed before, and nobody is owed a mail of it.
fn is_done(dry_run: &Value) -> bool {
    dry_run["repeated"] == true && number(dry_run, "purchases") == 0
}

/// Shows how far the latest push of a book has come.
async fn watch(terminal: &Terminal, shop: &Shop, book: &str) -> Result<Outcome, CliError> {
    let client = Client::new(&shop.config);
    if let Some(push) = machine::pushes(shop, &client, book).await?.latest {
        return follow(terminal, shop, &client, &push.arn, &push.event).await;
    }
    // Step Functions forgets an execution 90 days after its end, and the local shop all of them.
    let since = if shop.is_local() {
        "since this shop was opened"
    } else {
        "in the last 90 days"
    };
    Err(CliError::Refused(format!(
        "No push of `{book}` was started {since}. `bookstall push {book} --catch-up --dry-run` says who \
         is owed a mail."
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
