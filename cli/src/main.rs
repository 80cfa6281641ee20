//! `bookstall`, the author's command. It speaks to the local shop and to a stack on AWS alike.
//!
//! No rule of the shop lives here: the functions decide. `catalogue` reads the author's file, makes
//! the event of `publish` and fills the page.
//!
//! | module | contents |
//! |---|---|
//! | `arguments` | the command line |
//! | `buyers` | `find`, `resend`, `give`, `refund`, `reopen`, `erase`, `export` |
//! | `dispute` | `dispute` |
//! | `publish`, `upload` | `publish`, and the files' way to S3 |
//! | `push` | `push` |
//! | `import` | `import` |
//! | `sales` | `sales`, `report` |
//! | `doctor` | `doctor` |
//! | `reconcile`, `logs`, `page` | the commands of these names |
//! | `shop`, `samconfig`, `lambda` | how functions are found and invoked |
//! | `fields` | the functions' fields in the words of the command line |
//! | `stripe` | what `setup`, `live` and `doctor` ask of Stripe |
//! | `setup` | `setup`, `live` |
//! | `keys`, `ses`, `dns`, `software` | Stripe's keys in Secrets Manager, SES, the DNS, the sources that a stack runs |
//! | `terminal`, `error`, `text` | what is printed and asked, exit codes, how things are written |

mod arguments;
mod buyers;
mod dispute;
mod dns;
mod doctor;
mod error;
mod fields;
mod function;
mod import;
mod keys;
mod lambda;
mod logs;
mod page;
mod publish;
mod push;
mod reconcile;
mod report_text;
mod sales;
mod samconfig;
mod ses;
mod setup;
mod shop;
mod software;
mod stripe;
mod terminal;
mod text;
mod upload;

use std::{env, ffi::OsString, fs, path::Path, process::ExitCode};

use clap::{CommandFactory, Parser};
use clap_complete::Shell;
use serde_json::json;

use crate::{
    arguments::{Arguments, Command, with_local_joined},
    error::{CliError, Outcome},
    shop::Shop,
    terminal::{Terminal, print, print_error},
};

#[tokio::main]
async fn main() -> ExitCode {
    let words = with_local_joined(env::args_os());
    let arguments = match Arguments::try_parse_from(&words) {
        Ok(arguments) => arguments,
        Err(error) => return not_parsed(&error, &words),
    };
    let terminal = Terminal::new(&arguments);
    terminal.end_at_ctrl_c();
    let only_reads = arguments.command.only_reads();
    match run(&terminal, arguments).await {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            let error = if only_reads {
                error.of_reading()
            } else {
                error
            };
            let code = ExitCode::from(&error);
            if !matches!(error, CliError::Interrupted) {
                terminal.error(error);
            }
            code
        }
    }
}

/// Prints what is wrong with the command line, or the help that it asks for.
fn not_parsed(error: &clap::Error, words: &[OsString]) -> ExitCode {
    let is_json = words.iter().any(|word| word == "--json");
    if !is_json || !error.use_stderr() {
        let _ = error.print();
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    }
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text).trim_end();
    let error = CliError::Usage(text.to_owned());
    print_error(&error, true);
    ExitCode::from(&error)
}

async fn run(terminal: &Terminal, arguments: Arguments) -> Result<Outcome, CliError> {
    match &arguments.command {
        Command::Completion { shell } => return completion(*shell),
        Command::Man { folder } => return manual(terminal, folder),
        // These are about a shop that need not be there yet.
        Command::Setup(setup) => return setup::setup(terminal, &arguments.place, setup).await,
        Command::Live { new_keys } => {
            return setup::live(terminal, &arguments.place, *new_keys).await;
        }
        // The file may say the address of the shop, which then need not be there.
        Command::Page(page) => return page::page(terminal, &arguments.place, page).await,
        _ => {}
    }
    let shop = Shop::open(&arguments.place).await?;
    let ended = match arguments.command {
        Command::Find(who) => buyers::find(terminal, &shop, &who.who).await,
        Command::Resend { who, to } => buyers::resend(terminal, &shop, &who, to).await,
        Command::Give { who, downloads } => buyers::give(terminal, &shop, &who, downloads).await,
        Command::Refund { who, amount } => buyers::refund(terminal, &shop, &who, amount).await,
        Command::Reopen(who) => buyers::reopen(terminal, &shop, &who).await,
        Command::Erase(who) => buyers::erase(terminal, &shop, &who).await,
        Command::Export { who, file } => buyers::export(terminal, &shop, &who.who, &file).await,
        Command::Dispute { who, file, text } => {
            dispute::dispute(terminal, &shop, &who.who, file.as_deref(), text).await
        }
        Command::Publish(publish) => publish::publish(terminal, &shop, &publish).await,
        Command::Push(push) => push::push(terminal, &shop, &push).await,
        Command::Import(import) => import::import(terminal, &shop, &import).await,
        Command::Sales(sales) => sales::sales(terminal, &shop, &sales).await,
        Command::Report(report) => sales::report(terminal, &shop, &report).await,
        Command::Reconcile { days } => reconcile::reconcile(terminal, &shop, days).await,
        Command::Doctor(catalogue) => doctor::doctor(terminal, &shop, &catalogue.path).await,
        Command::Logs(logs) => logs::logs(terminal, &shop, &logs).await,
        // These found no shop to speak to.
        Command::Page(_)
        | Command::Completion { .. }
        | Command::Man { .. }
        | Command::Setup(_)
        | Command::Live { .. } => Ok(Outcome::Done),
    };
    ended.map_err(|error| shop.after_upload(error))
}

fn completion(shell: Shell) -> Result<Outcome, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "bookstall", &mut script);
    print(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::Done)
}

fn manual(terminal: &Terminal, folder: &Path) -> Result<Outcome, CliError> {
    let written = fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), folder));
    written.map_err(|error| CliError::of_file(folder, &error))?;
    let folder = folder.display().to_string();
    terminal.answer(&json!({ "folder": folder }), || {
        format!(
            "The manual pages are in {folder}. `man -l {folder}/bookstall.1` shows the first.\n"
        )
    })?;
    Ok(Outcome::Done)
}
