//! Writes the facts of a payment as the bank reads them: sections of named values.

use std::fmt::Write as _;

use serde_json::Value;

/// The width of a line of text, in characters.
const LINE_WIDTH: usize = 90;
/// The width of the column of names, in characters.
const NAMES_WIDTH: usize = 24;

/// A document: a title and sections.
pub(super) struct Document {
    pub(super) title: String,
    pub(super) sections: Vec<Section>,
}

/// Named values under a heading.
pub(super) struct Section {
    pub(super) heading: String,
    pub(super) rows: Vec<(&'static str, String)>,
}

impl Document {
    /// Writes it as plain text.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{}\n", self.title);
        for section in &self.sections {
            let _ = writeln!(text, "\n{}", section.heading);
            for (name, value) in &section.rows {
                let lines = textwrap::wrap(value, LINE_WIDTH - NAMES_WIDTH);
                for (index, line) in lines.iter().enumerate() {
                    let name = if index == 0 { name } else { "" };
                    let _ = writeln!(text, "  {name:<NAMES_WIDTH$}{line}");
                }
            }
        }
        text
    }
}

/// Lays out the answer of `support` to the action `evidence`.
pub(super) fn document(answer: &Value) -> Document {
    let payment = &answer["payment"];
    let mut sections = vec![dispute(&answer["dispute"]), sale(answer), mail(answer)];
    sections.extend(agreement(answer));
    sections.extend(purchases(answer).map(purchase));
    sections.push(seller(answer));
    for section in &mut sections {
        section.rows.retain(|(_, value)| !value.is_empty());
    }
    sections.retain(|section| !section.rows.is_empty());
    Document {
        title: format!("Evidence for the payment {}", text(&payment["id"])),
        sections,
    }
}

fn dispute(dispute: &Value) -> Section {
    let sum = match text(&dispute["disputed"]) {
        sum if sum.is_empty() => sum,
        sum => format!("{sum}, reason: {}", text(&dispute["reason"])),
    };
    Section {
        heading: "Dispute".to_owned(),
        rows: vec![
            ("Dispute", text(&dispute["id"])),
            ("Opened", time(&dispute["opened_at"])),
            ("Disputed", sum),
        ],
    }
}

fn sale(answer: &Value) -> Section {
    let payment = &answer["payment"];
    let books = purchases(answer).map(|purchase| text(&purchase["book"]));
    let books = books.collect::<Vec<_>>().join("; ");
    let mode = if payment["is_test"] == true {
        " (in Stripe's test mode: no money was paid)"
    } else {
        ""
    };
    Section {
        heading: "What was bought".to_owned(),
        rows: vec![
            ("Product", format!("E-book, delivered by download: {books}")),
            ("Paid", format!("{}{mode}", text(&payment["paid"]))),
            ("Tax in it", text(&payment["tax"])),
            ("Given back so far", text(&payment["given_back"])),
            ("Paid at", time(&payment["paid_at"])),
            ("Payment at Stripe", text(&payment["id"])),
            ("Buyer's e-mail address", text(&answer["mail"]["to"])),
            ("Buyer's country", text(&payment["country"])),
        ],
    }
}

fn mail(answer: &Value) -> Section {
    let mail = &answer["mail"];
    let to = text(&mail["to"]);
    let accepted = match time(&mail["accepted_at"]) {
        at if at.is_empty() => at,
        at => format!("{at}: the mail service (Amazon SES) accepted the mail to {to}"),
    };
    let refused = match time(&mail["refused_at"]) {
        at if at.is_empty() => at,
        at => format!("{at}: the address takes no mail; the link was shown after the payment"),
    };
    let corrected = match time(&mail["address_corrected_at"]) {
        at if at.is_empty() => at,
        at => format!("{at}: the buyer or the seller corrected the address"),
    };
    let uncertain = if mail["is_uncertain"] == true {
        "it is not known whether the mail was sent; the link was shown after the payment"
    } else {
        ""
    };
    Section {
        heading: "Delivery of the download link".to_owned(),
        rows: vec![
            ("Mailed", accepted),
            ("Refused", refused),
            ("Uncertain", uncertain.to_owned()),
            ("Address", corrected),
        ],
    }
}

