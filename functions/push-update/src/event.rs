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

/// A correct event, for the error that refuses a wrong one.
pub(crate) const EXAMPLE: &str = include_str!("../../../events/push-update.json");

/// The author's request: an update to publish and mail, or to try in a dry run.
#[derive(Debug)]
pub struct Update {
    /// The book that gets a new edition.
    pub book: BookId,
    /// The name of the new edition, such as "2nd edition, 2.1". One line.
    pub version: String,
    /// All files of the new edition; absent if they have the keys of the current edition's.
    pub files: Option<Vec<ListedFile>>,
    /// What is new in the edition.
    pub notes: Option<Notes>,
    /// What a dry run does in place of the push; absent if this is a push.
    pub dry_run: Option<DryRun>,
    /// Whether an earlier run published the edition and this one mails the remaining buyers. The
    /// state machine sets it, because the author may have published or pushed something else since.
    pub resume: bool,
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
        "book", "version", "files", "notes", "dry_run", "test_to", "resume",
    ];
    let update = Fields::of_event(event, &known, &problems).and_then(|event| read_update(&event));
    problems.check(update, EXAMPLE)
}

fn read_update(event: &Fields<'_>) -> Option<Update> {
    let expected = "the id of a published book, such as \"wip\"";
    let book = event.field("book").required(expected);
    let book = book.text(expected, BookId::parse);
    let expected = "the name of the new edition, such as \"2nd edition, 2.1\"";
    let version = event.field("version").required(expected).line();
    let files = event.field("files").files();
    let expected = format!("1 to {LONGEST_NOTES} characters of plain text or Markdown");
    let notes = event.field("notes").text(&expected, Notes::parse);
    let expected = "an e-mail address, such as \"you@example.com\"";
    let test_to = event.field("test_to").text(expected, EmailAddress::parse);
    let preview = event.field("dry_run").flag().unwrap_or_default();
    let resume = event.field("resume").flag().unwrap_or_default();
    Some(Update {
        book: book?,
        version: version?,
        files,
        notes,
        dry_run: (preview || test_to.is_some()).then_some(DryRun { preview, test_to }),
        resume,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_examples_are_correct() {
        let update = read(&serde_json::from_str(EXAMPLE).unwrap()).unwrap();
        assert_eq!(update.files.unwrap().len(), 2);
        assert!(update.notes.is_some() && update.dry_run.is_none() && !update.resume);
        let dry_run = include_str!("../../../events/push-update-try.json");
        let dry_run = read(&serde_json::from_str(dry_run).unwrap()).unwrap();
        assert!(dry_run.dry_run.unwrap().preview);
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
