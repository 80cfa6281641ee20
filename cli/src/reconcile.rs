//! Repairs now what Stripe's webhooks missed.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::{
    error::{CliError, Outcome},
    fields::in_words,
    function::Function,
    shop::Shop,
    terminal::{Terminal, spinner},
    text::count,
};

/// Reconciles the sales of so many days. What it could not repair is left to the author.
pub(crate) async fn reconcile(
    terminal: &Terminal,
    shop: &Shop,
    days: Option<u32>,
) -> Result<Outcome, CliError> {
    let event = match days {
        Some(days) => json!({ "days": days }),
        None => json!({}),
    };
    let answer = {
        let _working = spinner("Comparing the purchases with Stripe");
        shop.invoke(Function::Reconcile, &event).await?
    };
    terminal.answer(&answer, || reconciled_text(&answer))?;
    let is_left = |name: &str| answer[name].as_array().is_some_and(|left| !left.is_empty());
    Ok(Outcome::of(
        !is_left("unrepairable") && !is_left("undelivered"),
    ))
}

/// Writes the answer of `reconcile` for people.
fn reconciled_text(answer: &Value) -> String {
    let number = |name: &str| answer[name].as_u64().unwrap_or_default();
    let checked = usize::try_from(number("checked")).unwrap_or(usize::MAX);
    let mut text = format!(
        "{} checked, {} repaired.\n",
        count(checked, "sale"),
        number("repaired")
    );
    for (name, title) in [
        (
            "unrepairable",
            "Could not be repaired, and is tried again by each run:",
        ),
        (
            "undelivered",
            "May not have got the mail with their link; `resend` mails it:",
        ),
    ] {
        let sales = answer[name].as_array().into_iter().flatten();
        for (index, sale) in sales.enumerate() {
            if index == 0 {
                let _ = writeln!(text, "\n{title}");
            }
            let names = [&sale["purchase"], &sale["payment"]];
            let names: Vec<_> = names.iter().filter_map(|name| name.as_str()).collect();
            let why = sale["why"].as_str().unwrap_or_default();
            let why = in_words(Function::Reconcile, why, None);
            let _ = writeln!(text, "- {}: {why}", names.join(", "));
        }
    }
    if answer["remaining"] == true {
        text.push_str("\nThe time was not enough for all of them. Run it again.\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_to_the_author_is_listed() {
        let answer = json!({
            "checked": 12,
            "repaired": 1,
            "unrepairable": [{"payment": "pi_1", "why": "its product is not in the catalogue"}],
            "undelivered": [{"purchase": "3f2a91c0", "payment": "pi_2", "why": "SES did not answer three times"}],
            "remaining": true,
        });
        insta::assert_snapshot!(reconciled_text(&answer));
    }
}
