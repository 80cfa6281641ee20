//! Brings the buyers of other platforms into the shop.
//!
//! The files are read here, and columns and states of platforms are known here. What makes a purchase is
//! the function `import`'s to decide. It is tried first, and then asked to write what it answered.
//!
//! | module | contents |
//! |---|---|
//! | `file`, `lines`, `quotes`, `table` | a file as text, its lines, whether its quotes match, its rows by the names of columns |
//! | `sale`, `cells`, `dates` | what a row says, and how its cells are read |
//! | `platforms` | what the columns of each platform mean |
//! | `mapping` | which book each product is |
//! | `purchases` | one purchase for each address and book |
//! | `mistyped` | addresses that look mistyped |
//! | `reading` | a whole file |
//! | `audience` | what SES knows of the account and the addresses |
//! | `send` | batches to the function |
//! | `summary`, `page` | what is told |

mod audience;
mod cells;
mod dates;
mod file;
mod lines;
mod mapping;
mod mistyped;
mod page;
mod platforms;
mod purchases;
mod quotes;
mod reading;
mod sale;
mod send;
mod summary;
mod table;
#[cfg(test)]
mod tests;

use std::{fmt::Write as _, future};

use bookstall::runtime::clock;
use catalogue::Catalogue;
use tokio::signal::ctrl_c;

use self::{
    audience::Audience,
    file::TextFile,
    mapping::Mapping,
    platforms::{ByHand, Ledger},
    reading::{Found, Said, Source},
    send::{Answer, Sender},
    summary::Summary,
};
use crate::{
    arguments,
    error::{CliError, Outcome},
    function::Function,
    shop::Shop,
    terminal::{Terminal, note, progress_bar, spinner, terminal_width},
    text::grouped,
};

const BAR: &str = "{msg} {wide_bar} {human_pos} of {human_len}, {eta} left";

/// Imports the files, after asking; or shows what the import would do.
pub(crate) async fn import(
    terminal: &Terminal,
    shop: &Shop,
    arguments: &arguments::Import,
) -> Result<Outcome, CliError> {
    let (sources, found, mapping, platforms) = {
        let _working = spinner("Reading");
        read(arguments)?
    };
    let today = clock::now().date();
    let mut summary = Summary::of(&sources, &found, &mapping, today);
    summary.owe_update = arguments.owe_update;
    let page = |summary: &Summary<'_>| {
        page::text(summary, terminal_width(), &|text| {
            terminal.with_options(text)
        })
    };
    if !found.unmapped.is_empty() {
        // The file helps to guess, and need not be there.
        let catalogue = Catalogue::read(&arguments.catalogue.path).ok();
        let unmapped = found.unmapped.keys().map(String::as_str);
        summary.options = mapping::options(unmapped, catalogue.as_ref());
        terminal.answer(&summary.to_json(), || page(&summary))?;
        return Ok(Outcome::Refused);
    }
    let function = shop.lambda(Function::Import).await?;
    let sender = Sender {
        function: &function,
        platforms: &platforms,
        purchases: &found.purchases,
        mapping: &mapping,
        owe_update: arguments.owe_update,
    };
    let (answer, audience) = tokio::join!(
        send(&sender, &summary, true),
        Audience::ask(shop, &found.purchases)
    );
    summary.take_over(answer?, audience);
    if arguments.dry_run {
        terminal.answer(&summary.to_json(), || page(&summary))?;
        return Ok(Outcome::Done);
    }
    terminal.confirm_about(|| page(&summary), &question(&summary))?;
    // From here on Ctrl-C leaves something behind, of which the author is told.
    terminal.take_ctrl_c();
    summary.answer = Some(send(&sender, &summary, false).await?);
    summary.dry_run = false;
    terminal.answer(&summary.to_json(), || end_text(&summary))?;
    let is_refused = summary
        .answer
        .as_ref()
        .is_some_and(|answer| answer.refused > 0);
    Ok(Outcome::of(!is_refused))
}

/// Asks for what the shop would write.
fn question(summary: &Summary<'_>) -> String {
    let count = |name| summary.answer.as_ref().map_or(0, |it| it.count(name));
    let close = match count("closed") {
        0 => String::new(),
        closed => format!(", and close {}", grouped(closed)),
    };
    format!(
        "Import {} from {}{close}?",
        purchases(count("added") + count("changed")),
        Vec::from_iter(summary.platforms()).join(", ")
    )
}