/// Returns what the buyer agreed to before the first download, and whether they withdrew; nothing if
/// neither is so.
fn agreement(answer: &Value) -> Option<Section> {
    let agreement = &answer["agreement"];
    let withdrawn = time(&answer["withdrawn_at"]);
    if agreement.is_null() && withdrawn.is_empty() {
        return None;
    }
    let quoted = text(&agreement["text"]);
    let version = agreement["version"].as_u64().map(|version| {
        format!(
            "{version}, in the language “{}”",
            text(&agreement["language"])
        )
    });
    let agreed = match time(&agreement["agreed_at"]) {
        at if at.is_empty() => at,
        at => format!("{at}: the buyer ticked a box beside this text and pressed a button"),
    };
    let confirmed = match time(&agreement["confirmed_at"]) {
        at if at.is_empty() => at,
        at => format!("{at}: the mail service accepted the mail with this text to the buyer"),
    };
    Some(Section {
        heading: if agreement.is_null() {
            "Withdrawal".to_owned()
        } else {
            "What the buyer agreed to before the first download".to_owned()
        },
        rows: vec![
            ("Text", quoted),
            ("Version", version.unwrap_or_default()),
            ("Agreed", agreed),
            ("Confirmed", confirmed),
            ("Withdrawn", withdrawn),
        ],
    })
}

fn purchase(purchase: &Value) -> Section {
    let downloads = purchase["downloads"].as_u64().unwrap_or(0);
    let files = purchase["files"].as_array().map(|files| {
        let files: Vec<_> = files.iter().map(text).collect();
        files.join(", ")
    });
    let each = purchase["last_of_each_file"].as_array();
    let each: Vec<_> = each
        .into_iter()
        .flatten()
        .map(|file| format!("{} at {}", text(&file["file"]), time(&file["at"])))
        .collect();
    Section {
        heading: format!("Access: {}", text(&purchase["book"])),
        rows: vec![
            ("Files bought", files.unwrap_or_else(|| "all".to_owned())),
            (
                "Downloads",
                match downloads {
                    0 => "none was taken".to_owned(),
                    1 => "1, by the buyer's private link".to_owned(),
                    many => format!("{many}, by the buyer's private link"),
                },
            ),
            ("First download", time(&purchase["first_download_at"])),
            ("Last download", time(&purchase["last_download_at"])),
            ("Last of each file", each.join("; ")),
            ("Link", text(&purchase["link_closed"])),
            ("Shop's reference", text(&purchase["reference"])),
        ],
    }
}

fn seller(answer: &Value) -> Section {
    let seller = &answer["seller"];
    // A sale that was disputed at once may not have been mailed.
    let named = if answer["mail"]["accepted_at"].is_null() {
        "named on the private page"
    } else {
        "named in the mail with the link and on the private page"
    };
    Section {
        heading: "Seller".to_owned(),
        rows: vec![
            ("Seller", text(&seller["name"])),
            (
                "Address for questions",
                format!("{}, {named}", text(&seller["contact"])),
            ),
            ("Shop", text(&seller["shop"])),
            (
                "This document",
                format!(
                    "made of the shop's records at {}; all times are in UTC",
                    time(&answer["gathered_at"])
                ),
            ),
        ],
    }
}

