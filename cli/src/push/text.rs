//! What a push would do, did, or left undone, in words.

use std::fmt::Write as _;

use serde_json::Value;

use crate::{
    fields::in_words,
    function::Function,
    text::{count, duration, grouped, indented},
    upload::missing_text,
};

/// Returns a number of an answer, or 0 if there is none of this name.
pub(super) fn number(answer: &Value, name: &str) -> u64 {
    answer[name].as_u64().unwrap_or_default()
}

/// Says that everyone has the edition, for people.
pub(super) fn nobody_owed(book: &str, version: &str) -> String {
    format!(
        "Nobody is owed a mail: everyone who bought {book} was mailed “{version}”, was left out, or had \
         it already.\n"
    )
}

/// Counts addresses, for people.
pub(super) fn addresses(number: u64) -> String {
    match number {
        1 => "1 address".to_owned(),
        many => format!("{} addresses", grouped(many)),
    }
}

/// Writes what a push would do, for people. The local shop's mailbox has no limits.
pub(super) fn dry_run_text(event: &Value, dry_run: &Value, is_local: bool) -> String {
    let account = &dry_run["account"];
    let mut text = missing_text(&dry_run["to_upload"]);
    if !text.is_empty() {
        text.push('\n');
    }
    let _ = write!(
        text,
        "“{}” of {}, edition {}:\n\n",
        dry_run["version"].as_str().unwrap_or_default(),
        event["book"].as_str().unwrap_or_default(),
        number(dry_run, "edition"),
    );
    let purchases = usize::try_from(number(dry_run, "purchases")).unwrap_or(usize::MAX);
    let mut rows = vec![(
        "to be mailed",
        format!(
            "{}, for {}",
            addresses(number(dry_run, "addresses")),
            count(purchases, "purchase")
        ),
    )];
    for (reason, number) in dry_run["not_mailed"].as_object().into_iter().flatten() {
        let number = grouped(number.as_u64().unwrap_or_default());
        rows.push((
            "left out",
            format!("{number}: {}", reason.replace('_', " ")),
        ));
    }
    let not_owed = number(dry_run, "not_owed");
    if not_owed > 0 {
        let not_owed = grouped(not_owed);
        rows.push((
            "not owed",
            format!("{not_owed}: mailed before, left out, or had it already"),
        ));
    }
    let per_day = match account["per_day"].as_u64() {
        Some(number) => format!("{} a day", grouped(number)),
        None => "any number a day".to_owned(),
    };
    let sent = grouped(number(account, "sent_last_day"));
    let per_second = account["per_second"].as_f64().unwrap_or_default();
    let limits = if is_local {
        "mails without a limit, in the local shop".to_owned()
    } else {
        format!("{per_second} mails a second and {per_day}")
    };
    rows.push((
        "SES takes",
        format!("{limits}; {sent} sent since yesterday"),
    ));
    if let Some(per_hour) = event["per_hour"].as_u64() {
        let pace = format!("{} mails an hour, stops when 3 % bounce", grouped(per_hour));
        rows.push(("slowly", pace));
    }
    rows.push((
        "takes",
        duration(dry_run["hours"].as_f64().unwrap_or_default()),
    ));
    rows.push((
        "costs",
        format!("${:.2}", dry_run["dollars"].as_f64().unwrap_or_default()),
    ));
    for (name, value) in rows {
        let _ = writeln!(text, "  {name:<13} {value}");
    }
    let warnings = dry_run["warnings"].as_array();
    for warning in warnings.into_iter().flatten().filter_map(Value::as_str) {
        let warning = in_words(Function::PushUpdate, warning, event["book"].as_str());
        let _ = writeln!(text, "\n! {warning}");
    }
    let mut write_mail = |heading: &str, mail: &Value| {
        let part = |name: &str| mail[name].as_str().unwrap_or_default();
        let (subject, body) = (part("subject"), indented(part("text")));
        let _ = write!(text, "\n{heading}:\n\n  Subject: {subject}\n\n{body}");
    };
    write_mail("The mail", &dry_run["mail"]);
    if dry_run["first_mail"].is_object() {
        let first = addresses(number(dry_run, "first_mails"));
        let heading = format!("The mail to {first} that bought elsewhere and had none yet");
        write_mail(&heading, &dry_run["first_mail"]);
    }
    text
}

/// Writes the end of a push, for people.
pub(super) fn end_text(event: &Value, end: &Value) -> String {
    let version = event["version"].as_str().or(end["version"].as_str());
    let version = version.unwrap_or_default();
    let last = &end["last_run"];
    if last["stopped"] == "superseded" {
        return format!(
            "A newer edition than “{version}” was pushed meanwhile; its push mails everyone.\n"
        );
    }
    let mut text = format!("“{version}” is published, and nobody is owed a mail:\n\n");
    let (mailed, uncertain) = (number(last, "mailed"), number(last, "uncertain"));
    let mut rows = vec![("mailed", grouped(mailed))];
    let mut counted = mailed + uncertain;
    for (reason, number) in last["skipped"].as_object().into_iter().flatten() {
        let number = number.as_u64().unwrap_or_default();
        counted += number;
        let number = grouped(number);
        rows.push((
            "left out",
            format!("{number}: {}", reason.replace('_', " ")),
        ));
    }
    if uncertain > 0 {
        let uncertain = grouped(uncertain);
        rows.push((
            "uncertain",
            format!(
                "{uncertain}: SES did not say whether the mail was sent; the log of push-update \
                 names them"
            ),
        ));
    }
    // What is left out or uncertain is the last run's, and a push of many mails takes several.
    let others = number(end, "done").saturating_sub(counted);
    if others > 0 {
        let others = grouped(others);
        rows.push((
            "others",
            format!("{others}: left out or uncertain in an earlier run, or had it already"),
        ));
    }
    for (name, value) in rows {
        let _ = writeln!(text, "  {name:<12} {value}");
    }
    text
}

