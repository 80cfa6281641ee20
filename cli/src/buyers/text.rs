//! What is known of a buyer, in words.

use std::fmt::Write as _;

use serde_json::Value;

use crate::{fields, function::Function, text::minute};

/// Writes an answer of `support` for people.
pub(super) fn answer_text(answer: &Value) -> String {
    let mut text = in_words(answer["message"].as_str().unwrap_or_default());
    text.push('\n');
    let purchases = purchases_text(answer);
    if !purchases.is_empty() {
        text.push('\n');
        text.push_str(&purchases);
    }
    let to_do = answer["still_to_do"].as_array();
    if let Some(to_do) = to_do {
        text.push_str("\nStill to do by you:\n");
        for sentence in to_do.iter().filter_map(Value::as_str) {
            let _ = writeln!(text, "- {sentence}");
        }
    }
    text
}

/// Writes the purchases of an answer, with an empty line between them.
pub(super) fn purchases_text(answer: &Value) -> String {
    let purchases = answer["purchases"].as_array().into_iter().flatten();
    let purchases: Vec<_> = purchases.map(purchase_text).collect();
    purchases.join("\n")
}

/// Writes what the function says in the words of the command line.
fn in_words(text: &str) -> String {
    fields::in_words(Function::Support, text, None)
}

/// Writes a purchase: the book, and a line for each thing that is to be told of it.
fn purchase_text(purchase: &Value) -> String {
    let field = |name: &str| purchase[name].as_str();
    let or = |name: &str, other: &'static str| field(name).unwrap_or(other).to_owned();
    let time = |name: &str| field(name).map(minute);
    let book = field("book").unwrap_or_else(|| field("book_id").unwrap_or_default());
    let title = match (field("version"), purchase["files"].as_array()) {
        (version, None) => join([Some(book), version]),
        (version, Some(files)) => {
            let files: Vec<_> = files.iter().filter_map(Value::as_str).collect();
            format!(
                "{} ({} only)",
                join([Some(book), version]),
                files.join(", ")
            )
        }
    };
    let paid = match field("paid_in") {
        None => or("paid", ""),
        Some(paid_in) => format!("{} ({paid_in})", or("paid", "")),
    };
    let paid = match field("given_back") {
        None => paid,
        Some(back) => format!("{paid}, of which {back} went back"),
    };
    // Another purchase of the payment holds the sum.
    let part_of = field("part_of").map(|first| format!("with purchase {first}"));
    let paid = part_of.unwrap_or(paid);
    let seller = (field("seller") == Some("stripe")).then_some("sold by Stripe");
    let tax = purchase["tax"].as_u64().filter(|tax| *tax > 0);
    let tax = tax
        .and(field("country"))
        .map(|country| format!("with the tax of {country}"));
    let state = or("link_is", "");
    let from = [field("source"), field("variant")];
    // An erased purchase has neither an address nor a time of its mail, and says nothing of them.
    let erased = time("erased_at").map(|at| format!("erased on {at}"));
    let is_held = erased.is_none();
    // An import knows the day.
    let is_imported = purchase["imported"].is_object();
    let bought = field("bought_at").map(|at| match at.get(..10) {
        Some(day) if is_imported => day.to_owned(),
        _ => minute(at),
    });
    let agreed = time("agreed_at").map(|at| match time("agreement_confirmed_at") {
        Some(confirmed) => format!("{at} to the download, confirmed by mail {confirmed}"),
        None => format!("{at} to the download, not confirmed by mail"),
    });
    let in_time = field("withdrawn_at").map_or("after the right had ended", |_| "in time");
    let declared = time("declared_at").map(|at| format!("{at} that they withdraw, {in_time}"));
    // An erasure takes the declaration, and the time stays.
    let withdrawn = time("withdrawn_at").filter(|_| declared.is_none());
    let mailed = time("mailed_at").unwrap_or_else(|| "not yet".to_owned());
    let rows = [
        ("now", field("did").map(in_words)),
        ("link", Some(format!("{} ({state})", or("link", "")))),
        ("reference", field("reference").map(str::to_owned)),
        (
            "buyer",
            Some(erased.unwrap_or_else(|| or("email", "unknown"))),
        ),
        ("bought", bought),
        ("imported", imported_text(&purchase["imported"])),
        (
            "paid",
            Some(join([Some(&*paid), tax.as_deref(), seller])).filter(|paid| !paid.is_empty()),
        ),
        ("payment", field("payment").map(str::to_owned)),
        ("product", field("product_id").map(str::to_owned)),
        ("update", Some(update_text(purchase))),
        (
            "downloads",
            Some(format!("{} left", purchase["downloads_left"])),
        ),
        ("mailed", is_held.then_some(mailed)),
        (
            "refused",
            time("mail_refused_at").map(|at| format!("{at}: no mail can be delivered there")),
        ),
        ("unsubscribed", time("unsubscribed_at").filter(|_| is_held)),
        ("agreed", agreed),
        ("declared", declared),
        ("withdrawn", withdrawn),
        ("refunded", time("refunded_at")),
        ("disputed", time("suspended_at")),
        ("reopened", time("reopened_at")),
        (
            "came from",
            Some(join(from)).filter(|from| !from.is_empty()),
        ),
    ];
    let mut text = format!("{title}\n");
    for (name, value) in rows {
        if let Some(value) = value {
            let _ = writeln!(text, "  {name:<13} {value}");
        }
    }
    text
}

