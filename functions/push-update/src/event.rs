//! Reads and checks the author's event.

use bookstall::{
    domain::{
        book::BookId,
        book_file::ListedFile,
        email_address::EmailAddress,
        notes::{LONGEST_NOTES, Notes},
    },
    runtime::{
        event::{Fields, Problems},
        invocation::EventError,
    },
};
use serde_json::Value;

/// The smallest pace of a slow push, in mails an hour.
pub(crate) const LEAST_PER_HOUR: u32 = 10;
/// The largest pace of a slow push, in mails an hour. Mails that are sent one after the other take
/// about a third of a second each, so a run of fifteen minutes can send half of it.
pub(crate) const MOST_PER_HOUR: u32 = 5_000;

/// A correct event, for the error that refuses a wrong one.
pub(crate) const EXAMPLE: &str = include_str!("../../../events/push-update.json");

/// The author's request: an edition to publish and mail, or to try in a dry run.
#[derive(Debug)]
pub struct Update {
    /// The book whose buyers are mailed.
    pub book: BookId,
    /// The edition to publish; absent if the buyers who are owed a mail are mailed the current one.
    pub new_edition: Option<NewEdition>,
    /// The largest number of mails an hour; absent if SES's limits are the only ones.
    pub per_hour: Option<u32>,
    /// What the earlier runs of the same push did. The state machine says it.
    pub so_far: SoFar,
    /// What a dry run does in place of the push; absent if this is a push.
    pub dry_run: Option<DryRun>,
    /// Whether an earlier run published the edition and this one mails the remaining buyers. The
    /// state machine sets it, because the author may have published or pushed something else since.
    pub resume: bool,
}

/// The edition that an update publishes.
#[derive(Debug)]
pub struct NewEdition {
    /// The name of the new edition, such as "2nd edition, 2.1". One line.
    pub version: String,
    /// All files of the new edition; absent if they have the keys of the current edition's.
    pub files: Option<Vec<ListedFile>>,
    /// What is new in the edition.
    pub notes: Option<Notes>,
}

/// What the earlier runs of a push did, by the state machine's count and by SES's.
#[derive(Clone, Debug, Default)]
pub struct SoFar {
    /// The name of the push, which its mails carry as the tag `push`; absent if no state machine
    /// runs it.
    pub push: Option<String>,
    /// The number of the edition that the first run mailed; 0 if there was no run.
    pub edition: u32,
    /// The number of mails that the runs answered to have sent.
    pub mailed: u64,
    /// The number of mails of this push that SES has counted as sent.
    pub counted: u64,
    /// The number of mails of this push that SES has counted as bounced.
    pub bounced: u64,
}

/// What a dry run does. It changes nothing.
#[derive(Debug)]
pub struct DryRun {
    /// Whether the answer says what a push would do.
    pub preview: bool,
    /// The address for a test mail; absent if none is to be sent.
    pub test_to: Option<EmailAddress>,
}

/// Reads the event. The error names every field that is wrong and shows an example.
pub fn read(event: &Value) -> Result<Update, EventError> {
    let problems = Problems::default();
    let known = [
        "book", "version", "files", "notes", "catch_up", "per_hour", "dry_run", "test_to",
        "resume", "so_far",
    ];
    let update = Fields::of_event(event, &known, &problems).and_then(|event| read_update(&event));
    problems.check(update, EXAMPLE)
}

fn read_update(event: &Fields<'_>) -> Option<Update> {
    let expected = "the id of a published book, such as \"wip\"";
    let book = event.field("book").required(expected);
    let book = book.text(expected, BookId::parse);
    let expected = "an e-mail address, such as \"you@example.com\"";
    let to = event.field("test_to");
    let test_to = to.text(expected, EmailAddress::parse);
    let preview = event.field("dry_run").flag().unwrap_or_default();
    // A wrong address is the mistake, and not what a dry run alone may say.
    let is_dry_run = preview || to.value().is_some();
    let is_catch_up = event.field("catch_up").flag().unwrap_or_default();
    let new_edition = if is_catch_up {
        for name in ["version", "files", "notes"] {
            let field = event.field(name);
            if field.is_there() {
                field.refuse("`catch_up` mails the current edition and makes no new one");
            }
        }
        None
    } else {
        Some(read_new_edition(event, is_dry_run))
    };
    let expected = format!("a number from {LEAST_PER_HOUR} to {MOST_PER_HOUR}");
    let per_hour = event.field("per_hour").read(&expected, |value| {
        let number = u32::try_from(value.as_u64()?).ok()?;
        (LEAST_PER_HOUR..=MOST_PER_HOUR)
            .contains(&number)
            .then_some(number)
    });
    let resume = event.field("resume").flag().unwrap_or_default();
    Some(Update {
        book: book?,
        new_edition: match new_edition {
            Some(new_edition) => Some(new_edition?),
            None => None,
        },
        per_hour,
        so_far: read_so_far(event),
        dry_run: is_dry_run.then_some(DryRun { preview, test_to }),
        resume,
    })
}

