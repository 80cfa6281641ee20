//! Reads and checks the author's event.

use std::collections::BTreeMap;

use bookstall::{
    domain::{
        email_address::EmailAddress,
        notes::{LONGEST_NOTES, Notes},
        product::{BookFile, BookKey, Files, Format, LONGEST_NAME, ProductId, is_one_line},
    },
    runtime::invocation::{EventError, read_event},
};
use serde::Deserialize;
use serde_json::Value;

/// A correct event, for the error that refuses a wrong one.
const EXAMPLE: &str = include_str!("../../../events/push-update.json");

/// The author's request: an update to publish and mail, or to try in a dry run.
#[derive(Debug)]
pub struct Update {
    /// The product that gets a new edition.
    pub product_id: ProductId,
    /// The name of the new edition, such as "2nd edition, 2.1".
    pub version: String,
    /// Files that replace the product's files of the same format, or are added to them.
    pub files: Files,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    product_id: String,
    version: String,
    #[serde(default)]
    files: BTreeMap<String, String>,
    notes: Option<String>,
    #[serde(default)]
    dry_run: bool,
    test_to: Option<String>,
    #[serde(default)]
    resume: bool,
}

/// Returns the error for one problem, with a correct event as an example. `problem` should name the
/// field.
pub(crate) fn wrong(problem: impl Into<String>) -> EventError {
    EventError::Wrong {
        problems: vec![problem.into()],
        example: EXAMPLE,
    }
}

/// Reads the event. The error names every field that is wrong and shows an example.
pub fn read(event: Value) -> Result<Update, EventError> {
    let event: Event = read_event(event, EXAMPLE)?;
    let mut problems = Vec::new();
    let mut problem = |text: String| problems.push(text);

    let product_id = ProductId::parse(&event.product_id);
    if product_id.is_none() {
        problem(
            "`product_id`: expected the id of a published product, such as \"wip-2e\"".to_owned(),
        );
    }
    if !is_one_line(&event.version) {
        problem(format!(
            "`version`: expected one line of 1 to {LONGEST_NAME} characters"
        ));
    }
    let mut files = Files::new();
    for (format, key) in &event.files {
        match (Format::parse(format), BookKey::parse(key)) {
            (Some(format), Some(key)) => drop(files.insert(format, BookFile::newest(key))),
            _ => problem(format!(
                "`files.{format}`: expected a file extension and the key of a file in the bucket"
            )),
        }
    }
    let notes = event.notes.as_deref().map(Notes::parse);
    if matches!(notes, Some(None)) {
        problem(format!(
            "`notes`: expected 1 to {LONGEST_NOTES} characters of plain text or Markdown"
        ));
    }
    let test_to = event.test_to.as_deref().map(EmailAddress::parse);
    if matches!(test_to, Some(None)) {
        problem("`test_to`: expected an e-mail address, such as \"you@example.com\"".to_owned());
    }
    let is_dry_run = event.dry_run || test_to.is_some();
    let dry_run = is_dry_run.then(|| DryRun {
        preview: event.dry_run,
        test_to: test_to.flatten(),
    });
    match product_id {
        Some(product_id) if problems.is_empty() => Ok(Update {
            product_id,
            version: event.version.trim().to_owned(),
            files,
            notes: notes.flatten(),
            dry_run,
            resume: event.resume,
        }),
        _ => Err(EventError::Wrong {
            problems,
            example: EXAMPLE,
        }),
    }
}