/// Writes whether the buyer is still to be mailed about the newest edition of the book.
fn update_text(purchase: &Value) -> String {
    if purchase["update_owed"] != true {
        return "no mail about an edition is owed".to_owned();
    }
    let book = purchase["book_id"].as_str().unwrap_or_default();
    format!(
        "the mail about this edition is owed; `bookstall push {book} --catch-up` sends it to all"
    )
}

/// Writes where an imported purchase was bought; `None` for one that the shop sold.
fn imported_text(imported: &Value) -> Option<String> {
    let platform = imported["platform"].as_str()?;
    let order = imported["order"].as_str();
    let order = order.map(|order| format!("order {order}"));
    let copies = imported["copies"].as_u64().filter(|copies| *copies > 1);
    let copies = copies.map(|copies| format!("{copies} copies"));
    let from = format!("from {platform}");
    Some(join([Some(&*from), order.as_deref(), copies.as_deref()]))
}

/// Joins what is there by commas.
fn join<'a>(parts: impl IntoIterator<Item = Option<&'a str>>) -> String {
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_erased_purchase_says_when_and_nothing_of_its_mail() {
        let purchase = json!({
            "book": "The Loom", "link": "https://shop.example/x", "link_is": "open",
            "email": null, "mailed_at": null, "edition": 1, "downloads_left": 5,
            "unsubscribed_at": "2026-11-23T09:00:00Z", "erased_at": "2026-11-23T09:00:00Z",
        });
        let text = purchase_text(&purchase);
        assert!(
            text.contains("buyer         erased on 2026-11-23 09:00 UTC"),
            "{text}"
        );
        assert!(
            !text.contains("mailed") && !text.contains("unsubscribed"),
            "{text}"
        );
    }

    #[test]
    fn an_agreement_and_a_withdrawal_are_told() {
        let at = "2026-11-23T09:00:00Z";
        for (purchase, line) in [
            (
                json!({"agreed_at": at, "agreement_confirmed_at": at}),
                "agreed        2026-11-23 09:00 UTC to the download, confirmed by mail 2026-11-23 09:00 UTC",
            ),
            (
                json!({"agreed_at": at}),
                "agreed        2026-11-23 09:00 UTC to the download, not confirmed by mail",
            ),
            (
                json!({"declared_at": at, "withdrawn_at": at}),
                "declared      2026-11-23 09:00 UTC that they withdraw, in time",
            ),
            (
                json!({"declared_at": at}),
                "declared      2026-11-23 09:00 UTC that they withdraw, after the right had ended",
            ),
            (
                json!({"withdrawn_at": at}),
                "withdrawn     2026-11-23 09:00 UTC",
            ),
        ] {
            let text = purchase_text(&purchase);
            assert!(text.contains(line), "{text}");
        }
    }

    #[test]
    fn a_purchase_is_told_in_lines() {
        let answer = json!({
            "action": "erase",
            "done": true,
            "message": "1 purchase found.",
            "still_to_do": ["Stripe still holds the buyer's data, under pi_1"],
            "purchases": [{
                "did": "erased",
                "link": "https://shop.example/3f2a91c0-5b5e-4d43-9a55-0d6f1f3c7a10",
                "reference": "3f2a91c0",
                "link_is": "open",
                "email": null,
                "product_id": "wip-2e-pdf",
                "book_id": "wip",
                "book": "Writing Idiomatic Python",
                "version": "2nd edition",
                "files": ["pdf"],
                "part_of": null,
                "edition": 1,
                "bought_at": "2026-11-22T17:00:00Z",
                "paid": "29.00 USD",
                "paid_in": "26.41 EUR",
                "seller": "stripe",
                "tax": 464,
                "country": "DE",
                "given_back": "5.00 USD",
                "payment": "pi_1",
                "downloads_left": 4,
                "mailed_at": "2026-11-22T17:00:03Z",
                "source": "newsletter",
                "variant": "a",
            }],
        });
        insta::assert_snapshot!(answer_text(&answer));
    }

    #[test]
    fn an_imported_purchase_is_told_in_lines() {
        let answer = json!({
            "action": "find",
            "done": true,
            "message": "1 purchase found.",
            "purchases": [{
                "link": "https://shop.example/3f2a91c0-5b5e-8d43-9a55-0d6f1f3c7a10",
                "reference": "3f2a91c0",
                "link_is": "open",
                "email": "jane@example.com",
                "product_id": null,
                "imported": {"platform": "Gumroad", "order": "G-1", "copies": 3},
                "book_id": "wip",
                "book": "Writing Idiomatic Python",
                "version": "2nd edition",
                "files": null,
                "part_of": null,
                "edition": 0,
                "update_owed": true,
                "bought_at": "2023-05-03T00:00:00Z",
                "paid": null,
                "tax": 0,
                "downloads_left": 15,
            }],
        });
        insta::assert_snapshot!(answer_text(&answer));
    }
}
