//! Brings the author from nothing to a first test sale (`setup`), and from there to real money
//! (`live`).
//!
//! Every step first looks whether it is done, and does only what is missing. So `setup` can be
//! stopped anywhere, and started again. Where a stop leaves something half done, the step's file
//! says what the next run finds.
//!
//! | module | contents |
//! |---|---|
//! | `steps`, `step` | the steps in their order, and what each tells |
//! | `context`, `sam_file` | the checkout, the account, `samconfig.toml` |
//! | `account`, `tools` | step 1 |
//! | `answers`, `parsers` | step 2 |
//! | `mail`, `records`, `zone` | step 3: SES, and the DNS |
//! | `keys` | step 4: Stripe's keys |
//! | `deploy`, `stack` | step 5: SAM, and what `CloudFormation` does |
//! | `webhook` | step 6 |
//! | `publish`, `test_sale` | steps 7 and 8 |
//! | `live` | `live` |

mod account;
mod answers;
mod context;
mod deploy;
mod keys;
mod live;
mod mail;
mod parsers;
mod publish;
mod records;
mod sam_file;
mod stack;
mod step;
mod steps;
mod test_sale;
mod tools;
mod webhook;
mod zone;

use std::fmt::Write as _;

use serde_json::{Value, json};

pub(crate) use self::live::live;
use self::{context::Context, step::State, steps::Step};
use crate::{
    arguments::{self, Place},
    error::{CliError, Outcome},
    terminal::{Terminal, note},
};

/// Takes all steps, or shows them.
pub(crate) async fn setup(
    terminal: &Terminal,
    place: &Place,
    arguments: &arguments::Setup,
) -> Result<Outcome, CliError> {
    let mut context = Context::open(terminal, place, arguments).await?;
    if arguments.dry_run {
        return show(&context).await;
    }
    let mut taken = Vec::new();
    for (number, step) in (1..).zip(Step::ALL) {
        let about = step.about();
        note(&format!("{number}. {} ({})", about.title, about.takes));
        let mut state = step.state(&context).await?;
        if matches!(state, State::ToDo(_)) {
            note(&format!("   {}", about.what));
            step.run(&mut context).await?;
            state = step.state(&context).await?;
        }
        terminal.note(&format!("   {}", line(&state)));
        taken.push(row(step, &state));
    }
    let by_hand = by_hand(&context).await?;
    let is_live = keys::is_live(&context).await?;
    let answer = json!({ "steps": taken, "by_hand": by_hand });
    terminal.answer(&answer, || {
        let mode = if is_live {
            "and takes real money"
        } else {
            "in Stripe's test mode"
        };
        let mut text = format!(
            "The shop is set up, {mode}.
"
        );
        if !by_hand.is_empty() {
            text.push_str("\nWhat no program may do for you:\n");
        }
        for sentence in &by_hand {
            let _ = writeln!(text, "- {sentence}");
        }
        if !is_live {
            text.push_str("\n`bookstall live` switches it to real money.\n");
        }
        text
    })?;
    Ok(Outcome::Done)
}

/// Shows all steps, and which are done. Changes nothing.
async fn show(context: &Context<'_>) -> Result<Outcome, CliError> {
    let mut rows = Vec::new();
    let mut text = String::new();
    let mut unknown: Vec<String> = Vec::new();
    for (number, step) in (1..).zip(Step::ALL) {
        let about = step.about();
        let (line, row) = match step.state(context).await {
            Ok(state) => (line(&state), row(step, &state)),
            Err(error) => {
                let why = error.to_string();
                // Each step says what it asked before it says why nobody answered.
                let reason = |why: &str| why.split_once(". ").map(|(_, reason)| reason.to_owned());
                let is_known = |known: &String| *known == why || reason(known) == reason(&why);
                let line = if unknown.iter().any(is_known) {
                    "not known, for the reason above".to_owned()
                } else {
                    format!("not known: {why}")
                };
                unknown.push(why.clone());
                let row = json!({ "step": about.name, "state": "not known", "detail": why });
                (line, row)
            }
        };
        let line = line.replace('\n', "\n   ");
        let _ = writeln!(
            text,
            "{number}. {} ({})\n   {}\n   {line}",
            about.title, about.takes, about.what
        );
        rows.push(row);
    }
    if !unknown.is_empty() {
        let _ = writeln!(
            text,
            "\nOf {} of the {} steps it is not known whether they are done, because nobody could be asked.",
            unknown.len(),
            Step::ALL.len()
        );
    }
    context
        .terminal
        .answer(&json!({ "steps": rows }), || text)?;
    Ok(Outcome::of(unknown.is_empty()))
}

fn line(state: &State) -> String {
    match state {
        State::Done(detail) => format!("done: {detail}"),
        State::ToDo(detail) => format!("to do: {detail}"),
        State::LeftOut(detail) => format!("left out: {detail}"),
    }
}

fn row(step: Step, state: &State) -> Value {
    let (word, detail) = match state {
        State::Done(detail) => ("done", detail),
        State::ToDo(detail) => ("to do", detail),
        State::LeftOut(detail) => ("left out", detail),
    };
    json!({ "step": step.about().name, "state": word, "detail": detail })
}

/// Returns what is left to the author, in sentences.
async fn by_hand(context: &Context<'_>) -> Result<Vec<String>, CliError> {
    let mut sentences = mail::by_hand(context).await?;
    sentences.extend(stack::by_hand(context).await?);
    Ok(sentences)
}