/// Writes why a push ended that mailed not everyone, how far it came, and what mails the rest. `seen` is
/// the dry run after its end, if that has an answer.
pub(super) fn failed_text(event: &Value, seen: &Value, why: &str) -> String {
    let book = event["book"].as_str().unwrap_or_default();
    let text = in_words(Function::PushUpdate, why, Some(book));
    // The rest of a slow push is mailed as slowly.
    let slowly = event["per_hour"].as_u64();
    let slowly = slowly.map_or(String::new(), |per_hour| format!(" --slowly={per_hour}"));
    let mut text = text
        .replace("push BOOK", &format!("push {book}"))
        .replace("--catch-up`", &format!("--catch-up{slowly}`"));
    let is_published = event["catch_up"] == true || seen["repeated"] == true;
    if !seen.is_object() || !is_published {
        return text;
    }
    let (done, owed) = (number(seen, "not_owed"), number(seen, "purchases"));
    let _ = write!(
        text,
        "\n{} done: mailed, left out, or had it already. {} still owed a mail.",
        purchases_are(done),
        purchases_are(owed)
    );
    if owed > 0 && !text.contains("--catch-up") {
        let _ = write!(
            text,
            " `bookstall push {book} --catch-up{slowly}` mails them."
        );
    }
    text
}

fn purchases_are(number: u64) -> String {
    match number {
        0 => "No purchase is".to_owned(),
        1 => "1 purchase is".to_owned(),
        many => format!("{} purchases are", grouped(many)),
    }
}

/// Says that a push was done before, for people.
pub(super) fn done_text(dry_run: &Value) -> String {
    let version = dry_run["version"].as_str().unwrap_or_default();
    let done = usize::try_from(number(dry_run, "not_owed")).unwrap_or(usize::MAX);
    format!(
        "“{version}” was pushed before, and nobody is owed a mail of it: {} mailed it, left out, or \
         had it already. Nothing was changed.\n",
        match done {
            1 => "1 purchase was".to_owned(),
            many => format!("{} were", count(many, "purchase")),
        }
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event_of_wip() -> Value {
        json!({"book": "wip", "version": "2nd edition, 2.1"})
    }

    #[test]
    fn a_dry_run_is_a_page_of_text() {
        let dry_run = json!({
            "edition": 2,
            "version": "2nd edition, 2.1",
            "purchases": 1300,
            "addresses": 1279,
            "not_mailed": {"another_purchase": 9, "unsubscribed": 12},
            "not_owed": 0,
            "account": {
                "in_sandbox": false, "sending_enabled": true, "per_second": 14.0,
                "per_day": 50_000, "sent_last_day": 12,
            },
            "hours": 0.03,
            "dollars": 0.13,
            "warnings": ["The account is in SES's sandbox and can send to verified addresses only."],
            "mail": {
                "subject": "Writing Idiomatic Python: 2nd edition, 2.1",
                "text": "Hello,\n\nThere is a new edition.\n",
                "html": "<p>Hello,",
            },
        });
        insta::assert_snapshot!(dry_run_text(&event_of_wip(), &dry_run, false));
    }

    #[test]
    fn an_end_says_what_became_of_everyone() {
        let last_run = json!({
            "sent": 300, "mailed": 1200, "uncertain": 2, "owed": 0,
            "skipped": {"unsubscribed": 12, "another_purchase": 9},
        });
        let end = json!({"done": 1300, "owed": 0, "last_run": last_run});
        insta::assert_snapshot!(end_text(&event_of_wip(), &end));
        let end = json!({"done": 3, "last_run": {"stopped": "superseded"}});
        assert!(end_text(&event_of_wip(), &end).contains("A newer edition"));
    }

    #[test]
    fn an_end_before_everyone_was_mailed_says_how_far_it_came_and_what_mails_the_rest() {
        let blocked = "SES does not let the account send. Its console says why. Then `bookstall push \
                       BOOK --catch-up` mails the rest.";
        let aborted = "Somebody stopped the push at Step Functions.";
        let refused = "Nothing was changed. `version`: buyers have it already.";
        let catch_up = json!({"book": "wip", "catch_up": true});
        let seen = json!({"repeated": true, "not_owed": 1200, "purchases": 100});
        let unpublished = json!({"repeated": false, "not_owed": 0, "purchases": 1300});
        let texts = [
            failed_text(&event_of_wip(), &seen, blocked),
            failed_text(&event_of_wip(), &seen, aborted),
            failed_text(&catch_up, &json!({"not_owed": 1, "purchases": 0}), aborted),
            failed_text(&event_of_wip(), &unpublished, refused),
            // The shop does not answer.
            failed_text(&event_of_wip(), &Value::Null, aborted),
        ];
        insta::assert_snapshot!(texts.join("\n\n"));
        let slow = json!({"book": "wip", "catch_up": true, "per_hour": 50});
        for why in [blocked, aborted] {
            let text = failed_text(&slow, &seen, why);
            let said = "`bookstall push wip --catch-up --slowly=50` mails";
            assert!(text.contains(said), "{text}");
        }
    }
}