/// Reads all files. Returns the names of the platforms, too, by their places in the run.
fn read(
    arguments: &arguments::Import,
) -> Result<(Vec<Source>, Found, Mapping, Vec<String>), CliError> {
    let columns = match &arguments.columns[..] {
        [] => None,
        columns => Some(ByHand::parse(columns).map_err(CliError::Usage)?),
    };
    let said = Said {
        platform: arguments.platform.clone(),
        columns,
        dates: arguments.dates,
    };
    let mut mapping = Mapping::read(arguments.map_file.as_deref(), &arguments.map)?;
    let mut sources = Vec::new();
    let mut ledger = Ledger::default();
    for path in &arguments.files {
        sources.push(Source::open(TextFile::open(path)?, &said, &mut ledger)?);
    }
    let mut platforms: Vec<String> = Vec::new();
    let mut found = Found::default();
    for (file, source) in (0..).zip(&sources) {
        let known = platforms.iter().position(|known| *known == source.platform);
        let platform = known.unwrap_or_else(|| {
            platforms.push(source.platform.clone());
            platforms.len() - 1
        });
        // A command line has no room for more files.
        let platform = u16::try_from(platform).unwrap_or(u16::MAX);
        source.read((file, platform), &ledger, &mut mapping, &mut found)?;
    }
    Ok((sources, found, mapping, platforms))
}

/// Sends all purchases, and shows how far it is. At Ctrl-C the batches that are under way are waited for;
/// at the second one they are not.
async fn send(
    sender: &Sender<'_>,
    summary: &Summary<'_>,
    dry_run: bool,
) -> Result<Answer, CliError> {
    let bar = progress_bar(Some(summary.sent), BAR);
    if dry_run {
        // Ctrl-C ends the command.
        bar.set_message("Trying");
        let answer = sender.send(true, &bar, future::pending()).await;
        bar.finish_and_clear();
        return answer;
    }
    bar.set_message("Importing");
    let stop = async {
        let _ = ctrl_c().await;
    };
    let leave = async {
        let _ = ctrl_c().await;
        note("Waiting for what is under way. Ctrl-C again does not wait.");
        let _ = ctrl_c().await;
    };
    let sent = tokio::select! {
        sent = sender.send(false, &bar, stop) => sent,
        () = leave => Err(CliError::Interrupted),
    };
    let done = bar.position();
    bar.finish_and_clear();
    let of_all = |done: u64| {
        format!(
            "{} of {} are done. Run the same command again: what is there stays, and the rest is added.",
            grouped(done),
            purchases(summary.sent)
        )
    };
    match sent {
        Ok(answer) if answer.answered < summary.sent => {
            note(&of_all(answer.answered));
            Err(CliError::Interrupted)
        }
        Ok(answer) => Ok(answer),
        // What was under way may be done, too.
        Err(CliError::Failed(why)) => {
            Err(CliError::Failed(format!("{why} At least {}", of_all(done))))
        }
        Err(CliError::Interrupted) => {
            note(&format!("At least {}", of_all(done)));
            Err(CliError::Interrupted)
        }
        Err(error) => Err(error),
    }
}

/// Writes the end of an import, for people.
fn end_text(summary: &Summary<'_>) -> String {
    let answer = summary.answer.as_ref();
    let count = |name: &str| grouped(answer.map_or(0, |answer| answer.count(name)));
    let mut text = format!(
        "{} added, {} changed, {} unchanged, {} sold here, {} closed, {} erased before.\n",
        count("added"),
        count("changed"),
        count("unchanged"),
        count("sold_here"),
        count("closed"),
        count("erased"),
    );
    let refused = answer.map_or(0, |answer| answer.refused);
    if refused > 0 {
        let _ = writeln!(text, "{} refused:", grouped(refused));
    }
    for (place, reason) in answer.iter().flat_map(|answer| &answer.examples) {
        let _ = writeln!(text, "- {}: {reason}", summary.place(*place));
    }
    text
}

fn purchases(number: u64) -> String {
    crate::text::count(usize::try_from(number).unwrap_or(usize::MAX), "purchase")
}