fn read_new_edition(event: &Fields<'_>, is_dry_run: bool) -> Option<NewEdition> {
    let expected = "the name of the new edition, such as \"2nd edition, 2.1\"";
    let version = event.field("version").required(expected).line();
    let files = event.field("files").files(is_dry_run);
    let expected = format!("1 to {LONGEST_NOTES} characters of plain text or Markdown");
    let notes = event.field("notes").text(&expected, Notes::parse);
    Some(NewEdition {
        version: version?,
        files,
        notes,
    })
}

/// Reads what the state machine adds to the author's event.
fn read_so_far(event: &Fields<'_>) -> SoFar {
    let known = ["push", "edition", "mailed", "counted", "bounced"];
    let Some(fields) = event
        .field("so_far")
        .fields("what the state machine counts, an object", &known)
    else {
        return SoFar::default();
    };
    let number = |name| {
        let count = fields.field(name).read("a number", Value::as_u64);
        count.unwrap_or_default()
    };
    let expected = "a name of ASCII letters, digits, `-` and `_`";
    SoFar {
        push: fields.field("push").text(expected, |name| {
            let is_tag = is_value_of_a_tag(name);
            is_tag.then(|| name.to_owned())
        }),
        edition: u32::try_from(number("edition")).unwrap_or_default(),
        mailed: number("mailed"),
        counted: number("counted"),
        bounced: number("bounced"),
    }
}

/// Whether SES takes a text as the value of a mail's tag
/// (<https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageTag.html>).
fn is_value_of_a_tag(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=256).contains(&text.len()) && text.bytes().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_examples_are_correct() {
        let update = read(&serde_json::from_str(EXAMPLE).unwrap()).unwrap();
        let edition = update.new_edition.unwrap();
        assert_eq!(edition.files.unwrap().len(), 2);
        assert!(edition.notes.is_some() && update.dry_run.is_none() && !update.resume);
        let catch_up = include_str!("../../../events/push-update-catch-up.json");
        let catch_up = read(&serde_json::from_str(catch_up).unwrap()).unwrap();
        assert!(catch_up.new_edition.is_none());
        assert_eq!(catch_up.per_hour, Some(200));
        let dry_run = include_str!("../../../events/push-update-try.json");
        let dry_run = read(&serde_json::from_str(dry_run).unwrap()).unwrap();
        assert!(dry_run.dry_run.unwrap().preview);
    }

    #[test]
    fn who_catches_up_names_no_edition_and_a_pace_within_bounds() {
        let wrong = |event: &Value| read(event).unwrap_err().to_string();
        let message =
            wrong(&json!({"book": "wip", "catch_up": true, "version": "3", "per_hour": 9}));
        for part in [
            "`version`: `catch_up` mails the current edition and makes no new one",
            "`per_hour`: expected a number from 10 to 5000",
        ] {
            assert!(message.contains(part), "{part} is not in: {message}");
        }
        let message = wrong(&json!({"book": "wip", "catch_up": true, "so_far": {"push": "a b"}}));
        assert!(
            message.contains("`so_far.push`: expected a name of"),
            "{message}"
        );
    }

    #[test]
    fn a_wrong_address_for_a_test_mail_is_the_only_mistake() {
        let event = json!({
            "book": "wip", "version": "3", "test_to": "nora@",
            "files": [{"key": "wip/3e.pdf", "not_uploaded": 16945}],
        });
        let message = read(&event).unwrap_err().to_string();
        assert!(
            message.contains("`test_to`: expected an e-mail address"),
            "{message}"
        );
        assert!(!message.contains("not_uploaded`: expected"), "{message}");
    }

    #[test]
    fn what_the_state_machine_counts_is_read() {
        let so_far =
            json!({"push": "a-1", "edition": 2, "mailed": 100, "counted": 99, "bounced": 4});
        let update = read(&json!({"book": "wip", "catch_up": true, "so_far": so_far})).unwrap();
        let so_far = update.so_far;
        assert_eq!((so_far.push.as_deref(), so_far.edition), (Some("a-1"), 2));
        assert_eq!(
            (so_far.mailed, so_far.counted, so_far.bounced),
            (100, 99, 4)
        );
    }

    #[test]
    fn every_wrong_field_is_named_at_once_with_a_correct_event() {
        let message = read(&json!({
            "product_id": "wip-2e", "book": "A B", "files": {"pdf": "wip/2e.pdf"}, "notes": "",
            "dry_run": 1, "test_to": "you",
        }));
        let message = message.unwrap_err().to_string();
        for part in [
            "`product_id`: there is no such field; expected `book`, `version`, `files`",
            "`book`: expected the id of a published book, such as \"wip\"",
            "`version` is missing: expected the name of the new edition",
            "`files`: expected the book's files, such as [{\"key\": \"wip/2e.pdf\"}], found an object",
            "`notes`: expected 1 to 10000 characters",
            "`dry_run`: expected true or false, without quotes, found a number",
            "`test_to`: expected an e-mail address",
            "A right event: {",
        ] {
            assert!(message.contains(part), "{part} is not in: {message}");
        }
    }
}
