//! `doctor` looks at everything that selling takes, and says what is wrong and what mends it. It
//! changes nothing.
//!
//! | module | contents |
//! |---|---|
//! | `check` | how a check ends, and how that is written |
//! | `stack` | the stack that most checks ask about |
//! | `software`, `template` | what is deployed |
//! | `mail`, `reputation` | whether mails may be sent, and whether they arrive |
//! | `alarms` | what wakes the author up |
//! | `account`, `stripe`, `webhook` | what Stripe allows, and how it tells the shop of a sale |
//! | `catalogue` | what is sold |
//! | `reconcile` | the last run of `reconcile` |

mod account;
mod alarms;
mod catalogue;
mod check;
mod mail;
mod reconcile;
mod reputation;
mod software;
mod stack;
mod stripe;
mod template;
mod webhook;

use std::path::Path;

use self::{
    check::{Line, in_time, lines_json, lines_text},
    stack::{Host, Stack},
};
use crate::{
    error::{CliError, Outcome},
    shop::Shop,
    terminal::{Terminal, spinner, terminal_width},
};

/// Checks the shop and the author's file. The outcome is refused if a check has failed.
pub(crate) async fn doctor(
    terminal: &Terminal,
    shop: &Shop,
    catalogue: &Path,
) -> Result<Outcome, CliError> {
    let lines = {
        let _working = spinner("Looking at the shop");
        Box::pin(look(shop, catalogue)).await
    };
    let lines: Vec<_> = lines
        .into_iter()
        .map(|line| line.with_options(terminal))
        .collect();
    terminal.answer(&lines_json(&lines), || lines_text(&lines, terminal_width()))?;
    Ok(Outcome::of(!lines.iter().any(Line::is_failed)))
}

/// Makes all checks at once, and returns their lines in an order that is always the same.
async fn look(shop: &Shop, catalogue: &Path) -> Vec<Line> {
    let (host, error) = match in_time(Stack::read(shop)).await {
        Ok(Some(stack)) => (Host::Stack(Box::new(stack)), None),
        Ok(None) => (Host::Local, None),
        Err(error) => (Host::Unknown, Some(error)),
    };
    let (software, mail, alarms, stripe, catalogue, reconcile) = tokio::join!(
        software::check(shop, &host, error.as_ref()),
        mail::check(shop, &host),
        alarms::check(shop, &host),
        stripe::check(shop, &host),
        catalogue::check(shop, &host, catalogue),
        reconcile::check(shop, &host),
    );
    [software, mail, alarms, stripe, catalogue, reconcile].concat()
}