fn purchases(answer: &Value) -> impl Iterator<Item = &Value> {
    answer["purchases"].as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Writes a time to the second, because the order of an agreement, its confirmation and the first download
/// decides: `2026-11-26 17:00:51 UTC`.
fn time(value: &Value) -> String {
    let time = value.as_str().unwrap_or_default();
    match time.strip_suffix('Z').and_then(|time| time.split_once('T')) {
        Some((day, second)) => format!("{day} {second} UTC"),
        None => time.to_owned(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    /// The answer of `support` about a payment for two books.
    pub(crate) fn answer() -> Value {
        json!({
            "action": "evidence",
            "done": true,
            "gathered_at": "2026-11-26T17:00:00Z",
            "seller": {
                "name": "Ada Winters", "contact": "ada@bookstall.example",
                "shop": "https://shop.example",
            },
            "payment": {
                "id": "pi_3MadeUp", "paid_at": "2026-11-22T17:00:03Z", "paid": "29.00 EUR",
                "tax": "1.90 EUR", "country": "DE", "given_back": null, "is_test": false,
            },
            "dispute": {
                "id": "du_1MadeUp", "opened_at": "2026-11-25T09:00:00Z",
                "reason": "product_not_received",
                "claim": "The buyer says that they did not get the book",
                "disputed": "29.00 EUR", "status": "needs_response", "wants_an_answer": true,
                "due_by": "2026-12-03T23:59:59Z",
            },
            "mail": {
                "to": "jane@example.com", "accepted_at": "2026-11-22T17:00:05Z",
                "refused_at": null, "is_uncertain": false, "address_corrected_at": null,
            },
            "agreement": {
                "text": "I want to download now, and I give my prior express consent to the performance \
                         of the contract beginning during the withdrawal period.",
                "version": 1, "language": "en", "agreed_at": "2026-11-22T17:00:50Z",
                "confirmed_at": "2026-11-22T17:00:51Z",
            },
            "withdrawn_at": "2026-11-25T08:00:00Z",
            "purchases": [
                {
                    "reference": "3f2a91c0", "book": "Writing Idiomatic Python", "edition": 1,
                    "files": null, "downloads": 3,
                    "first_download_at": "2026-11-22T17:01:00Z",
                    "last_download_at": "2026-11-24T08:30:00Z",
                    "last_of_each_file": [
                        {"file": "epub", "at": "2026-11-22T17:01:00Z"},
                        {"file": "pdf", "at": "2026-11-24T08:30:00Z"},
                    ],
                    "link_closed": "paused by the dispute",
                },
                {
                    "reference": "8c1d2e3f", "book": "Tidy Rust", "edition": 1, "files": ["pdf"],
                    "downloads": 0, "first_download_at": null, "last_download_at": null,
                    "last_of_each_file": [], "link_closed": "paused by the dispute",
                },
            ],
        })
    }

    #[test]
    fn the_facts_are_laid_out_for_a_bank() {
        insta::assert_snapshot!(document(&answer()).text());
    }

    #[test]
    fn a_withdrawal_without_an_agreement_is_not_said_to_be_agreed_to() {
        let mut withdrawn = answer();
        withdrawn["agreement"] = Value::Null;
        let text = document(&withdrawn).text();
        assert!(text.contains("2026-11-25 08:00:00 UTC"), "{text}");
        assert!(!text.contains("agreed to"), "{text}");
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let mut bare = answer();
        bare["dispute"] = Value::Null;
        bare["agreement"] = Value::Null;
        bare["withdrawn_at"] = Value::Null;
        bare["seller"]["name"] = Value::Null;
        bare["mail"] =
            json!({"to": null, "accepted_at": null, "refused_at": "2026-11-22T17:00:05Z"});
        bare["purchases"].as_array_mut().unwrap().remove(0);
        let text = document(&bare).text();
        for absent in [
            "Dispute",
            "Ada Winters",
            "Mailed",
            "First download",
            "agreed to",
        ] {
            assert!(!text.contains(absent), "{absent}: {text}");
        }
        assert!(text.contains("takes no mail"), "{text}");
        assert!(text.contains("none was taken"), "{text}");
        assert!(!text.contains("in the mail"), "{text}");
        assert!(text.contains("named on the private page"), "{text}");
    }
}
