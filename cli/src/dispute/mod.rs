//! `dispute`: writes what the shop knows of a payment into one file for the bank.
//!
//! The facts are those of the function `support`. Stripe takes evidence as a PDF, of 5 MB at most
//! (<https://docs.stripe.com/disputes/responding>); the same text fits into a field of its form.

mod facts;
mod pdf;

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::{
    buyers::{event, invoke, show, write_new},
    error::{CliError, Outcome},
    shop::Shop,
    terminal::{Terminal, print},
    text::minute,
};

/// Gathers the facts of a payment, and writes them as a PDF or as text.
pub(crate) async fn dispute(
    terminal: &Terminal,
    shop: &Shop,
    who: &str,
    file: Option<&Path>,
    is_text: bool,
) -> Result<Outcome, CliError> {
    let answer = invoke(shop, &event("evidence", who)?).await?;
    if answer["done"] != true {
        return show(terminal, &answer);
    }
    let document = facts::document(&answer);
    let payment = answer["payment"]["id"].as_str().unwrap_or_default();
    let file = match file {
        // A PDF on standard output is no JSON, and the facts are.
        Some(file) if terminal.is_json && file == Path::new("-") => {
            terminal.answer(&answer, String::new)?;
            return Ok(Outcome::Done);
        }
        None if is_text => {
            terminal.answer(&answer, || document.text())?;
            return Ok(Outcome::Done);
        }
        None => PathBuf::from(format!("dispute-{payment}.pdf")),
        Some(file) => file.to_owned(),
    };
    let content = if is_text {
        document.text().into_bytes()
    } else {
        pdf::write(&document)
    };
    if file == Path::new("-") {
        return match io::stdout().write_all(&content) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CliError::Failed(
                format!("The answer cannot be written: {error}."),
            )),
            _ => Ok(Outcome::Done),
        };
    }
    write_new(&file, &content)?;
    let written = json!({
        "done": true,
        "file": file.display().to_string(),
        "payment": payment,
        "dispute": answer["dispute"],
    });
    if terminal.is_json {
        print(&format!("{written:#}\n"))?;
    } else {
        print(&what_next(&answer, &file))?;
    }
    Ok(Outcome::Done)
}

/// Says what the author does with the file.
fn what_next(answer: &Value, file: &Path) -> String {
    let payment = &answer["payment"];
    let id = payment["id"].as_str().unwrap_or_default();
    let mode = if payment["is_test"] == true {
        "test/"
    } else {
        ""
    };
    let dashboard = format!("https://dashboard.stripe.com/{mode}payments/{id}");
    let dispute = &answer["dispute"];
    let state = match (dispute["due_by"].as_str(), dispute["status"].as_str()) {
        (_, None) => "Stripe has no dispute over this payment.".to_owned(),
        (Some(due_by), Some(_)) if dispute["wants_an_answer"] == true => format!(
            "The bank takes an answer until {}. Read the file, then upload it with what you can add; \
             evidence can be sent once.",
            minute(due_by)
        ),
        (_, Some(status)) => format!("The bank waits for no answer: the dispute is {status}."),
    };
    format!(
        "What the shop knows of {id} is in {}.\n{state}\n{dashboard}\n",
        file.display()
    )
}
