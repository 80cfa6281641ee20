//! Helps one buyer: `find`, `resend`, `give`, `refund`, `reopen`, `erase`, `export`.
//!
//! All of it is the function `support`, whose answers are printed. What cannot be taken back is
//! asked about first, with the purchases that it is about.

mod text;

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    path::Path,
};

use serde_json::{Value, json};

use crate::{
    arguments::WhomToHelp,
    error::{CliError, Outcome},
    function::{Function, of_command},
    shop::Shop,
    terminal::{Terminal, print, spinner},
    text::count,
};

use self::text::{answer_text, purchases_text};

/// Shows what a buyer bought.
pub(crate) async fn find(terminal: &Terminal, shop: &Shop, who: &str) -> Result<Outcome, CliError> {
    show(terminal, &invoke(shop, &event("find", who)?).await?)
}

/// Mails the link again, to the corrected address if there is one.
pub(crate) async fn resend(
    terminal: &Terminal,
    shop: &Shop,
    who: &WhomToHelp,
    to: Option<String>,
) -> Result<Outcome, CliError> {
    let mut event = event("resend", &who.who)?;
    if let Some(to) = to {
        event["to"] = json!(to);
    }
    perform(terminal, shop, event, who.dry_run).await
}

/// Sets how many downloads are left.
pub(crate) async fn give(
    terminal: &Terminal,
    shop: &Shop,
    who: &WhomToHelp,
    downloads: u32,
) -> Result<Outcome, CliError> {
    let mut event = event("give", &who.who)?;
    event["downloads"] = json!(downloads);
    perform(terminal, shop, event, who.dry_run).await
}

/// Gives money back, after asking.
pub(crate) async fn refund(
    terminal: &Terminal,
    shop: &Shop,
    who: &WhomToHelp,
    amount: Option<String>,
) -> Result<Outcome, CliError> {
    let mut event = event("refund", &who.who)?;
    if let Some(amount) = amount {
        event["amount"] = json!(amount);
    }
    perform_after_asking(terminal, shop, event, who.dry_run).await
}

/// Opens a link that a dispute paused.
pub(crate) async fn reopen(
    terminal: &Terminal,
    shop: &Shop,
    who: &WhomToHelp,
) -> Result<Outcome, CliError> {
    perform(terminal, shop, event("reopen", &who.who)?, who.dry_run).await
}

/// Erases a buyer's personal data, after asking.
pub(crate) async fn erase(
    terminal: &Terminal,
    shop: &Shop,
    who: &WhomToHelp,
) -> Result<Outcome, CliError> {
    perform_after_asking(terminal, shop, event("erase", &who.who)?, who.dry_run).await
}

/// Writes all that the shop holds of a buyer into a new file, or to standard output if it is `-`.
pub(crate) async fn export(
    terminal: &Terminal,
    shop: &Shop,
    who: &str,
    file: &Path,
) -> Result<Outcome, CliError> {
    let answer = invoke(shop, &event("export", who)?).await?;
    if answer["done"] == false {
        return show(terminal, &answer);
    }
    let text = format!("{answer:#}\n");
    if file == Path::new("-") {
        print(&text)?;
        return Ok(Outcome::Done);
    }
    write_new(file, text.as_bytes())?;
    let purchases = answer["purchases"].as_array().map_or(0, Vec::len);
    let written =
        json!({ "done": true, "file": file.display().to_string(), "purchases": purchases });
    terminal.answer(&written, || {
        format!(
            "All that the shop holds of {} is in {}.\n",
            count(purchases, "purchase"),
            file.display()
        )
    })?;
    Ok(Outcome::Done)
}

/// Writes a new file that only its owner can read. Refuses to write over another.
pub(crate) fn write_new(file: &Path, content: &[u8]) -> Result<(), CliError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options
        .open(file)
        .and_then(|mut file| file.write_all(content));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => CliError::Refused(format!(
            "{} is there already. Name another file, or - for standard output.",
            file.display()
        )),
        _ => CliError::of_file(file, &error),
    })
}

/// Returns the event of an action for this buyer or purchase.
pub(crate) fn event(action: &str, who: &str) -> Result<Value, CliError> {
    let who = who.trim();
    let field = if who.contains("://") {
        "purchase"
    } else if who.starts_with("pi_") {
        "payment"
    } else if who.contains('@') {
        "email"
    } else if has_digits_of_a_link(who) {
        "purchase"
    } else {
        return Err(CliError::Usage(format!(
            "`{who}` is nobody: WHO is a mail address (jane@example.com), a private link \
             (https://…/3f2a91c0-…), a reference (3f2a91c0), or a payment at Stripe (pi_…)."
        )));
    };
    Ok(json!({ "action": action, field: who }))
}

/// Whether a text has the eight digits that begin what stands at the end of a private link.
fn has_digits_of_a_link(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Invokes `support`.
pub(crate) async fn invoke(shop: &Shop, event: &Value) -> Result<Value, CliError> {
    let _working = spinner("Asking the shop");
    shop.invoke(Function::Support, event).await
}

/// Asks the shop what it would do, and why it would not. Changes nothing.
async fn look(shop: &Shop, event: &Value) -> Result<Value, CliError> {
    let mut event = event.clone();
    event["dry_run"] = json!(true);
    invoke(shop, &event).await
}

/// Prints the answer to a dry run that the author asked for.
fn show_dry_run(terminal: &Terminal, mut answer: Value) -> Result<Outcome, CliError> {
    answer["dry_run"] = json!(true);
    show(terminal, &answer)
}

/// Performs an action, and prints the answer. A dry run prints what it would do.
async fn perform(
    terminal: &Terminal,
    shop: &Shop,
    event: Value,
    is_dry_run: bool,
) -> Result<Outcome, CliError> {
    if is_dry_run {
        return show_dry_run(terminal, look(shop, &event).await?);
    }
    show(terminal, &invoke(shop, &event).await?)
}

/// Performs an action that cannot be taken back. The shop is asked first whether it would, and the
/// author then, with the purchases that it is about.
async fn perform_after_asking(
    terminal: &Terminal,
    shop: &Shop,
    event: Value,
    is_dry_run: bool,
) -> Result<Outcome, CliError> {
    let tried = look(shop, &event).await?;
    if is_dry_run {
        return show_dry_run(terminal, tried);
    }
    let Some(would) = tried["would"].as_str() else {
        return show(terminal, &tried);
    };
    let question = format!("Shall the shop {would}?");
    terminal.confirm_about(|| purchases_text(&tried), &question)?;
    show(terminal, &invoke(shop, &event).await?)
}

/// Prints an answer of `support`. What was so before is done, and so is a dry run of what would be.
pub(crate) fn show(terminal: &Terminal, answer: &Value) -> Result<Outcome, CliError> {
    let mut answer = answer.clone();
    if let Some(message) = answer["message"].as_str() {
        answer["message"] = json!(terminal.with_options(&of_command(message)));
    }
    terminal.answer(&answer, || answer_text(&answer))?;
    Ok(Outcome::of(
        answer["done"] == true || answer["already"] == true || answer["would"].is_string(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_an_address_a_link_or_a_payment() {
        for (who, field) in [
            ("jane@example.com", "email"),
            ("Jane Doe <jane@example.com>", "email"),
            ("mailto:jane@example.com", "email"),
            ("pi_3Abc", "payment"),
            (
                "https://shop.example/3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10",
                "purchase",
            ),
            (
                "https://safelinks.example/?url=x&data=jane@example.com",
                "purchase",
            ),
            ("3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10.", "purchase"),
            ("3f2a91c0", "purchase"),
        ] {
            let event = event("find", who).unwrap();
            assert_eq!(event, json!({"action": "find", field: who}));
        }
        for who in ["woof", "", "Jane Doe", "wip-2e"] {
            assert!(
                matches!(event("find", who), Err(CliError::Usage(_))),
                "{who}"
            );
        }
    }
}
